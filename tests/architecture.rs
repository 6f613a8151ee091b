//! The house rules that a machine can hold.

use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom: a room, and the rooms that it may name. `main` and `lib` only join the rooms.
const ROOMS: [(&str, &[&str]); 20] = [
    ("geo", &[]),
    ("crs", &["geo"]),
    ("model", &["geo"]),
    ("catalog", &["model", "geo"]),
    ("index", &["model", "geo"]),
    ("tile", &["model", "geo"]),
    ("store", &["model", "geo"]),
    ("ingest", &["crs", "model", "geo"]),
    ("export", &["model", "geo"]),
    ("demo", &["model", "geo"]),
    ("planning", &["crs", "index", "model", "geo"]),
    ("config", &[]),
    ("live", &["model", "geo"]),
    ("rules", &["index", "model", "geo"]),
    ("city", &["live", "rules", "store", "index", "model", "geo"]),
    (
        "web",
        &[
            "catalog", "city", "crs", "export", "index", "ingest", "live", "planning", "rules", "store", "tile",
            "model", "geo",
        ],
    ),
    (
        "command",
        &[
            "catalog", "city", "config", "crs", "demo", "export", "index", "ingest", "model", "geo", "rules", "store",
            "web", "webhooks",
        ],
    ),
    ("webhooks", &["city", "config", "rules", "model"]),
    ("lib", &["*"]),
    ("main", &["*"]),
];

const CEILING: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !["node_modules", "dist", "target"].contains(&name) {
            found.extend(files(&path, extensions));
        } else if path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|found| extensions.contains(&found))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The room of a source file: its folder under `src`, or its own name.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).expect("a file of src");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Every room that a text names as `crate::room`.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for after in code.split("crate::").skip(1) {
            let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                names.push((number + 1, name));
            }
        }
    }
    names
}

#[test]
fn rooms_import_only_what_they_may() {
    let mut faults = Vec::new();
    for path in files(&root().join("src"), &["rs"]) {
        let own = room(&path);
        let Some((_, may)) = ROOMS.iter().find(|(room, _)| *room == own) else {
            faults.push(format!("{}: room `{own}` is not in the table", path.display()));
            continue;
        };
        for (line, name) in named(&fs::read_to_string(&path).expect("a source file")) {
            if name != own && !may.contains(&"*") && !may.contains(&name.as_str()) {
                faults.push(format!("{}:{line}: `{own}` may not import `{name}`", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_stay_below_the_ceiling() {
    let folders = ["src", "tests", "benches", "fuzz", "web/src", "web/test"];
    let all = folders.iter().flat_map(|folder| files(&root().join(folder), &["rs", "ts", "mjs", "css"]));
    let long: Vec<String> = all
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).expect("a source file").lines().count();
            (lines > CEILING).then(|| format!("{}: {lines} lines, at most {CEILING}", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_file_is_a_drawer() {
    for path in files(&root().join("src"), &["rs"]) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        assert!(
            !["util", "utils", "helper", "helpers", "common", "manager", "misc"].contains(&stem),
            "{}",
            path.display()
        );
    }
}

/// `geo` and `model` compute: time is an argument, and nothing is read or written.
#[test]
fn geo_and_model_do_no_io_and_read_no_clock() {
    for room in ["geo", "model"] {
        for path in files(&root().join("src").join(room), &["rs"]) {
            let text = fs::read_to_string(&path).expect("a source file");
            for word in ["std::fs", "std::io", "std::net", "std::time", "Utc::now", "tokio"] {
                assert!(!text.contains(word), "{} names {word}", path.display());
            }
        }
    }
}

#[test]
fn the_store_is_never_asked_about_space() {
    let text = fs::read_to_string(root().join("src/store/mod.rs")).expect("the store's contract");
    for word in ["BBox", "Window", "TileCoord"] {
        assert!(!text.contains(word), "src/store/mod.rs names {word}");
    }
}

#[test]
fn the_map_of_the_house_fits_on_three_pages() {
    let lines = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md").lines().count();
    assert!(lines <= 150, "ARCHITECTURE.md has {lines} lines, at most 150");
}
