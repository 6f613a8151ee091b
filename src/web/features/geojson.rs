//! Features as GeoJSON (RFC 7946), in the system that is asked for: with another than CRS84 coordinates come in the order of its
//! axes (OGC 18-058r1, requirement `geojson`).

use serde::Serialize;
use serde_json::Value as Json;

use crate::crs::{OgcCrs, Transform};
use crate::geo::{Arena, BBox, GeometryKind};
use crate::index::page::Found;
use crate::model::{Audience, FieldType, Layer, Rows};

/// Digits behind the point: a tenth of a millimetre of metres, and less than that of degrees that were computed.
const METRE_DIGITS: i32 = 4;
const DEGREE_DIGITS: i32 = 10;

/// Writes features of one layer.
pub struct Writer {
    crs: OgcCrs,
    /// `None` where lon/lat are written as they were given.
    transform: Option<Transform>,
    audience: Audience,
}

impl Writer {
    /// For an audience and a system, to which `transform` is the way.
    #[must_use]
    pub fn new(crs: OgcCrs, transform: Transform, audience: Audience) -> Self {
        Self { transform: (!transform.is_identity()).then_some(transform), crs, audience }
    }

    /// Appends a feature without its closing brace: members may follow.
    pub fn open_feature(&self, to: &mut Vec<u8>, found: &Found) {
        let Found { rows, row } = found;
        to.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
        write(to, &id(rows.layer(), rows.id(*row)));
        to.extend_from_slice(b",\"geometry\":");
        self.geometry(to, rows.arena(), *row);
        to.extend_from_slice(b",\"properties\":");
        self.properties(to, rows, *row);
    }

    /// Appends a whole feature.
    pub fn feature(&self, to: &mut Vec<u8>, found: &Found) {
        self.open_feature(to, found);
        to.push(b'}');
    }

    fn properties(&self, to: &mut Vec<u8>, rows: &Rows, row: usize) {
        let layer = rows.layer();
        to.push(b'{');
        write(to, &layer.id_field.name);
        to.push(b':');
        write(to, &id(layer, rows.id(row)));
        for (field, value) in layer.fields.iter().zip(rows.values(row)) {
            if self.audience.may_see(field.audience) {
                to.push(b',');
                write(to, &field.name);
                to.push(b':');
                write(to, &value);
            }
        }
        to.push(b'}');
    }

    /// Appends the geometry of a row.
    pub fn geometry(&self, to: &mut Vec<u8>, arena: &Arena, row: usize) {
        match arena.kind() {
            GeometryKind::Point => {
                to.extend_from_slice(b"{\"type\":\"Point\",\"coordinates\":");
                self.place(to, arena.lon_lat()[row]);
            }
            GeometryKind::Line => {
                to.extend_from_slice(b"{\"type\":\"MultiLineString\",\"coordinates\":[");
                for (number, part) in arena.parts(row).enumerate() {
                    separate(to, number);
                    self.places(to, &arena.lon_lat()[arena.vertices(part)], false);
                }
                to.push(b']');
            }
            GeometryKind::Polygon => {
                to.extend_from_slice(b"{\"type\":\"MultiPolygon\",\"coordinates\":[");
                for (number, part) in arena.parts(row).enumerate() {
                    if arena.is_exterior(part) {
                        to.extend_from_slice(if number > 0 { b"],[" } else { b"[" });
                    } else {
                        to.push(b',');
                    }
                    self.places(to, &arena.lon_lat()[arena.vertices(part)], true);
                }
                to.extend_from_slice(b"]]");
            }
        }
        to.push(b'}');
    }

    fn places(&self, to: &mut Vec<u8>, places: &[[f64; 2]], closed: bool) {
        to.push(b'[');
        let closing = places.first().filter(|_| closed);
        for (number, &place) in places.iter().chain(closing).enumerate() {
            separate(to, number);
            self.place(to, place);
        }
        to.push(b']');
    }

    fn place(&self, to: &mut Vec<u8>, place: [f64; 2]) {
        let [first, second] = self.crs.ordered(self.moved(place));
        to.push(b'[');
        write(to, &first);
        to.push(b',');
        write(to, &second);
        to.push(b']');
    }

    /// A place in the system, east first. What is no place there is written as `null`, which whoever asks is kept from before: see
    /// [`Self::reaches`].
    #[must_use]
    pub fn moved(&self, place: [f64; 2]) -> [f64; 2] {
        let Some(transform) = &self.transform else { return place };
        let digits = if self.crs.is_projected() { METRE_DIGITS } else { DEGREE_DIGITS };
        let power = 10_f64.powi(digits);
        transform.from_lon_lat(place).unwrap_or([f64::NAN; 2]).map(|number| (number * power).round() / power)
    }

    /// Whether a feature lies where the system reaches, by the corners of the box around it.
    #[must_use]
    pub fn reaches(&self, found: &Found) -> bool {
        let Some(transform) = &self.transform else { return true };
        let arena = found.rows.arena();
        let places = arena.lon_lat()[arena.row_vertices(found.row)].iter().copied();
        BBox::around(places).is_some_and(|BBox { west, south, east, north }| {
            let corners = [[west, south], [east, south], [east, north], [west, north]];
            corners.into_iter().all(|place| transform.from_lon_lat(place).is_some())
        })
    }
}

fn separate(to: &mut Vec<u8>, number: usize) {
    if number > 0 {
        to.push(b',');
    }
}

/// The id of a feature as its layer types it.
#[must_use]
pub fn id(layer: &Layer, id: &str) -> Json {
    let number = if layer.id_field.field_type == FieldType::Integer { id.parse::<i64>().ok() } else { None };
    number.map_or_else(|| Json::from(id), Json::from)
}

/// Appends a value as JSON.
///
/// # Panics
/// Never: what is written here has texts for keys, and memory takes every byte.
pub fn write(to: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(to, value).expect("memory takes every byte, and no key is anything but a text");
}
