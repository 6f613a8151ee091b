//! Readings on their way through the write door: many callers, one commit.
//!
//! Keeping one reading costs a transaction, and keeping a thousand costs little more. So whoever comes first takes along what others
//! brought while the commit before was under way, and all are answered when it is durable.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::{City, CityError};
use crate::geo::Geometry;
use crate::index::Atlas;
use crate::model::{Change, Feature, FeatureId, Observations, Relocation, Revision};
use crate::store::StoreError;

/// What the next commit takes along, and who waits for it.
pub(super) type Waiting = Vec<(Observations, Answer)>;

type Answer = oneshot::Sender<Result<Revision, Arc<CityError>>>;

impl City {
    /// Keeps readings of one layer. When it returns they are durable, and what of them is new is seen by the next reader. A place moves
    /// a feature of a layer that moves, if it is newer than the last. Once begun it must come to its end, as [`City::commit`].
    pub async fn observe(&self, observations: Observations) -> Result<Revision, Arc<CityError>> {
        let (answer, mut answered) = oneshot::channel();
        self.waiting.lock().push((observations, answer));
        let unanswered = |_gone| Err(Arc::new(CityError::Unanswered));
        // Whoever was taken along by somebody before goes, and does not queue up for the door.
        tokio::select! {
            biased;
            done = &mut answered => return done.unwrap_or_else(unanswered),
            _writing = self.writing.lock() => self.keep_what_waits().await,
        }
        answered.await.unwrap_or_else(unanswered)
    }

    /// To be called inside the door. Where the store refuses readings of many, each is tried alone: what is wrong with one is not
    /// everybody's. A store that is busy or gone is not asked again for each.
    async fn keep_what_waits(&self) {
        let brought = std::mem::take(&mut *self.waiting.lock());
        let alone: Vec<Observations> = brought.iter().map(|(readings, _)| readings.clone()).collect();
        let together = self.keep(alone.clone()).await;
        let many = brought.len() > 1;
        for ((_, answer), readings) in brought.into_iter().zip(alone) {
            let kept = match &together {
                Err(error) if many && is_refused(error) => self.keep(vec![readings]).await,
                kept => kept.clone(),
            };
            let _nobody_waits = answer.send(kept);
        }
    }

    async fn keep(&self, readings: Vec<Observations>) -> Result<Revision, Arc<CityError>> {
        if readings.is_empty() {
            return Ok(Revision::default());
        }
        let atlas = Arc::clone(&self.atlas);
        let changes = spawn_blocking(move || changes(&atlas, readings)).await;
        let changes = changes.map_err(|error| Arc::new(CityError::Index(error)))?;
        self.write(changes).await.map(|committed| committed.revision).map_err(Arc::new)
    }

    /// Forgets readings that their layers keep no longer, as what is measured now as well. `now` is the present moment.
    pub async fn forget(&self, now: DateTime<Utc>) -> Result<(), CityError> {
        for layer in &self.layers {
            if let Some(before) = layer.kept_since(now) {
                self.store.forget(&layer.id, before).await?;
                let (atlas, id) = (Arc::clone(&self.atlas), layer.id.clone());
                spawn_blocking(move || atlas.forget(&id, before)).await?;
            }
        }
        Ok(())
    }
}

fn is_refused(error: &Arc<CityError>) -> bool {
    error.is_overtaken() || matches!(**error, CityError::Store(StoreError::Refused { .. }))
}

/// One change a layer, and the features that have moved.
fn changes(atlas: &Atlas, readings: Vec<Observations>) -> Vec<Change> {
    let mut changes = Vec::new();
    for observations in Observations::joined(readings) {
        changes.extend(moved(atlas, &observations));
        changes.push(Change::Observe(Arc::new(observations)));
    }
    changes
}

/// Where features are now, of those that were told to be elsewhere.
fn moved(atlas: &Atlas, observations: &Observations) -> Vec<Change> {
    let layer = observations.layer();
    let known = layer.moving.then(|| atlas.layer(&layer.id).zip(atlas.present(&layer.id))).flatten();
    let Some((index, present)) = known else { return Vec::new() };
    let mut places: HashMap<&str, (DateTime<Utc>, [f64; 2])> = HashMap::new();
    for reading in observations.list() {
        let Some(position) = reading.position else { continue };
        let id = reading.feature.as_str();
        let newer = places.get(id).is_none_or(|(time, _)| *time < reading.time);
        if newer && present.is_newer_place(id, reading.time) {
            places.insert(id, (reading.time, position));
        }
    }
    let relocated = |(id, (at, to)): (&str, (DateTime<Utc>, [f64; 2]))| {
        let id = FeatureId::new(id).filter(|id| index.contains(id.as_str()))?;
        Some(Change::Move(Relocation { layer: layer.id.clone(), id, to, at }))
    };
    places.into_iter().filter_map(relocated).collect()
}

/// Features that move, put where they are now: with the properties that are known here. Another node may have told of them since.
pub(super) fn put(atlas: &Atlas, mut changes: Vec<Change>) -> Vec<Change> {
    let moved = |change: &Change| {
        let Change::Move(relocation) = change else { return None };
        let (index, id) = (atlas.layer(&relocation.layer)?, relocation.id.as_str());
        let is_newer = atlas.present(&relocation.layer).is_none_or(|known| known.is_newer_place(id, relocation.at));
        let feature = index.get(id).filter(|_| is_newer)?;
        Some(Change::Put(Feature { geometry: Geometry::Point(geo_types::Point::from(relocation.to)), ..feature }))
    };
    for change in &mut changes {
        if let Some(put) = moved(change) {
            *change = put;
        }
    }
    changes
}
