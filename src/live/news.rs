//! What is told of a commit, and what of it still counts when several are told together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::geo::{BBox, Window};
use crate::model::{Alert, FeatureId, LayerId, Revision, Touch};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A feature was measured, and this was not known before.
    Observe(Reading),
    /// A feature was added or changed.
    Put {
        /// Its layer.
        layer: LayerId,
        /// Its id.
        feature: FeatureId,
        /// Around where it was and is.
        bbox: Option<BBox>,
    },
    /// A feature was taken away.
    Remove {
        /// Its layer.
        layer: LayerId,
        /// Its id.
        feature: FeatureId,
        /// Around where it was.
        bbox: Option<BBox>,
    },
    /// An alert was raised, or has changed.
    Alert(Arc<Alert>),
    /// Tiles look different.
    Tiles {
        /// Of which layer.
        layer: LayerId,
        /// Which.
        touches: Vec<Touch>,
    },
}

/// What was measured of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Its layer.
    pub layer: LayerId,
    /// Its id.
    pub feature: FeatureId,
    /// When.
    pub time: DateTime<Utc>,
    /// Where it is, if that was told: `[lon, lat]`.
    pub position: Option<[f64; 2]>,
    /// By the place of each property in [`crate::model::Layer::observed`].
    pub values: Box<[Option<f64>]>,
    /// Around where the feature was and is.
    pub bbox: Option<BBox>,
}

impl Reading {
    /// Puts what another one of the same feature says over what is there.
    fn learn(&mut self, later: &Self) {
        self.time = later.time.max(self.time);
        // Whoever saw it in any of its places is told.
        self.bbox = self.bbox.into_iter().chain(later.bbox).reduce(BBox::union);
        self.position = later.position.or(self.position);
        for (value, later) in self.values.iter_mut().zip(&later.values) {
            *value = later.or(*value);
        }
    }
}

/// Windows of one layer that are told one by one; with more of them the whole layer is told to look different.
const MOST_TOUCHES: usize = 256;

/// What counts of some commits together: the newest of each feature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Digest {
    /// The last commit.
    pub revision: Revision,
    /// In the order in which features came first.
    pub news: Vec<News>,
}

/// What counts once.
#[derive(PartialEq, Eq, Hash)]
enum About<'n> {
    /// What is measured of a feature.
    Reading(&'n LayerId, &'n FeatureId),
    /// Whether and where a feature is.
    Feature(&'n LayerId, &'n FeatureId),
    /// An alert.
    Alert(&'n str),
    /// The tiles of a layer.
    Tiles(&'n LayerId),
}

impl<'n> About<'n> {
    fn new(news: &'n News) -> Self {
        match news {
            News::Observe(reading) => Self::Reading(&reading.layer, &reading.feature),
            News::Put { layer, feature, .. } | News::Remove { layer, feature, .. } => Self::Feature(layer, feature),
            News::Alert(alert) => Self::Alert(&alert.id),
            News::Tiles { layer, .. } => Self::Tiles(layer),
        }
    }
}

impl Digest {
    /// Of commits in their order. What was measured of a feature that has been taken away since is not told: whoever draws what is
    /// measured would draw it again.
    pub fn new<'n>(revision: Revision, all: impl IntoIterator<Item = &'n News>) -> Self {
        let mut news: Vec<Option<News>> = Vec::new();
        let mut places: HashMap<About<'n>, usize> = HashMap::new();
        for one in all {
            match one {
                News::Remove { layer, feature, .. } => {
                    if let Some(place) = places.remove(&About::Reading(layer, feature)) {
                        news[place] = None;
                    }
                }
                News::Observe(Reading { layer, feature, .. }) => {
                    let known = places.get(&About::Feature(layer, feature));
                    if known.is_some_and(|&place| matches!(news[place], Some(News::Remove { .. }))) {
                        continue;
                    }
                }
                _ => {}
            }
            match places.entry(About::new(one)) {
                Entry::Occupied(known) => news[*known.get()].iter_mut().for_each(|known| known.learn(one)),
                Entry::Vacant(new) => {
                    new.insert(news.len());
                    news.push(Some(one.clone()));
                }
            }
        }
        Self { revision, news: news.into_iter().flatten().collect() }
    }
}

impl News {
    /// What counts when something later is told about the same.
    fn learn(&mut self, later: &Self) {
        match (&mut *self, later) {
            (Self::Observe(known), Self::Observe(later)) => known.learn(later),
            (Self::Tiles { touches, .. }, Self::Tiles { touches: later, .. }) => {
                touches.extend_from_slice(later);
                if touches.len() > MOST_TOUCHES {
                    *touches = vec![Touch::from(Window::WORLD, 0)];
                }
            }
            // The later one counts, and whoever saw the feature in any of its places is told.
            (Self::Put { bbox, .. } | Self::Remove { bbox, .. }, _) => {
                let before = *bbox;
                *self = later.clone();
                if let Self::Put { bbox, .. } | Self::Remove { bbox, .. } = self {
                    *bbox = before.into_iter().chain(*bbox).reduce(BBox::union);
                }
            }
            (Self::Alert(known), Self::Alert(later)) => *known = Arc::clone(later),
            _ => {}
        }
    }
}
