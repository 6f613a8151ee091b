//! Mapbox Vector Tile 2.1: the bytes of a layer and its features.
//!
//! Written by hand over the columns: `mvt` 0.15 leaves out a `MoveTo`, and building features for a library only to have
//! them taken apart again costs time. `fast-mvt` reads what this writes in the tests.

use super::shape::{GeomType, Shape};
use super::source::{Met, Source};
use super::values::Values;
use super::wire::{close, field_bytes, open, varint};
use crate::geo::clip::TilePoint;
use crate::geo::tile::EXTENT;
use crate::model::{Audience, Layer, Selection};

/// One layer of a tile while it is written.
#[derive(Debug)]
pub struct LayerEncoder<'a> {
    layer: &'a Layer,
    selections: &'a [Selection],
    /// For each selection the fields of which it has values, each with its number among the keys.
    sources: Vec<Vec<(u64, Source<'a>)>>,
    /// Index in `Layer::fields` of each field that the audience may see.
    fields: Vec<usize>,
    count: usize,
    buffers: &'a mut Buffers,
}

/// What a layer is written into, used again from layer to layer.
#[derive(Debug, Default)]
pub struct Buffers {
    /// The `features` fields of the layer message.
    features: Vec<u8>,
    pub(super) values: Values,
    met: Met,
}

impl Buffers {
    /// Gives back room beyond `bytes`.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.features.clear();
        self.features.shrink_to(bytes);
        self.values.shrink_to(bytes);
    }
}

impl<'a> LayerEncoder<'a> {
    /// A layer with nothing in it, with the fields that `audience` may see, for rows of `selections`. What `buffers` hold goes.
    #[must_use]
    pub fn new(layer: &'a Layer, selections: &'a [Selection], audience: Audience, buffers: &'a mut Buffers) -> Self {
        buffers.values.clear();
        let rows = selections.iter().map(|of| of.numbers.len()).sum();
        Self::resumed(layer, selections, audience, buffers, rows)
    }

    /// The same for some `rows` of them, going on with the value table that `buffers` hold.
    #[must_use]
    pub fn resumed(
        layer: &'a Layer,
        selections: &'a [Selection],
        audience: Audience,
        buffers: &'a mut Buffers,
        rows: usize,
    ) -> Self {
        let fields = fields(layer, audience);
        buffers.features.clear();
        buffers.met.clear();
        let sources: Vec<Vec<_>> = selections.iter().map(|of| sources(of, &fields, &mut buffers.met)).collect();
        let names = |sources: &Vec<(u64, Source<'_>)>| sources.iter().filter(|(_, source)| source.is_name()).count();
        buffers.values.reserve(rows * (1 + sources.iter().map(names).max().unwrap_or_default()));
        Self { layer, selections, sources, fields, count: 0, buffers }
    }

    /// Appends row `row` of selection number `selection`, drawn as `shape`, which is not empty.
    pub fn feature(&mut self, selection: usize, row: usize, kind: GeomType, shape: &Shape) {
        let rows = &self.selections[selection].rows;
        let Buffers { features, values, met } = &mut *self.buffers;
        let feature = open(features, 2);
        features.push(1 << 3);
        varint(features, rows.tile_id(row));
        let tags = open(features, 2);
        features.push(0);
        varint(features, u64::from(values.text(rows.id_bytes(row))));
        for (key, source) in &self.sources[selection] {
            if let Some(value) = source.number(row, values, met) {
                varint(features, *key);
                varint(features, u64::from(value));
            }
        }
        close(features, tags);
        features.extend_from_slice(&[3 << 3, kind as u8]);
        let commands = open(features, 4);
        draw(features, kind, shape);
        close(features, commands);
        close(features, feature);
        self.count += 1;
    }

    /// How many features were appended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether nothing was appended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Hands over the `features` fields so far, makes something of them, and begins anew behind them. Answers how many they were,
    /// too.
    pub fn cut<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> (T, usize) {
        let taken = take(&self.buffers.features);
        self.buffers.features.clear();
        (taken, std::mem::take(&mut self.count))
    }

    /// Appends the layer to a tile.
    pub fn finish(&self, tile: &mut Vec<u8>) {
        let keys = keys_of(self.layer, &self.fields);
        let parts = [self.buffers.features.as_slice(), &keys, self.buffers.values.encoded()];
        tile.extend_from_slice(&head(self.layer, parts.iter().map(|part| part.len()).sum()));
        parts.iter().for_each(|part| tile.extend_from_slice(part));
    }
}

/// Index in `Layer::fields` of each field that the audience may see.
fn fields(layer: &Layer, audience: Audience) -> Vec<usize> {
    let seen = layer.fields.iter().enumerate().filter(|(_, field)| audience.may_see(field.audience));
    seen.map(|(index, _)| index).collect()
}

/// The beginning of a layer: the `layers` field of the tile with the message's length, its version, name and extent. `length` is
/// that of what follows: features, keys and values.
#[must_use]
pub fn head(layer: &Layer, length: usize) -> Vec<u8> {
    let mut message = vec![15 << 3, 2];
    field_bytes(&mut message, 1, layer.id.as_str().as_bytes());
    varint(&mut message, 5 << 3);
    varint(&mut message, u64::from(EXTENT));
    let mut head = vec![(3 << 3) | 2];
    varint(&mut head, (message.len() + length) as u64);
    head.extend(message);
    head
}

/// The `keys` fields of a layer for an audience.
#[must_use]
pub fn keys(layer: &Layer, audience: Audience) -> Vec<u8> {
    keys_of(layer, &fields(layer, audience))
}

fn keys_of(layer: &Layer, fields: &[usize]) -> Vec<u8> {
    let mut keys = Vec::new();
    let names = fields.iter().map(|&field| &layer.fields[field].name);
    std::iter::once(&layer.id_field.name).chain(names).for_each(|name| field_bytes(&mut keys, 3, name.as_bytes()));
    keys
}

/// Where the values of some fields of a selection come from, each with the number of its key; the id is number 0.
fn sources<'a>(of: &'a Selection, fields: &[usize], met: &mut Met) -> Vec<(u64, Source<'a>)> {
    let sources = fields.iter().map(|&field| Source::new(&of.rows.columns()[field], met));
    (1..).zip(sources).filter_map(|(key, source)| Some((key, source?))).collect()
}

const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u8 = 7;

/// Appends the command stream of one geometry (MVT 2.1, section 4.3).
fn draw(to: &mut Vec<u8>, kind: GeomType, shape: &Shape) {
    let mut cursor = [0, 0];
    for places in shape.paths() {
        let Some((&first, rest)) = places.split_first() else { continue };
        command(to, MOVE_TO, 1);
        step(to, &mut cursor, first);
        if !rest.is_empty() {
            command(to, LINE_TO, rest.len() as u64);
            rest.iter().for_each(|&place| step(to, &mut cursor, place));
        }
        if kind == GeomType::Polygon {
            to.push((1 << 3) | CLOSE_PATH);
        }
    }
}

#[inline]
fn command(to: &mut Vec<u8>, id: u64, count: u64) {
    varint(to, (count << 3) | id);
}

#[inline]
fn step(to: &mut Vec<u8>, cursor: &mut TilePoint, place: TilePoint) {
    for (to_axis, from) in place.into_iter().zip(*cursor) {
        let delta = to_axis - from;
        varint(to, ((delta << 1) ^ (delta >> 63)).cast_unsigned());
    }
    *cursor = place;
}
