//! FlatGeobuf, version 3, in the order of the file. The index is passed over.
//!
//! The crate's generated accessors are used, not its reader: that reader trusts the counts in a feature and gives up the
//! file at the first broken one. Here each feature is verified on its own.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use ::flatgeobuf::{
    Column, ColumnType, Crs, Geometry, GeometryType, size_prefixed_root_as_feature, size_prefixed_root_as_header,
};
use chrono::{DateTime, NaiveDate};

use super::input::{Bytes, Input};
use super::read::{RECORD_LIMIT, ReadError, excerpt, refusal};
use super::report::{Reason, Refusal};
use super::source::{Format, Raw, RawGeometry, Record, Source};

const HEADER_LIMIT: usize = 16 << 20;
/// Bytes of a node of the index: a box and an offset.
const NODE: u64 = 40;

pub(super) fn open(path: &Path) -> Result<Source, ReadError> {
    let at = ReadError::io(path);
    let malformed = |reason: String| ReadError::malformed(path, Format::FlatGeobuf, reason);
    let mut bytes = Input::open(path)?.bytes().map_err(&at)?;
    let header = read_header(&mut bytes).map_err(&malformed)?;
    let header = size_prefixed_root_as_header(&header).map_err(|e| malformed(format!("its header: {e}")))?;
    let index = index_size(header.features_count(), header.index_node_size());
    let index = index.ok_or_else(|| malformed("its index is larger than any file".into()))?;
    if io::copy(&mut (&mut bytes).take(index), &mut io::sink()).map_err(&at)? < index {
        return Err(malformed("it ends within its index".into()));
    }
    let layout = Layout {
        kind: header.geometry_type(),
        had_z: header.has_z() || header.has_m(),
        columns: columns(header.columns().into_iter().flatten()),
    };
    // 0 stands for a writer that did not count.
    let len = Some(header.features_count()).filter(|count| *count > 0);
    let crs = header.crs().as_ref().and_then(crs);
    let records = Features { bytes, layout, len, row: 0, buffer: Vec::new(), done: false };
    Ok(Source { format: Format::FlatGeobuf, crs, encoding: "utf-8".into(), len, records: Box::new(records) })
}

fn read_header(bytes: &mut Bytes) -> Result<Vec<u8>, String> {
    let mut magic = [0; 8];
    bytes.read_exact(&mut magic).map_err(|e| e.to_string())?;
    let mut header = Vec::new();
    match sized(bytes, HEADER_LIMIT, &mut header) {
        Ok(Sized::Whole) => Ok(header),
        Ok(Sized::End | Sized::TooLarge) => {
            Err(format!("its header is missing or larger than {} MiB", HEADER_LIMIT >> 20))
        }
        Err(e) => Err(format!("its header: {e}")),
    }
}

/// The size of a packed R-tree, by the same rule as its writers build it. `None` beyond the reach of 64 bits.
fn index_size(features: u64, node_size: u16) -> Option<u64> {
    let node_size = u64::from(node_size);
    if node_size < 2 || features == 0 {
        return Some(0);
    }
    let (mut nodes, mut level) = (features, features);
    loop {
        level = level.div_ceil(node_size);
        nodes = nodes.checked_add(level)?;
        if level == 1 {
            return nodes.checked_mul(NODE);
        }
    }
}

fn crs(crs: &Crs) -> Option<String> {
    let is_epsg = crs.org().is_none_or(|org| org.is_empty() || org.eq_ignore_ascii_case("EPSG"));
    if is_epsg && crs.code() > 0 {
        return Some(format!("EPSG:{}", crs.code()));
    }
    crs.wkt().filter(|text| !text.is_empty()).map(String::from)
}

/// What the header says of every feature.
struct Layout {
    kind: GeometryType,
    had_z: bool,
    columns: Vec<(Arc<str>, ColumnType)>,
}

fn columns<'a>(columns: impl Iterator<Item = Column<'a>>) -> Vec<(Arc<str>, ColumnType)> {
    columns.map(|column| (column.name().into(), column.type_())).collect()
}

enum Sized {
    Whole,
    TooLarge,
    End,
}

/// A size and as many bytes; the size stays before them.
fn sized(bytes: &mut Bytes, limit: usize, into: &mut Vec<u8>) -> io::Result<Sized> {
    into.clear();
    if bytes.by_ref().take(4).read_to_end(into)? == 0 {
        return Ok(Sized::End);
    }
    let prefix = *into.first_chunk::<4>().ok_or(io::ErrorKind::UnexpectedEof)?;
    let size = u64::from(u32::from_le_bytes(prefix));
    let is_whole = size <= limit as u64;
    let mut body = bytes.by_ref().take(size);
    let read = if is_whole { body.read_to_end(into)? as u64 } else { io::copy(&mut body, &mut io::sink())? };
    if read < size {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is cut short"));
    }
    Ok(if is_whole { Sized::Whole } else { Sized::TooLarge })
}

struct Features {
    bytes: Bytes,
    layout: Layout,
    len: Option<u64>,
    row: u64,
    buffer: Vec<u8>,
    done: bool,
}

impl Iterator for Features {
    type Item = Result<Record, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let sized = sized(&mut self.bytes, RECORD_LIMIT, &mut self.buffer);
        self.row += 1;
        let row = self.row;
        let refuse = |reason, message: String| Some(Err(refusal(row, reason, message)));
        match sized {
            Ok(Sized::Whole) => Some(self.layout.record(self.row, &self.buffer)),
            Ok(Sized::TooLarge) => {
                refuse(Reason::Unreadable, format!("the feature is larger than {} MiB", RECORD_LIMIT >> 20))
            }
            Ok(Sized::End) => {
                self.done = true;
                let (read, len) = (self.row - 1, self.len.unwrap_or_default());
                if read < len {
                    refuse(Reason::Truncated, format!("the file ends after {read} of {len} features"))
                } else {
                    None
                }
            }
            Err(e) => {
                self.done = true;
                refuse(Reason::Truncated, format!("the file ends within this feature: {e}"))
            }
        }
    }
}

impl Layout {
    fn record(&self, row: u64, buffer: &[u8]) -> Result<Record, Refusal> {
        let refuse = |message: String| refusal(row, Reason::Unreadable, message);
        let feature = size_prefixed_root_as_feature(buffer).map_err(|e| refuse(e.to_string()))?;
        let own = columns(feature.columns().into_iter().flatten());
        let columns = if own.is_empty() { &self.columns } else { &own };
        let properties = feature.properties().map(|bytes| bytes.bytes()).unwrap_or_default();
        let fields = fields(properties, columns).map_err(refuse)?;
        let geometry =
            feature.geometry().map(|geometry| read_geometry(&geometry, self.kind)).transpose().map_err(refuse)?;
        let is_high = |geometry: Geometry| geometry.z().is_some_and(|z| !z.is_empty());
        let had_z = geometry.is_some() && (self.had_z || feature.geometry().is_some_and(is_high));
        Ok(Record { row, id: None, geometry, had_z, fields })
    }
}

/// Each value behind the number of its column; what is not there is null.
fn fields(mut bytes: &[u8], columns: &[(Arc<str>, ColumnType)]) -> Result<Vec<(Arc<str>, Raw)>, String> {
    let mut values: Vec<Option<Raw>> = vec![Some(Raw::Null); columns.len()];
    while !bytes.is_empty() {
        let column = usize::from(u16::from_le_bytes(fixed(&mut bytes)?));
        let (name, kind) =
            columns.get(column).ok_or_else(|| format!("a value of column {column}, which is not there"))?;
        values[column] = value(&mut bytes, *kind).map_err(|e| format!("field `{name}`: {e}"))?;
    }
    let names = columns.iter().map(|(name, _)| Arc::clone(name));
    Ok(names.zip(values).filter_map(|(name, value)| Some((name, value?))).collect())
}

/// `None` for bytes, which no field takes.
fn value(bytes: &mut &[u8], kind: ColumnType) -> Result<Option<Raw>, String> {
    Ok(Some(match kind {
        ColumnType::Byte => Raw::Integer(i8::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::UByte => Raw::Integer(u8::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::Bool => Raw::Boolean(u8::from_le_bytes(fixed(bytes)?) != 0),
        ColumnType::Short => Raw::Integer(i16::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::UShort => Raw::Integer(u16::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::Int => Raw::Integer(i32::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::UInt => Raw::Integer(u32::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::Long => Raw::Integer(i64::from_le_bytes(fixed(bytes)?)),
        ColumnType::ULong => {
            let number = u64::from_le_bytes(fixed(bytes)?);
            i64::try_from(number).map_or_else(|_| Raw::Text(number.to_string()), Raw::Integer)
        }
        ColumnType::Float => Raw::Real(f32::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::Double => Raw::Real(f64::from_le_bytes(fixed(bytes)?)),
        ColumnType::String | ColumnType::Json => Raw::Text(text(bytes)?.into()),
        ColumnType::DateTime => timed(text(bytes)?),
        ColumnType::Binary => {
            counted(bytes)?;
            return Ok(None);
        }
        other => return Err(format!("a type {} that is not known", other.0)),
    }))
}

/// A day, a moment with its zone, else the text for the field's type to judge.
fn timed(text: &str) -> Raw {
    let day = || text.parse::<NaiveDate>().map(Raw::Date).ok();
    let moment = || DateTime::parse_from_rfc3339(text).map(|moment| Raw::DateTime(moment.to_utc())).ok();
    day().or_else(moment).unwrap_or_else(|| Raw::Text(text.into()))
}

fn fixed<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], String> {
    let (value, rest) = bytes.split_first_chunk::<N>().ok_or("the properties are cut short")?;
    *bytes = rest;
    Ok(*value)
}

fn counted<'b>(bytes: &mut &'b [u8]) -> Result<&'b [u8], String> {
    let size = u32::from_le_bytes(fixed(bytes)?) as usize;
    let (value, rest) = bytes.split_at_checked(size).ok_or("the properties are cut short")?;
    *bytes = rest;
    Ok(value)
}

fn text<'b>(bytes: &mut &'b [u8]) -> Result<&'b str, String> {
    let bytes = counted(bytes)?;
    std::str::from_utf8(bytes)
        .map_err(|e| format!("`{}` is no UTF-8 text: {e}", excerpt(&bytes.escape_ascii().to_string())))
}

type Line = Vec<[f64; 2]>;

/// `Unknown` in the header: each feature tells its own.
fn read_geometry(geometry: &Geometry, kind: GeometryType) -> Result<RawGeometry, String> {
    let kind = if kind == GeometryType::Unknown { geometry.type_() } else { kind };
    Ok(match kind {
        GeometryType::Point => match places(geometry)?.as_slice() {
            [place] if place.iter().all(|number| number.is_nan()) => RawGeometry::MultiPoint(Vec::new()),
            [place] => RawGeometry::Point(*place),
            [] => RawGeometry::MultiPoint(Vec::new()),
            many => return Err(format!("a point of {} places", many.len())),
        },
        GeometryType::MultiPoint => RawGeometry::MultiPoint(places(geometry)?),
        GeometryType::LineString => RawGeometry::Lines(vec![places(geometry)?]),
        GeometryType::MultiLineString => RawGeometry::Lines(lines(geometry)?),
        GeometryType::Polygon => RawGeometry::Polygons(vec![lines(geometry)?]),
        GeometryType::MultiPolygon => RawGeometry::Polygons(match geometry.parts() {
            Some(parts) => parts.iter().map(|part| lines(&part)).collect::<Result<_, _>>()?,
            None => vec![lines(geometry)?],
        }),
        other => RawGeometry::Other(other.variant_name().unwrap_or("unknown").into()),
    })
}

fn places(geometry: &Geometry) -> Result<Line, String> {
    let numbers: Vec<f64> = geometry.xy().map(|xy| xy.iter().collect()).unwrap_or_default();
    let (places, rest) = numbers.as_chunks::<2>();
    if rest.is_empty() { Ok(places.to_vec()) } else { Err("an odd number of coordinates".into()) }
}

/// Where no ends are told, the places are one line.
fn lines(geometry: &Geometry) -> Result<Vec<Line>, String> {
    let places = places(geometry)?;
    let Some(ends) = geometry.ends().filter(|ends| !ends.is_empty()) else {
        return Ok(if places.is_empty() { Vec::new() } else { vec![places] });
    };
    let mut start = 0;
    let mut lines = Vec::new();
    for end in ends.iter().map(|end| end as usize) {
        let line = places
            .get(start..end)
            .ok_or_else(|| format!("a part runs from place {start} to {end} of {}", places.len()))?;
        lines.push(line.to_vec());
        start = end;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_as_the_crate_counts_it() {
        for features in [1, 2, 15, 16, 17, 256, 257, 100_000] {
            for node_size in [2, 16, 300] {
                let expected = ::flatgeobuf::packed_r_tree::PackedRTree::index_size(features, node_size) as u64;
                assert_eq!(index_size(features as u64, node_size), Some(expected), "{features} by {node_size}");
            }
        }
        assert_eq!(index_size(1000, 0), Some(0));
        assert_eq!(index_size(u64::MAX, 16), None);
    }

    #[test]
    fn properties_are_not_believed() {
        let columns =
            vec![("n".into(), ColumnType::Int), ("t".into(), ColumnType::String), ("b".into(), ColumnType::Binary)];
        let name = |i: usize| Arc::clone(&columns[i].0);
        let good = [1, 0, 2, 0, 0, 0, b'h', b'i', 2, 0, 1, 0, 0, 0, 9];
        assert_eq!(fields(&good, &columns), Ok(vec![(name(0), Raw::Null), (name(1), Raw::Text("hi".into()))]));
        for bad in [
            &good[..1],
            &good[..5],
            &good[..7],
            &[9, 0][..],
            &[1, 0, 0xff, 0xff, 0xff, 0xff][..],
            &[1, 0, 1, 0, 0, 0, 0xff][..],
        ] {
            assert!(fields(bad, &columns).is_err(), "{bad:?}");
        }
    }
}
