//! Messages of sensors: the topic names the feature, the payload is what was measured.
//!
//! `citylayers/{layer}/{feature}` with the JSON of a reading without `layer` and `feature`: `{"time": ..., "values": {"free": 12}}` and
//! `{"time": ..., "free": 12}` are the same.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::members::{Members, Told, unreadable};
use super::read::without_bom;
use super::reading::{Known, ReadingReason, Verdict};

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
pub fn judge(message: &Message<'_>, known: &Known<'_>) -> Verdict<Told> {
    let (layer, feature) = of(message.topic)?;
    let members: Map<String, Value> = serde_json::from_slice(without_bom(message.payload))
        .map_err(|error| unreadable(&format!("no JSON object: {error}")))?;
    let members = Members::read(members)?;
    if message.retained && members.time.is_none() {
        let text = "the broker kept it from before, and it has no `time`: send retained messages with one".to_owned();
        return Err((ReadingReason::Retained, text));
    }
    members.judge(layer, &feature, known)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ingest::reading::Untimed;
    use crate::ingest::test_layer;
    use crate::model::layer::Observed;
    use crate::model::{Layer, Title};

    fn judged(topic: &str, payload: &str, retained: bool) -> Verdict<Told> {
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
            ("citylayers/things/a", "\u{feff}{\"free\":12}", false, None),
            ("citylayers/things/a", "\u{feff}\u{feff}{\"free\":12}", false, Some(Unreadable)),
            // What devices send beside their values.
            ("citylayers/things/a", r#"{"free":12,"battery":3.6,"id":"x","gps":{"sat":7}}"#, false, None),
            ("citylayers/things/a", r#"{"lon":105.7,"lat":18.7,"battery":3.6}"#, false, None),
            ("citylayers/things/a", r#"{"battery":3.6,"rssi":-70}"#, false, Some(UnknownProperty)),
            ("citylayers/things/a", r#"{"free":null,"rssi":-70}"#, false, Some(NothingObserved)),
            ("citylayers/things/a", r#"{"free":101,"rssi":-70}"#, false, Some(OutOfRange)),
            ("citylayers/things/a", r#"{"values":{"free":12,"rssi":-70}}"#, false, Some(UnknownProperty)),
            ("citylayers/things/a", r#"{"values":{"free":12},"rssi":-70}"#, false, Some(UnknownProperty)),
            ("citylayers/nothing/a", r#"{"free":12,"rssi":-70}"#, false, Some(UnknownLayer)),
        ];
        for (topic, payload, retained, expected) in table {
            let found = judged(topic, payload, retained).err().map(|(reason, _)| reason);
            assert_eq!(found, expected, "{topic} {payload} {retained}");
        }
    }

    #[test]
    fn values_stand_in_their_object_or_beside_it() {
        let values = |payload| judged("citylayers/things/a", payload, false).expect("a reading").observation.values;
        let both: Box<[Option<f64>]> = [Some(1.0), Some(2.0)].into();
        assert_eq!(values(r#"{"values":{"free":1,"used":2}}"#), both);
        assert_eq!(values(r#"{"free":1,"used":2,"time":null}"#), both);
        assert_eq!(values(r#"{"free":1,"values":{"used":2}}"#), both);
    }
    #[test]
    fn what_is_left_out_is_counted() {
        for (payload, left_out, values) in [
            (r#"{"free":12}"#, 0, [Some(12.0), None]),
            (r#"{"values":{"free":12}}"#, 0, [Some(12.0), None]),
            (r#"{"seq":1,"used":3,"rssi":-70,"battery":3.6}"#, 3, [None, Some(3.0)]),
            (r#"{"seq":1,"lon":105.7,"lat":18.7}"#, 1, [None, None]),
        ] {
            let told = judged("citylayers/things/a", payload, false).expect(payload);
            assert_eq!((told.left_out, &told.observation.values[..]), (left_out, &values[..]), "{payload}");
        }
    }
}
