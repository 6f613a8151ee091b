//! One entity, in whichever representation it comes.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

use crate::ingest::read::excerpt;
use crate::ingest::reading::{ReadingReason, Verdict};

/// What NGSI-LD writes in the place of `null` (CIM 009, section 4.5.0).
pub const NULL: &str = "urn:ngsi-ld:null";

/// When an attribute, or a whole entity, was measured; the first that is there counts.
const MEASURED: [&str; 4] = ["dateObserved", "observedAt", "TimeInstant", "timestamp"];

/// When the broker took a value in: better than not to know.
const TAKEN_IN: [&str; 2] = ["dateModified", "modifiedAt"];

/// An entity with its names in short: those of an `@context` that was not applied are the last segment of a URI.
pub struct Entity<'a> {
    pub id: &'a str,
    pub types: Vec<&'a str>,
    attributes: HashMap<&'a str, &'a Value>,
}

impl<'a> Entity<'a> {
    /// The id, if it is an entity at all.
    pub fn id_of(entity: &'a Value) -> Option<&'a str> {
        ["id", "@id"].iter().find_map(|name| entity.get(name)?.as_str())
    }

    pub fn read(entity: &'a Value) -> Verdict<Self> {
        let unreadable = |what: &str| (ReadingReason::Unreadable, format!("no entity: it has no {what}"));
        let members = entity.as_object().ok_or_else(|| {
            (
                ReadingReason::Unreadable,
                format!("no entity, but {}: an object with `id` and `type`", excerpt(&entity.to_string())),
            )
        })?;
        let id = Self::id_of(entity).ok_or_else(|| unreadable("`id`, a text"))?;
        let types = members.get("type").or_else(|| members.get("@type")).map(texts).unwrap_or_default();
        if types.is_empty() {
            return Err(unreadable("`type`, a text or a list of texts"));
        }
        let types = types.into_iter().map(short).collect();
        let attributes = members.iter().map(|(name, value)| (short(name), value)).collect();
        Ok(Self { id, types, attributes })
    }

    /// An attribute by its short name. Of several instances of it (CIM 009, section 4.5.5) the one without `datasetId`, or else the first.
    pub fn attribute(&self, name: &str) -> Option<&'a Value> {
        let attribute = *self.attributes.get(name)?;
        let instances = attribute.as_array().filter(|list| list.first().is_some_and(is_instance));
        match instances {
            Some(list) => list.iter().find(|instance| instance.get("datasetId").is_none()).or(list.first()),
            None => Some(attribute),
        }
    }

    /// The texts of an attribute: one, or a list.
    pub fn texts(&self, name: &str) -> Option<Vec<&'a str>> {
        let list = self.attribute(name).map(|instance| texts(value(instance)))?;
        Some(list).filter(|list| !list.is_empty())
    }

    /// When an attribute was measured, in RFC 3339.
    pub fn time(&self, instance: &Value) -> Option<String> {
        let own = |names: &[&str]| names.iter().find_map(|name| moment(beside(instance, name)?));
        let of_all = |names: &[&str]| names.iter().find_map(|name| moment(value(self.attribute(name)?)));
        own(&MEASURED).or_else(|| of_all(&MEASURED)).or_else(|| own(&TAKEN_IN)).or_else(|| of_all(&TAKEN_IN))
    }
}

/// The code of the unit that stands beside a value: a text, or whatever it is instead.
pub fn unit(instance: &Value) -> Option<&Value> {
    let code = beside(instance, "unitCode")?;
    let absent = code.is_null() || code.as_str().is_some_and(|text| text.trim().is_empty() || text == NULL);
    (!absent).then_some(code)
}

fn is_instance(value: &Value) -> bool {
    value.get("value").is_some() || value.get("object").is_some()
}

/// What stands beside the value of an attribute: as a member in NGSI-LD, as metadata in `NGSIv2`.
fn beside<'v>(instance: &'v Value, name: &str) -> Option<&'v Value> {
    if !is_instance(instance) {
        return None;
    }
    instance.get(name).or_else(|| instance.get("metadata")?.get(name)).map(value)
}

/// The value of an attribute: of a normalized or concise one, or itself.
pub fn value(instance: &Value) -> &Value {
    let inner = match instance {
        Value::Object(members) if !members.contains_key("coordinates") => {
            ["value", "object"].iter().find_map(|name| members.get(*name)).unwrap_or(instance)
        }
        _ => instance,
    };
    inner.get("@value").unwrap_or(inner)
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// `https://smartdatamodels.org/dataModel.Parking/OffStreetParking` is `OffStreetParking`.
fn short(name: &str) -> &str {
    if name.contains("://") { name.rsplit(['#', '/']).next().unwrap_or(name) } else { name }
}

/// `urn:ngsi-ld:OffStreetParking:P-001` is `P-001`.
pub fn without_urn(id: &str) -> &str {
    let rest = id.strip_prefix("urn:ngsi-ld:").and_then(|rest| rest.split_once(':'));
    rest.map_or(id, |(_, rest)| rest)
}

/// A moment of a text; the end of an interval, when all of it was measured. One without an offset is in UTC, as the brokers take it. What
/// cannot be read goes on as it is, to be refused with its text.
fn moment(value: &Value) -> Option<String> {
    let text = value.as_str().map(str::trim).filter(|text| !text.is_empty() && *text != NULL)?;
    let text = match text.split_once('/') {
        Some((from, "" | "..")) => from,
        Some((_, to)) => to,
        None => text,
    };
    if DateTime::parse_from_rfc3339(text).is_err() && text.parse::<NaiveDateTime>().is_ok() {
        return Some(format!("{text}Z"));
    }
    Some(text.to_owned())
}

/// `[lon, lat]` of a location: a `GeoJSON` point, or `NGSIv2`'s `geo:point`, a text with the latitude first.
pub fn place(value: &Value) -> Verdict<Option<[f64; 2]>> {
    let found = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text == NULL => return Ok(None),
        Value::String(text) => {
            let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
            numbers.and_then(|numbers| <[f64; 2]>::try_from(numbers).ok()).map(|[lat, lon]| [lon, lat])
        }
        point if point["type"] == "Point" => match point["coordinates"].as_array().map(Vec::as_slice) {
            Some([lon, lat] | [lon, lat, _]) => lon.as_f64().zip(lat.as_f64()).map(|(lon, lat)| [lon, lat]),
            _ => None,
        },
        _ => None,
    };
    let refused = || {
        let text = excerpt(&value.to_string());
        (ReadingReason::NoPlace, format!("`location` is {text}: a GeoJSON Point, or a text `latitude, longitude`"))
    };
    found.map(Some).ok_or_else(refused)
}
