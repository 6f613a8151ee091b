//! `/search`: features by their names and codes, as typed.

use std::fmt::Write;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value as Json, json};

use super::error::Problem;
use super::features::formats::{Format, Language, OF_DOCUMENTS, format};
use super::features::{collections, geojson, html};
use super::links::{base_url, escaped, link};
use super::parameters::{Parameters, wrong};
use super::serving::{Serving, State};
use crate::geo::mercator::lon_lat;
use crate::geo::{BBox, GeometryKind};
use crate::index::LayerIndex;
use crate::index::names::kind::{Kind, MERGED_FROM, SUCCESSORS};
use crate::index::names::{self, Answer, Asked, Hit, Near};
use crate::index::page::Found;
use crate::model::Layer;

/// Features of an answer when nothing is asked for, and at most.
pub const LIMIT: usize = 10;
/// See [`LIMIT`]. Who asks for more gets so many.
pub const MOST: usize = 100;

/// Characters of `q`: more than any name has.
pub const LONGEST: usize = 200;

/// Rows without names that a search makes by itself, in some milliseconds: what edits left.
const FEW: usize = 16_384;

/// What was asked for.
struct Query {
    typed: String,
    asked: Asked,
    /// The layers whose features are wanted.
    layers: Vec<Arc<Layer>>,
    format: Format,
    language: Language,
}

impl Query {
    fn read(request: &HttpRequest, state: &State) -> Result<Self, Problem> {
        let mut parameters = Parameters::parse(request.query_string())?;
        let typed = typed(&mut parameters)?;
        let layers = layers(&mut parameters, state)?;
        let near = near(&mut parameters)?;
        let limit = parameters.limit(LIMIT, MOST)?;
        let format = format(request, &mut parameters, OF_DOCUMENTS)?;
        let language = Language::of(request, &mut parameters)?;
        parameters.finish()?;
        let asked = Asked::new(&typed, near, limit, state.audience());
        Ok(Self { typed, asked, layers, format, language })
    }
}

fn typed(parameters: &mut Parameters) -> Result<String, Problem> {
    let typed = parameters
        .text("q")
        .ok_or_else(|| Problem::BadRequest("`q` is missing: a name or a code, or how it begins".to_owned()))?;
    let letters = typed.chars().count();
    if letters > LONGEST {
        return Err(wrong("q", &typed, format!("it has {letters} characters, at most {LONGEST}")));
    }
    Ok(typed)
}

fn layers(parameters: &mut Parameters, state: &State) -> Result<Vec<Arc<Layer>>, Problem> {
    let searchable = |layer: &&Arc<Layer>| {
        layer.fields.iter().any(|field| field.searchable && state.audience().may_see(field.audience))
    };
    let all = || collections::layers(state).filter(searchable).cloned().collect();
    Ok(collections::asked(parameters, state)?.unwrap_or_else(all))
}

fn near(parameters: &mut Parameters) -> Result<Option<Near>, Problem> {
    let mut degrees = |name: &'static str, most: f64| {
        let meant = format!("it is a number of degrees from -{most} to {most}");
        let number = parameters.value::<f64>(name, &meant)?;
        match number.filter(|number| number.is_nan() || number.abs() > most) {
            Some(beyond) => Err(wrong(name, &beyond.to_string(), meant)),
            None => Ok(number),
        }
    };
    match (degrees("lon", 180.0)?, degrees("lat", 90.0)?) {
        (Some(lon), Some(lat)) => Ok(Some(Near::new([lon, lat]))),
        (None, None) => Ok(None),
        _ => Err(Problem::BadRequest("`lon` and `lat` come together, or neither".to_owned())),
    }
}

/// `GET /search`.
pub async fn search(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let query = Query::read(&request, &state)?;
    let layers = indexes(&state, &query.layers)?;
    make_names(&state, &layers).await?;
    let asked = query.asked.clone();
    let answer = state.work(move || names::search(&layers, &asked)).await?;
    let writer = Writer { base: base_url(&request, &state), query: &query };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    if query.format == Format::Html {
        return Ok(response.content_type("text/html; charset=utf-8").body(writer.page(&answer)));
    }
    let own = format!("{}/search?{}", writer.base, request.query_string());
    Ok(response.content_type(query.format.of_features()).body(writer.collection(&answer, &own).to_string()))
}

/// The layers as they are now: those that are wanted, and those whose features have successors there.
fn indexes(state: &State, wanted: &[Arc<Layer>]) -> Result<Vec<(Arc<LayerIndex>, bool)>, Problem> {
    let atlas = state.city()?.atlas();
    let heirs = wanted.iter().any(|layer| layer.field_index(MERGED_FROM).is_some());
    let indexes = collections::layers(state).filter_map(|layer| {
        let shown = wanted.iter().any(|wanted| wanted.id == layer.id);
        let needed = shown || heirs && layer.field_index(SUCCESSORS).is_some();
        atlas.layer(&layer.id).filter(|_| needed).map(|index| (index, shown))
    });
    Ok(indexes.collect())
}

/// Sees to it that a search finds the names made. The first one in a large layer has to wait, about a second for a million.
async fn make_names(state: &State, layers: &[(Arc<LayerIndex>, bool)]) -> Result<(), Problem> {
    let missing = || layers.iter().map(|(index, _)| index.rows_without_names()).sum::<usize>();
    if missing() <= FEW {
        return Ok(());
    }
    let _turn = state.naming.acquire().await.map_err(|error| {
        tracing::error!(%error, "names could not be made");
        Problem::Internal
    })?;
    if missing() == 0 {
        return Ok(());
    }
    let layers: Vec<Arc<LayerIndex>> = layers.iter().map(|(index, _)| Arc::clone(index)).collect();
    state.work(move || layers.iter().for_each(|index| index.make_names())).await
}

/// Writes what was found.
struct Writer<'a> {
    base: String,
    query: &'a Query,
}

impl Writer<'_> {
    fn collection(&self, answer: &Answer, own: &str) -> Json {
        let say = self.query.language.say("Kết quả này", "This answer");
        json!({
            "type": "FeatureCollection",
            "numberReturned": answer.hits.len(),
            "exact": answer.exact,
            "links": [link(own, "self", Format::Json.of_features(), say)],
            "features": answer.hits.iter().map(|hit| self.feature(hit)).collect::<Vec<_>>(),
        })
    }

    fn feature(&self, hit: &Hit) -> Json {
        let Found { rows, row } = &hit.found;
        let (layer, arena, language) = (rows.layer(), rows.arena(), self.query.language);
        let point = arena.kind() == GeometryKind::Point;
        let place = if point { arena.lon_lat()[*row] } else { lon_lat(arena.window(*row).middle()) };
        let mut properties = json!({
            "layer": layer.id.as_str(),
            "layer_title": language.pick(&layer.title),
            "title": self.title(&hit.found),
            "matched": self.matched(hit),
            "link": self.item(&hit.found),
        });
        if self.query.asked.near.is_some() {
            properties["distance"] = json!((hit.rank.metres * 10.0).round() / 10.0);
        }
        let mut feature = json!({
            "type": "Feature",
            "id": geojson::id(layer, rows.id(*row)),
            "geometry": {"type": "Point", "coordinates": place},
            "properties": properties,
        });
        if let Some(bbox) = BBox::around(arena.lon_lat()[arena.row_vertices(*row)].iter().copied()).filter(|_| !point) {
            feature["bbox"] = json!(bbox.to_array());
        }
        feature
    }

    /// The text that answers, and where it stands.
    fn matched(&self, hit: &Hit) -> Json {
        let holder = hit.through.as_ref().unwrap_or(&hit.found);
        let layer = holder.rows.layer();
        let field = hit.field.map_or(&layer.id_field, |field| &layer.fields[field]);
        let text = hit.text();
        let named = hit.field.is_none_or(|field| Kind::of(layer, field) == Kind::Name);
        let part = if named { text.as_str() } else { self.query.asked.part(&text) };
        let language = self.query.language;
        let mut matched = json!({"field": field.name, "field_title": language.pick(&field.title), "text": part});
        if let Some(holder) = &hit.through {
            matched["layer"] = json!(layer.id.as_str());
            matched["id"] = geojson::id(layer, holder.id());
            matched["link"] = json!(self.item(holder));
        }
        matched
    }

    fn item(&self, found: &Found) -> String {
        format!("{}/collections/{}/items/{}", self.base, found.rows.layer().id, escaped(found.id()))
    }

    fn page(&self, answer: &Answer) -> String {
        let (language, text) = (self.query.language, html::text);
        let search = language.say("Tìm kiếm", "Search");
        let mut body = format!(
            "<form action=\"/search\"><input name=\"q\" type=\"search\" maxlength=\"{LONGEST}\" aria-label=\"{search}\" value=\"{}\"> \
             <input type=\"hidden\" name=\"f\" value=\"html\"><button>{search}</button></form><ul>",
            text(&self.query.typed)
        );
        for hit in &answer.hits {
            let layer = hit.found.rows.layer();
            let matched = self.matched(hit);
            let of = |key: &str| text(matched[key].as_str().unwrap_or_default());
            let _ = write!(
                body,
                "<li><a href=\"/collections/{}/items/{}?f=html\">{}</a> <small>{} · {}: {}</small></li>",
                layer.id,
                escaped(hit.found.id()),
                text(&self.title(&hit.found)),
                text(language.pick(&layer.title)),
                of("field_title"),
                of("text"),
            );
        }
        body.push_str("</ul>");
        html::page(language, search, &[], &body)
    }

    /// What a feature is called: its label, in English by the field of the same name with `_en` where that has a value; without a
    /// label the first searchable field; else its id.
    fn title(&self, found: &Found) -> String {
        let Found { rows, row } = found;
        let layer = rows.layer();
        let seen = |field: &usize| self.query.asked.audience.may_see(layer.fields[*field].audience);
        let text = |field: usize| rows.columns()[field].get(*row).map(|value| value.to_string());
        let value = |field: Option<usize>| field.filter(seen).and_then(text).filter(|text| !text.is_empty());
        let label = layer.style.label.as_deref();
        let english = label.filter(|_| self.query.language == Language::English).map(|label| format!("{label}_en"));
        let english = value(english.and_then(|name| layer.field_index(&name)));
        let labelled = || value(label.and_then(|label| layer.field_index(label)));
        let first = || value(layer.fields.iter().position(|field| field.searchable));
        english.or_else(labelled).or_else(first).unwrap_or_else(|| rows.id(*row).to_owned())
    }
}
