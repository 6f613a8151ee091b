//! What rules remember when a city is opened, from what is known in the atlas: values that are beyond a threshold now, and features
//! that have been heard of.

use chrono::{DateTime, Utc};

use super::ready::Ready;
use super::values::is_beyond;
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
                let watch = Watch { since: Some(time), value: Some(value), ..Watch::default() };
                timers.push((threshold.hold.map_or(now, |hold| hold.after(time)), Timer::Hold(slot, feature.clone())));
                watches.push(((slot, feature), watch));
            }
            When::Stale { after } => {
                let Some(heard) = known.time() else { continue };
                let watch = Watch { heard: Some(heard), timed: true, ..Watch::default() };
                timers.push((after.after(heard), Timer::Silence(slot, feature.clone())));
                watches.push(((slot, feature), watch));
            }
            _ => {}
        }
    }
    (watches, timers)
}
