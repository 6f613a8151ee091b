//! Random filters over a layer with a field of every type, and random rows of it. Values are few, so that they meet.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use citylayers::geo::{Geometry, GeometryKind};
use citylayers::index::cql2::TemporalRelation::{After, Before, Disjoint, Equals, Intersects};
use citylayers::index::cql2::{ArrayRelation, Comparison, Expr, Number, Operator, SpatialRelation, TemporalRelation};
use citylayers::model::{FieldType, Layer, Rows, Value};
use geo_types::Point;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::support::layers::{EVERY_TYPE, layer};

pub const TEXTS: [&str; 10] = ["", "a", "ab", "B", "Hoà", "hoa", "HÒA", "Đ", "a%", "_b\\"];
pub const PATTERNS: [&str; 9] = ["%", "", "a%", "%b%", "_", "_%a", "ho_", "a\\%", "%Đ"];
const WHOLE: [i64; 9] = [-3, -1, 0, 1, 2, 3, 10, 9_007_199_254_740_993, i64::MAX];
const REAL: [f64; 9] = [-1.5, -1.0, 0.0, 0.5, 1.0, 2.0, 3.25, 1e308, 9_007_199_254_740_992.0];

/// Points with a field of every type and the id field `code`.
pub fn every_type() -> Arc<Layer> {
    layer("things", GeometryKind::Point, FieldType::Text, &EVERY_TYPE)
}

pub fn rows(random: &mut ChaCha8Rng, layer: &Arc<Layer>, count: usize) -> Rows {
    let mut rows = Rows::new(Arc::clone(layer));
    for number in 0..count {
        let values: Vec<Option<Value>> = layer.fields.iter().map(|field| value(random, field.field_type)).collect();
        let place = Geometry::Point(Point::new(axis(random), axis(random)));
        rows.push(&format!("P-{number}"), &place, values.iter().map(|value| value.as_ref().map(Value::as_ref)));
    }
    rows.finish();
    rows
}

fn value(random: &mut ChaCha8Rng, field: FieldType) -> Option<Value> {
    if random.random_bool(0.25) {
        return None;
    }
    Some(match field {
        FieldType::Text | FieldType::Code => Value::Text((*TEXTS.choose(random).unwrap()).to_owned()),
        FieldType::Integer => Value::Integer(*WHOLE.choose(random).unwrap()),
        FieldType::Real => Value::Real(*REAL.choose(random).unwrap()),
        FieldType::Boolean => Value::Boolean(random.random()),
        FieldType::Date => Value::Date(day(random)),
        FieldType::DateTime => Value::DateTime(moment(random)),
    })
}

fn axis(random: &mut ChaCha8Rng) -> f64 {
    f64::from(random.random_range(-2..=2))
}

fn day(random: &mut ChaCha8Rng) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 7, 1).unwrap() + Days::new(random.random_range(0..4))
}

fn moment(random: &mut ChaCha8Rng) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2025-07-01T00:00:00Z".parse().unwrap();
    first + TimeDelta::milliseconds(500 * random.random_range(0..5))
}

fn one_of<T: Copy>(random: &mut ChaCha8Rng, all: &[T]) -> T {
    *all.choose(random).unwrap()
}

fn property(name: &str) -> Expr {
    Expr::Property(name.to_owned())
}

#[expect(clippy::unnecessary_box_returns, reason = "as expressions hold pairs")]
fn pair(left: Expr, right: Expr) -> Box<[Expr; 2]> {
    Box::new([left, right])
}

/// What an operand is to be.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Text,
    Number,
    Boolean,
    Date,
    Moment,
}

const SCALARS: [Wanted; 5] = [Wanted::Text, Wanted::Number, Wanted::Boolean, Wanted::Date, Wanted::Moment];

/// A filter of at most `depth` levels and a few more.
pub fn filter(random: &mut ChaCha8Rng, depth: u32) -> Expr {
    if depth == 0 || random.random_bool(0.4) {
        return predicate(random, depth);
    }
    let some = |random: &mut ChaCha8Rng| (0..random.random_range(2..5)).map(|_| filter(random, depth - 1)).collect();
    match random.random_range(0..5) {
        0 | 1 => Expr::And(some(random)),
        2 | 3 => Expr::Or(some(random)),
        _ => Expr::Not(Box::new(filter(random, depth - 1))),
    }
}

fn predicate(random: &mut ChaCha8Rng, depth: u32) -> Expr {
    let wanted = one_of(random, &SCALARS);
    match random.random_range(0..11) {
        0..3 => {
            let comparison = one_of(random, Comparison::ALL);
            Expr::Compare(comparison, pair(scalar(random, wanted, depth), scalar(random, wanted, depth)))
        }
        3 => Expr::Like(pair(text(random), pattern(random))),
        4 => {
            let three = [(); 3].map(|()| scalar(random, wanted, depth));
            Expr::Between(Box::new(three))
        }
        5 => {
            let list = (0..random.random_range(1..5)).map(|_| scalar(random, wanted, depth)).collect();
            Expr::In(Box::new(scalar(random, wanted, depth)), list)
        }
        6 => Expr::IsNull(Box::new(scalar(random, wanted, depth))),
        7 => spatial(random),
        8 => temporal(random),
        9 => {
            let relation = one_of(random, ArrayRelation::ALL);
            Expr::Array(relation, pair(array(random, depth), array(random, depth)))
        }
        _ => scalar(random, Wanted::Boolean, 0),
    }
}

fn scalar(random: &mut ChaCha8Rng, wanted: Wanted, depth: u32) -> Expr {
    let literal = random.random_bool(0.4);
    match wanted {
        Wanted::Text => text(random),
        Wanted::Number => number(random, depth.min(2)),
        Wanted::Boolean if depth > 1 && random.random_bool(0.2) => filter(random, 1),
        Wanted::Boolean if literal => Expr::Boolean(random.random()),
        Wanted::Boolean => property("a_boolean"),
        Wanted::Date if literal => Expr::Date(day(random)),
        Wanted::Date => property("a_date"),
        Wanted::Moment if literal => Expr::Timestamp(moment(random)),
        Wanted::Moment => property("a_moment"),
    }
}

fn text(random: &mut ChaCha8Rng) -> Expr {
    let bare = match random.random_range(0..5) {
        0 | 1 => Expr::Text(one_of(random, &TEXTS).to_owned()),
        2 => property("a_text"),
        3 => property("a_code"),
        _ => property(one_of(random, &["id", "code"])),
    };
    folded(random, bare)
}

fn pattern(random: &mut ChaCha8Rng) -> Expr {
    let pattern = Expr::Text(one_of(random, &PATTERNS).to_owned());
    folded(random, pattern)
}

fn folded(random: &mut ChaCha8Rng, text: Expr) -> Expr {
    match random.random_range(0..6) {
        0 => Expr::Casei(Box::new(text)),
        1 => Expr::Accenti(Box::new(text)),
        2 => Expr::Accenti(Box::new(Expr::Casei(Box::new(text)))),
        _ => text,
    }
}

fn number(random: &mut ChaCha8Rng, depth: u32) -> Expr {
    if depth > 0 && random.random_bool(0.4) {
        let operator = one_of(random, Operator::ALL);
        return Expr::Arithmetic(operator, pair(number(random, depth - 1), number(random, depth - 1)));
    }
    match random.random_range(0..4) {
        0 => Expr::Number(Number::Integer(one_of(random, &WHOLE))),
        1 => Expr::Number(Number::Real(one_of(random, &REAL))),
        2 => property("an_integer"),
        _ => property("a_real"),
    }
}

fn spatial(random: &mut ChaCha8Rng) -> Expr {
    let corner = [axis(random), axis(random)];
    let literal = if random.random_bool(0.3) {
        Expr::Geometry(Box::new(Point::from(corner).into()))
    } else {
        let far = corner.map(|number| number + f64::from(random.random_range(1..4)));
        Expr::BBox(Box::new([corner[0], corner[1], far[0], far[1]]))
    };
    let relation = one_of(random, SpatialRelation::ALL);
    let own = property("geometry");
    Expr::Spatial(relation, if random.random() { pair(own, literal) } else { pair(literal, own) })
}

fn temporal(random: &mut ChaCha8Rng) -> Expr {
    let wanted = one_of(random, &[Wanted::Date, Wanted::Moment]);
    let relation = one_of(random, TemporalRelation::ALL);
    let instants = matches!(relation, After | Before | Disjoint | Equals | Intersects);
    let mut operand = || {
        if instants && random.random_bool(0.4) { scalar(random, wanted, 0) } else { interval(random, wanted) }
    };
    Expr::Temporal(relation, pair(operand(), operand()))
}

fn interval(random: &mut ChaCha8Rng, wanted: Wanted) -> Expr {
    let [start, end] = match (wanted, random.random_range(0..4)) {
        (_, 0) => [None, Some(scalar(random, wanted, 0))],
        (_, 1) => [Some(scalar(random, wanted, 0)), None],
        (Wanted::Date, 2) => {
            let mut days = [day(random), day(random)];
            days.sort();
            days.map(|day| Some(Expr::Date(day)))
        }
        (_, 2) => {
            let mut moments = [moment(random), moment(random)];
            moments.sort();
            moments.map(|moment| Some(Expr::Timestamp(moment)))
        }
        (Wanted::Date, _) => [Some(property("a_date")), None],
        _ => [Some(property("a_moment")), Some(property("a_moment"))],
    };
    Expr::Interval(Box::new([start, end]))
}

fn array(random: &mut ChaCha8Rng, depth: u32) -> Expr {
    let element = |random: &mut ChaCha8Rng| {
        if random.random_bool(0.1) {
            let plain = |random: &mut ChaCha8Rng| scalar(random, Wanted::Date, 0);
            return Expr::List((0..random.random_range(0..3)).map(|_| plain(random)).collect());
        }
        let wanted = one_of(random, &SCALARS);
        scalar(random, wanted, depth.min(1))
    };
    Expr::List((0..random.random_range(0..4)).map(|_| element(random)).collect())
}
