//! From the rows that an index found to the bytes of a tile.

use bytes::Bytes;

use super::format::{Format, LayerEncoder};
use super::order::in_order;
use super::packing::Encoding;
use super::polygon::PolygonBuilder;
use super::scratch::{Scratch, with_scratch};
use super::shape::{GeomType, Shape};
use super::speck::Specks;
use crate::geo::clip::{Square, TilePoint};
use crate::geo::tile::{BUFFER, EXTENT};
use crate::geo::{Arena, GeometryKind, TileCoord};
use crate::model::{Audience, Layer, Selection};

const SQUARE: Square = Square { min: -(BUFFER as i64), max: (EXTENT + BUFFER) as i64 };

/// A tile as it is written.
#[derive(Debug, Default, PartialEq)]
pub struct Drawn {
    /// In the format that was asked for; empty when nothing meets the tile.
    pub bytes: Vec<u8>,
    /// Features in all layers.
    pub features: usize,
}

/// A tile as it is answered.
#[derive(Debug, Default, PartialEq)]
pub struct Packed {
    /// In the packing that was asked for; empty when nothing meets the tile.
    pub bytes: Bytes,
    /// Features in all layers.
    pub features: usize,
}

/// The layers of a tile in their order, each with what the index found of it.
pub type Found<'a> = [(&'a Layer, &'a [Selection])];

/// Draws a tile of these layers for readers of `audience`.
#[must_use]
pub fn render(layers: &Found<'_>, coord: TileCoord, audience: Audience, format: Format) -> Drawn {
    with_scratch(|scratch| {
        let features = draw(layers, coord, audience, format, scratch);
        Drawn { bytes: scratch.tile.clone(), features }
    })
}

/// The same, packed.
#[must_use]
pub fn render_packed(
    layers: &Found<'_>,
    coord: TileCoord,
    audience: Audience,
    format: Format,
    encoding: Encoding,
) -> Packed {
    with_scratch(|scratch| {
        let features = draw(layers, coord, audience, format, scratch);
        Packed { bytes: scratch.packer.pack(&scratch.tile, encoding), features }
    })
}

fn draw(
    layers: &Found<'_>,
    coord: TileCoord,
    audience: Audience,
    format: Format,
    Scratch { tile, layer: buffers, .. }: &mut Scratch,
) -> usize {
    let mut features = 0;
    for (layer, selections) in layers {
        let mut encoder = LayerEncoder::new(format, layer, selections, audience, buffers);
        draw_layer(&mut encoder, selections, coord);
        if !encoder.is_empty() {
            features += encoder.len();
            encoder.finish(tile);
        }
    }
    features
}

fn draw_layer(encoder: &mut LayerEncoder<'_>, selections: &[Selection], coord: TileCoord) {
    draw_rows(coord, selections, &in_order(selections), |number, row, kind, shape| {
        encoder.feature(number, row, kind, shape);
    });
}

/// Hands over what a tile shows of rows, in their order: the number of the selection, the row, its drawing.
pub fn draw_rows(
    coord: TileCoord,
    selections: &[Selection],
    rows: &[(usize, u32)],
    mut feature: impl FnMut(usize, usize, GeomType, &Shape),
) {
    let in_full = selections.first().is_some_and(|selection| coord.z() >= selection.rows.layer().maxzoom);
    let mut brush = Brush::new(coord, in_full);
    for &(number, row) in rows {
        let kind = brush.draw(&selections[number], row as usize);
        if !brush.shape.is_empty() {
            feature(number, row as usize, kind, &brush.shape);
        }
    }
}

/// Draws one geometry after another in tile units.
struct Brush {
    coord: TileCoord,
    /// Whether every vertex is drawn: clients enlarge the tiles of the last zoom.
    in_full: bool,
    shape: Shape,
    /// One part, before it is cut.
    places: Vec<TilePoint>,
    polygon: PolygonBuilder,
    specks: Specks,
}

impl Brush {
    fn new(coord: TileCoord, in_full: bool) -> Self {
        let (polygon, specks) = (PolygonBuilder::default(), Specks::default());
        Self { coord, in_full, shape: Shape::default(), places: Vec::new(), polygon, specks }
    }

    fn draw(&mut self, selection: &Selection, row: usize) -> GeomType {
        self.shape.clear();
        let arena = selection.rows.arena();
        match arena.kind() {
            GeometryKind::Point => self.draw_point(arena, selection.shift, row),
            GeometryKind::Line => self.draw_lines(arena, selection, row),
            GeometryKind::Polygon => self.draw_polygons(arena, selection, row),
        }
    }

    fn draw_point(&mut self, arena: &Arena, shift: i64, row: usize) -> GeomType {
        let [x, y] = arena.world()[row];
        let place = self.coord.project([i64::from(x) + shift, i64::from(y)]);
        if SQUARE.outside(place) == 0 {
            self.shape.path(&[place]);
        }
        GeomType::Point
    }

    fn draw_lines(&mut self, arena: &Arena, selection: &Selection, row: usize) -> GeomType {
        for part in arena.parts(row) {
            let sides = self.project(arena, selection, part);
            if sides == 0 && self.places.len() > 1 {
                self.shape.path(&self.places);
            } else if sides != 0 {
                SQUARE.clip_line(&self.places).iter().for_each(|piece| self.shape.path(piece));
            }
        }
        GeomType::LineString
    }

    fn draw_polygons(&mut self, arena: &Arena, selection: &Selection, row: usize) -> GeomType {
        if selection.speck > 0 && self.is_speck(arena, selection.speck, row) {
            let [x, y] = arena.window(row).middle();
            let middle = self.coord.project([i64::from(x) + selection.shift, i64::from(y)]);
            if let Some(ring) = self.specks.place(middle, selection.speck) {
                self.shape.path(&ring);
            }
            return GeomType::Polygon;
        }
        self.polygon.clear();
        for part in arena.parts(row) {
            let exterior = arena.is_exterior(part);
            if exterior {
                self.polygon.finish(&mut self.shape);
            }
            self.project(arena, selection, part);
            self.polygon.ring(&mut self.places, SQUARE, exterior);
        }
        self.polygon.finish(&mut self.shape);
        GeomType::Polygon
    }

    fn is_speck(&self, arena: &Arena, speck: u32, row: usize) -> bool {
        let world_units_of_a_pixel = f64::from(23 - i16::from(self.coord.z())).exp2();
        let side = f64::from(speck) * world_units_of_a_pixel;
        arena.area(row) < side * side
    }

    /// Puts the vertices of a part that this zoom draws into `places`, in tile units. Of those in a row beyond one edge of the
    /// square only the first and the last are kept: what lies between cannot come in. Answers beyond which edges any lie, 0
    /// when nothing is to be cut.
    fn project(&mut self, arena: &Arena, selection: &Selection, part: usize) -> u8 {
        let Self { coord, in_full, ref mut places, .. } = *self;
        let zoom = if in_full { u8::MAX } else { coord.z() };
        let vertices = arena.vertices(part);
        let (world, detail) = (&arena.world()[vertices.clone()], &selection.detail[vertices]);
        places.clear();
        let (mut sides, mut all) = ([0_u8; 2], 0);
        for (&[x, y], _) in world.iter().zip(detail).filter(|&(_, &lowest)| lowest <= zoom) {
            let place = coord.project([i64::from(x) + selection.shift, i64::from(y)]);
            if places.last() == Some(&place) {
                continue;
            }
            let side = SQUARE.outside(place);
            all |= side;
            if places.len() > 1 && sides[0] & sides[1] & side != 0 {
                places.pop();
                sides[1] = side;
            } else {
                sides = [sides[1], side];
            }
            places.push(place);
        }
        all
    }
}
