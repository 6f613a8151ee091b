//! Inputs by which `make fuzz` once broke something, taken as the fuzz targets take them.

#[path = "../fuzz/src/files.rs"]
mod files;
#[path = "../fuzz/src/filter.rs"]
mod filter;
#[path = "../fuzz/src/import.rs"]
mod import;
#[path = "../fuzz/src/input.rs"]
mod input;
#[path = "../fuzz/src/judge.rs"]
mod judge;
#[path = "../fuzz/src/layer.rs"]
mod layer;
#[path = "../fuzz/src/shapes.rs"]
mod shapes;
mod support;
#[path = "../fuzz/src/tile.rs"]
mod tile;

use std::path::{Path, PathBuf};

/// A fuzz target takes an input, and panics when it breaks something.
type Target = fn(&[u8]);

/// What the folders of `tests/crashes` are inputs of.
const TARGETS: [(&str, Target); 3] = [("filter", filter::filter), ("import", import::import), ("tile", tile::tile)];

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the kept inputs are there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    paths.sort();
    paths
}

#[test]
fn kept_inputs_break_nothing() {
    for folder in entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crashes")) {
        let (_, take) =
            TARGETS.iter().find(|(name, _)| folder.ends_with(name)).expect("a folder is named by its target");
        let inputs = entries(&folder);
        assert!(!inputs.is_empty(), "{} is empty", folder.display());
        for path in inputs {
            eprintln!("{}", path.display());
            take(&std::fs::read(path).expect("an input reads"));
        }
    }
}
