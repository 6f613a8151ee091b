//! Readings that one node takes are heard by the others, and judged once.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use citylayers::catalog::Catalog;
use citylayers::city::City;
use citylayers::geo::{Geometry, GeometryKind};
use citylayers::live::Listener;
use citylayers::model::alert::Deed;
use citylayers::model::layer::Observed;
use citylayers::model::{
    Alert, Change, DocumentKind, Feature, FeatureId, FieldType, Layer, LayerId, Observation, Observations, Relocation,
    Rule, Title,
};
use citylayers::rules::{Known, Ready};
use citylayers::store::postgis::PostGis;
use citylayers::store::{Keys, Store};
use tokio::task::JoinHandle;

use super::support::database::Database;
use super::support::layers::layer;
use super::{LONG, heard};

/// Stations that measure one thing.
fn stations() -> Arc<Layer> {
    let title = Title { vi: "Mực nước".to_owned(), en: "Level".to_owned() };
    let level = Observed { name: "level".to_owned(), unit: None, title, range: None };
    let plain = layer("stations", GeometryKind::Point, FieldType::Text, &[]);
    Arc::new(Layer { observed: vec![level], ..Layer::clone(&plain) })
}

async fn node(database: &Database) -> PostGis {
    let store = PostGis::open(&database.url).await.expect("the database opens");
    store.prepare(&[stations()]).await.expect("the tables are made");
    store
}

fn levels(count: i64) -> Change {
    let start: DateTime<Utc> = "2026-10-31T23:00:00Z".parse().unwrap();
    let one = |number| Observation {
        feature: FeatureId::new("A").unwrap(),
        time: start + TimeDelta::minutes(number),
        position: None,
        values: vec![Some(1.0)].into(),
    };
    Change::Observe(Arc::new(Observations::new(stations(), (0..count).map(one))))
}

#[tokio::test]
async fn what_others_measure_is_heard_once() {
    let Some(database) = Database::fresh().await else { return };
    let (a, b) = (node(&database).await, node(&database).await);
    a.commit(&[levels(90)]).await.expect("kept");
    assert_eq!(heard(&b).await.0, ["90 readings"], "over the end of a month");
    assert!(a.foreign().await.expect("the journal is read").is_empty(), "not by who took them");
    assert!(b.foreign().await.expect("the journal is read").is_empty(), "once");
    let by_hand = "INSERT INTO citylayers.stations_observations (feature, time, level) \
        SELECT 'B', timestamptz '2026-10-31 22:00+00' + n * interval '1 second', n FROM generate_series(1, ";
    database.execute(&format!("{by_hand} 3) AS n")).await;
    assert_eq!(heard(&a).await.0, ["3 readings"], "by whomever");
    assert_eq!(heard(&b).await.0, ["3 readings"]);
    database.execute(&format!("{by_hand} 50004) AS n ON CONFLICT DO NOTHING")).await;
    assert_eq!(heard(&b).await.0, ["reload stations"], "of very many only the newest are worth reading");
}

/// A dump or a table that is open in QGIS holds a lock for as long as it takes.
#[tokio::test]
async fn who_reads_for_long_keeps_nobody_from_keeping_and_forgetting() {
    let Some(database) = Database::fresh().await else { return };
    let a = node(&database).await;
    a.commit(&[levels(90)]).await.expect("kept");
    let months = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'citylayers.stations_observations'::regclass \
                  AND inhrelid::regclass::text ~ '2026_10|2126_01'";
    let mut reader = database.somebody().await;
    let reading = reader.transaction().await.expect("a transaction");
    reading.query("SELECT count(*) FROM citylayers.stations_observations", &[]).await.expect("it reads");
    let count = async || database.somebody().await.query_one(months, &[]).await.expect("partitions").get::<_, i64>(0);
    let before = count().await;
    let own = "CREATE TABLE citylayers.of_a_year PARTITION OF citylayers.stations_observations \
               FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00')";
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let one = |time| Observation {
        feature: FeatureId::new("A").unwrap(),
        time,
        position: None,
        values: vec![Some(1.0)].into(),
    };
    let next = Observations::new(stations(), [one(at("2126-01-02T00:00:00Z"))]);
    a.commit(&[Change::Observe(Arc::new(next))])
        .await
        .expect("a month that has no partition yet, without waiting for the reader");
    assert_eq!(count().await, before + 1);
    let id = &stations().id.clone();
    a.forget(id, at("2026-11-01T00:10:00Z")).await.expect("what can go goes");
    assert_eq!(count().await, before + 1, "the month that is read stays");
    reading.commit().await.expect("the reader ends");
    let in_a_year =
        "INSERT INTO citylayers.stations_observations (feature, time, level) VALUES ('A', '2025-03-03 00:00+00', 1)";
    for sql in [own, in_a_year] {
        database.execute(sql).await;
    }
    a.forget(id, at("2026-11-01T00:10:00Z")).await.expect("the rest goes");
    assert_eq!(count().await, before);
    let old = "SELECT count(*) FROM citylayers.stations_observations WHERE time < '2026-11-01 00:10+00'";
    let old: i64 = database.somebody().await.query_one(old, &[]).await.expect("rows").get(0);
    assert_eq!(old, 0, "also of a partition that somebody else made, row by row");
}

#[tokio::test]
async fn whoever_inserts_this_month_or_the_next_needs_no_partition_of_his_own() {
    let Some(database) = Database::fresh().await else { return };
    let a = node(&database).await;
    let insert = |months: u32| {
        format!(
            "INSERT INTO citylayers.stations_observations (feature, time, level) \
             SELECT 'B', date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '{months} months', 3"
        )
    };
    for months in [0, 1] {
        database.execute(&insert(months)).await;
        assert_eq!(heard(&a).await.0, ["1 readings"], "in {months} months");
    }
    let somebody = database.somebody().await;
    let late = somebody.batch_execute(&insert(2)).await.expect_err("nobody made it yet");
    assert!(late.as_db_error().is_some_and(|error| error.message().contains("no partition")), "{late:?}");
    let count = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'citylayers.stations_observations'::regclass";
    let partitions = async || somebody.query_one(count, &[]).await.expect("a count").get::<_, i64>(0);
    assert_eq!(partitions().await, 2, "and none for the rest");
    somebody
        .batch_execute(
            "DO $$ BEGIN EXECUTE (SELECT 'DROP TABLE ' || string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits \
             WHERE inhparent = 'citylayers.stations_observations'::regclass); END $$",
        )
        .await
        .expect("dropped");
    let _b = node(&database).await;
    assert_eq!(partitions().await, 2, "the next start makes them again");
}

/// A node of an operations centre that hears the others.
pub struct Node {
    pub city: Arc<City>,
    ear: Listener,
    following: JoinHandle<()>,
}

impl Node {
    pub async fn start(database: &Database, catalog: &Arc<Catalog>) -> Self {
        let own = catalog.rules().iter().filter(|rule| rule.id.starts_with("air_"));
        Self::judging(database, catalog, own.cloned().collect()).await
    }

    /// A node with these rules.
    pub async fn judging(database: &Database, catalog: &Arc<Catalog>, own: Vec<Rule>) -> Self {
        let store = Arc::new(PostGis::open(&database.url).await.expect("the database opens"));
        let wanted = |id: &LayerId| ["air_stations", "vessels", "alerts"].contains(&id.as_str());
        let city = Arc::new(City::open(store, catalog.layers(), wanted, &|_, _| ()).await.expect("the city opens"));
        let rules = own.into_iter().map(|rule| Arc::new(ready(catalog, rule))).collect();
        let known = Arc::clone(catalog);
        let made = move |body: &str| Some(ready(&known, serde_json::from_str(body).expect("a rule")));
        city.start_rules(rules, made, Utc::now()).await.expect("the rules hold");
        let ear = city.board().listen(None).expect("from now on");
        let follower = Arc::clone(&city);
        Self { city, ear, following: tokio::spawn(async move { follower.follow().await }) }
    }

    pub async fn until(&mut self, what: &str, is_so: impl Fn(&City) -> bool) {
        let hearing = async {
            while !is_so(&self.city) {
                self.ear.next().await;
            }
        };
        tokio::time::timeout(LONG, hearing).await.unwrap_or_else(|_late| panic!("it never heard that {what}"));
    }

    /// A value of station A, seconds after a moment.
    pub async fn measure(&self, catalog: &Catalog, at: DateTime<Utc>, aqi: f64) {
        let layer = air(catalog);
        let mut values = vec![None; layer.observed.len()];
        values[layer.observed_index("aqi").unwrap()] = Some(aqi);
        let reading =
            Observation { feature: FeatureId::new("A").unwrap(), time: at, position: None, values: values.into() };
        self.city.observe(Observations::new(layer, [reading])).await.expect("kept");
    }

    pub fn open(&self) -> Vec<Arc<Alert>> {
        self.city.open_alerts()
    }

    pub async fn stop(self) {
        self.following.abort();
        self.city.close().await.expect("the store closes");
    }
}

fn ready(catalog: &Catalog, rule: Rule) -> Ready {
    let known = Known { layers: catalog.layers(), indicators: catalog.indicators(), webhooks: &[] };
    Ready::new(rule, known).expect("it holds")
}

pub fn air(catalog: &Catalog) -> Arc<Layer> {
    Arc::clone(catalog.layer(&LayerId::new("air_stations").unwrap()).unwrap())
}

fn aqi_known(city: &City) -> Option<f64> {
    let present = city.atlas().present(&LayerId::new("air_stations").unwrap())?;
    let values = &present.of("A")?.values;
    values.iter().flatten().map(|(_, value)| *value).next()
}

/// Station A.
pub fn station(catalog: &Catalog) -> Change {
    let layer = air(catalog);
    Change::Put(Feature {
        layer: layer.id.clone(),
        id: FeatureId::new("A").unwrap(),
        geometry: Geometry::Point(geo_types::Point::new(105.7, 18.7)),
        properties: vec![None; layer.fields.len()],
    })
}

async fn all(city: &City) -> usize {
    let mut count = 0;
    for kind in [DocumentKind::OpenAlert, DocumentKind::EndedAlert] {
        count += city.alerts(kind, Keys::All).await.expect("alerts").len();
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_judge_what_each_takes_as_one() {
    let Some(database) = Database::fresh().await else { return };
    let catalog = Arc::new(Catalog::shipped().expect("the shipped catalogue reads"));
    let (mut a, mut b) = (Node::start(&database, &catalog).await, Node::start(&database, &catalog).await);
    let layer = air(&catalog);
    a.city.commit(vec![station(&catalog)]).await.expect("kept");
    b.until("there is a station", |city| city.atlas().layer(&layer.id).is_some_and(|index| index.contains("A"))).await;
    let start = Utc::now() - TimeDelta::minutes(1);
    let second = |number| start + TimeDelta::seconds(number);

    a.measure(&catalog, second(0), 230.0).await;
    b.until("the air is bad", |city| !city.open_alerts().is_empty()).await;
    assert_eq!(aqi_known(&b.city), Some(230.0));
    b.measure(&catalog, second(1), 240.0).await;
    assert_eq!(all(&a.city).await, 1, "one alert, whoever takes the readings");
    b.measure(&catalog, second(2), 100.0).await;
    assert!(b.open().is_empty(), "it is over, whoever raised it");
    a.until("it is good again", |city| city.open_alerts().is_empty()).await;

    a.measure(&catalog, second(3), 250.0).await;
    b.until("the air is bad again", |city| !city.open_alerts().is_empty()).await;
    let id = b.open()[0].id.clone();
    b.city.act(&id, &Deed::Resolve, "Lan", None, Utc::now()).await.expect("kept").expect("open").expect("done");
    a.until("somebody saw to it", |city| city.open_alerts().is_empty()).await;
    a.measure(&catalog, second(4), 260.0).await;
    assert_eq!(all(&a.city).await, 2, "what somebody ended on another node is not raised again while it goes on");
    a.measure(&catalog, second(5), 100.0).await;
    b.until("it has ended", |city| aqi_known(city) == Some(100.0)).await;
    b.measure(&catalog, second(6), 270.0).await;
    assert_eq!(b.open().len(), 1, "and is raised when it begins anew");
    a.until("it begins anew", |city| city.open_alerts().len() == 1).await;

    let late = second(0) + TimeDelta::hours(3);
    a.city.tick(late).await.expect("time goes on");
    b.city.tick(late).await.expect("time goes on");
    assert!(a.city.leads().await.unwrap() && !b.city.leads().await.unwrap(), "one of them looks at the clock");
    b.until("the station is silent", |city| city.open_alerts().len() == 3).await;
    let mut rules: Vec<String> = b.open().iter().map(|alert| alert.rule.clone()).collect();
    rules.sort();
    let held = "a value that another node took has held for long enough";
    assert_eq!(rules, ["air_silent", "air_unhealthy", "air_very_unhealthy"], "{held}");
    assert_eq!(all(&a.city).await, 5, "one alert each");
    a.stop().await;
    let c = Node::start(&database, &catalog).await;
    assert!(c.city.leads().await.unwrap(), "who stops gives it back");
    c.city.tick(late + TimeDelta::days(2)).await.expect("time goes on");
    assert!(c.open().iter().all(|alert| alert.rule == "air_silent"), "others expire after a day");
    b.until("they are expired", |city| city.open_alerts().len() == 1).await;
    b.stop().await;
    c.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_one_node_makes_holds_on_the_others() {
    let Some(database) = Database::fresh().await else { return };
    let catalog = Arc::new(Catalog::shipped().expect("the shipped catalogue reads"));
    let (a, b) = (Node::start(&database, &catalog).await, Node::start(&database, &catalog).await);
    let rule = |above: f64| {
        let body = serde_json::json!({"id": "trial", "title": {"vi": "Thử", "en": "Trial"}, "layer": "air_stations", "severity": "Minor",
            "when": {"type": "threshold", "property": "aqi", "above": above}})
        .to_string();
        (ready(&catalog, serde_json::from_str(&body).unwrap()), body)
    };
    let above = |city: &City| {
        let rules = city.rules();
        let own = rules.iter().find(|ready| ready.rule.id == "trial")?;
        serde_json::to_value(&own.rule.when).unwrap()["above"].as_f64()
    };
    for value in [80.0, 90.0] {
        let (ready, body) = rule(value);
        a.city.put_rule(ready, body, Utc::now()).await.expect("kept");
        assert_ne!(above(&b.city), Some(value), "nobody has asked");
        b.city.follow_rules(Utc::now()).await.expect("asked");
        assert_eq!((above(&a.city), above(&b.city)), (Some(value), Some(value)));
    }
    let shipped = b.city.rules().len() - 1;
    assert!(b.city.remove_rule("trial", Utc::now()).await.expect("kept"));
    a.city.follow_rules(Utc::now()).await.expect("asked");
    assert_eq!((above(&a.city), a.city.rules().len()), (None, shipped));
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn a_place_that_another_node_told_since_stays() {
    let Some(database) = Database::fresh().await else { return };
    let ships = Arc::new(Layer { moving: true, ..Layer::clone(&stations()) });
    let (a, b) = (node(&database).await, node(&database).await);
    for store in [&a, &b] {
        store.prepare(&[Arc::clone(&ships)]).await.expect("the tables fit");
    }
    let id = FeatureId::new("A").unwrap();
    let told = |minute: u32, lon: f64| {
        let at: DateTime<Utc> = format!("2026-11-21T10:{minute:02}:00Z").parse().unwrap();
        let reading =
            Observation { feature: id.clone(), time: at, position: Some([lon, 18.0]), values: vec![None].into() };
        let observed = Change::Observe(Arc::new(Observations::new(Arc::clone(&ships), [reading])));
        [Change::Move(Relocation { layer: ships.id.clone(), id: id.clone(), to: [lon, 18.0], at }), observed]
    };
    let geometry = Geometry::Point(geo_types::Point::new(105.0, 18.0));
    a.commit(&[Change::Put(Feature { layer: ships.id.clone(), id: id.clone(), geometry, properties: Vec::new() })])
        .await
        .expect("kept");
    for (store, minute, lon, expected) in [(&b, 10, 105.10, 105.10), (&a, 5, 105.05, 105.10), (&a, 11, 105.11, 105.11)]
    {
        store.commit(&told(minute, lon)).await.expect("kept");
        let (rows, _) = a.load(&ships, &|_| ()).await.expect("read");
        let Geometry::Point(point) = rows.feature(0).geometry else { panic!("a point") };
        assert!((point.x() - expected).abs() < 1e-6, "after minute {minute}: {point:?}");
    }
}
