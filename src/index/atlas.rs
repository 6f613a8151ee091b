//! All layers in memory: the one room that answers where things are.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use hashbrown::{DefaultHashBuilder, HashMap};
use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use super::cluster::touches;
use super::indicators::Indicators;
use super::layer_index::LayerIndex;
use super::moments::Moments;
use super::present::Present;
use super::stamps::Stamps;
use super::succession::Succession;
use crate::geo::{BBox, TileCoord, Window};
use crate::model::{Change, Indications, Layer, LayerId, Observation, Observations, Revision, Rows, Touch, Version};

/// The layers by id.
#[derive(Debug)]
pub struct Atlas {
    entries: BTreeMap<LayerId, Entry>,
    /// The version of the last change of any layer: no later one may be the same or smaller, or a tile that was drawn
    /// before it would pass for one drawn after.
    clock: Mutex<Version>,
}

#[derive(Debug)]
struct Entry {
    /// The present state; whoever reads takes a snapshot and lets go of the lock.
    index: RwLock<Arc<LayerIndex>>,
    stamps: Mutex<Stamps>,
    /// What is measured now; not part of the snapshots, which a reading leaves as they are.
    present: RwLock<Present>,
    /// As `stamps`, of what is measured.
    readings: Mutex<Stamps>,
    /// What is told of the features by period.
    indicators: RwLock<Arc<Indicators>>,
    /// As of what was measured at moments of the past.
    moments: Mutex<Moments>,
    /// Held while the state is exchanged. Holds what was committed while a compaction runs, to be done to its outcome.
    meanwhile: Mutex<Option<Vec<Change>>>,
}

impl Atlas {
    /// An atlas of empty layers.
    #[must_use]
    pub fn new(layers: impl IntoIterator<Item = Arc<Layer>>) -> Self {
        let entries = layers.into_iter().map(|layer| {
            let index = RwLock::new(Arc::new(LayerIndex::new(&Rows::new(Arc::clone(&layer)))));
            let entry = Entry {
                index,
                stamps: Mutex::new(Stamps::new(layer.maxzoom, Version::default())),
                present: RwLock::new(Present::new(&layer)),
                readings: Mutex::new(Stamps::new(layer.maxzoom, Version::default())),
                indicators: RwLock::default(),
                moments: Mutex::default(),
                meanwhile: Mutex::default(),
            };
            (layer.id.clone(), entry)
        });
        Self { entries: entries.collect(), clock: Mutex::default() }
    }

    /// The present state of a layer, `None` when there is no such layer.
    #[must_use]
    pub fn layer(&self, id: &LayerId) -> Option<Arc<LayerIndex>> {
        self.entries.get(id).map(|entry| Arc::clone(&entry.index.read()))
    }

    /// Whether somebody has searched the names of a layer.
    #[must_use]
    pub fn is_searched(&self, id: &LayerId) -> bool {
        self.entries.get(id).is_some_and(|entry| entry.index.read().is_searched())
    }

    /// The ids of all layers, in alphabetical order.
    pub fn ids(&self) -> impl Iterator<Item = &LayerId> {
        self.entries.keys()
    }

    /// The version since which a layer's tile looks as it does.
    #[must_use]
    pub fn tile_version(&self, id: &LayerId, coord: TileCoord) -> Version {
        self.entries.get(id).map_or_else(Version::default, |entry| entry.stamps.lock().version(coord))
    }

    /// The version of the last reading that a layer's tile shows.
    #[must_use]
    pub fn readings_version(&self, id: &LayerId, coord: TileCoord) -> Version {
        self.entries.get(id).map_or_else(Version::default, |entry| entry.readings.lock().version(coord))
    }

    /// The version since which what was measured of a layer up to a moment is known as it is.
    #[must_use]
    pub fn moment_version(&self, id: &LayerId, at: DateTime<Utc>) -> Version {
        self.entries.get(id).map_or_else(Version::default, |entry| entry.moments.lock().version(at))
    }

    /// The version of the last change of a layer's features.
    #[must_use]
    pub fn layer_version(&self, id: &LayerId) -> Version {
        self.entries.get(id).map_or_else(Version::default, |entry| entry.stamps.lock().newest())
    }

    /// What is measured of a layer's features now. Writers wait while it is held.
    #[must_use]
    pub fn present(&self, id: &LayerId) -> Option<RwLockReadGuard<'_, Present>> {
        self.entries.get(id).map(|entry| entry.present.read())
    }

    /// Takes readings in. Returns what of them is newer than what was known, each with the box around its feature.
    pub fn observe(&self, observations: &Observations, revision: Revision) -> Vec<(Observation, Option<BBox>)> {
        let Some(entry) = self.entries.get(&observations.layer().id) else { return Vec::new() };
        let layer = observations.layer();
        let mut present = entry.present.write();
        // Inside the lock: a feature that is moved meanwhile is counted where this sees it, and then where it is.
        let index = Arc::clone(&entry.index.read());
        let whereabouts = |id: &str| index.whereabouts(id);
        let readings = observations.list().iter();
        let news: Vec<Observation> =
            readings.filter_map(|reading| present.learn(layer, reading, &whereabouts)).collect();
        drop(present);
        let version = self.tick(revision);
        if let Some(oldest) = observations.list().iter().map(|reading| reading.time).min() {
            entry.moments.lock().note(oldest, version);
        }
        if news.is_empty() {
            return Vec::new();
        }
        let mut boxes: HashMap<String, Option<BBox>> = HashMap::new();
        let around = |reading: Observation| {
            let id = reading.feature.as_str();
            let bbox = *boxes.entry_ref(id).or_insert_with(|| index.bbox(id));
            (reading, bbox)
        };
        let news: Vec<(Observation, Option<BBox>)> = news.into_iter().map(around).collect();
        let touched_by = |(id, bbox): (String, Option<BBox>)| match (&layer.cluster, bbox, index.whereabouts(&id)) {
            (Some(clustering), _, Some(place)) => touches(Window::around([&place]), clustering),
            (_, bbox, _) => bbox.map(|bbox| Touch::from(Window::from(bbox), 0)).into_iter().collect(),
        };
        let touched: Vec<Touch> = boxes.into_iter().flat_map(touched_by).collect();
        entry.readings.lock().touch(&touched, version);
        news
    }

    /// Forgets what was measured before a moment.
    pub fn forget(&self, id: &LayerId, before: DateTime<Utc>) {
        let Some(entry) = self.entries.get(id) else { return };
        if !entry.present.write().forget(before) {
            return;
        }
        let version = self.tick_alone();
        entry.moments.lock().note(before, version);
        entry.readings.lock().touch(&[Touch::from(Window::WORLD, 0)], version);
    }

    /// What is told of a layer's features by period. The version is part of it.
    #[must_use]
    pub fn indicators(&self, id: &LayerId) -> Arc<Indicators> {
        self.entries.get(id).map(|entry| Arc::clone(&entry.indicators.read())).unwrap_or_default()
    }

    /// Takes values of indicators in. Whoever reads sees all of them or none.
    pub fn indicate(&self, indications: &Indications, revision: Revision) {
        let Some(entry) = self.entries.get(indications.layer()) else { return };
        let version = self.tick(revision);
        Arc::make_mut(&mut entry.indicators.write()).learn(indications, version);
    }

    /// Puts the values of indicators that were loaded at start-up in place, as [`Self::load`].
    pub fn load_indicators(&self, all: &[Indications], revision: Revision) {
        let version = Version { revision, step: 0 };
        let mut clock = self.clock.lock();
        *clock = version.max(*clock);
        drop(clock);
        self.put_indicators(all, version);
    }

    /// Puts these values of indicators in the place of all.
    pub fn replace_indicators(&self, all: &[Indications], revision: Revision) {
        let version = self.tick(revision);
        self.put_indicators(all, version);
    }

    fn put_indicators(&self, all: &[Indications], version: Version) {
        for (id, entry) in &self.entries {
            let mut next = Indicators::none(version);
            all.iter().filter(|own| own.layer() == id).for_each(|own| next.learn(own, version));
            *entry.indicators.write() = Arc::new(next);
        }
    }

    /// From which old units those of a layer were made.
    #[must_use]
    pub fn succession(&self, units: &LayerId) -> Succession {
        let Some(index) = self.layer(units) else { return Succession::default() };
        let old: Vec<Arc<LayerIndex>> = self.old_units().filter_map(|id| self.layer(id)).collect();
        Succession::of(&index, old.iter().map(Arc::as_ref))
    }

    /// Since when the units of a layer, and what they were made from, are as they are.
    #[must_use]
    pub fn units_version(&self, units: &LayerId) -> Version {
        let newest = |id: &LayerId| self.entries.get(id).map(|entry| entry.stamps.lock().newest());
        self.old_units().chain([units]).filter_map(newest).max().unwrap_or_default()
    }

    /// Layers whose features may be old units.
    fn old_units(&self) -> impl Iterator<Item = &LayerId> {
        let names_heirs = |entry: &Entry| Succession::may_come_from(entry.index.read().layer());
        self.entries.iter().filter(move |(_, entry)| names_heirs(entry)).map(|(id, _)| id)
    }

    /// The version of the last change of any layer.
    #[must_use]
    pub fn version(&self) -> Version {
        *self.clock.lock()
    }

    /// The version of a change of `revision` that is learned now. Nodes that learn the same commits in the same order agree
    /// on it; one that hears an older commit late goes on with a number of its own, which no other node uses.
    fn tick(&self, revision: Revision) -> Version {
        let mut clock = self.clock.lock();
        *clock = match revision.cmp(&clock.revision) {
            Ordering::Greater => Version { revision, step: 0 },
            Ordering::Equal => Version { step: clock.step + 1, ..*clock },
            Ordering::Less => Version { step: clock.step.max(own_step()) + 1, ..*clock },
        };
        *clock
    }

    /// A version of a change that other nodes do not see at the same time, or at all.
    fn tick_alone(&self) -> Version {
        let mut clock = self.clock.lock();
        clock.step = clock.step.max(own_step()) + 1;
        *clock
    }

    /// Puts what was loaded at start-up in place: every tile is of `revision`, on every node.
    pub fn load(&self, index: LayerIndex, revision: Revision) {
        let mut clock = self.clock.lock();
        *clock = Version { revision, step: 0 }.max(*clock);
        drop(clock);
        self.put(index, Version { revision, step: 0 });
    }

    /// Puts a new index in the place of a layer's. Readers see the old one or the new one, whole.
    pub fn replace(&self, index: LayerIndex, revision: Revision) {
        let version = self.tick(revision);
        self.put(index, version);
    }

    fn put(&self, index: LayerIndex, version: Version) {
        if let Some(entry) = self.entries.get(&index.layer().id) {
            let mut meanwhile = entry.meanwhile.lock();
            *meanwhile = None;
            let index = Arc::new(index);
            *entry.index.write() = Arc::clone(&index);
            entry.present.write().all_moved(&|id| index.whereabouts(id));
            entry.stamps.lock().touch_all(version);
            if !entry.present.read().slots().is_empty() {
                entry.readings.lock().touch_all(version);
            }
        }
    }

    /// Does puts and removals of one layer. When it returns, every tile that looks different has a new revision.
    /// Returns where.
    pub fn apply(&self, id: &LayerId, changes: &[Change], revision: Revision) -> Vec<Touch> {
        let Some(entry) = self.entries.get(id) else { return Vec::new() };
        let mut meanwhile = entry.meanwhile.lock();
        let present = Arc::clone(&entry.index.read());
        let (next, touched) = present.apply(changes);
        let next = Arc::new(next);
        *entry.index.write() = Arc::clone(&next);
        entry.present.write().moved(changes.iter().filter_map(Change::feature), &|id| next.whereabouts(id));
        if let Some(meanwhile) = meanwhile.as_mut() {
            meanwhile.extend_from_slice(changes);
        }
        // After the swap: a tile of the new revision must never be drawn from the old state.
        let version = self.tick(revision);
        entry.stamps.lock().touch(&touched, version);
        // What was measured of a feature is seen where the feature is now.
        if !entry.present.read().slots().is_empty() {
            entry.readings.lock().touch(&touched, version);
        }
        touched
    }

    /// Layers whose blocks are worth merging now.
    #[must_use]
    pub fn wanting_compaction(&self) -> Vec<LayerId> {
        let wanting = self.entries.iter().filter(|(_, entry)| entry.index.read().wants_compaction());
        wanting.map(|(id, _)| id.clone()).collect()
    }

    /// The state from which a compaction starts; from now on changes are noted for [`Self::finish_compaction`]. `None`
    /// when one is running.
    #[must_use]
    pub fn start_compaction(&self, id: &LayerId) -> Option<Arc<LayerIndex>> {
        let entry = self.entries.get(id)?;
        let mut meanwhile = entry.meanwhile.lock();
        if meanwhile.is_some() {
            return None;
        }
        *meanwhile = Some(Vec::new());
        Some(Arc::clone(&entry.index.read()))
    }

    /// Puts the outcome of a compaction in place, with what was committed meanwhile. `moved` tells whether rows show from other
    /// zooms now: then every tile looks different. Not when the layer was replaced meanwhile.
    pub fn finish_compaction(&self, compacted: &LayerIndex, moved: bool) {
        let Some(entry) = self.entries.get(&compacted.layer().id) else { return };
        let mut meanwhile = entry.meanwhile.lock();
        if let Some(changes) = meanwhile.take() {
            let (next, _) = compacted.apply(&changes);
            if moved {
                *entry.index.write() = Arc::new(next);
                let version = self.tick_alone();
                entry.stamps.lock().touch_all(version);
            } else {
                let mut index = entry.index.write();
                *index = Arc::new(next.with_history_of(&index));
            }
        }
    }

    /// Bytes that a layer holds on the heap.
    #[must_use]
    pub fn heap_bytes(&self, id: &LayerId) -> usize {
        self.layer(id).map_or(0, |index| index.heap_bytes())
    }
}

/// A step that other nodes do not come to by themselves: random for each process, in the upper half.
fn own_step() -> u32 {
    static STEP: OnceLock<u32> = OnceLock::new();
    *STEP.get_or_init(|| {
        let random = DefaultHashBuilder::default().hash_one(0_u8);
        1 << 31 | u32::try_from(random & 0x3fff_ffff).unwrap_or_default()
    })
}
