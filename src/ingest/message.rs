//! Messages of sensors: the topic names the feature, the payload is what was measured.
//!
//! `citylayers/{layer}/{feature}` with the JSON of a reading without `layer` and `feature`, or with the values beside `time`, `lon` and
//! `lat`, as most devices send them: `{"time": ..., "values": {"free": 12}}` and `{"time": ..., "free": 12}` are the same.

use std::borrow::Cow;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::read::excerpt;
use super::reading::{Known, ReadingReason, Sent, Verdict};
use crate::model::{Layer, Observation};

/// The first level of every topic that is heard.
pub const ROOT: &str = "citylayers";

/// A message as a broker hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Levels with slashes between them.
    pub topic: &'a str,
    /// JSON.
    pub payload: &'a [u8],
    /// Whether the broker kept it from before: nobody knows since when.
    pub retained: bool,
}

/// Judges a message.
pub fn judge(message: &Message<'_>, known: &Known<'_>) -> Verdict<(Arc<Layer>, Observation)> {
    let (layer, feature) = of(message.topic)?;
    let mut members: Map<String, Value> =
        serde_json::from_slice(message.payload).map_err(|error| unreadable(&format!("no JSON object: {error}")))?;
    let time = match members.remove("time") {
        None | Some(Value::Null) => None,
        Some(Value::String(time)) => Some(time),
        Some(other) => return Err(unreadable(&format!("`time` is {other}, not a text"))),
    };
    if message.retained && time.is_none() {
        let text = "the broker kept it from before, and it has no `time`: send retained messages with one".to_owned();
        return Err((ReadingReason::Retained, text));
    }
    let lon = degrees(&mut members, "lon")?;
    let lat = degrees(&mut members, "lat")?;
    match members.remove("values") {
        None | Some(Value::Null) => {}
        Some(Value::Object(values)) => members.extend(values),
        Some(other) => return Err(unreadable(&format!("`values` is {other}, not an object"))),
    }
    known.judge(&Sent { layer, feature: &feature, time: time.as_deref(), values: &members, lon, lat })
}

/// The layer and the feature of a topic. A feature whose id has `/`, `+`, `#` or `%` in it is written with `%2F`, `%2B`, `%23` or `%25`.
fn of(topic: &str) -> Verdict<(&str, Cow<'_, str>)> {
    let mut levels = topic.split('/');
    match (levels.next(), levels.next(), levels.next(), levels.next()) {
        (Some(ROOT), Some(layer), Some(feature), None) => {
            let feature = percent_decode_str(feature).decode_utf8();
            Ok((layer, feature.map_err(|error| unreadable(&format!("the topic names no feature: {error}")))?))
        }
        _ => Err(unreadable(&format!("the topic `{topic}` is not {ROOT}/LAYER/FEATURE"))),
    }
}

fn degrees(members: &mut Map<String, Value>, name: &str) -> Verdict<Option<f64>> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(other) => Err(unreadable(&format!("`{name}` is {other}, not a number"))),
    }
}

fn unreadable(what: &str) -> (ReadingReason, String) {
    (ReadingReason::Unreadable, format!("no reading: {}", excerpt(what)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::reading::Untimed;
    use crate::ingest::test_layer;
    use crate::model::Title;
    use crate::model::layer::Observed;

    fn judged(topic: &str, payload: &str, retained: bool) -> Verdict<(Arc<Layer>, Observation)> {
        let observed = |name: &str| Observed {
            name: name.to_owned(),
            unit: None,
            title: Title { vi: name.to_owned(), en: name.to_owned() },
            range: Some([0.0, 100.0]),
        };
        let layer =
            Arc::new(Layer { observed: vec![observed("free"), observed("used")], moving: true, ..test_layer() });
        let known = Known {
            layer: &|name| (name == "things").then(|| Arc::clone(&layer)),
            has: &|_, id| ["a", "b/c", "50%"].contains(&id),
            now: "2026-11-21T10:00:00Z".parse().expect("a moment"),
            untimed: &Untimed::default(),
        };
        judge(&Message { topic, payload: payload.as_bytes(), retained }, &known)
    }

    #[test]
    fn each_fault_of_topic_and_payload_has_its_reason() {
        use ReadingReason::*;
        let timed = r#"{"time":"2026-11-21T09:00:00Z","free":1}"#;
        let table = [
            ("citylayers/things/a", r#"{"values":{"free":12}}"#, false, None),
            ("citylayers/things/a", r#"{"free":12}"#, false, None),
            ("citylayers/things/a", timed, false, None),
            ("citylayers/things/a", timed, true, None),
            ("citylayers/things/a", r#"{"lon":105.7,"lat":18.7}"#, false, None),
            ("citylayers/things/b%2Fc", timed, false, None),
            ("citylayers/things/50%25", timed, false, None),
            ("citylayers/things/a", r#"{"free":12}"#, true, Some(Retained)),
            ("citylayers/things/b/c", timed, false, Some(Unreadable)),
            ("citylayers/things", timed, false, Some(Unreadable)),
            ("other/things/a", timed, false, Some(Unreadable)),
            ("citylayers/things/%FF", timed, false, Some(Unreadable)),
            ("citylayers/nothing/a", timed, false, Some(UnknownLayer)),
            ("citylayers/things/z", timed, false, Some(UnknownFeature)),
            ("citylayers/things/", timed, false, Some(UnknownFeature)),
            ("citylayers/things/a", "12", false, Some(Unreadable)),
            ("citylayers/things/a", "", false, Some(Unreadable)),
            ("citylayers/things/a", r#"{"time":1763719200,"free":1}"#, false, Some(Unreadable)),
            ("citylayers/things/a", r#"{"lon":"105","lat":18.7}"#, false, Some(Unreadable)),
            ("citylayers/things/a", r#"{"values":[1]}"#, false, Some(Unreadable)),
            ("citylayers/things/a", r#"{"value":{"free":1}}"#, false, Some(UnknownProperty)),
            ("citylayers/things/a", r#"{"free":"12"}"#, false, Some(NotANumber)),
            ("citylayers/things/a", r#"{"free":101}"#, false, Some(OutOfRange)),
            ("citylayers/things/a", "{}", false, Some(NothingObserved)),
            ("citylayers/things/a", r#"{"lon":105.7}"#, false, Some(NoPlace)),
        ];
        for (topic, payload, retained, expected) in table {
            let found = judged(topic, payload, retained).err().map(|(reason, _)| reason);
            assert_eq!(found, expected, "{topic} {payload} {retained}");
        }
    }

    #[test]
    fn values_stand_in_their_object_or_beside_it() {
        let values = |payload| judged("citylayers/things/a", payload, false).expect("a reading").1.values;
        let both: Box<[Option<f64>]> = [Some(1.0), Some(2.0)].into();
        assert_eq!(values(r#"{"values":{"free":1,"used":2}}"#), both);
        assert_eq!(values(r#"{"free":1,"used":2,"time":null}"#), both);
        assert_eq!(values(r#"{"free":1,"values":{"used":2}}"#), both);
    }
}
