//! Files with mistakes, and what is said of each.

use std::fs;

use tempfile::TempDir;

use super::Catalog;
use crate::catalog::CatalogError;

/// A sound layer; the table below spoils one place of it.
pub(super) const LAMPS: &str = r##"id = "lamps"
title = { vi = "Đèn", en = "Lamps" }
description = { vi = "Đèn đường.", en = "Street lamps." }
agency = { vi = "Sở Xây dựng", en = "Department of Construction" }
source = "Sổ đèn"
licence = "CC0-1.0"
attribution = "Sở Xây dựng"
geometry = "point"
zoom = [8, 16]
extent = [102.0, 6.0, 118.0, 23.8]
audience = "public"

[id_field]
name = "id"
title = { vi = "Mã", en = "Id" }
aliases = ["OBJECTID"]

[[field]]
name = "kind"
type = "code"
title = { vi = "Loại", en = "Kind" }
aliases = ["LOAI"]
codes = [
  { code = "led", title = { vi = "LED", en = "LED" }, color = "#e8c66a", aliases = ["LED"] },
  { code = "hps", title = { vi = "Natri", en = "Sodium" }, aliases = ["HPS"] },
]

[[field]]
name = "power"
type = "real"
unit = "W"
title = { vi = "Công suất", en = "Power" }

[[observed]]
name = "lit"
title = { vi = "Sáng", en = "Lit" }

[thinning]
base_zoom = 14
rate = 2.5
by = { field = "kind", zooms = { led = 10 } }

[style]
color = "#e8c66a"
color_by = "kind"
label = "id"
group = "infrastructure"
"##;

const CODES: &str = "codes = [
  { code = \"led\", title = { vi = \"LED\", en = \"LED\" }, color = \"#e8c66a\", aliases = [\"LED\"] },
  { code = \"hps\", title = { vi = \"Natri\", en = \"Sodium\" }, aliases = [\"HPS\"] },
]\n";

const THINNING: &str = "[thinning]\nbase_zoom = 14\nrate = 2.5\nby = { field = \"kind\", zooms = { led = 10 } }\n";

/// What stands in the sound layer, what takes its place, and `line:column: message` of all that is said of it.
const TABLE: &[(&str, &str, &[&str])] = &[
    // Not TOML.
    ("id = \"lamps\"", "id = lamps", &["1:6: string values must be quoted, expected literal string"]),
    ("[style]", "[style", &["43:7: unclosed table, expected `]`"]),
    ("rate = 2.5", "rate = 2.5\nrate = 3", &["41:1: duplicate key"]),
    // Keys.
    ("agency =", "agenci =", &["1:1: the layer has no `agency`", "4:1: unknown key `agenci`; did you mean `agency`?"]),
    ("unit = \"W\"", "units = \"W\"", &["31:1: unknown key `units`; did you mean `unit`?"]),
    (
        "rate = 2.5",
        "rate = 2.5\nspeed = 3",
        &["41:1: unknown key `speed`; `thinning` knows base_zoom, rate, by, merge"],
    ),
    (
        "name = \"lit\"",
        "nom = \"lit\"",
        &["34:1: `observed` has no `name`", "35:1: unknown key `nom`; did you mean `name`?"],
    ),
    ("source = \"Sổ đèn\"\n", "", &["1:1: the layer has no `source`"]),
    // Entities of context brokers.
    (
        "[style]",
        "[[fiware]]\nattributes = { state = \"lit\" }\n\n[style]",
        &["43:1: `fiware` has no `type`: which entities tell of this layer"],
    ),
    (
        "[style]",
        "[[fiware]]\ntype = [\"Lamp\"]\n\n[style]",
        &["44:9: no attribute of these entities is taken: name some in `attributes`"],
    ),
    (
        "[style]",
        "[[fiware]]\ntype = [\"Lamp\"]\nattributes = { state = \"lid\" }\n\n[style]",
        &["45:24: there is no observed property `lid`"],
    ),
    (
        "[style]",
        "[[fiware]]\ntype = [\"Lamp\"]\nattributes = { state = { property = \"lit\", factor = 0 } }\n\n[style]",
        &["45:53: `factor` is 0: every value would be the same"],
    ),
    (
        "[style]",
        "[[fiware]]\ntype = [\"Lamp\"]\nattributes = { state = { values = { on = \"x\" } } }\n\n[style]",
        &["45:24: `state` has no `property`", "45:42: `on` is a text, not a number"],
    ),
    (
        "[style]",
        "[[fiware]]\ntype = [\"Lamp\"]\nattributes = { p = { property = \"lit\", units = { gp = 1, GQ = 0, KEL = { ofset = 3 } } } }\n\n[style]",
        &[
            "45:50: `gp` is no code of a unit (UN/CEFACT Recommendation 20): write GQ, KMH, CEL, P1",
            "45:63: `GQ` is 0: every value would be the same",
            "45:74: unknown key `ofset`; did you mean `offset`?",
        ],
    ),
    // Codes of another layer.
    (CODES, "codes_of = \"poles\"\n", &["23:12: there is no layer `poles` to take codes of"]),
    (CODES, "codes_of = \"lamps\"\n", &["23:12: layer `lamps` has no field `kind` with codes of its own"]),
    ("unit = \"W\"", "codes_of = \"lamps\"", &["28:1: `power` has codes, but its type is not code"]),
    (
        "aliases = [\"LOAI\"]",
        "codes_of = \"lamps\"",
        &["22:12: `kind` has codes of its own: leave out one of `codes` and `codes_of`"],
    ),
    // Names.
    (
        "id = \"lamps\"",
        "id = \"Lamps\"",
        &["1:6: `id` `Lamps` is no name: a-z, 0-9 and _ only, a letter first, 48 at most"],
    ),
    ("id = \"lamps\"", "id = \"lights\"", &["1:6: layer `lights` stands in lamps.toml; its file is named lights.toml"]),
    (
        "name = \"power\"",
        "name = \"2p\"",
        &["29:8: `name` `2p` is no name: a-z, 0-9 and _ only, a letter first, 48 at most"],
    ),
    ("name = \"power\"", "name = \"kind\"", &["29:8: `kind` is named twice"]),
    ("name = \"power\"", "name = \"id\"", &["29:8: `id` is named twice"]),
    ("name = \"lit\"", "name = \"power\"", &["35:8: `power` is named twice"]),
    ("[\"LOAI\"]", "[\"loai\", \"objectid\"]", &["22:20: alias `objectid` already means `id`"]),
    ("[\"LOAI\"]", "[\"LOAI\", \"Power\"]", &["22:20: alias `Power` already means `power`"]),
    ("[\"LOAI\"]", "[\"LOAI\", \"Loai\"]", &["22:20: alias `Loai` repeats a name of its field"]),
    // Texts.
    ("{ vi = \"Loại\", en = \"Kind\" }", "{ vi = \"Loại\" }", &["21:9: `title` has no `en`"]),
    ("{ vi = \"Loại\", en = \"Kind\" }", "{ vi = \" \", en = \"Kind\" }", &["21:16: `vi` is blank"]),
    ("{ vi = \"Loại\", en = \"Kind\" }", "\"Loại\"", &["21:9: `title` is a text, not a table"]),
    (
        "vi = \"Sáng\"",
        "vi = \"Sa\u{301}ng\"",
        &["36:16: `vi` `Sa\u{301}ng` is not in Unicode NFC: letters and their marks must be one character"],
    ),
    ("licence = \"CC0-1.0\"", "licence = 0", &["6:11: `licence` is a whole number, not a text"]),
    // Words of a fixed set.
    ("geometry = \"point\"", "geometry = \"dot\"", &["8:12: `geometry` `dot` is not one of point, line, polygon"]),
    (
        "type = \"real\"",
        "type = \"float\"",
        &["30:8: `type` `float` is not one of text, integer, real, boolean, date, datetime, code"],
    ),
    ("name = \"id\"", "name = \"id\"\ntype = \"real\"", &["15:8: `type` `real` is not one of text, integer"]),
    ("\"public\"", "\"everyone\"", &["11:12: `audience` `everyone` is not one of public, staff, operator"]),
    (
        "\"infrastructure\"",
        "\"lights\"",
        &[
            "47:9: `group` `lights` is not one of boundaries, planning, transport, infrastructure, environment, tourism, operations",
        ],
    ),
    // Groups.
    (
        "[thinning]\n",
        "[cluster]\nmax_zoom = 12\n\n[thinning]\n",
        &["39:12: a layer has `thinning` or `cluster`, not both"],
    ),
    (THINNING, "[cluster]\nmax_zoom = 7\n", &["39:12: `max_zoom` 7 is outside the layer's zooms 8 to 16"]),
    (THINNING, "[cluster]\nmax_zoom = 9\ncell = 50\n", &["40:8: `cell` 50 is not one of 16, 32, 64, 128"]),
    (THINNING, "[cluster]\nmax_zoom = 9\nsum = [\"kind\"]\n", &["40:8: `kind` is no number"]),
    (THINNING, "[cluster]\nmax_zoom = 9\nsum = [\"watts\"]\n", &["40:8: there is no field `watts` to add up"]),
    (
        THINNING,
        "[cluster]\nmax_zoom = 9\ncount = [{ name = \"lit\", of = \"lit\", range = [0, 0], title = { vi = \"Tắt\", en = \"Off\" } }]\n",
        &["40:19: the name `lit` is taken by something else in a tile"],
    ),
    (
        THINNING,
        "[cluster]\nmax_zoom = 9\ncount = [{ name = \"lit_known\", of = \"lit\", range = [0, 0], title = { vi = \"Tắt\", en = \"Off\" } }]\n",
        &["40:19: the name `lit_known` is taken by something else in a tile"],
    ),
    (
        THINNING,
        "[cluster]\nmax_zoom = 9\ncount = [{ name = \"off\", of = \"dark\", range = [0, 0], title = { vi = \"Tắt\", en = \"Off\" } }]\n",
        &["40:31: there is no `[[observed]]` property `dark` to count by"],
    ),
    (
        THINNING,
        "[cluster]\nmax_zoom = 9\ncount = [{ name = \"off\", of = \"lit\", range = [1, 0], title = { vi = \"Tắt\", en = \"Off\" } }]\n",
        &["40:46: `range` [1.0, 0.0] is no range: write [least, greatest]"],
    ),
    // Numbers.
    ("zoom = [8, 16]", "zoom = [16, 8]", &["9:8: `zoom` [16, 8] runs backwards: write [first, last]"]),
    ("zoom = [8, 16]", "zoom = [8, 23]", &["9:8: `zoom` 23 is no zoom between 0 and 22"]),
    ("zoom = [8, 16]", "zoom = 8", &["9:8: `zoom` is not [first, last]"]),
    (
        "118.0, 23.8]",
        "118.0, 5.0]",
        &["10:10: `extent` [102.0, 6.0, 118.0, 5.0] is no box: write [west, south, east, north] in degrees"],
    ),
    ("118.0, 23.8]", "118.0]", &["10:10: `extent` is no box: write [west, south, east, north] in degrees"]),
    (
        "102.0",
        "-200",
        &["10:10: `extent` [-200.0, 6.0, 118.0, 23.8] is no box: write [west, south, east, north] in degrees"],
    ),
    ("rate = 2.5", "rate = 0.5", &["40:8: `rate` 0.5 is below 1"]),
    ("rate = 2.5", "rate = nan", &["40:8: `rate` nan is not a finite number"]),
    (
        "base_zoom = 14",
        "base_zoom = 7",
        &["39:13: `base_zoom` 7 is outside the layer's zooms 8 to 16", "41:40: zoom 10 is beyond `base_zoom` 7"],
    ),
    // Codes.
    (
        "type = \"code\"",
        "type = \"text\"",
        &["18:1: `kind` has codes, but its type is not code", "45:12: `color_by` names `kind`, no code field"],
    ),
    ("type = \"real\"", "type = \"code\"", &["28:1: code field `power` has no codes"]),
    ("code = \"hps\"", "code = \"led\"", &["25:12: code or alias `led` stands twice in `kind`"]),
    ("[\"HPS\"]", "[\"LED\"]", &["25:71: code or alias `LED` stands twice in `kind`"]),
    ("[\"HPS\"]", "\"HPS\"", &["25:70: `aliases` is a text, not a list"]),
    ("led = 10", "neon = 10", &["41:34: `neon` is no code of `kind`"]),
    // Style.
    ("color = \"#e8c66a\",", "color = \"gold\",", &["24:63: `color` `gold` is no colour: write #rrggbb"]),
    ("color = \"#e8c66a\"\n", "color = \"#e8c66\"\n", &["44:9: `color` `#e8c66` is no colour: write #rrggbb"]),
    ("color_by = \"kind\"", "color_by = \"sort\"", &["45:12: `color_by` names `sort`, no field of this layer"]),
    ("color_by = \"kind\"", "color_by = \"power\"", &["45:12: `color_by` names `power`, no code field"]),
    ("label = \"id\"", "label = \"name\"", &["46:9: `label` names `name`, no field of this layer"]),
    ("label = \"id\"", "opacity = 1.5", &["46:11: `opacity` 1.5 is not between 0 and 1"]),
    ("label = \"id\"", "radius = -1", &["46:10: `radius` -1 is below 0"]),
    ("field = \"kind\"", "field = \"sort\"", &["41:16: there is no field `sort` to thin by"]),
    ("field = \"kind\"", "field = \"power\"", &["41:16: `power` is neither a code nor a text field"]),
    (
        "rate = 2.5",
        "rate = 2.5\nmerge = [\"kind\"]",
        &["41:10: `merge` is for layers of lines; the geometry of this one is point"],
    ),
];

/// What is said of a folder with these files, each line without the folder's name.
pub(super) fn said_of(files: &[(&str, &str)]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("layers")).unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    match Catalog::read(folder.path()) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let before = format!("{}/", folder.path().display());
            error.to_string().lines().map(|line| line.replace(&before, "")).collect()
        }
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    assert_eq!(said_of(&[("layers/lamps.toml", LAMPS)]), [""; 0]);
    for (sound, spoilt, expected) in TABLE {
        assert!(LAMPS.contains(sound), "`{sound}` is not in the sound layer");
        let said = said_of(&[("layers/lamps.toml", &LAMPS.replacen(sound, spoilt, 1))]);
        let expected: Vec<String> = expected.iter().map(|line| format!("layers/lamps.toml:{line}")).collect();
        assert_eq!(said, expected, "after `{spoilt}`");
    }
}

#[test]
fn lines_are_merged_by_fields_of_their_layer() {
    let table: [(&str, &[&str]); 6] = [
        ("[]", &[]),
        ("[\"power\", \"kind\"]", &[]),
        ("[\"kind\", \"colour\"]", &["41:18: `merge` names `colour`, no field of this layer"]),
        ("[\"kind\", \"kind\"]", &["41:18: `merge` names `kind` twice"]),
        ("[\"power\"]", &["42:16: `merge` does not name `kind`: merged lines would have no zoom of their own"]),
        ("\"kind\"", &["41:9: `merge` is a text, not a list"]),
    ];
    for (merge, expected) in table {
        let lines =
            LAMPS.replace("\"point\"", "\"line\"").replace("rate = 2.5", &format!("rate = 2.5\nmerge = {merge}"));
        let expected: Vec<String> = expected.iter().map(|line| format!("layers/lamps.toml:{line}")).collect();
        assert_eq!(said_of(&[("layers/lamps.toml", &lines)]), expected, "merge = {merge}");
    }
}

#[test]
fn roles_and_validity_go_with_the_layer() {
    let table: [(&str, &[&str]); 9] = [
        ("[planning]\nrole = \"hazard\"\ncode = \"kind\"\nversion = [\"kind\"]\n", &[]),
        (
            "[planning]\nrole = \"danger\"\n",
            &["44:8: `role` `danger` is not one of province, ward, district, plan, parcel, road, protected, hazard"],
        ),
        ("[planning]\ncode = \"kind\"\n", &["43:1: `planning` has no `role`"]),
        ("[planning]\nrole = \"plan\"\ncode = \"colour\"\n", &["45:8: `code` names `colour`, no field of this layer"]),
        (
            "[planning]\nrole = \"plan\"\ncode = \"power\"\n",
            &["45:8: `code` names `power`, whose type is not one of text, code"],
        ),
        (
            "[planning]\nrole = \"plan\"\nversion = [\"power\"]\n",
            &["45:12: `version` names `power`, whose type is not one of text, integer, date, code"],
        ),
        ("[validity]\n", &["43:1: `validity` names neither `from` nor `to`"]),
        ("[validity]\nto = \"kind\"\n", &["44:6: `to` names `kind`, whose type is not one of integer, date, datetime"]),
        (
            "[validity]\nsince = \"kind\"\n",
            &["43:1: `validity` names neither `from` nor `to`", "44:1: unknown key `since`; `validity` knows from, to"],
        ),
    ];
    for (more, expected) in table {
        let lines = LAMPS.replace("\"point\"", "\"line\"").replace("[style]", &format!("{more}[style]"));
        let expected: Vec<String> = expected.iter().map(|line| format!("layers/lamps.toml:{line}")).collect();
        assert_eq!(said_of(&[("layers/lamps.toml", &lines)]), expected, "{more}");
    }
    let point = LAMPS.replace("[style]", "[planning]\nrole = \"hazard\"\n[style]");
    let said = said_of(&[("layers/lamps.toml", &point)]);
    assert_eq!(
        said,
        ["layers/lamps.toml:44:8: points cover nothing of a parcel: only lines and polygons have a `role`"]
    );
}

#[test]
fn all_mistakes_of_all_files_are_told_in_order() {
    let first = LAMPS.replace("zoom = [8, 16]", "zoom = [16, 8]").replace("rate = 2.5", "rate = 0.5");
    let second = LAMPS.replace("\"point\"", "\"dot\"");
    let said = said_of(&[
        ("layers/poles.toml", &second),
        ("layers/lamps.toml", &first),
        ("layers/notes.txt", "not a layer"),
        ("catalog.toml", "title = { vi = \"Tỉnh\" }\nname = 1\n"),
    ]);
    assert_eq!(
        said,
        [
            "catalog.toml:1:9: `title` has no `en`",
            "catalog.toml:2:1: unknown key `name`; the catalogue knows title",
            "layers/lamps.toml:9:8: `zoom` [16, 8] runs backwards: write [first, last]",
            "layers/lamps.toml:40:8: `rate` 0.5 is below 1",
            "layers/poles.toml:1:6: layer `lamps` is already in layers/lamps.toml:1",
            "layers/poles.toml:1:6: layer `lamps` stands in poles.toml; its file is named lamps.toml",
            "layers/poles.toml:8:12: `geometry` `dot` is not one of point, line, polygon",
        ]
    );
}

#[test]
fn a_file_in_another_encoding_is_told_where_it_begins() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("layers")).unwrap();
    fs::write(folder.path().join("layers/lamps.toml"), b"id = \"lamps\"\nsource = \"S\xf4\"\n").unwrap();
    let error = Catalog::read(folder.path()).unwrap_err();
    let CatalogError::Faults(faults) = error else { panic!("{error}") };
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].line, faults[0].column, &*faults[0].message), (2, 12, "not UTF-8 from here on"));
}

#[test]
fn a_folder_without_layers_is_no_catalogue() {
    let folder = TempDir::new().unwrap();
    let error = Catalog::read(folder.path()).unwrap_err();
    assert!(matches!(&error, CatalogError::Unreadable { path, .. } if path.ends_with("layers")), "{error}");
    fs::create_dir(folder.path().join("layers")).unwrap();
    let error = Catalog::read(folder.path()).unwrap_err();
    assert!(error.to_string().ends_with("layers: no layer here; each one is a file NAME.toml"), "{error}");
}

#[test]
fn the_title_is_that_of_the_folder() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("layers")).unwrap();
    fs::write(folder.path().join("layers/lamps.toml"), LAMPS).unwrap();
    fs::write(folder.path().join("catalog.toml"), "title = { vi = \"Vinh\", en = \"Vinh city\" }").unwrap();
    let catalog = Catalog::read(folder.path()).unwrap();
    assert_eq!((catalog.title().vi.as_str(), catalog.title().en.as_str()), ("Vinh", "Vinh city"));
}
