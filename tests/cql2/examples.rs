//! The standard's own examples: each reads in text and in JSON, the two agree, and both come back as they were.

use std::collections::BTreeMap;
use std::io::Read;

use citylayers::index::cql2::{parse_json, parse_text};
use zip::ZipArchive;

use crate::assert_comes_back;
use crate::support::present::shared;

#[test]
fn every_example_reads_and_its_two_forms_agree() {
    let Some(path) = shared("conformance/cql2/cql2_examples_clauses_and_schema.zip") else { return };
    let mut archive = ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut examples: BTreeMap<String, [String; 2]> = BTreeMap::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let name = file.name().to_owned();
        let Some((stem, extension)) = name.rsplit('/').next().and_then(|name| name.split_once('.')) else { continue };
        let form = match extension {
            "txt" => 0,
            "json" if stem.starts_with("clause") => 1,
            _ => continue,
        };
        file.read_to_string(&mut examples.entry(stem.to_owned()).or_default()[form]).unwrap();
    }
    assert_eq!(examples.len(), 21);
    for (name, [text, json]) in examples {
        let from_text = parse_text(&text).unwrap_or_else(|error| panic!("{name}: {text}: {error}"));
        let from_json = parse_json(&json).unwrap_or_else(|error| panic!("{name}: {json}: {error}"));
        assert_eq!(format!("{from_text:?}"), format!("{from_json:?}"), "{name}");
        assert_comes_back(&from_text);
        let written: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(from_text.to_json(), written, "{name}: the JSON of the standard is ours");
    }
}
