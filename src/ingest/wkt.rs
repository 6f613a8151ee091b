//! Well-known text (OGC 06-103r4, clause 7) of a CSV's geometry column, with the `SRID=n;` that PostGIS puts before it.

use super::read::excerpt;
use super::source::RawGeometry;

/// A geometry as it was written.
#[derive(Debug, PartialEq)]
pub(super) struct Written {
    pub(super) srid: Option<u32>,
    pub(super) geometry: RawGeometry,
    /// Whether altitudes or measures were left aside.
    pub(super) had_z: bool,
}

/// The kinds that no layer takes, as the seam calls them.
const OTHERS: [&str; 10] = [
    "GeometryCollection",
    "CircularString",
    "CompoundCurve",
    "CurvePolygon",
    "MultiCurve",
    "MultiSurface",
    "PolyhedralSurface",
    "Tin",
    "Triangle",
    "Curve",
];

/// Errors are reasons for people.
pub(super) fn parse(text: &str) -> Result<Written, String> {
    let (srid, rest) = srid(text.trim()).ok_or_else(|| format!("`{}` begins with no SRID", excerpt(text)))?;
    let mut reader = Reader { rest, had_z: false };
    let geometry = reader.geometry().filter(|_| reader.rest.trim().is_empty() || reader.rest == SKIPPED);
    let geometry = geometry.ok_or_else(|| {
        let at = rest.len() - reader.rest.trim_start().len();
        format!("`{}` is no well-known text of a geometry (character {})", excerpt(text), at + 1)
    })?;
    Ok(Written { srid, geometry, had_z: reader.had_z })
}

/// What is left of a geometry that nobody takes.
const SKIPPED: &str = "";

fn srid(text: &str) -> Option<(Option<u32>, &str)> {
    match text.get(..5).filter(|start| start.eq_ignore_ascii_case("srid=")) {
        None => Some((None, text)),
        Some(start) => {
            let (number, rest) = text.strip_prefix(start)?.split_once(';')?;
            Some((Some(number.trim().parse().ok()?), rest))
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
    had_z: bool,
}

type Places = Vec<[f64; 2]>;

impl<'t> Reader<'t> {
    fn geometry(&mut self) -> Option<RawGeometry> {
        let word = self.word();
        let kind = word.trim_end_matches(['Z', 'M', 'z', 'm']);
        // Both `POINT Z (` and `POINTZ(` are written.
        let before = self.rest;
        let dimension = self.word().to_ascii_uppercase();
        let is_empty = dimension == "EMPTY" || {
            if !matches!(dimension.as_str(), "Z" | "M" | "ZM") {
                self.rest = before;
            }
            self.take_empty()
        };
        let many = |reader: &mut Self| if is_empty { Some(Vec::new()) } else { reader.places() };
        Some(match kind.to_ascii_uppercase().as_str() {
            "POINT" if is_empty => RawGeometry::MultiPoint(Vec::new()),
            "POINT" => RawGeometry::Point(self.within(Self::place)?),
            "MULTIPOINT" => RawGeometry::MultiPoint(many(self)?),
            "LINESTRING" => RawGeometry::Lines(if is_empty { Vec::new() } else { vec![self.places()?] }),
            "MULTILINESTRING" => RawGeometry::Lines(if is_empty { Vec::new() } else { self.list(Self::places)? }),
            "POLYGON" => RawGeometry::Polygons(if is_empty { Vec::new() } else { vec![self.list(Self::places)?] }),
            "MULTIPOLYGON" if is_empty => RawGeometry::Polygons(Vec::new()),
            "MULTIPOLYGON" => RawGeometry::Polygons(self.list(|reader| reader.list(Self::places))?),
            _ => {
                let name = OTHERS
                    .into_iter()
                    .find(|name| name.eq_ignore_ascii_case(word) || name.eq_ignore_ascii_case(kind))?;
                self.rest = SKIPPED;
                RawGeometry::Other(name.into())
            }
        })
    }

    fn word(&mut self) -> &'t str {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.rest = rest;
        word
    }

    fn take_empty(&mut self) -> bool {
        let before = self.rest;
        let is_empty = self.word().eq_ignore_ascii_case("EMPTY");
        if !is_empty {
            self.rest = before;
        }
        is_empty
    }

    fn take(&mut self, mark: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(mark)?;
        Some(())
    }

    fn within<T>(&mut self, item: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.take('(')?;
        let item = item(self)?;
        self.take(')').map(|()| item)
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        if self.take_empty() {
            return Some(Vec::new());
        }
        self.within(|reader| {
            let mut items = vec![item(reader)?];
            while reader.take(',').is_some() {
                items.push(item(reader)?);
            }
            Some(items)
        })
    }

    /// The places of a multi-point may stand in brackets, each.
    fn places(&mut self) -> Option<Places> {
        self.list(
            |reader| {
                if reader.rest.trim_start().starts_with('(') { reader.within(Self::place) } else { reader.place() }
            },
        )
    }

    fn place(&mut self) -> Option<[f64; 2]> {
        let place = [self.number()?, self.number()?];
        while self.number().is_some() {
            self.had_z = true;
        }
        Some(place)
    }

    fn number(&mut self) -> Option<f64> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| c.is_whitespace() || ",()".contains(c)).unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        let number = number.parse().ok()?;
        self.rest = rest;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RawGeometry::{Lines, MultiPoint, Other, Point, Polygons};

    #[test]
    fn kinds() {
        let square = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
        let table = [
            ("POINT(105.5 18.75)", Point([105.5, 18.75]), false),
            ("point z (1 2 3)", Point([1.0, 2.0]), true),
            ("POINTZ(1 2 3)", Point([1.0, 2.0]), true),
            ("POINT EMPTY", MultiPoint(vec![]), false),
            ("POINT Z EMPTY", MultiPoint(vec![]), false),
            ("MULTIPOINT((1 2), (3 4))", MultiPoint(vec![[1.0, 2.0], [3.0, 4.0]]), false),
            ("MULTIPOINT(1 2,3 4)", MultiPoint(vec![[1.0, 2.0], [3.0, 4.0]]), false),
            ("LINESTRING M(1 2 9,3 4 9)", Lines(vec![vec![[1.0, 2.0], [3.0, 4.0]]]), true),
            ("MULTILINESTRING((1 2,3 4),EMPTY)", Lines(vec![vec![[1.0, 2.0], [3.0, 4.0]], vec![]]), false),
            ("POLYGON((0 0,1 0,1 1,0 0))", Polygons(vec![vec![square.clone()]]), false),
            ("MULTIPOLYGON (((0 0,1 0,1 1,0 0)))", Polygons(vec![vec![square]]), false),
            ("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0))", Other("CurvePolygon".into()), false),
            ("GEOMETRYCOLLECTION(POINT(1 2))", Other("GeometryCollection".into()), false),
            (&"GEOMETRYCOLLECTION(".repeat(100_000), Other("GeometryCollection".into()), false),
        ];
        for (text, geometry, had_z) in table {
            assert_eq!(parse(text), Ok(Written { srid: None, geometry, had_z }), "{}", excerpt(text));
        }
        assert_eq!(parse("SRID=9208;POINT(1 2)").unwrap().srid, Some(9208));
    }

    #[test]
    fn faults() {
        for text in [
            "",
            "POINT",
            "POINT(1)",
            "POINT(1 2",
            "POINT(1 2) x",
            "PINT(1 2)",
            "POLYGON((0 0)",
            "0101000000",
            "SRID=x;POINT(1 2)",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("POINT(1 b)").unwrap_err().contains("character 9"), "{}", parse("POINT(1 b)").unwrap_err());
    }
}
