//! Readings of sensors and vehicles: JSON at the border, [`Observation`]s inside. Each is judged by itself; good ones are kept whatever
//! the others are.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, TimeDelta, Utc};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value};

use super::read::excerpt;
use crate::geo::BBox;
use crate::model::{FeatureId, Layer, LayerId, Observation, Observations};

/// How far a clock may be ahead: beyond it, it is wrong, and what it says would stay the newest for as long.
pub const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// Nothing was measured before: a clock that was never set says 1970, or 0.
const FIRST: DateTime<Utc> = match NaiveDate::from_ymd_opt(1900, 1, 1) {
    Some(day) => day.and_time(NaiveTime::MIN).and_utc(),
    None => DateTime::<Utc>::MIN_UTC,
};

/// Why a reading was refused. The code is stable; the message is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingReason {
    /// No JSON object with the members of a reading.
    Unreadable,
    /// There is no such layer.
    UnknownLayer,
    /// The layer has no such feature.
    UnknownFeature,
    /// The layer observes no such property.
    UnknownProperty,
    /// A value that is no number, or not finite.
    NotANumber,
    /// In a unit that the layer does not know for this attribute.
    UnknownUnit,
    /// Beyond what the property can be: what instruments say when they know nothing.
    OutOfRange,
    /// Neither a value nor a place.
    NothingObserved,
    /// No moment with its offset from UTC.
    UnreadableTime,
    /// From a clock that is ahead.
    InTheFuture,
    /// Older than what the layer keeps.
    TooOld,
    /// A place in a layer whose features stay where they are.
    NotMoving,
    /// Half a place, or none on earth.
    NoPlace,
    /// A place outside the layer's extent.
    OutsideExtent,
    /// What a broker keeps and repeats, without the time at which it was measured.
    Retained,
}

/// A reading that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RefusedReading {
    /// Its place in what was sent, counted from 0.
    pub index: usize,
    /// Why.
    pub reason: ReadingReason,
    /// The value, the limit and the way out.
    pub message: String,
    /// What the sender called it, if that could be read. Whoever sent it knows it by its place.
    #[serde(skip)]
    pub name: Option<String>,
}

/// What is known when readings are judged.
pub struct Known<'a> {
    /// The layer of a name, if whoever sends may see it.
    pub layer: &'a dyn Fn(&str) -> Option<Arc<Layer>>,
    /// Whether a layer has a feature.
    pub has: &'a dyn Fn(&Layer, &str) -> bool,
    /// The present moment.
    pub now: DateTime<Utc>,
    /// Moments of readings that tell none.
    pub untimed: &'a Untimed,
}

/// Moments of readings that tell none: the present, and of one feature each after the one before. Of two that came within a millisecond
/// the later counts, and both are kept. None is further ahead than a clock may be.
#[derive(Debug, Default)]
pub struct Untimed(Mutex<LastMoments>);

#[derive(Debug, Default)]
struct LastMoments {
    known: HashMap<(LayerId, FeatureId), DateTime<Utc>>,
    /// So many are known before those are looked for that need no memory.
    room: usize,
}

impl Untimed {
    /// Features of which that is remembered, at least.
    const ROOM: usize = 10_000;

    fn moment(&self, layer: &LayerId, feature: &FeatureId, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let now = now.trunc_subsecs(3);
        let mut last = self.0.lock();
        if last.known.len() >= last.room {
            // What lies behind the present needs no memory.
            last.known.retain(|_, known| *known >= now);
            last.room = Self::ROOM.max(last.known.len() * 2);
        }
        let known = last.known.entry((layer.clone(), feature.clone())).or_insert(DateTime::<Utc>::MIN_UTC);
        let next = now.max(*known + TimeDelta::milliseconds(1));
        (next <= now + AHEAD).then(|| *known = next)?;
        Some(next)
    }
}

/// What became of some readings.
#[derive(Debug, Default)]
pub struct Judged {
    /// Those that can be kept, by layer.
    pub taken: Vec<Observations>,
    /// How many these are, as they were sent.
    pub accepted: usize,
    /// How many names beside their values were left out, because the layer does not observe them.
    pub left_out: usize,
    /// The others.
    pub refused: Vec<RefusedReading>,
}

impl Judged {
    /// With the names of those that were refused, by their places.
    #[must_use]
    pub fn named(mut self, name: impl Fn(usize) -> Option<String>) -> Self {
        self.refused.iter_mut().for_each(|refused| refused.name = name(refused.index));
        self
    }
}

/// A reading as it was sent, by whatever way, and not judged yet.
#[derive(Debug)]
pub struct Sent<'a> {
    /// The name of a layer.
    pub layer: &'a str,
    /// The id of a feature.
    pub feature: &'a str,
    /// A moment in RFC 3339; `None` is now.
    pub time: Option<&'a str>,
    /// By the names of properties.
    pub values: &'a Map<String, Value>,
    /// Degrees.
    pub lon: Option<f64>,
    /// Degrees.
    pub lat: Option<f64>,
}

/// What was judged, or why not: the reason, and a message that names the value, the limit and the way out.
pub type Verdict<T> = Result<T, (ReadingReason, String)>;

/// Puts verdicts together, in the order in which they were sent; each may be of several readings of a layer.
pub fn gather<L>(verdicts: impl IntoIterator<Item = Verdict<(Arc<Layer>, L)>>) -> Judged
where
    L: IntoIterator<Item = Observation>,
{
    let mut judged = Judged::default();
    let mut by_layer: HashMap<LayerId, (Arc<Layer>, Vec<Observation>)> = HashMap::new();
    for (index, verdict) in verdicts.into_iter().enumerate() {
        match verdict {
            Ok((layer, observations)) => {
                judged.accepted += 1;
                by_layer.entry(layer.id.clone()).or_insert_with(|| (layer, Vec::new())).1.extend(observations);
            }
            Err((reason, message)) => judged.refused.push(RefusedReading { index, reason, message, name: None }),
        }
    }
    judged.taken = by_layer.into_values().map(|(layer, list)| Observations::new(layer, list)).collect();
    judged
}

impl Known<'_> {
    /// Judges one reading.
    pub fn judge(&self, sent: &Sent<'_>) -> Verdict<(Arc<Layer>, Observation)> {
        let layer = (self.layer)(sent.layer).filter(|layer| layer.is_observed()).ok_or_else(|| {
            let message = format!(
                "there is no layer `{}` whose features are observed; GET /catalog tells them",
                excerpt(sent.layer)
            );
            (ReadingReason::UnknownLayer, message)
        })?;
        let id = sent.feature;
        let feature = FeatureId::new(id).filter(|id| (self.has)(&layer, id.as_str())).ok_or_else(|| {
            (ReadingReason::UnknownFeature, format!("layer `{}` has no feature `{}`", layer.id, excerpt(id)))
        })?;
        let told = sent.time.map(|text| self.time(text, &layer)).transpose()?;
        let values = values(&layer, sent.values)?;
        let position = position(&layer, sent.lon, sent.lat)?;
        if position.is_none() && values.iter().all(Option::is_none) {
            let message = "it has neither a value nor a place: `values` names properties of the layer".to_owned();
            return Err((ReadingReason::NothingObserved, message));
        }
        let time = told.or_else(|| self.untimed.moment(&layer.id, &feature, self.now)).ok_or_else(|| {
            let message = format!("too many readings of `{feature}` without a time at once: send each with its `time`");
            (ReadingReason::InTheFuture, message)
        })?;
        Ok((layer, Observation { feature, time, position, values }))
    }

    fn time(&self, text: &str, layer: &Layer) -> Verdict<DateTime<Utc>> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_no_moment| {
            let message = format!("`{}` is no moment: write 2026-11-21T10:00:00+07:00 (RFC 3339)", excerpt(text));
            (ReadingReason::UnreadableTime, message)
        })?;
        // In whole milliseconds, of which a leap second is the next one: no store knows a second 60.
        let time = DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or_default();
        if time > self.now + AHEAD {
            let message =
                format!("{time} is more than {} minutes ahead of {}: set the clock", AHEAD.num_minutes(), self.now);
            return Err((ReadingReason::InTheFuture, message));
        }
        if time < FIRST {
            return Err((ReadingReason::TooOld, format!("{time} is before {FIRST}: the clock is wrong")));
        }
        if let Some(since) = layer.kept_since(self.now).filter(|since| time < *since) {
            return Err((ReadingReason::TooOld, format!("{time} is before {since}: `{}` keeps no more", layer.id)));
        }
        Ok(time)
    }
}

/// `null` is no value; true and false are 1 and 0.
fn values(layer: &Layer, sent: &Map<String, Value>) -> Verdict<Box<[Option<f64>]>> {
    let mut values = vec![None; layer.observed.len()];
    for (name, value) in sent {
        let place = layer.observed_index(name).ok_or_else(|| {
            let known: Vec<&str> = layer.observed.iter().map(|observed| observed.name.as_str()).collect();
            let message =
                format!("layer `{}` observes no `{}`; it observes {}", layer.id, excerpt(name), known.join(", "));
            (ReadingReason::UnknownProperty, message)
        })?;
        let number = match value {
            Value::Null => continue,
            Value::Bool(flag) => f64::from(u8::from(*flag)),
            Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
            other => {
                let message = format!("`{name}` is {}, not a number", excerpt(&other.to_string()));
                return Err((ReadingReason::NotANumber, message));
            }
        };
        let observed = &layer.observed[place];
        if !observed.can_be(number) {
            let [least, greatest] = observed.range.unwrap_or([f64::MIN, f64::MAX]);
            let message = format!("`{name}` is {number}, and can be {least} to {greatest}");
            return Err((ReadingReason::OutOfRange, message));
        }
        values[place] = Some(number);
    }
    Ok(values.into())
}

fn position(layer: &Layer, lon: Option<f64>, lat: Option<f64>) -> Verdict<Option<[f64; 2]>> {
    let (lon, lat) = match (lon, lat) {
        (None, None) => return Ok(None),
        (Some(lon), Some(lat)) => (lon, lat),
        _ => return Err((ReadingReason::NoPlace, "a place is `lon` and `lat`, both, in degrees".to_owned())),
    };
    if !layer.moving {
        return Err((
            ReadingReason::NotMoving,
            format!("features of layer `{}` do not move: leave lon and lat away", layer.id),
        ));
    }
    if !BBox::WORLD.contains([lon, lat]) {
        return Err((ReadingReason::NoPlace, format!("{lon}, {lat} is no longitude and latitude in degrees")));
    }
    match layer.extent {
        Some(extent) if !extent.contains([lon, lat]) => {
            let message = format!("{lon}, {lat} is outside the layer's extent {:?}", extent.to_array());
            Err((ReadingReason::OutsideExtent, message))
        }
        _ => Ok(Some([lon, lat])),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ingest::{body, test_layer};
    use crate::model::Title;
    use crate::model::layer::Observed;

    fn layer() -> Layer {
        let observed = |name: &str, range| Observed {
            name: name.to_owned(),
            unit: None,
            title: Title { vi: name.to_owned(), en: name.to_owned() },
            range,
        };
        let extent = Some(BBox { west: 102.0, south: 6.0, east: 118.0, north: 24.0 });
        let observed = vec![observed("speed", Some([0.0, 102.2])), observed("lit", None)];
        Layer { observed, moving: true, retention_days: Some(30), extent, ..test_layer() }
    }

    /// What becomes of a body.
    pub(in crate::ingest) fn judged(body: impl AsRef<[u8]>) -> Judged {
        let layer = Arc::new(layer());
        let known = Known {
            layer: &|name| (name == "things").then(|| Arc::clone(&layer)),
            has: &|_, id| id == "a" || id == "7",
            now: "2026-11-21T10:00:00Z".parse().expect("a moment"),
            untimed: &Untimed::default(),
        };
        body::judge(body.as_ref(), &known)
    }

    #[test]
    fn of_those_without_a_time_the_last_counts_and_all_are_kept() {
        let body = r#"[{"layer":"things","feature":"a","values":{"speed":3}},{"layer":"things","feature":7,"values":{"speed":9}},
            {"layer":"things","feature":"a","values":{"speed":2}},{"layer":"things","feature":"a","values":{"speed":1}}]"#;
        let judged = judged(body);
        let list = judged.taken[0].list();
        let of = |id: &str| -> Vec<(String, Option<f64>)> {
            let own = list.iter().filter(|one| one.feature.as_str() == id);
            own.map(|one| (one.time.format("%H:%M:%S%.3f").to_string(), one.values[0])).collect()
        };
        let at = |millis: u32, value: f64| (format!("10:00:00.00{millis}"), Some(value));
        assert_eq!(of("a"), [at(0, 3.0), at(1, 2.0), at(2, 1.0)]);
        assert_eq!(of("7"), [at(0, 9.0)]);
    }

    #[test]
    fn each_fault_has_its_reason() {
        use ReadingReason::*;
        let table = [
            (r#"{"layer":"things","feature":"a","values":{"speed":3}}"#, None),
            (r#"{"layer":"things","feature":7,"values":{"lit":true}}"#, None),
            (r#"{"layer":"things","feature":"a","lon":105.7,"lat":18.7}"#, None),
            (r#"{"layer":"things","feature":"a","time":"2026-11-21T17:10:00+07:00","values":{"lit":0}}"#, None),
            ("{", Some(Unreadable)),
            ("3", Some(Unreadable)),
            (r#"{"layer":"things","values":{"lit":1}}"#, Some(Unreadable)),
            (r#"{"layer":"things","feature":"a","value":{"lit":1}}"#, Some(UnknownProperty)),
            (r#"{"layer":"things","feature":"a","lit":1}"#, None),
            (r#"{"layer":"things","feature":7,"speed":3,"battery":3.6,"values":null}"#, None),
            (r#"{"layer":"things","feature":"a","battery":3.6}"#, Some(UnknownProperty)),
            (r#"{"layer":"things","feature":"a","battery":3.6,"values":{"lit":1}}"#, Some(UnknownProperty)),
            (r#"{"layer":"things","feature":"a","time":1763719200,"lit":1}"#, Some(Unreadable)),
            (r#"{"layer":"things","feature":[1],"lit":1}"#, Some(Unreadable)),
            (r#"{"layer":"things","lit":1}"#, Some(Unreadable)),
            (r#"{"layer":"nothing","feature":"a","values":{"lit":1}}"#, Some(UnknownLayer)),
            (r#"{"layer":"things","feature":"b","values":{"lit":1}}"#, Some(UnknownFeature)),
            (r#"{"layer":"things","feature":"","values":{"lit":1}}"#, Some(UnknownFeature)),
            (r#"{"layer":"things","feature":"a","values":{"noise":1}}"#, Some(UnknownProperty)),
            (r#"{"layer":"things","feature":"a","values":{"speed":"3"}}"#, Some(NotANumber)),
            (r#"{"layer":"things","feature":"a","values":{"speed":102.3}}"#, Some(OutOfRange)),
            (r#"{"layer":"things","feature":"a"}"#, Some(NothingObserved)),
            (r#"{"layer":"things","feature":"a","values":{"speed":null}}"#, Some(NothingObserved)),
            (
                r#"{"layer":"things","feature":"a","time":"2026-11-21T10:00:00","values":{"lit":1}}"#,
                Some(UnreadableTime),
            ),
            (r#"{"layer":"things","feature":"a","time":"2026-11-21T10:10:01Z","values":{"lit":1}}"#, Some(InTheFuture)),
            (r#"{"layer":"things","feature":"a","time":"2026-10-21T10:00:00Z","values":{"lit":1}}"#, Some(TooOld)),
            (r#"{"layer":"things","feature":"a","lon":105.7}"#, Some(NoPlace)),
            (r#"{"layer":"things","feature":"a","lon":181,"lat":91}"#, Some(NoPlace)),
            (r#"{"layer":"things","feature":"a","lon":-1,"lat":-1}"#, Some(OutsideExtent)),
        ];
        for (body, expected) in table {
            let judged = judged(body);
            let found: Vec<_> = judged.refused.iter().map(|refused| refused.reason).collect();
            assert_eq!(
                (found, judged.accepted),
                (expected.into_iter().collect(), usize::from(expected.is_none())),
                "{body}"
            );
        }
    }

    #[test]
    fn values_without_a_time_are_of_now_and_times_are_cut_to_the_millisecond() {
        let list = |body: &str| judged(body).taken.remove(0).into_list();
        let now = list(r#"{"layer":"things","feature":"a","values":{"lit":1}}"#);
        assert_eq!(now[0].time.to_rfc3339(), "2026-11-21T10:00:00+00:00");
        let sent =
            list(r#"{"layer":"things","feature":"a","time":"2026-11-21T09:00:00.123987+07:00","values":{"lit":1}}"#);
        assert_eq!(sent[0].time.to_rfc3339(), "2026-11-21T02:00:00.123+00:00");
        let leap = list(r#"{"layer":"things","feature":"a","time":"2026-11-21T09:00:60.5+07:00","values":{"lit":1}}"#);
        assert_eq!(leap[0].time.to_rfc3339(), "2026-11-21T02:01:00.500+00:00");
    }

    #[test]
    fn without_times_none_is_further_ahead_than_a_clock_may_be() {
        let (untimed, now) = (Untimed::default(), "2026-11-21T10:00:00Z".parse().expect("a moment"));
        let (layer, feature) = (layer().id, FeatureId::new("a").expect("an id"));
        let moments: Vec<_> = (0..600_002).map(|_| untimed.moment(&layer, &feature, now)).collect();
        assert_eq!(moments[600_000], Some(now + AHEAD), "ten minutes of milliseconds");
        assert_eq!(moments[600_001], None);
        let next = now + TimeDelta::milliseconds(1);
        assert_eq!(untimed.moment(&layer, &feature, next), Some(next + AHEAD), "and it goes on");
    }
}
