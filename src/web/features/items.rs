//! `/collections/{layer}/items`: the features of a layer, page by page.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{SecondsFormat, Utc};
use serde_json::{Value as Json, json};

use super::area::{system, way};
use super::body::{self, Part};
use super::filter::{Choice, sort_keys};
use super::formats::{Format, Language, OF_FEATURES, format};
use super::geojson::{Writer, write};
use super::html;
use crate::crs::OgcCrs;
use crate::export;
use crate::index::LayerIndex;
use crate::index::page::{Found, Page, Start};
use crate::index::sort::{Cursor, SortKey};
use crate::model::{Audience, FieldType, Layer, Rows, Value};
use crate::web::error::Problem;
use crate::web::links::{base_url, escaped, link};
use crate::web::parameters::{Parameters, wrong};
use crate::web::serving::Serving;
use crate::web::tiles::layer;

/// Features of a page when nothing is asked for, and at most.
pub const LIMIT: usize = 100;
/// See [`LIMIT`]. Who asks for more gets so many (17-069r4, requirement `fc-limit-response-1`).
pub const MOST: usize = 10_000;

/// What was asked for.
struct Query {
    choice: Choice,
    keys: Vec<SortKey>,
    after: Option<String>,
    limit: usize,
    crs: OgcCrs,
    format: Format,
    language: Language,
}

impl Query {
    fn read(request: &HttpRequest, layer: &Layer, audience: Audience) -> Result<Self, Problem> {
        let mut parameters = Parameters::parse(request.query_string())?;
        let query = Self {
            keys: sort_keys(&mut parameters, layer, audience)?,
            after: parameters.text("after"),
            limit: parameters.limit(LIMIT, MOST)?,
            crs: system(&mut parameters, "crs")?,
            format: format(request, &mut parameters, OF_FEATURES)?,
            language: Language::of(request, &mut parameters)?,
            // Last: what is a parameter by itself names no property.
            choice: Choice::read(&mut parameters, layer, audience)?,
        };
        parameters.finish()?;
        if matches!(query.format, Format::Csv | Format::FlatGeobuf) && !query.crs.is_crs84() {
            let meant = "CSV and FlatGeobuf are written in CRS84 here; leave crs away, or ask for f=json";
            return Err(wrong("crs", &query.crs.to_string(), meant));
        }
        Ok(query)
    }

    fn find(&self, index: &LayerIndex, audience: Audience) -> Result<Page, Problem> {
        let ready = self.choice.ready(index.layer(), audience)?;
        let cursor = self.cursor(index.layer())?;
        let start = if self.keys.is_empty() {
            Start::Behind(self.after.as_deref())
        } else {
            Start::Sorted(&self.keys, cursor.as_ref())
        };
        let page = index.page(&ready.wanted(), start, self.limit);
        let writer = Writer::new(self.crs.clone(), way(&self.crs)?, audience);
        match page.found.iter().find(|found| !writer.reaches(found)) {
            None => Ok(page),
            Some(beyond) => Err(wrong(
                "crs",
                &self.crs.to_string(),
                format!(
                    "feature `{}` lies where this system does not reach; ask for CRS84, or for a bbox",
                    beyond.id()
                ),
            )),
        }
    }
}

impl Query {
    /// The page as a file, where that is asked for.
    fn table(&self, page: &Page, layer: &Arc<Layer>, audience: Audience) -> Option<Result<Vec<u8>, Problem>> {
        let format = match self.format {
            Format::Csv => export::Format::Csv,
            Format::FlatGeobuf => export::Format::FlatGeobuf,
            Format::Json | Format::Html => return None,
        };
        let mut bytes = Vec::new();
        let written = export::write(&seen(layer, &page.found, audience), format, &mut bytes);
        Some(written.map(|()| bytes).map_err(|error| {
            tracing::error!(%error, "features could not be written");
            Problem::Internal
        }))
    }

    /// `after` of a sorted page: a JSON array of the last feature's values and its id.
    fn cursor(&self, layer: &Layer) -> Result<Option<Cursor>, Problem> {
        let Some(text) = self.after.as_ref().filter(|_| !self.keys.is_empty()) else { return Ok(None) };
        let unreadable =
            || wrong("after", text, "it is no page of this order; follow the link `next`, or leave it away");
        let mut values: Vec<Json> = serde_json::from_str(text).map_err(|_no_list| unreadable())?;
        let id = values.pop().and_then(|id| id.as_str().map(str::to_owned)).ok_or_else(unreadable)?;
        if values.len() != self.keys.len() {
            return Err(unreadable());
        }
        let value = |(value, key): (&Json, &SortKey)| match value {
            Json::Null => Ok(None),
            value => kept(value, layer.fields[key.field].field_type).map(Some).ok_or_else(unreadable),
        };
        let values = values.iter().zip(&self.keys).map(value).collect::<Result<_, _>>()?;
        Ok(Some(Cursor { values, id }))
    }

    /// What `after` of the next page is.
    fn behind(&self, last: &Found) -> String {
        if self.keys.is_empty() {
            return last.id().to_owned();
        }
        let values = self.keys.iter().map(|key| json!(last.rows.columns()[key.field].get(last.row)));
        Json::Array(values.chain([json!(last.id())]).collect()).to_string()
    }
}

/// A value as it was written, as its field types it.
fn kept(value: &Json, field_type: FieldType) -> Option<Value> {
    let text = value.as_str();
    match field_type {
        FieldType::Text | FieldType::Code => text.map(|text| Value::Text(text.to_owned())),
        FieldType::Integer => value.as_i64().map(Value::Integer),
        FieldType::Real => value.as_f64().map(Value::Real),
        FieldType::Boolean => value.as_bool().map(Value::Boolean),
        FieldType::Date => text?.parse().ok().map(Value::Date),
        FieldType::DateTime => text?.parse().ok().map(Value::DateTime),
    }
}

/// `GET /collections/{layer}/items`.
pub async fn items(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let layer = layer(&state, &path)?;
    let audience = state.audience();
    let query = Query::read(&request, &layer, audience)?;
    let index = state.city()?.atlas().layer(&layer.id).ok_or(Problem::Internal)?;
    let (query, found) = state
        .work(move || {
            let page = query.find(&index, audience)?;
            let table = query.table(&page, index.layer(), audience).transpose()?;
            Ok::<_, Problem>((query, (page, table)))
        })
        .await??;
    let (page, table) = found;
    let links = Links { base: base_url(&request, &state), layer: &layer, query: &query, given: request.query_string() };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Encoding, Accept-Language"))
        .insert_header(("Content-Crs", format!("<{}>", query.crs)))
        .content_type(query.format.of_features());
    if let Some(next) = links.next(&page) {
        response.append_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    if let Some(table) = table {
        let name = format!("attachment; filename=\"{}.{}\"", layer.id, query.format.name());
        response.insert_header((header::CONTENT_DISPOSITION, name));
        return Ok(body::answer(&request, response, body::parts(table.into())));
    }
    if query.format == Format::Html {
        let page = html::items(&layer, &page, links.next(&page).as_deref(), query.language, audience);
        return Ok(response.content_type("text/html; charset=utf-8").body(page));
    }
    let head = head(&page, &links.all(&page));
    let writer = Writer::new(query.crs.clone(), way(&query.crs)?, audience);
    Ok(body::answer(&request, response, collection(head, page.found, writer)))
}

/// What stands before the features, and opens them.
fn head(page: &Page, links: &[Json]) -> Vec<u8> {
    let head = json!({
        "type": "FeatureCollection",
        "timeStamp": Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
        "numberMatched": page.matched,
        "numberReturned": page.found.len(),
        "links": links,
    });
    let mut bytes = Vec::new();
    write(&mut bytes, &head);
    bytes.pop();
    bytes.extend_from_slice(b",\"features\":[");
    bytes
}

fn collection(head: Vec<u8>, found: Vec<Found>, writer: Writer) -> impl Iterator<Item = Part> + 'static {
    let writer = std::rc::Rc::new(writer);
    let open: Part = Box::new(move |to: &mut Vec<u8>| to.extend_from_slice(&head));
    let close: Part = Box::new(|to: &mut Vec<u8>| to.extend_from_slice(b"\n]}\n"));
    let features = found.into_iter().enumerate().map(move |(number, found)| -> Part {
        let writer = std::rc::Rc::clone(&writer);
        Box::new(move |to| {
            to.extend_from_slice(if number > 0 { b",\n" } else { b"\n" });
            writer.feature(to, &found);
        })
    });
    std::iter::once(open).chain(features).chain(std::iter::once(close))
}

/// The page as rows of the fields that an audience may see.
fn seen(layer: &Arc<Layer>, found: &[Found], audience: Audience) -> Rows {
    let mut of_audience = Layer::clone(layer);
    of_audience.fields.retain(|field| audience.may_see(field.audience));
    let mut rows = Rows::new(Arc::new(of_audience));
    for Found { rows: source, row } in found {
        let values = layer.fields.iter().zip(source.values(*row));
        let values = values.filter(|(field, _)| audience.may_see(field.audience)).map(|(_, value)| value);
        rows.push(source.id(*row), &source.arena().geometry(*row), values);
    }
    rows
}

/// The links of a page.
struct Links<'a> {
    base: String,
    layer: &'a Layer,
    query: &'a Query,
    /// The query as it was given.
    given: &'a str,
}

impl Links<'_> {
    /// The same page with some parameters exchanged.
    fn with(&self, exchanged: &[(&str, &str)]) -> String {
        let replaced = |pair: &&str| exchanged.iter().any(|(name, _)| pair.split('=').next() == Some(name));
        let kept =
            self.given.split('&').filter(|pair| !pair.is_empty()).filter(|pair| !replaced(pair)).map(str::to_owned);
        let new = exchanged.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        let all: Vec<String> = kept.chain(new).collect();
        let path = format!("{}/collections/{}/items", self.base, self.layer.id);
        if all.is_empty() { path } else { format!("{path}?{}", all.join("&")) }
    }

    fn next(&self, page: &Page) -> Option<String> {
        let last = page.found.last().filter(|_| page.more)?;
        Some(self.with(&[("after", &self.query.behind(last))]))
    }

    fn all(&self, page: &Page) -> Vec<Json> {
        let language = self.query.language;
        let mut links =
            vec![link(&self.with(&[]), "self", Format::Json.of_features(), language.say("Trang này", "This page"))];
        let in_crs84 = self.query.crs.is_crs84();
        let others = OF_FEATURES.iter().filter(|format| **format != Format::Json);
        let others = others.filter(|format| in_crs84 || **format == Format::Html);
        let title = language.say("Trang này ở định dạng khác", "This page in another format");
        links.extend(
            others.map(|format| link(&self.with(&[("f", format.name())]), "alternate", format.of_features(), title)),
        );
        let collection = format!("{}/collections/{}", self.base, self.layer.id);
        links.push(link(&collection, "collection", "application/json", language.pick(&self.layer.title)));
        links.extend(
            self.next(page)
                .map(|next| link(&next, "next", Format::Json.of_features(), language.say("Trang sau", "Next page"))),
        );
        links
    }
}
