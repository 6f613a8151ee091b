//! What follows from a commit, before it is kept: alerts and memories as they will be, over those that are.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::engine::State;
use super::targets;
use super::told::geojson;
use super::watch::{Timer, Watch};
use crate::model::alert::{Action, Alert, FeatureName};
use crate::model::{Change, Document, DocumentKind, FeatureId, Layer};

/// What an alert is about: of one there is at most one open alert.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// The rule.
    pub rule: String,
    /// The feature that it watches.
    pub feature: String,
    /// The fence, of rules that have fences.
    pub fence: Option<FeatureName>,
}

impl Cause {
    /// Its name among documents.
    #[must_use]
    pub fn key(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A message to a webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its name, which the receiver may know it by again.
    pub id: String,
    /// The name of the webhook in the configuration.
    pub webhook: String,
    /// When it was written, by the clock.
    pub at: DateTime<Utc>,
    /// Its place in the trail of the alert, from 1.
    #[serde(default)]
    pub n: usize,
    /// What happened: a word of [`Action`].
    pub event: String,
    /// The alert as GeoJSON, with its trail.
    pub alert: serde_json::Value,
}

impl Message {
    /// Its name among documents: those to a webhook in the order in which they are sent.
    #[must_use]
    pub fn key(&self) -> String {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("{}{at}-{:06}-{}", Self::keys(&self.webhook), self.n, self.id)
    }

    /// What the names of the messages to a webhook begin with.
    #[must_use]
    pub fn keys(webhook: &str) -> String {
        format!("{webhook}/")
    }
}

/// Changes that are not kept yet.
#[derive(Debug, Default)]
pub struct Draft {
    /// By the clock.
    pub(super) at: DateTime<Utc>,
    pub(super) watches: HashMap<(usize, FeatureId), Watch>,
    /// Alerts that were raised or changed, and how: open and ended.
    pub(super) alerts: HashMap<String, (Alert, Cause, Vec<Action>)>,
    /// In the order in which they were touched first.
    pub(super) order: Vec<String>,
    pub(super) causes: HashMap<Cause, Option<String>>,
    pub(super) muted: HashMap<Cause, bool>,
    pub(super) timers: Vec<(DateTime<Utc>, Timer)>,
    /// What rules of targets have seen.
    pub(super) seen: HashMap<usize, targets::Seen>,
    /// A feature was changed that a filter may choose no more.
    pub(super) unchecked: bool,
    /// Timers up to here have been looked at.
    pub(super) looked: Option<DateTime<Utc>>,
}

impl Draft {
    /// Nothing yet, at a moment.
    #[must_use]
    pub fn at(at: DateTime<Utc>) -> Self {
        Self { at, ..Self::default() }
    }

    /// Whether nothing is to be kept; memories may have changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty() && self.muted.is_empty()
    }

    /// What a rule remembers of a feature, to be changed.
    pub(super) fn watch(&mut self, state: &State, slot: usize, feature: &FeatureId) -> &mut Watch {
        self.watches
            .entry((slot, feature.clone()))
            .or_insert_with_key(|(slot, feature)| state.watch(*slot, feature).cloned().unwrap_or_default())
    }

    /// The same, to look at.
    pub(super) fn remembered<'d>(&'d self, state: &'d State, slot: usize, feature: &FeatureId) -> Option<&'d Watch> {
        self.watches.get(&(slot, feature.clone())).or_else(|| state.watch(slot, feature))
    }

    pub(super) fn has_watch(&self, state: &State, slot: usize, feature: &FeatureId) -> bool {
        self.watches.contains_key(&(slot, feature.clone())) || state.watch(slot, feature).is_some()
    }

    pub(super) fn open(&self, state: &State, cause: &Cause) -> Option<String> {
        match self.causes.get(cause) {
            Some(known) => known.clone(),
            None => state.open_of(cause).map(str::to_owned),
        }
    }

    pub(super) fn is_muted(&self, state: &State, cause: &Cause) -> bool {
        self.muted.get(cause).copied().unwrap_or_else(|| state.is_muted(cause))
    }

    /// Changes an alert that is there; what `change` says of it stands in the messages.
    pub(super) fn alter<A: IntoIterator<Item = Action>>(
        &mut self,
        state: &State,
        id: &str,
        change: impl FnOnce(&mut Alert) -> A,
    ) {
        if !self.alerts.contains_key(id) {
            let Some((alert, cause)) = state.alert(id) else { return };
            self.alerts.insert(id.to_owned(), (Alert::clone(alert), cause.clone(), Vec::new()));
            self.order.push(id.to_owned());
        }
        let Some((alert, cause, actions)) = self.alerts.get_mut(id) else { return };
        actions.extend(change(alert));
        if !alert.status.is_open() {
            self.causes.insert(cause.clone(), None);
        }
    }

    pub(super) fn raise(&mut self, alert: Alert, cause: Cause) {
        let timers = alert.expires_at.into_iter().chain(alert.next_due());
        self.timers.extend(timers.map(|due| (due, Timer::Alert(alert.id.clone()))));
        self.causes.insert(cause.clone(), Some(alert.id.clone()));
        self.order.push(alert.id.clone());
        self.alerts.insert(alert.id.clone(), (alert, cause, vec![Action::Raised]));
    }

    /// What the alerts are about that were raised or changed.
    pub(super) fn touched(&self) -> impl Iterator<Item = &Cause> {
        self.alerts.values().map(|(_, cause, _)| cause)
    }

    /// What is remembered of it where another node keeps the alerts.
    #[must_use]
    pub fn overheard(mut self) -> Self {
        self.alerts.clear();
        self.order.clear();
        self.causes.clear();
        self.timers.retain(|(_, timer)| !matches!(timer, Timer::Alert(_)));
        self
    }

    /// What is to be kept: each alert as a feature of `layer` and as a document, and the messages about it.
    #[must_use]
    pub fn changes(&self, layer: &Arc<Layer>) -> Vec<Change> {
        let following = |kind, key: &str, body: Option<String>, follows: Option<usize>| {
            Change::Document(Arc::new(Document { layer: layer.id.clone(), kind, key: key.to_owned(), body, follows }))
        };
        let document = |kind, key: &str, body: Option<String>| following(kind, key, body, None);
        let mut changes = Vec::new();
        for (alert, cause, actions) in self.order.iter().filter_map(|id| self.alerts.get(id)) {
            changes.extend(alert.feature(layer).map(Change::Put));
            if actions.first() == Some(&Action::Raised) {
                let which = serde_json::json!({"alert": alert.id}).to_string();
                changes.push(following(DocumentKind::Cause, &cause.key(), Some(which), Some(0)));
            }
            if !alert.status.is_open() {
                let keys = [cause.key(), Cause { fence: None, ..cause.clone() }.key()];
                // Without its rule nobody knows whether the other feature of an alert was a fence, or what it was near to.
                changes.extend(keys.iter().map(|key| document(DocumentKind::Cause, key, None)));
            }
            let body = serde_json::to_string(alert).ok();
            // On another node somebody may do something about it, too: of its trail no line is lost.
            let before = alert.trail.len().saturating_sub(actions.len());
            if alert.status.is_open() {
                changes.push(following(DocumentKind::OpenAlert, &alert.id, body, Some(before)));
            } else {
                let known = Some(before).filter(|lines| *lines > 0);
                changes.push(following(DocumentKind::OpenAlert, &alert.id, None, known));
                changes.push(document(DocumentKind::EndedAlert, &alert.id, body));
            }
            for message in messages(alert, actions, self.at) {
                changes.push(document(DocumentKind::Message, &message.key(), serde_json::to_string(&message).ok()));
            }
        }
        for (cause, muted) in &self.muted {
            changes.push(document(DocumentKind::Muted, &cause.key(), muted.then(|| "{}".to_owned())));
        }
        changes
    }

    /// The alerts as they will be.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.order.iter().filter_map(|id| self.alerts.get(id)).map(|(alert, ..)| alert)
    }

    /// The messages that wait to be delivered when this has been kept.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let touched = self.order.iter().filter_map(|id| self.alerts.get(id));
        touched.flat_map(|(alert, _, actions)| messages(alert, actions, self.at)).collect()
    }
}

fn messages(alert: &Alert, actions: &[Action], at: DateTime<Utc>) -> Vec<Message> {
    // The actions are the last lines of the trail.
    let before = alert.trail.len().saturating_sub(actions.len());
    let mut messages = Vec::new();
    for webhook in &alert.webhooks {
        for (number, action) in actions.iter().enumerate() {
            messages.push(Message {
                id: format!("{}-{}-{webhook}", alert.id, before + number + 1),
                n: before + number + 1,
                webhook: webhook.clone(),
                at,
                event: action.as_str().to_owned(),
                alert: geojson(alert, true),
            });
        }
    }
    messages
}
