//! What other nodes bring: readings, of which they have judged what follows, and their alerts.

use chrono::{DateTime, Utc};

use super::draft::{Cause, Draft};
use super::engine::Engine;
use super::values::SETTLING;
use super::watch::Timer;
use crate::model::FeatureId;
use crate::model::alert::{Action, Alert};
use crate::model::rule::When;

impl Engine {
    /// Takes in what others brought: what would follow from their readings here, of which memories alone count, and their alerts.
    ///
    /// Two nodes may each judge a reading before they hear of the other's: one ends an alert that the other takes for open, and what
    /// is beyond its threshold anew then raises none. So what is beyond it without an alert is looked at again, once both have come.
    pub fn overhear(&mut self, draft: Draft, alerts: impl IntoIterator<Item = Alert>, now: DateTime<Utc>) {
        let mut doubts: Vec<Cause> = draft.raised().cloned().collect();
        self.learn(draft.overheard());
        for alert in alerts {
            doubts.extend(self.hear(alert));
        }
        doubts.iter().for_each(|cause| self.doubt(cause, now));
    }

    /// Takes in an alert that another node raised or changed: what it was about, where that is over.
    fn hear(&mut self, alert: Alert) -> Option<Cause> {
        let ended = alert.trail.last().filter(|_| !alert.status.is_open()).cloned();
        let cause = self.state.learn_alert(alert, &self.rules);
        let ended = ended?;
        if ended.by.is_none() && ended.action != Action::Expired {
            return Some(cause);
        }
        let mut draft = Draft::default();
        self.mute(&mut draft, &cause);
        self.learn(draft);
        None
    }

    /// Looks after a while whether something is beyond its threshold that has no alert.
    fn doubt(&mut self, cause: &Cause, now: DateTime<Utc>) {
        let slot = self.rules.iter().position(|ready| ready.rule.id == cause.rule);
        let Some((slot, feature)) = slot.zip(FeatureId::new(&cause.feature)) else { return };
        let is_known = self.state.open_of(cause).is_some() || self.state.is_muted(cause);
        if is_known || !matches!(self.rules[slot].rule.when, When::Threshold(_)) {
            return;
        }
        self.state.timers.insert((now + SETTLING, Timer::Hold(slot, feature.clone())));
        self.state.watches.entry((slot, feature)).or_default().since.get_or_insert(now);
    }
}
