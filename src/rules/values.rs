//! Rules of values: thresholds with hysteresis and a time to hold, fast changes, silence.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::raise::{Finding, Judging};
use super::ready::Ready;
use super::watch::{Timer, Watch};
use crate::index::Atlas;
use crate::index::present::Newest;
use crate::model::rule::{FastChange, Threshold, When};
use crate::model::{FeatureId, Observation, TimeSpan};

/// Values of one feature that a rule of change remembers: those that may still be the least, or the greatest, of its time. They are
/// many only while a value moves one way all the time without moving far; then every second one is forgotten.
const REMEMBERED: usize = 1_024;

/// What comes so late that the clock would judge it at once is mostly followed by what came after it (a broker that kept messages, a
/// service that was down): so long the clock waits for that.
pub const SETTLING: TimeDelta = TimeDelta::seconds(30);

/// Whether a value is beyond a threshold.
pub fn is_beyond(threshold: &Threshold, value: f64) -> bool {
    threshold.above.is_some_and(|above| value > above) || threshold.below.is_some_and(|below| value < below)
}

/// Whether what was beyond it is back.
fn is_back(threshold: &Threshold, value: f64) -> bool {
    match (threshold.above, threshold.below) {
        (Some(above), _) => value <= threshold.clear.unwrap_or(above),
        (None, Some(below)) => value >= threshold.clear.unwrap_or(below),
        (None, None) => true,
    }
}

/// A value that is newer than those before.
pub fn threshold(
    judging: &mut Judging<'_>,
    slot: usize,
    ready: &Ready,
    threshold: &Threshold,
    reading: &Observation,
    value: f64,
) {
    let feature = &reading.feature;
    held_until(judging, slot, ready, threshold, reading, value);
    if judging.is_held(ready, feature, None) {
        // A start, which sees what is beyond and not of what there are alerts, may have begun to count.
        if judging.draft.has_watch(judging.state, slot, feature) {
            judging.draft.watch(judging.state, slot, feature).since = None;
        }
        if is_back(threshold, value) {
            judging.over(ready, feature, None, reading.time);
        }
        return;
    }
    if !is_beyond(threshold, value) {
        // Nothing is remembered of the many that are well.
        if judging.draft.has_watch(judging.state, slot, feature) {
            judging.draft.watch(judging.state, slot, feature).since = None;
        }
        return;
    }
    let finding = Finding { value: Some(value), ..Finding::at(reading.time) };
    let Some(hold) = threshold.hold else { return judging.found(ready, feature, finding) };
    let settled = settled(hold.after(reading.time), judging.now);
    let watch = judging.draft.watch(judging.state, slot, feature);
    watch.value = Some(value);
    watch.settled = settled;
    if watch.since.is_none() {
        watch.since = Some(reading.time);
        let due = settled.unwrap_or_else(|| hold.after(reading.time));
        judging.draft.timers.push((due, Timer::Hold(slot, feature.clone())));
    }
}

/// When the clock may judge what it would judge at once.
pub fn settled(due: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (due <= now).then(|| now + SETTLING)
}

/// What was told before held until this reading: long enough, it was the case from then on, whether the clock has looked or not.
fn held_until(
    judging: &mut Judging<'_>,
    slot: usize,
    ready: &Ready,
    threshold: &Threshold,
    reading: &Observation,
    value: f64,
) {
    let feature = &reading.feature;
    let Some(hold) = threshold.hold else { return };
    if !judging.draft.has_watch(judging.state, slot, feature) {
        return;
    }
    let watch = judging.draft.watch(judging.state, slot, feature);
    let Some((since, before)) = watch.since.zip(watch.value) else { return };
    let due = hold.after(since);
    let goes_on = due == reading.time && is_beyond(threshold, value);
    if due < reading.time || goes_on {
        watch.since = None;
        let value = if goes_on { value } else { before };
        judging.found(ready, feature, Finding { value: Some(value), ..Finding::at(due) });
    }
}

/// What the property of a rule is now, as the atlas knows it.
pub fn newest(atlas: &Atlas, ready: &Ready, feature: &FeatureId) -> Option<Newest> {
    let present = atlas.present(&ready.layer.id)?;
    present.of(feature.as_str())?.values.get(ready.property?).copied().flatten()
}

/// Whether a threshold says that what was beyond it is back.
pub fn is_well(atlas: &Atlas, ready: &Ready, feature: &FeatureId) -> bool {
    let When::Threshold(threshold) = &ready.rule.when else { return false };
    newest(atlas, ready, feature).is_some_and(|(_, value)| is_back(threshold, value))
}

/// A value was beyond its threshold, and may have been ever since; or another node judged it.
pub fn held(judging: &mut Judging<'_>, slot: usize, ready: &Ready, feature: &FeatureId) {
    let When::Threshold(threshold) = &ready.rule.when else { return };
    let newest = newest(judging.atlas, ready, feature);
    if judging.is_held(ready, feature, None) {
        if let Some((time, _)) = newest.filter(|(_, value)| is_back(threshold, *value)) {
            judging.over(ready, feature, None, time);
        }
        return;
    }
    let watch = judging.draft.watch(judging.state, slot, feature);
    let Some(since) = watch.since else { return };
    let due = threshold.hold.map_or(since, |hold| hold.after(since)).max(watch.settled.unwrap_or(since));
    if due > judging.now {
        judging.draft.timers.push((due, Timer::Hold(slot, feature.clone())));
        return; // it was well in between, or more was told late
    }
    watch.since = None;
    // What another node brought meanwhile may be back.
    if let Some((_, value)) = newest.filter(|(_, value)| is_beyond(threshold, *value)) {
        judging.found(ready, feature, Finding { value: Some(value), ..Finding::at(judging.now) });
    }
}

/// A value beside those of the time before.
pub fn change(
    judging: &mut Judging<'_>,
    slot: usize,
    ready: &Ready,
    change: &FastChange,
    reading: &Observation,
    value: f64,
) {
    let watch = judging.draft.watch(judging.state, slot, &reading.feature);
    let from = reading.time - change.over.delta();
    while watch.values.front().is_some_and(|(time, _)| *time < from) {
        watch.values.pop_front();
    }
    // The first is the least of all, or the greatest.
    let first = watch.values.front().map(|(_, first)| *first);
    let is_far = match (change.rise, change.fall) {
        (Some(rise), _) => first.is_some_and(|least| value - least >= rise),
        (None, Some(fall)) => first.is_some_and(|most| most - value >= fall),
        (None, None) => false,
    };
    // What has been told does not count again.
    if is_far {
        watch.values.clear();
    }
    remember(change, &mut watch.values, (reading.time, value));
    if watch.values.len() > REMEMBERED {
        let mut number = 0;
        watch.values.retain(|_| {
            number += 1;
            number % 2 == 1
        });
    }
    if is_far {
        judging.found(ready, &reading.feature, Finding { value: Some(value), ..Finding::at(reading.time) });
    }
}

/// Puts a value behind those before it that it does not outdo.
fn remember(change: &FastChange, values: &mut VecDeque<(DateTime<Utc>, f64)>, (time, value): (DateTime<Utc>, f64)) {
    let outdone = |known: f64| if change.rise.is_some() { known >= value } else { known <= value };
    while values.back().is_some_and(|(_, known)| outdone(*known)) {
        values.pop_back();
    }
    values.push_back((time, value));
}

/// Puts what came while a history was read behind it. A change that began in the history and ended in what came is told by the next
/// value.
pub fn join(change: &FastChange, history: &mut VecDeque<(DateTime<Utc>, f64)>, came: &VecDeque<(DateTime<Utc>, f64)>) {
    let told = history.back().map(|(time, _)| *time);
    for known in came.iter().filter(|(time, _)| told.is_none_or(|told| *time > told)) {
        remember(change, history, *known);
    }
}

/// A feature was heard of.
pub fn heard(judging: &mut Judging<'_>, slot: usize, ready: &Ready, after: TimeSpan, reading: &Observation) {
    let feature = &reading.feature;
    let watch = judging.draft.watch(judging.state, slot, feature);
    if watch.heard.is_some_and(|heard| heard >= reading.time) {
        return;
    }
    let due = after.after(reading.time);
    watch.heard = Some(reading.time);
    watch.settled = settled(due, judging.now);
    if !watch.timed {
        watch.timed = true;
        let due = watch.settled.unwrap_or(due);
        judging.draft.timers.push((due, Timer::Silence(slot, feature.clone())));
    }
    let is_silent = due <= judging.now;
    if !is_silent && judging.is_held(ready, feature, None) {
        judging.over(ready, feature, None, judging.now);
    }
}

/// A feature was changed: the filter may choose it now, which it did not when it had been silent for too long.
pub fn chosen(judging: &mut Judging<'_>, slot: usize, ready: &Ready, feature: &FeatureId) {
    let waits = |watch: &Watch| watch.heard.is_some() && !watch.timed;
    if !matches!(ready.rule.when, When::Stale { .. })
        || !judging.draft.remembered(judging.state, slot, feature).is_some_and(waits)
    {
        return;
    }
    judging.draft.watch(judging.state, slot, feature).timed = true;
    // When the change is kept.
    judging.draft.timers.push((judging.now, Timer::Silence(slot, feature.clone())));
}

/// A feature may have been silent for too long.
pub fn silence(judging: &mut Judging<'_>, slot: usize, ready: &Ready, feature: &FeatureId) {
    let When::Stale { after } = &ready.rule.when else { return };
    let now = judging.now;
    let watch = judging.draft.watch(judging.state, slot, feature);
    let Some(heard) = watch.heard else { return };
    let due = after.after(heard).max(watch.settled.unwrap_or(heard));
    if due > now {
        judging.draft.timers.push((due, Timer::Silence(slot, feature.clone())));
        return;
    }
    watch.timed = false;
    #[expect(clippy::cast_precision_loss, reason = "minutes")]
    let minutes = (now - heard).num_minutes() as f64;
    judging.found(ready, feature, Finding { value: Some(minutes), ..Finding::at(now) });
}
