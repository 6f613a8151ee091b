//! Each kind of rule, by hand.

use std::sync::Arc;

use citylayers::geo::Geometry;
use citylayers::model::alert::{Action, Deed, DeedError};
use citylayers::model::{Change, Observations, Rule};
use citylayers::rules::{Engine, Ready};
use geo_types::{LineString, MultiLineString};

use super::{Town, at, id, layer_id, level_of, seconds};

/// A rule with its condition.
pub fn rule(name: &str, layer: &str, when: &str) -> String {
    format!(
        "id = '{name}'\ntitle = {{ vi = 'Tin {name}', en = 'News {name}' }}\nlayer = '{layer}'\nseverity = 'Severe'\n[when]\n{when}"
    )
}

const HIGH: &str = "type = 'threshold'\nproperty = 'level'\nabove = 5\nclear = 3";

fn town(rules: &[String]) -> Town {
    let texts: Vec<&str> = rules.iter().map(String::as_str).collect();
    let mut town = Town::new(&texts);
    for station in ["A", "B"] {
        town.point("stations", station, [105.0, 19.0]);
    }
    town.point("boats", "NA-1", [106.0, 19.0]);
    town
}

pub fn of(
    name: &str,
    feature: &str,
    status: &'static str,
    second: i64,
    count: u32,
) -> (String, String, &'static str, i64, u32) {
    (name.to_owned(), feature.to_owned(), status, second, count)
}

#[test]
fn a_threshold_has_hysteresis_and_counts_the_newest_only() {
    let mut town = town(&[rule("high", "stations", HIGH)]);
    for (second, level) in [(10, 4.9), (20, 5.0), (30, 5.1), (40, 9.0), (50, 3.1), (60, 5.2)] {
        town.level("A", second, level);
    }
    assert_eq!(town.told(), [of("high", "A", "raised", 30, 1)], "once, and not over before it is back at 3");
    assert_eq!(town.alerts[0].headline.vi, "Tin high: A");
    town.level("A", 55, 1.0);
    assert_eq!(town.told(), [of("high", "A", "raised", 30, 1)], "late: the newest counts");
    town.level("A", 70, 3.0);
    assert_eq!(town.told(), [of("high", "A", "resolved", 30, 1)]);
    town.level("A", 80, 6.0);
    assert_eq!(town.told(), [of("high", "A", "resolved", 30, 1), of("high", "A", "raised", 80, 1)]);
}

#[test]
fn what_somebody_ended_is_not_raised_again_before_it_is_over() {
    let mut town = town(&[rule("high", "stations", HIGH)]);
    town.level("A", 10, 8.0);
    let alert = town.alerts[0].id.clone();
    assert_eq!(town.act(&alert, &Deed::Resolve, at(11)), Some(Ok(())));
    assert_eq!(town.act(&alert, &Deed::Acknowledge, at(12)), None, "it is not open any more");
    town.level("A", 20, 9.0);
    assert_eq!(town.told(), [of("high", "A", "resolved", 10, 1)]);
    town.level("A", 30, 2.0);
    town.level("A", 40, 9.0);
    assert_eq!(town.told(), [of("high", "A", "resolved", 10, 1), of("high", "A", "raised", 40, 1)]);
    assert_eq!(
        town.act(&town.alerts[1].id.clone(), &Deed::Tick(1), at(41)),
        Some(Err(DeedError::NoStep { n: 1, of: 0 }))
    );
}

#[test]
fn a_threshold_holds_for_a_while_by_readings_or_by_the_clock() {
    let hold = format!("{HIGH}\nhold = 'PT1M'");
    let mut town = town(&[rule("high", "stations", &hold)]);
    for (second, level) in [(0, 6.0), (50, 7.0), (55, 4.0), (58, 6.0), (100, 6.0), (117, 6.0)] {
        town.level("A", second, level);
        town.tick(at(second));
    }
    assert_eq!(town.told(), [], "well at 55: the minute begins anew at 58");
    town.level("A", 118, 6.0);
    town.level("B", 118, 6.0);
    assert_eq!(town.told(), [of("high", "A", "raised", 118, 1)]);
    town.tick(at(177));
    assert_eq!(town.alerts.len(), 1);
    town.tick(at(178));
    assert_eq!(town.told()[1], of("high", "B", "raised", 178, 1), "nobody had to say anything");
}

#[test]
fn silence_is_noticed_once_and_is_over_with_a_word() {
    let mut town = town(&[rule("silent", "stations", "type = 'stale'\nafter = 'PT10M'")]);
    town.level("A", 0, 1.0);
    town.level("A", 300, 1.0);
    for second in [599, 600, 899] {
        town.tick(at(second));
    }
    assert_eq!(town.told(), [], "heard of at 300; B was never measured");
    town.tick(at(900));
    town.tick(at(2000));
    assert_eq!(town.told(), [of("silent", "A", "raised", 900, 1)]);
    assert_eq!(town.alerts[0].value, Some(10.0), "minutes");
    town.level("A", 2100, 1.0);
    assert_eq!(town.told(), [of("silent", "A", "resolved", 900, 1)]);
    town.tick(at(2700));
    assert_eq!(town.told()[1], of("silent", "A", "raised", 2700, 1));
}

#[test]
fn fast_changes_are_told_once_a_rise() {
    let mut town = town(&[rule("rise", "stations", "type = 'change'\nproperty = 'level'\nrise = 2\nover = 'PT10M'")]);
    for (second, level) in [(0, 1.0), (300, 2.0), (500, 2.9), (700, 3.9)] {
        town.level("A", second, level);
    }
    assert_eq!(town.told(), [], "1.9 more than ten minutes before, each time");
    town.level("A", 800, 4.0);
    assert_eq!(town.told(), [of("rise", "A", "raised", 800, 1)], "2.0 more than at 300");
    town.level("A", 900, 4.1);
    assert_eq!(town.told(), [of("rise", "A", "raised", 800, 1)], "what has been told does not count again");
    town.level("A", 1000, 6.1);
    assert_eq!(town.told(), [of("rise", "A", "raised", 800, 2)], "and again");
    let alert = &town.alerts[0];
    let trail: Vec<_> = alert.trail.iter().map(|line| (line.action, seconds(line.at), line.note.as_deref())).collect();
    assert_eq!(trail, [(Action::Raised, 800, None), (Action::Repeated, 1000, Some("6.1"))]);
    assert_eq!((alert.value, seconds(alert.changed_at), alert.edition()), (Some(6.1), 1000, 2));
}

#[test]
fn what_happens_again_is_where_it_happened_last() {
    let text = rule("exit", "boats", "type = 'exit'\nfence = 'zones'\nmargin = 0")
        .replace("severity", "headline = { vi = '{name} rời {fence}', en = '{name} left {fence}' }\nseverity");
    let mut town = town(&[text]);
    town.square("reserve", [106.1, 18.9], 0.1);
    let ways = [[106.15, 18.95], [106.05, 18.95], [106.15, 18.95], [106.25, 18.95]];
    for (second, place) in (10..).step_by(10).zip(ways) {
        town.sail("NA-1", second, place);
    }
    assert_eq!(town.told(), [of("exit", "NA-1", "raised", 20, 2)]);
    assert_eq!(format!("{:?}", town.alerts[0].place), "[106.25, 18.95]");
    assert_eq!(town.alerts[0].headline.en, "NA-1 left reserve");
}

#[test]
fn a_reading_that_comes_while_the_history_is_read_goes_on_from_it() {
    let mut town = town(&[rule("rise", "stations", "type = 'change'\nproperty = 'level'\nrise = 2\nover = 'PT10M'")]);
    for (second, level) in [(0, 0.5), (300, 1.0), (400, 1.6)] {
        town.level("A", second, level);
    }
    let rules = town.engine.rules().to_vec();
    town.engine = Engine::new(rules, [], [], &town.atlas, at(500));
    let wanted = town.engine.recalls(None, &town.atlas);
    assert_eq!(
        wanted.iter().map(|recall| (recall.feature.as_str(), recall.from)).collect::<Vec<_>>(),
        [("A", at(-200))]
    );
    let history = [level_of("A", 0, 0.5), level_of("A", 300, 1.0), level_of("A", 400, 1.6)];
    town.level("A", 700, 2.5);
    town.engine.recall(&wanted[0], &history, &town.atlas, at(700));
    assert_eq!(town.told(), [], "1.5 more than at 300");
    town.level("A", 800, 3.0);
    assert_eq!(town.told(), [of("rise", "A", "raised", 800, 1)], "2.0 more than at 300");
}

#[test]
fn borders_are_crossed_and_jitter_is_one_alert() {
    let enter = rule("enter", "boats", "type = 'enter'\nfence = 'zones'\nmargin = 200");
    let exit = rule("exit", "boats", "type = 'exit'\nfence = 'zones'\nmargin = 200");
    let inside = rule("inside", "boats", "type = 'inside'\nfence = 'zones'\nmargin = 200");
    let mut town = town(&[enter, exit, inside]);
    town.square("reserve", [106.1, 18.9], 0.1);
    // A receiver that jitters by 50 m about the western border.
    for step in 0..20 {
        let lon = if step % 2 == 0 { 106.1005 } else { 106.0995 };
        town.sail("NA-1", 10 + step, [lon, 18.95]);
    }
    let expected = [of("enter", "NA-1", "raised", 10, 1), of("inside", "NA-1", "raised", 10, 1)];
    assert_eq!(town.told(), expected);
    assert_eq!(town.alerts[0].fence.as_ref().unwrap().feature, "reserve");
    town.sail("NA-1", 100, [106.09, 18.95]);
    let expected = [
        of("enter", "NA-1", "raised", 10, 1),
        of("inside", "NA-1", "resolved", 10, 1),
        of("exit", "NA-1", "raised", 100, 1),
    ];
    assert_eq!(town.told(), expected, "a kilometre outside");
    town.sail("NA-1", 110, [106.15, 18.95]);
    assert_eq!(town.told()[0], of("enter", "NA-1", "raised", 10, 2), "counted while nobody has seen to it");
}

#[test]
fn a_way_through_a_fence_and_over_a_line_crosses() {
    let zones = rule("zone", "boats", "type = 'cross'\nfence = 'zones'\nfence_filter = \"name = 'der reserve'\"");
    let lines = rule("line", "boats", "type = 'cross'\nfence = 'borders'");
    let mut town = town(&[zones, lines]);
    town.square("reserve", [106.1, 18.95], 0.1);
    town.square("harbour", [106.1, 18.95], 0.1);
    let line = LineString::from(vec![(106.5, 18.0), (106.5, 20.0)]);
    town.put("borders", "limit", Geometry::Lines(MultiLineString(vec![line])));
    town.sail("NA-1", 10, [106.3, 19.0]);
    assert_eq!(town.told(), [of("zone", "NA-1", "raised", 10, 1)], "in and out between two words; not the harbour");
    town.sail("NA-1", 20, [106.4, 19.0]);
    town.sail("NA-1", 30, [106.6, 19.0]);
    assert_eq!(town.told()[1..], [of("line", "NA-1", "raised", 30, 1)]);
}

#[test]
fn nearness_begins_and_ends_at_its_distances() {
    let near = rule("near", "boats", "type = 'near'\nother = 'boats'\nwithin = 100\nclear = 500");
    let mut town = town(&[near]);
    town.point("boats", "NA-2", [106.5, 19.0]);
    // 0.001 degrees of longitude are 105 m there.
    for (second, lon) in [(10, 106.4985), (20, 106.4995), (30, 106.496), (40, 106.494)] {
        town.sail("NA-1", second, [lon, 19.0]);
        let expected = match second {
            10 => None,
            20 | 30 => Some("raised"),
            _ => Some("resolved"),
        };
        assert_eq!(town.told().first().map(|told| told.2), expected, "{second}");
    }
    assert_eq!(town.alerts[0].fence.as_ref().unwrap().feature, "NA-2");
}

#[test]
fn steps_that_are_late_escalate_and_alerts_expire() {
    let step = "\n[[steps]]\ntitle = { vi = 'Gọi', en = 'Call' }\nwho = { vi = 'Trực', en = 'Watch' }\nwithin = 'PT5M'\n\
                escalate = { vi = 'Trưởng ca', en = 'Head' }";
    let text = format!("expires = 'PT1H'\n{}{step}", rule("high", "stations", HIGH));
    let mut town = town(&[text]);
    town.level("A", 0, 8.0);
    town.tick(at(299));
    assert!(!town.alerts[0].steps[0].late);
    town.tick(at(300));
    assert!(town.alerts[0].steps[0].late);
    assert_eq!(town.alerts[0].assigned_to.as_deref(), Some("Trưởng ca"));
    town.tick(at(3599));
    assert_eq!(town.told(), [of("high", "A", "raised", 0, 1)]);
    town.tick(at(3600));
    assert_eq!(town.told(), [of("high", "A", "expired", 0, 1)]);
    town.level("A", 3700, 8.0);
    assert_eq!(town.alerts.len(), 1, "it goes on, and nobody needs to hear of it again");
}

#[test]
fn filters_choose_and_what_is_gone_is_over() {
    let text = rule("high", "stations", HIGH).replace("severity", "filter = \"name = 'der A'\"\nseverity");
    let mut town = town(&[text]);
    town.level("A", 10, 8.0);
    town.level("B", 10, 8.0);
    assert_eq!(town.told(), [of("high", "A", "raised", 10, 1)]);
    town.commit(&[Change::Remove { layer: layer_id("stations"), id: id("A") }], at(20));
    assert_eq!(town.told(), [of("high", "A", "resolved", 10, 1)]);
}

#[test]
fn what_is_gone_ends_its_alerts_once_also_those_of_rules_that_are_no_more() {
    let mut town = town(&[rule("high", "stations", HIGH), rule("higher", "stations", HIGH)]);
    town.level("A", 10, 8.0);
    let rules = town.engine.rules()[..1].to_vec();
    town.engine = town.engine.with_rules(rules, &town.atlas, at(11));
    // Both at once: the one that is over already is not ended a second time.
    let well = Observations::new(Arc::clone(town.layer("stations")), vec![level_of("A", 20, 1.0)]);
    town.commit(
        &[Change::Observe(Arc::new(well)), Change::Remove { layer: layer_id("stations"), id: id("A") }],
        at(20),
    );
    assert_eq!(town.told(), [of("high", "A", "resolved", 10, 1), of("higher", "A", "resolved", 10, 1)]);
    for alert in &town.alerts {
        let trail: Vec<_> = alert.trail.iter().map(|line| line.action).collect();
        assert_eq!(trail, [Action::Raised, Action::Resolved], "{}", alert.rule);
    }
}

/// An alert outlives its rule, and what it was about may be told again by another one of that name.
#[test]
fn a_rule_that_comes_again_raises_again() {
    let texts = [
        rule("near", "boats", "type = 'near'\nother = 'stations'\nwithin = 500"),
        rule("in", "boats", "type = 'inside'\nfence = 'zones'"),
    ];
    let mut town = town(&texts);
    town.square("Z", [105.0, 18.9], 0.2);
    let rules = town.engine.rules().to_vec();
    for second in [10, 50] {
        town.engine = town.engine.with_rules(rules.clone(), &town.atlas, at(second - 1));
        town.sail("NA-1", second, [105.001, 19.0]);
        assert_eq!((town.engine.open().count(), town.causes.len()), (2, 2));
        town.engine = town.engine.with_rules(Vec::new(), &town.atlas, at(second + 1));
        let open: Vec<String> = town.engine.open().map(|alert| alert.id.clone()).collect();
        for id in open {
            assert_eq!(town.act(&id, &Deed::Resolve, at(second + 2)), Some(Ok(())));
        }
        assert_eq!((town.engine.open().count(), town.causes.len()), (0, 0), "{:?}", town.causes);
        town.engine = town.engine.with_rules(rules.clone(), &town.atlas, at(second + 3));
        town.sail("NA-1", second + 4, [106.0, 19.0]);
    }
}

#[test]
fn what_was_ended_by_hand_of_a_feature_that_is_gone_counts_no_more() {
    let mut town = town(&[rule("inside", "boats", "type = 'inside'\nfence = 'zones'")]);
    town.square("reserve", [106.1, 18.9], 0.1);
    town.sail("NA-1", 10, [106.15, 18.95]);
    let alert = town.alerts[0].id.clone();
    assert_eq!(town.act(&alert, &Deed::Resolve, at(11)), Some(Ok(())));
    town.commit(&[Change::Remove { layer: layer_id("boats"), id: id("NA-1") }], at(20));
    town.point("boats", "NA-1", [106.3, 18.95]);
    town.sail("NA-1", 30, [106.15, 18.95]);
    assert_eq!(town.told(), [of("inside", "NA-1", "resolved", 10, 1), of("inside", "NA-1", "raised", 30, 1)]);
}

#[test]
fn a_rule_that_changes_makes_no_other_forget() {
    let hold = rule("high", "stations", &format!("{HIGH}\nhold = 'PT1M'"));
    let texts = [
        hold,
        rule("enters", "boats", "type = 'enter'\nfence = 'zones'\nmargin = 200"),
        rule("late", "stations", HIGH),
    ];
    let mut town = town(&texts);
    town.square("reserve", [106.1, 18.9], 0.1);
    for second in [0, 20, 40] {
        town.level("A", second, 9.0);
    }
    for (second, lon) in [(10, 106.1005), (20, 106.0995)] {
        town.sail("NA-1", second, [lon, 18.95]);
    }
    let known = [of("late", "A", "raised", 0, 1), of("enters", "NA-1", "raised", 10, 1)];
    assert_eq!(town.told(), known);
    // The last one goes, and others are in another order.
    let mut rules = town.engine.rules()[..2].to_vec();
    rules.reverse();
    town.engine = town.engine.with_rules(rules, &town.atlas, at(45));
    town.sail("NA-1", 50, [106.1005, 18.95]);
    assert_eq!(town.told(), known, "it never left: it was in the margin");
    town.tick(at(59));
    assert_eq!(town.told(), known);
    town.tick(at(60));
    assert_eq!(
        town.told()[2..],
        [of("high", "A", "raised", 60, 1)],
        "a minute after it began, not after its last reading"
    );
}

#[test]
fn another_start_remembers_what_the_city_knows() {
    let rules = [rule("high", "stations", HIGH), rule("silent", "stations", "type = 'stale'\nafter = 'PT10M'")];
    let mut town = town(&rules);
    town.level("A", 10, 8.0);
    assert_eq!(town.alerts.len(), 1);
    let again = town.engine.rules().to_vec();
    town.engine = Engine::new(again.clone(), town.alerts.clone(), [], &town.atlas, at(20));
    town.tick(at(20));
    town.level("A", 30, 9.0);
    assert_eq!(town.told(), [of("high", "A", "raised", 10, 1)], "still the same one");
    town.tick(at(700));
    assert_eq!(town.told()[1], of("silent", "A", "raised", 700, 1), "silence is counted on");
    // A rule that comes later finds what is beyond its threshold already.
    town.causes.clear();
    town.engine = Engine::new(again, [], [], &town.atlas, at(800));
    town.tick(at(800));
    assert_eq!(town.told()[2..], [of("high", "A", "raised", 800, 1)]);
    town.tick(at(829));
    assert_eq!(town.told().len(), 3, "what a broker kept may come now: silence is told half a minute later");
    town.tick(at(830));
    assert_eq!(town.told()[3..], [of("silent", "A", "raised", 830, 1)]);
}

#[test]
fn another_start_in_a_margin_does_not_forget_the_fence() {
    let mut town = town(&[rule("inside", "boats", "type = 'inside'\nfence = 'zones'\nmargin = 200")]);
    town.square("reserve", [106.1, 18.9], 0.1);
    for (second, lon) in [(10, 106.1005), (20, 106.0995)] {
        town.sail("NA-1", second, [lon, 18.95]);
    }
    assert_eq!(town.told(), [of("inside", "NA-1", "raised", 10, 1)], "50 m outside");
    let again = town.engine.rules().to_vec();
    town.engine = Engine::new(again, town.alerts.clone(), [], &town.atlas, at(30));
    town.sail("NA-1", 40, [106.0994, 18.95]);
    assert_eq!(town.told(), [of("inside", "NA-1", "raised", 10, 1)]);
    town.sail("NA-1", 50, [106.09, 18.95]);
    assert_eq!(town.told(), [of("inside", "NA-1", "resolved", 10, 1)]);
}

/// Readings that come hours late, one by one with a look at the clock after each, raise what they would have raised in time.
#[test]
fn what_comes_late_is_judged_by_its_own_time() {
    let hold = format!("{HIGH}\nhold = 'PT1M'");
    let levels = [(0, 6.0), (50, 4.0), (100, 6.0), (220, 3.0), (300, 9.0), (330, 7.0), (400, 2.0)];
    let expected = [of("high", "A", "resolved", 160, 1), of("high", "A", "resolved", 360, 1)];
    for late in [0, 5000] {
        let mut town =
            town(&[rule("high", "stations", &hold), rule("silent", "stations", "type = 'stale'\nafter = 'PT10M'")]);
        for (number, (second, level)) in (0..).zip(levels) {
            let now = if late == 0 { second } else { late + number };
            town.observe("stations", vec![level_of("A", second, level)], at(now));
            town.tick(at(now));
        }
        assert_eq!(town.told(), expected, "{late} seconds late");
        assert_eq!(town.alerts.iter().map(|alert| alert.value).collect::<Vec<_>>(), [Some(6.0), Some(7.0)]);
        town.tick(at(late + 35));
        assert_eq!(town.told().len(), 2, "it may go on");
        town.tick(at(late + 1000));
        assert_eq!(town.told()[2..], [of("silent", "A", "raised", late + 1000, 1)]);
    }
}

#[test]
fn rules_that_cannot_be_meant_say_all_that_is_wrong() {
    let town = town(&[]);
    let table = [
        (rule("high", "nowhere", HIGH), "there is no layer `nowhere`"),
        (rule("Hoch", "stations", HIGH), "lower-case"),
        (rule("x", "alerts", HIGH), "does not watch what rules make"),
        (
            rule("x", "stations", "type = 'threshold'\nproperty = 'height'\nabove = 1"),
            "observes no `height`; it observes level, aqi",
        ),
        (rule("x", "stations", "type = 'threshold'\nproperty = 'level'"), "one of them"),
        (rule("x", "stations", "type = 'threshold'\nproperty = 'level'\nabove = 1\nclear = 2"), "`clear` is not above"),
        (rule("x", "zones", "type = 'stale'\nafter = 'PT1H'"), "nothing is observed"),
        (rule("x", "zones", "type = 'enter'\nfence = 'zones'"), "only points"),
        (rule("x", "boats", "type = 'enter'\nfence = 'borders'"), "polygons are fences"),
        (rule("x", "boats", "type = 'enter'\nfence = 'zones'\nmargin = -1"), "`margin`"),
        (
            rule("x", "boats", "type = 'enter'\nfence = 'zones'\nfence_filter = 'nam = 1'"),
            "`fence_filter` cannot be meant",
        ),
        (format!("webhooks = ['ioc']\n{}", rule("x", "stations", HIGH)), "no webhook `ioc`"),
        (
            format!("headline = {{ vi = '{{nmae}}: {{value}}', en = 'x' }}\n{}", rule("x", "stations", HIGH)),
            "nothing is filled in for `{nmae}`; there are name, feature",
        ),
        (format!("agency = {{ vi = ' ', en = 'x' }}\n{}", rule("x", "stations", HIGH)), "`agency` has a text"),
        (
            format!(
                "{}\n[[steps]]\ntitle = {{ vi = 'x', en = '' }}\nwho = {{ vi = 'x', en = 'x' }}\nwithin = 'PT1H'",
                rule("x", "stations", HIGH)
            ),
            "`steps.title` has a text",
        ),
    ];
    for (text, expected) in table {
        let rule: Rule = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let fault = Ready::new(rule, town.known()).expect_err(&text).to_string();
        assert!(fault.contains(expected), "{fault}: {text}");
    }
    for when in
        ["type = 'stale'\nafter = '10 minutes'", "type = 'sometimes'", "type = 'stale'\nafter = 'PT1H'\nmore = 1"]
    {
        toml::from_str::<Rule>(&rule("x", "stations", when)).expect_err(when);
    }
}
