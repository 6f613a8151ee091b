//! What is remembered of sensors: their present values, and what rules watch of them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use citylayers::index::{Atlas, LayerIndex};
use citylayers::model::{Change, FeatureId, Observation, Observations, Revision, Rows, Rule};
use citylayers::rules::{Engine, Known, Ready};

use crate::measure::{layer, resident_bytes};

/// Each watches every sensor; the first remembers when it was heard, the second only what is beyond.
const RULES: [&str; 2] = ["type = 'stale'\nafter = 'PT2H'", "type = 'threshold'\nproperty = 'power_w'\nabove = 1e6"];

/// Prints by how much the process grows.
pub fn print(sensors: &Rows) {
    let layer_of_alerts = layer("alerts");
    let lamps = sensors.layer();
    let atlas = Atlas::new([Arc::clone(lamps), Arc::clone(&layer_of_alerts)]);
    atlas.load(LayerIndex::new(sensors), Revision(1));
    let layers = [Arc::clone(lamps), layer_of_alerts];
    let ready = |(number, when): (usize, &&str)| {
        let text = format!(
            "id = 'r{number}'\ntitle = {{ vi = 'a', en = 'a' }}\nlayer = 'street_lights'\nseverity = 'Minor'\n[when]\n{when}"
        );
        let rule: Rule = toml::from_str(&text).expect("a rule");
        Arc::new(Ready::new(rule, Known { layers: &layers, indicators: &[], webhooks: &[] }).expect("it holds"))
    };
    let rules = RULES.iter().enumerate().map(ready).collect();
    let now = Utc::now();
    let mut engine = Engine::new(rules, [], [], &atlas, now);
    let observations = Arc::new(Observations::new(Arc::clone(lamps), readings(sensors, now - TimeDelta::minutes(1))));
    let start = resident_bytes();
    let draft = engine.judge(&[Change::Observe(Arc::clone(&observations))], &atlas, now);
    engine.learn(draft);
    let judged = resident_bytes();
    atlas.observe(&observations, Revision(2));
    let observed = resident_bytes();
    let known = atlas.present(&lamps.id).expect("it is observed").slots().len();
    assert_eq!(known, sensors.len(), "every sensor is known");
    let each = |bytes: u64| bytes / sensors.len() as u64;
    println!(
        "memory of {} sensors with {} values: {} B each for the present, {} B each under a rule of silence and one of a threshold, {} MB together",
        sensors.len(),
        lamps.observed.len(),
        each(observed.saturating_sub(judged)),
        each(judged.saturating_sub(start)),
        observed.saturating_sub(start) >> 20,
    );
}

fn readings(sensors: &Rows, time: DateTime<Utc>) -> Vec<Observation> {
    let values = vec![Some(1.0); sensors.layer().observed.len()];
    let one = |row| Observation {
        feature: FeatureId::new(sensors.id(row)).expect("an id"),
        time,
        position: None,
        values: values.clone().into(),
    };
    (0..sensors.len()).map(one).collect()
}
