//! Scenes of the wall: what is shipped, and what is said of mistakes.

use std::fs;

use tempfile::TempDir;

use super::indicators::{PEOPLE, UNITS};
use super::mistakes::{LAMPS, said_of};
use super::{Catalog, shipped};

/// A sound scene; the table below spoils one place of it.
const STREETS: &str = r##"id = "streets"
title = { vi = "Phố", en = "Streets" }
order = 1
seconds = 20
center = [105.68, 18.67]
zoom = 13
layers = ["lamps"]
alerts = ["Severe"]

[[shown]]
layer = "lamps"
property = "lit"
colors = [{ from = 0, color = "#445566" }, { from = 1, color = "#ffee88", title = { vi = "Sáng", en = "Lit" } }]

[[counter]]
title = { vi = "Sáng", en = "Lit" }
layer = "lamps"
sum = "lit"
filter = "kind = 'led'"
when = { property = "lit", above = 0 }
warn = 1

[[trend]]
title = { vi = "Sáng", en = "Lit" }
layer = "lamps"
property = "lit"
hours = 6
"##;

/// What stands in the sound scene, what takes its place, and what is said of it.
const TABLE: &[(&str, &str, &str)] = &[
    ("id = \"streets\"", "id = \"roads\"", "1:6: scene `roads` stands in streets.toml; its file is named roads.toml"),
    ("order = 1\n", "", "1:1: the scene has no `order`"),
    ("seconds = 20", "second = 20", "4:1: unknown key `second`; did you mean `seconds`?"),
    ("seconds = 20", "seconds = 2", "4:11: `seconds` 2 is not between 5 and 3600 seconds"),
    ("zoom = 13\n", "", "1:1: a scene has a place: write either `bbox`, or `center` and `zoom`"),
    ("zoom = 13", "zoom = 30", "6:8: `zoom` 30 is no zoom between 0 and 20"),
    ("[105.68, 18.67]", "[18.67, 105.68]", "5:10: `center` [18.67, 105.68] is no place: write [lon, lat] in degrees"),
    ("layers = [\"lamps\"]", "layers = [\"lamps\", \"lights\"]", "7:20: there is no layer `lights`"),
    ("layers = [\"lamps\"]", "layers = [\"lamps\", \"lamps\"]", "7:20: `lamps` is named twice"),
    ("layers = [\"lamps\"]", "layers = []", "11:9: `lamps` is not among the `layers` of the scene"),
    ("[\"Severe\"]", "[\"Grave\"]", "8:11: `Grave` is no severity; they are Extreme, Severe, Moderate, Minor, Unknown"),
    ("from = 1,", "from = 0,", "13:53: `from` 0 does not rise: each colour begins above the one before"),
    (", en = \"Lit\" } }]", " } }]", "13:83: `title` has no `en`"),
    (
        "property = \"lit\"\ncolors",
        "property = \"power\"\ncolors",
        "12:12: `power` is not observed in layer `lamps`; observed are lit",
    ),
    ("sum = \"lit\"", "sum = \"kind\"", "18:7: `kind` of layer `lamps` holds no numbers"),
    ("sum = \"lit\"", "sum = \"volts\"", "18:7: `volts` of layer `lamps` is neither a field nor observed"),
    (
        "warn = 1",
        "max = \"lit\"",
        "21:7: a counter has one of `sum`, `avg`, `min`, `max`; without it features are counted",
    ),
    (", above = 0 }", " }", "20:8: `when` has `above`, `below` or both"),
    ("hours = 6", "hours = 600", "27:9: `hours` 600 is not between 1 and 168 hours"),
    ("hours = 6", "feature = 6", "27:11: `feature` is a whole number, not a text"),
];

#[test]
fn a_mistake_in_a_scene_is_told_with_its_place() {
    let said = |text: &str| said_of(&[("layers/lamps.toml", LAMPS), ("scenes/streets.toml", text)]);
    assert_eq!(said(STREETS), [""; 0]);
    for (sound, spoilt, expected) in TABLE {
        assert!(STREETS.contains(sound), "`{sound}` is not in the sound scene");
        let said = said(&STREETS.replacen(sound, spoilt, 1));
        assert_eq!(said.first(), Some(&format!("scenes/streets.toml:{expected}")), "{spoilt}: {said:?}");
    }
}

/// A sound scene of indicators.
const FIGURES: &str = r#"id = "figures"
title = { vi = "Số liệu", en = "Figures" }
order = 1
center = [105.68, 18.67]
zoom = 9
layers = ["wards"]
indicators = ["people"]
"#;

#[test]
fn indicators_of_a_scene_are_there_and_their_units_are_drawn() {
    let said = |text: &str| {
        let files = [
            ("layers/lamps.toml", LAMPS),
            ("layers/wards.toml", UNITS),
            ("indicators/people.toml", PEOPLE),
            ("scenes/figures.toml", text),
        ];
        said_of(&files)
    };
    assert_eq!(said(FIGURES), [""; 0]);
    let counter = "indicators = [\"people\"]\n[[counter]]\ntitle = { vi = \"Đèn\", en = \"Lamps\" }\nlayer = \"lamps\"";
    let table = [
        ("[\"people\"]", "[\"folk\"]", "7:15: there is no indicator `folk`"),
        ("[\"people\"]", "\"people\"", "7:14: `indicators` is a text, not a list"),
        ("[\"people\"]", "[\"people\", \"people\"]", "7:25: `people` is named twice"),
        (
            "[\"wards\"]",
            "[\"lamps\"]",
            "7:15: `people` is told of the units of layer `wards`, which is not among the `layers` of the scene",
        ),
        (
            "indicators = [\"people\"]",
            counter,
            "1:1: a scene has either `indicators`, or `[[shown]]`, `[[counter]]` and `[[trend]]`: make two scenes of it",
        ),
    ];
    for (sound, spoilt, expected) in table {
        assert!(FIGURES.contains(sound), "`{sound}` is not in the sound scene");
        let said = said(&FIGURES.replacen(sound, spoilt, 1));
        assert_eq!(said, [format!("scenes/figures.toml:{expected}")], "{spoilt}");
    }
}

#[test]
fn what_is_not_for_everybody_is_not_counted_on_a_wall() {
    let secret = LAMPS.replace("unit = \"W\"", "audience = \"staff\"");
    let counted = STREETS.replace("sum = \"lit\"", "sum = \"power\"");
    let said = said_of(&[("layers/lamps.toml", &secret), ("scenes/streets.toml", &counted)]);
    assert_eq!(
        said,
        ["scenes/streets.toml:18:7: `power` of layer `lamps` is not for everybody, and everybody sees a wall"]
    );
    let secret = LAMPS.replace("audience = \"public\"", "audience = \"operator\"");
    let said = said_of(&[("layers/lamps.toml", &secret), ("scenes/streets.toml", STREETS)]);
    assert!(said[0].contains("layer `lamps` is not for everybody"), "{said:?}");
}

/// Moments that are over, and features that are counted by when they came.
#[test]
fn moments_of_a_scene_are_those_of_its_layer() {
    let field = |more: &str| {
        let field = format!(
            "[[field]]\nname = \"placed\"\ntype = \"datetime\"\ntitle = {{ vi = \"Lắp\", en = \"Placed\" }}\n{more}\n[[observed]]"
        );
        LAMPS.replacen("[[observed]]", &field, 1)
    };
    let said = |layer: &str, scene: &str| said_of(&[("layers/lamps.toml", layer), ("scenes/streets.toml", scene)]);
    let past = |condition: &str| STREETS.replacen("warn = 1", &format!("past = {{ {condition} }}"), 1);
    let count = |keys: &str| STREETS.replacen("property = \"lit\"\nhours = 6", &format!("{keys}\nhours = 6"), 1);
    let length =
        "`P1M` is no length of time: write PT15M, PT6H or P1D (ISO 8601), at least a second and at most a year";
    let either = "23:1: a trend has either `property`, of a `feature` or of all, or `count`";
    let table = [
        (past("field = \"placed\""), None),
        (past("field = \"placed\", within = \"P1D\""), None),
        (count("count = \"placed\""), None),
        (past("within = \"P1D\""), Some("21:8: `past` has no `field`".to_owned())),
        (past("field = \"kind\""), Some("21:18: `kind` of layer `lamps` holds no moments".to_owned())),
        (past("field = \"lit\""), Some("21:18: `lit` of layer `lamps` is no field".to_owned())),
        (past("field = \"placed\", within = \"P1M\""), Some(format!("21:37: `within` {length}"))),
        (count("count = \"power\""), Some("26:9: `power` of layer `lamps` holds no moments".to_owned())),
        (count("count = \"placed\"\nproperty = \"lit\""), Some(either.to_owned())),
        (count("count = \"placed\"\nfeature = \"L-1\""), Some(either.to_owned())),
        (count(""), Some(either.to_owned())),
    ];
    for (scene, expected) in table {
        let expected: Vec<String> = expected.iter().map(|line| format!("scenes/streets.toml:{line}")).collect();
        assert_eq!(said(&field(""), &scene), expected, "{scene}");
    }
    let secret = said(&field("audience = \"staff\"\n"), &past("field = \"placed\""));
    let expected =
        "scenes/streets.toml:21:18: `placed` of layer `lamps` is not for everybody, and everybody sees a wall";
    assert_eq!(secret, [expected]);
}

#[test]
fn scenes_come_in_their_order_and_the_shipped_ones_where_their_layers_are() {
    let ids = |catalog: &Catalog| catalog.scenes().iter().map(|scene| scene.id.clone()).collect::<Vec<_>>();
    assert_eq!(
        ids(&shipped()),
        ["overview", "traffic", "environment", "lighting", "reports", "indicators", "disasters"]
    );
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("layers")).unwrap();
    fs::write(folder.path().join("layers/lamps.toml"), LAMPS).unwrap();
    // None of the shipped scenes is of a city that has only lamps.
    assert_eq!(ids(&Catalog::read(folder.path()).unwrap()), [""; 0]);
    fs::create_dir(folder.path().join("scenes")).unwrap();
    for (id, order) in [("night", 9), ("day", 2)] {
        let scene =
            STREETS.replace("\"streets\"", &format!("\"{id}\"")).replace("order = 1", &format!("order = {order}"));
        fs::write(folder.path().join(format!("scenes/{id}.toml")), scene).unwrap();
    }
    assert_eq!(ids(&Catalog::read(folder.path()).unwrap()), ["day", "night"]);
}

#[test]
fn silence_is_a_length_of_time() {
    let lamps = |line: &str| LAMPS.replace("audience = \"public\"", line);
    for (line, expected) in [
        ("silent_after = \"PT90S\"", None),
        (
            "silent_after = \"P1M\"",
            Some(
                "`P1M` is no length of time: write PT15M, PT6H or P1D (ISO 8601), at least a second and at most a year",
            ),
        ),
        (
            "silent_after = \"soon\"",
            Some(
                "`soon` is no length of time: write PT15M, PT6H or P1D (ISO 8601), at least a second and at most a year",
            ),
        ),
        (
            "silent_after = \"PT0S\"",
            Some(
                "`PT0S` is no length of time: write PT15M, PT6H or P1D (ISO 8601), at least a second and at most a year",
            ),
        ),
        ("silent_after = 15", Some("is a whole number, not a text")),
    ] {
        let said = said_of(&[("layers/lamps.toml", &lamps(line))]);
        let expected: Vec<String> =
            expected.iter().map(|message| format!("layers/lamps.toml:11:16: `silent_after` {message}")).collect();
        assert_eq!(said, expected, "{line}");
    }
    let unobserved = lamps("silent_after = \"PT1M\"")
        .replace("[[observed]]\nname = \"lit\"\ntitle = { vi = \"Sáng\", en = \"Lit\" }\n", "");
    let said = said_of(&[("layers/lamps.toml", &unobserved)]);
    assert!(said[0].contains("nothing is observed here"), "{said:?}");
}

#[test]
fn the_example_scene_of_the_manual_is_a_scene() {
    let manual = include_str!("../../../docs/operator.md");
    let wall = manual.split("## The wall").nth(1).unwrap();
    let example = wall.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = TempDir::new().unwrap();
    for (name, text) in ["layers", "scenes"].map(|name| (name, fs::create_dir(folder.path().join(name)))) {
        text.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for layer in ["parking", "wards", "roads"] {
        let text = fs::read_to_string(format!("{}/data/layers/{layer}.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
        fs::write(folder.path().join(format!("layers/{layer}.toml")), text).unwrap();
    }
    fs::write(folder.path().join("scenes/parking.toml"), example).unwrap();
    let catalog = Catalog::read(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(catalog.scenes()[0].counters.len(), 2);
}
