//! Readings of one feature that come to two nodes at once: in the end both, and the database, know the newest, and of what is the case
//! there is one alert.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use citylayers::catalog::Catalog;
use citylayers::city::City;
use citylayers::geo::Geometry;
use citylayers::model::{Change, DocumentKind, Feature, FeatureId, Layer, LayerId, Observation, Observations, Rule};
use citylayers::store::Keys;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::LONG;
use super::readings::Node;
use super::support::database::Database;

const FAST: &str = "id = 'fast'\ntitle = { vi = 'Nhanh', en = 'Fast' }\nlayer = 'vessels'\nseverity = 'Minor'\n\
    [when]\ntype = 'threshold'\nproperty = 'speed_kn'\nabove = 20\nclear = 15";

const ROUNDS: i64 = 40;

const VESSELS: [&str; 3] = ["V-1", "V-2", "V-3"];

fn vessels(catalog: &Catalog) -> Arc<Layer> {
    Arc::clone(catalog.layer(&LayerId::new("vessels").unwrap()).unwrap())
}

/// A vessel and its alerts as a node knows them: where it is, how fast it is, and how many alerts of it are open.
fn known(city: &City, layer: &Layer, vessel: &str) -> (Option<[f64; 2]>, Option<f64>, usize) {
    let feature = city.atlas().layer(&layer.id).and_then(|index| index.get(vessel));
    let place = feature.and_then(|feature| match feature.geometry {
        Geometry::Point(point) => Some([point.x(), point.y()]),
        _ => None,
    });
    let speed = layer.observed_index("speed_kn").expect("speed");
    let present = city.atlas().present(&layer.id).expect("it is observed");
    let value = present.of(vessel).and_then(|slot| slot.values[speed]).map(|(_, value)| value);
    (place, value, city.open_alerts().iter().filter(|alert| alert.feature == vessel).count())
}

/// Vessels report from somewhere at different speeds.
fn told(layer: &Arc<Layer>, reports: &[(&str, DateTime<Utc>, f64, f64)]) -> Observations {
    let one = |(vessel, time, lon, speed): &(&str, DateTime<Utc>, f64, f64)| {
        let mut values = vec![None; layer.observed.len()];
        values[layer.observed_index("speed_kn").expect("speed")] = Some(*speed);
        let feature = FeatureId::new(vessel).expect("an id");
        Observation { feature, time: *time, position: Some([*lon, 18.5]), values: values.into() }
    };
    Observations::new(Arc::clone(layer), reports.iter().map(one))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_counts_wherever_it_came() {
    let Some(database) = Database::fresh().await else { return };
    let catalog = Arc::new(Catalog::shipped().expect("the shipped catalogue reads"));
    let rule: Rule = toml::from_str(FAST).expect("a rule");
    let mut nodes = [
        Node::judging(&database, &catalog, vec![rule.clone()]).await,
        Node::judging(&database, &catalog, vec![rule]).await,
    ];
    let layer = vessels(&catalog);
    let put = |vessel: &str| {
        let geometry = Geometry::Point(geo_types::Point::new(105.9, 18.5));
        let (layer, id) = (layer.id.clone(), FeatureId::new(vessel).expect("an id"));
        Change::Put(Feature { layer, id, geometry, properties: vec![None; vessels(&catalog).fields.len()] })
    };
    nodes[0].city.commit(VESSELS.map(put).to_vec()).await.expect("kept");
    nodes[1]
        .until("there are vessels", |city| city.atlas().layer(&layer.id).is_some_and(|index| index.len() == 3))
        .await;
    let mut dice = ChaCha8Rng::seed_from_u64(20_261_123);
    let start = Utc::now() - TimeDelta::hours(1);
    for round in 0..ROUNDS {
        let mut report = |number: i64| {
            let time = start + TimeDelta::seconds(round * 10 + number);
            let speed = if dice.random_bool(0.5) { 25.0 } else { 5.0 };
            let lon = 106.0 + f64::from(u16::try_from(round * 10 + number).expect("few")) / 1000.0;
            VESSELS.map(|vessel| (vessel, time, lon, speed))
        };
        let both = [report(1), report(2)];
        let turned = dice.random_bool(0.5);
        let [one, other] = if turned { [1, 0] } else { [0, 1] };
        let (first, second) = (told(&layer, &both[one]), told(&layer, &both[other]));
        let (kept, also) = tokio::join!(nodes[0].city.observe(first), nodes[1].city.observe(second));
        assert!(kept.is_ok() && also.is_ok(), "round {round}: {kept:?}, {also:?}");
        let (_, _, lon, speed) = both[1][0];
        let expected = (Some([lon, 18.5]), Some(speed), usize::from(speed > 20.0));
        for node in &nodes {
            settles(&nodes, round, || VESSELS.map(|vessel| known(&node.city, &layer, vessel)), expected).await;
        }
        let open = nodes[0].city.alerts(DocumentKind::OpenAlert, Keys::All).await.expect("alerts");
        assert_eq!(open.len(), 3 * expected.2, "round {round}: one each is kept");
        let somebody = database.somebody().await;
        let rows = somebody.query("SELECT ST_X(geom) FROM vessels ORDER BY id", &[]).await.expect("rows");
        let kept: Vec<f64> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(kept, [lon; 3], "round {round}: in the database");
    }
    for node in nodes {
        node.stop().await;
    }
}

/// Looks until all three are as they should be, while time goes on on both nodes.
async fn settles<T: PartialEq + std::fmt::Debug + Copy>(
    nodes: &[Node; 2],
    round: i64,
    look: impl Fn() -> [T; 3],
    expected: T,
) {
    let began = Instant::now();
    while look() != [expected; 3] {
        assert!(began.elapsed() < LONG, "round {round}: {:?} is not {expected:?}", look());
        for node in nodes {
            node.city.tick(Utc::now() + TimeDelta::minutes(1)).await.expect("time goes on");
        }
        tokio::task::yield_now().await;
    }
}
