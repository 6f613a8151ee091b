//! Names, kinds and coordinates of a filter held against a layer.

use chrono::{DateTime, NaiveDate, Utc};
use unicode_normalization::UnicodeNormalization;

use super::arrays::ArrayTest;
use super::error::{FilterError, Shown};
use super::expr::{ArrayRelation, Comparison, Expr, SpatialRelation, TemporalRelation};
use super::functions::{self, Kind};
use super::instant::{cast_date, cast_timestamp};
use super::item::{Item, literal};
use super::like::Pattern;
use super::limits::MAX_PATTERN;
use super::operands::{InstantOperand, NumberOperand, Operand, TextOperand, only_field};
use super::spatial::{SpatialTest, Way, converse, related, tells};
use super::temporal::needs_intervals;
use super::test::Test;
use crate::index::fold::{bare, caseless};
use crate::model::{Audience, FieldType, Layer};

type Compiled<T> = Result<T, FilterError>;

/// What a filter is held against.
pub struct Compiler<'a> {
    pub layer: &'a Layer,
    pub audience: Audience,
    pub way: Way<'a>,
    /// The field of each table of answers by text.
    pub tables: Vec<usize>,
    /// What the tests behind the tables cost.
    pub by_text: usize,
}

impl Compiler<'_> {
    /// Something that is true, false or unknown.
    pub fn test(&mut self, expr: &Expr) -> Compiled<Test> {
        Ok(match expr {
            Expr::And(all) => Test::All(self.tests(all)?),
            Expr::Or(all) => Test::Any(self.tests(all)?),
            Expr::Not(inner) => Test::Not(Box::new(self.test(inner)?)),
            Expr::Compare(comparison, pair) => self.compare(*comparison, pair)?,
            Expr::Like(pair) => self.like(pair)?,
            Expr::Between(three) => self.between(three)?,
            Expr::In(value, list) => self.one_of(value, list)?,
            Expr::IsNull(inner) => no_value(self.operand(inner)?),
            Expr::Spatial(relation, pair) => self.spatial(*relation, pair)?,
            Expr::Temporal(relation, pair) => self.temporal(*relation, pair)?,
            Expr::Array(relation, pair) => self.array(*relation, pair)?,
            other => match self.operand(other)? {
                Operand::Boolean(test) => test,
                operand => {
                    return Err(mismatch(format!(
                        "{} is {}, where true or false is wanted",
                        shown(other),
                        operand.kind()
                    )));
                }
            },
        })
    }

    /// The cheap ones first: the answer is the same in any order.
    fn tests(&mut self, all: &[Expr]) -> Compiled<Vec<Test>> {
        let mut tests: Vec<Test> = all.iter().map(|expr| self.test(expr)).collect::<Compiled<_>>()?;
        tests.sort_by_cached_key(Test::cost);
        Ok(tests)
    }

    fn pair(&mut self, [left, right]: &[Expr; 2]) -> Compiled<[Operand; 2]> {
        Ok([self.operand(left)?, self.operand(right)?])
    }

    fn operand(&mut self, expr: &Expr) -> Compiled<Operand> {
        Ok(match expr {
            Expr::Property(name) => self.property(name)?,
            Expr::Text(text) => Operand::Text(TextOperand::Literal(text.nfc().collect())),
            Expr::Number(number) => Operand::Number(NumberOperand::Literal(*number)),
            Expr::Boolean(flag) => Operand::Boolean(Test::Known(*flag)),
            Expr::Date(day) => Operand::Date(day_operand(*day)),
            Expr::Timestamp(moment) => Operand::Timestamp(moment_operand(moment)),
            Expr::Interval(ends) => self.interval(ends)?,
            Expr::Geometry(geometry) => Operand::Geometry(Some(Box::new(self.way.shape(geometry)?))),
            Expr::BBox(corners) => Operand::Geometry(Some(Box::new(self.way.boxed(**corners)?))),
            Expr::List(all) => Operand::Array(all.iter().map(|expr| self.operand(expr)).collect::<Compiled<_>>()?),
            Expr::Casei(inner) => Operand::Text(match self.text(inner)? {
                TextOperand::Literal(text) => TextOperand::Literal(caseless(&text)),
                other => TextOperand::Caseless(Box::new(other)),
            }),
            Expr::Accenti(inner) => Operand::Text(match self.text(inner)? {
                TextOperand::Literal(text) => TextOperand::Literal(bare(&text)),
                other => TextOperand::Bare(Box::new(other)),
            }),
            Expr::Arithmetic(operator, pair) => {
                let [left, right] = [self.number(&pair[0])?, self.number(&pair[1])?];
                Operand::Number(NumberOperand::Arithmetic(*operator, Box::new([left, right])))
            }
            Expr::Call(name, arguments) => self.call(name, arguments)?,
            logical => Operand::Boolean(self.test(logical)?),
        })
    }

    fn property(&self, name: &str) -> Compiled<Operand> {
        let Layer { id_field, fields, .. } = self.layer;
        let id = || match id_field.field_type {
            FieldType::Integer => Operand::Number(NumberOperand::Id),
            _ => Operand::Text(TextOperand::Id),
        };
        if name == id_field.name && self.audience.may_see(id_field.audience) {
            return Ok(id());
        }
        let visible = fields.iter().enumerate().filter(|(_, field)| self.audience.may_see(field.audience));
        if let Some((place, field)) = visible.clone().find(|(_, field)| field.name == name) {
            return Ok(match field.field_type {
                FieldType::Text | FieldType::Code => Operand::Text(TextOperand::Field(place)),
                FieldType::Integer | FieldType::Real => Operand::Number(NumberOperand::Field(place)),
                FieldType::Boolean => Operand::Boolean(Test::Flag(place)),
                FieldType::Date => Operand::Date(InstantOperand::Date(place)),
                FieldType::DateTime => Operand::Timestamp(InstantOperand::Timestamp(place)),
            });
        }
        match name {
            "id" => Ok(id()),
            "geometry" => Ok(Operand::Geometry(None)),
            _ => {
                let known = visible.map(|(_, field)| field.name.as_str());
                let known: Vec<&str> = ["id"].into_iter().chain(known).chain(["geometry"]).collect();
                let layer = self.layer.id.to_string();
                Err(FilterError::UnknownProperty { name: Shown::new(name), layer, known: known.join(", ") })
            }
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) -> Compiled<Operand> {
        let measure = match name.to_ascii_lowercase().as_str() {
            "area" => NumberOperand::Area,
            "length" => NumberOperand::Length,
            _ => return Err(FilterError::UnknownFunction { name: Shown::new(name), known: functions::known() }),
        };
        let own = match arguments {
            [] => true,
            [one] => matches!(self.operand(one)?, Operand::Geometry(None)),
            _ => false,
        };
        if !own {
            return Err(mismatch(format!(
                "{} measures the feature: it takes no argument, or `geometry`",
                Shown::new(name)
            )));
        }
        Ok(Operand::Number(measure))
    }

    fn text(&mut self, expr: &Expr) -> Compiled<TextOperand> {
        match self.operand(expr)? {
            Operand::Text(text) => Ok(text),
            other => Err(mismatch(format!("{} is {}, where a text is wanted", shown(expr), other.kind()))),
        }
    }

    fn number(&mut self, expr: &Expr) -> Compiled<NumberOperand> {
        match self.operand(expr)? {
            Operand::Number(number) => Ok(number),
            other => Err(mismatch(format!("{} is {}, where a number is wanted", shown(expr), other.kind()))),
        }
    }

    fn interval(&mut self, ends: &[Option<Expr>; 2]) -> Compiled<Operand> {
        let mut kinds = Vec::new();
        let mut end = |end: &Option<Expr>, open: i64| {
            let Some(expr) = end else { return Ok(InstantOperand::Literal(open)) };
            let operand = self.operand(expr)?;
            kinds.push(operand.kind());
            match operand {
                Operand::Date(instant) | Operand::Timestamp(instant) => Ok(instant),
                other => {
                    Err(mismatch(format!("{} is {}, where a day or a moment is wanted", shown(expr), other.kind())))
                }
            }
        };
        let ends = [end(&ends[0], i64::MIN)?, end(&ends[1], i64::MAX)?];
        if let [InstantOperand::Literal(start), InstantOperand::Literal(end)] = ends
            && start > end
        {
            return Err(mismatch("an interval ends before it starts".to_owned()));
        }
        match *kinds.as_slice() {
            [] => Err(mismatch("an interval has a day or a moment at one end at least".to_owned())),
            [kind] => Ok(Operand::Interval(kind, Box::new(ends))),
            [start, end, ..] if start == end => Ok(Operand::Interval(start, Box::new(ends))),
            [start, end, ..] => Err(mismatch(format!(
                "an interval goes from a day to a day or from a moment to a moment, not from {start} to {end}"
            ))),
        }
    }

    /// What depends on one text of the row is looked at once for each text of a dictionary.
    fn of_text(&mut self, test: Test, field: Option<usize>) -> Test {
        let Some(field) = field else { return test };
        self.tables.push(field);
        self.by_text += test.cost();
        Test::OfText { field, table: self.tables.len() - 1, test: Box::new(test) }
    }

    fn compare(&mut self, comparison: Comparison, pair: &[Expr; 2]) -> Compiled<Test> {
        let mut operands = self.pair(pair)?;
        make_alike(&mut operands, &pair.each_ref())?;
        let field = only_text(&operands);
        Ok(match operands.into() {
            (Operand::Number(left), Operand::Number(right)) => Test::CompareNumber(comparison, Box::new([left, right])),
            (Operand::Date(left), Operand::Date(right)) | (Operand::Timestamp(left), Operand::Timestamp(right)) => {
                Test::CompareInstant(comparison, Box::new([left, right]))
            }
            (left, right) => self.of_text(Test::Compare(comparison, Box::new([left, right])), field),
        })
    }

    fn between(&mut self, exprs: &[Expr; 3]) -> Compiled<Test> {
        let [value, low, high] = exprs;
        let mut operands = [self.operand(value)?, self.operand(low)?, self.operand(high)?];
        make_alike(&mut operands, &exprs.each_ref())?;
        let field = only_text(&operands);
        Ok(self.of_text(Test::Between(Box::new(operands)), field))
    }

    fn like(&mut self, [text, pattern]: &[Expr; 2]) -> Compiled<Test> {
        let searched = self.text(text)?;
        let TextOperand::Literal(pattern) = self.text(pattern)? else {
            return Err(mismatch("the pattern after LIKE is a text in quotes, or CASEI or ACCENTI of one".to_owned()));
        };
        let length = pattern.chars().count();
        if length > MAX_PATTERN {
            return Err(FilterError::TooLongPattern(length));
        }
        let field = only_field([&searched]);
        Ok(self.of_text(Test::Like(searched, Pattern::new(&pattern)), field))
    }

    /// Literals are looked up in a sorted list; what else is listed is compared one by one.
    fn one_of(&mut self, value: &Expr, list: &[Expr]) -> Compiled<Test> {
        let exprs: Vec<&Expr> = std::iter::once(value).chain(list).collect();
        let mut operands: Vec<Operand> = exprs.iter().map(|expr| self.operand(expr)).collect::<Compiled<_>>()?;
        make_alike(&mut operands, &exprs)?;
        let field = only_text(&operands);
        let value = Box::new(operands.swap_remove(0));
        let mut literals: Vec<Item<'static>> = operands.iter().filter_map(literal).collect();
        literals.sort_unstable_by(Item::order);
        operands.retain(|operand| literal(operand).is_none());
        Ok(self.of_text(Test::In(value, literals, operands), field))
    }

    fn spatial(&mut self, relation: SpatialRelation, pair: &[Expr; 2]) -> Compiled<Test> {
        let name = relation.name().to_ascii_uppercase();
        let geometry = |operand: Operand, expr: &Expr| match operand {
            Operand::Geometry(Some(shape)) if !tells(relation, &shape) => Err(mismatch(format!(
                "{name} takes no collection of points, lines and polygons together, or of polygons that overlap: {} is \
                 one; ask for its members",
                shown(expr)
            ))),
            Operand::Geometry(shape) => Ok(shape),
            other => Err(mismatch(format!("{name} relates geometries, and {} is {}", shown(expr), other.kind()))),
        };
        let [left, right] = self.pair(pair)?;
        let (left, right) = (geometry(left, &pair[0])?, geometry(right, &pair[1])?);
        Ok(match (left, right) {
            (None, Some(shape)) => Test::Spatial(Box::new(SpatialTest::new(relation, *shape))),
            (Some(shape), None) => Test::Spatial(Box::new(SpatialTest::new(converse(relation), *shape))),
            (Some(left), Some(right)) => Test::Known(related(relation, &left, &right)),
            // A geometry to itself.
            (None, None) => Test::Known(matches!(
                relation,
                SpatialRelation::Contains
                    | SpatialRelation::Equals
                    | SpatialRelation::Intersects
                    | SpatialRelation::Within
            )),
        })
    }

    fn temporal(&mut self, relation: TemporalRelation, pair: &[Expr; 2]) -> Compiled<Test> {
        let name = relation.name().to_ascii_uppercase();
        let ends = |operand: Operand, expr: &Expr| {
            let kind = operand.kind();
            match operand {
                Operand::Interval(kind, ends) => Ok((kind, *ends)),
                Operand::Date(_) | Operand::Timestamp(_) if needs_intervals(relation) => {
                    Err(mismatch(format!("{name} relates intervals, and {} is {kind}", shown(expr))))
                }
                Operand::Date(instant) | Operand::Timestamp(instant) => Ok((kind, [instant.clone(), instant])),
                _ => {
                    Err(mismatch(format!("{name} relates days, moments and intervals, and {} is {kind}", shown(expr))))
                }
            }
        };
        let [left, right] = self.pair(pair)?;
        let ((left_kind, [a, b]), (right_kind, [c, d])) = (ends(left, &pair[0])?, ends(right, &pair[1])?);
        if left_kind != right_kind {
            return Err(incomparable((left_kind, &pair[0]), (right_kind, &pair[1])));
        }
        Ok(Test::Temporal(relation, Box::new([a, b, c, d])))
    }

    fn array(&mut self, relation: ArrayRelation, pair: &[Expr; 2]) -> Compiled<Test> {
        let name = relation.name().to_ascii_uppercase();
        let elements = |operand: Operand, expr: &Expr| match operand {
            Operand::Array(all) if all.iter().all(is_single) => Ok(all),
            Operand::Array(_) => Err(mismatch(format!("{name} does not compare geometries and intervals"))),
            other => Err(mismatch(format!("{name} relates arrays, and {} is {}", shown(expr), other.kind()))),
        };
        let [left, right] = self.pair(pair)?;
        Ok(Test::Array(ArrayTest::new(relation, [elements(left, &pair[0])?, elements(right, &pair[1])?])))
    }
}

fn is_single(element: &Operand) -> bool {
    match element {
        Operand::Geometry(_) | Operand::Interval(..) => false,
        Operand::Array(all) => all.iter().all(is_single),
        _ => true,
    }
}

fn no_value(operand: Operand) -> Test {
    match operand {
        Operand::Interval(Kind::Date, ends) => Test::Any(ends.map(|end| no_value(Operand::Date(end))).into()),
        Operand::Interval(_, ends) => Test::Any(ends.map(|end| no_value(Operand::Timestamp(end))).into()),
        // No feature is without a geometry.
        Operand::Geometry(_) => Test::Known(false),
        other => Test::NoValue(Box::new(other)),
    }
}

/// Sees to it that operands are of one kind that has an order: what a comparison needs. Beside a day or a moment, a text in
/// quotes stands for one.
fn make_alike(operands: &mut [Operand], exprs: &[&Expr]) -> Compiled<()> {
    let mut kinds = operands.iter().map(Operand::kind);
    let instant = kinds.find(|kind| matches!(kind, Kind::Date | Kind::Timestamp));
    for operand in operands.iter_mut() {
        let Operand::Text(TextOperand::Literal(text)) = operand else { continue };
        *operand = match instant {
            Some(Kind::Date) => Operand::Date(day_operand(cast_date(text)?)),
            Some(_) => Operand::Timestamp(moment_operand(&cast_timestamp(text)?)),
            None => continue,
        };
    }
    let first = operands[0].kind();
    let ordered = !matches!(first, Kind::Geometry | Kind::Interval | Kind::Array);
    let odd = operands.iter().zip(exprs).skip(1).find(|(operand, _)| !ordered || operand.kind() != first);
    odd.map_or(Ok(()), |(operand, expr)| Err(incomparable((first, exprs[0]), (operand.kind(), expr))))
}

/// The only field on which operands depend, if they are texts and there is exactly one.
fn only_text(operands: &[Operand]) -> Option<usize> {
    let texts = operands.iter().map(|operand| match operand {
        Operand::Text(text) => Some(text),
        _ => None,
    });
    texts.collect::<Option<Vec<&TextOperand>>>().and_then(only_field)
}

fn day_operand(day: NaiveDate) -> InstantOperand {
    InstantOperand::Literal(day.signed_duration_since(NaiveDate::default()).num_days())
}

fn moment_operand(moment: &DateTime<Utc>) -> InstantOperand {
    InstantOperand::Literal(moment.timestamp_micros())
}

fn mismatch(what: String) -> FilterError {
    FilterError::Mismatch(what)
}

fn shown(expr: &Expr) -> Shown {
    Shown::new(&expr.to_string())
}

fn incomparable((left, left_expr): (Kind, &Expr), (right, right_expr): (Kind, &Expr)) -> FilterError {
    let way_out = match (left, right) {
        (Kind::Date, Kind::Timestamp) | (Kind::Timestamp, Kind::Date) => {
            ": a day has no time zone; write TIMESTAMP('...Z') beside a moment and DATE('...') beside a day"
        }
        (Kind::Text, Kind::Number) | (Kind::Number, Kind::Text) => ": in quotes a number is a text",
        (Kind::Geometry, Kind::Geometry) => ": geometries are compared by S_EQUALS and the other S_... predicates",
        (Kind::Interval, _) | (_, Kind::Interval) => ": intervals are compared by T_... predicates",
        _ => "",
    };
    mismatch(format!(
        "{} is {left} and {} is {right}, which are not compared{way_out}",
        shown(left_expr),
        shown(right_expr)
    ))
}
