//! Features that are no more: what was found of them is over.

use super::draft::Cause;
use super::engine::Engine;
use super::raise::Judging;
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

    /// A layer may have been read anew, and features be gone of which there are alerts.
    pub(super) fn end_of_those_gone(&self, judging: &mut Judging<'_>) {
        for (alert, _) in self.state.open.values() {
            let Some((layer, feature)) = LayerId::new(&alert.layer).zip(FeatureId::new(&alert.feature)) else {
                continue;
            };
            if judging.atlas.layer(&layer).is_some_and(|index| !index.contains(&alert.feature)) {
                self.gone(judging, &layer, &feature);
            }
        }
    }
}
