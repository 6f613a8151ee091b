//! What is measured now: the newest reading of each property of each feature of a layer.

use std::hash::BuildHasher;

use chrono::{DateTime, Utc};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::model::feature::tile_id;
use crate::model::{Layer, Observation};

/// The newest readings of a layer.
#[derive(Debug, Default)]
pub struct Present {
    slots: Vec<Slot>,
    /// Places of `slots` by id.
    by_id: HashTable<usize>,
    /// And by the number that stands for the id in a tile.
    by_tile_id: HashMap<u64, usize>,
    hasher: DefaultHashBuilder,
}

/// When a property was measured last, and what.
pub type Newest = (DateTime<Utc>, f64);

/// What is known of one feature now.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The feature.
    pub id: Box<str>,
    /// By the place of each property in [`Layer::observed`]: when it was measured last, and what.
    pub values: Box<[Option<Newest>]>,
    /// When it was last told where it is.
    pub placed: Option<DateTime<Utc>>,
}

impl Slot {
    /// When anything was measured last.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.values.iter().flatten().map(|(time, _)| *time).chain(self.placed).max()
    }

    /// What of a reading is newer than what was known.
    fn learn(&mut self, reading: &Observation) -> Option<Observation> {
        let mut news = reading.clone();
        for (known, value) in self.values.iter_mut().zip(&mut news.values) {
            *value = value.filter(|_| known.is_none_or(|(time, _)| time < reading.time));
            if let Some(value) = *value {
                *known = Some((reading.time, value));
            }
        }
        news.position = news.position.filter(|_| self.placed.is_none_or(|time| time < reading.time));
        if news.position.is_some() {
            self.placed = Some(reading.time);
        }
        (news.position.is_some() || news.values.iter().any(Option::is_some)).then_some(news)
    }
}

impl Present {
    /// Takes a reading in. What of it is newer than what was known.
    pub fn learn(&mut self, layer: &Layer, reading: &Observation) -> Option<Observation> {
        let id = reading.feature.as_str();
        let place = match self.place(id) {
            Some(place) => place,
            None => self.add(layer, id),
        };
        self.slots[place].learn(reading)
    }

    fn add(&mut self, layer: &Layer, id: &str) -> usize {
        let Self { slots, by_id, by_tile_id, hasher } = self;
        let place = slots.len();
        slots.push(Slot { id: id.into(), values: vec![None; layer.observed.len()].into(), placed: None });
        by_id.insert_unique(hasher.hash_one(id), place, |&other| hasher.hash_one(&*slots[other].id));
        by_tile_id.insert(tile_id(id), place);
        place
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.by_id.find(self.hasher.hash_one(id), |&place| &*self.slots[place].id == id).copied()
    }

    /// What is known of a feature.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<&Slot> {
        self.place(id).map(|place| &self.slots[place])
    }

    /// The same by the number that stands for the feature in a tile.
    #[must_use]
    pub fn of_tile_id(&self, id: u64) -> Option<&Slot> {
        self.by_tile_id.get(&id).map(|&place| &self.slots[place])
    }

    /// Everything that is known, in the order in which features were measured first.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Whether a place that is told for a moment is newer than what is known.
    #[must_use]
    pub fn is_newer_place(&self, id: &str, time: DateTime<Utc>) -> bool {
        self.of(id).and_then(|slot| slot.placed).is_none_or(|known| known < time)
    }
}
