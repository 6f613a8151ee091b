//! Entities of FIWARE's context brokers as readings: NGSI-LD (ETSI GS CIM 009) and `NGSIv2`, normalized, concise and key-values, by the
//! `[[fiware]]` tables of layers. An entity is taken whole or refused. None makes a feature: one that no layer has is refused.

mod entity;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use self::entity::Entity;
use super::read::excerpt;
use super::reading::{Judged, Known, ReadingReason, Sent, Verdict, gather};
use crate::model::fiware::{Attribute, Fiware, Scale};
use crate::model::{Layer, Observation};

/// The id of an entity, to tell which was refused.
#[must_use]
pub fn id(entity: &Value) -> Option<&str> {
    Entity::id_of(entity)
}

/// Judges entities against the layers that may be seen.
#[must_use]
pub fn judge(entities: &[Value], layers: &[Arc<Layer>], known: &Known<'_>) -> Judged {
    gather(entities.iter().map(|entity| one(entity, layers, known)))
}

fn one(entity: &Value, layers: &[Arc<Layer>], known: &Known<'_>) -> Verdict<(Arc<Layer>, Vec<Observation>)> {
    let entity = Entity::read(entity)?;
    let mut asked: Vec<&str> = Vec::new();
    for layer in layers {
        for fiware in layer.fiware.iter().filter(|fiware| entity.types.iter().any(|known| fiware.knows(known))) {
            let named = names(&entity, fiware).find(|name| (known.has)(layer, name));
            if let Some(feature) = named {
                let sent = readings(&entity, layer, fiware)?;
                let judged = sent.into_iter().map(|one| one.judge(layer, feature, known)).collect::<Verdict<_>>()?;
                return Ok((Arc::clone(layer), judged));
            }
            asked.push(layer.id.as_str());
        }
    }
    let (id, types) = (excerpt(entity.id), excerpt(&entity.types.join(", ")));
    asked.dedup();
    Err(match asked[..] {
        [] => (
            ReadingReason::UnknownLayer,
            format!(
                "no layer takes entities of type {types}: `type` of `[[fiware]]` in a layer's file names what it takes"
            ),
        ),
        _ => (
            ReadingReason::UnknownFeature,
            format!("entity `{id}` is no feature of {}: features are imported, not made by readings", asked.join(", ")),
        ),
    })
}

/// What may be the id of the feature, the likeliest first.
fn names<'e>(entity: &'e Entity<'_>, fiware: &'e Fiware) -> impl Iterator<Item = &'e str> {
    let told = fiware.feature.iter().filter_map(|name| entity.texts(name)).flatten();
    told.chain([entity.id]).flat_map(|text| {
        let bare = entity::without_urn(text);
        let cut = fiware.id_prefix.iter().find_map(|prefix| bare.strip_prefix(prefix.as_str()));
        [Some(text), Some(bare), cut].into_iter().flatten()
    })
}

/// What an entity tells of one moment.
#[derive(Default)]
struct Told {
    time: Option<String>,
    values: Map<String, Value>,
    place: Option<[f64; 2]>,
}

impl Told {
    fn judge(&self, layer: &Layer, feature: &str, known: &Known<'_>) -> Verdict<Observation> {
        let [lon, lat] = self.place.map_or([None, None], |place| place.map(Some));
        let layer = layer.id.as_str();
        let sent = Sent { layer, feature, time: self.time.as_deref(), values: &self.values, lon, lat };
        known.judge(&sent).map(|(_, observation)| observation)
    }
}

/// By their moments: attributes of an entity may be measured at different ones. What has no time of its own is of the newest of the
/// others.
fn readings(entity: &Entity<'_>, layer: &Layer, fiware: &Fiware) -> Verdict<Vec<Told>> {
    let mut found: Vec<(Option<String>, Told)> = Vec::new();
    for attribute in &fiware.attributes {
        let Some(instance) = entity.attribute(&attribute.name) else { continue };
        let Some(number) = number(attribute, instance)? else { continue };
        let values = Map::from_iter([(attribute.property.clone(), number)]);
        found.push((entity.time(instance), Told { values, ..Told::default() }));
    }
    if layer.moving
        && let Some(instance) = entity.attribute("location")
        && let Some(place) = entity::place(entity::value(instance))?
    {
        found.push((entity.time(instance), Told { place: Some(place), ..Told::default() }));
    }
    if found.is_empty() {
        let names: Vec<&str> = fiware.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        let place = if layer.moving { ", location" } else { "" };
        let message = format!("entity `{}` has a value of none of {}{place}", excerpt(entity.id), names.join(", "));
        return Err((ReadingReason::NothingObserved, message));
    }
    let newest = found.iter().filter_map(|(time, _)| time.clone()).max_by_key(|time| moment(time));
    let mut by_time: BTreeMap<Option<String>, Told> = BTreeMap::new();
    for (time, told) in found {
        let time = time.or_else(|| newest.clone());
        let one = by_time.entry(time.clone()).or_insert_with(|| Told { time, ..Told::default() });
        one.place = one.place.or(told.place);
        for (property, number) in told.values {
            one.values.entry(property).or_insert(number);
        }
    }
    Ok(by_time.into_values().collect())
}

fn moment(time: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(time).ok().map(|time| time.to_utc())
}

/// The number of an attribute; `None` where it says that nothing is known. Agents of sensors send numbers as texts, too.
fn number(attribute: &Attribute, instance: &Value) -> Verdict<Option<Value>> {
    let value = entity::value(instance);
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    if text == entity::NULL || attribute.unknown.contains(&text) {
        return Ok(None);
    }
    if let Some((_, number)) = attribute.values.iter().find(|(state, _)| *state == text) {
        return Ok(Some(Value::from(*number)));
    }
    let number = match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Number(number) => number.as_f64(),
        Value::String(_) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    };
    let number = number.ok_or_else(|| {
        let states: Vec<&str> = attribute.values.iter().map(|(state, _)| state.as_str()).collect();
        let or = if states.is_empty() { String::new() } else { format!(" or one of {}", states.join(", ")) };
        (
            ReadingReason::NotANumber,
            format!("`{}` is {}, not a number{or}", attribute.name, excerpt(&value.to_string())),
        )
    })?;
    Ok(Some(Value::from(scale(attribute, instance)?.apply(number))))
}

/// From the unit that is told beside the value to that of the property.
fn scale(attribute: &Attribute, instance: &Value) -> Verdict<Scale> {
    let code = entity::unit(instance).filter(|_| !attribute.units.is_empty());
    let Some(code) = code else { return Ok(Scale { factor: attribute.factor, offset: 0.0 }) };
    let text = code.as_str().map(str::trim);
    let named = attribute.units.iter().find(|(known, _)| text == Some(known));
    named.map(|(_, scale)| *scale).ok_or_else(|| {
        let known: Vec<&str> = attribute.units.iter().map(|(code, _)| code.as_str()).collect();
        let message = format!(
            "`{}` is {} with `unitCode` {}, which is none of {}: send one of them, or name it in `units` of the attribute in the layer's file",
            attribute.name,
            excerpt(&entity::value(instance).to_string()),
            excerpt(&code.to_string()),
            known.join(", ")
        );
        (ReadingReason::UnknownUnit, message)
    })
}

#[cfg(test)]
mod tests;
