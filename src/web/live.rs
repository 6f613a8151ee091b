//! `GET /live`: what happens, while it happens (server-sent events, HTML Living Standard, section 9.2).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use chrono::SecondsFormat;
use futures_util::stream;
use parking_lot::Mutex;
use serde_json::{Map, Value as Json, json};
use tokio::time::Instant;

use super::error::Problem;
use super::features::collections::{asked, layers};
use super::parameters::{Parameters, wrong};
use super::serving::Serving;
use crate::geo::{BBox, Window};
use crate::live::{Digest, Heard, Listener, News, Place, Reading};
use crate::model::alert::ALERTS;
use crate::model::feature::tile_id;
use crate::model::touch::TileRange;
use crate::model::{Layer, LayerId, Touch};
use crate::rules::geojson;

/// A connection on which nothing happens shows in between that it lives: proxies close silent ones after 30 to 60 s.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A browser that lost the connection comes back after so many milliseconds.
const RETRY: u32 = 2000;

/// News that are written at once, without another thread.
const LONG: usize = 5_000;

/// Windows of a layer whose tiles are told one by one.
const MOST_WINDOWS: usize = 32;

/// What a listener wants to hear of.
#[derive(Clone, Debug, PartialEq)]
struct Filter {
    layers: Vec<Arc<Layer>>,
    /// `None`: everywhere.
    area: Option<Vec<Window>>,
}

/// What was put together for one listener and is wanted by others, too: the last of it.
#[derive(Debug, Default)]
pub struct Told(Mutex<VecDeque<Text>>);

/// A text is put together by the first who wants it; the others wait for that. `None`: it would be too long.
type Text = (Arc<Digest>, Arc<Filter>, Arc<OnceLock<Option<Bytes>>>);

/// Bytes of the texts that are kept, together.
const ROOM: usize = 32 << 20;

/// Bytes of a text that is not told: whoever was away for so much asks for the present state faster.
const TOO_LONG: usize = 8 << 20;

/// Texts that are kept.
const KEPT: usize = 64;

/// Tells `observe`, `put`, `remove` and `tiles` of `layers` in `bbox`. With `Last-Event-ID` it goes on where a connection was lost, or
/// says `reset` when that is too long ago, or was another node.
pub async fn live(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let wanted = asked(&mut parameters, &state)?;
    let area = bbox(&mut parameters)?.map(windows);
    parameters.finish()?;
    let filter = Filter { layers: wanted.unwrap_or_else(|| layers(&state).cloned().collect()), area };
    let after = request.headers().get("last-event-id").and_then(|value| value.to_str().ok());
    let after = after.filter(|text| !text.is_empty()).map(|text| {
        text.parse().map_err(|_no_place| {
            Problem::BadRequest(format!("`Last-Event-ID: {text}` is no id that was told here; leave it away"))
        })
    });
    let board = Arc::clone(state.city()?.board());
    let resumed = after.transpose()?.map(|after| board.listen(Some(after)));
    let (listener, start) = match resumed {
        Some(Some(listener)) => (listener, String::new()),
        Some(None) => (board.listen(None).ok_or(Problem::Internal)?, reset(board.place(board.revision()))),
        None => (board.listen(None).ok_or(Problem::Internal)?, format!("id: {}\n\n", board.place(board.revision()))),
    };
    let start = Bytes::from(format!("retry: {RETRY}\n\n{start}"));
    let stream = Stream { state: state.clone(), listener, filter: Arc::new(filter), start: Some(start) };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // nginx would keep the events until its buffer is full.
        .insert_header(("X-Accel-Buffering", "no"))
        .content_type("text/event-stream");
    Ok(response.streaming(stream::unfold(stream, |mut stream| async move {
        let bytes = stream.next().await;
        Some((Ok::<_, Infallible>(bytes), stream))
    })))
}

fn bbox(parameters: &mut Parameters) -> Result<Option<BBox>, Problem> {
    let meant = "it is west,south,east,north in degrees";
    let Some(numbers) = parameters.numbers("bbox", &[4], meant)? else { return Ok(None) };
    let bbox = BBox { west: numbers[0], south: numbers[1], east: numbers[2], north: numbers[3] };
    if bbox.south > bbox.north
        || !BBox::WORLD.contains([bbox.west, bbox.south])
        || !BBox::WORLD.contains([bbox.east, bbox.north])
    {
        return Err(wrong("bbox", &format!("{numbers:?}"), meant));
    }
    Ok(Some(bbox))
}

/// One, and of a box that crosses the antimeridian two.
fn windows(bbox: BBox) -> Vec<Window> {
    if bbox.west <= bbox.east {
        return vec![bbox.into()];
    }
    vec![BBox { east: 180.0, ..bbox }.into(), BBox { west: -180.0, ..bbox }.into()]
}

fn reset(place: Place) -> String {
    format!("id: {place}\nevent: reset\ndata: {{}}\n\n")
}

struct Stream {
    state: Serving,
    listener: Listener,
    filter: Arc<Filter>,
    start: Option<Bytes>,
}

impl Stream {
    async fn next(&mut self) -> Bytes {
        if let Some(start) = self.start.take() {
            return start;
        }
        let beat = Instant::now() + HEARTBEAT;
        let mut passed = None;
        let board = Arc::clone(self.listener.board());
        loop {
            let heard = match tokio::time::timeout_at(beat, self.listener.next()).await {
                Ok(heard) => heard,
                // Where it went on without news for this listener, it resumes from there.
                Err(_elapsed) => {
                    return passed.map_or(Bytes::from_static(b":\n\n"), |place| format!(":\nid: {place}\n\n").into());
                }
            };
            let place = board.place(match &heard {
                Heard::News(digest) => digest.revision,
                Heard::Reset(revision) => *revision,
            });
            let told = match heard {
                Heard::News(digest) if digest.news.len() > LONG => self.long(digest, place).await,
                Heard::News(digest) => self.state.told.text(&digest, &self.filter, place),
                Heard::Reset(_) => None,
            };
            match told {
                None => return reset(place).into(),
                Some(told) if told.is_empty() => passed = Some(place),
                Some(told) => return told,
            }
        }
    }
}

impl Stream {
    /// The text of a long digest, away from the async workers.
    async fn long(&self, digest: Arc<Digest>, place: Place) -> Option<Bytes> {
        let (state, filter) = (self.state.clone(), Arc::clone(&self.filter));
        let text = actix_web::web::block(move || state.told.text(&digest, &filter, place)).await;
        text.unwrap_or_else(|_gone| None)
    }
}

impl Told {
    /// The events of a digest for a filter; put together once for all who have the same.
    fn text(&self, digest: &Arc<Digest>, filter: &Arc<Filter>, place: Place) -> Option<Bytes> {
        let text = self.kept(digest, filter);
        text.get_or_init(|| events(digest, filter, place).map(Bytes::from)).clone()
    }

    /// Where the text is, or is to be.
    fn kept(&self, digest: &Arc<Digest>, filter: &Arc<Filter>) -> Arc<OnceLock<Option<Bytes>>> {
        let mut kept = self.0.lock();
        let known = |entry: &&Text| Arc::ptr_eq(&entry.0, digest) && *entry.1 == **filter;
        if let Some((.., text)) = kept.iter().find(known) {
            return Arc::clone(text);
        }
        let length = |entry: &Text| entry.2.get().and_then(Option::as_ref).map_or(0, Bytes::len);
        while kept.len() >= KEPT || kept.iter().map(length).sum::<usize>() > ROOM {
            kept.pop_front();
        }
        let text = Arc::default();
        kept.push_back((Arc::clone(digest), Arc::clone(filter), Arc::clone(&text)));
        text
    }
}

/// The last event has the id, `place`: who loses the connection in between hears all of them again. `None` where it is [`TOO_LONG`].
fn events(digest: &Digest, filter: &Filter, place: Place) -> Option<String> {
    let (mut text, mut last) = (String::new(), None);
    for (name, data) in digest.news.iter().filter_map(|news| event(news, filter)) {
        last = Some(text.len());
        let _written = write!(text, "event: {name}\ndata: {data}\n\n");
        if text.len() > TOO_LONG {
            return None;
        }
    }
    if let Some(last) = last {
        text.insert_str(last, &format!("id: {place}\n"));
    }
    Some(text)
}

fn event(news: &News, filter: &Filter) -> Option<(&'static str, Json)> {
    let layer = |id: &LayerId| filter.layers.iter().find(|layer| layer.id == *id);
    let meets = |window: &Window| {
        filter.area.as_ref().is_none_or(|wanted| wanted.iter().any(|wanted| wanted.intersects(window)))
    };
    let near = |bbox: &Option<BBox>| bbox.is_none_or(|bbox| meets(&bbox.into()));
    match news {
        News::Observe(reading) => {
            let layer = layer(&reading.layer)?;
            near(&reading.bbox).then(|| ("observe", observed(layer, reading)))
        }
        News::Put { layer: id, feature, bbox } => {
            layer(id)?;
            near(bbox).then(|| ("put", json!({"layer": id, "feature": feature.as_str()})))
        }
        News::Remove { layer: id, feature, bbox } => {
            layer(id)?;
            near(bbox).then(|| ("remove", json!({"layer": id, "feature": feature.as_str()})))
        }
        News::Alert(alert) => {
            filter.layers.iter().find(|layer| layer.id.as_str() == ALERTS)?;
            let [lon, lat] = alert.place;
            let bbox = Some(BBox { west: lon, south: lat, east: lon, north: lat });
            near(&bbox).then(|| ("alert", geojson(alert, false)))
        }
        News::Tiles { layer: id, touches } => {
            let layer = layer(id)?;
            let touches: Vec<Touch> = touches.iter().filter(|touch| meets(&touch.window)).copied().collect();
            (!touches.is_empty()).then(|| ("tiles", json!({"layer": id, "tiles": tiles(layer, &touches)})))
        }
    }
}

fn observed(layer: &Layer, reading: &Reading) -> Json {
    let values = layer.observed.iter().zip(&reading.values);
    let values: Map<String, Json> =
        values.filter_map(|(observed, value)| Some((observed.name.clone(), json!((*value)?)))).collect();
    let time = reading.time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut told = json!({
        "layer": layer.id,
        "feature": reading.feature.as_str(),
        "tile_id": tile_id(reading.feature.as_str()),
        "time": time,
        "values": values,
    });
    if let Some([lon, lat]) = reading.position {
        told["lon"] = json!(lon);
        told["lat"] = json!(lat);
    }
    told
}

/// The columns and rows of each zoom, or `"all"` where there would be too many to tell.
fn tiles(layer: &Layer, touches: &[Touch]) -> Json {
    if touches.len() > MOST_WINDOWS || touches.iter().any(|touch| touch.window == Window::WORLD) {
        return json!("all");
    }
    let mut ranges: Vec<Json> = Vec::new();
    for touch in touches {
        for zoom in touch.from.max(layer.minzoom)..=touch.to.min(layer.maxzoom) {
            let TileRange { z, columns, rows } = TileRange::meeting(&touch.window, zoom);
            let range = json!({"z": z, "x": [columns.start(), columns.end()], "y": [rows.start(), rows.end()]});
            if !ranges.contains(&range) {
                ranges.push(range);
            }
        }
    }
    Json::Array(ranges)
}
