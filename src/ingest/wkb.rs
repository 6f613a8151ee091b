//! Well-known binary (OGC 06-103r4 clause 8; the high bits of EWKB besides) and the GeoPackage header before it.
//!
//! Read here and not by a library because the bytes are a stranger's: no count is believed before its bytes are there, and
//! collections do not recurse.

use super::source::RawGeometry;

/// A geometry and whether altitudes or measures were left aside. Errors are reasons for people.
pub(super) type Decoded = Result<(RawGeometry, bool), String>;

/// A GeoPackage geometry (OGC 12-128r18, 2.1.3).
pub(super) fn geopackage(blob: &[u8]) -> Decoded {
    let [b'G', b'P', _version, flags, rest @ ..] = blob else {
        return Err("the geometry does not begin with `GP`".into());
    };
    let envelope = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(format!("envelope of kind {other}, which the standard does not know")),
    };
    if flags & 0x20 != 0 {
        return Ok((RawGeometry::Other("an extended GeoPackage geometry".into()), false));
    }
    let body = rest.get(4 + envelope..).ok_or("the geometry ends in its header")?;
    wkb(body)
}

/// One geometry, of either byte order, ISO or EWKB.
pub(super) fn wkb(bytes: &[u8]) -> Decoded {
    let mut reader = Reader { bytes, had_z: false };
    let geometry = reader.geometry()?;
    Ok((geometry, reader.had_z))
}

struct Reader<'b> {
    bytes: &'b [u8],
    had_z: bool,
}

/// What stands before each geometry.
#[derive(Clone, Copy)]
struct Head {
    little: bool,
    kind: u32,
    /// Numbers of a place.
    numbers: usize,
}

type Line = Vec<[f64; 2]>;

impl Reader<'_> {
    fn geometry(&mut self) -> Result<RawGeometry, String> {
        let head = self.head()?;
        Ok(match head.kind {
            1 => match self.place(head)? {
                // The standard's empty point.
                [x, y] if x.is_nan() && y.is_nan() => RawGeometry::MultiPoint(Vec::new()),
                place => RawGeometry::Point(place),
            },
            2 => RawGeometry::Lines(vec![self.line(head)?]),
            3 => RawGeometry::Polygons(vec![self.rings(head)?]),
            4 => RawGeometry::MultiPoint(self.members(head, 1, Self::place)?),
            5 => RawGeometry::Lines(self.members(head, 2, Self::line)?),
            6 => RawGeometry::Polygons(self.members(head, 3, Self::rings)?),
            other => RawGeometry::Other(
                name(other).ok_or_else(|| format!("geometry of type {other}, which is not known"))?.into(),
            ),
        })
    }

    fn head(&mut self) -> Result<Head, String> {
        let little = match self.take(1)? {
            [0] => false,
            [1] => true,
            other => return Err(format!("byte order {}, which is neither 0 nor 1", other[0])),
        };
        let code = self.count(little)?;
        if code & 0x2000_0000 != 0 {
            self.take(4)?;
        }
        let kind = code & 0x0fff_ffff;
        let (z, m) = match kind / 1000 {
            0 => (code & 0x8000_0000 != 0, code & 0x4000_0000 != 0),
            1 => (true, false),
            2 => (false, true),
            _ => (true, true),
        };
        self.had_z |= z || m;
        Ok(Head { little, kind: kind % 1000, numbers: 2 + usize::from(z) + usize::from(m) })
    }

    fn members<T>(
        &mut self,
        head: Head,
        kind: u32,
        read: impl Fn(&mut Self, Head) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut members = Vec::new();
        for _ in 0..self.count(head.little)? {
            let member = self.head()?;
            if member.kind != kind {
                return Err(format!("a geometry of type {} within one of type {}", member.kind, head.kind));
            }
            members.push(read(self, member)?);
        }
        Ok(members)
    }

    fn rings(&mut self, head: Head) -> Result<Vec<Line>, String> {
        (0..self.count(head.little)?).map(|_| self.line(head)).collect()
    }

    fn line(&mut self, head: Head) -> Result<Line, String> {
        let count = self.count(head.little)? as usize;
        let bytes = self.take(count.checked_mul(head.numbers * 8).ok_or_else(short)?)?;
        Ok(bytes.chunks_exact(head.numbers * 8).map(|place| xy(place, head.little)).collect())
    }

    fn place(&mut self, head: Head) -> Result<[f64; 2], String> {
        Ok(xy(self.take(head.numbers * 8)?, head.little))
    }

    fn count(&mut self, little: bool) -> Result<u32, String> {
        let bytes = self.take(4)?.try_into().expect("four bytes were taken");
        Ok(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(short)?;
        self.bytes = rest;
        Ok(taken)
    }
}

fn short() -> String {
    "the geometry is cut short".into()
}

fn xy(place: &[u8], little: bool) -> [f64; 2] {
    [0, 8].map(|at| {
        let bytes = place[at..at + 8].try_into().expect("a place has two numbers of eight bytes");
        if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
    })
}

fn name(kind: u32) -> Option<&'static str> {
    Some(match kind {
        7 => "GeometryCollection",
        8 => "CircularString",
        9 => "CompoundCurve",
        10 => "CurvePolygon",
        11 => "MultiCurve",
        12 => "MultiSurface",
        13 => "Curve",
        14 => "Surface",
        15 => "PolyhedralSurface",
        16 => "TIN",
        17 => "Triangle",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use geozero::{CoordDimensions, ToWkb};

    /// geozero writes, of both kinds; the expectation is the geometry that it was given.
    #[test]
    fn as_an_independent_writer_writes() {
        use geo_types::{Geometry, line_string, point, polygon};
        let line = line_string![(x: 1.0, y: 2.0), (x: 3.5, y: -4.0)];
        let square = polygon![exterior: [(x: 0., y: 0.), (x: 9., y: 0.), (x: 9., y: 9.), (x: 0., y: 0.)],
            interiors: [[(x: 5., y: 1.), (x: 6., y: 2.), (x: 6., y: 1.), (x: 5., y: 1.)]]];
        let rings = vec![
            vec![[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 0.0]],
            vec![[5.0, 1.0], [6.0, 2.0], [6.0, 1.0], [5.0, 1.0]],
        ];
        let table: [(Geometry<f64>, RawGeometry); 6] = [
            (point!(x: 105.25, y: 18.5).into(), RawGeometry::Point([105.25, 18.5])),
            (line.clone().into(), RawGeometry::Lines(vec![vec![[1.0, 2.0], [3.5, -4.0]]])),
            (
                Geometry::MultiLineString(geo_types::MultiLineString(vec![line])),
                RawGeometry::Lines(vec![vec![[1.0, 2.0], [3.5, -4.0]]]),
            ),
            (square.clone().into(), RawGeometry::Polygons(vec![rings.clone()])),
            (Geometry::MultiPolygon(geo_types::MultiPolygon(vec![square])), RawGeometry::Polygons(vec![rings])),
            (Geometry::MultiPoint(vec![point!(x: 1.0, y: 2.0)].into()), RawGeometry::MultiPoint(vec![[1.0, 2.0]])),
        ];
        for (geometry, expected) in table {
            let plain = geometry.to_wkb(CoordDimensions::xy()).unwrap();
            let extended = geometry.to_ewkb(CoordDimensions::xy(), Some(4326)).unwrap();
            let envelope = vec![1.0, 2.0, 3.0, 4.0];
            let gpkg = geometry.to_gpkg_wkb(CoordDimensions::xy(), Some(4326), envelope).unwrap();
            assert_eq!(wkb(&plain), Ok((expected.clone(), false)));
            assert_eq!(wkb(&extended), Ok((expected.clone(), false)));
            assert_eq!(geopackage(&gpkg), Ok((expected, false)));
            for end in 0..plain.len() {
                assert!(wkb(&plain[..end]).is_err(), "cut at {end}");
            }
        }
    }

    fn big_endian(kind: u32, numbers: &[f64]) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.extend(kind.to_be_bytes());
        bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        bytes
    }

    #[test]
    fn byte_orders_and_dimensions() {
        for (kind, extra) in [(1, 0), (1001, 1), (2001, 1), (3001, 2), (0x8000_0001, 1), (0xc000_0001, 2)] {
            let numbers = [105.5, 18.5, 7.0, 8.0];
            let decoded = wkb(&big_endian(kind, &numbers[..2 + extra]));
            assert_eq!(decoded, Ok((RawGeometry::Point([105.5, 18.5]), extra > 0)), "{kind:#x}");
        }
        assert_eq!(wkb(&big_endian(1, &[f64::NAN; 2])), Ok((RawGeometry::MultiPoint(vec![]), false)));
        assert_eq!(wkb(&big_endian(1010, &[])), Ok((RawGeometry::Other("CurvePolygon".into()), true)));
        assert!(wkb(&big_endian(99, &[])).is_err());
    }

    #[test]
    fn a_count_is_not_believed() {
        let mut bytes = vec![1, 2, 0, 0, 0];
        bytes.extend(u32::MAX.to_le_bytes());
        assert_eq!(wkb(&bytes), Err("the geometry is cut short".into()));
    }

    #[test]
    fn envelopes_of_every_kind() {
        for (kind, size) in [(0, 0), (1, 32), (2, 48), (3, 48), (4, 64)] {
            let mut blob = vec![b'G', b'P', 0, kind << 1 | 1, 0, 0, 0, 0];
            blob.extend(vec![0xff; size]);
            blob.extend(big_endian(1, &[1.0, 2.0]));
            assert_eq!(geopackage(&blob), Ok((RawGeometry::Point([1.0, 2.0]), false)), "{kind}");
        }
        assert!(geopackage(b"GP\0\x0a\0\0\0\0").is_err(), "envelope of kind 5");
        assert!(geopackage(b"GP\0\x03\0\0\0\0").is_err(), "cut in its envelope");
        assert!(geopackage(b"\x01\x01").is_err());
    }
}
