//! What a reader makes of a file, before anything is judged: the seam between the formats and the door.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::report::Refusal;

/// A file that was opened and found to be of a format.
pub struct Source {
    /// Which format its content is.
    pub format: Format,
    /// The coordinate reference system that the file declares, as it stands there: an `EPSG:n` code where the file gives one
    /// (GeoPackage, FlatGeobuf, the old `crs` member of GeoJSON), else the text of a `.prj`. GeoJSON without the member is
    /// `EPSG:4326` (RFC 7946 section 4). `None`: it says nothing.
    pub crs: Option<String>,
    /// The encoding of its texts, as it was declared or found (`utf-8`, `tcvn3` ...).
    pub encoding: String,
    /// How many records there are, when the file says so before it is read.
    pub len: Option<u64>,
    /// The records in the order of the file. A record that cannot be read is a refusal and the next one follows; after a
    /// fault beyond which nothing can be read (a truncated file) the refusal says so and the iterator ends.
    pub records: Box<dyn Iterator<Item = Result<Record, Refusal>> + Send>,
}

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A `FeatureCollection`, `Feature` or bare geometry (RFC 7946).
    GeoJson,
    /// One feature a line, with or without record separators (RFC 8142).
    GeoJsonSeq,
    /// Comma, semicolon or tab separated, with a header.
    Csv,
    /// A folder or zip of `.shp`, `.dbf`, `.shx`, with or without `.prj` and `.cpg`.
    Shapefile,
    /// OGC 12-128r18.
    GeoPackage,
    /// Version 3.
    FlatGeobuf,
    /// A feed of GTFS Schedule.
    Gtfs,
}

/// One record as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number, counted from 1: the feature in a GeoJSON, the record in a CSV (the header is none), in a `.dbf`, in a table.
    pub row: u64,
    /// The id that the format itself gives it: the `id` member of a GeoJSON feature, the `fid` of a GeoPackage. Not a field.
    pub id: Option<String>,
    /// Its geometry, `None` when it has none.
    pub geometry: Option<RawGeometry>,
    /// Whether altitudes or measures were left aside: citylayers is two-dimensional.
    pub had_z: bool,
    /// Field name and value.
    pub fields: Vec<(Arc<str>, Raw)>,
}

/// A geometry with nothing mended: rings may be open, run the wrong way, be empty, hold NaN. Axis order is x (east) first.
#[derive(Clone, Debug, PartialEq)]
pub enum RawGeometry {
    /// One place.
    Point([f64; 2]),
    /// Places.
    MultiPoint(Vec<[f64; 2]>),
    /// Lines; a `LineString` is one.
    Lines(Vec<Vec<[f64; 2]>>),
    /// Polygons, each the exterior ring and its holes; a `Polygon` is one.
    Polygons(Vec<Vec<Vec<[f64; 2]>>>),
    /// What no layer takes, by its name (`GeometryCollection`, `CurvePolygon` ...).
    Other(String),
}

impl RawGeometry {
    /// Exchanges the axes: for what came with the north first.
    pub fn exchange_axes(&mut self) {
        let exchange = |places: &mut Vec<[f64; 2]>| places.iter_mut().for_each(|place| place.reverse());
        match self {
            Self::Point(place) => place.reverse(),
            Self::MultiPoint(places) => exchange(places),
            Self::Lines(lines) => lines.iter_mut().for_each(exchange),
            Self::Polygons(polygons) => polygons.iter_mut().flatten().for_each(exchange),
            Self::Other(_) => {}
        }
    }
}

/// A value as the file types it.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// Absent.
    Null,
    /// Text, already Unicode.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Yes or no.
    Boolean(bool),
    /// A day.
    Date(NaiveDate),
    /// A moment.
    DateTime(DateTime<Utc>),
}
