//! A tile with what is measured now. The drawn tile is taken from the cache as it is; readings are laid over its bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::draw::{drawn, drawn_at};
use super::error::Problem;
use super::laid::laid_over;
use super::serving::Serving;
use crate::city::City;
use crate::geo::TileCoord;
use crate::index::{Atlas, LayerIndex};
use crate::model::{Layer, LayerId, Version};
use crate::tile::Format;
use crate::tile::cache::{Key, Measured, Tile};
use crate::tile::packing::{Encoding, pack};

/// Milliseconds for which ages are told as they were: a tile that is asked for again then is the same.
const STILL: i64 = 60_000;

/// What readings a tile of these layers shows; `None` where none of its features was ever measured. Only MVT carries readings.
pub fn measured(city: &City, layers: &[Arc<Layer>], coord: TileCoord, format: Format) -> Option<Measured> {
    if format != Format::Mvt {
        return None;
    }
    let observed = layers.iter().filter(|layer| !layer.observed.is_empty());
    let version = observed.map(|layer| city.atlas().readings_version(&layer.id, coord)).max()?;
    let now = Utc::now().timestamp_millis();
    (version > Version::default()).then_some(Measured { version, at: now - now.rem_euclid(STILL), as_of: false })
}

/// The tile of a key that names readings.
pub async fn with_measured(
    state: &Serving,
    city: &Arc<City>,
    layers: &[Arc<Layer>],
    key: Key,
) -> Result<Tile, Problem> {
    let Some(measured) = key.measured else { return drawn(state, city, layers, key).await };
    if let Some(tile) = state.cache.get(&key) {
        metrics::counter!("citylayers_tiles_total", "outcome" => "cached").increment(1);
        return Ok(tile);
    }
    let bare = Key { measured: None, encoding: Encoding::Identity, ..key.clone() };
    if measured.as_of {
        return as_of(state, city, layers, (key, bare), measured.at).await;
    }
    let tile = drawn(state, city, layers, bare).await?;
    if tile.bytes.is_empty() {
        return Ok(tile);
    }
    let (cache, atlas, layers) = (state.cache.clone(), Arc::clone(city.atlas()), layers.to_vec());
    let (encoding, coord) = (key.encoding, key.coord);
    let lay = move || {
        cache.get_or_draw(key, || {
            let bytes = laid(&atlas, &layers, &tile.bytes, coord, measured.at);
            Tile { bytes: pack(&bytes, encoding), left_out: tile.left_out.clone() }
        })
    };
    metrics::counter!("citylayers_tiles_total", "outcome" => "measured").increment(1);
    state.work(lay).await
}

/// The tile of a key with what was measured at a moment, see [`super::as_of`]. `bare` is the key of the same without readings.
async fn as_of(
    state: &Serving,
    city: &Arc<City>,
    layers: &[Arc<Layer>],
    (key, bare): (Key, Key),
    at: i64,
) -> Result<Tile, Problem> {
    let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
    let mut moments = Vec::new();
    for layer in layers.iter().filter(|layer| layer.is_observed()) {
        moments.push((Arc::clone(layer), state.as_of.moment(state, city, layer, at).await?));
    }
    let indexes = moments.iter().filter_map(|(layer, moment)| Some((layer.id.clone(), moment.index.clone()?)));
    let indexes: BTreeMap<LayerId, Arc<LayerIndex>> = indexes.collect();
    let tile = if indexes.is_empty() {
        drawn(state, city, layers, bare).await?
    } else {
        drawn_at(state, city, layers, bare, indexes).await?
    };
    if tile.bytes.is_empty() {
        return Ok(tile);
    }
    let cache = state.cache.clone();
    let (encoding, coord) = (key.encoding, key.coord);
    let lay = move || {
        cache.get_or_draw(key, || {
            let mut bytes = Cow::Borrowed(&*tile.bytes);
            for (layer, moment) in moments.iter().filter(|(layer, _)| !layer.observed.is_empty()) {
                bytes = laid_over(&bytes, layer, &moment.present, coord, at).into();
            }
            Tile { bytes: pack(&bytes, encoding), left_out: tile.left_out.clone() }
        })
    };
    metrics::counter!("citylayers_tiles_total", "outcome" => "measured").increment(1);
    state.work(lay).await
}

/// The bytes of a tile with what is known of its features. Ages are of the moment `at`, and never less than 0.
fn laid(atlas: &Atlas, layers: &[Arc<Layer>], tile: &[u8], coord: TileCoord, at: i64) -> Vec<u8> {
    let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
    let mut tile = Cow::Borrowed(tile);
    for layer in layers.iter().filter(|layer| !layer.observed.is_empty()) {
        let Some(present) = atlas.present(&layer.id) else { continue };
        tile = laid_over(&tile, layer, &present, coord, at).into();
    }
    tile.into_owned()
}
