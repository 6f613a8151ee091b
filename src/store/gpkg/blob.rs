//! Geometry as a GeoPackage keeps it: a header, an envelope, ISO WKB (OGC 12-128r18, section 2.1.3).
//!
//! Written straight from an arena, since a big layer is written row by row; read by hand, since a start-up decodes
//! every row and a damaged file must be an error, never an allocation of what a damaged count promises.
//! Not read: curves, collections, and the extended blobs of other programs.

use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Polygon};

use crate::geo::ring::doubled_area;
use crate::geo::{Arena, BBox, Geometry, GeometryKind};

const MAGIC: &[u8; 2] = b"GP";
const SRS_ID: i32 = 4326;
const LITTLE_ENDIAN: u8 = 1;
const XY_ENVELOPE: u8 = 1 << 1;
const EMPTY: u8 = 1 << 4;
const EXTENDED: u8 = 1 << 5;

const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_LINE_STRING: u32 = 5;
const MULTI_POLYGON: u32 = 6;

/// Puts the blob of a row in the place of what is in `blob`. Points have no envelope: they are one.
pub fn encode(arena: &Arena, row: usize, blob: &mut Vec<u8>) {
    blob.clear();
    blob.extend_from_slice(MAGIC);
    blob.push(0); // version 1
    if arena.kind() == GeometryKind::Point {
        blob.push(LITTLE_ENDIAN);
        blob.extend_from_slice(&SRS_ID.to_le_bytes());
        put_head(blob, POINT);
        put_places(blob, &arena.lon_lat()[row..=row]);
        return;
    }
    blob.push(LITTLE_ENDIAN | XY_ENVELOPE);
    blob.extend_from_slice(&SRS_ID.to_le_bytes());
    let bbox = BBox::around(arena.lon_lat()[arena.row_vertices(row)].iter().copied()).unwrap_or(BBox::WORLD);
    for bound in [bbox.west, bbox.east, bbox.south, bbox.north] {
        blob.extend_from_slice(&bound.to_le_bytes());
    }
    if arena.kind() == GeometryKind::Line { put_lines(arena, row, blob) } else { put_polygons(arena, row, blob) }
}

fn put_lines(arena: &Arena, row: usize, blob: &mut Vec<u8>) {
    put_head(blob, MULTI_LINE_STRING);
    put_count(blob, arena.parts(row).len());
    for part in arena.parts(row) {
        let places = &arena.lon_lat()[arena.vertices(part)];
        put_head(blob, LINE_STRING);
        put_count(blob, places.len());
        put_places(blob, places);
    }
}

fn put_polygons(arena: &Arena, row: usize, blob: &mut Vec<u8>) {
    let parts = arena.parts(row);
    let first = |part: usize| part == parts.start || arena.is_exterior(part);
    put_head(blob, MULTI_POLYGON);
    put_count(blob, parts.clone().filter(|&part| first(part)).count());
    for part in parts.clone() {
        if first(part) {
            let holes = (part + 1..parts.end).take_while(|&next| !first(next)).count();
            put_head(blob, POLYGON);
            put_count(blob, 1 + holes);
        }
        let ring = &arena.lon_lat()[arena.vertices(part)];
        put_count(blob, ring.len() + 1);
        put_places(blob, ring);
        put_places(blob, &ring[..1]);
    }
}

fn put_head(blob: &mut Vec<u8>, code: u32) {
    blob.push(LITTLE_ENDIAN);
    blob.extend_from_slice(&code.to_le_bytes());
}

fn put_count(blob: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("an arena holds fewer than 2^32 vertices");
    blob.extend_from_slice(&count.to_le_bytes());
}

fn put_places(blob: &mut Vec<u8>, places: &[[f64; 2]]) {
    for [lon, lat] in places {
        blob.extend_from_slice(&lon.to_le_bytes());
        blob.extend_from_slice(&lat.to_le_bytes());
    }
}

/// The geometry of a blob, as a layer of `kind` holds it: single ones become the multi type, altitudes and measures
/// are left aside, rings that run the wrong way are turned (QGIS does not mind them, tiles do).
///
/// # Errors
/// Why such a layer cannot hold it, as the end of a sentence about the row.
pub fn decode(blob: &[u8], kind: GeometryKind) -> Result<Geometry, String> {
    let mut wkb = Wkb(after_header(blob)?.1);
    let head = wkb.head()?;
    match (kind, head.code) {
        (GeometryKind::Point, POINT) => Ok(Geometry::Point(Point(wkb.place(&head)?))),
        (GeometryKind::Point, MULTI_POINT) => {
            let mut points = wkb.members(&head, POINT, Wkb::place)?;
            match (points.pop(), points.is_empty()) {
                (Some(only), true) => Ok(Geometry::Point(Point(only))),
                _ => Err("it has several points, but the layer holds one a feature".to_owned()),
            }
        }
        (GeometryKind::Line, LINE_STRING) => Ok(Geometry::Lines(MultiLineString(vec![wkb.line(&head)?]))),
        (GeometryKind::Line, MULTI_LINE_STRING) => {
            Ok(Geometry::Lines(MultiLineString(wkb.members(&head, LINE_STRING, Wkb::line)?)))
        }
        (GeometryKind::Polygon, POLYGON) => Ok(Geometry::Polygons(MultiPolygon(vec![wkb.polygon(&head)?]))),
        (GeometryKind::Polygon, MULTI_POLYGON) => {
            Ok(Geometry::Polygons(MultiPolygon(wkb.members(&head, POLYGON, Wkb::polygon)?)))
        }
        (_, code) => Err(format!("its geometry is {}, but the layer holds {kind}s", name(code))),
    }
}

/// The box around whatever a blob holds; `None` for what has no place.
pub fn bbox(blob: &[u8]) -> Option<BBox> {
    let (envelope, wkb) = after_header(blob).ok()?;
    if let Some([west, east, south, north]) = envelope {
        return Some(BBox { west, south, east, north });
    }
    let kind = match Wkb(wkb).head().ok()?.code {
        POINT | MULTI_POINT => GeometryKind::Point,
        LINE_STRING | MULTI_LINE_STRING => GeometryKind::Line,
        _ => GeometryKind::Polygon,
    };
    decode(blob, kind).ok().map(|geometry| geometry.bbox())
}

/// The envelope (x from, x to, y from, y to) if there is one, and what follows it.
fn after_header(blob: &[u8]) -> Result<(Option<[f64; 4]>, &[u8]), String> {
    let (header, rest) = blob.split_at_checked(8).ok_or("its geometry is no GeoPackage geometry")?;
    let flags = header[3];
    if &header[..2] != MAGIC || flags & EXTENDED != 0 {
        return Err("its geometry is no GeoPackage geometry".to_owned());
    }
    if flags & EMPTY != 0 {
        return Err("its geometry is empty".to_owned());
    }
    let length = match (flags >> 1) & 7 {
        0 => return Ok((None, rest)),
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(format!("its geometry has an envelope of the unknown kind {other}")),
    };
    let (envelope, rest) = rest.split_at_checked(length).ok_or(TRUNCATED)?;
    let mut bounds = [0.0; 4];
    for (bound, bytes) in bounds.iter_mut().zip(envelope.as_chunks().0) {
        *bound = if flags & LITTLE_ENDIAN == 0 { f64::from_be_bytes(*bytes) } else { f64::from_le_bytes(*bytes) };
    }
    Ok((Some(bounds), rest))
}

const TRUNCATED: &str = "its geometry is truncated";

/// What is left to read of ISO WKB (OGC 06-103r4, section 8).
struct Wkb<'b>(&'b [u8]);

struct Head {
    little_endian: bool,
    /// The two-dimensional type.
    code: u32,
    /// Numbers of a place: 2 to 4.
    dimensions: usize,
}

impl Wkb<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(TRUNCATED)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self, little_endian: bool) -> Result<u32, String> {
        let bytes = self.take()?;
        Ok(if little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn head(&mut self) -> Result<Head, String> {
        let little_endian = self.take::<1>()? == [LITTLE_ENDIAN];
        let code = self.number(little_endian)?;
        let dimensions = match code / 1000 {
            0 => 2,
            1 | 2 => 3,
            3 => 4,
            _ => return Err(format!("its geometry is {}", name(code))),
        };
        Ok(Head { little_endian, code: code % 1000, dimensions })
    }

    /// A count of things that take `size` bytes or more each.
    fn count(&mut self, head: &Head, size: usize) -> Result<usize, String> {
        let count = self.number(head.little_endian)? as usize;
        if count == 0 {
            return Err("a part of its geometry is empty".to_owned());
        }
        if self.0.len() / size < count { Err(TRUNCATED.to_owned()) } else { Ok(count) }
    }

    fn place(&mut self, head: &Head) -> Result<Coord<f64>, String> {
        let (x, y) = (self.coordinate(head)?, self.coordinate(head)?);
        for _ in 2..head.dimensions {
            self.take::<8>()?;
        }
        if x.is_finite() && y.is_finite() {
            Ok(Coord { x, y })
        } else {
            Err(format!("its geometry has the place {x} {y}"))
        }
    }

    fn coordinate(&mut self, head: &Head) -> Result<f64, String> {
        let bytes = self.take()?;
        Ok(if head.little_endian { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    fn places(&mut self, head: &Head) -> Result<LineString<f64>, String> {
        let count = self.count(head, 8 * head.dimensions)?;
        (0..count).map(|_| self.place(head)).collect::<Result<_, _>>().map(LineString)
    }

    fn line(&mut self, head: &Head) -> Result<LineString<f64>, String> {
        let line = self.places(head)?;
        if line.0.len() < 2 { Err("a line of its geometry has a single place".to_owned()) } else { Ok(line) }
    }

    fn polygon(&mut self, head: &Head) -> Result<Polygon<f64>, String> {
        let holes = self.count(head, 4)? - 1;
        let exterior = self.ring(head, true)?;
        let interiors = (0..holes).map(|_| self.ring(head, false)).collect::<Result<_, _>>()?;
        Ok(Polygon::new(exterior, interiors))
    }

    fn ring(&mut self, head: &Head, exterior: bool) -> Result<LineString<f64>, String> {
        let mut ring = self.places(head)?;
        if ring.0.len() < 4 || !ring.is_closed() {
            return Err("a ring of its geometry is not closed, or has fewer than four places".to_owned());
        }
        let places: Vec<[f64; 2]> = ring.0.iter().map(|c| [c.x, c.y]).collect();
        let area = doubled_area(&places);
        if (exterior && area < 0.0) || (!exterior && area > 0.0) {
            ring.0.reverse();
        }
        Ok(ring)
    }

    fn members<T>(
        &mut self,
        head: &Head,
        code: u32,
        mut member: impl FnMut(&mut Self, &Head) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let count = self.count(head, 9)?;
        let mut members = Vec::with_capacity(count);
        for _ in 0..count {
            let head = self.head()?;
            if head.code != code {
                return Err(format!("its geometry has {} where {} belongs", name(head.code), name(code)));
            }
            members.push(member(self, &head)?);
        }
        Ok(members)
    }
}

fn name(code: u32) -> String {
    match code {
        POINT => "a Point".to_owned(),
        LINE_STRING => "a LineString".to_owned(),
        POLYGON => "a Polygon".to_owned(),
        MULTI_POINT => "a MultiPoint".to_owned(),
        MULTI_LINE_STRING => "a MultiLineString".to_owned(),
        MULTI_POLYGON => "a MultiPolygon".to_owned(),
        7 => "a GeometryCollection".to_owned(),
        other => format!("of the WKB type {other}"),
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{Geometry as Any, line_string, point, polygon};
    use geozero::wkb::GpkgWkb;
    use geozero::{CoordDimensions, ToGeo, ToWkb};

    use super::*;

    fn samples() -> Vec<Geometry> {
        let star = polygon!(
            exterior: [(x: 104., y: 18.), (x: 106., y: 18.), (x: 106., y: 20.), (x: 104., y: 18.)],
            interiors: [[(x: 105., y: 18.5), (x: 105.5, y: 19.), (x: 105.4, y: 18.4), (x: 105., y: 18.5)]],
        );
        let far = polygon![(x: 9.1, y: 9.), (x: 9.3, y: 9.), (x: 9.2, y: 9.7)];
        let lines = [line_string![(x: 0.1, y: -0.0), (x: 5e-324, y: 1.)], line_string![(x: 5., y: 5.), (x: 6., y: 7.)]];
        vec![
            Geometry::Point(point!(x: 105.672, y: 18.666_666_666_666_668)),
            Geometry::Lines(MultiLineString(lines[..1].to_vec())),
            Geometry::Lines(MultiLineString(lines.to_vec())),
            Geometry::Polygons(MultiPolygon(vec![far.clone()])),
            Geometry::Polygons(MultiPolygon(vec![star, far])),
        ]
    }

    fn encoded(geometry: &Geometry) -> Vec<u8> {
        let mut arena = Arena::new(geometry.kind());
        arena.push(geometry);
        let mut blob = vec![1, 2, 3];
        encode(&arena, 0, &mut blob);
        blob
    }

    #[test]
    fn another_reader_reads_what_we_write() {
        for geometry in samples() {
            let blob = encoded(&geometry);
            assert_eq!(GpkgWkb(blob.clone()).to_geo().unwrap(), geometry.to_geo());
            assert_eq!(decode(&blob, geometry.kind()).unwrap(), geometry);
            assert_eq!(bbox(&blob), Some(geometry.bbox()), "{geometry:?}");
        }
    }

    #[test]
    fn we_read_what_another_writer_writes() {
        for geometry in samples() {
            let envelope = geometry.bbox();
            for envelope in [vec![], vec![envelope.west, envelope.east, envelope.south, envelope.north]] {
                let blob = geometry.to_geo().to_gpkg_wkb(CoordDimensions::xy(), Some(4326), envelope).unwrap();
                assert_eq!(decode(&blob, geometry.kind()).unwrap(), geometry);
                assert_eq!(bbox(&blob), Some(geometry.bbox()), "{geometry:?}");
            }
        }
    }

    #[test]
    fn single_ones_become_multi_and_wrong_rings_are_turned() {
        let line = line_string![(x: 0., y: 0.), (x: 1., y: 1.)];
        let sound = polygon!(
            exterior: [(x: 0., y: 0.), (x: 4., y: 0.), (x: 0., y: 4.), (x: 0., y: 0.)],
            interiors: [[(x: 1., y: 1.), (x: 1., y: 2.), (x: 2., y: 1.), (x: 1., y: 1.)]],
        );
        let (mut exterior, mut holes) = sound.clone().into_inner();
        exterior.0.reverse();
        holes[0].0.reverse();
        let table = [
            (Any::from(line.clone()), Geometry::Lines(MultiLineString(vec![line]))),
            (Any::from(sound.clone()), Geometry::Polygons(MultiPolygon(vec![sound.clone()]))),
            (Any::from(Polygon::new(exterior, holes)), Geometry::Polygons(MultiPolygon(vec![sound]))),
            (Any::MultiPoint(vec![point!(x: 1., y: 2.)].into()), Geometry::Point(point!(x: 1., y: 2.))),
        ];
        for (found, kept) in table {
            let blob = found.to_gpkg_wkb(CoordDimensions::xy(), Some(4326), vec![]).unwrap();
            assert_eq!(decode(&blob, kept.kind()).unwrap(), kept);
        }
    }

    /// `POINT ZM (1 2 3 4)` in the byte order of the network, and `POINT Z (1 2 3)` in the other, as the standard lays
    /// them out.
    #[test]
    fn both_byte_orders_are_read_and_altitudes_left_aside() {
        let table = [
            "47500000000010e6 00 00000bb9 3ff0000000000000 4000000000000000 4008000000000000 4010000000000000",
            "47500001e6100000 01 e9030000 000000000000f03f 0000000000000040 0000000000000840",
        ];
        for text in table {
            let digits: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
            let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
            let blob: Vec<u8> = digits.chunks(2).map(byte).collect();
            assert_eq!(decode(&blob, GeometryKind::Point).unwrap(), Geometry::Point(point!(x: 1., y: 2.)), "{text}");
        }
    }

    #[test]
    fn what_a_layer_cannot_hold_is_named() {
        let nowhere = Any::from(point!(x: f64::NAN, y: 1.));
        let open = Any::from(line_string![(x: 0., y: 0.)]);
        let pair = Any::MultiPoint(vec![point!(x: 1., y: 2.), point!(x: 3., y: 4.)].into());
        let table = [
            (samples()[0].to_geo(), GeometryKind::Polygon, "a Point, but the layer holds polygons"),
            (samples()[3].to_geo(), GeometryKind::Line, "a MultiPolygon, but the layer holds lines"),
            (nowhere, GeometryKind::Point, "NaN"),
            (open, GeometryKind::Line, "single place"),
            (pair, GeometryKind::Point, "several points"),
        ];
        for (geometry, kind, reason) in table {
            let blob = geometry.to_gpkg_wkb(CoordDimensions::xy(), Some(4326), vec![]).unwrap();
            let error = decode(&blob, kind).unwrap_err();
            assert!(error.contains(reason), "{geometry:?}: {error}");
        }
    }

    #[test]
    fn damaged_blobs_are_errors() {
        for geometry in samples() {
            let blob = encoded(&geometry);
            for length in 0..blob.len() {
                assert!(decode(&blob[..length], geometry.kind()).is_err(), "{length} bytes of {geometry:?}");
            }
            for place in 0..blob.len() {
                let mut damaged = blob.clone();
                damaged[place] = 0xff; // an error or another geometry, but neither panic nor endless memory
                let (_, _) = (decode(&damaged, geometry.kind()).is_ok(), bbox(&damaged));
            }
        }
    }
}
