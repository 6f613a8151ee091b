//! `bbox` and `crs`: where features are wanted, and in which system they are written.

use std::fmt::Display;
use std::rc::Rc;

use crate::crs::{Crs, CrsError, OgcCrs, Transform};
use crate::geo::BBox;
use crate::index::page::Area;
use crate::web::error::Problem;
use crate::web::parameters::{Parameters, wrong};

/// Places along each edge of a box that is brought to lon/lat, where its edges are curves.
const ALONG: u32 = 32;

/// The system that a parameter names, CRS84 without it. One that is not offered is an error (18-058r1, requirement
/// `crs-exception`).
pub fn system(parameters: &mut Parameters, name: &'static str) -> Result<OgcCrs, Problem> {
    let Some(text) = parameters.text(name) else { return Ok(OgcCrs::crs84()) };
    OgcCrs::parse(&text).map_err(|error| wrong(name, &text, refused(&error)))
}

/// Why a system is refused, and the way out.
fn refused(error: &CrsError) -> String {
    match error {
        CrsError::Deprecated { .. } => error.to_string(),
        _ => "this system is not offered; a collection lists those that are in `crs`, such as \
              http://www.opengis.net/def/crs/EPSG/0/9208"
            .to_owned(),
    }
}

/// The way to a system, for this thread alone.
pub fn way(crs: &OgcCrs) -> Result<Transform, Problem> {
    crs.crs().transform().map_err(|error| {
        tracing::error!(%error, "a coordinate system that is built in cannot be used");
        Problem::Internal
    })
}

/// A box as it was asked for, east first.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    bbox: BBox,
    crs: OgcCrs,
}

/// The box of `bbox` (4 numbers, or 6 whose heights are left aside) in the system of `bbox-crs`. `None`: everywhere.
pub fn asked(parameters: &mut Parameters) -> Result<Option<Asked>, Problem> {
    const MEANT: &str = "a box is four numbers, or six with heights, with commas between them: west,south,east,north, or in the \
                         order of the axes of bbox-crs";
    let crs = system(parameters, "bbox-crs")?;
    let Some(numbers) = parameters.numbers("bbox", &[4, 6], MEANT)? else { return Ok(None) };
    let half = numbers.len() / 2;
    let [low, high] = [[numbers[0], numbers[1]], [numbers[half], numbers[half + 1]]].map(|place| crs.ordered(place));
    let asked = Asked { bbox: BBox { west: low[0], south: low[1], east: high[0], north: high[1] }, crs };
    if low[1] > high[1] {
        return Err(asked.wrong("its northern edge is south of its southern edge"));
    }
    if low[0] > high[0] && !asked.is_lon_lat() {
        return Err(asked.wrong("its eastern edge is west of its western edge"));
    }
    Ok(Some(asked))
}

impl Asked {
    /// What an index is asked for. To be called on the thread that asks it.
    pub fn areas(&self) -> Result<Vec<Area>, Problem> {
        if self.is_lon_lat() {
            return Ok(in_degrees(self.bbox));
        }
        let transform = way(&self.crs)?;
        let around = around(&self.bbox, &transform);
        let around = around.ok_or_else(|| self.wrong(format!("it is no box of places in {}", self.crs.crs())))?;
        let to = Rc::new(move |place| transform.from_lon_lat(place).unwrap_or([f64::NAN; 2]));
        Ok(vec![Area { bbox: around, plane: Some((self.bbox, to)) }])
    }

    fn is_lon_lat(&self) -> bool {
        *self.crs.crs() == Crs::lon_lat()
    }

    fn wrong(&self, meant: impl Display) -> Problem {
        let BBox { west, south, east, north } = self.bbox;
        let ([a, b], [c, d]) = (self.crs.ordered([west, south]), self.crs.ordered([east, north]));
        wrong("bbox", &format!("{a},{b},{c},{d}"), meant)
    }
}

/// Longitudes are taken as they come: a box from 170 to 190 and one from 170 to -170 are the same.
fn in_degrees(bbox: BBox) -> Vec<Area> {
    let area = |west: f64, east: f64| Area { bbox: BBox { west, east, ..bbox }, plane: None };
    let BBox { west, east, .. } = bbox;
    if east - west >= 360.0 {
        return vec![area(-180.0, 180.0)];
    }
    let within = |longitude: f64| {
        if longitude.abs() <= 180.0 { longitude } else { (longitude + 180.0).rem_euclid(360.0) - 180.0 }
    };
    let (west, east) = (within(west), within(east));
    if west <= east { vec![area(west, east)] } else { vec![area(west, 180.0), area(-180.0, east)] }
}

/// A box in lon/lat that holds a box of a plane; `None` when one of its places is none.
fn around(bbox: &BBox, transform: &Transform) -> Option<BBox> {
    let along =
        |from: f64, to: f64| (0..=ALONG).map(move |step| from + (to - from) * f64::from(step) / f64::from(ALONG));
    let sides = [bbox.south, bbox.north].into_iter().flat_map(|y| along(bbox.west, bbox.east).map(move |x| [x, y]));
    let ends = [bbox.west, bbox.east].into_iter().flat_map(|x| along(bbox.south, bbox.north).map(move |y| [x, y]));
    let places: Option<Vec<[f64; 2]>> = sides.chain(ends).map(|place| transform.lon_lat(place)).collect();
    let BBox { west, south, east, north } = BBox::around(places?)?;
    // Between two of the places an edge bulges by less than a hundredth of the box's size.
    let [wide, high] = [(east - west) / 100.0, (north - south) / 100.0];
    Some(BBox {
        west: (west - wide).max(-180.0),
        south: (south - high).max(-90.0),
        east: (east + wide).min(180.0),
        north: (north + high).min(90.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(query: &str) -> Result<Vec<[f64; 4]>, String> {
        let mut parameters = Parameters::parse(query).map_err(|error| error.to_string())?;
        let asked = asked(&mut parameters).map_err(|error| error.to_string())?;
        let areas = asked.map_or(Ok(Vec::new()), |asked| asked.areas()).map_err(|error| error.to_string())?;
        Ok(areas.iter().map(|area| area.bbox.to_array()).collect())
    }

    #[test]
    fn boxes_are_read_in_any_order_of_axes_and_across_the_antimeridian() {
        let table = [
            ("", vec![]),
            ("bbox=105,18,106,19", vec![[105., 18., 106., 19.]]),
            ("bbox=105,18,-50,106,19,4000", vec![[105., 18., 106., 19.]]),
            ("bbox=18,105,19,106&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326", vec![[105., 18., 106., 19.]]),
            ("bbox=170,-10,-170,10", vec![[170., -10., 180., 10.], [-180., -10., -170., 10.]]),
            ("bbox=170,-10,190,10", vec![[170., -10., 180., 10.], [-180., -10., -170., 10.]]),
            ("bbox=-180,-90,180,90", vec![[-180., -90., 180., 90.]]),
            ("bbox=-200,-90,200,90", vec![[-180., -90., 180., 90.]]),
        ];
        for (query, expected) in table {
            assert_eq!(boxes(query), Ok(expected), "{query}");
        }
        for query in [
            "bbox=1,2,3",
            "bbox=1,9,3,4",
            "bbox=1,2,3,4&bbox-crs=EPSG:1",
            "bbox=1,2,x,4",
            "bbox=5e5,2e6,4e5,3e6&bbox-crs=EPSG:9208",
        ] {
            assert!(boxes(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_box_of_a_zone_is_held_by_one_in_degrees() {
        let found = boxes("bbox=400000,2000000,600000,2200000&bbox-crs=EPSG:9208").expect("a box");
        let transform = OgcCrs::parse("EPSG:9208").and_then(|crs| crs.crs().transform()).expect("a zone");
        let [west, south, east, north] = found[0];
        for x in [400_000., 500_000., 512_345., 600_000.] {
            for y in [2_000_000., 2_100_000., 2_200_000.] {
                let [lon, lat] = transform.lon_lat([x, y]).expect("a place");
                assert!(west < lon && lon < east && south < lat && lat < north, "{x} {y}: {lon} {lat} in {found:?}");
            }
        }
    }
}
