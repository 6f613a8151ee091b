//! Mapbox Vector Tile 2.1: the bytes of a layer and its features.
//!
//! Written by hand over the columns: `mvt` 0.15 leaves out a `MoveTo`, and building features for a library only to have
//! them taken apart again cost twice the time. `fast-mvt` reads what this writes in the tests.

use super::shape::{GeomType, Shape};
use super::values::{CodeTable, Values};
use crate::geo::clip::TilePoint;
use crate::geo::tile::EXTENT;
use crate::model::{Audience, Layer, Selection};

/// One layer of a tile while it is written.
#[derive(Debug)]
pub struct LayerEncoder<'a> {
    layer: &'a Layer,
    selections: &'a [Selection],
    /// A set for each selection, a table for each of `fields`.
    tables: Vec<Vec<CodeTable>>,
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
    commands: Commands,
    tags: Vec<u8>,
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
        Self::resumed(layer, selections, audience, buffers)
    }

    /// The same, going on with the value table that `buffers` hold.
    #[must_use]
    pub fn resumed(layer: &'a Layer, selections: &'a [Selection], audience: Audience, buffers: &'a mut Buffers) -> Self {
        let fields = fields(layer, audience);
        let tables_of =
            |of: &Selection| fields.iter().map(|&field| CodeTable::new(&of.rows.columns()[field])).collect();
        buffers.features.clear();
        Self { layer, selections, tables: selections.iter().map(tables_of).collect(), fields, count: 0, buffers }
    }

    /// Appends row `row` of selection number `selection`, drawn as `shape`, which is not empty.
    pub fn feature(&mut self, selection: usize, row: usize, kind: GeomType, shape: &Shape) {
        let (rows, tables) = (&self.selections[selection].rows, &mut self.tables[selection]);
        let Buffers { features, values, commands, tags } = &mut *self.buffers;
        commands.draw(kind, shape);
        tags.clear();
        varint(tags, 0);
        varint(tags, u64::from(values.text(rows.id(row))));
        for (key, (&field, table)) in (1..).zip(self.fields.iter().zip(tables)) {
            if let Some(value) = values.number(&rows.columns()[field], row, table) {
                varint(tags, key);
                varint(tags, u64::from(value));
            }
        }
        let id = rows.tile_id(row);
        let (tags_length, commands_length) = (tags.len() as u64, commands.bytes.len() as u64);
        let lengths = varint_length(id) + varint_length(tags_length) + varint_length(commands_length);
        varint(features, (2 << 3) | 2);
        varint(features, 5 + lengths + tags_length + commands_length);
        varint(features, 1 << 3);
        varint(features, id);
        field_bytes(features, 2, tags);
        features.extend_from_slice(&[3 << 3, kind as u8]);
        field_bytes(features, 4, &commands.bytes);
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

/// The command stream of one geometry (MVT 2.1, section 4.3), reused from feature to feature.
#[derive(Debug, Default)]
struct Commands {
    bytes: Vec<u8>,
    cursor: TilePoint,
}

const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u64 = 7;

impl Commands {
    /// Begins anew, with a shape.
    fn draw(&mut self, kind: GeomType, shape: &Shape) {
        self.bytes.clear();
        self.cursor = [0, 0];
        for places in shape.paths() {
            self.path(places);
            if kind == GeomType::Polygon {
                self.command(CLOSE_PATH, 1);
            }
        }
    }

    fn path(&mut self, places: &[TilePoint]) {
        let Some((&first, rest)) = places.split_first() else { return };
        self.command(MOVE_TO, 1);
        self.step(first);
        if rest.is_empty() {
            return;
        }
        self.command(LINE_TO, rest.len() as u64);
        rest.iter().for_each(|&place| self.step(place));
    }

    fn command(&mut self, id: u64, count: u64) {
        varint(&mut self.bytes, (count << 3) | id);
    }

    fn step(&mut self, place: TilePoint) {
        for (to, from) in place.into_iter().zip(self.cursor) {
            let delta = to - from;
            varint(&mut self.bytes, ((delta << 1) ^ (delta >> 63)).cast_unsigned());
        }
        self.cursor = place;
    }
}

/// A protobuf varint.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
pub fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Bytes of a protobuf varint.
#[must_use]
#[inline]
pub fn varint_length(value: u64) -> u64 {
    u64::from((u64::BITS - (value | 1).leading_zeros()).div_ceil(7))
}

/// A length-delimited protobuf field.
#[inline]
pub fn field_bytes(to: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(to, (field << 3) | 2);
    varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}
