//! Many features of one layer, as columns.

use std::sync::Arc;

use rayon::prelude::*;

use super::columns::{Column, Texts};
use super::feature::{Feature, FeatureId, tile_id};
use super::layer::Layer;
use super::value::ValueRef;
use crate::geo::hilbert::hilbert;
use crate::geo::mercator::WorldPoint;
use crate::geo::{Arena, Geometry};

/// Features of one layer by row number: what a store loads, an importer builds, an index sorts and a tile reads.
/// A [`Feature`] is made from a row only when somebody needs one.
#[derive(Clone, Debug)]
pub struct Rows {
    layer: Arc<Layer>,
    /// Whether they were generated for a demo.
    demo: bool,
    /// What a store holds and the layer cannot.
    left_out: Vec<String>,
    ids: Texts,
    tile_ids: Vec<u64>,
    arena: Arena,
    columns: Vec<Column>,
}

impl Rows {
    /// No rows yet, for features of `layer`.
    #[must_use]
    pub fn new(layer: Arc<Layer>) -> Self {
        Self {
            demo: false,
            left_out: Vec::new(),
            ids: Texts::default(),
            tile_ids: Vec::new(),
            arena: Arena::new(layer.geometry),
            columns: layer.fields.iter().map(|field| Column::new(field.field_type)).collect(),
            layer,
        }
    }

    /// Appends a row. `values` has one entry for each of the layer's fields, in their order.
    pub fn push<'v>(&mut self, id: &str, geometry: &Geometry, values: impl IntoIterator<Item = Option<ValueRef<'v>>>) {
        self.ids.push(id);
        self.tile_ids.push(tile_id(id));
        self.arena.push(geometry);
        let mut values = values.into_iter();
        for column in &mut self.columns {
            column.push(values.next().flatten());
        }
    }

    /// Appends a feature of the layer.
    pub fn push_feature(&mut self, feature: &Feature) {
        let values = feature.properties.iter().map(|value| value.as_ref().map(super::Value::as_ref));
        self.push(feature.id.as_str(), &feature.geometry, values);
    }

    /// Appends row `row` of `other`, which has the same layer.
    pub fn push_row_of(&mut self, other: &Self, row: usize) {
        self.ids.push(other.id(row));
        self.tile_ids.push(other.tile_ids[row]);
        self.arena.push_row_of(&other.arena, row);
        for (column, source) in self.columns.iter_mut().zip(&other.columns) {
            column.push(source.get(row));
        }
    }

    /// Appends row `row` of `other`, whose layer has the same first fields; `more` are the values of the others.
    pub fn push_row_with<'v>(
        &mut self,
        other: &Self,
        row: usize,
        more: impl IntoIterator<Item = Option<ValueRef<'v>>>,
    ) {
        self.ids.push(other.id(row));
        self.tile_ids.push(other.tile_ids[row]);
        self.arena.push_row_of(&other.arena, row);
        let mut more = more.into_iter();
        for (number, column) in self.columns.iter_mut().enumerate() {
            column.push(other.columns.get(number).map_or_else(|| more.next().flatten(), |source| source.get(row)));
        }
    }

    /// Appends a point by its place on the world square.
    pub fn push_place<'v>(
        &mut self,
        id: &str,
        place: WorldPoint,
        values: impl IntoIterator<Item = Option<ValueRef<'v>>>,
    ) {
        self.ids.push(id);
        self.tile_ids.push(tile_id(id));
        self.arena.push_place(place);
        let mut values = values.into_iter();
        self.columns.iter_mut().for_each(|column| column.push(values.next().flatten()));
    }

    /// The rows of `order`, each the number of one of `sources` and a row of it; all are of `layer`. Faster than
    /// appending one by one: a text is looked at once, not once a row.
    #[must_use]
    pub fn gather(layer: &Arc<Layer>, sources: &[&Self], order: &[(u32, u32)]) -> Self {
        let mut rows = Self::new(Arc::clone(layer));
        let columns = (0..layer.fields.len()).into_par_iter().map(|field| {
            let columns: Vec<&Column> = sources.iter().map(|source| &source.columns[field]).collect();
            Column::gather(layer.fields[field].field_type, &columns, order)
        });
        let (columns, ()) = rayon::join(
            || columns.collect(),
            || {
                for &(source, row) in order {
                    let (source, row) = (sources[source as usize], row as usize);
                    rows.ids.push(source.id(row));
                    rows.tile_ids.push(source.tile_ids[row]);
                    rows.arena.push_row_of(&source.arena, row);
                }
            },
        );
        rows.columns = columns;
        rows.finish();
        rows
    }

    /// Ends growing: gives back spare room.
    pub fn finish(&mut self) {
        self.ids.shrink();
        self.tile_ids.shrink_to_fit();
        self.arena.shrink();
        self.columns.iter_mut().for_each(Column::finish);
    }

    /// Marks the rows as generated for a demo, or not. The mark stays with the layer until it is replaced.
    pub fn mark_demo(&mut self, demo: bool) {
        self.demo = demo;
    }

    /// Whether the rows were generated for a demo.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// Notes a row of the store that somebody else wrote and the layer cannot hold: `row 5 of table ...`.
    pub fn leave_out(&mut self, what: String) {
        self.left_out.push(what);
    }

    /// Rows of the store that are not here, and why.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The layer of every row.
    #[must_use]
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The id of a row.
    ///
    /// # Panics
    /// Beyond 2^32 rows, which [`Texts`] cannot hold.
    #[must_use]
    pub fn id(&self, row: usize) -> &str {
        self.ids.get(u32::try_from(row).expect("row numbers are u32"))
    }

    /// The id of a row in UTF-8, see [`Texts::bytes`].
    ///
    /// # Panics
    /// Beyond 2^32 rows, as [`Self::id`].
    #[must_use]
    #[inline]
    pub fn id_bytes(&self, row: usize) -> &[u8] {
        self.ids.bytes(u32::try_from(row).expect("row numbers are u32"))
    }

    /// The number that stands for the row in tiles, see [`tile_id`].
    #[must_use]
    pub fn tile_id(&self, row: usize) -> u64 {
        self.tile_ids[row]
    }

    /// The geometries.
    #[must_use]
    pub fn arena(&self) -> &Arena {
        &self.arena
    }

    /// The columns, in the order of the layer's fields.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The values of a row, in the order of the layer's fields.
    pub fn values(&self, row: usize) -> impl Iterator<Item = Option<ValueRef<'_>>> {
        self.columns.iter().map(move |column| column.get(row))
    }

    /// A row as a feature by itself.
    ///
    /// # Panics
    /// Never: no row has an empty id.
    #[must_use]
    pub fn feature(&self, row: usize) -> Feature {
        Feature {
            layer: self.layer.id.clone(),
            id: FeatureId::new(self.id(row)).expect("no row has an empty id"),
            geometry: self.arena.geometry(row),
            properties: self.values(row).map(|value| value.map(ValueRef::to_value)).collect(),
        }
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(Column::heap_bytes).sum();
        self.ids.heap_bytes() + self.tile_ids.capacity() * 8 + self.arena.heap_bytes() + columns
    }
}

/// Where a row stands among those of its layer: by lowest zoom, then along the Hilbert curve, then by id. Whoever sorts by
/// it gets the same order whatever became of the layer before.
pub type Rank = (u8, u64, u64);

impl Rows {
    /// The rank of a row that shows from zoom `lowest`.
    #[must_use]
    pub fn rank(&self, row: usize, lowest: u8) -> Rank {
        (lowest, hilbert(self.arena.window(row).middle()), self.tile_ids[row])
    }
}

/// What a query found in one block of rows: the seam between index and tile.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The rows among which it was found, by [`Rank`].
    pub rows: Arc<Rows>,
    /// Row numbers, each once, rising.
    pub numbers: Vec<u32>,
    /// The lowest zoom of each of `rows`.
    pub lowest: Arc<[u8]>,
    /// For each vertex of `rows`, the lowest zoom that draws it; empty for points.
    pub detail: Arc<[u8]>,
    /// The side of a speck of dust, in CSS pixels: a polygon with less area is drawn as one. 0 when each is drawn as it is.
    pub speck: u32,
    /// World units to add to x: not 0 for what a tile sees across the antimeridian.
    pub shift: i64,
}

impl Selection {
    /// The rank of one of the rows found.
    #[must_use]
    pub fn rank(&self, number: u32) -> Rank {
        self.rows.rank(number as usize, self.lowest[number as usize])
    }
}
