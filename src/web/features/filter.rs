//! `filter`, `filter-lang`, `filter-crs`, `datetime`, `sortby`, and properties by their names: which features are wanted, and in which
//! order (OGC 19-079r2; sections 7.9 and 7.15.4 of 17-069r4).

use super::area::{Asked, asked, system, way};
use crate::crs::OgcCrs;
use crate::index::cql2::{Comparison, Expr, Filter, FilterError, parse_json, parse_text};
use crate::index::page::{Area, Wanted};
use crate::index::sort::SortKey;
use crate::model::validity::Interval;
use crate::model::{Audience, FieldType, Layer};
use crate::web::error::Problem;
use crate::web::parameters::{Parameters, wrong};

/// Fields of an order, at most.
const SORT_KEYS: usize = 5;

/// `filter`, `filter-lang` and `filter-crs`: read on a worker, made ready on the thread that looks.
pub struct Chosen {
    expr: Option<Expr>,
    crs: OgcCrs,
}

impl Chosen {
    /// Takes the parameters.
    pub fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let crs = system(parameters, "filter-crs")?;
        let parse = match parameters.text("filter-lang").as_deref() {
            None | Some("cql2-text") => parse_text,
            Some("cql2-json") => parse_json,
            Some(other) => return Err(wrong("filter-lang", other, "it is one of cql2-text, cql2-json")),
        };
        let expr = parameters.text("filter").map(|text| parse(&text)).transpose();
        Ok(Self { expr: expr.map_err(|error| refused(&error))?, crs })
    }

    /// Holds the filter against a layer.
    pub fn filter(&self, layer: &Layer, audience: Audience) -> Result<Option<Filter>, Problem> {
        let Some(expr) = &self.expr else { return Ok(None) };
        let transform = way(&self.crs)?;
        let to_lon_lat = |place| transform.lon_lat(self.crs.ordered(place));
        Filter::compile(expr, layer, audience, &to_lon_lat).map(Some).map_err(|error| refused(&error))
    }
}

/// Which features of a layer are asked for.
pub struct Choice {
    area: Option<Asked>,
    chosen: Chosen,
    interval: Option<Interval>,
}

/// What a [`Choice`] comes to.
pub struct Ready {
    areas: Vec<Area>,
    filter: Option<Filter>,
    interval: Option<Interval>,
}

impl Choice {
    /// Takes the parameters that choose features of a layer.
    pub fn read(parameters: &mut Parameters, layer: &Layer, audience: Audience) -> Result<Self, Problem> {
        let area = asked(parameters)?;
        let Chosen { expr, crs } = Chosen::read(parameters)?;
        let interval = parameters.interval("datetime")?;
        let mut all: Vec<Expr> = expr.into_iter().chain(equalities(parameters, layer, audience)?).collect();
        let expr = if all.len() > 1 { Some(Expr::And(all)) } else { all.pop() };
        Ok(Self { area, chosen: Chosen { expr, crs }, interval })
    }

    /// Holds it against the layer. To be called on the thread that looks.
    pub fn ready(&self, layer: &Layer, audience: Audience) -> Result<Ready, Problem> {
        let areas = self.area.as_ref().map_or(Ok(Vec::new()), Asked::areas)?;
        Ok(Ready { areas, filter: self.chosen.filter(layer, audience)?, interval: self.interval })
    }
}

impl Ready {
    /// For the index.
    #[must_use]
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted { areas: &self.areas, filter: self.filter.as_ref(), interval: self.interval.as_ref() }
    }
}

fn refused(error: &FilterError) -> Problem {
    Problem::BadRequest(format!("the filter cannot be meant: {error}"))
}

/// `name=Vinh`: parameters that are properties, each of which has to have that value.
fn equalities(parameters: &mut Parameters, layer: &Layer, audience: Audience) -> Result<Vec<Expr>, Problem> {
    let seen = |name: &str| {
        let own = std::iter::once(&layer.id_field)
            .chain(layer.fields.iter().filter(|field| audience.may_see(field.audience)));
        own.into_iter().find(|field| field.name == name)
    };
    let given = parameters.others(|name| seen(name).is_some());
    let equal = given.into_iter().map(|(name, text)| {
        let field_type = seen(&name).map_or(FieldType::Text, |field| field.field_type);
        let value = literal(&text, field_type)
            .ok_or_else(|| Problem::BadRequest(format!("`{name}={text}`: the property holds {}", told(field_type))))?;
        Ok(Expr::Compare(Comparison::Equal, Box::new([Expr::Property(name), value])))
    });
    equal.collect()
}

fn literal(text: &str, field_type: FieldType) -> Option<Expr> {
    match field_type {
        FieldType::Text | FieldType::Code => Some(Expr::Text(text.to_owned())),
        // As numbers GDAL has them.
        FieldType::Boolean => match text {
            "1" => Some(Expr::Boolean(true)),
            "0" => Some(Expr::Boolean(false)),
            text => text.parse().ok().map(Expr::Boolean),
        },
        FieldType::Date => text.parse().ok().map(Expr::Date),
        FieldType::DateTime => text.parse().ok().map(Expr::Timestamp),
        FieldType::Integer | FieldType::Real => match parse_text(&format!("x = {text}")) {
            Ok(Expr::Compare(Comparison::Equal, pair)) => match *pair {
                [_, number @ Expr::Number(_)] => Some(number),
                _ => None,
            },
            _ => None,
        },
    }
}

fn told(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Code => "text",
        FieldType::Integer => "whole numbers",
        FieldType::Real => "numbers",
        FieldType::Boolean => "true or false",
        FieldType::Date => "days such as 2025-07-01",
        FieldType::DateTime => "moments such as 2025-07-01T00:00:00Z",
    }
}

/// `sortby=-area_m2,name`: the fields, each with its direction. None: by id.
pub fn sort_keys(parameters: &mut Parameters, layer: &Layer, audience: Audience) -> Result<Vec<SortKey>, Problem> {
    let Some(text) = parameters.text("sortby") else { return Ok(Vec::new()) };
    let mut keys = Vec::new();
    for part in text.split(',') {
        let (name, descending) = match part.strip_prefix('-') {
            Some(name) => (name, true),
            None => (part.trim_start_matches(['+', ' ']), false),
        };
        // Equals come by id in any case, and of ids no two are equal.
        if name == layer.id_field.name && !descending {
            break;
        }
        let field = layer.field_index(name).filter(|&field| audience.may_see(layer.fields[field].audience));
        let unknown = || {
            let seen =
                layer.fields.iter().filter(|field| audience.may_see(field.audience)).map(|field| field.name.as_str());
            wrong("sortby", &text, format!("`{name}` is none of {}", seen.collect::<Vec<_>>().join(", ")))
        };
        keys.push(SortKey { field: field.ok_or_else(unknown)?, descending });
    }
    if keys.len() > SORT_KEYS {
        return Err(wrong("sortby", &text, format!("it has {} fields, at most {SORT_KEYS}", keys.len())));
    }
    Ok(keys)
}
