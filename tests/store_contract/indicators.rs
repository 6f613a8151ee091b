//! Values of indicators: of one indicator, unit and period there is one, the last that was told.

use std::collections::BTreeMap;

use citylayers::geo::GeometryKind;
use citylayers::model::{Change, FeatureId, FieldType, Indication, Indications, IndicatorId, LayerId};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::support::ground::Ground;
use super::support::layers::layer;

/// By layer, indicator, unit and period, to the last bit.
type Known = BTreeMap<[String; 4], u64>;

fn seeded(random: &mut ChaCha8Rng, layer: &LayerId, count: usize) -> Indications {
    let periods = ["2026-10", "2026-09", "2026-Q3", "2025", "1900-01", "2999-12"];
    let units = ["00001", "14758", "xã Đại Lộc", "o'Neil; \"x\""];
    let values = (0..count).map(|_| Indication {
        indicator: IndicatorId::new(["population", "share", "a_1"][random.random_range(0..3)]).expect("an id"),
        unit: FeatureId::new(&format!("{layer} {}", units[random.random_range(0..4)])).expect("not empty"),
        period: periods[random.random_range(0..6)].parse().expect("a period"),
        value: [0.1 + 0.2, -0.0, 5e-324, 1e300, f64::from(random.random::<i32>())][random.random_range(0..5)],
    });
    Indications::new(layer.clone(), values.collect::<Vec<_>>())
}

fn note(known: &mut Known, told: &Indications) {
    for one in told.list() {
        let key = [told.layer().to_string(), one.indicator.to_string(), one.unit.to_string(), one.period.to_string()];
        known.insert(key, one.value.to_bits());
    }
}

async fn kept(ground: &Ground) -> Known {
    let mut known = Known::new();
    let (all, _) = ground.store.indications().await.expect("values are read");
    all.iter().for_each(|own| note(&mut known, own));
    known
}

pub async fn values_of_indicators_replace_what_was_told(mut ground: Ground) {
    let layers = ["wards", "districts"].map(|id| layer(id, GeometryKind::Polygon, FieldType::Text, &[]));
    ground.store.prepare(&layers).await.expect("tables");
    assert_eq!(kept(&ground).await, Known::new());
    let mut random = ChaCha8Rng::seed_from_u64(37_120);
    let mut expected = Known::new();
    for count in [1, 40, 0, 200] {
        let told: Vec<Indications> = layers.iter().map(|layer| seeded(&mut random, &layer.id, count)).collect();
        told.iter().for_each(|own| note(&mut expected, own));
        let revision =
            ground.store.commit(&told.into_iter().map(Change::Indicate).collect::<Vec<_>>()).await.expect("kept");
        let (_, of) = ground.store.indications().await.expect("values are read");
        assert_eq!(of, revision);
        assert_eq!(kept(&ground).await, expected);
    }
    assert!(ground.store.foreign().await.expect("a store hears").is_empty(), "own values are not foreign");
    ground.reopen().await;
    ground.store.prepare(&layers).await.expect("tables");
    assert_eq!(kept(&ground).await, expected);
    let stranger = LayerId::new("strangers").expect("an id");
    let told = Change::Indicate(seeded(&mut random, &stranger, 3));
    ground.store.commit(&[told]).await.expect_err("a layer that was not prepared");
    assert_eq!(kept(&ground).await, expected);
}
