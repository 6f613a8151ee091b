//! What the last edits redrew: a tile that was drawn before them is mended where they struck, not drawn anew.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::layer_index::LayerIndex;
use crate::geo::{TileCoord, Window};
use crate::model::Touch;
use crate::model::rows::Rank;

/// Redrawn rows that are remembered, 88 bytes each: some seconds of a thousand changes a second.
const REMEMBERED: usize = 16_384;

/// Every so many edits those before them are joined to runs of [`RUN`] rows, because each edit copies the list. A tile that was drawn
/// in the midst of a run is mended where all of the run struck.
const SINGLE: usize = 64;

/// Rows of a run of edits.
const RUN: usize = 256;

/// A state of what one zoom of a layer draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    line: u64,
    edits: u64,
}

/// A row that tiles draw differently than before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Redrawn {
    pub touch: Touch,
    /// Where it stood among the rows of its layer and where it stands. A rank of a lowest zoom [`NEVER`](super::thinning::NEVER) is
    /// behind all rows.
    pub ranks: [Rank; 2],
    /// Where the feature is drawn now: nowhere when it was removed.
    pub now: Touch,
}

/// What edits did to a tile.
#[derive(Clone, Debug, Default)]
pub struct Struck {
    /// Where the rows stand, or stood, that the tile draws differently.
    pub ranks: Vec<Rank>,
    /// Whether rows show from another zoom than before.
    pub stirred: bool,
}

/// The edits since a layer was loaded, the oldest forgotten.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// Another one for whatever was not made from this by edits.
    line: u64,
    /// Edits so far.
    edits: u64,
    /// Edits that are forgotten.
    forgotten: u64,
    runs: VecDeque<Run>,
}

/// Edits one after another.
#[derive(Clone, Debug)]
struct Run {
    /// Edits up to its last.
    edits: u64,
    redrawn: Arc<[Redrawn]>,
}

impl History {
    /// Of a layer to which nothing was done.
    pub fn new() -> Self {
        static LINES: AtomicU64 = AtomicU64::new(0);
        Self { line: LINES.fetch_add(1, Ordering::Relaxed), edits: 0, forgotten: 0, runs: VecDeque::new() }
    }

    /// Notes an edit.
    pub fn note(&mut self, redrawn: Vec<Redrawn>) {
        self.edits += 1;
        self.runs.push_back(Run { edits: self.edits, redrawn: redrawn.into() });
        if self.edits.is_multiple_of(SINGLE as u64) {
            let older = self.runs.len().saturating_sub(SINGLE);
            let single = self.runs.split_off(older);
            self.runs = self.runs.drain(..).fold(VecDeque::new(), Run::behind);
            self.runs.extend(single);
        }
        let mut rows: usize = self.runs.iter().map(|run| run.redrawn.len()).sum();
        while rows > REMEMBERED
            && let Some(oldest) = self.runs.pop_front()
        {
            rows -= oldest.redrawn.len();
            self.forgotten = oldest.edits;
        }
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.runs.iter().map(|run| size_of::<Run>() + size_of_val::<[Redrawn]>(&run.redrawn)).sum()
    }

    fn now(&self) -> Moment {
        Moment { line: self.line, edits: self.edits }
    }

    /// What was redrawn since, `None` when that is not remembered.
    fn since(&self, moment: Moment) -> Option<impl Iterator<Item = &Redrawn>> {
        let known = moment.line == self.line && (self.forgotten..=self.edits).contains(&moment.edits);
        let first = self.runs.partition_point(|run| run.edits <= moment.edits);
        known.then(|| self.runs.range(first..).flat_map(|run| run.redrawn.iter()))
    }
}

impl Run {
    /// Puts it behind others, joined with the last where both are small.
    fn behind(mut runs: VecDeque<Self>, run: Self) -> VecDeque<Self> {
        match runs.back_mut().filter(|last| last.redrawn.len() + run.redrawn.len() <= RUN) {
            Some(last) => {
                let redrawn = last.redrawn.iter().chain(run.redrawn.iter()).copied().collect();
                *last = Self { edits: run.edits, redrawn };
            }
            None => runs.push_back(run),
        }
        runs
    }
}

impl LayerIndex {
    /// The state that a zoom draws now.
    #[must_use]
    pub fn moment(&self, zoom: u8) -> Moment {
        self.at(zoom).history.now()
    }

    /// What became of a tile that shows the rows of zoom `shown` since an earlier moment of its zoom. `None` when it is not known
    /// (too much was done since, or the layer was loaded or thinned anew), and when a feature left the tile: nothing of it may stay
    /// behind there, and it may be removed later.
    #[must_use]
    pub fn struck_since(&self, moment: Moment, coord: TileCoord, shown: u8) -> Option<Struck> {
        let redrawn = self.at(coord.z()).history.since(moment)?;
        let windows = coord.windows();
        let meets = |window: &Window| windows.iter().any(|(wanted, _)| wanted.intersects(window));
        let mut struck = Struck::default();
        for Redrawn { touch, ranks, now } in redrawn {
            if !(touch.from..=touch.to).contains(&coord.z()) || !meets(&touch.window) {
                continue;
            }
            let was_drawn = ranks[0].0 <= shown;
            if was_drawn && !(now.from <= shown && meets(&now.window)) {
                return None;
            }
            struck.ranks.extend(ranks.iter().filter(|(lowest, ..)| *lowest <= shown));
            struck.stirred |= ranks[0].0 != ranks[1].0;
        }
        Some(struck)
    }

    /// Whether a zoom draws each row by itself: not groups, and not specks of dust, which make room for one another.
    #[must_use]
    pub fn draws_each_row(&self, zoom: u8) -> bool {
        self.clustering(zoom).is_none() && self.at(zoom).levels.speck(zoom) == 0
    }

    /// The same features with the history of `present`, which every zoom draws alike.
    #[must_use]
    pub(super) fn with_history_of(mut self, present: &Self) -> Self {
        self.history.clone_from(&present.history);
        if let (Some(own), Some(present)) = (&mut self.merged, &present.merged) {
            *own = Arc::new(own.with_history_of(present));
        }
        self
    }
}
