//! A layer as a catalogue may declare it, and values for its fields.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use citylayers::geo::GeometryKind;
use citylayers::model::layer::{Clustering, Thinning, ZoomByCode};
use citylayers::model::{Audience, FieldType, Layer, Value};

use crate::input::Input;
use crate::support::layers::every_kind;

/// The place of a field in `support::layers::EVERY_TYPE`.
const CODE: usize = 1;
const INTEGER: usize = 2;
const REAL: usize = 3;

const TEXTS: [&str; 8] = ["", "ONT", "LUC", "Phường Hoà", "đ", "it's \"quoted\"", "\n\0\\", "日本"];

pub fn layer(input: &mut Input<'_>) -> Arc<Layer> {
    let mut layer = (*every_kind()[input.below(3)]).clone();
    layer.maxzoom = u8::try_from(input.below(23)).expect("a zoom");
    let zoom = u8::try_from(input.below(usize::from(layer.maxzoom) + 1)).expect("a zoom");
    match input.below(4) {
        0 => {}
        1 if layer.geometry == GeometryKind::Point => layer.cluster = Some(clustering(input, zoom)),
        _ => layer.thinning = Some(thinning(input, zoom, layer.geometry)),
    }
    let staff = input.u8();
    for (number, field) in layer.fields.iter_mut().enumerate() {
        field.audience = if staff >> number & 1 == 1 { Audience::Staff } else { Audience::Public };
    }
    Arc::new(layer)
}

fn clustering(input: &mut Input<'_>, max_zoom: u8) -> Clustering {
    let sums = input.one_of(&[&[][..], &[INTEGER], &[REAL], &[INTEGER, REAL]]).to_vec();
    Clustering { max_zoom, cell: input.one_of(&[16, 32, 64, 128]), sums, totals: Vec::new() }
}

fn thinning(input: &mut Input<'_>, base_zoom: u8, geometry: GeometryKind) -> Thinning {
    let rate = input.one_of(&[2.0, 1.0, 1.25, 4.0, 1000.0]);
    let zoom = |input: &mut Input<'_>| input.u8() % (base_zoom + 1);
    let zooms = input.flag().then(|| vec![("ONT".to_owned(), zoom(input)), ("LUC".to_owned(), zoom(input))]);
    let by = zooms.map(|zooms| ZoomByCode { field: CODE, zooms });
    let merges = geometry == GeometryKind::Line && input.flag();
    let mut merge =
        if merges { input.one_of(&[&[0][..], &[CODE], &[0, CODE], &[CODE, REAL]]).to_vec() } else { vec![] };
    // A catalogue wants the field that thins among those that merge.
    if merges && by.is_some() && !merge.contains(&CODE) {
        merge.push(CODE);
    }
    Thinning { base_zoom, rate, by, merge }
}

pub fn value(input: &mut Input<'_>, field_type: FieldType) -> Option<Value> {
    let choice = input.u8();
    if choice == 0 {
        return None;
    }
    match field_type {
        FieldType::Text => Some(Value::Text(text(input, choice))),
        FieldType::Code => Some(Value::Text(["ONT", "LUC", "x"][usize::from(choice) % 3].to_owned())),
        FieldType::Integer if choice < 128 => Some(Value::Integer(i64::from(choice) - 64)),
        FieldType::Integer => Some(Value::Integer(input.i64().max(i64::MIN + 1))),
        FieldType::Real if choice < 128 => Some(Value::Real(f64::from(choice) / 8.0)),
        FieldType::Real => Some(input.f64()).filter(|number| number.is_finite()).map(Value::Real),
        FieldType::Boolean => Some(Value::Boolean(choice & 1 == 1)),
        FieldType::Date => NaiveDate::from_num_days_from_ce_opt(i32::from(input.i16()) * 30).map(Value::Date),
        FieldType::DateTime => DateTime::from_timestamp_millis(input.i64() >> 12).map(Value::DateTime),
    }
}

fn text(input: &mut Input<'_>, choice: u8) -> String {
    match TEXTS.get(usize::from(choice)) {
        Some(text) => (*text).to_owned(),
        None => String::from_utf8_lossy(input.take(usize::from(choice) % 24)).into_owned(),
    }
}
