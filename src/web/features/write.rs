//! Features put, changed and removed over HTTP (OGC API - Features Part 4): judged exactly as an imported file, all of a request or
//! nothing, and only what the writer has seen.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use bytes::Bytes;
use serde_json::json;

use super::item::{etag, is_of, missing};
use super::judged::{self, Judged};
use crate::crs::OgcCrs;
use crate::index::page::Found;
use crate::index::{Atlas, LayerIndex};
use crate::model::alert::ALERTS;
use crate::model::{Audience, Change, FeatureId, Layer, Rows};
use crate::web::desk::whole;
use crate::web::error::Problem;
use crate::web::headers::preflight;
use crate::web::links::{base_url, escaped};
use crate::web::negotiate::header_text;
use crate::web::origin::own_page;
use crate::web::parameters::Parameters;
use crate::web::serving::{Serving, State};
use crate::web::tiles::layer;

/// Bytes of a body: some hundred thousand points.
pub const LARGEST: usize = 64 << 20;

const GEOJSON: &[&str] = &["application/geo+json", "application/json"];
const MERGE_PATCH: &[&str] = &["application/merge-patch+json"];

/// Where a request goes, and what it says of itself.
struct Request {
    layer: Arc<Layer>,
    crs: OgcCrs,
    base: String,
    condition: Option<String>,
}

impl Request {
    fn read(request: &HttpRequest, state: &State, name: &str) -> Result<Self, Problem> {
        let layer = layer(state, name)?;
        Parameters::parse(request.query_string())?.finish()?;
        if !state.edits {
            return Err(Problem::MethodNotAllowed(
                "changes over HTTP are switched off; the operator starts the service with --edits to take them"
                    .to_owned(),
            ));
        }
        if layer.id.as_str() == ALERTS {
            return Err(Problem::MethodNotAllowed(format!(
                "features of `{ALERTS}` are made by rules and changed by what is done about them: POST /alerts/ID/acknowledge"
            )));
        }
        own_page(request, state)?;
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let crs = match text("content-crs") {
            None => OgcCrs::crs84(),
            Some(uri) => OgcCrs::parse(uri.trim().trim_start_matches('<').trim_end_matches('>'))
                .map_err(|error| Problem::BadRequest(format!("`Content-Crs: {uri}`: {error}")))?,
        };
        let condition = text(header::IF_MATCH.as_str()).map(str::to_owned);
        Ok(Self { layer, crs, base: base_url(request, state), condition })
    }

    fn location(&self, id: &str) -> String {
        format!("{}/collections/{}/items/{}", self.base, self.layer.id, escaped(id))
    }

    /// The condition, without which nothing is changed: who has not seen the present state would undo what others did.
    fn condition(&self) -> Result<String, Problem> {
        self.condition.clone().ok_or_else(|| {
            Problem::PreconditionRequired(
                "a change needs `If-Match` with the ETag of the feature as it was read; GET gives it".to_owned(),
            )
        })
    }
}

async fn body(request: &HttpRequest, payload: web::Payload, taken: &[&str]) -> Result<Bytes, Problem> {
    let kind = header_text(request, &header::CONTENT_TYPE).unwrap_or_default();
    let bare = kind.split(';').next().unwrap_or_default().trim();
    if !taken.iter().any(|taken| taken.eq_ignore_ascii_case(bare)) {
        let wanted = taken.join(" or ");
        return Err(Problem::UnsupportedMediaType(format!("`Content-Type: {kind}` is not read here; send {wanted}")));
    }
    whole(payload, LARGEST, "send it in parts, or import a file").await
}

/// Changes what `judge` says, in a task that goes on when the client is gone.
async fn commit<T: Send + 'static>(
    state: &Serving,
    judge: impl FnOnce(&Atlas) -> Result<(Vec<Change>, T), Problem> + Send + 'static,
) -> Result<T, Problem> {
    let city = Arc::clone(state.city()?);
    let own = Arc::clone(&city);
    let written = city.task(async move { own.commit_when(judge).await }).await;
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a change could not be kept");
        Problem::Internal
    };
    written.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?
}

fn index(atlas: &Atlas, layer: &Layer) -> Result<Arc<LayerIndex>, Problem> {
    atlas.layer(&layer.id).ok_or(Problem::Internal)
}

/// `POST /collections/{layer}/items`: a feature, or many at once, all or none.
pub async fn create(
    request: HttpRequest,
    state: Serving,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let asked = Request::read(&request, &state, &path)?;
    let bytes = body(&request, payload, GEOJSON).await?;
    let (layer, crs) = (Arc::clone(&asked.layer), asked.crs.clone());
    let audience = state.audience();
    // Before the door, where nobody waits for it; inside only what others did meanwhile is looked at.
    let first = {
        let (bytes, layer, crs) = (bytes.clone(), Arc::clone(&layer), crs.clone());
        let index = index(state.city()?.atlas(), &layer)?;
        state.work(move || judged::many(&bytes, &crs, &layer, &index, audience)).await??
    };
    let ids = commit(&state, move |atlas| {
        let index = index(atlas, &layer)?;
        let judged =
            if first.is_new_to(&index) { first } else { judged::many(&bytes, &crs, &layer, &index, audience)? };
        let ids: Vec<String> = (0..judged.rows.len()).map(|row| judged.rows.id(row).to_owned()).collect();
        Ok((puts(&judged.rows), (ids, judged)))
    });
    let (ids, judged) = ids.await?;
    let mut response = HttpResponse::Created();
    if let [id] = ids.as_slice() {
        response.insert_header((header::LOCATION, asked.location(id)));
    } else {
        response.insert_header((header::LOCATION, format!("{}/collections/{}/items", asked.base, asked.layer.id)));
    }
    Ok(response.json(json!({"ids": ids, "repairs": judged.repairs})))
}

fn puts(rows: &Rows) -> Vec<Change> {
    (0..rows.len()).map(|row| Change::Put(rows.feature(row))).collect()
}

/// `PUT /collections/{layer}/items/{id}`: another one in its place. An id in the body is not looked at (requirement `put-rid`).
pub async fn replace(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    exchange(&request, &state, path.into_inner(), (payload, GEOJSON), |bytes, before, asked, audience| {
        judged::one(bytes, &asked.crs, &asked.layer, before.id(), audience)
    })
    .await
}

/// `PATCH /collections/{layer}/items/{id}`: some of its members (RFC 7396); `null` takes a value away.
pub async fn update(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    exchange(&request, &state, path.into_inner(), (payload, MERGE_PATCH), |bytes, before, asked, audience| {
        judged::patched(before, bytes, &asked.crs, &asked.layer, audience)
    })
    .await
}

/// Puts what `judge` makes of a body and of the feature as it is now in that feature's place.
async fn exchange(
    request: &HttpRequest,
    state: &Serving,
    (name, id): (String, String),
    (payload, taken): (web::Payload, &[&str]),
    judge: impl FnOnce(&[u8], &Found, &Request, Audience) -> Result<Judged, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let asked = Request::read(request, state, &name)?;
    let condition = asked.condition()?;
    let bytes = body(request, payload, taken).await?;
    let audience = state.audience();
    let judged = commit(state, move |atlas| {
        let index = index(atlas, &asked.layer)?;
        let before = present(&index, &asked.layer, &id, &condition, audience)?;
        let mut judged = judge(&bytes, &before, &asked, audience)?;
        judged.keep_unseen(&before, audience);
        Ok((puts(&judged.rows), judged))
    });
    Ok(stored(&judged.await?, audience))
}

/// `DELETE /collections/{layer}/items/{id}`.
pub async fn remove(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (name, id) = path.into_inner();
    let asked = Request::read(&request, &state, &name)?;
    let condition = asked.condition()?;
    let (layer, audience) = (Arc::clone(&asked.layer), state.audience());
    commit(&state, move |atlas| {
        let index = index(atlas, &layer)?;
        present(&index, &layer, &id, &condition, audience)?;
        let id = FeatureId::new(&id).ok_or_else(|| missing(&layer, &id))?;
        Ok((vec![Change::Remove { layer: layer.id.clone(), id }], ()))
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The feature as it is now, if it is the one that the writer has seen (RFC 9110, section 13.1.1: strong comparison).
fn present(index: &LayerIndex, layer: &Layer, id: &str, condition: &str, audience: Audience) -> Result<Found, Problem> {
    let found = index.found(id).ok_or_else(|| missing(layer, id))?;
    let now = etag(&found, audience);
    let meant = condition.trim() == "*" || condition.split(',').any(|tag| is_of(tag, &now));
    if meant {
        return Ok(found);
    }
    Err(Problem::PreconditionFailed(format!(
        "feature `{id}` was changed meanwhile: its ETag is {now} and not {condition}; read it again and change what is there now"
    )))
}

/// The answer to a change. The `ETag` only where what was sent is what is kept (RFC 9110, section 9.3.4).
fn stored(judged: &Judged, audience: Audience) -> HttpResponse {
    let mut response =
        HttpResponse::build(if judged.repairs.is_empty() { StatusCode::NO_CONTENT } else { StatusCode::OK });
    if judged.repairs.is_empty() {
        let found = Found { rows: Arc::clone(&judged.rows), row: 0 };
        return response.insert_header((header::ETAG, etag(&found, audience))).finish();
    }
    response.json(json!({"repairs": judged.repairs}))
}

/// Every other method of a resource that can be changed: `OPTIONS`, and what is not answered there.
pub async fn otherwise(request: HttpRequest, state: Serving) -> HttpResponse {
    let edits = state.edits && request.match_info().get("layer") != Some(ALERTS);
    let allow = match (edits, request.match_info().get("id")) {
        (false, _) => "GET, HEAD, OPTIONS",
        (true, Some(_)) => "GET, HEAD, OPTIONS, PUT, PATCH, DELETE",
        (true, None) => "GET, HEAD, OPTIONS, POST",
    };
    let mut response = match request.method() {
        &Method::OPTIONS => preflight(),
        other => {
            let detail = format!("{other} is not answered at {}; answered are {allow}", request.path());
            Problem::MethodNotAllowed(detail).error_response()
        }
    };
    // A browser is told of reads alone: pages of others may read everything and change nothing.
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allow));
    response
}
