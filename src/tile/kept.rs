//! A layer of a tile in pieces, each with the rows between two ranks: an edit draws the pieces again in which it struck.
//!
//! Features do not know of each other, so a run of them is written and packed by itself. What they share is the value table. It
//! only grows: a value that was changed stays in it, used by nobody, until the layer is drawn whole.

use std::collections::BTreeSet;

use super::mvt::{self, LayerEncoder};
use super::order::{in_order, in_order_between};
use super::packing::{Encoding, Packer};
use super::pieces::Piece;
use super::render::draw_rows;
use super::scratch::{Scratch, with_scratch};
use super::values::Values;
use crate::geo::TileCoord;
use crate::model::rows::Rank;
use crate::model::{Audience, Layer, Selection};

/// Rows of a piece when a layer is drawn whole. Fewer are drawn again sooner, and are packed less well.
const ROWS: usize = 128;

/// Bytes of values that were added later and are packed together.
const ADDED: usize = 1024;

/// What of a layer is drawn, and how it is packed.
#[derive(Clone, Copy)]
pub struct Drawing<'a> {
    /// The layer as its tiles have it.
    pub layer: &'a Layer,
    /// All that the tile shows of it.
    pub selections: &'a [Selection],
    /// Which tile.
    pub coord: TileCoord,
    /// Who reads it.
    pub audience: Audience,
    /// How it is packed.
    pub encoding: Encoding,
}

/// A layer of a tile as MVT, in pieces.
#[derive(Debug, Default)]
pub struct KeptLayer {
    /// The first rank of each piece but the first.
    bounds: Vec<Rank>,
    /// Features of each piece, and how many.
    features: Vec<(Piece, usize)>,
    values: Values,
    /// Where in `values` each piece of them begins. The keys are before the first.
    table: Vec<(usize, Piece)>,
    /// Bytes of the layer when it was drawn whole.
    drawn_whole: usize,
    /// What stands before the features.
    head: Piece,
}

impl KeptLayer {
    /// Draws a layer.
    #[must_use]
    pub fn draw(drawing: &Drawing<'_>) -> Self {
        let order = in_order(drawing.selections);
        let rank = |&(selection, row): &(usize, u32)| drawing.selections[selection].rank(row);
        // Specks of dust make room for one another, so all are drawn in one go.
        let rows = if drawing.selections.iter().any(|selection| selection.speck > 0) { order.len() } else { ROWS };
        let mut kept = Self::default();
        with_scratch(|Scratch { layer: buffers, packer, .. }| {
            let mut encoder = LayerEncoder::new(drawing.layer, drawing.selections, drawing.audience, buffers);
            let mut rest = order.as_slice();
            while !rest.is_empty() {
                let mut end = rest.len().min(rows);
                // What is seen twice, across the antimeridian, has one rank.
                while end < rest.len() && rank(&rest[end]) == rank(&rest[end - 1]) {
                    end += 1;
                }
                draw_rows(drawing.coord, drawing.selections, &rest[..end], |number, row, kind, shape| {
                    encoder.feature(number, row, kind, shape);
                });
                kept.features.push(encoder.cut(|features| packer.piece(features, drawing.encoding)));
                rest = &rest[end..];
                kept.bounds.extend(rest.first().map(rank));
            }
            std::mem::swap(&mut buffers.values, &mut kept.values);
            kept.values.shrink();
            kept.finish(drawing, packer);
            kept.drawn_whole = kept.length();
        });
        kept
    }

    /// Draws the pieces again in which rows of `ranks` stand. False when it has changed so much that it is better drawn
    /// whole; then it is of no use any more.
    #[must_use]
    pub fn mend(&mut self, drawing: &Drawing<'_>, ranks: &[Rank]) -> bool {
        let piece_of = |rank: &Rank| self.bounds.partition_point(|bound| bound <= rank);
        let struck: BTreeSet<usize> = ranks.iter().map(piece_of).collect();
        if self.features.is_empty() || struck.len() > 4 && struck.len() > self.features.len() / 2 {
            return false;
        }
        with_scratch(|Scratch { layer: buffers, packer, .. }| {
            std::mem::swap(&mut buffers.values, &mut self.values);
            for &number in &struck {
                let bound = |number: usize| self.bounds.get(number).copied();
                let (from, to) = (number.checked_sub(1).and_then(bound), bound(number));
                let rows = in_order_between(drawing.selections, from, to);
                let Drawing { layer, selections, audience, .. } = *drawing;
                let mut encoder = LayerEncoder::resumed(layer, selections, audience, buffers, rows.len());
                draw_rows(drawing.coord, drawing.selections, &rows, |number, row, kind, shape| {
                    encoder.feature(number, row, kind, shape);
                });
                self.features[number] = encoder.cut(|features| packer.piece(features, drawing.encoding));
            }
            std::mem::swap(&mut buffers.values, &mut self.values);
            self.finish(drawing, packer);
        });
        let fullest = struck.iter().map(|&number| self.features[number].1).max();
        self.length() <= self.drawn_whole * 11 / 10 + 4 * ADDED && fullest.is_none_or(|fullest| fullest <= 4 * ROWS)
    }

    /// Packs the values that were added, and the head, which holds the length of all.
    fn finish(&mut self, drawing: &Drawing<'_>, packer: &mut Packer) {
        let encoded = self.values.encoded();
        let tabled: usize = self.table.iter().map(|(_, piece)| piece.len()).sum();
        let keys = mvt::keys(drawing.layer, drawing.audience);
        if self.table.is_empty() {
            let first = [keys.as_slice(), encoded].concat();
            self.table.push((0, packer.piece(&first, drawing.encoding)));
        } else if tabled < keys.len() + encoded.len() {
            let small = self.table.len() > 1 && self.table.last().is_some_and(|(_, last)| last.len() < ADDED);
            let last = self.table.pop_if(|_| small);
            let start = last.map_or(tabled - keys.len(), |(start, _)| start);
            self.table.push((start, packer.piece(&encoded[start..], drawing.encoding)));
        }
        let length = self.features.iter().map(|(piece, _)| piece.len()).sum::<usize>() + keys.len() + encoded.len();
        self.head = packer.piece(&mvt::head(drawing.layer, length), drawing.encoding);
    }

    /// Its bytes before they are packed.
    fn length(&self) -> usize {
        self.pieces().map(Piece::len).sum()
    }

    /// How many features it shows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.features.iter().map(|(_, features)| features).sum()
    }

    /// Whether it shows none: then it has no place in a tile.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its bytes, in order; none when it shows nothing.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> + Clone {
        let features = self.features.iter().map(|(piece, _)| piece);
        let all = std::iter::once(&self.head).chain(features).chain(self.table.iter().map(|(_, piece)| piece));
        all.filter(|_| !self.is_empty())
    }

    /// Bytes held on the heap, about.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let pieces: usize = self.pieces().map(|piece| piece.heap_bytes() + size_of::<(Piece, usize, Rank)>()).sum();
        pieces + self.values.heap_bytes()
    }
}
