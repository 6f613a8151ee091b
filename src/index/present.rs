//! What is measured now: the newest reading of each property of each feature of a layer.

use std::hash::BuildHasher;

use chrono::{DateTime, Utc};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::cluster::cells_of;
use super::group_totals::{GroupTotal, GroupTotals};
use crate::geo::TileCoord;
use crate::geo::mercator::WorldPoint;
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
    /// Of a layer whose groups tell of readings.
    groups: Option<GroupTotals>,
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
    /// Where its values count, in a layer whose groups tell of them; `None` for a feature that is not there.
    counted: Option<WorldPoint>,
}

/// Finds where a feature is now; `None` when there is none.
pub type Whereabouts<'a> = &'a dyn Fn(&str) -> Option<WorldPoint>;

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
    /// Of a layer of which nothing is measured yet.
    #[must_use]
    pub fn new(layer: &Layer) -> Self {
        Self { groups: GroupTotals::of(layer), ..Self::default() }
    }

    /// Takes a reading in. What of it is newer than what was known.
    pub fn learn(&mut self, layer: &Layer, reading: &Observation, whereabouts: Whereabouts<'_>) -> Option<Observation> {
        let id = reading.feature.as_str();
        let place = match self.place(id) {
            Some(place) => place,
            None => self.add(layer, id),
        };
        let Self { slots, groups, .. } = self;
        let slot = &mut slots[place];
        let Some(groups) = groups else { return slot.learn(reading) };
        let (counted, before) = (slot.counted, slot.values.clone());
        let news = slot.learn(reading)?;
        slot.counted = counted.or_else(|| whereabouts(id));
        groups.exchange((counted, &before), (slot.counted, &slot.values));
        Some(news)
    }

    /// Forgets what was measured before a moment. Whether there was anything.
    pub fn forget(&mut self, before: DateTime<Utc>) -> bool {
        let Self { slots, groups, .. } = self;
        let mut forgotten = false;
        for slot in slots {
            let known = slot.values.clone();
            slot.values.iter_mut().for_each(|value| *value = value.filter(|(time, _)| *time >= before));
            let placed = slot.placed.take_if(|time| *time < before);
            forgotten |= placed.is_some() || slot.values != known;
            if let Some(groups) = groups {
                groups.exchange((slot.counted, &known), (slot.counted, &slot.values));
            }
        }
        forgotten
    }

    /// Learns that features came, went or moved: those of `ids`.
    pub fn moved<'i>(&mut self, ids: impl IntoIterator<Item = &'i str>, whereabouts: Whereabouts<'_>) {
        if self.groups.is_none() {
            return;
        }
        for id in ids {
            let Some(place) = self.place(id) else { continue };
            let slot = &mut self.slots[place];
            let (from, to) = (slot.counted, whereabouts(id));
            slot.counted = to;
            if let Some(groups) = &mut self.groups {
                groups.exchange((from, &slot.values), (to, &slot.values));
            }
        }
    }

    /// The same of all features.
    pub fn all_moved(&mut self, whereabouts: Whereabouts<'_>) {
        let Some(groups) = &mut self.groups else { return };
        groups.clear();
        for slot in &mut self.slots {
            slot.counted = whereabouts(&slot.id);
            groups.exchange((None, &slot.values), (slot.counted, &slot.values));
        }
    }

    /// What the groups of a tile tell of readings, each by the number that stands for it there. Nothing at zooms without groups.
    #[must_use]
    pub fn groups(&self, coord: TileCoord) -> HashMap<u64, GroupTotal> {
        let groups = self.groups.as_ref().filter(|groups| coord.z() <= groups.clustering().max_zoom);
        let found = groups.into_iter().flat_map(|groups| {
            let cells = cells_of(coord, groups.clustering());
            cells.filter_map(|(cell, id)| Some((id, groups.group(coord.z(), cell)?)))
        });
        found.collect()
    }

    fn add(&mut self, layer: &Layer, id: &str) -> usize {
        let Self { slots, by_id, by_tile_id, hasher, .. } = self;
        let place = slots.len();
        slots.push(Slot {
            id: id.into(),
            values: vec![None; layer.observed.len()].into(),
            placed: None,
            counted: None,
        });
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
