//! Rules and alerts on their way through the write door: what follows from a commit is kept with it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::{City, CityError, Committed};
use crate::live::News;
use crate::model::alert::{ALERTS, Deed, DeedError};
use crate::model::{Alert, Change, Document, DocumentKind, Layer, LayerId, Rule};
use crate::rules::{Cause, Draft, Engine, Message, Ready};
use crate::store::{Keys, Span};

/// Makes a rule ready that was kept; tells in the log why it cannot.
type MakeReady = Box<dyn Fn(&str) -> Option<Ready> + Send + Sync>;

/// How often something is judged anew since another node was faster with an alert.
const TRIES: usize = 10;

/// Where rules come from.
#[derive(Default)]
pub(super) struct RuleBook {
    /// Those of files.
    shipped: Vec<Arc<Ready>>,
    ready: Option<MakeReady>,
    /// Those that were made over HTTP, as they were kept.
    made: Vec<(String, String)>,
}

impl RuleBook {
    /// One was kept or taken away.
    fn note(&mut self, id: &str, body: Option<String>) {
        self.made.retain(|(key, _)| key != id);
        self.made.extend(body.map(|body| (id.to_owned(), body)));
        self.made.sort();
    }

    /// All that hold when these were made. A file that came later with the same id counts.
    fn rules(&self, made: &[(String, String)]) -> Vec<Arc<Ready>> {
        let mut rules = self.shipped.clone();
        for rule in made.iter().filter_map(|(_, body)| self.ready.as_ref()?(body)) {
            if rules.iter().all(|known| known.rule.id != rule.rule.id) {
                rules.push(Arc::new(rule));
            }
        }
        rules
    }
}

/// Readings of a feature that are read for a rule that begins to hold.
const RECALLED: usize = 10_000;

/// Features of which that is learned at once.
const RECALLED_TOGETHER: usize = 64;

impl City {
    /// Lets rules hold from now on: those of files, and those that were made over HTTP, which `ready` makes ready again. What they
    /// remember of alerts is read from the store.
    pub async fn start_rules(
        &self,
        shipped: Vec<Arc<Ready>>,
        ready: impl Fn(&str) -> Option<Ready> + Send + Sync + 'static,
        now: DateTime<Utc>,
    ) -> Result<(), CityError> {
        if self.alerts_layer().is_none() {
            return Ok(());
        }
        let writing = self.writing.lock().await;
        let (open, muted) = self.open_and_muted().await?;
        let mut book = RuleBook { shipped, ready: Some(Box::new(ready)), made: self.made_rules().await? };
        let rules = book.rules(&book.made);
        std::mem::swap(&mut *self.book.lock(), &mut book);
        let atlas = Arc::clone(&self.atlas);
        let engine = spawn_blocking(move || Engine::new(rules, open, muted, &atlas, now)).await?;
        *self.rules.write() = engine;
        drop(writing);
        self.recall(None, now).await
    }

    /// Lets rules hold that were made, changed or taken away on another node.
    pub async fn follow_rules(&self, now: DateTime<Utc>) -> Result<(), CityError> {
        if self.alerts_layer().is_none() || self.made_rules().await? == self.book.lock().made {
            return Ok(());
        }
        let writing = self.writing.lock().await;
        let made = self.made_rules().await?;
        let before = self.rules();
        let rules = self.book.lock().rules(&made);
        let is_new = |ready: &&Arc<Ready>| before.iter().all(|known| known.rule != ready.rule);
        let new: Vec<String> = rules.iter().filter(is_new).map(|ready| ready.rule.id.clone()).collect();
        if !new.is_empty() || rules.len() != before.len() {
            self.hold(rules, now).await?;
        }
        self.book.lock().made = made;
        drop(writing);
        for id in new {
            self.recall_or_tell(&id, now).await;
        }
        Ok(())
    }

    /// Rules that were made over HTTP, with their keys, by key.
    async fn made_rules(&self) -> Result<Vec<(String, String)>, CityError> {
        let mut made = self.store.documents(DocumentKind::Rule, Keys::All).await?;
        made.sort();
        Ok(made)
    }

    /// Reads what rules that begin to hold want to know of the past: outside the door, which is shut for each portion's learning only.
    async fn recall(&self, rule: Option<&str>, now: DateTime<Utc>) -> Result<(), CityError> {
        let wanted = self.rules.read().recalls(rule, &self.atlas);
        for portion in wanted.chunks(RECALLED_TOGETHER) {
            let mut told = Vec::new();
            for recall in portion {
                let span =
                    Span { from: Some(recall.from), to: None, limit: RECALLED, newest_first: true, placed: false };
                let mut history = self.store.observations(&recall.layer, &recall.feature, span).await?;
                history.reverse();
                told.push((recall.clone(), history));
            }
            let _writing = self.writing.lock().await;
            let (rules, atlas) = (Arc::clone(&self.rules), Arc::clone(&self.atlas));
            let learn = move || {
                let mut rules = rules.write();
                told.iter().for_each(|(recall, history)| rules.recall(recall, history, &atlas, now));
            };
            spawn_blocking(learn).await?;
        }
        Ok(())
    }

    /// The same for rules that hold already: without it they hold too, as if nothing had been measured before.
    async fn recall_or_tell(&self, rule: &str, now: DateTime<Utc>) {
        if let Err(error) = self.recall(Some(rule), now).await {
            tracing::error!(%error, rule, "the rule holds, and does not know what was measured before");
        }
    }

    fn alerts_layer(&self) -> Option<&Arc<Layer>> {
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

    /// The rules that hold.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<Ready>> {
        self.rules.read().rules().to_vec()
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

    fn with_alerts(&self, mut changes: Vec<Change>, draft: &Draft) -> Vec<Change> {
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
            let acted = self.rules.read().act(id, deed, by, note, now);
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

    /// Adds a rule. `false`: there is one with its id.
    pub async fn add_rule(&self, ready: Ready, body: String, now: DateTime<Utc>) -> Result<bool, CityError> {
        let (writing, id) = (self.writing.lock().await, ready.rule.id.clone());
        if self.rules().iter().any(|known| known.rule.id == id) {
            return Ok(false);
        }
        self.put_inside(ready, body, now).await?;
        drop(writing);
        self.recall_or_tell(&id, now).await;
        Ok(true)
    }

    /// Puts a rule in the place of the one with its id, or adds it.
    pub async fn put_rule(&self, ready: Ready, body: String, now: DateTime<Utc>) -> Result<(), CityError> {
        let (writing, id) = (self.writing.lock().await, ready.rule.id.clone());
        self.put_inside(ready, body, now).await?;
        drop(writing);
        self.recall_or_tell(&id, now).await;
        Ok(())
    }

    /// To be called inside the door.
    async fn put_inside(&self, ready: Ready, body: String, now: DateTime<Utc>) -> Result<(), CityError> {
        let id = ready.rule.id.clone();
        self.keep_rule(&id, Some(&ready.rule), Some(body.clone()), now).await?;
        self.book.lock().note(&id, Some(body));
        let mut rules = self.rules();
        let known = rules.iter().position(|known| known.rule.id == id);
        match known {
            Some(place) => rules[place] = Arc::new(ready),
            None => rules.push(Arc::new(ready)),
        }
        self.hold(rules, now).await
    }

    /// Takes a rule away. Its alerts stay until somebody ends them.
    pub async fn remove_rule(&self, id: &str, now: DateTime<Utc>) -> Result<bool, CityError> {
        let _writing = self.writing.lock().await;
        let mut rules = self.rules();
        let before = rules.len();
        rules.retain(|known| known.rule.id != id);
        // One that was made, and fits no more (its webhook is gone), holds no longer and is kept all the same.
        let is_kept = self.book.lock().made.iter().any(|(key, _)| key == id);
        if rules.len() == before && !is_kept {
            return Ok(false);
        }
        self.keep_rule(id, None, None, now).await?;
        self.book.lock().note(id, None);
        self.hold(rules, now).await?;
        Ok(true)
    }

    /// With what ends with the one before, in one commit. To be called inside the door.
    async fn keep_rule(
        &self,
        id: &str,
        rule: Option<&Rule>,
        body: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), CityError> {
        let mut tries = 0;
        loop {
            self.hear_inside().await?;
            let draft = self.rules.read().replaced(id, rule, now);
            let changes = self.document(DocumentKind::Rule, id, body.clone()).into_iter().collect();
            let changes = self.with_alerts(changes, &draft);
            match self.keep_judged(changes, Some(draft)).await {
                Err(error) if error.is_overtaken() && tries < TRIES => tries += 1,
                kept => return kept.map(|_| ()),
            }
        }
    }

    async fn hold(&self, rules: Vec<Arc<Ready>>, now: DateTime<Utc>) -> Result<(), CityError> {
        let (known, atlas) = (Arc::clone(&self.rules), Arc::clone(&self.atlas));
        let engine = spawn_blocking(move || known.read().with_rules(rules, &atlas, now)).await?;
        *self.rules.write() = engine;
        Ok(())
    }

    /// To be called inside the door.
    async fn keep_document(&self, kind: DocumentKind, key: &str, body: Option<String>) -> Result<(), CityError> {
        if let Some(document) = self.document(kind, key, body) {
            self.keep_judged(vec![document], None).await?;
        }
        Ok(())
    }

    /// A document, where there is the layer that it belongs to.
    fn document(&self, kind: DocumentKind, key: &str, body: Option<String>) -> Option<Change> {
        let layer = self.alerts_layer()?.id.clone();
        Some(Change::Document(Arc::new(Document { layer, kind, key: key.to_owned(), body, follows: None })))
    }

    /// The messages that are not delivered yet: all, or those to one webhook.
    pub async fn messages(&self, webhook: Option<&str>) -> Result<Vec<Message>, CityError> {
        let keys = webhook.map_or(Keys::All, |webhook| Keys::Beginning(Message::keys(webhook)));
        let found = self.store.documents(DocumentKind::Message, keys).await?;
        Ok(found.iter().filter_map(|(key, body)| read("message", key, body)).collect())
    }

    /// Rings whenever there may be a message to deliver.
    #[must_use]
    pub fn outgoing(&self) -> watch::Receiver<()> {
        self.outgoing.subscribe()
    }

    /// A message was delivered, or given up.
    pub async fn settled(&self, message: &Message) -> Result<(), CityError> {
        let _writing = self.writing.lock().await;
        self.keep_document(DocumentKind::Message, &message.key(), None).await
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
            let mut rules = rules.write();
            rules.learn(draft.overheard());
            heard.into_iter().for_each(|alert| rules.hear(alert));
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

    async fn open_and_muted(&self) -> Result<(Vec<Alert>, Vec<Cause>), CityError> {
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
