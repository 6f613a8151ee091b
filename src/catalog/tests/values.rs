//! `[style.value]`: what is said of mistakes, what the catalogue tells, and where the shipped classes begin.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::json;

use super::mistakes::{LAMPS, said_of};
use super::{id, shipped};
use crate::catalog::json::catalog_json;
use crate::model::Audience;
use crate::model::style::{Begin, ByValue};

const OFF: &str = r##"{ from = 0, color = "#45525e", title = { vi = "Tắt", en = "Off" } }"##;
const ON: &str = r##"{ from = 1, color = "#f0b733", title = { vi = "Sáng", en = "On" } }"##;

/// The lamps with a table that begins on line 49, its classes on lines of their own from 51 on.
fn lamps(property: &str, classes: &[&str]) -> String {
    let mut text = format!("{LAMPS}\n[style.value]\nproperty = \"{property}\"\nclasses = [");
    for class in classes {
        write!(text, "\n  {class},").unwrap();
    }
    text.push_str("\n]\n");
    text
}

#[test]
fn mistakes_in_classes_are_told_with_their_place() {
    let table: [(&str, &[&str], &[&str]); 12] = [
        ("lit", &[OFF, ON], &[]),
        ("lit", &[OFF, &ON.replace("from = 1", "above = 0")], &[]),
        ("power", &[OFF, ON], &["50:12: `value` names `power`, no `[[observed]]` property of this layer"]),
        ("lid", &[OFF], &["50:12: `value` names `lid`, no `[[observed]]` property of this layer"]),
        ("lit", &[], &["49:1: `value` has no `classes`: from which value on which colour"]),
        ("lit", &[ON, OFF], &["53:12: `from` 0 does not rise: each class begins above the one before"]),
        ("lit", &[ON, ON], &["53:12: `from` 1 does not rise: each class begins above the one before"]),
        (
            "lit",
            &[&ON.replace("from", "above"), ON],
            &["53:12: `from` 1 does not rise: each class begins above the one before"],
        ),
        (
            "lit",
            &[&OFF.replace("from = 0", "from = 0, above = 0")],
            &["52:3: a class begins either `from` a value on, or `above` it"],
        ),
        ("lit", &[&OFF.replace("from = 0, ", "")], &["52:3: a class begins either `from` a value on, or `above` it"]),
        ("lit", &[&OFF.replace("#45525e", "grey")], &["52:23: `color` `grey` is no colour: write #rrggbb"]),
        (
            "lit",
            &[&OFF.replace("from = 0", "from = \"low\""), &ON.replace("title", "name")],
            &[
                "52:12: `from` is a text, not a number",
                "53:3: `classes` has no `title`",
                "53:34: unknown key `name`; `classes` knows from, above, color, title",
            ],
        ),
    ];
    for (property, classes, expected) in table {
        let expected: Vec<String> = expected.iter().map(|line| format!("layers/lamps.toml:{line}")).collect();
        assert_eq!(said_of(&[("layers/lamps.toml", &lamps(property, classes))]), expected, "{property}: {classes:?}");
    }
}

#[test]
fn the_catalogue_tells_the_classes() {
    let answer = catalog_json(&shipped(), Audience::Public, &BTreeMap::new());
    let layers = answer["layers"].as_array().unwrap();
    let style = |id: &str| &layers.iter().find(|layer| layer["id"] == id).unwrap()["style"];
    assert_eq!(style("cameras")["value"], json!(null));
    let value = &style("parking")["value"];
    assert_eq!(value["property"], "free");
    let full = json!({ "vi": "Hết chỗ", "en": "Full" });
    assert_eq!((&value["classes"][0]["from"], &value["classes"][0]["title"]), (&json!(0.0), &full));
    assert_eq!((&value["classes"][1]["above"], value["classes"][1].get("from")), (&json!(0.0), None));
    assert!(value["classes"][2]["color"].as_str().unwrap().starts_with('#'));
}

/// The number of the class that a value falls into.
fn class_of(value: &ByValue, of: f64) -> Option<usize> {
    value.classes.iter().rposition(|class| match class.begin {
        Begin::From(least) => of >= least,
        Begin::Above(before) => of > before,
    })
}

/// Quyết định 1459/QĐ-TCMT (2019): six levels, each with its last value; the rules call a station's air bad above 150.
#[test]
fn air_has_the_six_levels_of_the_vietnamese_index() {
    let catalog = shipped();
    let value = catalog.layer(&id("air_stations")).unwrap().style.value.clone().unwrap();
    assert_eq!(value.property, "aqi");
    let titles: Vec<&str> = value.classes.iter().map(|class| class.title.vi.as_str()).collect();
    assert_eq!(titles, ["Tốt", "Trung bình", "Kém", "Xấu", "Rất xấu", "Nguy hại"]);
    for (level, last) in [50.0, 100.0, 150.0, 200.0, 300.0].into_iter().enumerate() {
        assert_eq!((class_of(&value, last), class_of(&value, last + 1.0)), (Some(level), Some(level + 1)), "{last}");
    }
    assert_eq!((class_of(&value, 0.0), class_of(&value, 500.0), class_of(&value, -1.0)), (Some(0), Some(5), None));
}

#[test]
fn a_full_car_park_and_a_dark_lamp_have_classes_of_their_own() {
    let catalog = shipped();
    let style = |name: &str| catalog.layer(&id(name)).unwrap().style.value.clone().unwrap();
    let classes = |name: &str, values: &[f64]| values.iter().map(|&of| class_of(&style(name), of)).collect::<Vec<_>>();
    assert_eq!(classes("parking", &[0.0, 1.0, 9.0, 10.0, 400.0]), [Some(0), Some(1), Some(1), Some(2), Some(2)]);
    assert_eq!(classes("street_lights", &[0.0, 1.0]), [Some(0), Some(1)]);
}
