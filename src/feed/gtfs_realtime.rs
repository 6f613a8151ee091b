//! Vehicle positions of GTFS Realtime (gtfs.org/realtime/reference), from a URL or a file that the configuration names.
//!
//! Only that URL is ever fetched: a redirect is a fault, told with where it leads. A feed is asked for on condition that it changed, is
//! bounded in time and size, and is asked less often while it fails. What it says is judged as any other reading.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use prost::Message;
use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot;

use super::vehicle_positions::{FeedMessage, VehiclePosition};
use crate::city::City;
use crate::config;
use crate::ingest::body;
use crate::ingest::reading::{AHEAD, Judged, Known, RefusedReading, Untimed};
use crate::ingest::refusals::Way;
use crate::model::{Layer, LayerId};

/// Bytes of a feed: a hundred thousand vehicles.
const LARGEST: u64 = 16 << 20;
/// How long an answer may take, all of it.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest pause after failures.
const LONGEST: Duration = Duration::from_mins(10);

/// Hears of readings that were refused.
pub type Refusals = Arc<dyn Fn(&[RefusedReading]) + Send + Sync>;

/// A feed that is polled.
pub struct Feed {
    place: Place,
    every: Duration,
    layer: Arc<Layer>,
    city: Arc<City>,
    refusals: Refusals,
    seen: Seen,
    failures: u32,
}

/// Where a feed is.
#[derive(Clone, Debug)]
pub enum Place {
    /// `http://` or `https://`.
    Url(String),
    /// A file that somebody else writes anew.
    File(PathBuf),
}

/// What is known of the feed as it was fetched last.
#[derive(Clone, Default)]
struct Seen {
    etag: Option<String>,
    modified: Option<String>,
    file: Option<(SystemTime, u64)>,
    /// `header.timestamp`, seconds since 1970.
    timestamp: Option<u64>,
}

/// What a look at a feed came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// It is as it was.
    Unchanged,
    /// So many of its positions were taken, and so many refused.
    Taken(usize, usize),
}

/// A configuration that cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("[[gtfs_realtime]] {0}")]
pub struct Unusable(String);

/// What the configuration means by a feed: where it is, how often it is asked for, and whose vehicles it moves.
///
/// # Errors
/// When that cannot be meant.
pub fn meant(chosen: &config::GtfsRealtime, layers: &[Arc<Layer>]) -> Result<(Place, Duration, Arc<Layer>), Unusable> {
    let name = chosen.layer.as_deref().unwrap_or("buses");
    let layer = LayerId::new(name).and_then(|id| layers.iter().find(|layer| layer.id == id).cloned());
    let layer = layer.filter(|layer| layer.moving);
    let layer =
        layer.ok_or_else(|| Unusable(format!("layer = \"{name}\": there is no layer of that name that moves")))?;
    let every = chosen.every.unwrap_or(15);
    if !(1..=3_600).contains(&every) {
        return Err(Unusable(format!("every = {every}: it is a number of seconds from 1 to 3600")));
    }
    let place = match (&chosen.url, &chosen.file) {
        (Some(url), None) if is_fetched(url) => Place::Url(url.clone()),
        (None, Some(file)) => Place::File(file.clone()),
        (Some(url), None) => {
            return Err(Unusable(format!("url = \"{url}\": it is no URL that begins with http:// or https://")));
        }
        _ => return Err(Unusable("names a url or a file, one of them".to_owned())),
    };
    Ok((place, Duration::from_secs(every), layer))
}

impl Feed {
    /// A feed as the configuration names it.
    pub fn new(chosen: &config::GtfsRealtime, city: &Arc<City>, refusals: &Refusals) -> Result<Self, Unusable> {
        let (place, every, layer) = meant(chosen, city.layers())?;
        Ok(Self {
            place,
            every,
            layer,
            city: Arc::clone(city),
            refusals: Arc::clone(refusals),
            seen: Seen::default(),
            failures: 0,
        })
    }

    /// The feed in messages: a URL's query may hold a key.
    fn name(&self) -> String {
        match &self.place {
            Place::Url(url) => {
                let bare = url.split(['?', '#']).next().unwrap_or_default();
                let (scheme, rest) = bare.split_once("://").unwrap_or(("", bare));
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                format!("{scheme}://{}/{path}", host.rsplit('@').next().unwrap_or_default())
            }
            Place::File(path) => path.display().to_string(),
        }
    }

    /// Looks at it again and again, for as long as it is waited for.
    pub async fn follow(mut self) {
        let name = self.name();
        loop {
            let outcome = match self.poll().await {
                Ok(Polled::Unchanged) => "unchanged",
                Ok(Polled::Taken(taken, refused)) => {
                    tracing::debug!(feed = name, taken, refused, "vehicle positions");
                    "taken"
                }
                Err(reason) => {
                    tracing::warn!(feed = name, reason, "vehicle positions cannot be had");
                    "failed"
                }
            };
            metrics::counter!("citylayers_feed_polls_total", "feed" => name.clone(), "outcome" => outcome).increment(1);
            tokio::time::sleep(self.pause()).await;
        }
    }

    /// Until the next look: twice as long after each failure.
    fn pause(&self) -> Duration {
        pause(self.every, self.failures)
    }

    /// Looks at it once. The error is for the log.
    pub async fn poll(&mut self) -> Result<Polled, String> {
        let polled = self.look().await;
        self.failures = if polled.is_ok() { 0 } else { self.failures.saturating_add(1) };
        polled
    }

    async fn look(&mut self) -> Result<Polled, String> {
        let Some((message, mut seen)) = self.fetch().await? else { return Ok(Polled::Unchanged) };
        // A clock that is far ahead would hide every right answer after it.
        let latest = (Utc::now() + AHEAD).timestamp().cast_unsigned();
        let timestamp = message.header.timestamp.filter(|timestamp| (1..=latest).contains(timestamp));
        // A server behind another may answer with what it had before.
        if timestamp.zip(self.seen.timestamp).is_some_and(|(now, before)| now <= before) {
            seen.timestamp = self.seen.timestamp;
            self.seen = seen;
            return Ok(Polled::Unchanged);
        }
        seen.timestamp = timestamp.or(self.seen.timestamp);
        let Judged { taken, accepted, refused, .. } = self.judge(&message, timestamp);
        (self.refusals)(&refused);
        for observations in taken {
            let city = Arc::clone(&self.city);
            // In a task of its own: what was begun comes to its end when nobody polls any more.
            let kept = tokio::spawn(async move { city.observe(observations).await }).await;
            kept.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        }
        // Seen is what was kept: a failed commit is tried again.
        self.seen = seen;
        for (outcome, count) in [("accepted", accepted), ("refused", refused.len())] {
            metrics::counter!("citylayers_observations_total", "outcome" => outcome, "way" => Way::Gtfs.as_str())
                .increment(count as u64);
        }
        Ok(Polled::Taken(accepted, refused.len()))
    }

    /// The feed, if it is not as it was. On a thread of its own, which an end of the program does not wait for.
    async fn fetch(&self) -> Result<Option<(FeedMessage, Seen)>, String> {
        let (place, seen) = (self.place.clone(), self.seen.clone());
        let (answer, answered) = oneshot::channel();
        let fetch = move || {
            let bytes = match &place {
                Place::Url(url) => download(url, &seen),
                Place::File(path) => read(path, &seen),
            };
            let message = bytes.and_then(|found| {
                let Some((bytes, seen)) = found else { return Ok(None) };
                let message = FeedMessage::decode(bytes.as_slice());
                let message =
                    message.map_err(|error| format!("{} bytes are no GTFS Realtime feed: {error}", bytes.len()))?;
                Ok(Some((message, seen)))
            });
            let _nobody_waits = answer.send(message);
        };
        let thread = std::thread::Builder::new().name("gtfs-realtime".to_owned()).spawn(fetch);
        thread.map_err(|error| error.to_string())?;
        answered.await.map_err(|_gone| "the thread that fetches it ended".to_owned())?
    }

    fn judge(&self, message: &FeedMessage, timestamp: Option<u64>) -> Judged {
        let entities = message.entity.iter().filter(|entity| !entity.is_deleted.unwrap_or_default());
        let vehicles = entities.filter_map(|entity| Some((entity.id.as_str(), entity.vehicle.as_ref()?)));
        let readings: Vec<Json> = vehicles.map(|(id, vehicle)| reading(&self.layer, id, vehicle, timestamp)).collect();
        let layer = |name: &str| (name == self.layer.id.as_str()).then(|| Arc::clone(&self.layer));
        let has =
            |layer: &Layer, id: &str| self.city.atlas().layer(&layer.id).is_some_and(|index| index.found(id).is_some());
        let body = Json::Array(readings).to_string();
        let known = Known { layer: &layer, has: &has, now: Utc::now(), untimed: &Untimed::default() };
        body::judge(body.as_bytes(), &known)
    }
}

fn is_fetched(url: &str) -> bool {
    let uri: Result<ureq::http::Uri, _> = url.parse();
    uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
}

fn pause(every: Duration, failures: u32) -> Duration {
    let longer = every.saturating_mul(1 << failures.min(12));
    if failures == 0 { every } else { longer.min(LONGEST.max(every)) }
}

/// A position as whoever posts readings would send it. Metres a second become kilometres an hour.
fn reading(layer: &Layer, entity: &str, vehicle: &VehiclePosition, of_feed: Option<u64>) -> Json {
    let named = vehicle.vehicle.as_ref();
    let id = named.and_then(|named| named.id.as_deref()).filter(|id| !id.is_empty()).unwrap_or(entity);
    let position = vehicle.position.as_ref();
    let known = [
        ("speed_kmh", position.and_then(|position| position.speed).map(|speed| tenth(f64::from(speed) * 3.6))),
        ("bearing_deg", position.and_then(|position| position.bearing).map(plain)),
        ("occupancy_pct", vehicle.occupancy_percentage.map(f64::from)),
    ];
    let observed = known.into_iter().filter(|(name, _)| layer.observed_index(name).is_some());
    let values: Map<String, Json> =
        observed.filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect();
    let mut sent = json!({"layer": layer.id, "feature": id, "values": values});
    if let Some(position) = position {
        (sent["lon"], sent["lat"]) = (json!(plain(position.longitude)), json!(plain(position.latitude)));
    }
    if let Some(time) = moment(vehicle.timestamp.filter(|seconds| *seconds > 0).or(of_feed)) {
        sent["time"] = json!(time.to_rfc3339_opts(SecondsFormat::Millis, true));
    }
    sent
}

fn moment(seconds: Option<u64>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(i64::try_from(seconds?).ok()?, 0)
}

/// The decimal that was meant: 105.68 and not 105.68000030517578.
fn plain(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

type Found = Result<Option<(Vec<u8>, Seen)>, String>;

fn download(url: &str, seen: &Seen) -> Found {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("citylayers/", env!("CARGO_PKG_VERSION")));
    let agent: ureq::Agent = config.build().into();
    let mut request = agent.get(url);
    for (name, value) in [("If-None-Match", &seen.etag), ("If-Modified-Since", &seen.modified)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    let mut answer = request.call().map_err(|error| error.to_string())?;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = answer.status();
    if status == 304 {
        return Ok(None);
    }
    if status.is_redirection() {
        let to = header("location").unwrap_or_default();
        return Err(format!(
            "it answers {status} and leads to `{to}`; put the URL that is meant into the configuration"
        ));
    }
    if status != 200 {
        return Err(format!("it answers {status}"));
    }
    let seen = Seen { etag: header("etag"), modified: header("last-modified"), ..Seen::default() };
    let bytes = answer.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => too_large(),
        other => other.to_string(),
    })?;
    Ok(Some((bytes, seen)))
}

fn too_large() -> String {
    format!("it is larger than {} MiB", LARGEST >> 20)
}

fn read(path: &std::path::Path, seen: &Seen) -> Found {
    use std::io::Read;
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let about = file.metadata().map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let now = about.modified().ok().map(|modified| (modified, about.len()));
    if now.is_some() && now == seen.file {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(Some((bytes, Seen { file: now, ..Seen::default() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_that_fails_is_asked_less_often() {
        let every = Duration::from_secs(15);
        for (failures, seconds) in [(0, 15), (1, 30), (2, 60), (5, 480), (6, 600), (4_000_000_000, 600)] {
            assert_eq!(pause(every, failures), Duration::from_secs(seconds), "{failures}");
        }
        assert_eq!(pause(Duration::from_hours(1), 3), Duration::from_hours(1));
    }

    #[test]
    fn numbers_are_those_that_were_meant() {
        for number in [105.68, 18.665_49, -0.5, 0.0, 359.9] {
            #[expect(clippy::cast_possible_truncation, reason = "as a feed holds it")]
            let held = number as f32;
            assert_eq!(plain(held).to_string(), number.to_string());
        }
    }
}
