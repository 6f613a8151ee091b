//! Which features hold a place, and which a way meets: what is asked of fences thousands of times a second. Nothing is copied.

use std::sync::Arc;

use geo_types::{Coord, Line};

use super::layer_index::LayerIndex;
use super::page::Found;
use crate::geo::relate::{Shape, holds};
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{Arena, BBox, Window};

impl LayerIndex {
    /// The features in or on which `[lon, lat]` lies.
    #[must_use]
    pub fn holding(&self, place: [f64; 2]) -> Vec<Found> {
        let [lon, lat] = place;
        let bbox = BBox { west: lon, south: lat, east: lon, north: lat };
        self.meeting(bbox, |arena, row| holds(arena, row, place))
    }

    /// The features that the straight way between two places meets, on the plane of lon/lat.
    #[must_use]
    pub fn met_on_the_way(&self, from: [f64; 2], to: [f64; 2]) -> Vec<Found> {
        let coord = |[x, y]: [f64; 2]| Coord { x, y };
        let line = geo_types::LineString::from(Line::new(coord(from), coord(to)));
        let Some(way) = Shape::new(geo_types::Geometry::LineString(line)) else { return Vec::new() };
        self.meeting(way.bbox(), |arena, row| way.meets(arena, row))
    }

    fn meeting(&self, bbox: BBox, meets: impl Fn(&Arena, usize) -> bool) -> Vec<Found> {
        let window = Window::from(bbox);
        let mut found = Vec::new();
        for (block, buried) in &self.blocks {
            let rows = block.rows();
            for row in block.query(buried, &window, MAX_ZOOM) {
                let row = row as usize;
                if meets(rows.arena(), row) {
                    found.push(Found { rows: Arc::clone(rows), row });
                }
            }
        }
        found
    }
}
