//! What a parcel check answers. Metres and square metres throughout; names say on which surface.

use std::collections::BTreeMap;

use serde::Serialize;

use super::overlay::Overlay;
use super::shape::Shape;
use super::warning::Warning;
use super::zones::Fit;
use crate::model::Title;
use crate::model::planning::Role;

/// A corner table, measured and held against the layers.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The system of the table, as a URI.
    pub crs: String,
    /// The corners that count, in the order of the table.
    pub corners: Vec<Corner>,
    /// The parcel in lon/lat, exterior counter-clockwise; absent where the corners are no places or enclose nothing.
    pub geometry: Option<Shape>,
    /// On the plane of a VN-2000 zone, as a certificate has it.
    pub plane: Option<Plane>,
    /// On the ellipsoid, as the ground is.
    pub ellipsoid: Option<Ellipsoid>,
    /// The stated area beside that of the corners.
    pub stated: Option<Stated>,
    /// What is wrong or doubtful.
    pub warnings: Vec<Warning>,
    /// Systems in which the corners lie where the layers are, the likeliest first; only where the named one leads outside.
    pub fits: Vec<Fit>,
    /// What the layers of each role say. A role without layers is absent; so are all where `geometry` is.
    pub layers: BTreeMap<Role, Vec<Answer>>,
}

/// A corner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Corner {
    /// Its place in the table, from 1.
    pub number: usize,
    /// Easting or longitude, as given.
    pub x: f64,
    /// Northing or latitude, as given.
    pub y: f64,
    /// Longitude and latitude, where it is a place.
    pub lon_lat: Option<[f64; 2]>,
}

/// What the plane of a zone gives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plane {
    /// The system of the plane: that of the table, or the zone that papers at this place use where the table is in degrees or
    /// on the plane of web maps.
    pub crs: String,
    /// By the shoelace formula, m².
    pub area: f64,
    /// The same to a tenth of a square metre, as certificates have it.
    pub certificate_area: f64,
    /// Of the exterior, metres.
    pub perimeter: f64,
    /// The sides of the exterior, in the order of the table.
    pub sides: Vec<Side>,
    /// Plane metres for each metre on the ellipsoid at the middle of the parcel.
    pub scale: Option<f64>,
}

/// A side on the plane.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The corner where it begins, by its place in the table.
    pub from: usize,
    /// The corner where it ends.
    pub to: usize,
    /// Metres on the plane.
    pub length: f64,
    /// As stated, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<f64>,
}

/// What the ellipsoid of WGS 84 gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ellipsoid {
    /// m², see [`crate::geo::measure::area`]. Where sides cross, what is enclosed an odd number of times.
    pub area: f64,
    /// Geodesic, of the exterior, metres.
    pub perimeter: f64,
}

/// A stated area.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stated {
    /// As stated, m².
    pub area: f64,
    /// That of the corners on the plane less the stated one, m².
    pub difference: f64,
    /// As much can come of corners that are written to the centimetre and an area written to a tenth, m².
    pub tolerance: f64,
}

/// What one layer says, or one version of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// For people.
    pub title: Title,
    /// How many features the layer has anywhere: where it has none, that nothing is met says nothing.
    pub features_in_layer: usize,
    /// The values of the fields that name the version of a plan; empty for layers without versions.
    pub version: BTreeMap<String, Option<String>>,
    /// What is met.
    #[serde(flatten)]
    pub overlay: Overlay,
}
