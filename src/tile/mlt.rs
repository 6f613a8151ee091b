//! `MapLibre` Tile, tag 1: a layer as columns of ids, geometry and values.
//!
//! `mlt-core` packs the columns; here rows become what it takes. Its plain options only: trying other orders of the
//! features, FSST and shared dictionaries cost three times the time for a percent of the packed size, and the order of the
//! features is the order in which they are painted.

use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use mlt_core::encoder::EncoderConfig;
use mlt_core::{MltResult, PropKind, PropValue, TileLayer};

use super::shape::{GeomType, Shape};
use crate::geo::clip::TilePoint;
use crate::geo::tile::EXTENT;
use crate::model::{Audience, FieldType, Layer, Selection, ValueRef};

/// One layer of a tile while it is written.
#[derive(Debug)]
pub struct LayerEncoder<'a> {
    layer: &'a Layer,
    selections: &'a [Selection],
    /// Index in `Layer::fields` of each field that the audience may see.
    fields: Vec<usize>,
    features: Vec<Drawn>,
}

/// A feature that waits for the type of its columns.
#[derive(Debug)]
struct Drawn {
    selection: usize,
    row: usize,
    geometry: Geometry<i32>,
}

impl<'a> LayerEncoder<'a> {
    /// A layer with nothing in it, with the fields that `audience` may see, for rows of `selections`.
    #[must_use]
    pub fn new(layer: &'a Layer, selections: &'a [Selection], audience: Audience) -> Self {
        let seen = layer.fields.iter().enumerate().filter(|(_, field)| audience.may_see(field.audience));
        Self { layer, selections, fields: seen.map(|(index, _)| index).collect(), features: Vec::new() }
    }

    /// Appends row `row` of selection number `selection`, drawn as `shape`, which is not empty.
    pub fn feature(&mut self, selection: usize, row: usize, kind: GeomType, shape: &Shape) {
        self.features.push(Drawn { selection, row, geometry: geometry(kind, shape) });
    }

    /// How many features were appended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Whether nothing was appended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// Appends the layer to a tile.
    ///
    /// # Panics
    /// Never: names of fields are unique, every value has the type of its column, and a tile is far below 2 GiB.
    pub fn finish(self, tile: &mut Vec<u8>) {
        let plain = EncoderConfig::default()
            .with_spatial_morton_sort(false)
            .with_spatial_hilbert_sort(false)
            .with_id_sort(false)
            .with_fsst(false)
            .with_shared_dict(false);
        let bytes = self.rows().and_then(|rows| rows.encode(plain));
        tile.extend_from_slice(&bytes.expect("every value has the type that its column was declared with"));
    }

    fn rows(self) -> MltResult<TileLayer> {
        let mut rows = TileLayer::builder(self.layer.id.as_str(), EXTENT)?;
        let id = rows.add_property(&self.layer.id_field.name, PropKind::Str)?;
        let mut columns = Vec::with_capacity(self.fields.len());
        for &field in &self.fields {
            let (name, kind) = (&self.layer.fields[field].name, self.kind(field));
            columns.push((field, kind, rows.add_property(name, kind)?));
        }
        for Drawn { selection, row, geometry } in self.features {
            let stored = &self.selections[selection].rows;
            let mut feature = rows.feature(geometry);
            feature.id(Some(stored.tile_id(row)));
            feature.property(id, PropValue::Str(Some(stored.id(row).to_owned())))?;
            for &(field, kind, key) in &columns {
                if let Some(value) = stored.columns()[field].get(row) {
                    feature.property(key, property(value, kind))?;
                }
            }
            feature.finish()?;
        }
        Ok(rows.finish())
    }

    /// The type of a field's column in this tile. A column of 64 bits reaches a style as `BigInt`, which no expression takes:
    /// one with a number beyond 32 bits is written as doubles, which is what a browser makes of such a number in an MVT.
    fn kind(&self, field: usize) -> PropKind {
        match self.layer.fields[field].field_type {
            FieldType::Text | FieldType::Code | FieldType::Date | FieldType::DateTime => PropKind::Str,
            FieldType::Real => PropKind::F64,
            FieldType::Boolean => PropKind::Bool,
            FieldType::Integer => {
                let numbers = || {
                    let drawn = self.features.iter();
                    drawn.filter_map(|drawn| {
                        match self.selections[drawn.selection].rows.columns()[field].get(drawn.row) {
                            Some(ValueRef::Integer(number)) => Some(number),
                            _ => None,
                        }
                    })
                };
                let narrow = numbers().all(|n| i32::try_from(n).is_ok()) || numbers().all(|n| u32::try_from(n).is_ok());
                if narrow { PropKind::I64 } else { PropKind::F64 }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "as in a browser, see `kind`")]
fn property(value: ValueRef<'_>, kind: PropKind) -> PropValue {
    match value {
        ValueRef::Integer(number) if kind == PropKind::F64 => PropValue::F64(Some(number as f64)),
        ValueRef::Integer(number) => PropValue::I64(Some(number)),
        ValueRef::Real(number) => PropValue::F64(Some(number)),
        ValueRef::Boolean(flag) => PropValue::Bool(Some(flag)),
        ValueRef::Text(text) => PropValue::Str(Some(text.to_owned())),
        moment => PropValue::Str(Some(moment.to_string())),
    }
}

fn geometry(kind: GeomType, shape: &Shape) -> Geometry<i32> {
    match kind {
        GeomType::Point => one_or_more(shape.paths().map(|path| Point(place(path[0]))).collect(), MultiPoint),
        GeomType::LineString => one_or_more(shape.paths().map(line).collect(), MultiLineString),
        GeomType::Polygon => one_or_more(polygons(shape), MultiPolygon),
    }
}

/// The part itself when there is one, else the parts together.
fn one_or_more<P: Into<Geometry<i32>>, M: Into<Geometry<i32>>>(
    mut parts: Vec<P>,
    together: impl FnOnce(Vec<P>) -> M,
) -> Geometry<i32> {
    match parts.pop() {
        Some(only) if parts.is_empty() => only.into(),
        last => {
            parts.extend(last);
            together(parts).into()
        }
    }
}

fn polygons(shape: &Shape) -> Vec<Polygon<i32>> {
    let mut polygons: Vec<Polygon<i32>> = Vec::new();
    for ring in shape.paths() {
        match polygons.last_mut() {
            Some(polygon) if is_hole(ring) => polygon.interiors_push(line(ring)),
            _ => polygons.push(Polygon::new(line(ring), Vec::new())),
        }
    }
    polygons
}

fn is_hole(ring: &[TilePoint]) -> bool {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<i64>() < 0
}

fn line(path: &[TilePoint]) -> LineString<i32> {
    path.iter().map(|&at| place(at)).collect()
}

fn place([x, y]: TilePoint) -> Coord<i32> {
    let unit = |value| i32::try_from(value).expect("clipped to a few thousand units");
    Coord { x: unit(x), y: unit(y) }
}
