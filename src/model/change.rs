//! What happens to a city: the one value that store, atlas and listeners consume.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::document::Document;
use super::feature::{Feature, FeatureId};
use super::indicator::Indications;
use super::layer::LayerId;
use super::observation::Observations;
use super::rows::Rows;
use super::timetable::Timetable;

/// The number of a commit: grows with every one, never repeats, survives a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Since when something looks as it does: a revision, and a step within it. Later is larger, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The newest commit that was known then.
    pub revision: Revision,
    /// Layers of one commit are learned one after another, and an older commit of another node may be heard late.
    pub step: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:x}", self.revision, self.step)
    }
}

/// One step of a commit. A commit is a list of them, kept whole or not at all.
#[derive(Clone, Debug)]
pub enum Change {
    /// Adds a feature, or takes the place of the one with its id.
    Put(Feature),
    /// Takes a feature away. Removing what is not there is not an error.
    Remove {
        /// The layer.
        layer: LayerId,
        /// The feature's name in it.
        id: FeatureId,
    },
    /// Moves a feature that is there; its properties stay as whoever wrote them last wants them. Where the store knows a place of it
    /// that is newer, that one stays.
    Move(Relocation),
    /// Puts `rows` in the place of everything in their layer.
    Replace(Arc<Rows>),
    /// Adds readings to what is known of features. The newest of each property counts now, whatever comes late; a reading that is
    /// there already stays as it is.
    Observe(Arc<Observations>),
    /// Keeps a document of the layer, or takes one away.
    Document(Arc<Document>),
    /// Puts a timetable in the place of the one that the layer of its stops has. The features stay as they are.
    Timetable(Arc<Timetable>),
    /// Puts values of indicators in the place of what was known of their units and periods.
    Indicate(Indications),
}

/// Where a feature is since when.
#[derive(Clone, Debug, PartialEq)]
pub struct Relocation {
    /// Its layer, of points that move.
    pub layer: LayerId,
    /// Its id.
    pub id: FeatureId,
    /// `[lon, lat]` in degrees.
    pub to: [f64; 2],
    /// When it was told to be there.
    pub at: DateTime<Utc>,
}

impl Change {
    /// The layer that it touches.
    #[must_use]
    pub fn layer(&self) -> &LayerId {
        match self {
            Self::Put(feature) => &feature.layer,
            Self::Remove { layer, .. } => layer,
            Self::Move(relocation) => &relocation.layer,
            Self::Replace(rows) => &rows.layer().id,
            Self::Observe(observations) => &observations.layer().id,
            Self::Document(document) => &document.layer,
            Self::Timetable(timetable) => &timetable.stops_layer,
            Self::Indicate(indications) => indications.layer(),
        }
    }

    /// The one feature that is put or removed, and what becomes of it. Who moves is put where the features are known.
    #[must_use]
    pub fn outcome(&self) -> Option<(&FeatureId, Option<&Feature>)> {
        match self {
            Self::Put(feature) => Some((&feature.id, Some(feature))),
            Self::Remove { id, .. } => Some((id, None)),
            Self::Move(_)
            | Self::Replace(_)
            | Self::Observe(_)
            | Self::Indicate(_)
            | Self::Timetable(_)
            | Self::Document(_) => None,
        }
    }

    /// The id of the one feature that is put, moved or removed.
    #[must_use]
    pub fn feature(&self) -> Option<&str> {
        match self {
            Self::Move(relocation) => Some(relocation.id.as_str()),
            other => other.outcome().map(|(id, _)| id.as_str()),
        }
    }
}
