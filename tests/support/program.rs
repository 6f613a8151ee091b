//! The program as a user runs it: its own folder, its own store, its exit code and what it prints.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with a store in it, and the program to work on it.
pub struct Desk {
    folder: TempDir,
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Desk {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in the folder.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("the folder takes a file");
        path
    }

    /// Runs the program with these words, in the folder, on its store.
    pub fn run<I: AsRef<std::ffi::OsStr>>(&self, words: impl IntoIterator<Item = I>) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_citylayers"));
        for name in ["CITYLAYERS_DATA", "CITYLAYERS_LISTEN"] {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).env("CITYLAYERS_STORE", self.path("city.gpkg"));
        let Output { status, stdout, stderr } = command.args(words).output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
        Answer { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }

    /// Imports a file; `more` are further words.
    pub fn import(&self, file: &Path, layer: &str, more: &[&str]) -> Answer {
        let mut words = vec!["import".into(), file.as_os_str().to_owned(), "--layer".into(), layer.into()];
        words.extend(more.iter().map(Into::into));
        self.run(words)
    }

    /// The layer as GeoJSON features.
    pub fn features(&self, layer: &str) -> Vec<serde_json::Value> {
        let file = self.path("exported.geojson");
        let words = ["export", "--layer", layer, "--format", "geojson", file.to_str().expect("a plain name")];
        let answer = self.run(words);
        assert_eq!(answer.code, 0, "{answer:?}");
        let text = std::fs::read(&file).expect("the export is there");
        let collection: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        collection["features"].as_array().expect("features").clone()
    }
}
