//! What rules remember when a city is opened, from what is known in the atlas: values that are beyond a threshold now, and features
//! that have been heard of.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::draft::Cause;
use super::fences;
use super::ready::Ready;
use super::values::{is_beyond, settled};
use super::watch::{Timer, Watch};
use crate::index::Atlas;
use crate::model::FeatureId;
use crate::model::rule::When;

/// A memory of a feature under the rule in a slot.
pub type Remembered = ((usize, FeatureId), Watch);

/// The memories and timers of a rule.
#[must_use]
pub fn watches(
    ready: &Ready,
    slot: usize,
    atlas: &Atlas,
    now: DateTime<Utc>,
) -> (Vec<Remembered>, Vec<(DateTime<Utc>, Timer)>) {
    let (mut watches, mut timers) = (Vec::new(), Vec::new());
    let Some(present) = atlas.present(&ready.layer.id) else { return (watches, timers) };
    for known in present.slots() {
        let Some(feature) = FeatureId::new(&known.id) else { continue };
        match &ready.rule.when {
            When::Threshold(threshold) => {
                let value = ready.property.and_then(|place| known.values.get(place).copied().flatten());
                let Some((time, value)) = value.filter(|(_, value)| is_beyond(threshold, *value)) else { continue };
                let settled = threshold.hold.and_then(|hold| settled(hold.after(time), now));
                let watch = Watch { since: Some(time), value: Some(value), settled, ..Watch::default() };
                let due = settled.unwrap_or_else(|| threshold.hold.map_or(now, |hold| hold.after(time)));
                timers.push((due, Timer::Hold(slot, feature.clone())));
                watches.push(((slot, feature), watch));
            }
            When::Stale { after } => {
                let Some(heard) = known.time() else { continue };
                let settled = settled(after.after(heard), now);
                let watch = Watch { heard: Some(heard), timed: true, settled, ..Watch::default() };
                timers.push((settled.unwrap_or_else(|| after.after(heard)), Timer::Silence(slot, feature.clone())));
                watches.push(((slot, feature), watch));
            }
            _ => {}
        }
    }
    (watches, timers)
}

/// The fences of alerts that are open, or were ended before their causes: where a feature rests in the margin of one, its place does
/// not tell that it has not left.
#[must_use]
pub fn fenced<'c>(
    rules: &[Arc<Ready>],
    causes: impl Iterator<Item = &'c Cause>,
    atlas: &Atlas,
    now: DateTime<Utc>,
) -> HashMap<(usize, FeatureId), Watch> {
    let mut inside: HashMap<(usize, FeatureId), BTreeSet<Box<str>>> = HashMap::new();
    for cause in causes {
        let Some(fence) = &cause.fence else { continue };
        let own = |ready: &Arc<Ready>| ready.rule.id == cause.rule && matches!(ready.rule.when, When::Inside(_));
        let Some((slot, feature)) = rules.iter().position(own).zip(FeatureId::new(&cause.feature)) else { continue };
        if rules[slot].other.as_ref().is_some_and(|layer| layer.id.as_str() == fence.layer) {
            let at_rest = || fences::at_rest(&rules[slot], atlas, &cause.feature, now).into_iter().collect();
            inside.entry((slot, feature)).or_insert_with(at_rest).insert(fence.feature.as_str().into());
        }
    }
    let watch = |inside: BTreeSet<Box<str>>| Watch { inside: Some(inside.into_iter().collect()), ..Watch::default() };
    inside.into_iter().map(|(key, inside)| (key, watch(inside))).collect()
}
