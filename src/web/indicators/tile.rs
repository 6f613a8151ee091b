//! Units that carry an indicator on their tiles: the drawn tile with `value`, `class` and `converted` laid over its bytes.

use std::sync::Arc;

use super::painted::{self, Painted};
use super::{Choice, named};
use crate::city::City;
use crate::model::Layer;
use crate::tile::Format;
use crate::tile::cache::{Indicated, Key, Tile};
use crate::tile::packing::{Encoding, pack};
use crate::tile::readings::{Laid, Over, with_laid};
use crate::web::error::Problem;
use crate::web::measured::with_measured;
use crate::web::parameters::{Parameters, wrong};
use crate::web::serving::{Serving, State};

/// The names of what a unit carries.
const NAMES: [&str; 3] = ["value", "class", "converted"];

/// What a tile is asked to carry.
#[derive(Clone, Debug)]
pub struct Wanted {
    choice: Choice,
    key: Indicated,
}

impl Wanted {
    /// What makes its tile different from another's.
    #[must_use]
    pub fn key(&self) -> Indicated {
        self.key.clone()
    }
}

/// Which indicator the query of a tile of these layers asks for; `None` where it asks for none. Of other parameters nothing is said.
pub fn indicated(query: &str, state: &State, layers: &[Arc<Layer>], format: Format) -> Result<Option<Wanted>, Problem> {
    if !query.split('&').any(|pair| pair.starts_with("indicator=")) {
        return Ok(None);
    }
    let mut parameters = Parameters::parse(query)?;
    let name = parameters.text("indicator").unwrap_or_default();
    let indicator = named(state, &name).ok_or_else(|| wrong("indicator", &name, "GET /indicators lists them"))?;
    if !layers.iter().any(|layer| layer.id == indicator.layer) {
        let meant = format!("it tells of `{}`, which is not among the layers of the tile", indicator.layer);
        return Err(wrong("indicator", &name, meant));
    }
    if format != Format::Mvt {
        return Err(wrong("indicator", &name, "only MVT carries it: ask for .mvt"));
    }
    let choice = Choice::read(&mut parameters, state, indicator)?;
    let version = painted::version(state.city()?.atlas(), &choice.indicator.layer);
    let key = Indicated { choice: choice.key().into(), version };
    Ok(Some(Wanted { choice, key }))
}

/// The tile of a key that may name an indicator.
pub async fn with_indicated(
    state: &Serving,
    city: &Arc<City>,
    layers: &[Arc<Layer>],
    key: Key,
    wanted: Option<Wanted>,
) -> Result<Tile, Problem> {
    let Some(Wanted { choice, key: Indicated { version, .. } }) = wanted else {
        return with_measured(state, city, layers, key).await;
    };
    if let Some(tile) = state.cache.get(&key) {
        metrics::counter!("citylayers_tiles_total", "outcome" => "cached").increment(1);
        return Ok(tile);
    }
    let bare = Key { indicated: None, encoding: Encoding::Identity, ..key.clone() };
    let tile = with_measured(state, city, layers, bare).await?;
    if tile.bytes.is_empty() {
        return Ok(tile);
    }
    let (shared, city) = (state.clone(), Arc::clone(city));
    let lay = move || {
        let encoding = key.encoding;
        shared.cache.get_or_draw(key, || {
            let painted = painted::now(&shared, &city, choice, version);
            let bytes = laid(&painted, &tile.bytes);
            Tile { bytes: pack(&bytes, encoding), left_out: tile.left_out.clone() }
        })
    };
    metrics::counter!("citylayers_tiles_total", "outcome" => "indicated").increment(1);
    state.work(lay).await
}

/// The bytes of a tile with what is told of its units. An incomplete value is none.
fn laid(painted: &Painted, tile: &[u8]) -> Vec<u8> {
    let units = painted.choice.indicator.layer.as_str().as_bytes();
    with_laid(tile, |name| {
        if name != units {
            return None;
        }
        let of = |id: u64, values: &mut [Option<Laid>]| {
            let Some((unit, figure)) = painted.of_tile_id(id).and_then(|unit| Some((unit, unit.figure?))) else {
                return;
            };
            let class = painted.class_of(unit).and_then(|class| u64::try_from(class).ok());
            let all =
                [unit.value().map(Laid::Real), class.map(Laid::Whole), figure.converted.map(|_| Laid::Boolean(true))];
            values.copy_from_slice(&all);
        };
        let over: Over<'_> = (NAMES.to_vec(), Box::new(of));
        Some(over)
    })
}
