//! What becomes of messages: judged together, kept together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep};

use super::wire::{Heard, Payload};
use crate::city::City;
use crate::ingest::members::Told;
use crate::ingest::message::{self, Message};
use crate::ingest::reading::{Judged, Known, ReadingReason, Untimed, Verdict, gather};
use crate::ingest::refusals::{Refusals, Way};
use crate::model::{Layer, Observations};

/// The first wait before the store is tried again, and the longest.
const WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// Portions on their way at once.
pub(super) const PORTIONS: usize = 8;

/// Where portions of messages are judged and kept.
pub(super) struct Line {
    portions: mpsc::Sender<(Arc<Vec<Heard>>, oneshot::Sender<()>)>,
    working: JoinSet<()>,
}

impl Line {
    /// Sends a portion on its way, of which there may be [`PORTIONS`]. The word comes when all of its messages are dealt with for ever:
    /// durable, or refused and remembered; an error, when they never will be.
    pub(super) fn send(&self, messages: Arc<Vec<Heard>>) -> oneshot::Receiver<()> {
        let (word, kept) = oneshot::channel();
        // Where there is no room the word is dropped, and the session ends.
        let _sent = self.portions.try_send((messages, word));
        kept
    }

    /// Ends when everything is kept that is on its way.
    pub(super) async fn finish(self) {
        drop(self.portions);
        self.working.join_all().await;
    }
}

/// Keeps the readings of messages in a city.
#[derive(Clone)]
pub struct Keeper {
    city: Arc<City>,
    layers: Arc<HashMap<String, Arc<Layer>>>,
    refusals: Arc<Refusals>,
    untimed: Arc<Untimed>,
}

impl Keeper {
    /// For all layers of a city: who may send to its broker may tell of any of them.
    #[must_use]
    pub fn new(city: Arc<City>, refusals: Arc<Refusals>) -> Self {
        let layers = city.layers().iter().map(|layer| (layer.id.to_string(), Arc::clone(layer))).collect();
        Self { city, layers: Arc::new(layers), refusals, untimed: Arc::default() }
    }

    /// Begins to judge and to keep, until the line is dropped: portions one after another in their order, so that of two readings the
    /// later one stays the later one. While some are written those after them are judged.
    pub(super) fn line(&self) -> Line {
        let (portions, mut coming) = mpsc::channel::<(Arc<Vec<Heard>>, oneshot::Sender<()>)>(PORTIONS);
        let (judged, mut waiting) = mpsc::channel(PORTIONS);
        let mut working = JoinSet::new();
        let (judging, keeping) = (self.clone(), self.clone());
        working.spawn(async move {
            while let Some((messages, kept)) = coming.recv().await {
                let own = judging.clone();
                // A defect ends the line: nothing that was not judged is acknowledged.
                let Ok(readings) = spawn_blocking(move || own.judged(&messages)).await else { return };
                if judged.send((readings, kept)).await.is_err() {
                    return;
                }
            }
        });
        working.spawn(async move {
            let mut some = Vec::new();
            while waiting.recv_many(&mut some, PORTIONS).await > 0 {
                let (readings, words): (Vec<_>, Vec<_>) = some.drain(..).unzip();
                keeping.keep(&Observations::joined(readings.into_iter().flatten())).await;
                for word in words {
                    let _nobody_listens = word.send(());
                }
            }
        });
        Line { portions, working }
    }

    /// When it returns they are durable. As long as the store fails it tries again.
    async fn keep(&self, readings: &[Observations]) {
        let (mut since, mut wait) = (None, WAITS[0]);
        while let Err(error) = self.observe(readings).await {
            metrics::counter!("citylayers_mqtt_not_kept_total").increment(1);
            if since.is_none() {
                tracing::error!(error, "readings could not be kept; they are not acknowledged, and are tried again");
            }
            since.get_or_insert_with(Instant::now);
            sleep(wait).await;
            wait = (wait * 2).min(WAITS[1]);
        }
        if let Some(since) = since {
            tracing::info!(seconds = since.elapsed().as_secs(), "readings are kept again");
        }
    }

    /// Each in a task of its own, which comes to its end when the session is gone.
    async fn observe(&self, readings: &[Observations]) -> Result<(), String> {
        let kept = readings.iter().cloned().map(|observations| {
            let city = Arc::clone(&self.city);
            tokio::spawn(async move { city.observe(observations).await })
        });
        for kept in join_all(kept).await {
            kept.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn judged(&self, messages: &[Heard]) -> Vec<Observations> {
        let now = Utc::now();
        let layer = |name: &str| self.layers.get(name).cloned();
        let has =
            |layer: &Layer, id: &str| self.city.atlas().layer(&layer.id).is_some_and(|index| index.found(id).is_some());
        let known = Known { layer: &layer, has: &has, now, untimed: &self.untimed };
        let name = |index: usize| messages.get(index).map(|heard| String::from_utf8_lossy(&heard.topic).into_owned());
        let mut left_out = 0;
        let judged = gather(messages.iter().map(|heard| {
            let told = judge(heard, &known)?;
            left_out += told.left_out as u64;
            Ok((told.layer, Some(told.observation)))
        }));
        let Judged { taken, accepted, refused, .. } = judged.named(name);
        self.refusals.remember(now, Way::Mqtt, &refused);
        for (outcome, count) in [("accepted", accepted), ("refused", refused.len())] {
            metrics::counter!("citylayers_observations_total", "outcome" => outcome, "way" => Way::Mqtt.as_str())
                .increment(count as u64);
        }
        if left_out > 0 {
            metrics::counter!("citylayers_observations_left_out_total", "way" => Way::Mqtt.as_str())
                .increment(left_out);
        }
        taken
    }
}

fn judge(heard: &Heard, known: &Known<'_>) -> Verdict<Told> {
    let unreadable = |message: String| (ReadingReason::Unreadable, message);
    let topic =
        std::str::from_utf8(&heard.topic).map_err(|error| unreadable(format!("the topic is no text: {error}")))?;
    let payload = match &heard.payload {
        Payload::Whole(payload) => payload,
        Payload::TooLong { bytes, most } => {
            return Err(unreadable(format!("no reading: the message has {bytes} bytes, more than {most}")));
        }
    };
    let message = Message { topic, payload, retained: heard.retained };
    message::judge(&message, known)
}
