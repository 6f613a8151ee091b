//! What was measured at a moment of the past, as tiles show it (`datetime=`).
//!
//! The readings of a moment are read from the store once for all tiles that ask for it, and again when a late one comes. Features are as
//! they are now; those of a layer that moves are where they were.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{OnceCell, Semaphore};

use super::error::Problem;
use super::parameters::{Parameters, wrong};
use super::serving::State;
use crate::city::City;
use crate::geo::Geometry;
use crate::index::present::Present;
use crate::index::{Atlas, LayerIndex};
use crate::model::{Layer, LayerId, Observation, Rows, Version};

/// Bytes of readings that are kept, and as many of what is made of them.
const ROOM: u64 = 64 << 20;

/// Bytes of a reading, or of what is known of a feature, about.
const WEIGHT: usize = 160;

/// Moments that are read from the store at once: the others wait, and writers are not slowed by many who look back.
const READERS: usize = 2;

/// Readings of other nodes of a store may come unheard: what was read is read again after so long.
const TRUST: Duration = Duration::from_mins(1);

/// How far in the future a moment may be: clocks differ, as in readings.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// A moment of a layer, as of a version of its readings.
type ReadKey = (LayerId, DateTime<Utc>, Version);

/// The same, as of a version of its features.
type ShownKey = (ReadKey, Version);

/// Made once for all who wait for it.
type Once<T> = Arc<OnceCell<Arc<T>>>;

/// Moments that were asked for lately.
pub struct AsOf {
    read: moka::sync::Cache<ReadKey, Once<Vec<Observation>>>,
    shown: moka::sync::Cache<ShownKey, Once<Moment>>,
    reading: Semaphore,
}

/// A layer at a moment.
pub struct Moment {
    /// What was measured up to then.
    pub present: Present,
    /// Of a layer that moves: its features where they were.
    pub index: Option<Arc<LayerIndex>>,
}

impl Default for AsOf {
    fn default() -> Self {
        let weight = |count: usize| u32::try_from(count * WEIGHT + 200).unwrap_or(u32::MAX);
        let read = moka::sync::Cache::builder()
            .max_capacity(ROOM)
            .weigher(move |_: &ReadKey, of: &Once<Vec<Observation>>| weight(of.get().map_or(0, |list| list.len())))
            .time_to_live(TRUST)
            .build();
        let shown = moka::sync::Cache::builder()
            .max_capacity(ROOM)
            .weigher(move |_: &ShownKey, of: &Once<Moment>| weight(of.get().map_or(0, |moment| moment.weight())))
            .time_to_live(TRUST)
            .build();
        Self { read, shown, reading: Semaphore::new(READERS) }
    }
}

impl Moment {
    fn weight(&self) -> usize {
        self.present.slots().len() + self.index.as_ref().map_or(0, |index| 2 * index.len())
    }
}

/// The moment that a query asks for. `layers` are those of the tile: something of one of them must be measured.
pub fn moment(query: &str, layers: &[Arc<Layer>], now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Problem> {
    if !query.contains("datetime") {
        return Ok(None);
    }
    let Some(text) = Parameters::parse(query)?.text("datetime") else { return Ok(None) };
    // A `+` that was not written as `%2B` has become a blank.
    let at = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).map_err(|error| {
        wrong("datetime", &text, format!("{error}: a tile shows one moment, 2026-11-21T10:00:00+07:00 (RFC 3339)"))
    })?;
    let at = at.with_timezone(&Utc);
    if at > now + AHEAD {
        return Err(wrong("datetime", &text, "it is in the future, of which nothing was measured"));
    }
    if !layers.iter().any(|layer| layer.is_observed()) {
        let names: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
        let message = format!("nothing is measured in {}: leave it away to see the present", names.join(", "));
        return Err(wrong("datetime", &text, message));
    }
    Ok(Some(at))
}

/// The version since which these layers look as they do at a moment.
pub fn version(city: &City, layers: &[Arc<Layer>], at: DateTime<Utc>) -> Version {
    let atlas = city.atlas();
    let of = |layer: &Arc<Layer>| {
        let read = atlas.moment_version(&layer.id, at);
        // Where a feature was then is not told by where it is changed now; nor does a group tell where its features are.
        if layer.moving || layer.cluster.is_some() { read.max(atlas.layer_version(&layer.id)) } else { read }
    };
    layers.iter().filter(|layer| layer.is_observed()).map(of).max().unwrap_or_default()
}

impl AsOf {
    /// A layer at a moment.
    pub async fn moment(
        &self,
        state: &State,
        city: &Arc<City>,
        layer: &Arc<Layer>,
        at: DateTime<Utc>,
    ) -> Result<Arc<Moment>, Problem> {
        let atlas = city.atlas();
        let key: ReadKey = (layer.id.clone(), at, atlas.moment_version(&layer.id, at));
        let shown_key = (key.clone(), atlas.layer_version(&layer.id));
        let once = self.shown.get_with(shown_key.clone(), Once::default);
        if let Some(moment) = once.get() {
            return Ok(Arc::clone(moment));
        }
        let moment = once
            .get_or_try_init(|| async {
                let readings = self.readings(city, layer, at, key).await?;
                let (atlas, layer) = (Arc::clone(atlas), Arc::clone(layer));
                state.work(move || Arc::new(moment_of(&atlas, &layer, &readings))).await
            })
            .await?;
        let moment = Arc::clone(moment);
        self.shown.insert(shown_key, once); // weighed anew
        Ok(moment)
    }

    async fn readings(
        &self,
        city: &City,
        layer: &Layer,
        at: DateTime<Utc>,
        key: ReadKey,
    ) -> Result<Arc<Vec<Observation>>, Problem> {
        let once = self.read.get_with(key.clone(), Once::default);
        let kept = once
            .get_or_try_init(|| async {
                let _permit = self.reading.acquire().await.map_err(|_closed| Problem::Internal)?;
                let mut list = city.newest_at(&layer.id, at).await.map_err(|error| {
                    tracing::error!(%error, layer = %layer.id, "a moment of the past could not be read");
                    Problem::Internal
                })?;
                // What is forgotten soon is forgotten already.
                if let Some(oldest) = layer.kept_since(Utc::now()) {
                    list.retain(|reading| reading.time >= oldest);
                }
                Ok::<_, Problem>(Arc::new(list))
            })
            .await?;
        let kept = Arc::clone(kept);
        self.read.insert(key, once);
        Ok(kept)
    }
}

fn moment_of(atlas: &Atlas, layer: &Layer, readings: &[Observation]) -> Moment {
    let now = atlas.layer(&layer.id);
    let index = now.as_ref().filter(|_| layer.moving).map(|now| Arc::new(placed(atlas, now, readings)));
    let mut present = Present::new(layer);
    let whereabouts = |id: &str| index.as_ref().or(now.as_ref()).and_then(|index| index.whereabouts(id));
    for reading in readings {
        let _known = present.learn(layer, reading, &whereabouts);
    }
    Moment { present, index }
}

/// The features of a layer that moves where these readings tell that they were. One that was told to be somewhere only later is left
/// out; one that was never told to be anywhere is where it is.
fn placed(atlas: &Atlas, now: &LayerIndex, readings: &[Observation]) -> LayerIndex {
    let mut places: HashMap<&str, (DateTime<Utc>, [f64; 2])> = HashMap::new();
    for reading in readings {
        let Some(position) = reading.position else { continue };
        let known = places.entry(reading.feature.as_str()).or_insert((reading.time, position));
        if known.0 < reading.time {
            *known = (reading.time, position);
        }
    }
    let present = atlas.present(&now.layer().id);
    let mut rows = Rows::new(Arc::clone(now.layer()));
    for found in now.all() {
        for &row in &found.numbers {
            let row = row as usize;
            let id = found.rows.id(row);
            let was_told =
                || present.as_ref().and_then(|present| present.of(id)).is_some_and(|slot| slot.placed.is_some());
            match places.get(id) {
                Some((_, [lon, lat])) => {
                    let place = Geometry::Point(geo_types::Point::new(*lon, *lat));
                    rows.push(id, &place, found.rows.values(row));
                }
                None if was_told() => {}
                None => rows.push_row_of(&found.rows, row),
            }
        }
    }
    drop(present);
    rows.finish();
    LayerIndex::new(&rows)
}
