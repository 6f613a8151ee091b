//! The first pass over a GeoJSON: everything but its features.

use serde_json::Value;

use super::feature::GEOMETRIES;
use super::scan::{Fault, Scanner};
use crate::ingest::input::Bytes;
use crate::ingest::read::excerpt;

/// Members beside the features are kept up to this size.
pub(super) const KEPT: usize = 1 << 20;

pub(super) struct Outline {
    pub(super) shape: Shape,
    pub(super) crs: Option<String>,
}

pub(super) enum Shape {
    /// A `FeatureCollection`; the number of features unless the file is cut short.
    Collection { len: Option<u64> },
    /// A `Feature` or a bare geometry.
    Single,
    /// More than one object: it is a GeoJSONSeq.
    Lines,
}

/// The members that RFC 7946 gives a meaning.
const MEMBERS: [&str; 9] =
    ["type", "features", "geometry", "properties", "coordinates", "geometries", "bbox", "id", "crs"];

#[derive(Default)]
struct Members {
    seen: Vec<&'static str>,
    kind: Option<Value>,
    crs: Option<Value>,
    features: Option<u64>,
    cut_short: bool,
}

impl Outline {
    /// Errors are reasons for people.
    pub(super) fn of(bytes: Bytes) -> Result<Self, String> {
        let mut scanner = Scanner::new(bytes).map_err(|fault| fault.to_string())?;
        let mut members = Members::default();
        match members.read(&mut scanner) {
            Ok(true) => {}
            Ok(false) => return Ok(Self { shape: Shape::Lines, crs: None }),
            Err(Stop::Wrong(reason)) => return Err(reason),
            // The second pass hands out what there is, and reports where it ends.
            Err(Stop::Fault(_)) if members.seen.contains(&"features") => members.cut_short = true,
            Err(Stop::Fault(fault)) => return Err(fault.to_string()),
        }
        let crs = members.crs.as_ref().map_or(Ok(Some("EPSG:4326".into())), declared_crs)?;
        Ok(Self { shape: members.shape()?, crs })
    }
}

enum Stop {
    Fault(Fault),
    Wrong(String),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Members {
    /// False when something follows an object that is no collection.
    fn read(&mut self, scanner: &mut Scanner<Bytes>) -> Result<bool, Stop> {
        let mut text = Vec::new();
        scanner.expect(b'{', "an object")?;
        if !scanner.take_if(b'}')? {
            loop {
                scanner.value(&mut text, KEPT)?;
                let name = MEMBERS.into_iter().find(|name| is_key(&text, name));
                scanner.expect(b':', "a colon")?;
                self.member(name, scanner, &mut text)?;
                if !scanner.take_if(b',')? {
                    break;
                }
            }
            scanner.expect(b'}', "a comma or the end of the object")?;
        }
        match scanner.peek()? {
            // What follows a collection is the second pass's to report.
            Some(_) => Ok(self.seen.contains(&"features")),
            None => Ok(true),
        }
    }

    fn member(
        &mut self,
        name: Option<&'static str>,
        scanner: &mut Scanner<Bytes>,
        text: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        if let Some(name) = name {
            if self.seen.contains(&name) {
                return Err(Stop::Wrong(format!("the member `{name}` stands there twice")));
            }
            self.seen.push(name);
        }
        match name {
            Some("features") => return self.count(scanner),
            Some("type" | "crs" | "bbox") => {
                scanner.value(text, KEPT)?;
                let value = serde_json::from_slice(text).map_err(|e| Stop::Wrong(e.to_string()))?;
                match name {
                    Some("type") => self.kind = Some(value),
                    Some("crs") => self.crs = Some(value),
                    _ => check_bbox(&value).map_err(Stop::Wrong)?,
                }
            }
            _ => _ = scanner.value(text, 0)?,
        }
        Ok(())
    }

    fn count(&mut self, scanner: &mut Scanner<Bytes>) -> Result<(), Stop> {
        if scanner.peek()? != Some(b'[') {
            return Err(Stop::Wrong("the member `features` is no array".into()));
        }
        scanner.expect(b'[', "the array of features")?;
        let mut count = 0;
        if !scanner.take_if(b']')? {
            loop {
                scanner.value(&mut Vec::new(), 0)?;
                count += 1;
                if !scanner.take_if(b',')? {
                    break;
                }
            }
            scanner.expect(b']', "a comma or the end of the features")?;
        }
        self.features = Some(count);
        Ok(())
    }

    fn shape(&self) -> Result<Shape, String> {
        let kind = match &self.kind {
            Some(Value::String(kind)) => kind.as_str(),
            Some(other) => return Err(format!("the member `type` is no text but {}", excerpt(&other.to_string()))),
            None if self.cut_short => "FeatureCollection",
            None => return Err("it has no member `type`".into()),
        };
        match kind {
            "FeatureCollection" => self.collection(),
            "Feature" => Ok(Shape::Single),
            _ if GEOMETRIES.contains(&kind) => Ok(Shape::Single),
            "Topology" => Err("it is TopoJSON; convert it with mapshaper or ogr2ogr".into()),
            other => Err(format!(
                "its type `{}` is none of FeatureCollection, Feature and the geometries (the case counts)",
                excerpt(other)
            )),
        }
    }

    fn collection(&self) -> Result<Shape, String> {
        let foreign = ["coordinates", "geometries", "geometry", "properties"];
        if let Some(name) = foreign.into_iter().find(|name| self.seen.contains(name)) {
            return Err(format!("a FeatureCollection cannot have a member `{name}` (RFC 7946 section 7.1); rename it"));
        }
        match self.features {
            None if !self.cut_short => Err("a FeatureCollection needs the member `features`".into()),
            len => Ok(Shape::Collection { len: len.filter(|_| !self.cut_short) }),
        }
    }
}

pub(super) fn is_key(text: &[u8], name: &str) -> bool {
    serde_json::from_slice::<String>(text).is_ok_and(|key| key == name)
}

/// RFC 7946 section 5: numbers, twice as many as there are dimensions.
pub(super) fn check_bbox(bbox: &Value) -> Result<(), String> {
    let fits = match bbox {
        Value::Null => true,
        Value::Array(numbers) => matches!(numbers.len(), 4 | 6) && numbers.iter().all(Value::is_number),
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!("the bbox {} is not 4 or 6 numbers", excerpt(&bbox.to_string()))) }
}

/// The `crs` member of GeoJSON 2008, which RFC 7946 dropped and many projected files still have.
pub(super) fn declared_crs(crs: &Value) -> Result<Option<String>, String> {
    if crs.is_null() {
        return Ok(None);
    }
    let properties = &crs["properties"];
    match (crs["type"].as_str(), &properties["name"], &properties["code"]) {
        (Some("name"), Value::String(name), _) => Ok(Some(epsg(name))),
        (Some("EPSG"), _, Value::Number(code)) => Ok(Some(format!("EPSG:{code}"))),
        _ => Err(format!("the crs {} names no coordinate reference system", excerpt(&crs.to_string()))),
    }
}

/// `EPSG:n` from the spellings of the name; any other name as it stands.
fn epsg(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with("crs84") {
        return "EPSG:4326".into();
    }
    let code = lower.rsplit([':', '/']).next().filter(|_| lower.contains("epsg"));
    match code.filter(|code| !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit())) {
        Some(code) => format!("EPSG:{code}"),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_reference_systems() {
        let table = [
            ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
            ("urn:ogc:def:crs:EPSG::9208", "EPSG:9208"),
            ("urn:ogc:def:crs:EPSG:6.9:3857", "EPSG:3857"),
            ("epsg:5897", "EPSG:5897"),
            ("http://www.opengis.net/def/crs/EPSG/0/3405", "EPSG:3405"),
            ("VN-2000 / Nghe An", "VN-2000 / Nghe An"),
        ];
        for (name, expected) in table {
            assert_eq!(epsg(name), expected);
        }
    }

    #[test]
    fn members_in_any_order() {
        let outline = |text: &'static str| Outline::of(Box::new(text.as_bytes()));
        let behind = outline(
            r#"{"features":[{},{}],"name":"x","type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3857"}}}"#,
        );
        let behind = behind.unwrap();
        assert_eq!(behind.crs.as_deref(), Some("EPSG:3857"));
        assert!(matches!(behind.shape, Shape::Collection { len: Some(2) }));
        assert!(matches!(outline(r#"{"features":[{},{"#).unwrap().shape, Shape::Collection { len: None }));
        assert!(matches!(outline("{\"type\":\"Feature\"}\n{}").unwrap().shape, Shape::Lines));
        assert_eq!(outline(r#"{"type":"FeatureCollection","features":[],"crs":null}"#).unwrap().crs, None);
        let wrong = [
            (r#"{"type":"FeatureCollection","type":"Feature","features":[]}"#, "`type` stands there twice"),
            (r#"{"type":{}}"#, "no text but {}"),
            (r#"{"type":"featurecollection","features":[]}"#, "the case counts"),
            (r#"{"type":"FeatureCollection","features":{}}"#, "is no array"),
            (r#"{"type":"FeatureCollection"}"#, "needs the member `features`"),
            (r#"{"type":"FeatureCollection","features":[],"bbox":[1,2,3,"4"]}"#, "is not 4 or 6 numbers"),
            (r#"{"type":"FeatureCollection","features":[],"properties":{}}"#, "section 7.1"),
            (r#"{"type":"Feature""#, "ends at byte 17"),
        ];
        for (text, reason) in wrong {
            let error = outline(text).err().unwrap_or_else(|| panic!("{text} was taken"));
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
