//! Indicators, over real sockets and through the program: carried over from merged units, ranked, classed, drawn.

#[path = "../support/mod.rs"]
mod support;

mod import;
mod merged;
mod sheets;
mod tiles;

use citylayers::geo::Geometry;
use citylayers::model::{Change, Feature, FeatureId, Indication, Indications, IndicatorId, Layer, LayerId, Value};
use geo_types::{LineString, MultiPolygon, Polygon};
use support::service::Service;

/// A ward of today: a square, the codes of what it was made from, the day since when it is.
fn ward(layer: &Layer, code: &str, [west, south]: [f64; 2], former: &str, since: Option<&str>) -> Change {
    let side = 0.04;
    let ring = [[0.0, 0.0], [side, 0.0], [side, side], [0.0, side], [0.0, 0.0]];
    let ring: Vec<[f64; 2]> = ring.iter().map(|[x, y]| [west + x, south + y]).collect();
    let mut properties = vec![None; layer.fields.len()];
    let mut set = |field: &str, value: Value| properties[layer.field_index(field).expect("a field")] = Some(value);
    set("name", Value::Text(format!("Xã {code}")));
    if !former.is_empty() {
        set("former_codes", Value::Text(former.to_owned()));
    }
    if let Some(since) = since {
        set("valid_from", Value::Date(since.parse().expect("a day")));
    }
    Change::Put(Feature {
        layer: layer.id.clone(),
        id: FeatureId::new(code).expect("not empty"),
        geometry: Geometry::Polygons(MultiPolygon(vec![Polygon::new(LineString::from(ring), Vec::new())])),
        properties,
    })
}

/// `population 100 2024 12.5`, one a line.
fn told(lines: &str) -> Change {
    let values = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [indicator, unit, period, value] = words[..] else { panic!("{line}") };
        Indication {
            indicator: IndicatorId::new(indicator).expect("an id"),
            unit: FeatureId::new(unit).expect("not empty"),
            period: period.parse().expect("a period"),
            value: value.parse().expect("a number"),
        }
    });
    Change::Indicate(Indications::new(LayerId::new("wards").expect("an id"), values))
}

/// A service with these wards and values.
async fn telling(wards: &[(&str, &str)], lines: &str) -> Service {
    let service = Service::start().await;
    let layer = service.layer("wards");
    let place = |number: usize| {
        let step = |number: usize| f64::from(u32::try_from(number).expect("few")) * 0.05;
        [105.0 + step(number % 20), 18.5 + step(number / 20)]
    };
    let all = wards.iter().enumerate();
    let mut changes: Vec<Change> =
        all.map(|(number, (code, former))| ward(&layer, code, place(number), former, Some("2025-07-01"))).collect();
    changes.push(told(lines));
    service.commit(changes).await;
    service
}
