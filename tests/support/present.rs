//! What a test needs beside the code: programs and real files. Where something is missing the test is skipped, and says so.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
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

/// A file or folder of the real data (`CITYLAYERS_SHARED`, else `../shared`), `None` where it is absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let file = env::var_os("CITYLAYERS_SHARED").map_or_else(beside, PathBuf::from).join("data").join(path);
    have(&format!("real data ({path})"), file.exists()).then_some(file)
}
