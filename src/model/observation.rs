//! What was measured, and when.

use std::hash::BuildHasher;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::feature::FeatureId;
use super::layer::Layer;

/// A reading of one feature at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Whose.
    pub feature: FeatureId,
    /// When it was measured, to the millisecond.
    pub time: DateTime<Utc>,
    /// `[lon, lat]` in degrees of a feature that moves.
    pub position: Option<[f64; 2]>,
    /// By the place of each property in [`Layer::observed`], in its unit; finite.
    pub values: Box<[Option<f64>]>,
}

impl Observation {
    /// Takes what another one of the same feature and time has beside it. What is there stays: a reading that comes again changes
    /// nothing.
    fn complete(&mut self, other: &Self) {
        self.position = self.position.or(other.position);
        for (value, other) in self.values.iter_mut().zip(&other.values) {
            *value = value.or(*other);
        }
    }
}

/// Readings of one layer. No feature has two of one time.
#[derive(Clone, Debug)]
pub struct Observations {
    layer: Arc<Layer>,
    list: Arc<Vec<Observation>>,
}

impl Observations {
    /// Readings in the order in which they came; of those of one feature and time one is made.
    #[must_use]
    pub fn new(layer: Arc<Layer>, readings: impl IntoIterator<Item = Observation>) -> Self {
        let mut list: Vec<Observation> = Vec::new();
        let mut places: HashTable<usize> = HashTable::new();
        let hasher = DefaultHashBuilder::default();
        let hash = |reading: &Observation| hasher.hash_one((&reading.feature, reading.time));
        for reading in readings {
            let own = hash(&reading);
            let same = |&place: &usize| list[place].time == reading.time && list[place].feature == reading.feature;
            if let Some(&known) = places.find(own, same) {
                list[known].complete(&reading);
                continue;
            }
            list.push(reading);
            places.insert_unique(own, list.len() - 1, |&place| hash(&list[place]));
        }
        Self { layer, list: Arc::new(list) }
    }

    /// One for each layer, each in the order in which they came.
    #[must_use]
    pub fn joined(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut by_layer: Vec<Vec<Self>> = Vec::new();
        for one in all {
            match by_layer.iter_mut().find(|known| known[0].layer.id == one.layer.id) {
                Some(known) => known.push(one),
                None => by_layer.push(vec![one]),
            }
        }
        let join = |mut of_layer: Vec<Self>| {
            if of_layer.len() == 1 {
                return of_layer.remove(0);
            }
            let layer = Arc::clone(&of_layer[0].layer);
            Self::new(layer, of_layer.into_iter().flat_map(Self::into_list))
        };
        by_layer.into_iter().map(join).collect()
    }

    /// Whose features they are of.
    #[must_use]
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// The readings by themselves.
    #[must_use]
    pub fn into_list(self) -> Vec<Observation> {
        Arc::unwrap_or_clone(self.list)
    }

    /// The readings.
    #[must_use]
    pub fn list(&self) -> &[Observation] {
        &self.list
    }
}
