//! What a layer means to somebody who asks what may be built where.

use serde::Serialize;

use super::Layer;
use super::validity::Interval;

/// What a layer says of a parcel. Several layers may have the same part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The provinces of today.
    Province,
    /// The units below them of today: wards, communes, special zones.
    Ward,
    /// The units of before 1 July 2025.
    District,
    /// What land is used for, present and planned.
    Plan,
    /// Parcels of the cadastral map.
    Parcel,
    /// Roads and their reserves.
    Road,
    /// Where building is restricted.
    Protected,
    /// Where nature endangers.
    Hazard,
}

impl Role {
    /// Every role by its name in a layer's file, in the order in which a parcel check answers.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("province", Self::Province),
        ("ward", Self::Ward),
        ("district", Self::District),
        ("plan", Self::Plan),
        ("parcel", Self::Parcel),
        ("road", Self::Road),
        ("protected", Self::Protected),
        ("hazard", Self::Hazard),
    ];
}

/// `[planning]` of a layer's file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planning {
    /// What the layer says of a parcel.
    pub role: Role,
    /// The field by whose values areas are added up: an index in [`super::Layer::fields`]. `None` adds up all.
    pub code: Option<usize>,
    /// The fields whose values together name the version of a plan, such as stage and year: areas of two versions are never added to
    /// each other. Indexes in [`super::Layer::fields`].
    pub version: Vec<usize>,
}

/// For when it is asked what is where.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// Only what is in force at some time of it.
    pub asked: Option<Interval>,
    /// For plans, when nothing is asked for: by what is in force now something may be built. Units of before are told as they are.
    pub today: Interval,
}

impl When {
    /// The interval for a layer; `None` for whatever there is.
    #[must_use]
    pub fn of(&self, layer: &Layer) -> Option<Interval> {
        let is_plan = layer.planning.as_ref().is_some_and(|planning| planning.role == Role::Plan);
        self.asked.or_else(|| is_plan.then_some(self.today))
    }
}
