//! Which rules hold: those of files, and those that were made over HTTP; and what they are told of the past when they begin to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use tokio::task::spawn_blocking;

use super::alerts::TRIES;
use super::{City, CityError};
use crate::model::{Change, DocumentKind, Rule};
use crate::rules::{Draft, Engine, Ready};
use crate::store::{Keys, Span};

/// Makes a rule ready that was kept; tells in the log why it cannot.
type MakeReady = Box<dyn Fn(&str) -> Option<Ready> + Send + Sync>;

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
        let files = shipped.clone();
        let mut book = RuleBook { shipped, ready: Some(Box::new(ready)), made: self.made_rules().await? };
        let rules = book.rules(&book.made);
        std::mem::swap(&mut *self.book.lock(), &mut book);
        let atlas = Arc::clone(&self.atlas);
        let engine = spawn_blocking(move || Engine::new(rules, open, muted, &atlas, now)).await?;
        *self.rules.write() = engine;
        self.end_of_old_conditions(&files, now).await?;
        self.forget_causes_without_alert().await?;
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

    /// The rules that hold.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<Ready>> {
        self.rules.read().rules().to_vec()
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

    /// Keeps a rule, or that there is none, with what ends with the one before. To be called inside the door.
    async fn keep_rule(
        &self,
        id: &str,
        rule: Option<&Rule>,
        body: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), CityError> {
        self.keep_with(DocumentKind::Rule, id, body, |engine| engine.replaced(id, rule, now)).await
    }

    /// Keeps a document with what follows from it, in one commit. To be called inside the door.
    async fn keep_with(
        &self,
        kind: DocumentKind,
        key: &str,
        body: Option<String>,
        judge: impl Fn(&Engine) -> Draft,
    ) -> Result<(), CityError> {
        let mut tries = 0;
        loop {
            self.hear_inside().await?;
            let draft = judge(&self.rules.read());
            let changes = self.document(kind, key, body.clone()).into_iter().collect();
            let changes = self.with_alerts(changes, &draft);
            match self.keep_judged(changes, Some(draft)).await {
                Err(error) if error.is_overtaken() && tries < TRIES => tries += 1,
                kept => return kept.map(|_| ()),
            }
        }
    }

    /// A cause that stands for an alert which cannot be read any more would refuse the next one for ever. To be called inside the door.
    async fn forget_causes_without_alert(&self) -> Result<(), CityError> {
        let causes = self.store.documents(DocumentKind::Cause, Keys::All).await?;
        let open = self.alerts(DocumentKind::OpenAlert, Keys::All).await?;
        let ids: HashSet<&str> = open.iter().map(|alert| alert.id.as_str()).collect();
        let is_lost = |body: &str| {
            let document: Option<Json> = serde_json::from_str(body).ok();
            document.is_none_or(|document| document["alert"].as_str().is_none_or(|id| !ids.contains(id)))
        };
        let lost = causes.iter().filter(|(_, body)| is_lost(body));
        let lost: Vec<Change> = lost.filter_map(|(key, _)| self.document(DocumentKind::Cause, key, None)).collect();
        if !lost.is_empty() {
            self.keep_judged(lost, None).await?;
        }
        Ok(())
    }

    /// Ends what stands for what a file asked for when the city was open last, and asks no more: nothing but the store remembers it. To
    /// be called inside the door.
    async fn end_of_old_conditions(&self, shipped: &[Arc<Ready>], now: DateTime<Utc>) -> Result<(), CityError> {
        let kept = self.store.documents(DocumentKind::Condition, Keys::All).await?;
        let kept: HashMap<String, String> = kept.into_iter().map(|(key, body)| (key, condition(&body))).collect();
        let asked = |ready: &Ready| json!({CONDITION: ready.rule.condition()}).to_string();
        let new = shipped.iter().filter(|ready| !kept.contains_key(&ready.rule.id));
        let new = new.filter_map(|ready| self.document(DocumentKind::Condition, &ready.rule.id, Some(asked(ready))));
        let new: Vec<Change> = new.collect();
        if !new.is_empty() {
            self.keep_judged(new, None).await?;
        }
        for ready in shipped {
            let id = &ready.rule.id;
            if kept.get(id).is_some_and(|before| *before != ready.rule.condition()) {
                let end = |engine: &Engine| engine.ended(id, true, now);
                self.keep_with(DocumentKind::Condition, id, Some(asked(ready)), end).await?;
            }
        }
        let is_gone = |id: &&String| shipped.iter().all(|ready| ready.rule.id != **id);
        for id in kept.keys().filter(is_gone) {
            self.keep_with(DocumentKind::Condition, id, None, |engine| engine.ended(id, false, now)).await?;
        }
        Ok(())
    }

    async fn hold(&self, rules: Vec<Arc<Ready>>, now: DateTime<Utc>) -> Result<(), CityError> {
        let (known, atlas) = (Arc::clone(&self.rules), Arc::clone(&self.atlas));
        let engine = spawn_blocking(move || known.read().with_rules(rules, &atlas, now)).await?;
        *self.rules.write() = engine;
        Ok(())
    }
}

/// The member of a kept condition. It is a text in JSON, compared as it is: a store may write JSON in another way.
const CONDITION: &str = "condition";

fn condition(body: &str) -> String {
    let document: Option<Json> = serde_json::from_str(body).ok();
    document.and_then(|document| document[CONDITION].as_str().map(str::to_owned)).unwrap_or_default()
}
