//! The rules' engine, against what is computed by hand and by brute force. Time is an argument: no clock is read.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[path = "../support/layers.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod layers;

mod changed;
mod fences;
mod table;
mod targets;
mod thresholds;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use citylayers::geo::{Geometry, GeometryKind};
use citylayers::index::Atlas;
use citylayers::model::alert::{Alert, Deed, DeedError};
use citylayers::model::layer::Observed;
use citylayers::model::validity::Validity;
use citylayers::model::{
    Change, DocumentKind, Feature, FeatureId, FieldType, Indicator, Layer, LayerId, Observation, Observations,
    Revision, Rule, Title, Value,
};
use citylayers::rules::{Draft, Engine, Known, Ready};
use geo_types::{LineString, MultiPolygon, Point, Polygon};
use layers::layer;

/// A moment, seconds after noon.
fn at(seconds: i64) -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

fn seconds(moment: DateTime<Utc>) -> i64 {
    (moment - at(0)).num_seconds()
}

fn id(text: &str) -> FeatureId {
    FeatureId::new(text).unwrap()
}

/// A town of stations that measure `level` and `aqi`, boats that move, and zones that do not.
struct Town {
    atlas: Atlas,
    engine: Engine,
    layers: Vec<Arc<Layer>>,
    indicators: Vec<Arc<Indicator>>,
    revision: u64,
    /// Every alert as it is now, in the order in which they were raised.
    alerts: Vec<Alert>,
    /// What the store knows open alerts to be about: it takes none twice.
    causes: BTreeSet<String>,
}

impl Town {
    fn new(rules: &[&str]) -> Self {
        let observed = |name: &str| Observed {
            name: name.to_owned(),
            unit: Some("m".to_owned()),
            title: Title { vi: name.to_owned(), en: name.to_owned() },
            range: None,
        };
        let named = [("name", FieldType::Text)];
        let plain = |name, kind| Layer::clone(&layer(name, kind, FieldType::Text, &named));
        let stations =
            Layer { observed: vec![observed("level"), observed("aqi")], ..plain("stations", GeometryKind::Point) };
        let boats = Layer { moving: true, ..plain("boats", GeometryKind::Point) };
        let until = [("name", FieldType::Text), ("valid_to", FieldType::Integer)];
        let zones = Layer {
            validity: Some(Validity { from: None, to: Some(1) }),
            ..Layer::clone(&layer("zones", GeometryKind::Polygon, FieldType::Text, &until))
        };
        let layers: Vec<Arc<Layer>> =
            [stations, boats, zones, plain("borders", GeometryKind::Line), plain("alerts", GeometryKind::Point)]
                .map(Arc::new)
                .into();
        let atlas = Atlas::new(layers.iter().cloned());
        let indicators = vec![Arc::new(targets::on_time())];
        let ready = |text: &&str| {
            let rule: Rule = toml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
            Arc::new(
                Ready::new(rule, Known { layers: &layers, indicators: &indicators, webhooks: &[] })
                    .unwrap_or_else(|fault| panic!("{fault}: {text}")),
            )
        };
        let engine = Engine::new(rules.iter().map(ready).collect(), [], [], &atlas, at(0));
        Self { atlas, engine, layers, indicators, revision: 0, alerts: Vec::new(), causes: BTreeSet::new() }
    }

    fn known(&self) -> Known<'_> {
        Known { layers: &self.layers, indicators: &self.indicators, webhooks: &[] }
    }

    fn layer(&self, name: &str) -> &Arc<Layer> {
        self.layers.iter().find(|layer| layer.id.as_str() == name).unwrap()
    }

    fn put(&mut self, layer: &str, name: &str, geometry: Geometry) {
        let layer = Arc::clone(self.layer(layer));
        let mut properties = vec![None; layer.fields.len()];
        properties[0] = Some(Value::Text(format!("der {name}")));
        let feature = Feature { layer: layer.id.clone(), id: id(name), geometry, properties };
        self.commit(&[Change::Put(feature)], at(0));
    }

    fn point(&mut self, layer: &str, name: &str, [lon, lat]: [f64; 2]) {
        self.put(layer, name, Geometry::Point(Point::new(lon, lat)));
    }

    fn zone(&mut self, name: &str, ring: &[[f64; 2]]) {
        let ring = LineString::from(ring.iter().map(|[x, y]| (*x, *y)).collect::<Vec<_>>());
        self.put("zones", name, Geometry::Polygons(MultiPolygon(vec![Polygon::new(ring, Vec::new())])));
    }

    /// A square zone.
    fn square(&mut self, name: &str, [west, south]: [f64; 2], side: f64) {
        let (east, north) = (west + side, south + side);
        self.zone(name, &[[west, south], [east, south], [east, north], [west, north], [west, south]]);
    }

    /// What the write door does, without a store.
    fn commit(&mut self, changes: &[Change], now: DateTime<Utc>) {
        let draft = self.engine.judge(changes, &self.atlas, now);
        self.learn(draft);
        self.revision += 1;
        for change in changes {
            match change {
                Change::Observe(observations) => {
                    self.atlas.observe(observations, Revision(self.revision));
                }
                other => {
                    self.atlas.apply(other.layer(), std::slice::from_ref(other), Revision(self.revision));
                }
            }
        }
    }

    fn learn(&mut self, draft: Draft) {
        for change in draft.changes(self.layer("alerts")) {
            let Change::Document(document) = change else { continue };
            match &document.body {
                _ if document.kind != DocumentKind::Cause => {}
                Some(_) => assert!(self.causes.insert(document.key.clone()), "{} is open already", document.key),
                None => drop(self.causes.remove(&document.key)),
            }
        }
        for alert in draft.alerts() {
            match self.alerts.iter_mut().find(|known| known.id == alert.id) {
                Some(known) => *known = alert.clone(),
                None => self.alerts.push(alert.clone()),
            }
        }
        self.engine.learn(draft);
    }

    fn tick(&mut self, now: DateTime<Utc>) {
        let draft = self.engine.tick(&self.atlas, now);
        self.learn(draft);
    }

    fn act(&mut self, alert: &str, deed: &Deed, now: DateTime<Utc>) -> Option<Result<(), DeedError>> {
        let acted = self.engine.act(alert, deed, "Lan", None, (&self.atlas, now))?;
        Some(acted.map(|draft| self.learn(draft)))
    }

    /// A value of `level`, of a station that is known.
    fn level(&mut self, station: &str, second: i64, level: f64) {
        let reading = level_of(station, second, level);
        self.observe("stations", vec![reading], at(second));
    }

    fn sail(&mut self, boat: &str, second: i64, place: [f64; 2]) {
        self.observe("boats", vec![sailed(boat, second, place)], at(second));
    }

    fn observe(&mut self, layer: &str, readings: Vec<Observation>, now: DateTime<Utc>) {
        let layer = Arc::clone(self.layer(layer));
        let index = self.atlas.layer(&layer.id).unwrap();
        // A boat goes where the newest reading says, as the write door has it.
        let mut moves: Vec<Change> = Vec::new();
        for reading in &readings {
            let Some([lon, lat]) = reading.position else { continue };
            let known = self.atlas.present(&layer.id).unwrap().is_newer_place(reading.feature.as_str(), reading.time);
            let feature = index.get(reading.feature.as_str()).filter(|_| known);
            moves
                .extend(feature.map(|feature| {
                    Change::Put(Feature { geometry: Geometry::Point(Point::new(lon, lat)), ..feature })
                }));
        }
        moves.push(Change::Observe(Arc::new(Observations::new(layer, readings))));
        self.commit(&moves, now);
    }

    /// Rule, feature, status, second of raising and count of each alert.
    fn told(&self) -> Vec<(String, String, &'static str, i64, u32)> {
        let told = |alert: &Alert| {
            (alert.rule.clone(), alert.feature.clone(), alert.status.as_str(), seconds(alert.raised_at), alert.count)
        };
        self.alerts.iter().map(told).collect()
    }
}

fn level_of(station: &str, second: i64, level: f64) -> Observation {
    Observation { feature: id(station), time: at(second), position: None, values: vec![Some(level), None].into() }
}

fn sailed(boat: &str, second: i64, place: [f64; 2]) -> Observation {
    Observation { feature: id(boat), time: at(second), position: Some(place), values: Vec::new().into() }
}

fn layer_id(name: &str) -> LayerId {
    LayerId::new(name).unwrap()
}
