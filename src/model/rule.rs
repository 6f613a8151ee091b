//! Rules: when something in the city is worth somebody's attention, how much, and what is to be done then.

use serde::{Deserialize, Serialize};

use super::layer::Title;
use super::span::TimeSpan;

/// How bad it is (CAP 1.2, section 3.2.2, `severity`), the worst last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Nobody knows.
    #[default]
    Unknown,
    /// Minimal or no known threat.
    Minor,
    /// Possible threat.
    Moderate,
    /// Significant threat.
    Severe,
    /// Extraordinary threat.
    Extreme,
}

/// How soon something must be done (CAP 1.2, `urgency`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Urgency {
    /// At once.
    Immediate,
    /// Within the hour.
    #[default]
    Expected,
    /// In the near future.
    Future,
    /// It is over.
    Past,
    /// Nobody knows.
    Unknown,
}

/// How sure it is (CAP 1.2, `certainty`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Certainty {
    /// It has happened, or is going on.
    #[default]
    Observed,
    /// More than even odds.
    Likely,
    /// Less.
    Possible,
    /// Close to none.
    Unlikely,
    /// Nobody knows.
    Unknown,
}

/// What kind of thing it is (CAP 1.2, `category`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Category {
    /// Geophysical.
    Geo,
    /// Meteorological, floods among it.
    Met,
    /// Public safety.
    Safety,
    /// Law enforcement.
    Security,
    /// Rescue.
    Rescue,
    /// Fire.
    Fire,
    /// Health.
    Health,
    /// Environment.
    Env,
    /// Transport.
    Transport,
    /// Utilities and other infrastructure.
    Infra,
    /// Chemical, biological, radiological, nuclear.
    CBRNE,
    /// Anything else.
    #[default]
    Other,
}

/// A rule, as its file and the answer of `/rules` have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Lower-case ASCII letters, digits and `_`, a letter first.
    pub id: String,
    /// What it tells, for people.
    pub title: Title,
    /// The layer whose features it watches.
    pub layer: String,
    /// Which of them: CQL2 text over the fields of the layer; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// What has to be the case.
    pub when: When,
    /// How bad it is.
    pub severity: Severity,
    /// How soon something must be done.
    #[serde(default)]
    pub urgency: Urgency,
    /// How sure it is.
    #[serde(default)]
    pub certainty: Certainty,
    /// What kind of thing it is.
    #[serde(default)]
    pub category: Category,
    /// What an alert says, with `{name}`, `{feature}`, `{value}`, `{unit}`, `{fence}`, `{target}` and `{period}`; the title and the name
    /// without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<Title>,
    /// Who answers for it; that of the layer without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Title>,
    /// An alert that nobody ended is over after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<TimeSpan>,
    /// The playbook, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Names of webhooks in the configuration, which hear of its alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<String>,
}

impl Rule {
    /// Whether both ask for the same of the same features, whatever they make of it.
    #[must_use]
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        (&self.layer, &self.filter, &self.when) == (&other.layer, &other.filter, &other.when)
    }

    /// What it asks for, as it can be kept: the same text for rules that are about the same.
    #[must_use]
    pub fn condition(&self) -> String {
        serde_json::to_string(&(&self.layer, &self.filter, &self.when)).unwrap_or_default()
    }
}

/// One step of a playbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What to do.
    pub title: Title,
    /// Who does it.
    pub who: Title,
    /// After the alert was raised.
    pub within: TimeSpan,
    /// To whom the alert passes when it was not done by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Title>,
}

/// What has to be the case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum When {
    /// A value is beyond a threshold, for some time.
    Threshold(Threshold),
    /// There was no reading for some time. Features that were never measured are not meant.
    Stale {
        /// The longest time that is good.
        after: TimeSpan,
    },
    /// A feature that moves has come into a fence.
    Enter(Fenced),
    /// It has left one.
    Exit(Fenced),
    /// It is in one.
    Inside(Fenced),
    /// It has gone over the border of one, or over a line.
    Cross(Fenced),
    /// It is near a feature.
    Near(Near),
    /// A value changes fast.
    Change(FastChange),
    /// An indicator of a unit misses its target.
    Target(OffTarget),
}

/// `above` or `below`, one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// An observed property.
    pub property: String,
    /// Values greater than it are beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// Values less than it are beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// It is over when the value is back at this one: hysteresis. The threshold itself without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear: Option<f64>,
    /// Only after so long beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<TimeSpan>,
}

/// What receivers in vehicles err by: metres.
fn jitter() -> f64 {
    20.0
}

/// Which features are fences, and when one has been left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fenced {
    /// The layer of the fences.
    pub fence: String,
    /// Which of its features: CQL2 text; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence_filter: Option<String>,
    /// Metres outside at which a fence has been left: less is the jitter of a receiver.
    #[serde(default = "jitter")]
    pub margin: f64,
}

/// A feature of another layer is near.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// The other layer, or the same.
    pub other: String,
    /// Which of its features: CQL2 text; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_filter: Option<String>,
    /// Metres on the ellipsoid.
    pub within: f64,
    /// Metres at which it is over; `within` without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear: Option<f64>,
}

/// `rise` or `fall`, one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FastChange {
    /// An observed property.
    pub property: String,
    /// More than the least value of the time before by so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rise: Option<f64>,
    /// Less than the greatest value of the time before by so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fall: Option<f64>,
    /// How long back is looked.
    pub over: TimeSpan,
}

/// An indicator that misses its target, in the newest period that is told of its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffTarget {
    /// Its id.
    pub indicator: String,
    /// By more than so much, in the unit of the indicator.
    #[serde(default)]
    pub by: f64,
    /// In so many periods one after another, the newest among them.
    #[serde(default = "one")]
    pub periods: u32,
}

fn one() -> u32 {
    1
}

impl When {
    /// The observed property that it looks at.
    #[must_use]
    pub fn property(&self) -> Option<&str> {
        match self {
            Self::Threshold(threshold) => Some(&threshold.property),
            Self::Change(change) => Some(&change.property),
            _ => None,
        }
    }

    /// The indicator that it looks at.
    #[must_use]
    pub fn indicator(&self) -> Option<&str> {
        match self {
            Self::Target(target) => Some(&target.indicator),
            _ => None,
        }
    }

    /// Whether it is about where features are.
    #[must_use]
    pub fn is_spatial(&self) -> bool {
        matches!(self, Self::Enter(_) | Self::Exit(_) | Self::Inside(_) | Self::Cross(_) | Self::Near(_))
    }

    /// The fences.
    #[must_use]
    pub fn fenced(&self) -> Option<&Fenced> {
        match self {
            Self::Enter(fenced) | Self::Exit(fenced) | Self::Inside(fenced) | Self::Cross(fenced) => Some(fenced),
            _ => None,
        }
    }

    /// Whether it is a state that ends by itself; an event stays until somebody has seen to it.
    #[must_use]
    pub fn is_state(&self) -> bool {
        matches!(self, Self::Threshold(_) | Self::Stale { .. } | Self::Inside(_) | Self::Near(_) | Self::Target(_))
    }
}
