//! What a process that begins asks of the history, since the present does not tell it: since when a value has been beyond its threshold,
//! the values that a rule of change looks back to, and the fences that a feature has not left although it rests outside them.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use super::draft::Draft;
use super::engine::{Engine, Moved, State};
use super::fences;
use super::raise::Judging;
use super::ready::Ready;
use super::values::{self, is_beyond, settled};
use super::watch::Timer;
use crate::geo::Geometry;
use crate::index::nearest::Choice;
use crate::index::present::Slot;
use crate::index::{Atlas, LayerIndex};
use crate::model::rule::{Threshold, When};
use crate::model::{FeatureId, LayerId, Observation};

/// Features of one rule whose history is read: those measured last. A start does not wait for more.
const MOST: usize = 2_000;

/// How far back the places of a feature are read that rests in the margin of a fence.
const WAY: TimeDelta = TimeDelta::days(1);

/// Fences that are looked at around a place.
const FENCES: usize = 16;

/// A history that is wanted.
#[derive(Clone, Debug)]
pub struct Recall {
    /// The place of the rule, and its id.
    slot: usize,
    rule: String,
    /// Of whom.
    pub layer: LayerId,
    /// Of whom.
    pub feature: FeatureId,
    /// From when on.
    pub from: DateTime<Utc>,
}

impl Engine {
    /// What is to be read of the history, for all rules or for one.
    #[must_use]
    pub fn recalls(&self, rule: Option<&str>, atlas: &Atlas) -> Vec<Recall> {
        let slots = (0..self.rules.len()).filter(|&slot| rule.is_none_or(|id| self.rules[slot].rule.id == id));
        slots.flat_map(|slot| self.recalls_of(slot, atlas)).collect()
    }

    fn recalls_of(&self, slot: usize, atlas: &Atlas) -> Vec<Recall> {
        let ready = &self.rules[slot];
        let layer = &ready.layer.id;
        let Some((present, index)) = atlas.present(layer).zip(atlas.layer(layer)) else { return Vec::new() };
        let fences = ready.other.as_ref().and_then(|layer| atlas.layer(&layer.id));
        let mut found: Vec<(DateTime<Utc>, Recall)> = Vec::new();
        for known in present.slots() {
            let Some(feature) = FeatureId::new(&known.id) else { continue };
            let wanted = match &ready.rule.when {
                When::Threshold(threshold) => {
                    let since = self.state.watch(slot, &feature).and_then(|watch| watch.since);
                    since.zip(threshold.hold).map(|(at, hold)| (at, at - hold.delta() * 2))
                }
                When::Change(change) => measured(ready, known).map(|at| (at, at - change.over.delta())),
                when => {
                    let margin = when.fenced().map_or(0.0, |fenced| fenced.margin);
                    let fences = fences.as_ref().filter(|_| margin > 0.0);
                    let near = |fences: &LayerIndex| rests_near(ready, &index, fences, &feature, margin);
                    known.placed.filter(|_| fences.is_some_and(|fences| near(fences))).map(|at| (at, at - WAY))
                }
            };
            if let Some((at, from)) = wanted {
                found.push((at, Recall { slot, rule: ready.rule.id.clone(), layer: layer.clone(), feature, from }));
            }
        }
        found.sort_by_key(|(at, _)| Reverse(*at));
        found.into_iter().take(MOST).map(|(_, recall)| recall).collect()
    }

    /// Takes in what the history tells, the oldest first.
    pub fn recall(&mut self, recall: &Recall, history: &[Observation], atlas: &Atlas, now: DateTime<Utc>) {
        let Some(ready) = self.rules.get(recall.slot).filter(|ready| ready.rule.id == recall.rule) else { return };
        if let When::Threshold(threshold) = &ready.rule.when {
            let since = beyond_since(ready, threshold, history);
            let key = (recall.slot, recall.feature.clone());
            let Some((watch, since)) = self.state.watches.get_mut(&key).zip(since) else { return };
            if let (Some(known), Some(hold)) = (&mut watch.since, threshold.hold)
                && since < *known
            {
                *known = since;
                watch.settled = settled(hold.after(since), now);
                let due = watch.settled.unwrap_or_else(|| hold.after(since));
                self.state.timers.insert((due, Timer::Hold(recall.slot, recall.feature.clone())));
            }
            return;
        }
        // As it was judged then, but for the alerts: those are kept.
        let (state, mut draft) = (State::default(), Draft::default());
        let mut judging = Judging { state: &state, atlas, draft: &mut draft, now };
        for reading in history {
            match (&ready.rule.when, reading.position) {
                (When::Change(change), _) => {
                    let value = ready.property.and_then(|place| reading.values.get(place).copied().flatten());
                    let Some(value) = value else { continue };
                    values::change(&mut judging, recall.slot, ready, change, reading, value);
                }
                (when, Some(place)) => {
                    let Some(fenced) = when.fenced() else { return };
                    let moved = Moved { feature: &recall.feature, at: reading.time, place };
                    fences::moved(&mut judging, recall.slot, ready, fenced, &moved);
                }
                _ => {}
            }
        }
        for (key, mut watch) in draft.watches {
            match (self.state.watches.get_mut(&key), &ready.rule.when) {
                (Some(known), When::Change(change)) => {
                    values::join(change, &mut watch.values, &known.values);
                    known.values = watch.values;
                }
                // It came from an alert that is open, or from a place that is newer than the history.
                (Some(_), _) => {}
                (None, _) => drop(self.state.watches.insert(key, watch)),
            }
        }
    }
}

/// When the property of a rule was measured last.
fn measured(ready: &Ready, known: &Slot) -> Option<DateTime<Utc>> {
    let newest = ready.property.and_then(|place| known.values.get(place).copied().flatten());
    newest.map(|(at, _)| at)
}

/// Whether a feature rests outside a fence and in its margin.
fn rests_near(ready: &Ready, index: &LayerIndex, fences: &LayerIndex, feature: &FeatureId, margin: f64) -> bool {
    let Some(found) = index.found(feature.as_str()) else { return false };
    let Geometry::Point(point) = found.rows.arena().geometry(found.row) else { return false };
    let choice = Choice { filter: ready.other_filter.as_ref(), interval: None };
    fences.nearest([point.x(), point.y()], FENCES, margin, choice).iter().any(|near| near.distance > 0.0)
}

/// Since when the last values have been beyond a threshold, one and all.
fn beyond_since(ready: &Ready, threshold: &Threshold, history: &[Observation]) -> Option<DateTime<Utc>> {
    let mut since = None;
    for reading in history {
        let value = ready.property.and_then(|place| reading.values.get(place).copied().flatten());
        let Some(value) = value else { continue };
        since = is_beyond(threshold, value).then(|| since.unwrap_or(reading.time));
    }
    since
}
