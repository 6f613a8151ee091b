//! Filters over a million lamps, beside a closure written by hand over the same columns. The two must find the same number.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use citylayers::demo::synthetic;
use citylayers::index::cql2::{Filter, parse_text};
use citylayers::index::fold::fold;
use citylayers::model::columns::{Column, NO_CODE};
use citylayers::model::{Audience, Rows};
use measure::{SEED, Times, layer, once, points, ratio};

/// How often each is asked.
const TIMES: [(); 9] = [(); 9];

/// What a closure by hand looks at.
struct Hand<'r> {
    rows: &'r Rows,
}

impl<'r> Hand<'r> {
    fn text(&self, name: &str, row: usize) -> Option<&'r str> {
        let field = self.rows.layer().field_index(name).expect("a field");
        let Column::Text { codes, dictionary } = &self.rows.columns()[field] else { panic!("a column of texts") };
        (codes[row] != NO_CODE).then(|| dictionary.texts().get(codes[row]))
    }

    fn real(&self, name: &str, row: usize) -> f64 {
        let field = self.rows.layer().field_index(name).expect("a field");
        let Column::Real(column) = &self.rows.columns()[field] else { panic!("a column of numbers") };
        column[row]
    }

    fn in_box(&self, [west, south, east, north]: [f64; 4], row: usize) -> bool {
        let [lon, lat] = self.rows.arena().lon_lat()[row];
        west <= lon && lon <= east && south <= lat && lat <= north
    }
}

type ByHand = for<'r> fn(&Hand<'r>, usize) -> bool;

const TOWN: [f64; 4] = [105.6, 18.6, 105.75, 18.75];

const FILTERS: [(&str, ByHand); 8] = [
    ("status = 'faulty'", |hand, row| hand.text("status", row) == Some("faulty")),
    ("pole_height > 8.5", |hand, row| hand.real("pole_height", row) > 8.5),
    ("status = 'faulty' AND lamp_type = 'led' AND pole_height BETWEEN 7 AND 9", |hand, row| {
        hand.text("status", row) == Some("faulty")
            && hand.text("lamp_type", row) == Some("led")
            && (7.0..=9.0).contains(&hand.real("pole_height", row))
    }),
    ("wattage IN ('50', '100')", |hand, row| {
        hand.text("wattage", row).is_some_and(|text| ["50", "100"].contains(&text))
    }),
    ("ACCENTI(CASEI(street)) LIKE ACCENTI(CASEI('%TRẦN%'))", |hand, row| {
        hand.text("street", row).is_some_and(|text| fold(text).contains("tran"))
    }),
    ("asset_no LIKE 'L0000%'", |hand, row| hand.text("asset_no", row).is_some_and(|text| text.starts_with("L0000"))),
    ("pole_height * 2 + 1 > 17", |hand, row| hand.real("pole_height", row).mul_add(2.0, 1.0) > 17.0),
    ("S_INTERSECTS(geometry, BBOX(105.6, 18.6, 105.75, 18.75))", |hand, row| hand.in_box(TOWN, row)),
];

fn main() {
    let rows = synthetic::points(SEED, points(), &layer("street_lights"));
    let hand = Hand { rows: &rows };
    println!("{} lamps, every row looked at, one thread", rows.len());
    println!("{:72} {:>9} {:>10} {:>10} {:>10} {:>6}", "filter", "hits", "compile", "filter", "by hand", "ratio");
    for (text, by_hand) in FILTERS {
        let (filter, compile) = once(|| {
            let expr = parse_text(text).expect("CQL2");
            Filter::compile(&expr, rows.layer(), Audience::Public, &Some).expect("fits the layer")
        });
        let (own, hits) = Times::of(&TIMES, |()| {
            let bound = filter.bind(&rows);
            (0..rows.len()).filter(|&row| bound.matches(row)).count()
        });
        let (baseline, expected) = Times::of(&TIMES, |()| (0..rows.len()).filter(|&row| by_hand(&hand, row)).count());
        assert!(hits > 0 && hits == expected, "{text}: {hits}, by hand {expected}");
        let (own, baseline) = (own.median(), baseline.median());
        println!(
            "{text:72} {:>9} {compile:>10.1?} {own:>10.1?} {baseline:>10.1?} {:>6.2}",
            hits / TIMES.len(),
            ratio(baseline, own)
        );
    }
}
