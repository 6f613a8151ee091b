//! Rivers, where towns have to make room for them.

use std::collections::BTreeMap;

use super::curve::{roughened, through};
use super::facts::{self, RiverPoint};
use super::noise::dice;
use super::plane::{Place, squared};

/// The water of all rivers.
#[derive(Debug)]
pub struct Rivers {
    /// Places along the middle, about 100 m apart, with half the width there.
    middle: Vec<(Place, f64)>,
}

impl Rivers {
    pub fn new(seed: u64) -> Self {
        let mut courses: BTreeMap<String, Vec<RiverPoint>> = BTreeMap::new();
        for point in facts::rivers() {
            courses.entry(point.name.clone()).or_default().push(point);
        }
        let middle = courses.iter().flat_map(|(name, points)| {
            let places: Vec<Place> = points.iter().map(RiverPoint::place).collect();
            let line = through(&roughened(&places, 2_500.0, 0.14, &mut dice(seed, name)), 100.0);
            let half = points[0].width_m / 2.0;
            line.into_iter().map(move |at| (at, half))
        });
        Self { middle: middle.collect() }
    }

    /// The water within `reach` metres of a place.
    pub fn near(&self, at: Place, reach: f64) -> Self {
        Self {
            middle: self.middle.iter().copied().filter(|(middle, _)| squared(*middle, at) <= reach * reach).collect(),
        }
    }

    /// Whether a place is in the water or within `margin` metres of it.
    pub fn holds(&self, at: Place, margin: f64) -> bool {
        self.middle.iter().any(|&(middle, half)| squared(middle, at) <= (half + margin) * (half + margin))
    }
}
