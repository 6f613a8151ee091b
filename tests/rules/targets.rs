//! Units that miss the target of an indicator.

use citylayers::model::indicator::{Direction, Indication, Method};
use citylayers::model::period::Every;
use citylayers::model::{Change, Indications, Indicator, IndicatorId, Revision, Rule, Title};
use citylayers::rules::Ready;

use super::table::{of, rule};
use super::{Town, at, id, layer_id};

/// Shares of zones, month by month: 90 % are aimed at, and 95 % in November 2026.
pub fn on_time() -> Indicator {
    let title = |text: &str| Title { vi: text.to_owned(), en: text.to_owned() };
    Indicator {
        id: IndicatorId::new("on_time").unwrap(),
        title: title("on time"),
        description: title(""),
        unit: title("%"),
        layer: layer_id("zones"),
        every: Every::Month,
        direction: Some(Direction::Higher),
        target: Some(90.0),
        targets: vec![("2026-11".parse().unwrap(), 95.0)],
        decimals: 1,
        merge: None,
        range: None,
        agency: title(""),
        source: String::new(),
        method: Method::Equal,
        classes: 3,
        colors: vec!["#000000".to_owned(), "#ffffff".to_owned()],
    }
}

impl Town {
    /// Shares of a month: by zone.
    fn tell(&mut self, period: &str, values: &[(&str, f64)]) {
        let one = |(zone, value): &(&str, f64)| Indication {
            indicator: IndicatorId::new("on_time").unwrap(),
            unit: id(zone),
            period: period.parse().unwrap(),
            value: *value,
        };
        self.revision += 1;
        self.atlas.indicate(&Indications::new(layer_id("zones"), values.iter().map(one)), Revision(self.revision));
    }
}

fn town(when: &str) -> Town {
    let headline =
        "headline = { vi = '{name}: {value} {unit}, mục tiêu {target}, kỳ {period}', en = '{value} of {target}' }\n";
    let text = rule("late", "zones", &format!("type = 'target'\nindicator = 'on_time'\n{when}"));
    let mut town = Town::new(&[&format!("{headline}{text}")]);
    for (place, zone) in ["A", "B", "C"].into_iter().enumerate() {
        town.square(zone, [105.0 + f64::from(u8::try_from(place).unwrap()), 19.0], 0.5);
    }
    town
}

#[test]
fn a_unit_that_misses_its_target_raises_once_and_is_over_when_it_meets_it() {
    let mut town = town("by = 1");
    town.tick(at(0));
    assert!(town.told().is_empty(), "nothing is told");
    town.tell("2026-09", &[("A", 88.9), ("B", 89.0), ("C", 60.0)]);
    town.tell("2026-10", &[("A", 88.9), ("B", 89.0)]);
    town.tick(at(1));
    let both = [of("late", "A", "raised", 1, 1), of("late", "C", "raised", 1, 1)];
    assert_eq!(town.told(), both, "B misses it by no more than 1; C is taken by the month before");
    assert_eq!(town.alerts[0].headline.vi, "A: 88,9 %, mục tiêu 90, kỳ 2026-10");
    assert_eq!(town.alerts[1].headline.en, "60 of 90");
    assert_eq!((town.alerts[0].value, town.alerts[0].property.as_deref()), (Some(88.9), Some("on_time")));
    town.tick(at(2));
    assert_eq!(town.told(), both, "nothing new was told");
    town.tell("2026-10", &[("A", 40.0), ("C", 89.5)]);
    town.tick(at(3));
    assert_eq!(town.told(), [of("late", "A", "raised", 1, 1), of("late", "C", "resolved", 1, 1)]);
    town.tell("2026-11", &[("A", 94.0), ("B", 93.9), ("C", 99.0)]);
    town.tick(at(4));
    let told = [of("late", "A", "resolved", 1, 1), of("late", "C", "resolved", 1, 1), of("late", "B", "raised", 4, 1)];
    assert_eq!(town.told(), told, "November has a target of its own");
    town.tell("2027-01", &[("C", 10.0)]);
    town.tick(at(5));
    assert_eq!(town.told()[..3], told, "of A and B neither January nor December is told: they stay as they were");
    assert_eq!(town.told()[3], of("late", "C", "raised", 5, 1));
}

#[test]
fn several_periods_in_a_row_have_to_miss_it() {
    let mut town = town("periods = 2");
    town.tell("2026-08", &[("A", 10.0), ("B", 10.0), ("C", 10.0)]);
    town.tell("2026-09", &[("A", 95.0), ("B", 10.0)]);
    town.tell("2026-10", &[("A", 10.0), ("C", 10.0)]);
    town.tick(at(1));
    assert_eq!(
        town.told(),
        [of("late", "B", "raised", 1, 1)],
        "A missed one, C one of which the month before is not told"
    );
    town.tell("2026-09", &[("C", 20.0)]);
    town.tick(at(2));
    assert_eq!(town.told(), [of("late", "B", "raised", 1, 1), of("late", "C", "raised", 2, 1)]);
}

#[test]
fn a_unit_that_is_no_more_misses_nothing() {
    let mut town = town("");
    town.tell("2026-10", &[("A", 10.0)]);
    town.tick(at(1));
    town.commit(&[Change::Remove { layer: layer_id("zones"), id: id("A") }], at(2));
    town.tick(at(3));
    assert_eq!(town.told(), [of("late", "A", "resolved", 1, 1)]);
}

#[test]
fn rules_that_could_never_speak_are_refused() {
    let town = town("");
    let table = [
        ("zones", "indicator = 'absent'", "there is no indicator `absent`; there are on_time"),
        ("stations", "indicator = 'on_time'", "is told of layer `zones`, not of `stations`"),
        ("zones", "indicator = 'on_time'\nby = -1", "`by` is a number, 0 or more"),
        ("zones", "indicator = 'on_time'\nperiods = 0", "`periods` is a whole number from 1 to 24"),
    ];
    for (layer, when, wanted) in table {
        let text = rule("late", layer, &format!("type = 'target'\n{when}"));
        let rule: Rule = toml::from_str(&text).unwrap();
        let fault = Ready::new(rule, town.known()).unwrap_err().to_string();
        assert!(fault.contains(wanted), "{when}: {fault}");
    }
    let without = Indicator { target: None, targets: Vec::new(), ..on_time() };
    let known = citylayers::rules::Known { indicators: &[without.into()], ..town.known() };
    let rule: Rule = toml::from_str(&rule("late", "zones", "type = 'target'\nindicator = 'on_time'")).unwrap();
    assert!(Ready::new(rule, known).unwrap_err().to_string().contains("has no target"));
}
