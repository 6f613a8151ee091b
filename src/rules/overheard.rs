//! What other nodes bring: readings, of which they have judged what follows, and their alerts.
//!
//! Two nodes may each judge a reading before they hear of the other's: one ends an alert that the other takes for open, or raises one from
//! what the other knows to be over. So whatever was judged by others is looked at again, once all of it has come.

use chrono::{DateTime, Utc};

use super::draft::{Cause, Draft};
use super::engine::{Engine, Moved};
use super::raise::Judging;
use super::values::{self, SETTLING};
use super::watch::Timer;
use super::{fences, near};
use crate::geo::Geometry;
use crate::index::Atlas;
use crate::model::FeatureId;
use crate::model::alert::{Action, Alert};
use crate::model::rule::When;

impl Engine {
    /// Takes in what others brought: what would follow from their readings here, of which memories alone count, and their alerts.
    /// `atlas` is as it was before them.
    pub fn overhear(
        &mut self,
        draft: Draft,
        alerts: impl IntoIterator<Item = Alert>,
        atlas: &Atlas,
        now: DateTime<Utc>,
    ) {
        let mut doubts: Vec<Cause> = draft.touched().cloned().collect();
        self.learn(draft.overheard());
        for alert in alerts {
            doubts.extend(self.hear(alert, atlas));
        }
        doubts.iter().for_each(|cause| self.doubt(cause, now));
    }

    /// Takes in an alert that another node raised or changed: what it is about, where that may be otherwise by now.
    fn hear(&mut self, alert: Alert, atlas: &Atlas) -> Option<Cause> {
        let is_open = alert.status.is_open();
        let last = alert.trail.last().cloned();
        let cause = self.state.learn_alert(alert, &self.rules);
        let last = last?;
        if is_open {
            return (last.action == Action::Raised).then_some(cause);
        }
        if last.by.is_none() && last.action != Action::Expired {
            return Some(cause);
        }
        let mut draft = Draft::default();
        self.mute(&mut draft, &cause, atlas);
        self.learn(draft);
        None
    }

    /// Looks after a while whether an alert is missing, or is one too many.
    fn doubt(&mut self, cause: &Cause, now: DateTime<Utc>) {
        let slot = self.rules.iter().position(|ready| ready.rule.id == cause.rule);
        let Some((slot, feature)) = slot.zip(FeatureId::new(&cause.feature)) else { return };
        let is_known = self.state.open_of(cause).is_some() || self.state.is_muted(cause);
        match self.rules[slot].rule.when {
            When::Threshold(_) if !is_known => {
                self.state.watches.entry((slot, feature.clone())).or_default().since.get_or_insert(now);
            }
            When::Threshold(_) | When::Inside(_) | When::Near(_) => {}
            _ => return,
        }
        self.state.timers.insert((now + SETTLING, Timer::Hold(slot, feature)));
    }

    /// A state of a feature may have begun, or be over: it is judged as it is now.
    pub(super) fn look_again(&self, judging: &mut Judging<'_>, slot: usize, feature: &FeatureId) {
        let ready = &self.rules[slot];
        if let When::Threshold(_) = ready.rule.when {
            return values::held(judging, slot, ready, feature);
        }
        let found = judging.atlas.layer(&ready.layer.id).and_then(|index| index.found(feature.as_str()));
        let Some(Geometry::Point(point)) = found.map(|found| found.rows.arena().geometry(found.row)) else { return };
        let rests = Moved { feature, at: judging.now, place: [point.x(), point.y()] };
        match &ready.rule.when {
            When::Inside(fenced) => fences::rests(judging, ready, fenced, &rests),
            When::Near(near) => near::moved(judging, ready, near, &rests),
            _ => {}
        }
    }
}
