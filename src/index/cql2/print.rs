//! A filter as CQL2 text: one way to write each, with no more parentheses than it needs.

use std::fmt::{self, Display, Formatter, Write};

use geo_types::{Coord, Geometry, LineString, Polygon};

use super::expr::Expr;
use super::instant::print_timestamp;
use super::lexer::{ESCAPES, is_name};
use super::parser::{AND, NOT, OPERAND, OR, POWER, PREDICATE, SUM, WEAKEST, is_keyword, strength};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(all) => join(f, all, " AND ", AND + 1),
            Self::Or(all) => join(f, all, " OR ", OR + 1),
            Self::Not(inner) => negated(f, inner),
            Self::Compare(comparison, pair) => infix(f, pair, comparison.name(), [SUM; 2]),
            Self::Like(pair) => infix(f, pair, "LIKE", [SUM; 2]),
            Self::Arithmetic(operator, pair) => {
                let own = strength(*operator);
                let left = if own == POWER { OPERAND } else { own };
                infix(f, pair, &operator.name().to_ascii_uppercase(), [left, own + 1])
            }
            Self::Between(three) => between(f, three, "BETWEEN"),
            Self::In(value, list) => in_list(f, value, "IN", list),
            Self::IsNull(value) => is(f, value, "NULL"),
            Self::Spatial(relation, pair) => call(f, relation.name(), pair.as_slice()),
            Self::Temporal(relation, pair) => call(f, relation.name(), pair.as_slice()),
            Self::Array(relation, pair) => call(f, relation.name(), pair.as_slice()),
            Self::Casei(text) => write!(f, "CASEI({text})"),
            Self::Accenti(text) => write!(f, "ACCENTI({text})"),
            Self::Call(name, arguments) => write!(f, "{name}({})", Joined(arguments)),
            Self::List(all) => write!(f, "({})", Joined(all)),
            Self::Property(name) => print_name(f, name),
            Self::Text(text) => print_text(f, text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(flag) => f.write_str(if *flag { "TRUE" } else { "FALSE" }),
            Self::Date(day) => write!(f, "DATE('{}')", day.format("%Y-%m-%d")),
            Self::Timestamp(moment) => write!(f, "TIMESTAMP('{}')", print_timestamp(moment)),
            Self::Interval(ends) => write!(f, "INTERVAL({}, {})", End(ends[0].as_ref()), End(ends[1].as_ref())),
            Self::Geometry(geometry) => print_geometry(f, geometry),
            Self::BBox(corners) => write!(f, "BBOX({})", corners.map(coordinate).join(", ")),
        }
    }
}

fn binds(expr: &Expr) -> u8 {
    match expr {
        Expr::Or(_) => OR,
        Expr::And(_) => AND,
        Expr::Not(inner) if matches!(**inner, Expr::Like(_) | Expr::Between(_) | Expr::In(..) | Expr::IsNull(_)) => {
            PREDICATE
        }
        Expr::Not(_) => NOT,
        Expr::Compare(..) | Expr::Like(_) | Expr::Between(_) | Expr::In(..) | Expr::IsNull(_) => PREDICATE,
        Expr::Arithmetic(operator, _) => strength(*operator),
        _ => OPERAND,
    }
}

/// In parentheses where it binds less than its place asks for.
fn operand(f: &mut Formatter<'_>, expr: &Expr, least: u8) -> fmt::Result {
    if binds(expr) < least { write!(f, "({expr})") } else { write!(f, "{expr}") }
}

fn infix(f: &mut Formatter<'_>, [left, right]: &[Expr; 2], sign: &str, [at_left, at_right]: [u8; 2]) -> fmt::Result {
    operand(f, left, at_left)?;
    write!(f, " {sign} ")?;
    operand(f, right, at_right)
}

fn join(f: &mut Formatter<'_>, all: &[Expr], between: &str, least: u8) -> fmt::Result {
    for (number, expr) in all.iter().enumerate() {
        if number > 0 {
            f.write_str(between)?;
        }
        operand(f, expr, least)?;
    }
    Ok(())
}

fn negated(f: &mut Formatter<'_>, inner: &Expr) -> fmt::Result {
    match inner {
        Expr::Like(pair) => infix(f, pair, "NOT LIKE", [SUM; 2]),
        Expr::Between(three) => between(f, three, "NOT BETWEEN"),
        Expr::In(value, list) => in_list(f, value, "NOT IN", list),
        Expr::IsNull(value) => is(f, value, "NOT NULL"),
        other => {
            f.write_str("NOT ")?;
            operand(f, other, PREDICATE)
        }
    }
}

fn between(f: &mut Formatter<'_>, [value, low, high]: &[Expr; 3], word: &str) -> fmt::Result {
    operand(f, value, SUM)?;
    write!(f, " {word} ")?;
    operand(f, low, SUM)?;
    f.write_str(" AND ")?;
    operand(f, high, SUM)
}

fn in_list(f: &mut Formatter<'_>, value: &Expr, word: &str, list: &[Expr]) -> fmt::Result {
    operand(f, value, SUM)?;
    write!(f, " {word} ({})", Joined(list))
}

fn is(f: &mut Formatter<'_>, value: &Expr, what: &str) -> fmt::Result {
    operand(f, value, SUM)?;
    write!(f, " IS {what}")
}

fn call(f: &mut Formatter<'_>, name: &str, arguments: &[Expr]) -> fmt::Result {
    write!(f, "{}({})", name.to_ascii_uppercase(), Joined(arguments))
}

struct Joined<'a>(&'a [Expr]);

impl Display for Joined<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        join(f, self.0, ", ", WEAKEST)
    }
}

struct End<'a>(Option<&'a Expr>);

impl Display for End<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("'..'"),
            Some(Expr::Date(day)) => write!(f, "'{}'", day.format("%Y-%m-%d")),
            Some(Expr::Timestamp(moment)) => write!(f, "'{}'", print_timestamp(moment)),
            Some(other) => operand(f, other, SUM),
        }
    }
}

fn print_name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if is_name(name) && !is_keyword(name) {
        return f.write_str(name);
    }
    write!(f, "\"{}\"", name.replace('"', "\"\""))
}

fn print_text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for c in text.chars() {
        match ESCAPES.iter().find(|(_, meant)| *meant == c) {
            Some(('\'', _)) => f.write_str("''")?,
            Some((letter, _)) => write!(f, "\\{letter}")?,
            None => f.write_char(c)?,
        }
    }
    f.write_char('\'')
}

fn print_geometry(f: &mut Formatter<'_>, geometry: &Geometry<f64>) -> fmt::Result {
    match geometry {
        Geometry::Point(point) => write!(f, "POINT({})", place(&point.0)),
        Geometry::LineString(line) => write!(f, "LINESTRING{}", places(line)),
        Geometry::Polygon(polygon) => write!(f, "POLYGON{}", rings(polygon)),
        Geometry::MultiPoint(points) => {
            write!(f, "MULTIPOINT{}", list(points.iter().map(|point| format!("({})", place(&point.0)))))
        }
        Geometry::MultiLineString(lines) => write!(f, "MULTILINESTRING{}", list(lines.iter().map(places))),
        Geometry::MultiPolygon(polygons) => write!(f, "MULTIPOLYGON{}", list(polygons.iter().map(rings))),
        Geometry::GeometryCollection(all) => {
            f.write_str("GEOMETRYCOLLECTION(")?;
            for (number, member) in all.iter().enumerate() {
                f.write_str(if number > 0 { ", " } else { "" })?;
                print_geometry(f, member)?;
            }
            f.write_char(')')
        }
        Geometry::Line(line) => print_geometry(f, &Geometry::LineString((*line).into())),
        Geometry::Rect(rect) => print_geometry(f, &Geometry::Polygon(rect.to_polygon())),
        Geometry::Triangle(triangle) => print_geometry(f, &Geometry::Polygon(triangle.to_polygon())),
    }
}

fn place(place: &Coord<f64>) -> String {
    format!("{} {}", coordinate(place.x), coordinate(place.y))
}

/// With an exponent where the digits would go on for ever.
fn coordinate(number: f64) -> String {
    let exact = format!("{number:?}");
    exact.strip_suffix(".0").map_or_else(|| exact.clone(), str::to_owned)
}

fn places(line: &LineString<f64>) -> String {
    list(line.coords().map(place))
}

fn rings(polygon: &Polygon<f64>) -> String {
    list(std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(places))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    format!("({})", parts.collect::<Vec<_>>().join(", "))
}
