//! Unshifted VN-2000: coordinates of VN-2000 that are declared to be WGS 84 and so lie some 226 m north-west of the truth.
//!
//! What gives them away, and what does not:
//! - the `.prj` names WGS 84 with a meridian and scale of VN-2000 ([`Crs::is_disguised_vn2000`]);
//! - features that the layer already has, by id, lie a whole shift beside those of the file, most of them the same way;
//! - the file fits the layer's extent with the shift and does not without.
//!
//! A first import whose features lie well inside the extent, in plain degrees or in UTM, looks like any other: 226 m cannot
//! be seen without something to compare with.

use std::fmt;

use super::place::median;
use crate::crs::{Crs, CrsError, Transform};
use crate::geo::{BBox, Geometry};

/// Metres in a degree of latitude, on the mean sphere: for distances of a few hundred metres.
const METRES: f64 = 111_195.0;

/// How far the middle feature may be from a whole shift, metres.
const NEAR: f64 = 10.0;

/// The same when fewer than three features can be compared: then they must be the same features exactly.
const EXACT: f64 = 1.0;

/// Comparisons that are kept: more say nothing more.
const KEPT: usize = 10_000;

/// Watches an import and says in the end whether it was unshifted VN-2000.
pub struct ShiftWatch {
    vn2000: Transform,
    /// Metres east and north: of the file from the known feature, and of the shift there.
    pairs: Vec<[[f64; 2]; 2]>,
    cured: usize,
    incurable: usize,
    lost: usize,
}

/// What the watch found.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// The features that the layer has already lie beside those of the file.
    Displaced {
        /// Features of equal id.
        compared: usize,
        /// How far the file lies from them, metres east and north, in the middle.
        by: [f64; 2],
    },
    /// The file lies in the layer's extent only after the shift.
    Extent {
        /// Features that only the shift brings in.
        cured: usize,
    },
    /// The CRS is one that nobody uses.
    Label,
    /// The file lies beside the layer's features the other way: it was shifted twice, or they never were.
    Backwards {
        /// Features of equal id.
        compared: usize,
    },
}

impl ShiftWatch {
    /// Begins with nothing seen.
    pub fn new() -> Result<Self, CrsError> {
        let vn2000 = Crs::from_code(crate::crs::vn2000::GEOGRAPHIC)?.transform()?;
        Ok(Self { vn2000, pairs: Vec::new(), cured: 0, incurable: 0, lost: 0 })
    }

    /// Sees a feature of the file whose like, with the same id, is `known` to the layer.
    pub fn compare(&mut self, file: BBox, known: BBox) {
        if self.pairs.len() == KEPT {
            return;
        }
        let middle = |bbox: BBox| [f64::midpoint(bbox.west, bbox.east), f64::midpoint(bbox.south, bbox.north)];
        let (here, there) = (middle(file), middle(known));
        if let Some(shifted) = self.vn2000.lon_lat(here) {
            self.pairs.push([metres(there, here), metres(here, shifted)]);
        }
    }

    /// Sees a feature outside the layer's extent.
    pub fn outside(&mut self, geometry: &Geometry, extent: BBox) -> bool {
        let cured =
            geometry.coords().all(|place| self.vn2000.lon_lat(place).is_some_and(|shifted| extent.contains(shifted)));
        if cured {
            self.cured += 1;
        } else {
            self.incurable += 1;
        }
        cured
    }

    /// Sees a feature inside the layer's extent.
    pub fn inside(&mut self, bbox: BBox, extent: BBox) {
        let corners = [[bbox.west, bbox.south], [bbox.east, bbox.north]];
        let stays =
            corners.iter().all(|&corner| self.vn2000.lon_lat(corner).is_some_and(|shifted| extent.contains(shifted)));
        self.lost += usize::from(!stays);
    }

    /// What it comes to. The extent counts when the shift brings in what lay outside (but one in ten, which may be
    /// wrong for reasons of its own) and takes nothing out.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        let compared = self.pairs.len();
        if compared > 0 {
            let tolerance = if compared < 3 { EXACT } else { NEAR };
            let miss = |sign: f64| {
                median(self.pairs.iter().map(|[off, shift]| (off[0] + sign * shift[0]).hypot(off[1] + sign * shift[1])))
            };
            if miss(1.0) < tolerance {
                let by = [0, 1].map(|axis| median(self.pairs.iter().map(|[off, _]| off[axis])));
                return Some(Evidence::Displaced { compared, by });
            }
            if miss(-1.0) < tolerance {
                return Some(Evidence::Backwards { compared });
            }
        }
        (self.cured > 0 && self.lost == 0 && self.incurable * 10 <= self.cured)
            .then_some(Evidence::Extent { cured: self.cured })
    }
}

/// From one place to another near it, metres east and north.
fn metres(from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
    [(to[0] - from[0]) * METRES * from[1].to_radians().cos(), (to[1] - from[1]) * METRES]
}

/// Without the way out, which depends on the CRS.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Displaced { compared, by: [east, north] } => {
                let distance = east.hypot(*north);
                write!(
                    f,
                    "of {compared} features that the layer already has, those of the file lie {distance:.0} m aside ({east:+.0} m east, \
                     {north:+.0} m north), which is the shift between VN-2000 and WGS 84: the file is unshifted VN-2000"
                )
            }
            Self::Extent { cured } => write!(
                f,
                "{cured} features lie outside the layer's extent, and inside it after the shift of about 226 m from VN-2000 to \
                 WGS 84: the file is unshifted VN-2000"
            ),
            Self::Label => f.write_str(
                "its CRS is WGS 84 in a zone of VN-2000 (scale 0.9999), which is in use nowhere: the file is unshifted VN-2000, \
                 and would lie about 226 m aside",
            ),
            Self::Backwards { compared } => write!(
                f,
                "of {compared} features that the layer already has, those of the file lie a whole VN-2000 shift (about 226 m) to the \
                 south-east: either the file is WGS 84 and only declared VN-2000, or the layer was imported without the shift"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point([x, y]: [f64; 2]) -> BBox {
        BBox { west: x, south: y, east: x, north: y }
    }

    /// Where VN-2000 coordinates of a true place come to lie when nobody shifts them.
    fn unshifted(place: [f64; 2]) -> [f64; 2] {
        Crs::from_code(4756).and_then(|crs| crs.transform()).expect("VN-2000").from_lon_lat(place).expect("a place")
    }

    type Move = fn([f64; 2]) -> [f64; 2];

    #[test]
    fn displacement_by_a_whole_shift_is_told_from_every_other() {
        let nudged = |[x, y]: [f64; 2]| [x + 0.000_03, y - 0.000_02];
        let far = |[x, y]: [f64; 2]| [x + 0.002, y];
        let twice = |place: [f64; 2]| Crs::from_code(4756).unwrap().transform().unwrap().lon_lat(place).unwrap();
        let table: [(&str, Move, &str); 5] = [
            ("in place", |place| place, ""),
            ("surveyed anew", nudged, ""),
            ("elsewhere", far, ""),
            ("unshifted", unshifted, "displaced"),
            ("shifted twice", twice, "backwards"),
        ];
        for (name, moved, expected) in table {
            let mut watch = ShiftWatch::new().unwrap();
            for step in 0..9 {
                let place = [104.5 + f64::from(step) * 0.1, 18.7 + f64::from(step) * 0.05];
                watch.compare(point(moved(place)), point(place));
            }
            let found = match watch.evidence() {
                Some(Evidence::Displaced { by, .. }) => {
                    assert!((by[0].hypot(by[1]) - 226.0).abs() < 10.0, "{by:?}");
                    "displaced"
                }
                Some(Evidence::Backwards { .. }) => "backwards",
                Some(_) => "other",
                None => "",
            };
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn an_extent_that_only_the_shift_reaches_tells() {
        let places = [[105.0, 19.0], [105.2, 19.1], [105.1, 19.3]];
        let tight = BBox::around(places).expect("places");
        let extent = BBox {
            west: tight.west - 1e-6,
            south: tight.south - 1e-6,
            east: tight.east + 1e-6,
            north: tight.north + 1e-6,
        };
        let mut watch = ShiftWatch::new().unwrap();
        for place in places.map(unshifted) {
            if extent.contains(place) {
                watch.inside(point(place), extent);
            } else {
                assert!(watch.outside(&Geometry::Point(place.into()), extent), "{place:?}");
            }
        }
        assert!(matches!(watch.evidence(), Some(Evidence::Extent { cured }) if cured > 0), "{:?}", watch.evidence());
    }
}
