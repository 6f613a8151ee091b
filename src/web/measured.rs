//! A tile with what is measured now. The drawn tile is taken from the cache as it is; readings are laid over its bytes.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::draw::drawn;
use super::error::Problem;
use super::serving::Serving;
use crate::city::City;
use crate::geo::TileCoord;
use crate::index::Atlas;
use crate::model::{Layer, Version};
use crate::tile::Format;
use crate::tile::cache::{Key, Measured, Tile};
use crate::tile::packing::{Encoding, pack};
use crate::tile::readings::{Readings, with_readings};

/// Seconds for which ages are told as they were: a tile that is asked for again then is the same.
const STILL: i64 = 60;

/// What readings a tile of these layers shows; `None` where none of its features was ever measured. Only MVT carries readings.
pub fn measured(city: &City, layers: &[Arc<Layer>], coord: TileCoord, format: Format) -> Option<Measured> {
    if format != Format::Mvt {
        return None;
    }
    let observed = layers.iter().filter(|layer| !layer.observed.is_empty());
    let version = observed.map(|layer| city.atlas().readings_version(&layer.id, coord)).max()?;
    let now = Utc::now().timestamp();
    (version > Version::default()).then_some(Measured { version, at: now - now.rem_euclid(STILL) })
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
    let tile = drawn(state, city, layers, bare).await?;
    if tile.bytes.is_empty() {
        return Ok(tile);
    }
    let (cache, atlas, layers) = (state.cache.clone(), Arc::clone(city.atlas()), layers.to_vec());
    let encoding = key.encoding;
    let lay = move || {
        cache.get_or_draw(key, || {
            let bytes = laid(&atlas, &layers, &tile.bytes, measured.at);
            Tile { bytes: pack(&bytes, encoding), left_out: tile.left_out.clone() }
        })
    };
    metrics::counter!("citylayers_tiles_total", "outcome" => "measured").increment(1);
    state.work(lay).await
}

/// The bytes of a tile with what is known of its features. Ages are of the moment `at`, and never less than 0.
fn laid(atlas: &Atlas, layers: &[Arc<Layer>], tile: &[u8], at: i64) -> Vec<u8> {
    let at = DateTime::from_timestamp(at, 0).unwrap_or_default();
    let mut tile = std::borrow::Cow::Borrowed(tile);
    for layer in layers.iter().filter(|layer| !layer.observed.is_empty()) {
        let Some(present) = atlas.present(&layer.id) else { continue };
        let of = |id: u64, values: &mut [Option<f64>]| {
            let slot = present.of_tile_id(id)?;
            for (value, known) in values.iter_mut().zip(&slot.values) {
                *value = known.map(|(_, value)| value);
            }
            let age = at - slot.values.iter().flatten().map(|(time, _)| *time).max()?;
            Some(u64::try_from(age.num_seconds()).unwrap_or_default())
        };
        tile = with_readings(&tile, &[Readings { layer, of: &of }]).into();
    }
    tile.into_owned()
}
