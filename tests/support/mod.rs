//! What the tests of the stores share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod database;
pub mod features;
pub mod ground;
pub mod layers;
pub mod mvt;
pub mod service;

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::Command;

/// Whether a test can run that needs `what`, for which `found` looked. Where it must not be missing (a word of
/// `CITYLAYERS_REQUIRE`), the test fails; else it says that it was skipped.
pub fn have(what: &str, found: bool) -> bool {
    if found {
        return true;
    }
    let required = env::var("CITYLAYERS_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|word| word.trim() == what), "{what} is required here and missing");
    eprintln!("skipped: {what} is missing");
    if let Ok(log) = env::var("CITYLAYERS_SKIP_LOG") {
        let mut log = OpenOptions::new().append(true).create(true).open(log).expect("the log of skipped tests opens");
        writeln!(log, "{what} is missing").expect("the log of skipped tests takes a line");
    }
    false
}

/// Whether GDAL's programs are there.
pub fn have_gdal() -> bool {
    have("gdal", Command::new("ogrinfo").arg("--version").output().is_ok_and(|output| output.status.success()))
}
