//! Random filters against a slow evaluation that shares no code with the fast one: truth as 0, 1 and 2, sets by search,
//! patterns by backtracking, numbers in 128 bits.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};
use citylayers::index::cql2::{ArrayRelation, Comparison, Expr, Number, Operator, SpatialRelation, TemporalRelation};
use citylayers::model::{Rows, ValueRef};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::expressions::{every_type, filter, rows};
use crate::{assert_comes_back, compile, found};

#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum V {
    Null,
    Text(String),
    Whole(i128),
    Real(f64),
    Truth(bool),
    Day(NaiveDate),
    Moment(DateTime<Utc>),
    Set(Vec<V>),
}

/// False is 0, unknown 1, true 2: AND is the smaller, OR the larger.
fn truth(value: &V) -> u8 {
    match value {
        V::Truth(answer) => 2 * u8::from(*answer),
        V::Null => 1,
        other => panic!("{other:?} is neither true nor false"),
    }
}

fn answer(truth: u8) -> V {
    [V::Truth(false), V::Null, V::Truth(true)][usize::from(truth)].clone()
}

fn order(a: &V, b: &V) -> Option<Ordering> {
    Some(match (a, b) {
        (V::Null, _) | (_, V::Null) => return None,
        (V::Whole(a), V::Real(b)) => whole_and_real(*a, *b),
        (V::Real(a), V::Whole(b)) => whole_and_real(*b, *a).reverse(),
        (a, b) => a.partial_cmp(b).unwrap(),
    })
}

/// Halves and quarters are all the fractions that there are here.
fn whole_and_real(a: i128, b: f64) -> Ordering {
    if b.abs() > 1e30 {
        return 0.0_f64.partial_cmp(&b).unwrap();
    }
    #[allow(clippy::cast_possible_truncation, reason = "four times a small number")]
    (a * 4).cmp(&((b * 4.0) as i128))
}

fn compare(comparison: Comparison, a: &V, b: &V) -> V {
    let Some(order) = order(a, b) else { return V::Null };
    V::Truth(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::Unequal => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    })
}

struct Row<'r> {
    rows: &'r Rows,
    row: usize,
}

impl Row<'_> {
    fn value(&self, expr: &Expr) -> V {
        match expr {
            Expr::And(all) => answer(all.iter().map(|one| truth(&self.value(one))).min().unwrap()),
            Expr::Or(all) => answer(all.iter().map(|one| truth(&self.value(one))).max().unwrap()),
            Expr::Not(one) => answer(2 - truth(&self.value(one))),
            Expr::Compare(comparison, pair) => compare(*comparison, &self.value(&pair[0]), &self.value(&pair[1])),
            Expr::Like(pair) => match (self.value(&pair[0]), self.value(&pair[1])) {
                (V::Text(text), V::Text(pattern)) => {
                    V::Truth(like(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>()))
                }
                _ => V::Null,
            },
            Expr::Between(three) => {
                let [value, low, high] = [0, 1, 2].map(|at| self.value(&three[at]));
                if [&value, &low, &high].contains(&&V::Null) {
                    return V::Null;
                }
                let fits = [
                    compare(Comparison::GreaterOrEqual, &value, &low),
                    compare(Comparison::LessOrEqual, &value, &high),
                ];
                V::Truth(fits == [V::Truth(true), V::Truth(true)])
            }
            Expr::In(value, list) => {
                let value = self.value(value);
                let equal = |listed| truth(&compare(Comparison::Equal, &value, &self.value(listed)));
                answer(list.iter().map(equal).max().unwrap())
            }
            Expr::IsNull(one) => V::Truth(self.value(one) == V::Null),
            Expr::Spatial(relation, pair) => V::Truth(self.related(*relation, &pair[0], &pair[1])),
            Expr::Temporal(relation, pair) => {
                let (Some(first), Some(second)) = (self.ends(&pair[0]), self.ends(&pair[1])) else { return V::Null };
                V::Truth(timed(*relation, first, second))
            }
            Expr::Array(relation, pair) => match [self.value(&pair[0]), self.value(&pair[1])] {
                [V::Set(first), V::Set(second)] => V::Truth(sets(*relation, &first, &second)),
                _ => V::Null,
            },
            other => self.scalar(other),
        }
    }

    fn scalar(&self, expr: &Expr) -> V {
        match expr {
            Expr::Arithmetic(operator, pair) => arithmetic(*operator, &self.value(&pair[0]), &self.value(&pair[1])),
            Expr::Casei(text) => mapped(self.value(text), |text| text.to_lowercase()),
            Expr::Accenti(text) => mapped(self.value(text), |text| {
                let letters = [('à', "a"), ('ò', "o"), ('À', "A"), ('Ò', "O"), ('đ', "d"), ('Đ', "D")];
                letters.into_iter().fold(text, |text, (letter, bare)| text.replace(letter, bare))
            }),
            Expr::Property(name) => self.property(name),
            Expr::Text(text) => V::Text(text.clone()),
            Expr::Number(Number::Integer(whole)) => V::Whole(i128::from(*whole)),
            Expr::Number(Number::Real(real)) => V::Real(*real),
            Expr::Boolean(flag) => V::Truth(*flag),
            Expr::Date(day) => V::Day(*day),
            Expr::Timestamp(moment) => V::Moment(*moment),
            Expr::List(all) => {
                let all: Vec<V> = all.iter().map(|one| self.value(one)).collect();
                if all.contains(&V::Null) { V::Null } else { V::Set(all) }
            }
            other => panic!("{other:?} is not made here"),
        }
    }

    fn property(&self, name: &str) -> V {
        if name == "id" || name == "code" {
            return V::Text(self.rows.id(self.row).to_owned());
        }
        let field = self.rows.layer().field_index(name).unwrap();
        match self.rows.columns()[field].get(self.row) {
            None => V::Null,
            Some(ValueRef::Text(text)) => V::Text(text.to_owned()),
            Some(ValueRef::Integer(whole)) => V::Whole(i128::from(whole)),
            Some(ValueRef::Real(real)) => V::Real(real),
            Some(ValueRef::Boolean(flag)) => V::Truth(flag),
            Some(ValueRef::Date(day)) => V::Day(day),
            Some(ValueRef::DateTime(moment)) => V::Moment(moment),
        }
    }

    /// A point against a box or a point, by comparing coordinates.
    fn related(&self, relation: SpatialRelation, first: &Expr, second: &Expr) -> bool {
        let own_first = matches!(first, Expr::Property(_));
        let [x, y] = self.rows.arena().lon_lat()[self.row];
        let (inside, on_edge, same) = match if own_first { second } else { first } {
            Expr::BBox(corners) => {
                let [west, south, east, north] = **corners;
                let inside = west < x && x < east && south < y && y < north;
                (inside, !inside && west <= x && x <= east && south <= y && y <= north, false)
            }
            Expr::Geometry(geometry) => {
                let same = **geometry == geo_types::Point::new(x, y).into();
                (same, false, same)
            }
            other => panic!("{other:?} is not made here"),
        };
        match relation {
            SpatialRelation::Intersects => inside || on_edge,
            SpatialRelation::Disjoint => !inside && !on_edge,
            SpatialRelation::Touches => on_edge,
            SpatialRelation::Equals => same,
            SpatialRelation::Within => {
                if own_first {
                    inside
                } else {
                    same
                }
            }
            SpatialRelation::Contains => {
                if own_first {
                    same
                } else {
                    inside
                }
            }
            SpatialRelation::Crosses | SpatialRelation::Overlaps => false,
        }
    }

    /// Open ends are `Less` than all and `Greater` than all.
    fn ends(&self, expr: &Expr) -> Option<[(Ordering, V); 2]> {
        let closed = |expr: &Expr| {
            Some(self.value(expr)).filter(|value| *value != V::Null).map(|value| (Ordering::Equal, value))
        };
        match expr {
            Expr::Interval(ends) => {
                let start = ends[0].as_ref().map_or(Some((Ordering::Less, V::Null)), closed);
                let end = ends[1].as_ref().map_or(Some((Ordering::Greater, V::Null)), closed);
                Some([start?, end?])
            }
            instant => closed(instant).map(|instant| [instant.clone(), instant]),
        }
    }
}

fn mapped(value: V, map: impl Fn(String) -> String) -> V {
    if let V::Text(text) = value { V::Text(map(text)) } else { value }
}

fn like(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['%', rest @ ..], _) => like(rest, text) || (!text.is_empty() && like(pattern, &text[1..])),
        (['_', pattern @ ..], [_, text @ ..]) => like(pattern, text),
        (['\\', meant, pattern @ ..] | [meant, pattern @ ..], [c, text @ ..]) => meant == c && like(pattern, text),
        _ => false,
    }
}

#[allow(clippy::cast_precision_loss, reason = "as the rule says")]
fn arithmetic(operator: Operator, a: &V, b: &V) -> V {
    if let (V::Whole(a), V::Whole(b)) = (a, b) {
        let whole = match operator {
            Operator::Plus => Some(a + b),
            Operator::Minus => Some(a - b),
            Operator::Times => Some(a * b),
            Operator::IntegerDivide if *b != 0 => Some(a / b),
            Operator::Modulo if *b != 0 => Some(a % b),
            Operator::Power if *b >= 0 => (0..*b.min(&200)).try_fold(1_i128, |power, _| power.checked_mul(*a)),
            _ => None,
        };
        // Beyond 200 only powers of -1, 0 and 1 are small, and none of those changes any more by an even number of steps.
        let steady = operator != Operator::Power || *b <= 200 || b % 2 == 0 || *a >= 0;
        if let Some(whole) = whole.filter(|whole| steady && i64::try_from(*whole).is_ok()) {
            return V::Whole(whole);
        }
    }
    let real = |value: &V| match value {
        V::Whole(whole) => Some(*whole as f64),
        V::Real(real) => Some(*real),
        _ => None,
    };
    let (Some(x), Some(y)) = (real(a), real(b)) else { return V::Null };
    let result = match operator {
        Operator::Plus => x + y,
        Operator::Minus => x - y,
        Operator::Times => x * y,
        Operator::Divide => x / y,
        Operator::IntegerDivide => (x / y).trunc(),
        Operator::Modulo => x % y,
        Operator::Power => x.powf(y),
    };
    if result.is_finite() { V::Real(result) } else { V::Null }
}

fn sets(relation: ArrayRelation, first: &[V], second: &[V]) -> bool {
    fn same(a: &V, b: &V) -> bool {
        match (a, b) {
            (V::Set(a), V::Set(b)) => all_in(a, b) && all_in(b, a),
            (V::Whole(_) | V::Real(_), V::Whole(_) | V::Real(_)) => order(a, b) == Some(Ordering::Equal),
            (a, b) => a == b,
        }
    }
    fn all_in(some: &[V], all: &[V]) -> bool {
        some.iter().all(|one| all.iter().any(|other| same(one, other)))
    }
    match relation {
        ArrayRelation::Contains => all_in(second, first),
        ArrayRelation::ContainedBy => all_in(first, second),
        ArrayRelation::Equals => all_in(first, second) && all_in(second, first),
        ArrayRelation::Overlaps => first.iter().any(|one| second.iter().any(|other| same(one, other))),
    }
}

/// By the signs of the four comparisons of ends, as the figure of the standard draws the relations.
fn timed(relation: TemporalRelation, [s, e]: [(Ordering, V); 2], [s2, e2]: [(Ordering, V); 2]) -> bool {
    let sign = |a: &(Ordering, V), b: &(Ordering, V)| {
        if a.0 == b.0 { a.1.partial_cmp(&b.1).unwrap() as i8 } else { a.0 as i8 - b.0 as i8 }.signum()
    };
    let signs = (sign(&s, &s2), sign(&s, &e2), sign(&e, &s2), sign(&e, &e2));
    match relation {
        TemporalRelation::After => matches!(signs, (_, 1, _, _)),
        TemporalRelation::Before => matches!(signs, (_, _, -1, _)),
        TemporalRelation::Disjoint => matches!(signs, (_, 1, _, _) | (_, _, -1, _)),
        TemporalRelation::Intersects => matches!(signs, (_, -1 | 0, 0 | 1, _)),
        TemporalRelation::Equals => matches!(signs, (0, _, _, 0)),
        TemporalRelation::Contains => matches!(signs, (-1, _, _, 1)),
        TemporalRelation::During => matches!(signs, (1, _, _, -1)),
        TemporalRelation::FinishedBy => matches!(signs, (-1, _, _, 0)),
        TemporalRelation::Finishes => matches!(signs, (1, _, _, 0)),
        TemporalRelation::Meets => matches!(signs, (_, _, 0, _)),
        TemporalRelation::MetBy => matches!(signs, (_, 0, _, _)),
        TemporalRelation::OverlappedBy => matches!(signs, (1, -1, _, 1)),
        TemporalRelation::Overlaps => matches!(signs, (-1, _, 1, -1)),
        TemporalRelation::StartedBy => matches!(signs, (0, _, _, 1)),
        TemporalRelation::Starts => matches!(signs, (0, _, _, -1)),
    }
}

#[test]
fn random_filters_find_what_a_slow_evaluation_finds_and_come_back_as_written() {
    let layer = every_type();
    let (mut matched, mut left) = (0, 0);
    for seed in 0..4_000 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let rows = rows(&mut random, &layer, 40);
        let filter = filter(&mut random, 2);
        assert_comes_back(&filter);
        let compiled = compile(&filter, &layer).unwrap_or_else(|error| panic!("seed {seed}, {filter}: {error}"));
        let found = found(&compiled, &rows);
        let expected: Vec<usize> =
            (0..rows.len()).filter(|&row| Row { rows: &rows, row }.value(&filter) == V::Truth(true)).collect();
        let differs = (0..rows.len()).find(|row| found.contains(row) != expected.contains(row));
        if let Some(row) = differs {
            panic!("seed {seed}: {filter}\nmatches {}: {:?}", found.contains(&row), rows.feature(row));
        }
        matched += found.len();
        left += rows.len() - found.len();
    }
    assert!(matched > 10_000 && left > 10_000, "{matched} rows matched, {left} did not");
}
