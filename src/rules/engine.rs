//! The engine: what is known of rules and alerts, and what follows from a commit, from time, and from people.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::iter::repeat_n;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::draft::{Cause, Draft};
use super::raise::{Finding, Judging, cause};
use super::ready::Ready;
use super::values;
use super::watch::{Timer, Watch};
use super::{fences, near, targets};
use crate::geo::Geometry;
use crate::index::Atlas;
use crate::model::alert::{Action, Alert, Deed, DeedError};
use crate::model::rule::When;
use crate::model::{Change, Feature, FeatureId, Layer, LayerId, Observation, Observations, Rule};

/// Rules and what is remembered under them.
#[derive(Debug, Default)]
pub struct Engine {
    pub(super) rules: Vec<Arc<Ready>>,
    /// Places in `rules`.
    by_layer: HashMap<LayerId, Vec<usize>>,
    pub(super) state: State,
}

/// What is remembered: nothing of it is lost with the process that the store and the atlas do not have.
#[derive(Debug, Default)]
pub struct State {
    pub(super) watches: HashMap<(usize, FeatureId), Watch>,
    pub(super) open: HashMap<String, (Arc<Alert>, Cause)>,
    causes: HashMap<Cause, String>,
    pub(super) muted: HashSet<Cause>,
    pub(super) timers: BTreeSet<(DateTime<Utc>, Timer)>,
    /// Alerts may be of features that are no more, or that no rule means any more: nobody has looked.
    unchecked: bool,
    /// What rules of targets saw last.
    seen: HashMap<usize, targets::Seen>,
}

impl State {
    pub(super) fn watch(&self, slot: usize, feature: &FeatureId) -> Option<&Watch> {
        // A key made of references would spare the copy of the id, and a second kind of key.
        self.watches.get(&(slot, feature.clone()))
    }

    pub(super) fn open_of(&self, cause: &Cause) -> Option<&str> {
        self.causes.get(cause).map(String::as_str)
    }

    pub(super) fn is_muted(&self, cause: &Cause) -> bool {
        self.muted.contains(cause)
    }

    /// The fences of a rule's open alerts of a feature.
    pub(super) fn fences_of(&self, rule: &str, feature: &FeatureId) -> Vec<Box<str>> {
        let own = self.causes.keys().filter(|cause| cause.rule == rule && cause.feature == feature.as_str());
        own.filter_map(|cause| Some(cause.fence.as_ref()?.feature.as_str().into())).collect()
    }

    pub(super) fn alert(&self, id: &str) -> Option<(&Arc<Alert>, &Cause)> {
        self.open.get(id).map(|(alert, cause)| (alert, cause))
    }
}

impl Engine {
    /// Rules that hold, with the alerts that are open and the causes of those that were ended before their causes.
    #[must_use]
    pub fn new(
        rules: Vec<Arc<Ready>>,
        open: impl IntoIterator<Item = Alert>,
        muted: impl IntoIterator<Item = Cause>,
        atlas: &Atlas,
        now: DateTime<Utc>,
    ) -> Self {
        let mut engine = Self { rules, ..Self::default() };
        for (slot, ready) in engine.rules.iter().enumerate() {
            engine.by_layer.entry(ready.layer.id.clone()).or_default().push(slot);
        }
        engine.state.muted = muted.into_iter().collect();
        for alert in open {
            engine.state.learn_alert(alert, &engine.rules);
        }
        for slot in 0..engine.rules.len() {
            let (watches, timers) = super::start::watches(&engine.rules[slot], slot, atlas, now);
            engine.state.watches.extend(watches);
            engine.state.timers.extend(timers);
        }
        let causes = engine.state.causes.keys().chain(&engine.state.muted);
        let fenced = super::start::fenced(&engine.rules, causes, atlas, now);
        engine.state.unchecked = true;
        engine.state.watches.extend(fenced);
        engine
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Ready>] {
        &self.rules
    }

    /// The same alerts under other rules.
    #[must_use]
    pub fn with_rules(&self, rules: Vec<Arc<Ready>>, atlas: &Atlas, now: DateTime<Utc>) -> Self {
        let open: Vec<Alert> = self.state.open.values().map(|(alert, _)| Alert::clone(alert)).collect();
        let stays = |cause: &&Cause| {
            let of = |rules: &[Arc<Ready>]| rules.iter().find(|ready| ready.rule.id == cause.rule).cloned();
            of(&self.rules).zip(of(&rules)).is_some_and(|(known, other)| known.rule.is_about_the_same(&other.rule))
        };
        let muted: Vec<Cause> = self.state.muted.iter().filter(stays).cloned().collect();
        self.with(rules, open, muted, atlas, now)
    }

    /// What ends when another rule takes the place of one, or none does. Nothing, where it asks for the same.
    #[must_use]
    pub fn replaced(&self, id: &str, by: Option<&Rule>, now: DateTime<Utc>) -> Draft {
        let known = self.rules.iter().find(|ready| ready.rule.id == id);
        if known.zip(by).is_some_and(|(known, by)| known.rule.is_about_the_same(by)) {
            return Draft::at(now);
        }
        self.ended(id, by.is_some(), now)
    }

    /// What ends with what a rule asked for: nothing is muted any more, and where it asks for something else now, alerts are over that
    /// stand for what nobody asks for. Those of a rule that is taken away stay until somebody ends them.
    #[must_use]
    pub fn ended(&self, id: &str, has_other: bool, now: DateTime<Utc>) -> Draft {
        let mut draft = Draft::at(now);
        draft
            .muted
            .extend(self.state.muted.iter().filter(|cause| cause.rule == id).map(|cause| (cause.clone(), false)));
        for (alert, _) in self.state.open.values().filter(|(alert, _)| has_other && alert.rule == id) {
            draft.alter(&self.state, &alert.id, |alert| {
                alert.clear(now.max(alert.changed_at));
                Some(Action::Resolved)
            });
        }
        draft
    }

    /// Other rules and alerts. What is remembered under rules that stay as they are stays, too.
    #[must_use]
    pub fn with(
        &self,
        rules: Vec<Arc<Ready>>,
        open: impl IntoIterator<Item = Alert>,
        muted: impl IntoIterator<Item = Cause>,
        atlas: &Atlas,
        now: DateTime<Utc>,
    ) -> Self {
        let mut engine = Self::new(rules, open, muted, atlas, now);
        let same = |ready: &Arc<Ready>| engine.rules.iter().position(|other| other.rule == ready.rule);
        let slots: Vec<Option<usize>> = self.rules.iter().map(same).collect();
        for ((slot, feature), watch) in &self.state.watches {
            let Some(slot) = slots[*slot] else { continue };
            engine.state.watches.insert((slot, feature.clone()), watch.clone());
        }
        let moved = |timer: &Timer| match timer {
            Timer::Hold(slot, feature) => Some(Timer::Hold(slots[*slot]?, feature.clone())),
            Timer::Silence(slot, feature) => Some(Timer::Silence(slots[*slot]?, feature.clone())),
            Timer::Alert(_) => None,
        };
        let timers = self.state.timers.iter().filter_map(|(due, timer)| Some((*due, moved(timer)?)));
        engine.state.timers.extend(timers);
        engine
    }

    /// Alerts that are open.
    pub fn open(&self) -> impl Iterator<Item = &Arc<Alert>> {
        self.state.open.values().map(|(alert, _)| alert)
    }

    /// One of them.
    #[must_use]
    pub fn alert(&self, id: &str) -> Option<&Arc<Alert>> {
        self.state.open.get(id).map(|(alert, _)| alert)
    }

    /// Whether any rule watches any of the layers of a commit, or a feature goes of whose layer there are alerts.
    #[must_use]
    pub fn watches(&self, changes: &[Change]) -> bool {
        changes.iter().any(|change| match change {
            change if self.by_layer.contains_key(change.layer()) => true,
            Change::Remove { layer, .. } => self.open().any(|alert| alert.layer == layer.as_str()),
            _ => false,
        })
    }

    /// What follows from changes that are not kept yet: `atlas` is as it was before them.
    #[must_use]
    pub fn judge(&self, changes: &[Change], atlas: &Atlas, now: DateTime<Utc>) -> Draft {
        let mut draft = Draft::at(now);
        let mut judging = Judging { state: &self.state, atlas, draft: &mut draft, now };
        let told = places_told(changes);
        for change in changes {
            let slots = self.by_layer.get(change.layer()).map_or(&[][..], Vec::as_slice);
            match change {
                Change::Observe(observations) if !slots.is_empty() => self.observed(&mut judging, slots, observations),
                Change::Put(feature) => self.put(&mut judging, slots, feature, &told),
                Change::Remove { layer, id } => self.gone(&mut judging, layer, id),
                _ => {}
            }
        }
        draft
    }

    /// A feature is another now. Where readings told its place they are judged; what is put is what came of the last of them.
    fn put(
        &self,
        judging: &mut Judging<'_>,
        slots: &[usize],
        feature: &Feature,
        told: &HashSet<(&LayerId, &FeatureId)>,
    ) {
        let filtered = || slots.iter().filter(|&&slot| self.rules[slot].filter.is_some());
        judging.draft.unchecked |= filtered().next().is_some();
        filtered().for_each(|&slot| values::chosen(judging, slot, &self.rules[slot], &feature.id));
        if told.contains(&(&feature.layer, &feature.id)) {
            return;
        }
        if let Geometry::Point(point) = &feature.geometry {
            let moved = Moved { feature: &feature.id, at: judging.now, place: [point.x(), point.y()] };
            slots.iter().for_each(|&slot| self.moved(judging, slot, &moved));
        }
    }

    fn observed(&self, judging: &mut Judging<'_>, slots: &[usize], observations: &Observations) {
        let layer = observations.layer();
        let mut list: Vec<&Observation> = observations.list().iter().collect();
        list.sort_by_key(|reading| reading.time);
        for reading in list {
            let (newer, newer_place) = newer(judging.atlas, layer, reading);
            for &slot in slots {
                let ready = &self.rules[slot];
                let value = ready.property.and_then(|place| newer.get(place).copied().flatten());
                match &ready.rule.when {
                    When::Threshold(threshold) => {
                        if let Some(value) = value {
                            values::threshold(judging, slot, ready, threshold, reading, value);
                        }
                    }
                    When::Change(change) => {
                        if let Some(value) = value {
                            values::change(judging, slot, ready, change, reading, value);
                        }
                    }
                    When::Stale { after } => values::heard(judging, slot, ready, *after, reading),
                    _ => {
                        if let Some(place) = newer_place {
                            let moved = Moved { feature: &reading.feature, at: reading.time, place };
                            self.moved(judging, slot, &moved);
                        }
                    }
                }
            }
        }
    }

    fn moved(&self, judging: &mut Judging<'_>, slot: usize, moved: &Moved<'_>) {
        let ready = &self.rules[slot];
        match &ready.rule.when {
            When::Near(near) => near::moved(judging, ready, near, moved),
            when => {
                if let Some(fenced) = when.fenced() {
                    fences::moved(judging, slot, ready, fenced, moved);
                }
            }
        }
    }

    /// Whether a moment that is waited for has come, or values of indicators were told.
    #[must_use]
    pub fn is_due(&self, atlas: &Atlas, now: DateTime<Utc>) -> bool {
        let waited = self.state.timers.first().is_some_and(|(due, _)| *due <= now);
        waited || (self.state.unchecked && !self.state.open.is_empty()) || self.unseen(atlas).next().is_some()
    }

    /// The rules of targets that have not seen what there is now.
    fn unseen(&self, atlas: &Atlas) -> impl Iterator<Item = (usize, targets::Seen)> {
        self.rules.iter().enumerate().filter_map(|(slot, ready)| {
            let seen = targets::seen(ready, atlas).filter(|seen| self.state.seen.get(&slot) != Some(seen))?;
            Some((slot, seen))
        })
    }

    /// What follows from time alone, and from values of indicators.
    #[must_use]
    pub fn tick(&self, atlas: &Atlas, now: DateTime<Utc>) -> Draft {
        let mut draft = Draft { at: now, looked: Some(now), ..Draft::default() };
        let mut judging = Judging { state: &self.state, atlas, draft: &mut draft, now };
        for (_, timer) in self.state.timers.iter().take_while(|(due, _)| *due <= now) {
            match timer {
                Timer::Hold(slot, feature) => self.look_again(&mut judging, *slot, feature),
                Timer::Silence(slot, feature) => values::silence(&mut judging, *slot, &self.rules[*slot], feature),
                Timer::Alert(id) => self.due(&mut judging, id),
            }
        }
        if self.state.unchecked {
            self.end_of_those_not_meant(&mut judging);
        }
        for (slot, seen) in self.unseen(atlas) {
            targets::look(&mut judging, &self.rules[slot]);
            judging.draft.seen.insert(slot, seen);
        }
        draft
    }

    /// Steps that are late, alerts whose time is over.
    fn due(&self, judging: &mut Judging<'_>, id: &str) {
        let now = judging.now;
        let Some((alert, cause)) = self.state.alert(id) else { return };
        if alert.expires_at.is_some_and(|expires| expires <= now) {
            self.mute(judging.draft, cause, judging.atlas);
            judging.draft.alter(&self.state, id, |alert| {
                alert.expire(now);
                Some(Action::Expired)
            });
            return;
        }
        if alert.next_due().is_some_and(|due| due <= now) {
            judging.draft.alter(&self.state, id, |alert| repeat_n(Action::Escalated, alert.escalate(now)));
        }
        let next = judging.draft.alerts.get(id).map_or_else(|| alert.next_due(), |(alert, ..)| alert.next_due());
        judging.draft.timers.extend(next.map(|due| (due, Timer::Alert(id.to_owned()))));
    }

    /// What somebody does about an alert; `None` when none of that id is open.
    #[must_use]
    pub fn act(
        &self,
        id: &str,
        deed: &Deed,
        by: &str,
        note: Option<&str>,
        (atlas, now): (&Atlas, DateTime<Utc>),
    ) -> Option<Result<Draft, DeedError>> {
        let (alert, cause) = self.state.alert(id)?;
        let mut alert = Alert::clone(alert);
        let action = match alert.act(deed, by, note, now) {
            Ok(action) => action,
            Err(error) => return Some(Err(error)),
        };
        let mut draft = Draft::at(now);
        if !alert.status.is_open() {
            self.mute(&mut draft, cause, atlas);
        }
        draft.alter(&self.state, id, |known| {
            *known = alert;
            Some(action)
        });
        Some(Ok(draft))
    }

    /// What goes on although its alert is over is not raised again before it has ended.
    pub(super) fn mute(&self, draft: &mut Draft, cause: &Cause, atlas: &Atlas) {
        let Some(feature) = FeatureId::new(&cause.feature) else { return };
        let goes_on = |ready: &Ready| ready.rule.when.is_state() && !values::is_well(atlas, ready, &feature);
        if self.rules.iter().any(|ready| ready.rule.id == cause.rule && goes_on(ready)) {
            draft.muted.insert(cause.clone(), true);
        }
    }

    /// Takes in what has been kept.
    pub fn learn(&mut self, draft: Draft) {
        if let Some(looked) = draft.looked {
            while self.state.timers.first().is_some_and(|(due, _)| *due <= looked) {
                self.state.timers.pop_first();
            }
            self.state.unchecked = false;
        }
        self.state.unchecked |= draft.unchecked;
        self.state.watches.extend(draft.watches);
        self.state.timers.extend(draft.timers);
        self.state.seen.extend(draft.seen);
        for (cause, muted) in draft.muted {
            if muted {
                self.state.muted.insert(cause);
            } else {
                self.state.muted.remove(&cause);
            }
        }
        for (alert, ..) in draft.alerts.into_values() {
            self.state.learn_alert(alert, &self.rules);
        }
    }

    /// Lets moments pass that another node looks after.
    pub fn pass(&mut self, now: DateTime<Utc>) {
        self.learn(Draft { looked: Some(now), ..Draft::default() });
    }

    /// Takes up what another node looked after, of one layer or of all: the moments that are waited for, from what is known.
    pub fn take_over(&mut self, layer: Option<&LayerId>, atlas: &Atlas, now: DateTime<Utc>) {
        let slots: Vec<usize> =
            (0..self.rules.len()).filter(|&slot| layer.is_none_or(|id| self.rules[slot].layer.id == *id)).collect();
        for slot in slots {
            let (watches, timers) = super::start::watches(&self.rules[slot], slot, atlas, now);
            self.state.timers.extend(timers);
            let beyond: HashSet<&FeatureId> = watches.iter().map(|((_, feature), _)| feature).collect();
            for ((_, feature), known) in self.state.watches.iter_mut().filter(|((own, _), _)| *own == slot) {
                if !beyond.contains(feature) {
                    known.since = None;
                }
            }
            for (key, watch) in watches {
                // What is remembered beside it stays, since when it is so, too.
                let known = self.state.watches.entry(key).or_default();
                (known.since, known.value) = (known.since.or(watch.since), watch.value);
                (known.heard, known.timed, known.settled) = (watch.heard, watch.timed, watch.settled);
            }
        }
        let waited = |alert: &Alert| {
            let moments = alert.expires_at.into_iter().chain(alert.next_due());
            moments.map(|due| (due, Timer::Alert(alert.id.clone()))).collect::<Vec<_>>()
        };
        let due: Vec<_> = self.state.open.values().flat_map(|(alert, _)| waited(alert)).collect();
        self.state.timers.extend(due);
        self.state.seen.clear();
        self.state.unchecked = true;
    }
}

impl State {
    pub(super) fn learn_alert(&mut self, alert: Alert, rules: &[Arc<Ready>]) -> Cause {
        let ready = rules.iter().find(|ready| ready.rule.id == alert.rule);
        let own = FeatureId::new(&alert.feature).zip(ready);
        let cause = match own {
            Some((feature, ready)) => cause(ready, &feature, alert.fence.as_ref()),
            None => Cause { rule: alert.rule.clone(), feature: alert.feature.clone(), fence: alert.fence.clone() },
        };
        if !alert.status.is_open() {
            self.open.remove(&alert.id);
            if self.causes.get(&cause) == Some(&alert.id) {
                self.causes.remove(&cause);
            }
            return cause;
        }
        let timers = alert.expires_at.into_iter().chain(alert.next_due());
        self.timers.extend(timers.map(|due| (due, Timer::Alert(alert.id.clone()))));
        self.causes.insert(cause.clone(), alert.id.clone());
        self.open.insert(alert.id.clone(), (Arc::new(alert), cause.clone()));
        cause
    }
}

/// A feature has come to a place.
pub struct Moved<'a> {
    pub feature: &'a FeatureId,
    pub at: DateTime<Utc>,
    pub place: [f64; 2],
}

/// What of a reading is newer than what the atlas knows.
fn newer(atlas: &Atlas, layer: &Layer, reading: &Observation) -> (Vec<Option<f64>>, Option<[f64; 2]>) {
    let present = atlas.present(&layer.id);
    let slot = present.as_ref().and_then(|present| present.of(reading.feature.as_str()));
    let known = |place: usize| slot.and_then(|slot| slot.values.get(place).copied().flatten());
    let is_newer = |place: usize| known(place).is_none_or(|(time, _)| time < reading.time);
    let values = reading.values.iter().enumerate().map(|(place, value)| value.filter(|_| is_newer(place))).collect();
    let placed = slot.and_then(|slot| slot.placed);
    (values, reading.position.filter(|_| placed.is_none_or(|placed| placed < reading.time)))
}

impl Finding {
    /// At a moment.
    #[must_use]
    pub fn at(at: DateTime<Utc>) -> Self {
        Self { at, ..Self::default() }
    }
}

/// Features of which readings tell a place. Empty where nothing is put: then nobody asks.
fn places_told(changes: &[Change]) -> HashSet<(&LayerId, &FeatureId)> {
    let puts: HashSet<&LayerId> =
        changes.iter().filter(|change| matches!(change, Change::Put(_))).map(Change::layer).collect();
    let observed = changes.iter().filter_map(|change| match change {
        Change::Observe(observations) if puts.contains(&observations.layer().id) => Some(observations),
        _ => None,
    });
    let readings = observed.flat_map(|of| of.list().iter().map(|reading| (&of.layer().id, reading)));
    readings
        .filter(|(_, reading)| reading.position.is_some())
        .map(|(layer, reading)| (layer, &reading.feature))
        .collect()
}
