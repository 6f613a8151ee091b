//! Geometry as PostGIS sends and takes it: EWKB (PostGIS manual, section 4.1.2), always with EPSG:4326.

use geo_types::{LineString, MultiPolygon, Polygon};
use geozero::wkb::Ewkb;
use geozero::{CoordDimensions, ToGeo, ToWkb};

use super::table::SRID;
use crate::geo::ring::doubled_area;
use crate::geo::{Geometry, GeometryKind};

/// A geometry in bytes.
pub fn write(geometry: &Geometry) -> Vec<u8> {
    let bytes = geometry.to_geo().to_ewkb(CoordDimensions::xy(), Some(SRID));
    bytes.expect("writing into memory does not fail")
}

/// A geometry from bytes that anybody may have written. What PostGIS takes and a layer does not is mended (parts
/// without extent are left out, rings turned the right way round) or refused with the reason.
pub fn read(bytes: &[u8], kind: GeometryKind) -> Result<Geometry, String> {
    let any = Ewkb(bytes).to_geo().map_err(|error| format!("its geometry cannot be read: {error}"))?;
    let empty = || "its geometry is empty".to_owned();
    let mut geometry = Geometry::from_geo(any).ok_or_else(empty)?;
    if geometry.kind() != kind {
        return Err(format!("its geometry is a {}, not a {kind}", geometry.kind()));
    }
    match &mut geometry {
        Geometry::Point(point) if point.x().is_nan() && point.y().is_nan() => return Err(empty()), // as PostGIS writes it
        Geometry::Point(_) => {}
        Geometry::Lines(lines) => lines.0.retain(|line| line.0.len() > 1),
        Geometry::Polygons(polygons) => mend(polygons),
    }
    if geometry.coords().next().is_none() {
        return Err(empty());
    }
    let outside = geometry.coords().find(|[lon, lat]| !(lon.abs() <= 180.0 && lat.abs() <= 90.0));
    match outside {
        Some([lon, lat]) => Err(format!("its geometry is out of the world at lon {lon}, lat {lat}")),
        None => Ok(geometry),
    }
}

fn mend(polygons: &mut MultiPolygon<f64>) {
    polygons.0.retain(|polygon| polygon.exterior().0.len() > 3);
    for polygon in &mut polygons.0 {
        polygon.exterior_mut(|ring| turn(ring, 1.0));
        polygon.interiors_mut(|rings| rings.iter_mut().for_each(|ring| turn(ring, -1.0)));
        if polygon.interiors().iter().any(|ring| ring.0.len() < 4) {
            let (exterior, mut interiors) =
                std::mem::replace(polygon, Polygon::new(LineString(Vec::new()), Vec::new())).into_inner();
            interiors.retain(|ring| ring.0.len() > 3);
            *polygon = Polygon::new(exterior, interiors);
        }
    }
}

/// RFC 7946, section 3.1.6: exterior rings run counter-clockwise (`sign` 1), holes clockwise (-1).
fn turn(ring: &mut LineString<f64>, sign: f64) {
    let places: Vec<[f64; 2]> = ring.0.iter().map(|c| [c.x, c.y]).collect();
    if doubled_area(&places) * sign < 0.0 {
        ring.0.reverse();
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{line_string, point, polygon};

    use super::*;

    /// `SELECT encode(ST_AsEWKB(...), 'hex')` of PostGIS 3.3.2.
    const TABLE: [(&str, &str); 3] = [
        ("SRID=4326;POINT(105.5 18.25)", "0101000020e61000000000000000605a400000000000403240"),
        (
            "SRID=4326;MULTILINESTRING((0 1,2 3))",
            "0105000020e6100000010000000102000000020000000000000000000000000000000000f03f00000000000000400000000000000840",
        ),
        (
            "SRID=4326;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
            "0106000020e6100000010000000103000000010000000400000000000000000000000000000000000000000000000000\
             f03f0000000000000000000000000000f03f000000000000f03f00000000000000000000000000000000",
        ),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.bytes().filter_map(|b| char::from(b).to_digit(16)).map(|d| u8::try_from(d).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    fn geometries() -> [Geometry; 3] {
        [
            Geometry::from_geo(point!(x: 105.5, y: 18.25).into()).unwrap(),
            Geometry::from_geo(line_string![(x: 0., y: 1.), (x: 2., y: 3.)].into()).unwrap(),
            Geometry::from_geo(polygon![(x: 0., y: 0.), (x: 1., y: 0.), (x: 1., y: 1.)].into()).unwrap(),
        ]
    }

    #[test]
    fn what_postgis_writes_is_read_and_what_is_written_is_read_alike() {
        for ((text, hex), geometry) in TABLE.iter().zip(geometries()) {
            assert_eq!(read(&bytes(hex), geometry.kind()).as_ref(), Ok(&geometry), "{text}");
            assert_eq!(read(&write(&geometry), geometry.kind()).as_ref(), Ok(&geometry), "{text}");
        }
    }

    #[test]
    fn a_ring_that_runs_the_wrong_way_is_turned() {
        let clockwise: geo_types::Geometry<f64> = polygon![(x: 0., y: 0.), (x: 1., y: 1.), (x: 1., y: 0.)].into();
        let read = read(&clockwise.to_ewkb(CoordDimensions::xy(), Some(SRID)).unwrap(), GeometryKind::Polygon).unwrap();
        assert!(read.coords().eq([[0., 0.], [1., 0.], [1., 1.], [0., 0.]]), "{read:?}");
    }

    #[test]
    fn what_no_layer_holds_is_refused_with_the_reason() {
        let nowhere: geo_types::Geometry<f64> = point!(x: f64::NAN, y: f64::NAN).into();
        let far: geo_types::Geometry<f64> = point!(x: 500_000.0, y: 2_000_000.0).into();
        let none: geo_types::Geometry<f64> = MultiPolygon::<f64>(Vec::new()).into();
        for (geometry, kind, reason) in [
            (nowhere, GeometryKind::Point, "empty"),
            (far.clone(), GeometryKind::Point, "out of the world at lon 500000"),
            (none, GeometryKind::Polygon, "empty"),
            (far, GeometryKind::Line, "a point, not a line"),
        ] {
            let bytes = geometry.to_ewkb(CoordDimensions::xy(), Some(SRID)).unwrap();
            let error = read(&bytes, kind).unwrap_err();
            assert!(error.contains(reason), "{geometry:?}: {error}");
        }
    }
}
