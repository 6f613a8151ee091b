//! Features that are no more, or that no rule means any more: what was found of them is over.

use super::draft::Cause;
use super::engine::Engine;
use super::raise::{Judging, matches};
use crate::model::alert::Action;
use crate::model::{FeatureId, LayerId};

impl Engine {
    /// A feature is taken away: its alerts are over, also those of rules that are no more, and nothing of it is muted.
    pub(super) fn gone(&self, judging: &mut Judging<'_>, layer: &LayerId, feature: &FeatureId) {
        let now = judging.now;
        for (alert, cause) in self.state.open.values() {
            let is_open = || judging.draft.open(&self.state, cause).as_ref() == Some(&alert.id);
            if alert.layer == layer.as_str() && alert.feature == feature.as_str() && is_open() {
                judging.draft.alter(&self.state, &alert.id, |alert| {
                    alert.clear(now.max(alert.changed_at));
                    Some(Action::Resolved)
                });
            }
        }
        let watching =
            |cause: &&Cause| self.rules.iter().any(|ready| ready.rule.id == cause.rule && ready.layer.id == *layer);
        let own = self.state.muted.iter().filter(|cause| cause.feature == feature.as_str()).filter(watching);
        judging.draft.muted.extend(own.map(|cause| (cause.clone(), false)));
    }

    /// A layer may have been read anew, and features be gone of which there are alerts; or be changed, so that the filter of their rule
    /// chooses them no more.
    pub(super) fn end_of_those_not_meant(&self, judging: &mut Judging<'_>) {
        for (alert, cause) in self.state.open.values() {
            let Some((layer, feature)) = LayerId::new(&alert.layer).zip(FeatureId::new(&alert.feature)) else {
                continue;
            };
            let Some(index) = judging.atlas.layer(&layer) else { continue };
            let Some(found) = index.found(&alert.feature) else {
                self.gone(judging, &layer, &feature);
                continue;
            };
            let ready = self.rules.iter().find(|ready| ready.rule.id == alert.rule && ready.layer.id == layer);
            if let Some(ready) = ready.filter(|ready| ready.rule.when.is_state() && !matches(ready, &found)) {
                let now = judging.now;
                judging.over(ready, &feature, cause.fence.as_ref(), now);
            }
        }
    }
}
