//! Files of indicators: what is shipped, and what is said of mistakes.

use std::fs;

use tempfile::TempDir;

use super::{Catalog, shipped};
use crate::catalog::CatalogError;
use crate::model::indicator::Merge;
use crate::model::layer::Title;

pub(super) const UNITS: &str = include_str!("../../../data/layers/wards.toml");

pub(super) const PEOPLE: &str = r##"id = "people"
title = { vi = "Dân số", en = "Population" }
description = { vi = "Dân số.", en = "Population." }
unit = { vi = "người", en = "people" }
layer = "wards"
every = "year"
merge = "sum"
agency = { vi = "Thống kê", en = "Statistics" }
source = "Niên giám"
classes = { method = "jenks", count = 5 }
colors = ["#ece9f1", "#523f7d"]
"##;

/// The table below spoils one place of it.
const SHARE: &str = r##"id = "share"
title = { vi = "Tỉ lệ", en = "Share" }
description = { vi = "Tỉ lệ.", en = "Share." }
unit = { vi = "%", en = "%" }
layer = "wards"
every = "month"
direction = "higher"
target = 95
decimals = 1
merge = "mean"
weight = "people"
range = [0, 100]
agency = { vi = "Thống kê", en = "Statistics" }
source = "Báo cáo"
classes = { method = "quantile", count = 5 }
colors = ["#ece9f1", "#523f7d"]

[targets]
2026-10 = 90
2026 = 92.5
"##;

const TABLE: &[(&str, &str, &[&str])] = &[
    ("id = \"share\"", "id = \"part\"", &["1:6: `id` is `part`, but the file is share.toml: make them one"]),
    (
        "id = \"share\"",
        "id = \"Share\"",
        &["1:6: `id` `Share` is no name: a-z, 0-9 and _ only, a letter first, 48 at most"],
    ),
    (
        "layer = \"wards\"",
        "layer = \"units\"",
        &["5:9: there is no layer `units`", "11:10: `people` tells of the units of another layer"],
    ),
    ("every = \"month\"", "every = \"week\"", &["6:9: `every` `week` is not one of month, quarter, year"]),
    ("every = \"month\"", "every = \"year\"", &["19:1: `2026-10` is shorter than the periods of the indicator"]),
    (
        "direction = \"higher\"\n",
        "",
        &[
            "7:10: a target needs a `direction`: whether higher or lower values are better",
            "18:1: a target needs a `direction`: whether higher or lower values are better",
            "19:1: a target needs a `direction`: whether higher or lower values are better",
        ],
    ),
    ("target = 95", "target = \"95\"", &["8:10: `target` is a text, not a number"]),
    ("decimals = 1", "decimals = 7", &["9:12: `decimals` 7 is not between 0 and 6"]),
    (
        "weight = \"people\"\n",
        "",
        &["10:9: a mean needs a `weight`: the indicator, such as population, that tells how much each unit counts"],
    ),
    ("merge = \"mean\"", "merge = \"sum\"", &["11:10: only a `merge = \"mean\"` has a weight"]),
    ("weight = \"people\"", "weight = \"peple\"", &["11:10: there is no indicator `peple`"]),
    (
        "weight = \"people\"",
        "weight = \"share\"",
        &["11:10: `share` is no weight: its values do not add up (`merge = \"sum\"`)"],
    ),
    ("range = [0, 100]", "range = [100, 0]", &["12:9: `range` [100.0, 0.0] is no range: write [least, greatest]"]),
    (
        "method = \"quantile\"",
        "method = \"natural\"",
        &["15:22: `method` `natural` is not one of quantile, equal, jenks"],
    ),
    ("count = 5", "count = 10", &["15:42: `count` 10 is not between 2 and 9"]),
    (
        "colors = [\"#ece9f1\", \"#523f7d\"]",
        "colors = [\"#ece9f1\"]",
        &["16:11: `colors` has 1: list from 2 to 9, from the lowest class to the highest"],
    ),
    ("\"#523f7d\"", "\"purple\"", &["16:22: `colors` `purple` is no colour: write #rrggbb"]),
    (
        "2026-10 = 90",
        "2026-13 = 90",
        &["19:1: `2026-13` is no period: write a month as 2026-10, a quarter as 2026-Q3, a year as 2026"],
    ),
    ("2026 = 92.5", "2026 = true", &["20:8: `2026` is true or false, not a number"]),
    (
        "source =",
        "sorce =",
        &["1:1: the indicator has no `source`", "14:1: unknown key `sorce`; did you mean `source`?"],
    ),
];

fn read(share: &str) -> Result<Catalog, CatalogError> {
    let folder = TempDir::new().unwrap();
    for name in ["layers", "indicators"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("layers/wards.toml"), UNITS).unwrap();
    fs::write(folder.path().join("indicators/people.toml"), PEOPLE).unwrap();
    fs::write(folder.path().join("indicators/share.toml"), share).unwrap();
    Catalog::read(folder.path())
}

#[test]
fn every_mistake_is_told_with_its_place() {
    for (from, to, expected) in TABLE {
        assert_eq!(SHARE.matches(from).count(), 1, "{from}");
        let Err(CatalogError::Faults(faults)) = read(&SHARE.replace(from, to)) else { panic!("`{to}` is taken") };
        let found: Vec<String> =
            faults.iter().map(|fault| format!("{}:{}: {}", fault.line, fault.column, fault.message)).collect();
        assert_eq!(found, *expected, "`{from}` as `{to}`");
        assert!(faults.iter().all(|fault| fault.file.ends_with("share.toml")), "{faults:?}");
    }
}

#[test]
fn a_sound_file_is_read_as_it_stands() {
    let catalog = read(SHARE).unwrap_or_else(|error| panic!("{error}"));
    let [_, share] = catalog.indicators() else { panic!("two indicators") };
    for (period, target) in [("2026-10", 90.0), ("2026-09", 92.5), ("2025-12", 95.0)] {
        assert_eq!(share.target_in(period.parse().unwrap()), Some(target), "{period}");
    }
    assert!(matches!(&share.merge, Some(Merge::Mean(weight)) if weight.as_str() == "people"));
}

#[test]
fn the_shipped_ones_are_whole() {
    let catalog = shipped();
    let ids: Vec<&str> = catalog.indicators().iter().map(|indicator| indicator.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "citizen_satisfaction",
            "hospital_admissions",
            "investment_disbursed",
            "investment_plan",
            "on_time_procedures",
            "population",
            "procedures",
            "school_pupils"
        ]
    );
    for indicator in catalog.indicators() {
        for Title { vi, en } in [&indicator.title, &indicator.description, &indicator.unit, &indicator.agency] {
            assert!(!vi.trim().is_empty() && !en.trim().is_empty(), "{}", indicator.id);
        }
        assert_eq!(indicator.layer.as_str(), "wards");
        assert_eq!(
            indicator.colors.len(),
            indicator.classes,
            "{}: the legend has the colours of the file",
            indicator.id
        );
    }
}
