//! All layers in memory: the one room that answers where things are.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use super::layer_index::LayerIndex;
use super::stamps::Stamps;
use crate::geo::TileCoord;
use crate::model::{Change, Layer, LayerId, Revision, Rows};

/// The layers by id.
#[derive(Debug)]
pub struct Atlas {
    entries: BTreeMap<LayerId, Entry>,
}

#[derive(Debug)]
struct Entry {
    /// The present state; whoever reads takes a snapshot and lets go of the lock.
    index: RwLock<Arc<LayerIndex>>,
    stamps: Mutex<Stamps>,
    /// Held while the state is exchanged. Holds what was committed while a compaction runs, to be done to its outcome.
    meanwhile: Mutex<Option<Vec<Change>>>,
}

impl Atlas {
    /// An atlas of empty layers.
    #[must_use]
    pub fn new(layers: impl IntoIterator<Item = Arc<Layer>>) -> Self {
        let entries = layers.into_iter().map(|layer| {
            let index = RwLock::new(Arc::new(LayerIndex::new(&Rows::new(Arc::clone(&layer)))));
            (layer.id.clone(), Entry { index, stamps: Mutex::default(), meanwhile: Mutex::default() })
        });
        Self { entries: entries.collect() }
    }

    /// The present state of a layer, `None` when there is no such layer.
    #[must_use]
    pub fn layer(&self, id: &LayerId) -> Option<Arc<LayerIndex>> {
        self.entries.get(id).map(|entry| Arc::clone(&entry.index.read()))
    }

    /// The ids of all layers, in alphabetical order.
    pub fn ids(&self) -> impl Iterator<Item = &LayerId> {
        self.entries.keys()
    }

    /// The revision since which a layer's tile looks as it does.
    #[must_use]
    pub fn tile_revision(&self, id: &LayerId, coord: TileCoord) -> Revision {
        self.entries.get(id).map_or_else(Revision::default, |entry| entry.stamps.lock().revision(coord))
    }

    /// The newest change of a layer.
    #[must_use]
    pub fn revision(&self, id: &LayerId) -> Revision {
        self.entries.get(id).map_or_else(Revision::default, |entry| entry.stamps.lock().newest())
    }

    /// Puts a new index in the place of a layer's. Readers see the old one or the new one, whole.
    pub fn replace(&self, index: LayerIndex, revision: Revision) {
        if let Some(entry) = self.entries.get(&index.layer().id) {
            let mut meanwhile = entry.meanwhile.lock();
            *meanwhile = None;
            *entry.index.write() = Arc::new(index);
            entry.stamps.lock().touch_all(revision);
        }
    }

    /// Does puts and removals of one layer. When it returns, every tile that looks different has a new revision.
    pub fn apply(&self, id: &LayerId, changes: &[Change], revision: Revision) {
        let Some(entry) = self.entries.get(id) else { return };
        let mut meanwhile = entry.meanwhile.lock();
        let present = Arc::clone(&entry.index.read());
        let (next, touched) = present.apply(changes);
        *entry.index.write() = Arc::new(next);
        if let Some(meanwhile) = meanwhile.as_mut() {
            meanwhile.extend_from_slice(changes);
        }
        // After the swap: a tile of the new revision must never be drawn from the old state.
        entry.stamps.lock().touch(&touched, revision);
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

    /// Puts the outcome of a compaction in place, with what was committed meanwhile. Not when the layer was replaced meanwhile.
    pub fn finish_compaction(&self, compacted: &LayerIndex) {
        let Some(entry) = self.entries.get(&compacted.layer().id) else { return };
        let mut meanwhile = entry.meanwhile.lock();
        if let Some(changes) = meanwhile.take() {
            let (next, _) = compacted.apply(&changes);
            *entry.index.write() = Arc::new(next);
        }
    }

    /// Bytes that a layer holds on the heap.
    #[must_use]
    pub fn heap_bytes(&self, id: &LayerId) -> usize {
        self.layer(id).map_or(0, |index| index.heap_bytes())
    }
}
