//! What changes beside what is measured: starts, fences, features that a filter chooses no more.

use std::sync::Arc;

use citylayers::geo::Geometry;
use citylayers::model::alert::{Action, Deed};
use citylayers::model::{Change, Feature, Value};
use citylayers::model::{Observations, Revision};
use citylayers::rules::{Draft, Engine};
use geo_types::{LineString, MultiLineString};

use super::table::{of, rule};
use super::{Town, at, id, layer_id, level_of};

const HIGH: &str = "type = 'threshold'\nproperty = 'level'\nabove = 5\nclear = 3";

fn town(rules: &[String]) -> Town {
    let texts: Vec<&str> = rules.iter().map(String::as_str).collect();
    let mut town = Town::new(&texts);
    town.point("stations", "A", [105.0, 19.0]);
    town.point("boats", "NA-1", [106.0, 19.0]);
    town
}

/// A start sees values that are beyond a threshold, and may see one just before it is told to be back.
#[test]
fn what_is_over_after_a_start_is_not_raised_from_an_old_value() {
    for hold in ["", "\nhold = 'PT1M'"] {
        let mut town = town(&[rule("high", "stations", &format!("{HIGH}{hold}"))]);
        for second in [0, 60] {
            town.level("A", second, 8.0);
        }
        let raised = town.told()[0].3;
        assert_eq!(town.told(), [of("high", "A", "raised", raised, 1)]);
        let rules = town.engine.rules().to_vec();
        let (open, now) = (town.alerts.clone(), at(100));
        for (number, engine) in
            [Engine::new(rules.clone(), open, [], &town.atlas, now), town.engine.with_rules(rules, &town.atlas, now)]
                .into_iter()
                .enumerate()
        {
            let mut town = Town { engine, alerts: town.alerts.clone(), ..self::town(&[]) };
            town.point("stations", "A", [105.0, 19.0]);
            town.level("A", 110, 1.0);
            for second in [110, 150, 200, 1000] {
                town.tick(at(second));
            }
            assert_eq!(town.told(), [of("high", "A", "resolved", raised, 1)], "{number} {hold}");
        }
    }
}

/// Two nodes judge what they take before they hear of the other: what is beyond its threshold in the end has an alert, and nothing else.
#[test]
fn what_two_nodes_judged_at_once_has_its_alert() {
    let nodes = || {
        let mut town = town(&[rule("high", "stations", HIGH)]);
        town.level("A", 0, 8.0);
        town
    };
    let (mut one, mut other) = (nodes(), nodes());
    // The one takes what is bad anew while the alert is open there; the other has ended it by what was good before.
    one.level("A", 20, 9.0);
    other.level("A", 10, 1.0);
    let over = other.alerts[0].clone();
    assert_eq!((one.told(), over.status.is_open()), (vec![of("high", "A", "raised", 0, 1)], false));
    one.engine.overhear(Draft::default(), [over], &one.atlas, at(21));
    one.causes.clear();
    let told = Observations::new(Arc::clone(other.layer("stations")), vec![level_of("A", 20, 9.0)]);
    let draft = other.engine.judge(&[Change::Observe(Arc::new(told.clone()))], &other.atlas, at(21));
    other.engine.overhear(draft, [], &other.atlas, at(21));
    other.atlas.observe(&told, Revision(90));
    for (node, known) in [(&mut one, 1), (&mut other, 1)] {
        node.tick(at(50));
        assert_eq!(node.told().len(), known, "more may come");
        node.tick(at(52));
        assert_eq!(node.told()[1..], [of("high", "A", "raised", 52, 1)]);
        assert_eq!(node.alerts[1].value, Some(9.0));
        node.tick(at(1000));
        assert_eq!(node.told().len(), 2);
    }
    // What is good after all has none.
    let mut well = nodes();
    let mut over = well.alerts[0].clone();
    over.clear(at(5));
    over.note(Action::Resolved, None, None, at(5));
    well.engine.overhear(Draft::default(), [over], &well.atlas, at(6));
    well.level("A", 7, 1.0);
    well.tick(at(1000));
    assert_eq!(well.told().len(), 1);
}

/// Another node may raise an alert from what came before: it ends by itself, and who ends it first silences nothing.
#[test]
fn an_alert_of_what_is_over_ends_and_mutes_nothing() {
    let mut other = town(&[rule("high", "stations", HIGH)]);
    other.level("A", 10, 8.0);
    let raised = other.alerts[0].clone();
    for by_hand in [false, true] {
        let mut town = town(&[rule("high", "stations", HIGH)]);
        town.level("A", 20, 1.0);
        town.engine.overhear(Draft::default(), [raised.clone()], &town.atlas, at(21));
        assert_eq!(town.engine.open().count(), 1);
        if by_hand {
            assert_eq!(town.act(&raised.id, &Deed::Resolve, at(22)), Some(Ok(())));
        } else {
            town.tick(at(52));
        }
        assert_eq!(town.engine.open().count(), 0, "by hand: {by_hand}");
        town.level("A", 60, 9.0);
        assert_eq!(town.engine.open().count(), 1, "by hand: {by_hand}");
    }
}

/// Who rests in a zone and who has left it are found by looking again, too.
#[test]
fn who_is_inside_is_looked_at_again() {
    let within = rule("in", "boats", "type = 'inside'\nfence = 'zones'");
    let nodes = || {
        let mut town = town(std::slice::from_ref(&within));
        town.square("Z", [106.5, 19.5], 0.2);
        town
    };
    let (mut one, mut other) = (nodes(), nodes());
    one.sail("NA-1", 10, [106.6, 19.6]);
    other.sail("NA-1", 20, [106.0, 19.0]);
    // The other knows better than the one.
    let raised = one.alerts[0].clone();
    other.engine.overhear(Draft::default(), [raised.clone()], &other.atlas, at(21));
    other.tick(at(52));
    assert_eq!(other.engine.open().count(), 0);
    // And the other way round: the alert is over by an older place.
    let mut over = raised;
    over.clear(at(15));
    over.note(Action::Resolved, None, None, at(15));
    one.sail("NA-1", 30, [106.61, 19.6]);
    one.engine.overhear(Draft::default(), [over], &one.atlas, at(31));
    one.causes.clear();
    assert_eq!(one.engine.open().count(), 0);
    one.tick(at(62));
    assert_eq!(one.engine.open().count(), 1);
}

/// A clock that is ahead tells at once that it was bad, well and bad again, all of it in a moment to come.
#[test]
fn what_a_fast_clock_tells_are_alerts_of_their_own() {
    let mut town = town(&[rule("high", "stations", HIGH)]);
    let readings = [(300, 8.0), (301, 1.0), (302, 9.0)].map(|(second, level)| level_of("A", second, level));
    town.observe("stations", readings.to_vec(), at(0));
    assert_eq!(town.told(), [of("high", "A", "resolved", 0, 1), of("high", "A", "raised", 0, 1)]);
    assert_eq!(town.alerts[0].changed_at, at(0), "nothing ends in the future");
    assert_ne!(town.alerts[0].id, town.alerts[1].id);
}

/// A feature comes into a fence by moving, and leaves it so: not when it is drawn, or taken away.
#[test]
fn fences_that_are_drawn_and_taken_away_are_neither_entered_nor_left() {
    let kinds = ["enter", "exit", "cross", "inside"];
    let rules = kinds.map(|kind| rule(kind, "boats", &format!("type = '{kind}'\nfence = 'zones'\nmargin = 50")));
    let mut town = town(&rules);
    town.sail("NA-1", 10, [106.15, 18.95]);
    town.square("reserve", [106.1, 18.9], 0.1);
    town.sail("NA-1", 20, [106.1501, 18.95]);
    assert_eq!(town.told(), [of("inside", "NA-1", "raised", 20, 1)], "it is in it, and did not come");
    town.commit(&[Change::Remove { layer: layer_id("zones"), id: id("reserve") }], at(25));
    town.sail("NA-1", 30, [106.1502, 18.95]);
    assert_eq!(town.told(), [of("inside", "NA-1", "resolved", 20, 1)], "it did not leave, and is in none");
}

/// Years after its end a zone is no fence; one that ends while a boat is in it is not left by it.
#[test]
fn zones_that_are_not_in_force_are_no_fences() {
    let kinds = ["enter", "exit", "inside"];
    let rules = kinds.map(|kind| rule(kind, "boats", &format!("type = '{kind}'\nfence = 'zones'\nmargin = 50")));
    for (until, expected) in [(Some(2020), 0), (Some(2026), 2), (None, 2)] {
        let mut town = town(&rules);
        town.square("reserve", [106.1, 18.9], 0.1);
        end(&mut town, until);
        town.sail("NA-1", 10, [106.15, 18.95]);
        assert_eq!(town.told().len(), expected, "until {until:?}: {:?}", town.told());
        end(&mut town, Some(2025));
        town.sail("NA-1", 20, [106.1501, 18.95]);
        let left: Vec<_> = town.told().into_iter().filter(|told| told.0 == "exit").collect();
        assert_eq!(left, [], "until {until:?}");
        let inside: Vec<_> = town.told().into_iter().filter(|told| told.0 == "inside").collect();
        let over = of("inside", "NA-1", "resolved", 10, 1);
        assert_eq!(inside, vec![over; expected / 2], "until {until:?}");
    }
}

/// Gives the zone its last year.
fn end(town: &mut Town, year: Option<i64>) {
    let zones = town.atlas.layer(&layer_id("zones")).unwrap();
    let known = zones.get("reserve").unwrap();
    let properties = vec![known.properties[0].clone(), year.map(Value::Integer)];
    town.commit(&[Change::Put(Feature { properties, ..known })], at(0));
}

/// A line 1 km long along the meridian of 106.1; a receiver jitters by 3 m about it, and the boat goes on.
#[test]
fn who_jitters_about_a_line_has_gone_over_it_once() {
    for (margin, expected) in [(20, 1), (0, 20)] {
        let mut town =
            town(&[rule("cross", "boats", &format!("type = 'cross'\nfence = 'borders'\nmargin = {margin}"))]);
        let line = LineString::from(vec![(106.1, 18.945), (106.1, 18.955)]);
        town.put("borders", "b", Geometry::Lines(MultiLineString(vec![line])));
        // It begins and ends on the western side: an even number of passages.
        for step in 0..=20 {
            let lon = if step % 2 == 0 { 106.099_97 } else { 106.100_03 };
            town.sail("NA-1", 10 + step, [lon, 18.95]);
        }
        assert_eq!(town.told(), [of("cross", "NA-1", "raised", 11, expected)], "margin {margin}");
        town.sail("NA-1", 40, [106.09, 18.95]);
        assert_eq!(town.told()[0].4, expected, "away from it");
        town.sail("NA-1", 50, [106.11, 18.95]);
        assert_eq!(town.told()[0].4, expected + 1, "and over it again");
    }
}

/// What a filter chooses no more is not meant: its state is over, and a feature that comes back is judged anew.
#[test]
fn a_feature_that_the_filter_chooses_no_more_has_no_alert() {
    let text = rule("high", "stations", HIGH).replace("severity", "filter = \"name = 'der A'\"\nseverity");
    let mut town = town(&[text]);
    town.level("A", 10, 8.0);
    town.tick(at(11));
    assert_eq!(town.told(), [of("high", "A", "raised", 10, 1)]);
    let named = |town: &Town, name: &str| {
        let known = town.atlas.layer(&layer_id("stations")).unwrap().get("A").unwrap();
        Change::Put(Feature { properties: vec![Some(Value::Text(name.to_owned()))], ..known })
    };
    let other = named(&town, "der B");
    town.commit(&[other], at(20));
    town.level("A", 25, 9.0);
    town.tick(at(30));
    assert_eq!(town.told(), [of("high", "A", "resolved", 10, 1)]);
    let again = named(&town, "der A");
    town.commit(&[again], at(40));
    town.level("A", 50, 9.0);
    assert_eq!(town.told()[1..], [of("high", "A", "raised", 50, 1)]);
}

/// A station that was in repair when it had been silent for too long, and is as silent when it is back, has its alert.
#[test]
fn what_is_chosen_again_and_silent_still_is_told() {
    let named = "filter = \"name = 'der A'\"\nseverity";
    let text = rule("silent", "stations", "type = 'stale'\nafter = 'PT10M'").replace("severity", named);
    for was_told in [false, true] {
        let mut town = town(std::slice::from_ref(&text));
        let known = town.atlas.layer(&layer_id("stations")).unwrap().get("A").unwrap();
        let called =
            |name: &str| Change::Put(Feature { properties: vec![Some(Value::Text(name.into()))], ..known.clone() });
        town.level("A", 0, 1.0);
        if was_told {
            town.tick(at(700));
        }
        town.commit(&[called("in repair")], at(710));
        for second in [711, 1000, 5000] {
            town.tick(at(second));
        }
        assert_eq!(town.engine.open().count(), 0, "{was_told}");
        town.commit(&[called("der A")], at(6000));
        assert!(town.engine.is_due(&town.atlas, at(6000)));
        town.tick(at(6000));
        assert_eq!(town.told().last(), Some(&of("silent", "A", "raised", 6000, 1)), "{was_told}");
        town.level("A", 6010, 1.0);
        assert_eq!(town.engine.open().count(), 0, "{was_told}");
        assert_eq!(town.alerts.len(), 1 + usize::from(was_told));
    }
}

/// A rule that is changed looks at the history again, and may find the same moment: that is an alert of its own, and what was done about the
/// first stays.
#[test]
fn what_is_found_again_of_the_same_moment_is_another_alert() {
    let found = |now: i64| {
        let mut town = town(&[rule("high", "stations", &format!("{HIGH}\nhold = 'PT1M'"))]);
        let readings = [(0, 8.0), (80, 8.0)].map(|(second, level)| level_of("A", second, level));
        town.observe("stations", readings.to_vec(), at(now));
        town.alerts.remove(0)
    };
    let (first, second) = (found(80), found(90));
    assert_eq!((first.raised_at, &first.rule, &first.feature), (second.raised_at, &second.rule, &second.feature));
    assert_ne!(first.id, second.id);
}

/// An edit of a feature and readings of others of its layer may come at once, of another node.
#[test]
fn an_edit_beside_readings_of_its_layer_ends_what_it_ends() {
    let text = rule("high", "stations", HIGH).replace("severity", "filter = \"name = 'der A'\"\nseverity");
    let mut town = town(&[text]);
    town.point("stations", "B", [105.1, 19.0]);
    town.level("A", 0, 8.0);
    let known = town.atlas.layer(&layer_id("stations")).unwrap().get("A").unwrap();
    let put = Change::Put(Feature { properties: vec![Some(Value::Text("other".into()))], ..known });
    let readings = Observations::new(Arc::clone(town.layer("stations")), vec![level_of("B", 10, 1.0)]);
    town.commit(&[put, Change::Observe(Arc::new(readings))], at(11));
    town.tick(at(12));
    assert_eq!(town.told(), [of("high", "A", "resolved", 0, 1)]);
}
