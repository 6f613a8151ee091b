//! CQL2 JSON to a filter.

use serde_json::{Map, Value as Json};

use super::error::{FilterError, Shown};
use super::expr::{ArrayRelation, Comparison, Expr, Operator, SpatialRelation, TemporalRelation};
use super::geojson::{geometry, numbers};
use super::instant;
use super::lexer::is_name;
use super::limits::{Budget, MAX_DEPTH, check_depth, check_length};
use super::literal::bbox;
use super::number::Number;
use super::parser::is_keyword;

type Read = Result<Expr, FilterError>;

/// Reads a filter in CQL2 JSON (annex C of the standard). Names of operations are read in any case; members that the standard
/// does not name are passed over.
pub fn parse_json(text: &str) -> Read {
    check_length(text)?;
    let json = serde_json::from_str(text).map_err(|error| FilterError::Json(error.to_string()))?;
    let expr = Reader { budget: Budget::default(), depth: 0 }.value(&json)?;
    check_depth(&expr)?;
    Ok(expr)
}

struct Reader {
    budget: Budget,
    depth: usize,
}

impl Reader {
    /// Anything but an array.
    fn value(&mut self, json: &Json) -> Read {
        self.budget.node()?;
        match json {
            Json::Object(object) => self.nested(|reader| reader.object(json, object)),
            Json::String(text) => Ok(Expr::Text(text.clone())),
            Json::Bool(flag) => Ok(Expr::Boolean(*flag)),
            Json::Number(number) => {
                let real = || number.as_f64().and_then(Number::real);
                let number = number.as_i64().map(Number::Integer).or_else(real);
                number.map(Expr::Number).ok_or_else(|| FilterError::json("a number is larger than any of 64 bits"))
            }
            Json::Array(_) => {
                Err(FilterError::json("an array stands only in a_... predicates, in functions and after `in`"))
            }
            Json::Null => Err(FilterError::json("null is no value of a filter; `isNull` asks whether there is none")),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Read) -> Read {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FilterError::TooDeep);
        }
        let expr = read(self);
        self.depth -= 1;
        expr
    }

    fn object(&mut self, json: &Json, object: &Map<String, Json>) -> Read {
        let text = |key: &str| object.get(key).and_then(Json::as_str);
        if let Some(name) = text("op") {
            let arguments = object.get("args").and_then(Json::as_array);
            let arguments =
                arguments.ok_or_else(|| FilterError::json(format!("{} needs an array `args`", Shown::new(name))))?;
            return self.operation(name, arguments);
        }
        if let Some(name) = text("property") {
            return if name.is_empty() {
                Err(FilterError::json("a name is not empty"))
            } else {
                Ok(Expr::Property(name.to_owned()))
            };
        }
        if let Some(day) = text("date") {
            return instant::date(day).map(Expr::Date).map_err(FilterError::Json);
        }
        if let Some(moment) = text("timestamp") {
            return instant::timestamp(moment).map(Expr::Timestamp).map_err(FilterError::Json);
        }
        if let Some(Json::Array(bounds)) = object.get("interval") {
            return self.interval(bounds);
        }
        if object.contains_key("type") {
            return geometry(json, &mut self.budget).map(|geometry| Expr::Geometry(Box::new(geometry)));
        }
        if let Some(corners) = object.get("bbox") {
            return bbox(&numbers(corners)?).map(|corners| Expr::BBox(Box::new(corners)));
        }
        Err(FilterError::json("an object has a member op, property, date, timestamp, interval, type or bbox"))
    }

    fn interval(&mut self, bounds: &[Json]) -> Read {
        let [start, end] = bounds else { return Err(FilterError::json("an interval has two ends")) };
        let mut bound = |json: &Json| match json {
            Json::String(text) => instant::bound(text).map_err(FilterError::Json),
            other => self.value(other).map(Some),
        };
        Ok(Expr::Interval(Box::new([bound(start)?, bound(end)?])))
    }

    fn operation(&mut self, name: &str, arguments: &[Json]) -> Read {
        let is = |word: &str| name.eq_ignore_ascii_case(word);
        if is("and") || is("or") {
            let all: Vec<Expr> = arguments.iter().map(|json| self.value(json)).collect::<Result<_, _>>()?;
            return match (all.len(), is("and")) {
                (0 | 1, _) => Err(FilterError::json(format!("`{name}` needs two arguments or more"))),
                (_, true) => Ok(Expr::And(all)),
                (_, false) => Ok(Expr::Or(all)),
            };
        }
        if is("not") {
            return self.single(name, arguments).map(Expr::Not);
        }
        if is("isNull") {
            return self.single(name, arguments).map(Expr::IsNull);
        }
        if is("casei") {
            return self.single(name, arguments).map(Expr::Casei);
        }
        if is("accenti") {
            return self.single(name, arguments).map(Expr::Accenti);
        }
        if is("between") {
            return Ok(Expr::Between(self.exactly(name, arguments, Self::value)?));
        }
        if is("in") {
            return self.in_list(name, arguments);
        }
        self.relation(name, arguments)
    }

    fn relation(&mut self, name: &str, arguments: &[Json]) -> Read {
        if name.eq_ignore_ascii_case("like") {
            return Ok(Expr::Like(self.exactly(name, arguments, Self::value)?));
        }
        if let Some(comparison) = Comparison::named(name) {
            return Ok(Expr::Compare(comparison, self.exactly(name, arguments, Self::value)?));
        }
        if let Some(operator) = Operator::named(name) {
            return Ok(Expr::Arithmetic(operator, self.exactly(name, arguments, Self::value)?));
        }
        if let Some(relation) = SpatialRelation::named(name) {
            return Ok(Expr::Spatial(relation, self.exactly(name, arguments, Self::value)?));
        }
        if let Some(relation) = TemporalRelation::named(name) {
            return Ok(Expr::Temporal(relation, self.exactly(name, arguments, Self::value)?));
        }
        if let Some(relation) = ArrayRelation::named(name) {
            return Ok(Expr::Array(relation, self.exactly(name, arguments, Self::array_or_value)?));
        }
        if !is_name(name) || is_keyword(name) {
            return Err(FilterError::json(format!("{} is no operation and no name of a function", Shown::new(name))));
        }
        let arguments = arguments.iter().map(|json| self.element(json)).collect::<Result<_, _>>()?;
        Ok(Expr::Call(name.to_owned(), arguments))
    }

    fn exactly<const N: usize>(
        &mut self,
        name: &str,
        arguments: &[Json],
        mut one: impl FnMut(&mut Self, &Json) -> Read,
    ) -> Result<Box<[Expr; N]>, FilterError> {
        let all: Vec<Expr> = arguments.iter().take(N).map(|json| one(self, json)).collect::<Result<_, _>>()?;
        let found = arguments.len();
        let all = all.try_into().ok().filter(|_| found == N);
        all.map(Box::new)
            .ok_or_else(|| FilterError::json(format!("{} takes {N} arguments, and here are {found}", Shown::new(name))))
    }

    fn single(&mut self, name: &str, arguments: &[Json]) -> Result<Box<Expr>, FilterError> {
        let [one] = *self.exactly(name, arguments, Self::value)?;
        Ok(Box::new(one))
    }

    fn in_list(&mut self, name: &str, arguments: &[Json]) -> Read {
        let [value, Json::Array(list)] = arguments else {
            return Err(FilterError::json(format!("`{name}` takes a value and an array")));
        };
        if list.is_empty() {
            return Err(FilterError::json(format!("the array of `{name}` is not empty")));
        }
        let value = self.value(value)?;
        let listed = list.iter().map(|json| {
            let value = self.value(json)?;
            if value.is_literal() {
                self.budget.was_listed()?;
            }
            Ok(value)
        });
        Ok(Expr::In(Box::new(value), listed.collect::<Result<_, _>>()?))
    }

    fn array_or_value(&mut self, json: &Json) -> Read {
        let Json::Array(elements) = json else { return self.value(json) };
        self.budget.node()?;
        elements.iter().map(|json| self.element(json)).collect::<Result<_, _>>().map(Expr::List)
    }

    /// An element of an array or an argument of a function.
    fn element(&mut self, json: &Json) -> Read {
        let Json::Array(elements) = json else { return self.value(json) };
        self.budget.node()?;
        let elements: Vec<Expr> = elements.iter().map(|json| self.value(json)).collect::<Result<_, _>>()?;
        if elements.iter().all(Expr::is_plain) {
            return Ok(Expr::List(elements));
        }
        Err(FilterError::json("an array inside an array or a function takes plain values"))
    }
}
