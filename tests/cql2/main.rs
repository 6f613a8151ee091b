//! CQL2: the standard's own examples and predicates, an independent evaluation, GEOS, and what strangers send.
#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod conformance;
mod examples;
mod expressions;
mod hostile;
mod ledger;
mod oracle;
mod relations;
mod rules;
#[path = "../support/mod.rs"]
mod support;

use citylayers::index::cql2::{Expr, Filter, FilterError, parse_json, parse_text};
use citylayers::model::{Audience, Layer, Rows};

/// A filter whose coordinates are lon/lat.
fn compile(expr: &Expr, layer: &Layer) -> Result<Filter, FilterError> {
    Filter::compile(expr, layer, Audience::Public, &Some)
}

/// The rows of which a filter is true; those outside its window, where it has one, must not be among them.
#[track_caller]
fn found(filter: &Filter, rows: &Rows) -> Vec<usize> {
    let bound = filter.bind(rows);
    let found: Vec<usize> = (0..rows.len()).filter(|&row| bound.matches(row)).collect();
    if let Some(window) = filter.window() {
        assert!(found.iter().all(|&row| rows.arena().window(row).intersects(&window)), "{window:?} leaves out a match");
    }
    found
}

/// How many rows match a filter in CQL2 text.
#[track_caller]
fn count(text: &str, rows: &Rows) -> usize {
    let expr = parse_text(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let filter = compile(&expr, rows.layer()).unwrap_or_else(|error| panic!("{text}: {error}"));
    found(&filter, rows).len()
}

/// Both ways of writing a filter come back as it was, to the kind of each number.
#[track_caller]
fn assert_comes_back(expr: &Expr) {
    let (text, json) = (expr.to_string(), expr.to_json().to_string());
    match parse_text(&text) {
        Err(FilterError::TooLong(_)) => {}
        again => assert_eq!(format!("{again:?}"), format!("{:?}", Ok::<_, FilterError>(expr)), "{text}"),
    }
    match parse_json(&json) {
        Err(FilterError::TooLong(_)) => {}
        again => assert_eq!(format!("{again:?}"), format!("{:?}", Ok::<_, FilterError>(expr)), "{json}"),
    }
}
