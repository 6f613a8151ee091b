//! The alerts of the day, those that listeners heard of, and the trail of each, against what the rules should tell of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::day::Day;
use super::expected::{self, Expected, Silent};
use super::town::Town;

/// How long what must come is waited for: silence is told half a minute after the last of what came late.
const PATIENCE: Duration = Duration::from_mins(2);

/// Somebody who hears of alerts from the beginning of the day on.
pub struct Audience {
    since: DateTime<Utc>,
    events: Receiver<Json>,
    heard: Vec<Json>,
    /// Where vessels were before, by their ids.
    homes: BTreeMap<String, [f64; 2]>,
}

impl Audience {
    pub fn new(town: &Town) -> Self {
        let since = Utc::now();
        let vessels = town.features("vessels");
        let homes = vessels.iter().map(|vessel| (super::id(vessel), super::place(vessel))).collect();
        let answer = ureq::get(format!("{}/live?layers=alerts", town.url)).call().expect("it tells");
        let mut lines = BufReader::new(answer.into_body().into_reader()).lines();
        let (sender, events) = channel();
        // The first line comes when it listens.
        lines.next().expect("a line").expect("a word");
        std::thread::spawn(move || {
            let mut event = String::new();
            for line in lines.map_while(Result::ok) {
                if let Some(name) = line.strip_prefix("event: ") {
                    name.clone_into(&mut event);
                } else if let Some(data) = line.strip_prefix("data: ").filter(|_| event == "alert") {
                    let alert = serde_json::from_str(data).expect("JSON");
                    if sender.send(alert).is_err() {
                        return;
                    }
                }
                assert_ne!(event, "reset", "it was told everything");
            }
        });
        Self { since, events, heard: Vec::new(), homes }
    }

    /// Hears until an alert of this rule is told: the first one.
    pub fn hear_of(&mut self, rule: &str) -> Json {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let alert = self.events.recv_timeout(left).unwrap_or_else(|_| panic!("nothing was heard of {rule}"));
            self.heard.push(alert.clone());
            if alert["properties"]["rule"] == rule {
                return alert;
            }
        }
    }

    /// Hears until it has heard of these.
    fn wait_for(&mut self, silent: &[Silent]) {
        let end = Instant::now() + PATIENCE;
        let mut missing: Vec<&Silent> = silent.iter().collect();
        while !missing.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(alert) = self.events.recv_timeout(left) else { panic!("nothing was heard of {missing:?}") };
            let told = &alert["properties"];
            missing.retain(|one| told["rule"] != *one.rule || told["feature"] != *one.feature);
            self.heard.push(alert);
        }
    }
}

/// Compares all that there is, once the day is told. What the rules should tell but for silence.
pub fn are_those_of_the_rules(town: &Town, day: &Day, layers: &[&str], mut audience: Audience) -> Vec<Expected> {
    let told = Utc::now();
    let (mut expected, silent) = expected::alerts(town, day, &expected::rules(layers), &audience.homes);
    let (long, later): (Vec<Silent>, Vec<Silent>) = silent.into_iter().partition(|one| one.due <= told);
    audience.wait_for(&long);
    let since = audience.since;
    let of = |one: &Silent, alert: &Expected| one.rule == alert.rule && one.feature == alert.feature;
    let mut quiet = Vec::new();
    let mut found = found(town);
    for (id, alert) in &found {
        let Some(one) = long.iter().chain(&later).find(|one| of(one, alert)) else { continue };
        // What the clock says has the time of the clock.
        assert!(alert.raised >= since.max(one.due) && alert.raised <= Utc::now(), "{id}: {alert:?} of {one:?}");
        assert_eq!((alert.value, alert.over), (Some((alert.raised - one.last).num_minutes() as f64), None), "{id}");
        quiet.push(alert.clone());
    }
    let missing: Vec<&Silent> = long.iter().filter(|one| !quiet.iter().any(|alert| of(one, alert))).collect();
    assert!(missing.is_empty(), "nobody noticed the silence of {missing:?}");
    let twice = |alert: &&Expected| {
        quiet.iter().filter(|one| (&one.rule, &one.feature) == (&alert.rule, &alert.feature)).count() > 1
    };
    assert!(!quiet.iter().any(|alert| twice(&alert)), "silent twice: {quiet:?}");
    found.retain(|_, alert| !quiet.contains(alert));
    same(&mut expected, found.into_values().collect());
    heard_once(town, audience, |rule, feature| later.iter().any(|one| one.rule == rule && one.feature == feature));
    expected
}

/// Every alert that there is, by its id, from page to page; its trail says the same as itself.
fn found(town: &Town) -> BTreeMap<String, Expected> {
    let mut found = BTreeMap::new();
    let ids = || -> BTreeSet<String> { town.features("alerts").iter().map(super::id).collect() };
    let before = ids();
    for status in ["raised", "acknowledged", "resolved", "expired"] {
        let answer = town.json(&format!("/alerts?status={status}&limit=1000"));
        assert_eq!(answer["numberMatched"], answer["numberReturned"], "{status}");
        for alert in answer["features"].as_array().expect("alerts") {
            let id = super::id(alert);
            let alert = read(town, &id, alert);
            assert_eq!(status == "resolved", alert.over.is_some(), "{id} is {status}");
            assert!(found.insert(id.clone(), alert).is_none(), "{id} is told twice");
        }
    }
    let (known, after) = (found.keys().cloned().collect(), ids());
    assert!(before.is_subset(&known) && known.is_subset(&after), "alerts are the features of their layer");
    found
}

fn read(town: &Town, id: &str, alert: &Json) -> Expected {
    let properties = &alert["properties"];
    let word = |name: &str| properties[name].as_str().unwrap_or_else(|| panic!("{name} of {alert}")).to_owned();
    let moment = |value: &Json| value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let raised = moment(&properties["raised_at"]).expect("a moment");
    let one = town.json(&format!("/alerts/{id}"));
    let trail = one["properties"]["trail"].as_array().expect("a trail");
    let mut done: Vec<(&str, DateTime<Utc>)> = trail
        .iter()
        .map(|entry| (entry["action"].as_str().expect("a word"), moment(&entry["at"]).expect("a moment")))
        .collect();
    assert!(done.is_sorted_by_key(|(_, at)| *at), "{id}: {done:?}");
    let again = done.iter().filter(|(action, _)| *action == "repeated").count();
    let late = steps_that_are_late(id, &one, &done);
    done.retain(|(action, _)| *action != "escalated");
    let found = done.iter().map(|(_, at)| *at).max();
    done.retain(|(action, _)| *action != "repeated");
    let over = match done[..] {
        [("raised", at)] if at == raised => None,
        [("raised", at), ("resolved", over)] if at == raised => Some(over),
        _ => panic!("{id}, raised at {raised}: {done:?}"),
    };
    assert_eq!(word("status"), if over.is_some() { "resolved" } else { "raised" }, "{id}");
    let changed = moment(&properties["changed_at"]).expect("a moment");
    // A rule tells nothing of steps.
    let changed = if late.last() == Some(&changed) { found.expect("it was raised") } else { changed };
    let count = properties["count"].as_u64().and_then(|count| u32::try_from(count).ok()).expect("a count");
    assert_eq!(again, (count as usize - 1).min(100), "{id} is told as often as it is counted");
    let place = super::place(alert);
    let (fence, value) = (properties["fence"]["feature"].as_str().map(str::to_owned), properties["value"].as_f64());
    let (rule, feature) = (word("rule"), word("feature"));
    Expected { rule, feature, fence, raised, over, changed, value, count, place }
}

/// When steps were told to be late: each of those that were due, within some seconds.
fn steps_that_are_late(id: &str, alert: &Json, done: &[(&str, DateTime<Utc>)]) -> Vec<DateTime<Utc>> {
    let told: Vec<DateTime<Utc>> =
        done.iter().filter(|(action, _)| *action == "escalated").map(|(_, at)| *at).collect();
    let steps = alert["properties"]["steps"].as_array().expect("steps").iter();
    let due: Vec<DateTime<Utc>> = steps
        .filter(|step| step["late"] == true)
        .map(|step| step["due"].as_str().and_then(|text| text.parse().ok()).expect("a moment"))
        .collect();
    let is_soon = |(due, told): (&DateTime<Utc>, &DateTime<Utc>)| (0..10).contains(&(*told - *due).num_seconds());
    assert!(told.len() == due.len() && due.iter().zip(&told).all(is_soon), "{id}: due {due:?}, told {told:?}");
    told
}

/// Tells what is missing, and what nobody expects.
fn same(expected: &mut Vec<Expected>, mut found: Vec<Expected>) {
    let key = |one: &Expected| (one.rule.clone(), one.feature.clone(), one.fence.clone(), one.raised);
    expected.sort_by_key(key);
    found.sort_by_key(key);
    let mut said = String::new();
    for (what, here, there) in [("missing", &*expected, &found), ("not expected", &found, &*expected)] {
        for one in here.iter().filter(|one| !there.contains(one)) {
            writeln!(said, "{what}: {one:?}").expect("a text");
        }
    }
    assert!(said.is_empty() && expected.len() == found.len(), "{} and {}:\n{said}", expected.len(), found.len());
}

/// Whoever listened hears of each alert, of none twice as of a new one, and last of how it stands. What may come at any moment is left
/// out.
fn heard_once(town: &Town, audience: Audience, may_come: impl Fn(&str, &str) -> bool) {
    let word = |alert: &Json, name: &str| alert["properties"][name].as_str().expect("a word").to_owned();
    let is_certain = |alert: &Json| !may_come(&word(alert, "rule"), &word(alert, "feature"));
    let mut there: BTreeMap<String, Json> = BTreeMap::new();
    for status in ["raised", "resolved"] {
        let answer = town.json(&format!("/alerts?status={status}&limit=1000"));
        let alerts = answer["features"].as_array().expect("alerts").iter().filter(|alert| is_certain(alert));
        there.extend(alerts.map(|alert| (super::id(alert), alert.clone())));
    }
    let end = Instant::now() + PATIENCE;
    let mut last: BTreeMap<String, Json> = BTreeMap::new();
    let mut heard = audience.heard.into_iter();
    while last != there {
        let left = end.saturating_duration_since(Instant::now());
        let next = heard.next().or_else(|| audience.events.recv_timeout(left).ok());
        let alert = next.unwrap_or_else(|| panic!("last heard {last:#?}\nand there is {there:#?}"));
        if is_certain(&alert) {
            let told = &alert["properties"];
            let late = told["steps"].as_array().is_some_and(|steps| steps.iter().any(|step| step["late"] == true));
            let is_new = word(&alert, "status") == "raised" && told["count"] == 1 && !late;
            let id = super::id(&alert);
            let before = last.insert(id.clone(), alert);
            assert!(before.is_none() || !is_new, "{id} is told again as if it were new");
        }
    }
}
