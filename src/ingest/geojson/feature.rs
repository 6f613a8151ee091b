//! One GeoJSON object to one record.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::outline::check_bbox;
use crate::ingest::read::{RECORD_LIMIT, excerpt, refusal};
use crate::ingest::report::{Reason, Refusal};
use crate::ingest::source::{Raw, RawGeometry, Record};

pub(super) const GEOMETRIES: [&str; 7] =
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

/// Collections within collections, as deep as anybody sane would write them.
const NESTED: u32 = 8;

/// The members of any GeoJSON object, each as its text. A member that stands there twice is an error.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(rename = "type", borrow, default, deserialize_with = "present")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    bbox: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    geometry: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    properties: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    coordinates: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    geometries: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    features: Option<&'a RawValue>,
}

/// `null` is a value here, not an absence.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Why an object is no record.
struct Fault(Reason, String);

impl Fault {
    fn unreadable(message: impl Into<String>) -> Self {
        Self(Reason::Unreadable, message.into())
    }
}

impl From<serde_json::Error> for Fault {
    fn from(e: serde_json::Error) -> Self {
        Self::unreadable(e.to_string())
    }
}

/// Reads objects and remembers the names of their fields.
#[derive(Default)]
pub(in super::super) struct Parser {
    names: HashSet<Arc<str>>,
}

pub(in super::super) fn too_large(row: u64) -> Refusal {
    refusal(row, Reason::Unreadable, format!("the record is larger than {} MiB", RECORD_LIMIT >> 20))
}

impl Parser {
    /// `is_alone`: the object may be a bare geometry.
    pub(in super::super) fn parse(&mut self, row: u64, text: &[u8], is_alone: bool) -> Result<Record, Refusal> {
        let mut id = None;
        self.record(row, text, is_alone, &mut id)
            .map_err(|Fault(reason, message)| Refusal { id, ..refusal(row, reason, message) })
    }

    fn record(&mut self, row: u64, text: &[u8], is_alone: bool, id: &mut Option<String>) -> Result<Record, Fault> {
        let text = std::str::from_utf8(text)
            .map_err(|e| Fault(Reason::WrongEncoding, format!("the text is not UTF-8: {e}")))?;
        let members = members(text, "a feature")?;
        let kind = kind(&members)?;
        if is_alone && GEOMETRIES.contains(&kind.as_str()) {
            let (geometry, had_z) = geometry(text, NESTED)?;
            return Ok(Record { row, id: None, geometry: Some(geometry), had_z, fields: Vec::new() });
        }
        if kind != "Feature" {
            return Err(Fault::unreadable(format!("the type of a feature is `Feature`, not `{}`", excerpt(&kind))));
        }
        *id = members.id.map_or(Ok(None), read_id)?;
        forbid(
            "a Feature",
            &[("coordinates", members.coordinates), ("geometries", members.geometries), ("features", members.features)],
        )?;
        let properties =
            members.properties.ok_or_else(|| Fault::unreadable("the member `properties` is missing (null will do)"))?;
        let shape =
            members.geometry.ok_or_else(|| Fault::unreadable("the member `geometry` is missing (null will do)"))?;
        let fields = self.fields(properties)?;
        let (geometry, had_z) = match shape.get() {
            "null" => (None, false),
            text => geometry(text, NESTED).map(|(geometry, had_z)| (Some(geometry), had_z))?,
        };
        Ok(Record { row, id: id.clone(), geometry, had_z, fields })
    }

    fn fields(&mut self, properties: &RawValue) -> Result<Vec<(Arc<str>, Raw)>, Fault> {
        let text = properties.get();
        match text.as_bytes().first() {
            Some(b'n') => return Ok(Vec::new()),
            Some(b'{') => {}
            _ => return Err(Fault::unreadable(format!("`properties` is an object or null, not {}", excerpt(text)))),
        }
        let fields = serde_json::Deserializer::from_str(text).deserialize_map(Fields(self))?;
        let mut seen = HashSet::with_capacity(fields.len());
        match fields.iter().find(|(name, _)| !seen.insert(Arc::clone(name))) {
            Some((name, _)) => Err(Fault::unreadable(format!("the property `{}` stands there twice", excerpt(name)))),
            None => Ok(fields),
        }
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        // A file whose features all have other names is not worth remembering.
        const REMEMBERED: usize = 4096;
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        if self.names.len() < REMEMBERED {
            self.names.insert(Arc::clone(&new));
        }
        new
    }
}

fn members<'a>(text: &'a str, what: &str) -> Result<Members<'a>, Fault> {
    if !text.starts_with('{') {
        return Err(Fault::unreadable(format!("{what} is an object, not {}", excerpt(text))));
    }
    Ok(serde_json::from_str(text)?)
}

fn kind(members: &Members) -> Result<String, Fault> {
    if let Some(bbox) = members.bbox {
        check_bbox(&serde_json::from_str(bbox.get())?).map_err(Fault::unreadable)?;
    }
    let kind = members.kind.ok_or_else(|| Fault::unreadable("the member `type` is missing"))?;
    let not_text = || Fault::unreadable(format!("the member `type` is no text but {}", excerpt(kind.get())));
    serde_json::from_str(kind.get()).ok().ok_or_else(not_text)
}

fn read_id(id: &RawValue) -> Result<Option<String>, Fault> {
    match value(id.get())? {
        _ if id.get().starts_with(['{', '[']) => Err(Fault::unreadable("the member `id` is a text or a number")),
        Raw::Boolean(_) => Err(Fault::unreadable("the member `id` is a text or a number")),
        Raw::Null => Ok(None),
        Raw::Text(text) => Ok(Some(text)),
        _ => Ok(Some(id.get().into())),
    }
}

/// RFC 7946 section 7.1: members that would make it another kind of object.
fn forbid(what: &str, members: &[(&str, Option<&RawValue>)]) -> Result<(), Fault> {
    match members.iter().find(|(_, value)| value.is_some()) {
        Some((name, _)) => {
            Err(Fault::unreadable(format!("{what} cannot have a member `{name}` (RFC 7946 section 7.1)")))
        }
        None => Ok(()),
    }
}

struct Fields<'p>(&'p mut Parser);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Vec<(Arc<str>, Raw)>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key_seed(Name(self.0))? {
            let text: &RawValue = map.next_value()?;
            let value = value(text.get())
                .map_err(|e| serde::de::Error::custom(format!("property `{}`: {e}", excerpt(&name))))?;
            fields.push((name, value));
        }
        Ok(fields)
    }
}

struct Name<'p>(&'p mut Parser);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.name(name))
    }
}

/// Objects and arrays keep their JSON; so do numbers that a machine word cannot hold, to the last digit.
fn value(text: &str) -> serde_json::Result<Raw> {
    Ok(match text.as_bytes().first() {
        Some(b'"') => Raw::Text(serde_json::from_str(text)?),
        Some(b'n') => Raw::Null,
        Some(b't' | b'f') => Raw::Boolean(text == "true"),
        Some(b'{' | b'[') => Raw::Text(text.into()),
        _ if text.contains(['.', 'e', 'E']) => {
            serde_json::from_str(text).map_or_else(|_| Raw::Text(text.into()), Raw::Real)
        }
        _ => text.parse().map_or_else(|_| Raw::Text(text.into()), Raw::Integer),
    })
}

/// A geometry and whether it has altitudes.
fn geometry(text: &str, nested: u32) -> Result<(RawGeometry, bool), Fault> {
    let members = members(text, "a geometry")?;
    let kind = kind(&members)?;
    forbid(
        "a geometry",
        &[("geometry", members.geometry), ("properties", members.properties), ("features", members.features)],
    )?;
    if kind == "GeometryCollection" {
        return collection(&members, nested);
    }
    if !GEOMETRIES.contains(&kind.as_str()) {
        return Err(Fault::unreadable(format!("`{}` is no type of geometry (the case counts)", excerpt(&kind))));
    }
    let text = members.coordinates.ok_or_else(|| Fault::unreadable("the member `coordinates` is missing"))?.get();
    let mut had_z = false;
    let geometry = match kind.as_str() {
        "Point" => point(text, &mut had_z)?,
        "MultiPoint" => RawGeometry::MultiPoint(line(&serde_json::from_str::<Vec<Position>>(text)?, &mut had_z)),
        "LineString" => RawGeometry::Lines(vec![line(&serde_json::from_str::<Vec<Position>>(text)?, &mut had_z)]),
        "MultiLineString" => {
            let lines: Vec<Vec<Position>> = serde_json::from_str(text)?;
            RawGeometry::Lines(lines.iter().map(|places| line(places, &mut had_z)).collect())
        }
        "Polygon" => {
            RawGeometry::Polygons(vec![polygon(&serde_json::from_str::<Vec<Vec<Position>>>(text)?, &mut had_z)?])
        }
        _ => {
            let polygons: Vec<Vec<Vec<Position>>> = serde_json::from_str(text)?;
            let polygons = polygons.iter().map(|rings| polygon(rings, &mut had_z)).collect::<Result<_, _>>()?;
            RawGeometry::Polygons(polygons)
        }
    };
    Ok((geometry, had_z))
}

/// No layer takes it; it is still looked through, so that a broken one is called broken.
fn collection(members: &Members, nested: u32) -> Result<(RawGeometry, bool), Fault> {
    let list = members.geometries.ok_or_else(|| Fault::unreadable("the member `geometries` is missing"))?;
    let list: Vec<&RawValue> = serde_json::from_str(list.get())?;
    if nested == 0 {
        return Err(Fault::unreadable(format!("more than {NESTED} collections within each other")));
    }
    let mut had_z = false;
    for member in list {
        had_z |= geometry(member.get(), nested - 1)?.1;
    }
    Ok((RawGeometry::Other("GeometryCollection".into()), had_z))
}

/// A place, and how many numbers it has.
struct Position {
    place: [f64; 2],
    numbers: usize,
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PositionVisitor)
    }
}

struct PositionVisitor;

impl<'de> Visitor<'de> for PositionVisitor {
    type Value = Position;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a position of two numbers or more")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Self::Value, A::Error> {
        let short = |count| serde::de::Error::invalid_length(count, &PositionVisitor);
        let x = numbers.next_element()?.ok_or_else(|| short(0))?;
        let y = numbers.next_element()?.ok_or_else(|| short(1))?;
        let mut count = 2;
        while numbers.next_element::<f64>()?.is_some() {
            count += 1;
        }
        Ok(Position { place: [x, y], numbers: count })
    }
}

/// `[]` is what writers make of an empty point.
fn point(text: &str, had_z: &mut bool) -> Result<RawGeometry, Fault> {
    if serde_json::from_str::<[(); 0]>(text).is_ok() {
        return Ok(RawGeometry::MultiPoint(Vec::new()));
    }
    let position: Position = serde_json::from_str(text)?;
    *had_z = position.numbers > 2;
    Ok(RawGeometry::Point(position.place))
}

fn line(positions: &[Position], had_z: &mut bool) -> Vec<[f64; 2]> {
    *had_z |= positions.iter().any(|position| position.numbers > 2);
    positions.iter().map(|position| position.place).collect()
}

fn polygon(rings: &[Vec<Position>], had_z: &mut bool) -> Result<Vec<Vec<[f64; 2]>>, Fault> {
    for ring in rings {
        // Without the altitude it would look closed.
        if let (Some(first), Some(last)) = (ring.first(), ring.last())
            && first.numbers != last.numbers
        {
            let message = "the first and the last position of a ring differ in the number of their coordinates";
            return Err(Fault(Reason::RingNotClosed, message.into()));
        }
    }
    Ok(rings.iter().map(|ring| line(ring, had_z)).collect())
}
