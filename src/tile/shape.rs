//! One geometry as a tile shows it: the seam between what is drawn and how it is written.

use crate::geo::clip::TilePoint;

/// What the paths of a shape are; the numbers are MVT's (2.1, section 4.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeomType {
    /// Points, each a path of one place.
    Point = 1,
    /// Lines of two places or more.
    LineString = 2,
    /// Rings without their closing place: exteriors with positive area (y south), each followed by its holes with
    /// negative area.
    Polygon = 3,
}

/// Paths in tile units, neighbouring places different; reused from feature to feature.
#[derive(Debug, Default)]
pub struct Shape {
    places: Vec<TilePoint>,
    ends: Vec<usize>,
}

impl Shape {
    /// Begins a new shape.
    pub fn clear(&mut self) {
        self.places.clear();
        self.ends.clear();
    }

    /// Whether nothing was drawn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a path, which has a place at least.
    pub fn path(&mut self, places: &[TilePoint]) {
        self.places.extend_from_slice(places);
        self.ends.push(self.places.len());
    }

    /// Adds a path from its end to its beginning.
    pub fn reversed(&mut self, places: &[TilePoint]) {
        self.places.extend(places.iter().rev());
        self.ends.push(self.places.len());
    }

    /// How many paths were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The paths in the order in which they were added.
    pub fn paths(&self) -> impl Iterator<Item = &[TilePoint]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.places[std::mem::replace(&mut start, end)..end])
    }
}
