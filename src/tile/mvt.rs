//! Mapbox Vector Tile 2.1: the bytes of a layer and its features.
//!
//! Written by hand over the columns: `mvt` 0.15 leaves out a `MoveTo`, and building features for a library only to have
//! them taken apart again cost twice the time. `fast-mvt` reads what this writes in the tests.

use super::values::{CodeTable, Values};
use crate::geo::clip::TilePoint;
use crate::geo::tile::EXTENT;
use crate::model::{Audience, Layer, Rows};

/// `GeomType` of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeomType {
    /// One or more points.
    Point = 1,
    /// One or more lines.
    LineString = 2,
    /// One or more polygons.
    Polygon = 3,
}

/// One layer of a tile while it is written.
#[derive(Debug)]
pub struct LayerEncoder<'a> {
    layer: &'a Layer,
    /// Index in `Layer::fields` of each field that the audience may see.
    fields: Vec<usize>,
    features: Vec<u8>,
    count: usize,
    values: Values<'a>,
    scratch: Vec<u8>,
    tags: Vec<u8>,
}

impl<'a> LayerEncoder<'a> {
    /// A layer with nothing in it, with the fields that `audience` may see.
    #[must_use]
    pub fn new(layer: &'a Layer, audience: Audience) -> Self {
        let seen = layer.fields.iter().enumerate().filter(|(_, field)| audience.may_see(field.audience));
        Self {
            layer,
            fields: seen.map(|(index, _)| index).collect(),
            features: Vec::new(),
            count: 0,
            values: Values::default(),
            scratch: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The tables for [`Self::feature`], one set for each block of rows.
    #[must_use]
    pub fn code_tables(&self, rows: &Rows) -> Vec<CodeTable> {
        self.fields.iter().map(|&field| CodeTable::new(&rows.columns()[field])).collect()
    }

    /// Appends a feature. `geometry` is its encoded command stream.
    pub fn feature(&mut self, rows: &'a Rows, row: usize, tables: &mut [CodeTable], kind: GeomType, geometry: &[u8]) {
        self.tags.clear();
        varint(&mut self.tags, 0);
        let id = self.values.text(rows.id(row));
        varint(&mut self.tags, u64::from(id));
        for (key, (&field, table)) in (1..).zip(self.fields.iter().zip(tables)) {
            if let Some(value) = self.values.number(&rows.columns()[field], row, table) {
                varint(&mut self.tags, key);
                varint(&mut self.tags, u64::from(value));
            }
        }
        self.scratch.clear();
        varint(&mut self.scratch, 1 << 3);
        varint(&mut self.scratch, rows.tile_id(row));
        field_bytes(&mut self.scratch, 2, &self.tags);
        varint(&mut self.scratch, 3 << 3);
        varint(&mut self.scratch, kind as u64);
        field_bytes(&mut self.scratch, 4, geometry);
        field_bytes(&mut self.features, 2, &self.scratch);
        self.count += 1;
    }

    /// How many features were appended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether nothing was appended. An empty layer has no place in a tile.
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
        let parts = [head.as_slice(), &self.features, &keys, self.values.encoded(), &tail];
        varint(tile, (3 << 3) | 2);
        varint(tile, parts.iter().map(|part| part.len() as u64).sum());
        parts.iter().for_each(|part| tile.extend_from_slice(part));
    }
}

/// The command stream of one geometry (MVT 2.1, section 4.3), reused from feature to feature.
#[derive(Debug, Default)]
pub struct Commands {
    bytes: Vec<u8>,
    cursor: TilePoint,
}

const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u64 = 7;

impl Commands {
    /// Begins a new geometry.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.cursor = [0, 0];
    }

    /// The stream so far; empty when nothing was drawn.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A point.
    pub fn point(&mut self, place: TilePoint) {
        self.command(MOVE_TO, 1);
        self.step(place);
    }

    /// A line of two places or more, neighbours different.
    pub fn line(&mut self, places: &[TilePoint]) {
        self.path(places);
    }

    /// A ring without its closing place, of three places or more, neighbours different.
    pub fn ring(&mut self, places: &[TilePoint]) {
        self.path(places);
        self.command(CLOSE_PATH, 1);
    }

    fn path(&mut self, places: &[TilePoint]) {
        let Some((&first, rest)) = places.split_first() else { return };
        self.command(MOVE_TO, 1);
        self.step(first);
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

/// A length-delimited protobuf field.
pub fn field_bytes(to: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(to, (field << 3) | 2);
    varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}
