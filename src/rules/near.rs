//! Rules of nearness: a feature that moves has come near another one.

use super::engine::Moved;
use super::raise::{Finding, Judging};
use super::ready::Ready;
use crate::index::nearest::Choice;
use crate::model::alert::FeatureName;
use crate::model::rule::Near;
use crate::model::validity::Interval;

/// Judges a feature that has moved.
pub fn moved(judging: &mut Judging<'_>, ready: &Ready, near: &Near, moved: &Moved<'_>) {
    let Some(others) = ready.other.as_ref().and_then(|layer| judging.atlas.layer(&layer.id)) else { return };
    let is_held = judging.is_held(ready, moved.feature, None);
    let reach = if is_held { near.clear.unwrap_or(near.within) } else { near.within };
    let day = Interval::day_of(moved.at);
    let interval = others.layer().validity.is_some().then_some(&day);
    let choice = Choice { filter: ready.other_filter.as_ref(), interval };
    // One more: of its own layer it is the nearest to itself.
    let found = others.nearest(moved.place, 2, reach, choice);
    let own = |id: &str| others.layer().id == ready.layer.id && id == moved.feature.as_str();
    match found.into_iter().find(|near| !own(near.found.id())) {
        Some(_) if is_held => {}
        Some(near) => {
            let other = FeatureName { layer: others.layer().id.to_string(), feature: near.found.id().to_owned() };
            let finding = Finding {
                value: Some(near.distance.round()),
                other: Some((other, near.found.called().to_owned())),
                place: Some(moved.place),
                ..Finding::at(moved.at)
            };
            judging.found(ready, moved.feature, finding);
        }
        None => judging.over(ready, moved.feature, None, moved.at),
    }
}
