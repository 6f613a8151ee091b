//! The formats of a tile, and the one place where they part: everything before it is drawn alike for both.

use super::shape::{GeomType, Shape};
use super::{mlt, mvt};
use crate::model::{Audience, Layer, Selection};

/// How a tile is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Mapbox Vector Tile 2.1: features one after another.
    #[default]
    Mvt,
    /// `MapLibre` Tile, tag 1: columns.
    Mlt,
}

impl Format {
    /// Its name in a tile's path and in `TileJSON` (`encoding`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mvt => "mvt",
            Self::Mlt => "mlt",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Mvt => "application/vnd.mapbox-vector-tile",
            Self::Mlt => "application/vnd.maplibre-tile",
        }
    }
}

/// One layer of a tile while it is written.
#[derive(Debug)]
pub enum LayerEncoder<'a> {
    /// See [`mvt::LayerEncoder`].
    Mvt(mvt::LayerEncoder<'a>),
    /// See [`mlt::LayerEncoder`].
    Mlt(mlt::LayerEncoder<'a>),
}

impl<'a> LayerEncoder<'a> {
    /// A layer with nothing in it, with the fields that `audience` may see, for rows of `selections`.
    #[must_use]
    pub fn new(
        format: Format,
        layer: &'a Layer,
        selections: &'a [Selection],
        audience: Audience,
        buffers: &'a mut mvt::Buffers,
    ) -> Self {
        match format {
            Format::Mvt => Self::Mvt(mvt::LayerEncoder::new(layer, selections, audience, buffers)),
            Format::Mlt => Self::Mlt(mlt::LayerEncoder::new(layer, selections, audience)),
        }
    }

    /// Appends row `row` of selection number `selection`, drawn as `shape`, which is not empty.
    pub fn feature(&mut self, selection: usize, row: usize, kind: GeomType, shape: &Shape) {
        match self {
            Self::Mvt(encoder) => encoder.feature(selection, row, kind, shape),
            Self::Mlt(encoder) => encoder.feature(selection, row, kind, shape),
        }
    }

    /// How many features were appended.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Mvt(encoder) => encoder.len(),
            Self::Mlt(encoder) => encoder.len(),
        }
    }

    /// Whether nothing was appended. An empty layer has no place in a tile.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the layer to a tile.
    pub fn finish(self, tile: &mut Vec<u8>) {
        match self {
            Self::Mvt(encoder) => encoder.finish(tile),
            Self::Mlt(encoder) => encoder.finish(tile),
        }
    }
}
