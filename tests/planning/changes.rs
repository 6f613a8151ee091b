//! `GET /collections/{layer}/changes`.
#![allow(clippy::unwrap_used, reason = "a test ends at an answer without what it asks for")]

use serde_json::{Value, json};

use super::ground::{day, feature, polygon, served, square, text};

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_of_a_plan_are_compared() {
    let service = served().await;
    let plan = service.layer("land_use");
    let put = |id: &str, code: &str, bounds, from: Option<&str>, to: Option<&str>| {
        let ends =
            [("valid_from", from), ("valid_to", to)].into_iter().filter_map(|(name, end)| Some((name, day(end?))));
        let values: Vec<_> = ends.chain([("land_code", text(code))]).collect();
        feature(&plan, id, polygon(&square(bounds)), &values)
    };
    let far = |x: f64| [x, 1000.0, x + 100.0, 1100.0];
    service
        .commit(vec![
            // 100 m by 100 m of rice become 60 m of homes and 30 m of road; 10 m are in no plan any more.
            put("old", "LUC", far(1000.0), Some("2021-01-01"), Some("2025-12-31")),
            put("homes", "ODT", [1000.0, 1000.0, 1060.0, 1100.0], Some("2026-01-01"), None),
            put("road", "DGT", [1060.0, 1000.0, 1090.0, 1100.0], Some("2026-01-01"), None),
            // New land, and a version that changes nothing but its days.
            put("new", "TMD", far(2000.0), Some("2026-01-01"), None),
            put("same-1", "CLN", far(3000.0), None, Some("2025-12-31")),
            put("same-2", "CLN", far(3000.0), Some("2026-01-01"), None),
        ])
        .await;
    let answer = service.get("/collections/land_use/changes?from=2025-12-31&to=2026-01-01", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let answer = answer.json();
    let ids =
        |list: &str| answer[list].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!((ids("added"), ids("removed")), (vec!["homes", "new", "road", "same-2"], vec!["old", "same-1"]));
    assert_eq!((&answer["kept"], &answer["by"]), (&json!(4), &json!("land_code")));
    let value = |side: &Value| side["value"].as_str().unwrap_or("-").to_owned();
    let unit = answer["removed"][0]["area"].as_f64().unwrap() / 10_000.0;
    let rows: Vec<(String, String, f64)> = answer["table"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (value(&row["from"]), value(&row["to"]), (row["area"].as_f64().unwrap() / unit).round()))
        // Corners on a border that is straight on the plane are a hair beside it in degrees.
        .filter(|(.., area)| *area > 0.0)
        .collect();
    let mut rows: Vec<(&str, &str, f64)> =
        rows.iter().map(|(from, to, area)| (from.as_str(), to.as_str(), *area)).collect();
    rows.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    let expected = [
        ("-", "TMD", 10_000.0),
        ("CLN", "CLN", 10_000.0),
        ("LUC", "-", 1000.0),
        ("LUC", "DGT", 3000.0),
        ("LUC", "ODT", 6000.0),
    ];
    assert_eq!(rows, expected);
    let homes = answer["table"].as_array().unwrap().iter().find(|row| row["to"]["value"] == "ODT").unwrap();
    assert_eq!(homes["to"]["title"]["en"], "Urban residential");
    let back = service.get("/collections/land_use/changes?from=2026-01-01&to=2025-12-31&by=stage", &[]).await.json();
    assert_eq!((&back["added"][0]["id"], &back["by"]), (&json!("old"), &json!("stage")));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_compared_is_refused() {
    let service = served().await;
    for (path, told) in [
        ("land_use/changes", "`from` and `to`"),
        ("land_use/changes?from=2025-01-01", "`from` and `to`"),
        ("land_use/changes?from=2025-01-01&to=never", "never"),
        ("roads/changes?from=2025-01-01&to=2026-01-01", "[validity]"),
        ("land_use/changes?from=2025-01-01&to=2026-01-01&by=x", "land_code"),
    ] {
        let answer = service.get(&format!("/collections/{path}"), &[]).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && detail.contains(told), "{path}: {} {detail}", answer.status);
    }
    service.stop().await;
}
