//! Mapbox Vector Tile 2.1: the bytes of a layer and its features.
//!
//! Written by hand over the columns: `mvt` 0.15 leaves out a `MoveTo`, and building features for a library only to have
//! them taken apart again cost twice the time. `fast-mvt` reads what this writes in the tests.

use super::shape::{GeomType, Shape};
use super::source::{Coded, Source};
use super::values::Values;
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
    values: Values,
    coded: Coded,
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
        let seen = layer.fields.iter().enumerate().filter(|(_, field)| audience.may_see(field.audience));
        let fields: Vec<usize> = seen.map(|(index, _)| index).collect();
        buffers.features.clear();
        buffers.values.clear();
        buffers.coded.clear();
        let mut sources_of = |of: &'a Selection| -> Vec<(u64, Source<'a>)> {
            let sources = fields.iter().map(|&field| Source::new(&of.rows.columns()[field], &mut buffers.coded));
            (1..).zip(sources).filter_map(|(key, source)| Some((key, source?))).collect()
        };
        let sources: Vec<_> = selections.iter().map(&mut sources_of).collect();
        let differ = |sources: &[(u64, Source<'_>)]| 1 + sources.iter().filter(|(_, source)| source.differs()).count();
        buffers
            .values
            .reserve(selections.iter().zip(&sources).map(|(of, sources)| of.numbers.len() * differ(sources)).sum());
        Self { layer, selections, sources, fields, count: 0, buffers }
    }

    /// Appends row `row` of selection number `selection`, drawn as `shape`, which is not empty.
    pub fn feature(&mut self, selection: usize, row: usize, kind: GeomType, shape: &Shape) {
        let rows = &self.selections[selection].rows;
        let Buffers { features, values, coded, commands, tags } = &mut *self.buffers;
        commands.draw(kind, shape);
        tags.clear();
        varint(tags, 0);
        varint(tags, u64::from(values.text(rows.id_bytes(row))));
        for (key, source) in &self.sources[selection] {
            if let Some(value) = source.number(row, values, coded) {
                varint(tags, *key);
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

    /// Appends the layer to a tile.
    pub fn finish(&self, tile: &mut Vec<u8>) {
        let mut keys = Vec::new();
        let names = self.fields.iter().map(|&field| &self.layer.fields[field].name);
        std::iter::once(&self.layer.id_field.name)
            .chain(names)
            .for_each(|name| field_bytes(&mut keys, 3, name.as_bytes()));
        let mut head = Vec::new();
        varint(&mut head, 15 << 3);
        varint(&mut head, 2);
        field_bytes(&mut head, 1, self.layer.id.as_str().as_bytes());
        let mut tail = Vec::new();
        varint(&mut tail, 5 << 3);
        varint(&mut tail, u64::from(EXTENT));
        let Buffers { features, values, .. } = &*self.buffers;
        let parts = [head.as_slice(), features, &keys, values.encoded(), &tail];
        varint(tile, (3 << 3) | 2);
        varint(tile, parts.iter().map(|part| part.len() as u64).sum());
        parts.iter().for_each(|part| tile.extend_from_slice(part));
    }
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
