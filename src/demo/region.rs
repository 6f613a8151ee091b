//! Is a place in an area? Asked a million times.

use geo_types::MultiPolygon;

use super::plane::{Place, place};
use crate::geo::geometry::rings;

/// Height of the bands in which edges are looked up, metres.
const BAND: f64 = 500.0;

/// An area inside rings, by the even-odd rule.
#[derive(Debug)]
pub struct Region {
    south: f64,
    /// Edges that cross each band, from south to north.
    bands: Vec<Vec<[Place; 2]>>,
}

impl Region {
    /// Inside an odd number of `rings` (without closing places).
    pub fn new(rings: &[Vec<Place>]) -> Self {
        let ys = || rings.iter().flatten().map(|at| at[1]);
        let (south, north) = (ys().fold(f64::INFINITY, f64::min), ys().fold(f64::NEG_INFINITY, f64::max));
        let mut region = Self { south, bands: vec![Vec::new(); band(north - south) + 1] };
        for ring in rings {
            let next = ring.iter().cycle().skip(1);
            ring.iter().zip(next).for_each(|(&a, &b)| region.add([a, b]));
        }
        region
    }

    /// The inside of polygons in degrees.
    pub fn of(polygons: &MultiPolygon<f64>) -> Self {
        let ring = |ring: &geo_types::LineString<f64>| ring.0.iter().skip(1).map(|at| place([at.x, at.y])).collect();
        Self::new(&polygons.0.iter().flat_map(rings).map(ring).collect::<Vec<_>>())
    }

    fn add(&mut self, edge: [Place; 2]) {
        let (low, high) = (edge[0][1].min(edge[1][1]), edge[0][1].max(edge[1][1]));
        for band in &mut self.bands[band(low - self.south)..=band(high - self.south)] {
            band.push(edge);
        }
    }

    /// Whether the place lies inside.
    pub fn holds(&self, [x, y]: Place) -> bool {
        if y < self.south {
            return false;
        }
        let Some(edges) = self.bands.get(band(y - self.south)) else { return false };
        let crossed =
            |[a, b]: &&[Place; 2]| (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
        edges.iter().filter(crossed).count() % 2 == 1
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and a few hundred bands")]
fn band(height: f64) -> usize {
    (height / BAND) as usize
}
