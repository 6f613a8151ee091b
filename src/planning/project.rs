//! From any coordinate system to degrees, and polygons and lines as they come in a request.

use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Polygon};

use super::{MOST_CORNERS, PlanningError};
use crate::crs::{OgcCrs, Transform};
use crate::geo::Geometry;
use crate::geo::measure::between;

use super::corners::apart;
use super::zones::is_place;

/// The sides of a plane are followed in about so many pieces. What is straight there is not straight in lon/lat: half-way along a kilometre
/// from east to west the two are 7 mm apart in Viet Nam and enclose 4.5 m², along a hundred metres a thousandth of that.
const PIECES: f64 = 5000.0;

/// A piece is no shorter, metres: along ten metres the two enclose 5 mm².
const SHORTEST: f64 = 10.0;

/// And no longer.
const LONGEST: f64 = 500.0;

/// Rings or lines of places.
pub type Paths = Vec<Vec<[f64; 2]>>;

/// A geometry in the system that its request names.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawn {
    /// Of each polygon its rings, the exterior first.
    Polygons(Vec<Paths>),
    /// Lines.
    Lines(Paths),
}

/// The same in degrees, longitude first. Coordinates come with easting or longitude first, whatever the system's authority says.
pub fn to_lon_lat(drawn: &Drawn, crs: &OgcCrs) -> Result<Geometry, PlanningError> {
    let piece = crs.is_projected().then(|| (drawn.length() / PIECES).clamp(SHORTEST, LONGEST));
    let way = Way { there: crs.crs().transform()?, crs, piece, left: MOST_CORNERS };
    way.geometry(drawn)
}

impl Drawn {
    /// Of all sides on its plane.
    fn length(&self) -> f64 {
        let paths: Vec<&Vec<[f64; 2]>> = match self {
            Self::Polygons(polygons) => polygons.iter().flatten().collect(),
            Self::Lines(lines) => lines.iter().collect(),
        };
        paths.into_iter().flat_map(|path| path.windows(2)).map(|ends| apart(ends[0], ends[1])).sum()
    }
}

struct Way<'a> {
    there: Transform,
    crs: &'a OgcCrs,
    /// How long the pieces of a side are at most; `None` follows none.
    piece: Option<f64>,
    /// Corners that may still come.
    left: usize,
}

impl Way<'_> {
    fn geometry(mut self, drawn: &Drawn) -> Result<Geometry, PlanningError> {
        Ok(match drawn {
            Drawn::Lines(lines) => {
                let lines = lines.iter().map(|line| self.path(line, false)).collect::<Result<_, _>>()?;
                Geometry::Lines(MultiLineString(lines))
            }
            Drawn::Polygons(polygons) => {
                let polygons = polygons.iter().map(|rings| {
                    let rings = rings.iter().map(|ring| self.path(ring, true)).collect::<Result<Vec<_>, _>>()?;
                    let mut rings = rings.into_iter();
                    let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
                    Ok(Polygon::new(exterior, rings.collect()))
                });
                Geometry::Polygons(MultiPolygon(polygons.collect::<Result<_, PlanningError>>()?))
            }
        })
    }

    fn path(&mut self, places: &[[f64; 2]], ring: bool) -> Result<LineString<f64>, PlanningError> {
        let closing = if ring { places.first() } else { None };
        let mut path: Vec<Coord<f64>> = Vec::with_capacity(places.len() + 1);
        let mut before: Option<[f64; 2]> = None;
        for &place in places.iter().chain(closing) {
            let steps = before.map_or(1, |before| self.steps(before, place));
            self.left = self.left.checked_sub(steps).ok_or_else(too_many)?;
            let from = before.unwrap_or(place);
            for step in 1..=steps {
                #[expect(clippy::cast_precision_loss, reason = "at most MOST_CORNERS")]
                let share = step as f64 / steps as f64;
                path.push(self.place(between(from, place, share))?.into());
            }
            before = Some(place);
        }
        Ok(LineString(path))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and more than MOST_CORNERS is refused"
    )]
    fn steps(&self, from: [f64; 2], to: [f64; 2]) -> usize {
        self.piece.map_or(1, |piece| (apart(from, to) / piece).ceil() as usize).max(1)
    }

    fn place(&self, [x, y]: [f64; 2]) -> Result<[f64; 2], PlanningError> {
        let found = self.there.lon_lat([x, y]).filter(|&place| is_place(place));
        found.ok_or_else(|| PlanningError::NoPlaceOf { x, y, crs: self.crs.to_string() })
    }
}

fn too_many() -> PlanningError {
    PlanningError::TooManyCorners { found: MOST_CORNERS + 1, most: MOST_CORNERS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sides_of_a_plane_are_followed() {
        let crs = OgcCrs::parse("EPSG:9208").unwrap();
        let (west, east) = ([560_000.0, 2_060_000.0], [600_000.0, 2_060_000.0]);
        let line = to_lon_lat(&Drawn::Lines(vec![vec![west, east]]), &crs).unwrap();
        assert_eq!(line.coords().count(), 4001);
        let there = crs.crs().transform().unwrap();
        let places: Vec<[f64; 2]> = line.coords().collect();
        for ends in places.windows(2) {
            // There and back is a third of a millimetre aside: the two ellipsoids are not at one height.
            let [from, middle, to] =
                [0.0, 0.5, 1.0].map(|share| there.from_lon_lat(between(ends[0], ends[1], share)).unwrap());
            assert!((middle[1] - f64::midpoint(from[1], to[1])).abs() < 1e-6, "{from:?} {middle:?} {to:?}");
        }
        let straight = there.from_lon_lat(between(places[0], places[4000], 0.5)).unwrap();
        assert!((straight[1] - 2_060_000.0).abs() > 5.0, "else nothing need be followed: {straight:?}");
    }

    #[test]
    fn rings_are_closed_and_endless_sides_refused() {
        let triangle = vec![vec![[105.0, 19.0], [105.1, 19.0], [105.0, 19.1]]];
        let Geometry::Polygons(polygons) = to_lon_lat(&Drawn::Polygons(vec![triangle]), &OgcCrs::crs84()).unwrap()
        else {
            panic!("polygons")
        };
        assert_eq!(polygons.0[0].exterior().0.len(), 4);
        let crs = OgcCrs::parse("EPSG:3857").unwrap();
        let endless = Drawn::Lines(vec![vec![[0.0, 0.0], [2e7, 0.0]]]);
        assert!(matches!(to_lon_lat(&endless, &crs), Err(PlanningError::TooManyCorners { .. })));
        let nowhere = Drawn::Lines(vec![vec![[105.0, 119.0], [105.0, 19.0]]]);
        assert!(matches!(to_lon_lat(&nowhere, &OgcCrs::crs84()), Err(PlanningError::NoPlaceOf { .. })));
    }
}
