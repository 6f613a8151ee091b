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

/// A condition of a row, its columns looked up once.
type ByHand = for<'r> fn(&'r Rows) -> Box<dyn Fn(usize) -> bool + 'r>;

fn column<'r>(rows: &'r Rows, name: &str) -> &'r Column {
    &rows.columns()[rows.layer().field_index(name).expect("a field")]
}

fn texts<'r>(rows: &'r Rows, name: &str) -> impl Fn(usize) -> Option<&'r str> {
    let Column::Text { codes, dictionary } = column(rows, name) else { panic!("a column of texts") };
    move |row| (codes[row] != NO_CODE).then(|| dictionary.texts().get(codes[row]))
}

fn reals(rows: &Rows, name: &str) -> impl Fn(usize) -> f64 {
    let Column::Real(column) = column(rows, name) else { panic!("a column of numbers") };
    move |row| column[row]
}

const TOWN: [f64; 4] = [105.6, 18.6, 105.75, 18.75];

const FILTERS: [(&str, ByHand); 8] = [
    ("status = 'faulty'", |rows| {
        let status = texts(rows, "status");
        Box::new(move |row| status(row) == Some("faulty"))
    }),
    ("pole_height > 8.5", |rows| {
        let height = reals(rows, "pole_height");
        Box::new(move |row| height(row) > 8.5)
    }),
    ("status = 'faulty' AND lamp_type = 'led' AND pole_height BETWEEN 7 AND 9", |rows| {
        let (status, kind, height) = (texts(rows, "status"), texts(rows, "lamp_type"), reals(rows, "pole_height"));
        Box::new(move |row| {
            status(row) == Some("faulty") && kind(row) == Some("led") && (7.0..=9.0).contains(&height(row))
        })
    }),
    ("wattage IN ('50', '100')", |rows| {
        let watts = texts(rows, "wattage");
        Box::new(move |row| watts(row).is_some_and(|text| ["50", "100"].contains(&text)))
    }),
    ("ACCENTI(CASEI(street)) LIKE ACCENTI(CASEI('%ĐƯỜNG%1'))", |rows| {
        let street = texts(rows, "street");
        Box::new(move |row| street(row).map(fold).is_some_and(|text| text.contains("duong") && text.ends_with('1')))
    }),
    ("asset_no LIKE 'L0000%'", |rows| {
        let number = texts(rows, "asset_no");
        Box::new(move |row| number(row).is_some_and(|text| text.starts_with("L0000")))
    }),
    ("pole_height * 2 + 1 > 17", |rows| {
        let height = reals(rows, "pole_height");
        Box::new(move |row| height(row).mul_add(2.0, 1.0) > 17.0)
    }),
    ("S_INTERSECTS(geometry, BBOX(105.6, 18.6, 105.75, 18.75))", |rows| {
        let places = rows.arena().lon_lat();
        let [west, south, east, north] = TOWN;
        Box::new(move |row| {
            let [lon, lat] = places[row];
            west <= lon && lon <= east && south <= lat && lat <= north
        })
    }),
];

fn main() {
    let rows = synthetic::points(SEED, points(), &layer("street_lights"));
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
        let wanted = by_hand(&rows);
        let (baseline, expected) = Times::of(&TIMES, |()| (0..rows.len()).filter(|&row| wanted(row)).count());
        assert!(hits > 0 && hits == expected, "{text}: {hits}, by hand {expected}");
        let (own, baseline) = (own.median(), baseline.median());
        println!(
            "{text:72} {:>9} {compile:>10.1?} {own:>10.1?} {baseline:>10.1?} {:>6.2}",
            hits / TIMES.len(),
            ratio(baseline, own)
        );
    }
}
