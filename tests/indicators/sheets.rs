//! Ranks, changes, targets, classes and sums, against what they are by definition.

use std::collections::BTreeMap;
use std::fmt::Write;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};

use super::telling;

type Values = BTreeMap<String, f64>;

/// Values of `share` of the units.
fn seeded(random: &mut ChaCha8Rng, units: usize, share: f64) -> Values {
    let told = (0..units).filter_map(|number| {
        let value = f64::from(random.random_range(120..200_u8)) / 2.0;
        random.random_bool(share).then(|| (format!("{}", 1000 + number), value))
    });
    told.collect()
}

fn near(found: &Json, expected: Option<f64>, what: &str) {
    match (found.as_f64(), expected) {
        (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-9, "{what}: {found} is not {expected}"),
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_is_what_it_is_called() {
    let mut random = ChaCha8Rng::seed_from_u64(2026);
    let codes: Vec<String> = (0..60).map(|number| (1000 + number).to_string()).collect();
    let [now, before, year_before] = [0.9, 0.8, 0.5].map(|share| seeded(&mut random, codes.len(), share));
    let mut lines = String::new();
    for (period, values) in [("2026-10", &now), ("2026-09", &before), ("2025-10", &year_before)] {
        for (unit, value) in values {
            writeln!(lines, "on_time_procedures {unit} {period} {value}").expect("a text");
        }
    }
    let weights: Values = codes.iter().map(|code| (code.clone(), f64::from(random.random_range(1..50_u8)))).collect();
    for (unit, weight) in &weights {
        writeln!(lines, "procedures {unit} 2026-10 {weight}").expect("a text");
    }
    let wards: Vec<(&str, &str)> = codes.iter().map(|code| (code.as_str(), "")).collect();
    let service = telling(&wards, &lines).await;
    let sheet = service.get("/indicators/on_time_procedures?classes=equal&n=4", &[]).await.json();
    assert_eq!(
        (&sheet["period"], &sheet["previous"], &sheet["year_before"]),
        (&json!("2026-10"), &json!("2026-09"), &json!("2025-10"))
    );
    let units = sheet["units"].as_array().expect("units");
    assert_eq!(units.len(), codes.len());
    let [least, greatest] = [f64::min, f64::max].map(|of| now.values().copied().reduce(of).expect("some"));
    for unit in units {
        let id = unit["id"].as_str().expect("an id");
        let value = now.get(id).copied();
        near(&unit["value"], value, id);
        let rank = value.map(|value| 1 + now.values().filter(|other| **other > value).count());
        assert_eq!(unit["rank"], json!(rank), "{id}");
        let change = |values: &Values| value.zip(values.get(id)).map(|(value, before)| value - before);
        near(&unit["change"]["difference"], change(&before), id);
        near(&unit["year_change"]["difference"], change(&year_before), id);
        near(&unit["distance"], value.map(|value| value - 95.0), id);
        assert_eq!(unit["target_met"], json!(value.map(|value| value >= 95.0)), "{id}");
        // A value at a border is of the lower class.
        let class = value.map(|value| (((value - least) / ((greatest - least) / 4.0)).ceil() - 1.0).max(0.0));
        near(&unit["class"], class, id);
    }
    let mean = |values: &Values| {
        let sum: f64 = values.iter().map(|(unit, value)| value * weights[unit]).sum();
        Some(sum / values.keys().map(|unit| weights[unit]).sum::<f64>())
    };
    let summary = &sheet["summary"];
    near(&summary["value"], mean(&now), "the mean");
    // A change is of those units of which both are told.
    let both = |one: &Values, other: &Values| -> Values {
        one.iter().filter(|(unit, _)| other.contains_key(*unit)).map(|(unit, value)| (unit.clone(), *value)).collect()
    };
    for (name, then) in [("change", &before), ("year_change", &year_before)] {
        let (from, to) = (mean(&both(then, &now)), mean(&both(&now, then)));
        near(&summary[name]["from"], from, name);
        near(&summary[name]["difference"], from.zip(to).map(|(from, to)| to - from), name);
    }
    assert_eq!(
        (&summary["units"], &summary["known"], &summary["rule"]),
        (&json!(60), &json!(now.len()), &json!("mean"))
    );
    assert_eq!(summary["met"], json!(now.values().filter(|value| **value >= 95.0).count()));
    let legend = sheet["legend"].as_array().expect("a legend");
    assert_eq!(legend.iter().map(|entry| entry["count"].as_u64().expect("a count")).sum::<u64>(), now.len() as u64);
    assert_eq!((&legend[0]["from"], &legend[3]["to"]), (&json!(least), &json!(greatest)));
    assert_eq!(legend[3]["text"]["en"].as_str().expect("a text").replace('.', ","), legend[3]["text"]["vi"]);
    let csv = service.get("/indicators/on_time_procedures?f=csv", &[]).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let csv = String::from_utf8(csv.body).expect("UTF-8");
    assert_eq!(csv.lines().count(), 61);
    let id = now.keys().next().expect("one");
    let line = csv.lines().find(|line| line.starts_with(id.as_str())).expect("its line");
    assert!(line.starts_with(&format!("{id},Xã {id},2026-10,{},,", now[id])), "{line}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_knows_the_periods_that_are_told() {
    let service = telling(&[("1", "")], "population 1 2025 5\n population 1 2024 4\n procedures 1 2026-02 9").await;
    let list = service.get("/indicators", &[]).await.json();
    let periods = |id: &str| {
        let all = list["indicators"].as_array().expect("a list");
        all.iter().find(|indicator| indicator["id"] == id).expect("an indicator")["periods"].clone()
    };
    assert_eq!(periods("population"), json!(["2024", "2025"]));
    assert_eq!(periods("procedures"), json!(["2026-02"]));
    assert_eq!(periods("school_pupils"), json!([]));
    let nothing = service.get("/indicators/school_pupils", &[]).await.json();
    assert_eq!((&nothing["period"], &nothing["legend"]), (&Json::Null, &json!([])));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_told() {
    let service = telling(&[("1", "")], "population 1 2025 5").await;
    for (path, status, part) in [
        ("/indicators?f=csv", 400, "`f`"),
        ("/indicators/happiness", 404, "GET /indicators"),
        ("/indicators/population?period=2025-10", 400, "such as 2026"),
        ("/indicators/population?period=soon", 400, "is no period"),
        ("/indicators/population?classes=natural", 400, "quantile, equal, jenks"),
        ("/indicators/population?n=1", 400, "from 2 to 9"),
        ("/indicators/population?n=10", 400, "from 2 to 9"),
        ("/indicators/population?datetime=2025", 400, "`datetime`"),
        ("/indicators/population?f=html", 400, "json, csv"),
        ("/tiles/wards/8/202/114.mvt?indicator=happiness", 400, "GET /indicators"),
        ("/tiles/roads/8/202/114.mvt?indicator=population", 400, "not among the layers"),
        ("/tiles/wards/8/202/114.mlt?indicator=population", 400, "only MVT"),
        ("/tiles/wards/8/202/114.mvt?indicator=population&period=2025-10", 400, "such as 2026"),
        ("/tiles/wards/8/202/114.mvt?indicator=population&n=0", 400, "from 2 to 9"),
    ] {
        let answer = service.get(path, &[]).await;
        let detail = answer.json()["detail"].as_str().expect("a detail").to_owned();
        assert_eq!(answer.status, status, "{path}: {detail}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert!(detail.contains(part), "{path}: {detail}");
    }
    service.stop().await;
}

/// Four wards, all told of in 2025, and some in 2026.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_unit_that_tells_of_a_period_does_not_make_it_the_default() {
    let wards = [("100", ""), ("200", ""), ("300", ""), ("400", "")];
    let year = |year: u32, codes: &[&str]| -> String {
        codes.iter().map(|code| format!("population {code} {year} {code}.0\n")).collect::<Vec<_>>().concat()
    };
    let all: Vec<&str> = wards.iter().map(|(code, _)| *code).collect();
    let service = telling(&wards, &format!("{}{}", year(2025, &all), year(2026, &["100"]))).await;
    for (told, known, default) in [("100", 1, "2025"), ("200", 2, "2026")] {
        service.commit(vec![super::told(&year(2026, &[told]))]).await;
        let list = service.get("/indicators", &[]).await.json();
        let listed = list["indicators"].as_array().expect("a list").iter().find(|one| one["id"] == "population");
        let listed = listed.expect("it is shipped");
        assert_eq!(
            (&listed["periods"], &listed["known"], &listed["default_period"]),
            (&json!(["2025", "2026"]), &json!({"2025": 4, "2026": known}), &json!(default))
        );
        let sheet = service.get("/indicators/population", &[]).await.json();
        assert_eq!((&sheet["period"], &sheet["default_period"]), (&json!(default), &json!(default)));
        assert_eq!(sheet["summary"]["known"], if default == "2025" { 4 } else { known });
        let tile = async |period: &str| {
            service.get(&format!("/tiles/wards/9/405/229.mvt?indicator=population{period}"), &[]).await.body
        };
        let [plain, chosen] = [tile("").await, tile(&format!("&period={default}")).await];
        assert!(plain == chosen && plain != tile("&period=2024").await, "a tile without a period is of {default}");
        let asked = service.get("/indicators/population?period=2026", &[]).await.json();
        assert_eq!((&asked["period"], &asked["summary"]["known"]), (&json!("2026"), &json!(known)), "who asks is told");
    }
    service.stop().await;
}
