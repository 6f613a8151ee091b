//! What a planner asks: what lies under a drawn area, what a parcel's corner table says, how a plan changed.
//!
//! Everything is answered from snapshots of layers, in pure functions; everything is bounded. Which layers are asked for what stands
//! in their files (`[planning] role`), never here.

pub mod changes;
pub mod corners;
pub mod lines;
pub mod overlay;
pub mod parcel;
pub mod pieces;
pub mod project;
pub mod report;
pub mod shape;
pub mod warning;
pub mod zones;

use std::sync::Arc;

use crate::crs::CrsError;
use crate::index::LayerIndex;
use crate::model::planning::Role;
use crate::model::{Audience, LayerId};

/// Corners of an asked geometry.
pub const MOST_CORNERS: usize = 20_000;

/// Corners of a parcel.
pub const MOST_PARCEL_CORNERS: usize = 2_000;

/// Places in which the rings of an asked geometry may cross: a hundred thousand take seconds, a million minutes.
pub const MOST_CROSSINGS: usize = 10_000;

/// Features that an answer names.
pub const MOST_FEATURES: usize = 10_000;

/// Vertices of all features that an answer looks at.
pub const MOST_VERTICES: usize = 1_000_000;

/// An asked area, square kilometres: three times the largest province.
pub const LARGEST_AREA: f64 = 50_000.0;

/// A parcel, square kilometres.
pub const LARGEST_PARCEL: f64 = 100.0;

/// Why a question is not answered. The text names the value, the limit and the way out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanningError {
    /// Too many corners are asked with.
    #[error("the geometry has {found} corners, at most {most}: simplify it, or ask for its parts")]
    TooManyCorners {
        /// As asked.
        found: usize,
        /// The limit.
        most: usize,
    },
    /// Rings that cross too often.
    #[error("the rings of the geometry cross in more than {MOST_CROSSINGS} places: draw it without crossings")]
    TooTangled,
    /// Too large an area.
    #[error("the area is {found:.1} km², at most {most} km²: ask for its parts")]
    TooLarge {
        /// Square kilometres.
        found: f64,
        /// The limit.
        most: f64,
    },
    /// It meets too many features.
    #[error("the geometry meets {found} features of `{layer}`, at most {MOST_FEATURES}: ask for a smaller area")]
    TooManyFeatures {
        /// The layer.
        layer: LayerId,
        /// As found.
        found: usize,
    },
    /// What it meets has too many vertices.
    #[error(
        "what the geometry meets of `{layer}` has {found} vertices, at most {MOST_VERTICES}: ask for a smaller area"
    )]
    TooManyVertices {
        /// The layer.
        layer: LayerId,
        /// As found.
        found: usize,
    },
    /// A place that is none.
    #[error("[{0}, {1}] is no place in degrees, longitude first: |longitude| is at most 180 and |latitude| at most 90")]
    NoPlace(f64, f64),
    /// A corner that the system does not reach.
    #[error("[{x}, {y}] is no place of {crs}: easting or longitude comes first")]
    NoPlaceOf {
        /// First number.
        x: f64,
        /// Second number.
        y: f64,
        /// The system.
        crs: String,
    },
    /// A geometry around half the world.
    #[error("the geometry is {0:.0}° wide, at most 90°, and may not cross the antimeridian: ask for its parts")]
    TooWide(f64),
    /// It encloses nothing, or has no length.
    #[error("the geometry is empty: an area needs three corners that differ, a line two")]
    Empty,
    /// Rings that contradict each other.
    #[error(
        "a hole does not lie inside its exterior ring, or holes overlap: draw what is meant as polygons of their own"
    )]
    Holes,
    /// A question without an answer.
    #[error("a line shares neither area nor length with the {kind}s of `{layer}`: ask with a polygon around it")]
    NothingShared {
        /// Points or lines.
        kind: crate::geo::GeometryKind,
        /// The layer.
        layer: LayerId,
    },
    /// A field that there is not.
    #[error("`{layer}` has no field `{name}`; it has {known}")]
    NoField {
        /// The layer.
        layer: LayerId,
        /// As asked.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A layer of which nobody says when its features are in force.
    #[error("`{0}` has no versions: its file names no [validity] fields")]
    NoVersions(LayerId),
    /// A number that cannot be meant.
    #[error("{what} {value} is not a number above 0 and below a million million")]
    NoMeasure {
        /// What it is said to be.
        what: &'static str,
        /// As asked.
        value: f64,
    },
    /// The coordinate system cannot be used.
    #[error(transparent)]
    Crs(#[from] CrsError),
}

/// The layers that an audience may see, as they are now.
#[derive(Clone, Debug)]
pub struct Desk {
    layers: Vec<Arc<LayerIndex>>,
    audience: Audience,
}

impl Desk {
    /// Keeps those of `layers` that the audience may see.
    #[must_use]
    pub fn new(layers: impl IntoIterator<Item = Arc<LayerIndex>>, audience: Audience) -> Self {
        let seen = layers.into_iter().filter(|index| audience.may_see(index.layer().audience));
        Self { layers: seen.collect(), audience }
    }

    /// Who asks.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// The layers of a role.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &Arc<LayerIndex>> {
        self.layers.iter().filter(move |index| index.layer().planning.as_ref().is_some_and(|own| own.role == role))
    }
}
