//! Rules of values: thresholds with hysteresis and a time to hold, fast changes, silence.

use super::raise::{Finding, Judging};
use super::ready::Ready;
use super::watch::Timer;
use crate::model::rule::{FastChange, Threshold, When};
use crate::model::{FeatureId, Observation, TimeSpan};

/// Values of one feature that a rule of change looks back to: beyond so many the oldest are forgotten.
const LOOKED_BACK: usize = 256;

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
    if judging.is_held(ready, feature, None) {
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
    let watch = judging.draft.watch(judging.state, slot, feature);
    watch.value = Some(value);
    match watch.since {
        Some(since) if hold.after(since) <= reading.time => {
            watch.since = None;
            judging.found(ready, feature, finding);
        }
        Some(_) => {}
        None => {
            watch.since = Some(reading.time);
            judging.draft.timers.push((hold.after(reading.time), Timer::Hold(slot, feature.clone())));
        }
    }
}

/// A value was beyond its threshold, and may have been ever since.
pub fn held(judging: &mut Judging<'_>, slot: usize, ready: &Ready, feature: &FeatureId) {
    let When::Threshold(threshold) = &ready.rule.when else { return };
    let watch = judging.draft.watch(judging.state, slot, feature);
    let Some(since) = watch.since else { return };
    let due = threshold.hold.map_or(since, |hold| hold.after(since));
    if due > judging.now {
        return; // it was well in between; another timer is set
    }
    watch.since = None;
    let value = watch.value;
    judging.found(ready, feature, Finding { value, ..Finding::at(judging.now) });
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
    while watch.values.front().is_some_and(|(time, _)| *time < from) || watch.values.len() >= LOOKED_BACK {
        watch.values.pop_front();
    }
    let before = watch.values.iter().map(|(_, value)| *value);
    let by = match (change.rise, change.fall) {
        (Some(rise), _) => before.reduce(f64::min).map(|least| value - least).filter(|by| *by >= rise),
        (None, Some(fall)) => before.reduce(f64::max).map(|most| most - value).filter(|by| *by >= fall),
        (None, None) => None,
    };
    // What has been told does not count again.
    if by.is_some() {
        watch.values.clear();
    }
    watch.values.push_back((reading.time, value));
    if by.is_some() {
        judging.found(ready, &reading.feature, Finding { value: Some(value), ..Finding::at(reading.time) });
    }
}

/// A feature was heard of.
pub fn heard(judging: &mut Judging<'_>, slot: usize, ready: &Ready, after: TimeSpan, reading: &Observation) {
    let feature = &reading.feature;
    let watch = judging.draft.watch(judging.state, slot, feature);
    if watch.heard.is_some_and(|heard| heard >= reading.time) {
        return;
    }
    watch.heard = Some(reading.time);
    if !watch.timed {
        watch.timed = true;
        judging.draft.timers.push((after.after(reading.time), Timer::Silence(slot, feature.clone())));
    }
    let is_silent = after.after(reading.time) <= judging.now;
    if !is_silent && judging.is_held(ready, feature, None) {
        judging.over(ready, feature, None, judging.now);
    }
}

/// A feature may have been silent for too long.
pub fn silence(judging: &mut Judging<'_>, slot: usize, ready: &Ready, feature: &FeatureId) {
    let When::Stale { after } = &ready.rule.when else { return };
    let now = judging.now;
    let watch = judging.draft.watch(judging.state, slot, feature);
    let Some(heard) = watch.heard else { return };
    let due = after.after(heard);
    if due > now {
        judging.draft.timers.push((due, Timer::Silence(slot, feature.clone())));
        return;
    }
    watch.timed = false;
    #[expect(clippy::cast_precision_loss, reason = "minutes")]
    let minutes = (now - heard).num_minutes() as f64;
    judging.found(ready, feature, Finding { value: Some(minutes), ..Finding::at(now) });
}
