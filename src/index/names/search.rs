//! A search over some layers.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::form::{self, Fit};
use super::kind::{Kind, MERGED_FROM, SUCCESSORS, listed};
use super::query::Asked;
use super::rank::{Best, Candidate, Class, Rank};
use super::table::{Holders, Names, Text};
use super::{ENTRIES, ROWS};
use crate::geo::GeometryKind;
use crate::geo::mercator::lon_lat;
use crate::index::LayerIndex;
use crate::index::block::Block;
use crate::index::buried::Buried;
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
    /// Whether everything was looked at that could have come before them.
    pub exact: bool,
}

/// What may still be looked at.
struct Budget {
    entries: usize,
    rows: usize,
    exact: bool,
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
        let found = index.search(asked, &mut own);
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

    /// The first features that answer, in order.
    fn search(&self, asked: &Asked, budget: &mut Budget) -> Vec<Hit> {
        if asked.is_empty() {
            return Vec::new();
        }
        let mut looking = Looking { index: self, asked, best: Best::new(asked.limit), beyond: f64::INFINITY, budget };
        for (class, kind, fit) in Class::ALL {
            if looking.best.last().is_some_and(|last| last.rank.class < class) {
                break;
            }
            for number in 0..self.blocks.len() {
                looking.look_through(number, class, kind, fit);
            }
        }
        let found = looking.best.found().into_iter().map(|Candidate { rank, place: (block, row), field }| {
            let found = Found { rows: Arc::clone(self.blocks[block as usize].0.rows()), row: row as usize };
            Hit { found, rank, field, through: None }
        });
        found.collect()
    }

    /// The feature of an id, and how far it is.
    fn heir(&self, id: &str, asked: &Asked) -> Option<(Found, f64)> {
        let (block, row) = self.place(id)?;
        let rows = Arc::clone(self.blocks[block].0.rows());
        Some((Found { rows, row }, metres(&self.blocks[block].0, row, asked)))
    }
}

/// Where a row is taken to be: a point where it is, everything else in the middle of the box around it.
fn middle(block: &Block, row: usize) -> [f64; 2] {
    let arena = block.rows().arena();
    if arena.kind() == GeometryKind::Point { arena.lon_lat()[row] } else { lon_lat(block.row_window(row).middle()) }
}

fn metres(block: &Block, row: usize, asked: &Asked) -> f64 {
    asked.near.map_or(0.0, |near| near.metres(middle(block, row)))
}

/// A search in one layer.
struct Looking<'a> {
    index: &'a LayerIndex,
    asked: &'a Asked,
    best: Best,
    /// The squared distance on the world square beyond which nothing comes before the last of `best`.
    beyond: f64,
    budget: &'a mut Budget,
}

impl Looking<'_> {
    fn look_through(&mut self, number: usize, class: Class, kind: Kind, fit: Fit) {
        let index = self.index;
        let (block, buried) = &index.blocks[number];
        let names = block.names();
        let asked = self.asked;
        let at = At { number, block, buried, names, class };
        match fit {
            Fit::Whole => {
                let found = names.names(kind, &asked.form);
                // Few texts are alike but for what folding takes off: these are never passed over.
                self.look_at(&at, found.ending.iter().copied(), &[], false);
                self.look_at(&at, found.whole.iter().copied(), &[], true);
            }
            Fit::Begins => self.look_at(&at, names.names(kind, &asked.form).longer.iter().copied(), &[], true),
            Fit::Words => {
                let Some((rarest, [names, words])) = rarest(names, kind, asked) else { return };
                let others: Vec<&[u8]> = asked.words.iter().filter(|word| *word != rarest).map(Vec::as_slice).collect();
                // Of a single word the names that begin with it were looked at before.
                let names = if asked.words.len() == 1 && asked.form == *rarest { &[] } else { names };
                self.look_at(&at, words.iter().chain(names).copied(), &others, true);
            }
        }
    }

    /// Looks at the texts at some places, which answer if `others` are among their words.
    fn look_at(&mut self, at: &At<'_>, places: impl Iterator<Item = u32>, others: &[&[u8]], counted: bool) {
        for place in places {
            if counted {
                if self.budget.entries <= others.len() {
                    self.budget.exact = false;
                    return;
                }
                self.budget.entries -= 1 + others.len();
            }
            let text = at.names.text(place);
            if others.iter().all(|word| form::holds(text.form, word)) && self.may_see(&text) {
                self.take(at, &text);
            }
        }
    }

    fn may_see(&self, text: &Text<'_>) -> bool {
        let audience = self.asked.audience;
        text.field.is_none_or(|field| audience.may_see(self.index.layer().fields[field].audience))
    }

    /// Takes in the rows of a text.
    fn take(&mut self, at: &At<'_>, text: &Text<'_>) {
        match text.rows {
            Holders::One(row) => self.offer(at, text, row),
            Holders::Some(rows) => {
                let mut wanted = if self.asked.near.is_some() { usize::MAX } else { self.asked.limit };
                for (number, &row) in rows.iter().enumerate() {
                    if wanted == 0 {
                        return;
                    }
                    if number > 0 {
                        if self.budget.rows == 0 {
                            self.budget.exact = false;
                            return;
                        }
                        self.budget.rows -= 1;
                    }
                    wanted -= usize::from(!at.buried.contains(row as usize));
                    self.offer(at, text, row);
                }
            }
        }
    }

    fn offer(&mut self, at: &At<'_>, text: &Text<'_>, row: u32) {
        if at.buried.contains(row as usize) || self.is_beyond(at, row) {
            return;
        }
        let metres = metres(at.block, row as usize, self.asked);
        let length = u32::try_from(text.form.len()).unwrap_or(u32::MAX);
        let place = (u32::try_from(at.number).unwrap_or(u32::MAX), row);
        let class = at.class;
        let candidate = Candidate { rank: Rank { class, metres, length }, place, field: text.field };
        let index = self.index;
        self.best.offer(candidate, |one, other| {
            let id = |candidate: &Candidate| {
                let (block, row) = candidate.place;
                index.blocks[block as usize].0.rows().id(row as usize)
            };
            one.rank.order(&other.rank).then_with(|| by_id(id(one), id(other)))
        });
        if let (Some(near), Some(last)) = (self.asked.near, self.best.last()) {
            // What is looked at later is of no better class: it must be nearer.
            self.beyond = near.reach(last.rank.metres);
        }
    }

    /// Whether a row is too far to be among the first, without an angle function.
    fn is_beyond(&self, at: &At<'_>, row: u32) -> bool {
        self.asked.near.is_some_and(|near| near.squared(at.block.row_window(row as usize).middle()) > self.beyond)
    }
}

/// Where is looked, and what a match is worth there.
struct At<'a> {
    number: usize,
    block: &'a Block,
    buried: &'a Buried,
    names: &'a Names,
    class: Class,
}

/// The word with the fewest places, and these; `None` where one has none.
fn rarest<'a>(names: &'a Names, kind: Kind, asked: &'a Asked) -> Option<(&'a Vec<u8>, [&'a [u32]; 2])> {
    let places = asked.words.iter().map(|word| (word, names.words(kind, word)));
    let rarest = places.min_by_key(|(_, [names, words])| names.len() + words.len());
    rarest.filter(|(_, [names, words])| names.len() + words.len() > 0)
}
