//! `/collections/{layer}/summary`: counts and sums by the values of a field.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use geo_types::MultiPolygon;
use serde_json::{Map, Value as Json, json};

use super::error::Problem;
use super::features::filter::Choice;
use super::features::item;
use super::parameters::{Parameters, wrong};
use super::serving::{Serving, State};
use super::tiles::layer;
use crate::geo::Geometry;
use crate::index::summary::{Group, Measured, Question, Summary, measure};
use crate::index::{Atlas, LayerIndex};
use crate::model::planning::Role;
use crate::model::{Audience, Layer, ValueRef};

/// What a measure comes to.
type Measure = fn(&Measured) -> Option<f64>;

/// What is asked of a field of numbers: the name of the parameter, and of the member of the answer.
const MEASURES: [(&str, Measure); 4] =
    [("sum", Measured::sum), ("avg", Measured::avg), ("min", Measured::min), ("max", Measured::max)];

/// What was asked for.
struct Query {
    question: Question,
    /// The parameter and field of each measure that is told.
    told: Vec<(usize, String)>,
    by: Option<String>,
    choice: Choice,
    within: Option<MultiPolygon<f64>>,
}

impl Query {
    fn read(text: &str, state: &State, layer: &Layer) -> Result<Self, Problem> {
        let audience = state.audience();
        let mut parameters = Parameters::parse(text)?;
        let by = parameters.text("by");
        let mut question = Question {
            by: by.as_deref().map(|name| field(layer, "by", name, audience)).transpose()?,
            ..Question::default()
        };
        let mut told = Vec::new();
        for (number, (parameter, _)) in MEASURES.iter().enumerate() {
            let Some(list) = parameters.text(parameter) else { continue };
            for name in list.split(',') {
                let measure = measure(layer, name, audience);
                question.measures.push(measure.ok_or_else(|| no_measure(layer, parameter, name, audience))?);
                told.push((number, name.to_owned()));
            }
        }
        let within = parameters.text("within").map(|text| place(state, &text)).transpose()?;
        let choice = Choice::read(&mut parameters, layer, audience)?;
        parameters.finish()?;
        Ok(Self { question, told, by, choice, within })
    }

    fn groups(&self, index: &LayerIndex, atlas: &Atlas, audience: Audience) -> Result<Vec<Group>, Problem> {
        let ready = self.choice.ready(index.layer(), audience)?;
        let selections = match &self.within {
            Some(place) => index.wanted_within(&ready.wanted(), place),
            None => index.wanted(&ready.wanted()),
        };
        let present = atlas.present(&index.layer().id);
        let mut summary = Summary::new(self.question.clone(), present.as_deref());
        for (rows, numbers) in selections {
            let added = summary.add(&rows, numbers.into_iter().map(|row| row as usize));
            added.map_err(|error| wrong("by", self.by.as_deref().unwrap_or_default(), error))?;
        }
        Ok(summary.finish())
    }

    fn described(&self, group: &Group, layer: &Layer) -> Json {
        let mut members = Map::new();
        if let Some(by) = self.question.by {
            members.insert("value".into(), json!(group.value.as_ref().map(crate::model::Value::as_ref)));
            let code = layer.fields[by].codes.iter();
            let code = code
                .into_iter()
                .find(|code| group.value.as_ref().is_some_and(|value| value.as_ref() == ValueRef::Text(&code.code)));
            if let Some(code) = code {
                members.insert("title".into(), json!(code.title));
            }
        }
        members.insert("count".into(), json!(group.count));
        for ((number, field), measured) in self.told.iter().zip(&group.measures) {
            let (name, of) = MEASURES[*number];
            let by_field = members.entry(name).or_insert_with(|| json!({}));
            by_field[field] = json!(of(measured));
        }
        Json::Object(members)
    }
}

/// Why a name stands for no numbers.
fn no_measure(layer: &Layer, parameter: &str, name: &str, audience: Audience) -> Problem {
    match field(layer, parameter, name, audience) {
        Ok(_) => wrong(parameter, name, "the field holds no numbers"),
        Err(unknown) if layer.observed.is_empty() => unknown,
        Err(unknown) => {
            let observed: Vec<&str> = layer.observed.iter().map(|observed| observed.name.as_str()).collect();
            Problem::BadRequest(format!("{unknown}; observed are {}", observed.join(", ")))
        }
    }
}

fn field(layer: &Layer, parameter: &str, name: &str, audience: Audience) -> Result<usize, Problem> {
    let seen = |field: &usize| audience.may_see(layer.fields[*field].audience);
    layer.field_index(name).filter(seen).ok_or_else(|| {
        let names =
            layer.fields.iter().filter(|field| audience.may_see(field.audience)).map(|field| field.name.as_str());
        wrong(parameter, name, format!("it is none of {}", names.collect::<Vec<_>>().join(", ")))
    })
}

/// The polygon of `layer/id`, or of `role/id` in the layers with that part in planning.
fn place(state: &State, text: &str) -> Result<MultiPolygon<f64>, Problem> {
    let meant = "it is a layer of areas or a part in planning, and an id, such as wards/16681 or ward/16681";
    let (name, id) = text.split_once('/').ok_or_else(|| wrong("within", text, meant))?;
    let layers = match layer(state, name) {
        Ok(layer) => vec![layer],
        Err(unknown) => Some(of_role(state, name)).filter(|layers| !layers.is_empty()).ok_or(unknown)?,
    };
    let mut found = layers.iter().map(|layer| item::find(state, layer, id));
    let found = found.find(Result::is_ok).unwrap_or_else(|| Err(wrong("within", text, "there is no such feature")))?;
    match found.rows.arena().geometry(found.row) {
        Geometry::Polygons(polygons) => Ok(polygons),
        _ => Err(wrong("within", text, meant)),
    }
}

fn of_role(state: &State, name: &str) -> Vec<Arc<Layer>> {
    let named = |layer: &&Arc<Layer>| {
        let role = layer.planning.as_ref().map(|planning| planning.role);
        Role::NAMES.iter().any(|&(known, part)| known == name && Some(part) == role)
    };
    let seen = state.catalog.layers().iter().filter(|layer| state.audience().may_see(layer.audience));
    seen.filter(named).cloned().collect()
}

/// `GET /collections/{layer}/summary`.
pub async fn summary(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let layer = layer(&state, &path)?;
    let query = Query::read(request.query_string(), &state, &layer)?;
    let atlas = Arc::clone(state.city()?.atlas());
    let index = atlas.layer(&layer.id).ok_or(Problem::Internal)?;
    let audience = state.audience();
    let (query, groups) = state
        .work(move || {
            let groups = query.groups(&index, &atlas, audience)?;
            Ok::<_, Problem>((query, groups))
        })
        .await??;
    let all: Vec<Json> = groups.iter().map(|group| query.described(group, &layer)).collect();
    let count: u64 = groups.iter().map(|group| group.count).sum();
    let document = json!({"layer": layer.id, "by": query.by, "count": count, "groups": all});
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(document))
}
