//! Rules and alerts on their way through the write door: what follows from a commit is kept with it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::{City, CityError, Committed};
use crate::live::News;
use crate::model::alert::{ALERTS, Deed, DeedError};
use crate::model::{Alert, Change, Document, DocumentKind, Layer, LayerId};
use crate::rules::{Cause, Draft, Message};
use crate::store::Keys;

/// How often something is judged anew since another node was faster with an alert.
pub(super) const TRIES: usize = 10;

/// Messages that are read at once.
const TOGETHER: u32 = 100;

/// A message that waits to be delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Its name in the store.
    pub key: String,
    /// What is sent.
    pub message: Message,
}

impl City {
    pub(super) fn alerts_layer(&self) -> Option<&Arc<Layer>> {
        self.layers.iter().find(|layer| layer.id.as_str() == ALERTS)
    }

    /// Alerts as they are kept, by their ids.
    pub async fn alerts(&self, kind: DocumentKind, ids: Keys) -> Result<Vec<Alert>, CityError> {
        let found = self.store.documents(kind, ids).await?;
        Ok(found.iter().filter_map(|(key, body)| read("alert", key, body)).collect())
    }

    /// The alerts that are open.
    #[must_use]
    pub fn open_alerts(&self) -> Vec<Arc<Alert>> {
        self.rules.read().open().cloned().collect()
    }

    /// One of them.
    #[must_use]
    pub fn open_alert(&self, id: &str) -> Option<Arc<Alert>> {
        self.rules.read().alert(id).cloned()
    }

    /// What follows from changes by the rules, beside them. To be called inside the door.
    async fn judged(&self, mut changes: Vec<Change>) -> Result<(Vec<Change>, Option<Draft>), CityError> {
        if !self.rules.read().watches(&changes) {
            return Ok((changes, None));
        }
        let (rules, atlas) = (Arc::clone(&self.rules), Arc::clone(&self.atlas));
        let (judged, draft) = spawn_blocking(move || {
            let draft = rules.read().judge(&changes, &atlas, Utc::now());
            (std::mem::take(&mut changes), draft)
        })
        .await?;
        Ok((judged, Some(draft)))
    }

    /// Keeps changes with what follows from them by the rules. Where another node was faster with one of the alerts, its word is heard, and
    /// all is judged again. To be called inside the door.
    pub(super) async fn judge_and_keep(&self, mut changes: Vec<Change>) -> Result<Committed, CityError> {
        let mut tries = 0;
        loop {
            let (own, draft) = self.judged(changes).await?;
            let Some(told) = draft.as_ref().filter(|draft| !draft.is_empty()) else {
                return self.keep_judged(own, draft).await;
            };
            let all = self.with_alerts(own.clone(), told);
            match self.keep_judged(all, draft).await {
                Err(error) if error.is_overtaken() && tries < TRIES => tries += 1,
                kept => return kept,
            }
            changes = own;
            self.hear_inside().await?;
        }
    }

    pub(super) fn with_alerts(&self, mut changes: Vec<Change>, draft: &Draft) -> Vec<Change> {
        if let Some(layer) = self.alerts_layer().filter(|_| !draft.is_empty()) {
            changes.extend(draft.changes(layer));
        }
        changes
    }

    /// Takes in what has been kept, and says what is told of it. To be called inside the door.
    pub(super) fn learn_draft(&self, draft: Draft) -> Vec<News> {
        let news = draft.alerts().cloned().map(|alert| News::Alert(Arc::new(alert))).collect();
        let has_messages = !draft.messages().is_empty();
        self.rules.write().learn(draft);
        if has_messages {
            self.outgoing.send_replace(());
        }
        news
    }

    async fn keep_draft(&self, draft: Draft) -> Result<Option<Committed>, CityError> {
        if draft.is_empty() {
            self.rules.write().learn(draft);
            return Ok(None);
        }
        let changes = self.with_alerts(Vec::new(), &draft);
        self.keep_judged(changes, Some(draft)).await.map(Some)
    }

    /// Whether this city, of all on the same store, is the one that does what only one may do: what time brings to alerts, and their
    /// messages.
    pub async fn leads(&self) -> Result<bool, CityError> {
        Ok(self.store.leads().await?)
    }

    /// Does what time alone brings: silence, steps that are late, alerts that are over; and looks at values of indicators. To be called
    /// each second.
    pub async fn tick(&self, now: DateTime<Utc>) -> Result<(), CityError> {
        let leads = self.leads().await?;
        let led = self.led.swap(leads, Ordering::AcqRel);
        if !leads {
            self.rules.write().pass(now);
            return Ok(());
        }
        if !led {
            let _writing = self.writing.lock().await;
            let (rules, atlas) = (Arc::clone(&self.rules), Arc::clone(&self.atlas));
            spawn_blocking(move || rules.write().take_over(None, &atlas, now)).await?;
        }
        if !self.rules.read().is_due(&self.atlas, now) {
            return Ok(());
        }
        let _writing = self.writing.lock().await;
        // The door may have been shut for longer than another node waits.
        if !self.leads().await? {
            return Ok(());
        }
        self.hear_inside().await?;
        let (rules, atlas) = (Arc::clone(&self.rules), Arc::clone(&self.atlas));
        let draft = spawn_blocking(move || rules.read().tick(&atlas, now)).await?;
        match self.keep_draft(draft).await {
            // The next tick sees what another node did.
            Err(error) if error.is_overtaken() => Ok(()),
            kept => kept.map(|_| ()),
        }
    }

    /// Does what somebody does about an alert; `None` when none of that id is open.
    pub async fn act(
        &self,
        id: &str,
        deed: &Deed,
        by: &str,
        note: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<Result<(), DeedError>>, CityError> {
        let _writing = self.writing.lock().await;
        let mut tries = 0;
        loop {
            // What somebody did about it on another node comes first.
            self.hear_inside().await?;
            let acted = self.rules.read().act(id, deed, by, note, (&self.atlas, now));
            let draft = match acted {
                None => return Ok(None),
                Some(Err(error)) => return Ok(Some(Err(error))),
                Some(Ok(draft)) => draft,
            };
            match self.keep_draft(draft).await {
                Err(error) if error.is_overtaken() && tries < TRIES => tries += 1,
                kept => return kept.map(|_| Some(Ok(()))),
            }
        }
    }

    /// To be called inside the door.
    async fn keep_document(&self, kind: DocumentKind, key: &str, body: Option<String>) -> Result<(), CityError> {
        if let Some(document) = self.document(kind, key, body) {
            self.keep_judged(vec![document], None).await?;
        }
        Ok(())
    }

    /// A document, where there is the layer that it belongs to.
    pub(super) fn document(&self, kind: DocumentKind, key: &str, body: Option<String>) -> Option<Change> {
        let layer = self.alerts_layer()?.id.clone();
        Some(Change::Document(Arc::new(Document { layer, kind, key: key.to_owned(), body, follows: None })))
    }

    /// Messages that are not delivered yet, in the order in which they are sent: to one webhook, or to all, behind a key. Some of them:
    /// where more may wait the key behind which these are comes along. However long a receiver was away, they are never all in memory.
    pub async fn messages(
        &self,
        webhook: Option<&str>,
        after: &str,
    ) -> Result<(Vec<Outgoing>, Option<String>), CityError> {
        let first = webhook.map(Message::keys).unwrap_or_default();
        let keys = Keys::Next { first, after: after.to_owned(), most: TOGETHER };
        let found = self.store.documents(DocumentKind::Message, keys).await?;
        let next = found.last().filter(|_| found.len() == TOGETHER as usize).map(|(key, _)| key.clone());
        let waiting = found.into_iter().filter_map(|(key, body)| {
            let message = read("message", &key, &body)?;
            Some(Outgoing { key, message })
        });
        Ok((waiting.collect(), next))
    }

    /// Rings whenever there may be a message to deliver.
    #[must_use]
    pub fn outgoing(&self) -> watch::Receiver<()> {
        self.outgoing.subscribe()
    }

    /// A message was delivered, or given up.
    pub async fn settled(&self, outgoing: &Outgoing) -> Result<(), CityError> {
        let _writing = self.writing.lock().await;
        self.keep_document(DocumentKind::Message, &outgoing.key, None).await
    }

    /// Remembers under the rules what others brought, before it is taken in, and their alerts: none comes of it here. To be called
    /// inside the door.
    pub(super) async fn overhear(&self, changes: Vec<Change>, alerts: &[Arc<Alert>]) -> Result<Vec<Change>, CityError> {
        let heard: Vec<Alert> = alerts.iter().map(|alert| Alert::clone(alert)).collect();
        let watched = self.rules.read().watches(&changes);
        if !watched && heard.is_empty() {
            return Ok(changes);
        }
        let (rules, atlas) = (Arc::clone(&self.rules), Arc::clone(&self.atlas));
        let overheard = spawn_blocking(move || {
            let draft = rules.read().judge(&changes, &atlas, Utc::now());
            rules.write().overhear(draft, heard, &atlas, Utc::now());
            changes
        });
        let changes = overheard.await?;
        // Their messages may be this node's to deliver.
        self.outgoing.send_replace(());
        Ok(changes)
    }

    /// Lets the rules look anew at a layer that was read again as a whole. To be called inside the door.
    pub(super) async fn rules_of_reloaded(&self, id: &LayerId) -> Result<(), CityError> {
        let now = Utc::now();
        let (rules, atlas) = (Arc::clone(&self.rules), Arc::clone(&self.atlas));
        if id.as_str() == ALERTS {
            let (open, muted) = self.open_and_muted().await?;
            let known = self.rules();
            let engine = spawn_blocking(move || rules.read().with(known, open, muted, &atlas, now)).await?;
            *self.rules.write() = engine;
            return Ok(());
        }
        let id = id.clone();
        Ok(spawn_blocking(move || rules.write().take_over(Some(&id), &atlas, now)).await?)
    }

    pub(super) async fn open_and_muted(&self) -> Result<(Vec<Alert>, Vec<Cause>), CityError> {
        let open = self.alerts(DocumentKind::OpenAlert, Keys::All).await?;
        let muted = self.store.documents(DocumentKind::Muted, Keys::All).await?;
        Ok((open, muted.iter().filter_map(|(key, _)| read("cause", key, key)).collect()))
    }

    /// The alerts that another node raised or changed. To be called inside the door.
    pub(super) async fn hear_alerts(&self, changes: &[Change]) -> Result<Vec<Arc<Alert>>, CityError> {
        let ids: Vec<String> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Put(feature) if feature.layer.as_str() == ALERTS => Some(feature.id.to_string()),
                _ => None,
            })
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut heard = self.alerts(DocumentKind::EndedAlert, Keys::These(ids.clone())).await?;
        heard.extend(self.alerts(DocumentKind::OpenAlert, Keys::These(ids)).await?);
        Ok(heard.into_iter().map(Arc::new).collect())
    }
}

/// A document as what it is of; one that cannot be read is told in the log and left alone.
fn read<T: serde::de::DeserializeOwned>(what: &str, key: &str, body: &str) -> Option<T> {
    serde_json::from_str(body).inspect_err(|error| tracing::error!(%error, key, "a kept {what} cannot be read")).ok()
}
