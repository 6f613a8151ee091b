//! Bytes to a filter: read as text and as JSON, what is read comes back as it was in both, and what fits a layer answers for its
//! rows, inside its window.

use std::sync::Arc;

use citylayers::index::cql2::{Expr, Filter, FilterError, parse_json, parse_text};
use citylayers::model::{Audience, Feature, FeatureId, Layer, Rows};

use crate::input::Input;
use crate::layer;
use crate::shapes::Shapes;

/// Bytes that make the layer and its rows; the others are the filter.
const LAYER: usize = 192;

/// # Panics
/// Where something is wrong.
pub fn filter(bytes: &[u8]) {
    // The filter stands in front, where an input is read and changed most easily.
    let (text, made) = bytes.split_at(bytes.len().saturating_sub(LAYER));
    let mut input = Input::new(if text.is_empty() { &[] } else { made });
    let text = String::from_utf8_lossy(if text.is_empty() { bytes } else { text });
    let layer = layer::layer(&mut input);
    let rows = rows(&mut input, &layer);
    for expr in [parse_text(&text), parse_json(&text)].into_iter().flatten() {
        assert_comes_back(&expr);
        // In degrees, and in metres that bend what is straight.
        let bent = |[x, y]: [f64; 2]| Some([x / 1e5, y / 1e5 + (x / 1e7).sin()]);
        for to_lon_lat in [&Some as &dyn Fn([f64; 2]) -> Option<[f64; 2]>, &bent] {
            if let Ok(filter) = Filter::compile(&expr, &layer, Audience::Public, to_lon_lat) {
                assert_answers(&filter, &rows, &expr);
            }
        }
    }
}

fn rows(input: &mut Input<'_>, layer: &Arc<Layer>) -> Rows {
    let mut shapes = Shapes::new(layer.geometry);
    let mut rows = Rows::new(Arc::clone(layer));
    for number in 0..4 {
        let Some(geometry) = shapes.geometry(input) else { continue };
        let properties = layer.fields.iter().map(|field| layer::value(input, field.field_type)).collect();
        let id = FeatureId::new(&number.to_string()).expect("not empty");
        rows.push_feature(&Feature { layer: layer.id.clone(), id, geometry, properties });
    }
    rows.finish();
    rows
}

fn assert_comes_back(expr: &Expr) {
    let (text, json) = (expr.to_string(), expr.to_json().to_string());
    for (again, form) in [(parse_text(&text), &text), (parse_json(&json), &json)] {
        match again {
            // The limits hold for what is sent, and a form may be longer than the other, or deeper: a sign is `-1 * (...)` in it.
            Err(FilterError::TooLong(_) | FilterError::TooDeep) => {}
            again => assert_eq!(again.as_ref(), Ok(expr), "{form}"),
        }
    }
}

fn assert_answers(filter: &Filter, rows: &Rows, expr: &Expr) {
    let bound = filter.bind(rows);
    let found: Vec<usize> = (0..rows.len()).filter(|&row| bound.matches(row)).collect();
    let again: Vec<usize> = (0..rows.len()).filter(|&row| bound.matches(row)).collect();
    assert_eq!(found, again, "{expr}: asked twice");
    let window = filter.window();
    let inside = |row: usize| window.is_none_or(|window| rows.arena().window(row).intersects(&window));
    assert!(found.into_iter().all(inside), "{expr}: a match lies outside {window:?}");
}
