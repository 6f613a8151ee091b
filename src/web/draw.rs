//! A tile from the cache, or drawn, written and packed away from the async workers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::HeaderName;
use bytes::Bytes;

use super::error::Problem;
use super::mend::{KeptTile, KeptTiles};
use super::serving::Serving;
use crate::city::City;
use crate::index::thinning::TILE_BUDGET;
use crate::index::{Atlas, LayerIndex};
use crate::model::{Layer, LayerId, Selection};
use crate::tile::cache::{Cache, Key, Tile};
use crate::tile::scratch::with_scratch;
use crate::tile::{Format, render_packed};

/// The header that tells how many features of which layers meet the tile and are left out by its zoom.
pub const LEFT_OUT: HeaderName = HeaderName::from_static("citylayers-left-out");

/// Bytes of a packed tile: pieces are packed less well, and a tile that would be larger is drawn whole.
const LARGEST: usize = 480_000;

/// The tile of a key. Only as many are drawn at once as there are cores; what is in the cache waits for none of them.
pub async fn drawn(state: &Serving, city: &Arc<City>, layers: &[Arc<Layer>], key: Key) -> Result<Tile, Problem> {
    if let Some(tile) = state.cache.get(&key) {
        metrics::counter!("citylayers_tiles_total", "outcome" => "cached").increment(1);
        return Ok(tile);
    }
    let (cache, kept) = (state.cache.clone(), state.kept.clone());
    let atlas = Arc::clone(city.atlas());
    let layers: Vec<Arc<Layer>> = layers.iter().filter(|layer| layer.minzoom <= key.coord.z()).cloned().collect();
    let wanted = key.clone();
    state.work(move || cache.get_or_draw(key, || draw(&atlas, &layers, (&cache, &kept), &wanted))).await
}

fn draw(atlas: &Atlas, layers: &[Arc<Layer>], (cache, kept): (&Cache, &KeptTiles), key: &Key) -> Tile {
    let start = Instant::now();
    let mendable = |index: &Arc<LayerIndex>| key.format == Format::Mvt && index.draws_each_row(key.coord.z());
    let again = || {
        kept.again(key, |tile, before| {
            if before < key.version {
                cache.forget(&Key { version: before, ..key.clone() });
            }
            mended(tile, &present(atlas, layers), key)
        })
    };
    let in_pieces = if present(atlas, layers).iter().any(mendable) { again() } else { None };
    let in_pieces = in_pieces.filter(|(_, (bytes, _))| bytes.len() <= LARGEST);
    let outcome = if in_pieces.as_ref().is_some_and(|(mended, _)| *mended) { "mended" } else { "drawn" };
    let whole = || drawn_whole(&present(atlas, layers), key);
    let (bytes, left_out) = in_pieces.map_or_else(whole, |(_, drawn)| drawn);
    metrics::counter!("citylayers_tiles_total", "outcome" => outcome).increment(1);
    metrics::histogram!("citylayers_tile_draw_seconds").record(start.elapsed().as_secs_f64());
    tile_of(layers, (bytes, left_out))
}

fn tile_of(layers: &[Arc<Layer>], (bytes, left_out): Outcome) -> Tile {
    let left_out: Vec<String> = layers
        .iter()
        .zip(left_out)
        .filter(|(_, count)| *count > 0)
        .map(|(layer, count)| format!("{}={count}", layer.id))
        .collect();
    Tile { bytes, left_out: (!left_out.is_empty()).then(|| left_out.join(", ").into()) }
}

/// The tile of a key with other features in the place of those of some layers. It is not kept.
pub async fn drawn_at(
    state: &Serving,
    city: &Arc<City>,
    layers: &[Arc<Layer>],
    key: Key,
    instead: BTreeMap<LayerId, Arc<LayerIndex>>,
) -> Result<Tile, Problem> {
    let atlas = Arc::clone(city.atlas());
    let layers: Vec<Arc<Layer>> = layers.iter().filter(|layer| layer.minzoom <= key.coord.z()).cloned().collect();
    let draw = move || {
        let index = |layer: &Arc<Layer>| instead.get(&layer.id).cloned().or_else(|| atlas.layer(&layer.id));
        let indexes: Vec<Arc<LayerIndex>> = layers.iter().filter_map(index).collect();
        tile_of(&layers, drawn_whole(&indexes, &key))
    };
    state.work(draw).await
}

/// The layers as they are now.
fn present(atlas: &Atlas, layers: &[Arc<Layer>]) -> Vec<Arc<LayerIndex>> {
    layers.iter().filter_map(|layer| atlas.layer(&layer.id)).collect()
}

/// The bytes of a tile, and how many features of each layer it leaves out.
type Outcome = (Bytes, Vec<usize>);

fn drawn_whole(indexes: &[Arc<LayerIndex>], key: &Key) -> Outcome {
    let shown = rows_shown(indexes, key.coord.z());
    let found: Vec<Vec<Selection>> = indexes.iter().map(|index| index.tile_showing(key.coord, shown)).collect();
    let layers: Vec<(&Layer, &[Selection])> = indexes
        .iter()
        .zip(&found)
        .map(|(index, found)| (index.layer_in_tiles(key.coord.z()).as_ref(), found.as_slice()))
        .collect();
    let packed = render_packed(&layers, key.coord, key.audience, key.format, key.encoding);
    let left_out = indexes.iter().zip(&found).map(|(index, found)| index.left_out(key.coord, shown, found));
    (packed.bytes, left_out.collect())
}

/// A tile that is kept, as it is now, and whether some of it had not to be drawn.
fn mended(tile: &mut KeptTile, indexes: &[Arc<LayerIndex>], key: &Key) -> (bool, Outcome) {
    let mended = tile.renew(indexes, rows_shown(indexes, key.coord.z()), key);
    let pieces = tile.layers().flat_map(|(layer, _)| layer.pieces());
    let bytes = with_scratch(|scratch| scratch.packer.join(pieces, key.encoding));
    (mended, (bytes, tile.layers().map(|(_, left_out)| left_out).collect()))
}

/// The zoom whose rows a tile of these layers shows: its own, or the deepest at which the fullest tiles of the thinned layers
/// together keep to the budget of one. A layer without thinning yields nothing and is not counted.
fn rows_shown(indexes: &[Arc<LayerIndex>], zoom: u8) -> u8 {
    let thinned: Vec<&Arc<LayerIndex>> = indexes.iter().filter(|index| index.layer().thinning.is_some()).collect();
    let weight = |shown: u8| thinned.iter().map(|index| index.weight(zoom, shown)).sum::<f64>();
    let fits = |&shown: &u8| thinned.len() < 2 || weight(shown) <= TILE_BUDGET;
    (0..=zoom).rev().find(fits).unwrap_or(zoom)
}
