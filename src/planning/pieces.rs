//! What an asked geometry and the features of a layer have in common, feature by feature.

use std::sync::Arc;

use geo_types::{LineString, MultiPolygon, Polygon};

use super::{LARGEST_AREA, MOST_CORNERS, MOST_CROSSINGS, MOST_FEATURES, MOST_VERTICES, PlanningError};
use crate::geo::geometry::rings;
use crate::geo::measure;
use crate::geo::ring::meets_more_often_than;
use crate::geo::slabs::Standing;
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{Arena, BBox, Geometry, GeometryKind, Region, Slabs, Window};
use crate::index::LayerIndex;
use crate::model::Rows;

/// A geometry that is asked with, ready for many features.
#[derive(Debug)]
pub struct Asked {
    pub(super) geometry: Geometry,
    pub(super) bbox: BBox,
    /// Of polygons.
    pub(super) region: Region,
    /// Of polygons.
    pub(super) slabs: Slabs,
}

impl Asked {
    /// Of polygons or lines in degrees, longitude first. Rings may be any: see [`Region`].
    pub fn new(geometry: Geometry) -> Result<Self, PlanningError> {
        let corners = geometry.coords().count();
        if corners > MOST_CORNERS {
            return Err(PlanningError::TooManyCorners { found: corners, most: MOST_CORNERS });
        }
        let sane = |[lon, lat]: [f64; 2]| lon.abs() <= 180.0 && lat.abs() <= 90.0;
        if let Some([lon, lat]) = geometry.coords().find(|&place| !sane(place)) {
            return Err(PlanningError::NoPlace(lon, lat));
        }
        let bbox = BBox::around(geometry.coords()).ok_or(PlanningError::Empty)?;
        if bbox.east - bbox.west > 90.0 {
            return Err(PlanningError::TooWide(bbox.east - bbox.west));
        }
        let (region, slabs) = match &geometry {
            Geometry::Polygons(polygons) => {
                untangled(polygons)?;
                let parts: Vec<Region> = polygons.0.iter().map(enclosed).collect::<Result<_, _>>()?;
                // Where parts overlap the area is asked for once.
                let region = Region::covered_by(&parts);
                let slabs = Slabs::new(&region.polygons());
                (region, slabs)
            }
            _ => (Region::default(), Slabs::new(&MultiPolygon(Vec::new()))),
        };
        let asked = Self { geometry, bbox, region, slabs };
        asked.bounded()
    }

    fn bounded(self) -> Result<Self, PlanningError> {
        match self.geometry.kind() {
            GeometryKind::Line if self.length() > 0.0 => Ok(self),
            GeometryKind::Polygon if !self.region.is_empty() => {
                let found = self.region.area() / 1e6;
                let most = LARGEST_AREA;
                if found > most { Err(PlanningError::TooLarge { found, most }) } else { Ok(self) }
            }
            _ => Err(PlanningError::Empty),
        }
    }

    fn length(&self) -> f64 {
        measure::length_of(&self.geometry)
    }
}

/// What a polygon encloses; where its rings cross, an odd number of times. Holes have to be holes of it.
pub fn enclosed(polygon: &Polygon<f64>) -> Result<Region, PlanningError> {
    let region = |rings: Polygon<f64>| Region::of(&MultiPolygon(vec![rings])).sound();
    let whole = region(polygon.clone());
    if polygon.interiors().is_empty() {
        return Ok(whole);
    }
    let alone = |ring: &LineString<f64>| region(Polygon::new(ring.clone(), Vec::new())).area();
    let expected = alone(polygon.exterior()) - polygon.interiors().iter().map(alone).sum::<f64>();
    // A square decimetre, and what the rounding of large areas comes to.
    let close = (whole.area() - expected).abs() <= 0.01 + 1e-9 * whole.area();
    if close { Ok(whole) } else { Err(PlanningError::Holes) }
}

/// Refuses polygons of which some cross themselves so often that to take them apart would take minutes.
pub fn untangled(polygons: &MultiPolygon<f64>) -> Result<(), PlanningError> {
    let open = |ring: &LineString<f64>| {
        let mut places: Vec<[f64; 2]> = ring.0.iter().map(|c| [c.x, c.y]).collect();
        places.dedup();
        while places.len() > 1 && places.first() == places.last() {
            places.pop();
        }
        places
    };
    let paths: Vec<Vec<[f64; 2]>> = polygons.0.iter().flat_map(rings).map(open).collect();
    if meets_more_often_than(&paths, MOST_CROSSINGS) { Err(PlanningError::TooTangled) } else { Ok(()) }
}

/// A feature that the box around the asked geometry meets.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The rows that it is one of.
    pub rows: Arc<Rows>,
    /// Its number among them.
    pub row: usize,
}

/// The features that the box around the asked geometry meets and that `wanted` picks, in the order of their ids.
pub fn candidates(
    index: &LayerIndex,
    bbox: &BBox,
    wanted: &dyn Fn(&Rows, usize) -> bool,
) -> Result<Vec<Candidate>, PlanningError> {
    let mut found = Vec::new();
    for selection in index.query(&grown((*bbox).into()), MAX_ZOOM) {
        let rows = selection.numbers.iter().map(|&row| row as usize).filter(|&row| wanted(&selection.rows, row));
        found.extend(rows.map(|row| Candidate { rows: Arc::clone(&selection.rows), row }));
    }
    let layer = || index.layer().id.clone();
    let vertices = found.iter().map(|candidate| candidate.arena().row_vertices(candidate.row).len()).sum();
    if vertices > MOST_VERTICES {
        return Err(PlanningError::TooManyVertices { layer: layer(), found: vertices });
    }
    if found.len() > MOST_FEATURES {
        return Err(PlanningError::TooManyFeatures { layer: layer(), found: found.len() });
    }
    found.sort_unstable_by(|a, b| a.id().cmp(b.id()));
    Ok(found)
}

/// The world square has units of a centimetre: what lies on a border is not to be missed.
fn grown(window: Window) -> Window {
    Window {
        min_x: window.min_x.saturating_sub(1),
        min_y: window.min_y.saturating_sub(1),
        max_x: window.max_x.saturating_add(1),
        max_y: window.max_y.saturating_add(1),
    }
}

impl Candidate {
    fn arena(&self) -> &Arena {
        self.rows.arena()
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.rows.id(self.row)
    }

    /// Its geometry.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        self.arena().geometry(self.row)
    }

    fn bbox(&self) -> Option<BBox> {
        BBox::around(self.arena().lon_lat()[self.arena().row_vertices(self.row)].iter().copied())
    }

    /// What of it lies in the asked polygons; `None` for nothing.
    #[must_use]
    pub fn piece(&self, asked: &Asked) -> Option<Piece> {
        let bbox = self.bbox()?;
        match (asked.slabs.standing(&bbox), self.geometry()) {
            (Standing::Outside, _) => None,
            (_, Geometry::Point(point)) => {
                let held = asked.slabs.holds([point.x(), point.y()]);
                let part = Part::Other(Geometry::Point(point));
                held.then_some(Piece { amount: 1.0, of_feature: Some(1.0), part })
            }
            (standing, Geometry::Lines(lines)) => {
                let whole = lines.0.iter().map(measure::length).sum();
                let within = match standing {
                    Standing::Inside => lines,
                    _ => lines.0.iter().flat_map(|line| asked.slabs.clipped(line).0).collect(),
                };
                let amount = within.0.iter().map(measure::length).sum();
                Piece::some(amount, whole, Part::Other(Geometry::Lines(within)))
            }
            (standing, Geometry::Polygons(polygons)) => {
                let feature = Region::of(&polygons);
                let (piece, whole) = if standing == Standing::Inside {
                    let piece = feature.sound();
                    let area = piece.area();
                    (piece, area)
                } else {
                    let close = feature.near(&asked.region);
                    (asked.region.near(&close).intersection(&close), measure::area(&polygons))
                };
                Piece::some(piece.area(), whole, Part::Area(piece))
            }
        }
    }
}

/// What an asked geometry and one feature have in common.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Square metres, metres, or 1 for a point.
    pub amount: f64,
    /// The share of the feature; `None` of a line in a polygon.
    pub of_feature: Option<f64>,
    /// Where it is.
    pub part: Part,
}

/// Where a piece is.
#[derive(Clone, Debug)]
pub enum Part {
    /// Of polygons.
    Area(Region),
    /// Of lines and points.
    Other(Geometry),
}

/// Less than this is no piece: a square millimetre, a thousandth of a millimetre. Rounding leaves such where borders only touch.
pub const NOTHING: f64 = 1e-6;

impl Piece {
    fn some(amount: f64, whole: f64, part: Part) -> Option<Self> {
        let of_feature = (whole > 0.0).then(|| (amount / whole).min(1.0));
        (amount > NOTHING).then_some(Self { amount, of_feature, part })
    }

    /// As a geometry in degrees.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        match &self.part {
            Part::Area(region) => Geometry::Polygons(region.polygons()),
            Part::Other(geometry) => geometry.clone(),
        }
    }
}
