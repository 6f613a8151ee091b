//! Alerts: what a rule found, what people did about it, and when. Time is an argument.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::feature::{Feature, FeatureId};
use super::layer::{Layer, Title};
use super::rule::{Category, Certainty, Severity, Urgency};
use super::value::Value;
use crate::geo::Geometry;

/// The layer whose features alerts are.
pub const ALERTS: &str = "alerts";

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody has seen to it.
    Raised,
    /// Somebody has.
    Acknowledged,
    /// It is over.
    Resolved,
    /// Nobody ended it in its time.
    Expired,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Raised, Self::Acknowledged, Self::Resolved, Self::Expired];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Expired => "expired",
        }
    }

    /// Whether something is still to be done.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Raised | Self::Acknowledged)
    }
}

/// A feature of a layer by its names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FeatureName {
    /// The layer.
    pub layer: String,
    /// The feature.
    pub feature: String,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its name: rule, moment, and a number of what it is about.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// What the rule tells.
    pub title: Title,
    /// What this alert tells.
    pub headline: Title,
    /// CAP 1.2.
    pub severity: Severity,
    /// CAP 1.2.
    pub urgency: Urgency,
    /// CAP 1.2.
    pub certainty: Certainty,
    /// CAP 1.2.
    pub category: Category,
    /// Where it stands.
    pub status: Status,
    /// The layer of the feature.
    pub layer: String,
    /// The feature that it is about.
    pub feature: String,
    /// The fence, or the feature that is near.
    pub fence: Option<FeatureName>,
    /// The observed property that was looked at.
    pub property: Option<String>,
    /// Its value then, or metres to what is near, or minutes of silence.
    pub value: Option<f64>,
    /// The unit of the value.
    pub unit: Option<String>,
    /// Where: `[lon, lat]`.
    pub place: [f64; 2],
    /// How often it was found while it was open.
    pub count: u32,
    /// When it was found.
    pub raised_at: DateTime<Utc>,
    /// When anything of it changed last.
    pub changed_at: DateTime<Utc>,
    /// When it is over by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who answers for it.
    pub agency: Title,
    /// Who sees to it.
    pub assigned_to: Option<String>,
    /// The playbook.
    pub steps: Vec<Task>,
    /// Names of webhooks that hear of it.
    pub webhooks: Vec<String>,
    /// Everything that happened to it, in order.
    pub trail: Vec<Entry>,
}

/// A step of the playbook of one alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Counted from 1.
    pub n: usize,
    /// What to do.
    pub title: Title,
    /// Who does it.
    pub who: Title,
    /// By when.
    pub due: DateTime<Utc>,
    /// It was not done by then.
    pub late: bool,
    /// Who hears of that.
    pub escalate: Option<Title>,
    /// That it was done.
    pub done: Option<Done>,
}

/// Who did a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// What there is to say.
    pub note: Option<String>,
}

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A rule found it.
    Raised,
    /// A rule found it again while it was open: an event that happened once more.
    Repeated,
    /// Somebody sees to it.
    Acknowledged,
    /// It is somebody's now.
    Assigned,
    /// A step was done.
    Step,
    /// A step was not done in time.
    Escalated,
    /// It is over: somebody said so, or what was found is not so any more.
    Resolved,
    /// Nobody ended it in its time.
    Expired,
}

impl Action {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Repeated => "repeated",
            Self::Acknowledged => "acknowledged",
            Self::Assigned => "assigned",
            Self::Step => "step",
            Self::Escalated => "escalated",
            Self::Resolved => "resolved",
            Self::Expired => "expired",
        }
    }
}

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub action: Action,
    /// Who; the service itself without it.
    pub by: Option<String>,
    /// What there is to say.
    pub note: Option<String>,
}

/// Lines that tell that it happened again: a trail does not grow with what goes on for days while nobody looks.
const REPEATED: usize = 100;

/// What somebody does about an alert.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Sees to it.
    Acknowledge,
    /// Says that it is over.
    Resolve,
    /// Gives it to somebody.
    Assign(String),
    /// Has done a step of the playbook.
    Tick(usize),
}

/// Why something cannot be done about an alert.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeedError {
    /// It is over.
    #[error("the alert is {0} already: nothing can be done about it any more")]
    Over(&'static str),
    /// Somebody did it before.
    #[error("{by} has done that already, at {at}")]
    Done {
        /// Who.
        by: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// The playbook is shorter.
    #[error("there is no step {n}; the playbook has {of}")]
    NoStep {
        /// As it was asked for.
        n: usize,
        /// Steps that there are.
        of: usize,
    },
}

impl Alert {
    /// Does what somebody did.
    pub fn act(&mut self, deed: &Deed, by: &str, note: Option<&str>, now: DateTime<Utc>) -> Result<Action, DeedError> {
        if !self.status.is_open() {
            return Err(DeedError::Over(self.status.as_str()));
        }
        let note = note.map(str::to_owned);
        let (action, told) = match deed {
            Deed::Acknowledge => {
                if let Some(known) = self.trail.iter().rev().find(|entry| entry.action == Action::Acknowledged) {
                    return Err(DeedError::Done { by: known.by.clone().unwrap_or_default(), at: known.at });
                }
                self.status = Status::Acknowledged;
                (Action::Acknowledged, note)
            }
            Deed::Resolve => {
                self.status = Status::Resolved;
                (Action::Resolved, note)
            }
            Deed::Assign(to) => {
                self.assigned_to = Some(to.clone());
                (Action::Assigned, Some(note.map_or_else(|| to.clone(), |note| format!("{to}: {note}"))))
            }
            Deed::Tick(n) => {
                let of = self.steps.len();
                let task = self.steps.iter_mut().find(|task| task.n == *n).ok_or(DeedError::NoStep { n: *n, of })?;
                if let Some(done) = &task.done {
                    return Err(DeedError::Done { by: done.by.clone(), at: done.at });
                }
                task.done = Some(Done { at: now, by: by.to_owned(), note: note.clone() });
                (Action::Step, Some(note.map_or_else(|| n.to_string(), |note| format!("{n}: {note}"))))
            }
        };
        self.note(action, Some(by), told, now);
        Ok(action)
    }

    /// Counts that it happened again, and says so in the trail, of which at most so many lines do ([`REPEATED`]).
    pub fn repeat(&mut self, value: Option<f64>, at: DateTime<Utc>) -> Option<Action> {
        let at = at.max(self.changed_at);
        self.count = self.count.saturating_add(1);
        self.value = value.or(self.value);
        if self.repeated() >= REPEATED {
            self.changed_at = at;
            return None;
        }
        self.note(Action::Repeated, None, value.map(|value| value.to_string()), at);
        Some(Action::Repeated)
    }

    fn repeated(&self) -> usize {
        self.trail.iter().filter(|entry| entry.action == Action::Repeated).count()
    }

    /// How often there was something to tell of it: each line of the trail, and each time that it was only counted.
    #[must_use]
    pub fn edition(&self) -> usize {
        self.trail.len() - self.repeated() + self.count.saturating_sub(1) as usize
    }

    /// Ends it: what was found is not so any more.
    pub fn clear(&mut self, now: DateTime<Utc>) {
        self.status = Status::Resolved;
        self.note(Action::Resolved, None, None, now);
    }

    /// Ends it: its time is over.
    pub fn expire(&mut self, now: DateTime<Utc>) {
        self.status = Status::Expired;
        self.note(Action::Expired, None, None, now);
    }

    /// Notes the steps that should have been done by now, and gives the alert to whom the last of them names, unless a person has
    /// given it to somebody. Says how many there are that were not known to be late.
    pub fn escalate(&mut self, now: DateTime<Utc>) -> usize {
        let late = |task: &&mut Task| !task.late && task.done.is_none() && task.due <= now;
        let mut told = Vec::new();
        for task in self.steps.iter_mut().filter(late) {
            task.late = true;
            let whom = task.escalate.as_ref().map(|whom| whom.vi.clone());
            told.push((task.n, whom));
        }
        let by_hand = self.trail.iter().any(|entry| entry.action == Action::Assigned);
        for (n, whom) in &told {
            if let Some(whom) = whom.as_ref().filter(|_| !by_hand) {
                self.assigned_to = Some(whom.clone());
            }
            let note = whom.as_ref().map_or_else(|| n.to_string(), |whom| format!("{n}: {whom}"));
            self.note(Action::Escalated, None, Some(note), now);
        }
        told.len()
    }

    /// When the next step is late.
    #[must_use]
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.steps.iter().filter(|task| !task.late && task.done.is_none()).map(|task| task.due).min()
    }

    /// Writes a line of the trail.
    pub fn note(&mut self, action: Action, by: Option<&str>, note: Option<String>, now: DateTime<Utc>) {
        self.changed_at = now;
        self.trail.push(Entry { at: now, action, by: by.map(str::to_owned), note });
    }

    /// The alert as a feature of its layer: the fields that the layer has of it.
    #[must_use]
    pub fn feature(&self, layer: &Layer) -> Option<Feature> {
        let properties = layer.fields.iter().map(|field| self.value(&field.name)).collect();
        let geometry = Geometry::Point(geo_types::Point::new(self.place[0], self.place[1]));
        Some(Feature { layer: layer.id.clone(), id: FeatureId::new(&self.id)?, geometry, properties })
    }

    fn value(&self, field: &str) -> Option<Value> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        match field {
            "rule" => text(&self.rule),
            "title" => text(&self.title.vi),
            "title_en" => text(&self.title.en),
            "headline" => text(&self.headline.vi),
            "headline_en" => text(&self.headline.en),
            "severity" => text(&format!("{:?}", self.severity)),
            "category" => text(&format!("{:?}", self.category)),
            "status" => text(self.status.as_str()),
            "source_layer" => text(&self.layer),
            "source_feature" => text(&self.feature),
            "fence" => self.fence.as_ref().and_then(|fence| text(&fence.feature)),
            "property" => self.property.as_deref().and_then(text),
            "value" => self.value.map(Value::Real),
            "count" => Some(Value::Integer(i64::from(self.count))),
            "raised_at" => Some(Value::DateTime(self.raised_at)),
            "changed_at" => Some(Value::DateTime(self.changed_at)),
            "expires_at" => self.expires_at.map(Value::DateTime),
            "agency" => text(&self.agency.vi),
            "assigned_to" => self.assigned_to.as_deref().and_then(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Title {
        Title { vi: text.to_owned(), en: text.to_owned() }
    }

    fn moment(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + minute * 60, 0).expect("a moment")
    }

    fn alert() -> Alert {
        let task = |n: usize, minutes: i64| Task {
            n,
            title: title("call"),
            who: title("watch"),
            due: moment(minutes),
            late: false,
            escalate: (n == 2).then(|| title("chief")),
            done: None,
        };
        Alert {
            id: "full-1".to_owned(),
            rule: "full".to_owned(),
            title: title("full"),
            headline: title("full: A"),
            severity: Severity::Minor,
            urgency: Urgency::default(),
            certainty: Certainty::default(),
            category: Category::Transport,
            status: Status::Raised,
            layer: "parking".to_owned(),
            feature: "A".to_owned(),
            fence: None,
            property: None,
            value: None,
            unit: None,
            place: [105.0, 19.0],
            count: 1,
            raised_at: moment(0),
            changed_at: moment(0),
            expires_at: None,
            agency: title("office"),
            assigned_to: None,
            steps: vec![task(1, 5), task(2, 10)],
            webhooks: Vec::new(),
            trail: Vec::new(),
        }
    }

    #[test]
    fn deeds_go_one_way_and_stand_in_the_trail() {
        let mut alert = alert();
        assert_eq!(alert.act(&Deed::Acknowledge, "Lan", Some("seen"), moment(1)), Ok(Action::Acknowledged));
        let again = alert.act(&Deed::Acknowledge, "Minh", None, moment(2));
        assert_eq!(again, Err(DeedError::Done { by: "Lan".to_owned(), at: moment(1) }));
        assert_eq!(alert.act(&Deed::Tick(1), "Lan", None, moment(2)), Ok(Action::Step));
        assert_eq!(alert.act(&Deed::Tick(3), "Lan", None, moment(2)), Err(DeedError::NoStep { n: 3, of: 2 }));
        assert!(alert.act(&Deed::Tick(1), "Lan", None, moment(3)).is_err(), "a step is done once");
        assert_eq!(alert.act(&Deed::Assign("Hà".to_owned()), "Lan", None, moment(3)), Ok(Action::Assigned));
        assert_eq!(alert.act(&Deed::Resolve, "Hà", None, moment(4)), Ok(Action::Resolved));
        assert_eq!(alert.act(&Deed::Tick(2), "Hà", None, moment(5)), Err(DeedError::Over("resolved")));
        let trail: Vec<_> = alert.trail.iter().map(|entry| (entry.action, entry.by.as_deref())).collect();
        let expected = [
            (Action::Acknowledged, Some("Lan")),
            (Action::Step, Some("Lan")),
            (Action::Assigned, Some("Lan")),
            (Action::Resolved, Some("Hà")),
        ];
        assert_eq!(trail, expected);
        assert_eq!((alert.status, alert.changed_at), (Status::Resolved, moment(4)));
    }

    #[test]
    fn what_happens_again_is_told_and_the_trail_does_not_grow_for_ever() {
        let mut alert = alert();
        alert.note(Action::Raised, None, None, moment(0));
        let mut editions = vec![alert.edition()];
        for minute in 1..=300 {
            let told = alert.repeat(Some(1.5), moment(minute));
            assert_eq!(told.is_some(), minute <= 100, "{minute}");
            editions.push(alert.edition());
        }
        assert_eq!(alert.act(&Deed::Acknowledge, "Lan", None, moment(301)), Ok(Action::Acknowledged));
        editions.push(alert.edition());
        assert_eq!(editions, (1..=302).collect::<Vec<_>>());
        assert_eq!((alert.count, alert.trail.len(), alert.value), (301, 102, Some(1.5)));
        let last = &alert.trail[100];
        assert_eq!((last.action, last.at, last.note.as_deref()), (Action::Repeated, moment(100), Some("1.5")));
        alert.repeat(None, moment(7));
        assert_eq!((alert.value, alert.changed_at), (Some(1.5), moment(301)), "told late: no step back");
    }

    #[test]
    fn late_steps_are_told_once() {
        let mut alert = alert();
        assert_eq!(alert.next_due(), Some(moment(5)));
        assert_eq!(alert.escalate(moment(4)), 0);
        assert_eq!(alert.escalate(moment(5)), 1);
        assert_eq!(alert.escalate(moment(6)), 0, "once");
        assert_eq!(alert.assigned_to, None, "nobody is named for the first step");
        assert_eq!(alert.escalate(moment(11)), 1);
        assert_eq!(alert.assigned_to.as_deref(), Some("chief"));
        assert_eq!(alert.next_due(), None);
    }

    #[test]
    fn a_late_step_passes_an_alert_on_unless_a_person_has_given_it_to_somebody() {
        // When it is given to Lan; who has it after the first step is late, and after the second.
        for (given, expected) in [(1, ["Lan", "Lan"]), (7, ["head", "Lan"]), (11, ["head", "chief"])] {
            let (mut alert, mut has) = (alert(), Vec::new());
            alert.steps[0].escalate = Some(title("head"));
            for minute in 0..=20 {
                if minute == given {
                    alert.act(&Deed::Assign("Lan".to_owned()), "Minh", None, moment(minute)).expect("it is open");
                }
                has.extend((alert.escalate(moment(minute)) > 0).then(|| alert.assigned_to.clone()).flatten());
            }
            assert_eq!((has, alert.trail.len()), (expected.map(str::to_owned).to_vec(), 3), "{given}");
        }
    }
}
