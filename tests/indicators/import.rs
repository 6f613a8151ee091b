//! `citylayers import FILE --indicator`.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::{Value as Json, json};

#[path = "../support/program.rs"]
mod program;

use program::{Answer, Desk};

/// Wards of which one was made from three, one from two, and one shares an old unit with another.
fn desk() -> Desk {
    let desk = Desk::new();
    let ward = |number: u32, code: &str, former: &str| {
        let west = 105.0 + f64::from(number) * 0.1;
        let ring = json!([[west, 18.5], [west + 0.05, 18.5], [west + 0.05, 18.6], [west, 18.6], [west, 18.5]]);
        json!({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"code": code, "name": format!("Xã {code}"), "valid_from": "2025-07-01", "former_codes": former}})
    };
    let wards = json!({"type": "FeatureCollection", "features": [
        ward(0, "100", "100, 101, 102"), ward(1, "200", "201, 202"), ward(2, "300", "202, 301"), ward(3, "400", "")]});
    let file = desk.write("wards.geojson", wards.to_string());
    let answer = desk.import(&file, "wards", &[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    desk
}

fn import(desk: &Desk, text: impl AsRef<[u8]>, more: &[&str]) -> (Answer, Json) {
    let (file, report) = (desk.write("kpi.csv", text), desk.path("report.json"));
    let mut words = vec![
        "import",
        file.to_str().expect("a plain name"),
        "--indicator",
        "--report",
        report.to_str().expect("a plain name"),
    ];
    words.extend(more);
    let answer = desk.run(words);
    let report = std::fs::read(&report).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    (answer, report.unwrap_or_default())
}

/// What the store holds.
fn kept(desk: &Desk) -> BTreeMap<String, f64> {
    let store = Connection::open(desk.path("city.gpkg")).expect("the store");
    let mut statement = store
        .prepare("SELECT indicator || ' ' || unit || ' ' || period, value FROM citylayers_indicators")
        .expect("the table");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("values")
}

fn reasons(report: &Json) -> Vec<(u64, String)> {
    let refusals = report["refusals"].as_array().expect("refusals").iter();
    refusals
        .map(|one| (one["row"].as_u64().expect("a row"), one["reason"].as_str().expect("a reason").to_owned()))
        .collect()
}

#[test]
fn a_file_as_an_office_writes_it_is_taken() {
    let desk = desk();
    let text = "\u{feff}Mã xã;Mã chỉ số;Kỳ báo cáo;Giá trị;Ghi chú\r\n\
        100;population;Năm 2025;1900;\r\n\
        101;population;2024;500;trước sáp nhập\r\n\
        100;on_time_procedures;Tháng 10/2026;92,5;\r\n\
        400;on_time_procedures;10/2026;97.25%;\r\n\
        200;citizen_satisfaction;Quý III/2026;88,1;\r\n";
    let (answer, report) = import(&desk, text, &[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let expected: BTreeMap<String, f64> = [
        ("population 100 2025", 1900.0),
        ("population 101 2024", 500.0),
        ("on_time_procedures 100 2026-10", 92.5),
        ("on_time_procedures 400 2026-10", 97.25),
        ("citizen_satisfaction 200 2026-Q3", 88.1),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    assert_eq!(kept(&desk), expected);
    assert_eq!(
        (&report["accepted"], &report["written"], &report["ignored_columns"]),
        (&json!(5), &json!(true), &json!(["Ghi chú"]))
    );
    // Again, and with other values: what was told before goes, what was not told again stays.
    let (answer, _) = import(&desk, "unit,indicator,period,value\n100,population,2025,1950\n", &[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(kept(&desk).get("population 100 2025"), Some(&1950.0));
    assert_eq!(kept(&desk).len(), 5);
}

#[test]
fn each_refused_row_is_told_with_its_reason() {
    let desk = desk();
    let rows = [
        ("100,population,2025,1900", None),
        ("999,population,2025,1", Some("unknown-unit")),
        ("101,population,2025,1", Some("unknown-unit")),
        ("101,population,2024,1", None),
        ("202,population,2024,1", Some("divided-unit")),
        ("100,happiness,2025,1", Some("unknown-indicator")),
        ("100,population,2025-10,1", Some("bad-period")),
        ("100,population,soon,1", Some("bad-period")),
        ("200,population,2025,many", Some("unparsable-field")),
        ("200,population,2025,12.345", Some("unparsable-field")),
        ("200,population,2025,12.000", Some("unparsable-field")),
        ("200,population,2025,\"12,000\"", Some("unparsable-field")),
        ("200,investment_plan,2025,1.234", Some("unparsable-field")),
        ("200,investment_plan,2025,1.2340", None),
        ("200,population,2025,NaN", Some("unparsable-field")),
        ("200,population,2025,-5", Some("out-of-range")),
        ("200,population,2025,", Some("missing-field")),
        (",population,2025,5", Some("missing-field")),
        ("100,population,2025,1901", Some("duplicate-value")),
        ("200,population,2025", Some("unreadable")),
    ];
    let lines: Vec<&str> = rows.iter().map(|(row, _)| *row).collect();
    let text = format!("unit,indicator,period,value\n{}\n", lines.join("\n"));
    let (answer, report) = import(&desk, &text, &["--refuse-share", "0.9"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let expected: Vec<(u64, String)> =
        (1..).zip(rows).filter_map(|(row, (_, reason))| Some((row, reason?.to_owned()))).collect();
    assert_eq!(reasons(&report), expected, "{report:#}");
    assert_eq!(
        kept(&desk).into_keys().collect::<Vec<_>>(),
        ["investment_plan 200 2025", "population 100 2025", "population 101 2024"]
    );
    // Above the share that may be refused nothing is written.
    let (answer, report) = import(&desk, text.replace("1900", "7"), &[]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("17 of 20 rows were refused") && report["written"] == json!(false), "{answer:?}");
    assert_eq!(kept(&desk).get("population 100 2025"), Some(&1900.0));
    let (answer, _) = import(&desk, "unit,indicator,period,value\n100,population,2025,7\n", &["--dry-run"]);
    assert!(answer.code == 0 && answer.err.contains("nothing is written"), "{answer:?}");
    assert_eq!(kept(&desk).get("population 100 2025"), Some(&1900.0));
}

#[test]
fn what_is_no_such_file_is_refused_whole() {
    let desk = desk();
    for (text, more, code, part) in [
        ("unit,period,value\n1,2025,1\n", &[][..], 1, "no column `indicator`"),
        ("unit,code,indicator,period,value\n1,1,a,2025,1\n", &[], 1, "several columns that mean `unit`: unit, code"),
        ("{\"type\": \"FeatureCollection\", \"features\": []}", &[], 1, "read from CSV"),
        ("unit,indicator,period,value\n100,population,2025,\"7\n", &[], 1, "never closed"),
        ("unit,indicator,period,value\n", &["--layer", "wards"], 2, "--layer"),
    ] {
        let (answer, _) = import(&desk, text, more);
        assert_eq!(answer.code, code, "{text}: {answer:?}");
        assert!(answer.err.contains(part), "{text}: {answer:?}");
    }
    assert_eq!(kept(&desk), BTreeMap::new());
}
