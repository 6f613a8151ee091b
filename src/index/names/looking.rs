//! A search in one layer: class by class, the better first, until there are enough.

use std::sync::Arc;

use super::form::{self, Fit};
use super::kind::Kind;
use super::near::Near;
use super::query::Asked;
use super::rank::{Best, Candidate, Class, Rank};
use super::search::Hit;
use super::table::{Holders, Names, Text};
use crate::geo::GeometryKind;
use crate::geo::mercator::{WorldPoint, lon_lat};
use crate::geo::tile::MAX_ZOOM;
use crate::index::LayerIndex;
use crate::index::block::Block;
use crate::index::buried::Buried;
use crate::index::page::Found;

/// Rows around the place of somebody who asks for what very many have, at most.
const AROUND: usize = 2_000;

/// What may still be looked at.
pub(super) struct Budget {
    pub(super) entries: usize,
    pub(super) rows: usize,
    pub(super) exact: bool,
}

impl LayerIndex {
    /// The first features that answer, in order.
    pub(super) fn named(&self, asked: &Asked, budget: &mut Budget) -> Vec<Hit> {
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
        if let Some(near) = asked.near.filter(|_| !looking.budget.exact) {
            looking.look_around(near);
        }
        let found = looking.best.found().into_iter().map(|Candidate { rank, place: (block, row), field }| {
            let found = Found { rows: Arc::clone(self.blocks[block as usize].0.rows()), row: row as usize };
            Hit { found, rank, field, through: None }
        });
        found.collect()
    }
}

/// Where a row is taken to be: a point where it is, everything else in the middle of the box around it.
#[inline]
fn middle(block: &Block, row: usize) -> WorldPoint {
    let arena = block.rows().arena();
    if arena.kind() == GeometryKind::Point { arena.world()[row] } else { block.row_window(row).middle() }
}

pub(super) fn metres(block: &Block, row: usize, asked: &Asked) -> f64 {
    let arena = block.rows().arena();
    let point = arena.kind() == GeometryKind::Point;
    let place = || if point { arena.lon_lat()[row] } else { lon_lat(middle(block, row)) };
    asked.near.map_or(0.0, |near| near.metres(place()))
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

    /// Looks at what is around the place where somebody looks: the better choice where not everything could be looked at.
    fn look_around(&mut self, near: Near) {
        let index = self.index;
        for (number, (block, buried)) in index.blocks.iter().enumerate() {
            let names = block.names();
            for row in around(block, buried, near) {
                for text in names.texts_of(block.rows(), row) {
                    let fit = form::fit(text.form, text.kind.is_list(), &self.asked.form, &self.asked.words);
                    if let Some(fit) = fit.filter(|_| self.may_see(&text)) {
                        let class = Class::of(text.kind, fit);
                        self.offer_near(&At { number, block, buried, names, class }, &text, row);
                    }
                }
            }
        }
    }

    fn may_see(&self, text: &Text<'_>) -> bool {
        let audience = self.asked.audience;
        text.field.is_none_or(|field| audience.may_see(self.index.layer().fields[field].audience))
    }

    /// Takes in the rows of a text.
    fn take(&mut self, at: &At<'_>, text: &Text<'_>) {
        let rows = match text.rows {
            Holders::One(row) => return self.offer(at, text, row),
            Holders::Some(rows) => rows,
        };
        // They are listed by their ids: of those that are nowhere near, the first are enough.
        let mut wanted = if self.asked.near.is_some() { usize::MAX } else { self.asked.limit };
        let few = rows.len().min(self.budget.rows.max(1));
        for &row in &rows[..few] {
            if wanted == 0 {
                break;
            }
            self.budget.rows = self.budget.rows.saturating_sub(1);
            wanted -= usize::from(!at.buried.contains(row as usize));
            self.offer(at, text, row);
        }
        self.budget.exact &= few == rows.len() || wanted == 0;
    }

    #[inline]
    fn offer(&mut self, at: &At<'_>, text: &Text<'_>, row: u32) {
        let is_beyond = |near: Near| near.squared(middle(at.block, row as usize)) > self.beyond;
        if !self.asked.near.is_some_and(is_beyond) && !at.buried.contains(row as usize) {
            self.offer_near(at, text, row);
        }
    }

    /// Of most rows not even the distance is asked: they are beyond the last.
    fn offer_near(&mut self, at: &At<'_>, text: &Text<'_>, row: u32) {
        let length = u32::try_from(text.form.len()).unwrap_or(u32::MAX);
        let rank = Rank { class: at.class, metres: metres(at.block, row as usize, self.asked), length };
        let candidate = Candidate { rank, place: (number(at.number), row), field: text.field };
        let index = self.index;
        self.best.offer(candidate, |one, other| {
            let id = |candidate: &Candidate| {
                let (block, row) = candidate.place;
                index.blocks[block as usize].0.rows().id_bytes(row as usize)
            };
            one.rank
                .order(&other.rank)
                .then_with(|| id(one).len().cmp(&id(other).len()))
                .then_with(|| id(one).cmp(id(other)))
        });
        if let (Some(near), Some(last)) = (self.asked.near, self.best.last()) {
            // What is looked at later is of no better class: it must be nearer.
            self.beyond = near.reach(last.rank.metres);
        }
    }
}

fn number(block: usize) -> u32 {
    u32::try_from(block).expect("a layer has few blocks")
}

/// The rows of the largest window around a place that has not too many.
fn around(block: &Block, buried: &Buried, near: Near) -> Vec<u32> {
    let windows = (10..32).map(|power| near.window(1 << power));
    let fitting = windows.take_while(|window| block.count(buried, window) <= AROUND).last();
    fitting.map_or(Vec::new(), |window| block.query(buried, &window, MAX_ZOOM))
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
