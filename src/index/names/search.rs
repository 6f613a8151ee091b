//! A search over some layers.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::kind::{MERGED_FROM, SUCCESSORS, listed};
use super::looking::{Budget, metres};
use super::query::Asked;
use super::rank::Rank;
use super::{ENTRIES, ROWS};
use crate::index::LayerIndex;
use crate::index::page::{Found, by_id};
use crate::model::{LayerId, ValueRef};

/// A feature that answers.
#[derive(Clone, Debug)]
pub struct Hit {
    /// It.
    pub found: Found,
    /// What decided its place.
    pub rank: Rank,
    /// Where the text stands that answers: a field, `None` for the id. Of [`Self::through`] where that is somebody.
    pub field: Option<usize>,
    /// Whose name answers, when the feature is its successor.
    pub through: Option<Found>,
}

impl Hit {
    /// The text that answers.
    #[must_use]
    pub fn text(&self) -> String {
        let Found { rows, row } = self.through.as_ref().unwrap_or(&self.found);
        let value = |field: usize| rows.columns()[field].get(*row).map(|value| value.to_string()).unwrap_or_default();
        self.field.map_or_else(|| rows.id(*row).to_owned(), value)
    }

    fn order(&self, other: &Self) -> Ordering {
        let layers = || self.found.rows.layer().id.cmp(&other.found.rows.layer().id);
        self.rank.order(&other.rank).then_with(layers).then_with(|| by_id(self.found.id(), other.found.id()))
    }
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Answer {
    /// In order.
    pub hits: Vec<Hit>,
    /// Whether everything was looked at that could have come before them; of units with successors those count that are themselves
    /// among the first.
    pub exact: bool,
}

/// The features that answer, of the layers that are to be shown (`true`). Of the others only the names count whose features have
/// successors in those. What fits better comes first, then what is nearer, has the shorter text, and by layer and id. Where a name is what
/// was asked for in several layers, none of them has more than a third of the places before all have been heard.
///
/// Must not be called on a thread of rayon's pool: it waits for names that others make with it.
#[must_use]
pub fn search(layers: &[(Arc<LayerIndex>, bool)], asked: &Asked) -> Answer {
    let mut order: Vec<&(Arc<LayerIndex>, bool)> = layers.iter().collect();
    // What small layers do not use is left to the large ones.
    order.sort_by_key(|(index, _)| index.len());
    let mut left = Budget { entries: ENTRIES, rows: ROWS, exact: true };
    let mut hits = Vec::new();
    for (number, (index, shown)) in order.iter().enumerate() {
        let share = order.len() - number;
        let mut own = Budget { entries: left.entries / share, rows: left.rows / share, exact: true };
        let before = (own.entries, own.rows);
        let found = index.named(asked, &mut own);
        left.entries -= before.0 - own.entries;
        left.rows -= before.1 - own.rows;
        left.exact &= own.exact;
        hits.extend(found.iter().flat_map(|hit| successors(hit, layers, asked)));
        if *shown {
            hits.extend(found);
        }
    }
    Answer { hits: shared_out(each_once(hits), asked.limit), exact: left.exact }
}

/// The features that took the place of one.
fn successors(hit: &Hit, layers: &[(Arc<LayerIndex>, bool)], asked: &Asked) -> Vec<Hit> {
    let Found { rows, row } = &hit.found;
    let field = rows.layer().field_index(SUCCESSORS);
    let seen = field.filter(|&field| asked.audience.may_see(rows.layer().fields[field].audience));
    let value = seen.and_then(|field| rows.columns()[field].get(*row));
    let (Some(ValueRef::Text(ids)), Some(class)) = (value, hit.rank.class.of_successor()) else { return Vec::new() };
    let takes_place = |(index, shown): &&(Arc<LayerIndex>, bool)| {
        *shown && index.layer().field_index(MERGED_FROM).is_some() && index.layer().id != rows.layer().id
    };
    let heir = |id: &str| layers.iter().filter(takes_place).find_map(|(index, _)| index.heir(id, asked));
    let hit_of = |(found, metres): (Found, f64)| Hit {
        found,
        rank: Rank { class, metres, ..hit.rank },
        field: hit.field,
        through: Some(hit.found.clone()),
    };
    listed(ids).filter_map(heir).map(hit_of).collect()
}

/// Each feature by the best of its matches, all in order.
fn each_once(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(Hit::order);
    let mut seen = HashSet::with_capacity(hits.len());
    hits.retain(|hit| seen.insert((hit.found.rows.layer().id.clone(), hit.found.id().to_owned())));
    hits
}

/// The first `limit` of `hits`, which are in order. See [`search`].
fn shared_out(hits: Vec<Hit>, limit: usize) -> Vec<Hit> {
    let share = limit.div_ceil(3);
    let mut taken: HashMap<LayerId, usize> = HashMap::new();
    let (mut first, mut waiting, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for hit in hits {
        if !hit.rank.class.is_whole() {
            rest.push(hit);
            continue;
        }
        let taken = taken.entry(hit.found.rows.layer().id.clone()).or_default();
        *taken += 1;
        if *taken <= share { first.push(hit) } else { waiting.push(hit) }
    }
    let mut chosen: Vec<Hit> = first.into_iter().chain(waiting).chain(rest).take(limit).collect();
    chosen.sort_by(Hit::order);
    chosen
}

impl LayerIndex {
    /// How many rows are in blocks whose names nobody has made yet.
    #[must_use]
    pub fn rows_without_names(&self) -> usize {
        let without = self.blocks.iter().filter(|(block, _)| !block.has_names());
        without.map(|(block, _)| block.rows().len()).sum()
    }

    /// Whether somebody has searched it, or what it came from.
    #[must_use]
    pub fn is_searched(&self) -> bool {
        self.blocks.iter().any(|(block, _)| block.has_names())
    }

    /// Makes the names that are missing, so that the next search does not wait for them.
    pub fn make_names(&self) {
        for (block, _) in &self.blocks {
            let _ready = block.names();
        }
    }

    /// The feature of an id, and how far it is.
    fn heir(&self, id: &str, asked: &Asked) -> Option<(Found, f64)> {
        let (block, row) = self.place(id)?;
        let rows = Arc::clone(self.blocks[block].0.rows());
        Some((Found { rows, row }, metres(&self.blocks[block].0, row, asked)))
    }
}
