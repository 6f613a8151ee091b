//! A tile from the cache, or drawn, written and packed away from the async workers.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::HeaderName;
use actix_web::web;

use super::error::Problem;
use super::serving::Serving;
use crate::city::City;
use crate::index::LayerIndex;
use crate::index::thinning::TILE_BUDGET;
use crate::model::{Layer, Selection};
use crate::tile::cache::{Key, Tile};
use crate::tile::render_packed;

/// The header that tells how many features of which layers meet the tile and are left out by its zoom.
pub const LEFT_OUT: HeaderName = HeaderName::from_static("citylayers-left-out");

/// The tile of a key. Only as many are drawn at once as there are cores; what is in the cache waits for none of them.
pub async fn drawn(state: &Serving, city: &Arc<City>, layers: &[Arc<Layer>], key: Key) -> Result<Tile, Problem> {
    if let Some(tile) = state.cache.get(&key) {
        metrics::counter!("citylayers_tiles_total", "outcome" => "cached").increment(1);
        return Ok(tile);
    }
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a tile could not be drawn");
        Problem::Internal
    };
    let permit = Arc::clone(&state.drawing).acquire_owned().await.map_err(|error| failed(&error))?;
    let indexes: Vec<Arc<LayerIndex>> = layers.iter().filter_map(|layer| city.atlas().layer(&layer.id)).collect();
    let cache = state.cache.clone();
    let drawing = web::block(move || {
        // Given back by the thread: a client that goes away does not end what it asked for.
        let _permit = permit;
        let wanted = key.clone();
        cache.get_or_draw(key, || draw(&indexes, &wanted))
    });
    drawing.await.map_err(|error| failed(&error))
}

fn draw(indexes: &[Arc<LayerIndex>], key: &Key) -> Tile {
    let start = Instant::now();
    let zoom = key.coord.z();
    let indexes: Vec<&LayerIndex> =
        indexes.iter().map(AsRef::as_ref).filter(|index| index.layer().minzoom <= zoom).collect();
    let shown = rows_shown(&indexes, zoom);
    let found: Vec<(&LayerIndex, Vec<Selection>)> =
        indexes.into_iter().map(|index| (index, index.tile_showing(key.coord, shown))).collect();
    let layers: Vec<(&Layer, &[Selection])> =
        found.iter().map(|(index, selections)| (index.layer_in_tiles(zoom).as_ref(), selections.as_slice())).collect();
    let packed = render_packed(&layers, key.coord, key.audience, key.format, key.encoding);
    let left_out = found.iter().map(|(index, found)| (index.layer(), index.left_out(key.coord, shown, found)));
    let left_out: Vec<String> =
        left_out.filter(|(_, count)| *count > 0).map(|(layer, count)| format!("{}={count}", layer.id)).collect();
    metrics::counter!("citylayers_tiles_total", "outcome" => "drawn").increment(1);
    metrics::histogram!("citylayers_tile_draw_seconds").record(start.elapsed().as_secs_f64());
    Tile { bytes: packed.bytes, left_out: (!left_out.is_empty()).then(|| left_out.join(", ").into()) }
}

/// The zoom whose rows a tile of these layers shows: its own, or the deepest at which the fullest tiles of the thinned layers
/// together keep to the budget of one. A layer without thinning yields nothing and is not counted.
fn rows_shown(indexes: &[&LayerIndex], zoom: u8) -> u8 {
    let thinned: Vec<&&LayerIndex> = indexes.iter().filter(|index| index.layer().thinning.is_some()).collect();
    let weight = |shown: u8| thinned.iter().map(|index| index.weight(zoom, shown)).sum::<f64>();
    let fits = |&shown: &u8| thinned.len() < 2 || weight(shown) <= TILE_BUDGET;
    (0..=zoom).rev().find(fits).unwrap_or(zoom)
}
