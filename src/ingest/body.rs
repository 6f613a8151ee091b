//! Bodies of readings: one JSON object, an array of them, or one a line (NDJSON). Each reading is judged by itself.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::members::{Members, Told, unreadable};
use super::read::{excerpt, without_bom};
use super::reading::{Judged, Known, ReadingReason, Sent, Verdict, gather};

/// Readings of one body.
pub const MOST: usize = 250_000;

/// A reading of a body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    layer: Cow<'a, str>,
    feature: Name,
    time: Option<Cow<'a, str>>,
    values: Option<Map<String, Value>>,
    lon: Option<f64>,
    lat: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Number(i64),
}

impl Name {
    fn text(self) -> String {
        match self {
            Self::Text(id) => id,
            Self::Number(id) => id.to_string(),
        }
    }
}

/// Judges a body. Those that are refused have the name `layer/feature`, if it could be read.
#[must_use]
pub fn judge(body: &[u8], known: &Known<'_>) -> Judged {
    let texts = split(body);
    let mut left_out = 0;
    let verdicts = texts.iter().map(|one| {
        let told = one.clone().and_then(|text| read(text, known))?;
        left_out += told.left_out;
        Ok((told.layer, Some(told.observation)))
    });
    let judged = gather(verdicts).named(|index| texts.get(index)?.as_ref().ok().and_then(|text| name(text)));
    Judged { left_out, ..judged }
}

fn read(text: &[u8], known: &Known<'_>) -> Verdict<Told> {
    let body: Body<'_> = match serde_json::from_slice(text) {
        Ok(body) => body,
        Err(error) => return beside(text, known).unwrap_or_else(|| Err(unreadable(&error.to_string()))),
    };
    let judged = known.judge(&Sent {
        layer: &body.layer,
        feature: &body.feature.text(),
        time: body.time.as_deref(),
        values: &body.values.unwrap_or_default(),
        lon: body.lon,
        lat: body.lat,
    });
    judged.map(|(layer, observation)| Told { layer, observation, left_out: 0 })
}

/// A reading with its values beside the time; `None` where it does not tell whose.
fn beside(text: &[u8], known: &Known<'_>) -> Option<Verdict<Told>> {
    let mut members: Map<String, Value> = serde_json::from_slice(text).ok()?;
    let Some(Value::String(layer)) = members.remove("layer") else { return None };
    let feature: Name = serde_json::from_value(members.remove("feature")?).ok()?;
    Some(Members::read(members).and_then(|members| members.judge(&layer, &feature.text(), known)))
}

/// Whose reading it would have been.
fn name(text: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        layer: Cow<'a, str>,
        feature: Name,
    }
    let named: Named<'_> = serde_json::from_slice(text).ok()?;
    Some(format!("{}/{}", named.layer, named.feature.text()))
}

/// The texts of the readings. A text that is no list at all is one reading that cannot be read.
fn split(body: &[u8]) -> Vec<Verdict<&[u8]>> {
    let body = without_bom(body).trim_ascii();
    let texts: Vec<&[u8]> = if body.first() == Some(&b'[') {
        match serde_json::from_slice::<Few<&RawValue>>(body) {
            Ok(Few(list)) => return list.into_iter().map(|one| Ok(one.get().as_bytes())).collect(),
            // What is wrong with one is not everybody's.
            Err(error) => {
                let Some(texts) = elements(body) else {
                    let message = format!("no JSON array: {}", excerpt(&error.to_string()));
                    return vec![Err((ReadingReason::Unreadable, message))];
                };
                texts
            }
        }
    } else if serde_json::from_slice::<&RawValue>(body).is_ok() {
        return vec![Ok(body)];
    } else {
        let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.filter(|line| !line.is_empty()).take(MOST + 1).collect()
    };
    if texts.len() > MOST {
        return vec![Err((ReadingReason::Unreadable, too_many()))];
    }
    texts.into_iter().map(Ok).collect()
}

/// The elements of an array, of which one or the other is no JSON (`NaN`, a byte that is no UTF-8): by its brackets, quotes and commas.
/// `None` where these do not fit together. One more than [`MOST`] is enough.
fn elements(array: &[u8]) -> Option<Vec<&[u8]>> {
    let inside = array.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let (mut found, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in inside.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                found.push(inside[from..at].trim_ascii());
                from = at + 1;
                if found.len() > MOST {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    found.push(inside[from..].trim_ascii());
    (depth == 0 && !quoted).then_some(found)
}

fn too_many() -> String {
    format!("more than {MOST} readings in one body: send them in parts")
}

/// The readings of an array, of which there may be [`MOST`]: a body of a few bytes, packed, may hold millions.
#[derive(Debug)]
pub struct Few<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Gathering<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Gathering<T> {
            type Value = Few<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of readings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Few<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(one) = all.next_element()? {
                    if list.len() == MOST {
                        return Err(de::Error::custom(too_many()));
                    }
                    list.push(one);
                }
                Ok(Few(list))
            }
        }
        deserializer.deserialize_seq(Gathering(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::reading::tests::judged;

    #[test]
    fn a_body_of_very_many_is_refused_as_a_whole() {
        for body in [format!("[{}3]", "3,".repeat(MOST)), "3\n".repeat(MOST + 1)] {
            let judged = judged(&body);
            assert_eq!((judged.accepted, judged.refused.len()), (0, 1));
            assert!(judged.refused[0].message.contains("250000 readings in one body: send them in parts"));
        }
        assert_eq!(judged(format!("[{}3]", "3,".repeat(1_000))).refused.len(), 1_001, "each by itself");
    }

    #[test]
    fn an_object_an_array_and_lines_are_read_and_good_ones_are_kept() {
        let good = r#"{"layer":"things","feature":"a","values":{"speed":3}}"#;
        let pretty = "{\n \"layer\": \"things\",\n \"feature\": \"a\",\n \"values\": {\"lit\": 1}\n}\n";
        for (body, accepted, refused) in [
            (pretty.to_owned(), 1, vec![]),
            (format!("[{good}, 3, {good}]"), 2, vec![1]),
            (format!("{good}\r\n\n{{\n{good}\n"), 2, vec![1]),
            (format!("[{good},"), 0, vec![0]),
            (format!("\u{feff}{good}\n{good}\n"), 2, vec![]),
            (format!("\u{feff} [{good}]"), 1, vec![]),
            ("[]".to_owned(), 0, vec![]),
            (String::new(), 0, vec![]),
        ] {
            let judged = judged(&body);
            let indexes: Vec<usize> = judged.refused.iter().map(|refused| refused.index).collect();
            assert_eq!((judged.accepted, indexes), (accepted, refused), "{body}");
        }
    }

    #[test]
    fn what_is_wrong_with_one_of_an_array_is_not_everybodys() {
        let good = br#"{"layer":"things","feature":"a","values":{"speed":3}}"#;
        let odd: [&[u8]; 4] = [
            br#"{"layer":"things","feature":"a","values":{"speed":NaN}}"#,
            b"{\"layer\":\"things\",\"feature\":\"\xff],\"}",
            br#"{"layer":"th\",{[ings","feature":x}"#,
            b"",
        ];
        for one in odd {
            let body = [b"[".as_slice(), good, b" ,\n", one, b",", good, b"]"].concat();
            let judged = judged(&body);
            let indexes: Vec<usize> = judged.refused.iter().map(|refused| refused.index).collect();
            assert_eq!((judged.accepted, indexes), (2, vec![1]), "{}", String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn who_was_refused_is_known_by_name() {
        let body = r#"[{"layer":"things","feature":7,"values":{"speed":-1}},{"layer":"boats","feature":"a/b"},3]"#;
        let names: Vec<_> = judged(body).refused.into_iter().map(|refused| refused.name).collect();
        assert_eq!(names, [Some("things/7".to_owned()), Some("boats/a/b".to_owned()), None]);
    }
    #[test]
    fn what_devices_send_beside_their_values_is_left_out_and_counted() {
        let body = r#"[{"layer":"things","feature":"a","speed":3,"battery":3.6,"rssi":-70},{"layer":"things","feature":7,"lit":1,"seq":9},
            {"layer":"things","feature":"a","battery":3.6},{"layer":"things","feature":7,"lit":1,"values":{"seq":9}}]"#;
        let judged = judged(body);
        let refused: Vec<_> = judged.refused.iter().map(|refused| (refused.index, refused.reason)).collect();
        let unknown = ReadingReason::UnknownProperty;
        assert_eq!((judged.accepted, judged.left_out, refused), (2, 3, vec![(2, unknown), (3, unknown)]));
    }
}
