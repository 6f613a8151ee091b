//! Alerts begun and ended: what is found of a cause, and what was there of it.

use chrono::{DateTime, SecondsFormat, Utc};

use super::draft::{Cause, Draft};
use super::engine::State;
use super::ready::Ready;
use crate::index::Atlas;
use crate::index::page::Found;
use crate::model::alert::{Action, Alert, FeatureName, Status, Task};
use crate::model::feature::fnv1a;
use crate::model::rule::When;
use crate::model::{FeatureId, Period, Title};

/// What a rule found of a feature.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    /// When.
    pub at: DateTime<Utc>,
    /// The value that was looked at.
    pub value: Option<f64>,
    /// The fence, or what is near: its layer, id and what people call it.
    pub other: Option<(FeatureName, String)>,
    /// What an indicator was held against.
    pub aim: Option<Aim>,
    /// Where, when that is newer than what the atlas knows.
    pub place: Option<[f64; 2]>,
}

/// The target that an indicator misses.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// In the unit of the indicator.
    pub target: f64,
    /// When.
    pub period: Period,
}

/// Everything at hand while something is judged.
pub struct Judging<'a> {
    /// As it was before.
    pub state: &'a State,
    /// As it was before.
    pub atlas: &'a Atlas,
    /// What follows.
    pub draft: &'a mut Draft,
    /// The present moment.
    pub now: DateTime<Utc>,
}

impl Judging<'_> {
    /// Something is the case. Says whether it is worth an alert: it is not when one is open, or when somebody has ended one since it
    /// began.
    pub fn found(&mut self, ready: &Ready, feature: &FeatureId, finding: Finding) {
        let cause = cause(ready, feature, finding.other.as_ref().map(|(name, _)| name));
        if let Some(id) = self.draft.open(self.state, &cause) {
            if !ready.rule.when.is_state() {
                self.again(ready, feature, &id, &finding);
            }
            return;
        }
        if self.draft.is_muted(self.state, &cause) {
            return;
        }
        let Some(found) = self.atlas.layer(&ready.layer.id).and_then(|index| index.found(feature.as_str())) else {
            return;
        };
        if !matches(ready, &found) {
            return;
        }
        let mut alert = alert(ready, &found, finding, &cause, self.now);
        let id = alert.id.clone();
        // Somebody has ended one of the same moment.
        for number in 2.. {
            if !self.draft.alerts.contains_key(&alert.id) && self.state.alert(&alert.id).is_none() {
                break;
            }
            alert.id = format!("{id}-{number}");
        }
        self.draft.raise(alert, cause);
    }

    /// An event of which an alert is open has happened again: the alert tells of the newest.
    fn again(&mut self, ready: &Ready, feature: &FeatureId, id: &str, finding: &Finding) {
        let found = self.atlas.layer(&ready.layer.id).and_then(|index| index.found(feature.as_str()));
        let headline = found.map(|found| headline(ready, &found, finding, unit(ready).as_ref()));
        self.draft.alter(self.state, id, |alert| {
            alert.headline = headline.unwrap_or_else(|| alert.headline.clone());
            alert.place = finding.place.unwrap_or(alert.place);
            alert.repeat(finding.value, finding.at.min(self.now))
        });
    }

    /// It is not the case any more.
    pub fn over(&mut self, ready: &Ready, feature: &FeatureId, fence: Option<&FeatureName>, at: DateTime<Utc>) {
        let cause = cause(ready, feature, fence);
        if self.draft.is_muted(self.state, &cause) {
            self.draft.muted.insert(cause.clone(), false);
        }
        if let Some(id) = self.draft.open(self.state, &cause) {
            let at = at.min(self.now);
            self.draft.alter(self.state, &id, |alert| {
                alert.clear(at.max(alert.changed_at));
                Some(Action::Resolved)
            });
        }
    }

    /// Whether an alert of it is open, or was ended while it went on.
    pub fn is_held(&self, ready: &Ready, feature: &FeatureId, fence: Option<&FeatureName>) -> bool {
        let cause = cause(ready, feature, fence);
        self.draft.open(self.state, &cause).is_some() || self.draft.is_muted(self.state, &cause)
    }
}

/// What an alert of a rule about a feature is about.
pub fn cause(ready: &Ready, feature: &FeatureId, fence: Option<&FeatureName>) -> Cause {
    let fence = fence.filter(|_| ready.rule.when.fenced().is_some()).cloned();
    Cause { rule: ready.rule.id.clone(), feature: feature.to_string(), fence }
}

/// Whether the filter of a rule is true of a feature.
pub fn matches(ready: &Ready, found: &Found) -> bool {
    ready.filter.as_ref().is_none_or(|filter| filter.bind(&found.rows).matches(found.row))
}

fn place(found: &Found) -> Option<[f64; 2]> {
    let bbox = found.rows.arena().geometry(found.row).bbox();
    let middle = [bbox.west.midpoint(bbox.east), bbox.south.midpoint(bbox.north)];
    middle.iter().all(|number| number.is_finite()).then_some(middle)
}

fn alert(ready: &Ready, found: &Found, finding: Finding, cause: &Cause, now: DateTime<Utc>) -> Alert {
    let rule = &ready.rule;
    let at = finding.at.min(now);
    let unit = unit(ready);
    let task = |(number, step): (usize, &crate::model::rule::Step)| Task {
        n: number + 1,
        title: step.title.clone(),
        who: step.who.clone(),
        due: step.within.after(now),
        late: false,
        escalate: step.escalate.clone(),
        done: None,
    };
    // A clock that is ahead tells several at once: each has its own moment.
    let stamp = finding.at.to_rfc3339_opts(SecondsFormat::Millis, true).replace(['-', ':', '.'], "");
    let mut alert = Alert {
        // With when it was judged: what was found may be found again of the same moment, when its alert was ended or its rule changed.
        id: format!("{}-{stamp}-{:016x}", rule.id, fnv1a(&format!("{} {}", cause.key(), now.timestamp_micros()))),
        rule: rule.id.clone(),
        title: rule.title.clone(),
        headline: headline(ready, found, &finding, unit.as_ref()),
        severity: rule.severity,
        urgency: rule.urgency,
        certainty: rule.certainty,
        category: rule.category,
        status: Status::Raised,
        layer: ready.layer.id.to_string(),
        feature: found.id().to_owned(),
        property: rule.when.property().or(rule.when.indicator()).map(str::to_owned),
        value: finding.value,
        unit: unit.map(|unit| unit.vi),
        place: finding.place.or_else(|| place(found)).unwrap_or_default(),
        fence: finding.other.map(|(name, _)| name),
        count: 1,
        raised_at: at,
        changed_at: at,
        expires_at: rule.expires.map(|span| span.after(now)),
        agency: rule.agency.clone().unwrap_or_else(|| ready.layer.agency.clone()),
        assigned_to: None,
        steps: rule.steps.iter().enumerate().map(task).collect(),
        webhooks: rule.webhooks.clone(),
        trail: Vec::new(),
    };
    alert.note(Action::Raised, None, None, at);
    alert
}

/// The unit of what a rule looks at, as it is printed.
fn unit(ready: &Ready) -> Option<Title> {
    let same = |text: &str| Title { vi: text.to_owned(), en: text.to_owned() };
    match &ready.rule.when {
        When::Near(_) => Some(same("m")),
        When::Stale { .. } => Some(same("min")),
        When::Target(_) => ready.indicator.as_ref().map(|indicator| indicator.unit.clone()),
        _ => ready.property.and_then(|place| ready.layer.observed[place].unit.as_deref()).map(same),
    }
}

/// What a headline may name in braces.
pub const FILLED_IN: [&str; 7] = ["name", "feature", "value", "unit", "fence", "target", "period"];

fn headline(ready: &Ready, found: &Found, finding: &Finding, unit: Option<&Title>) -> Title {
    let fence = finding.other.as_ref().map_or("", |(_, name)| name.as_str());
    let name = found.called();
    let unit = unit.cloned().unwrap_or_default();
    let period = finding.aim.map(|aim| aim.period.to_string()).unwrap_or_default();
    let filled = |text: &str, unit: &str, comma: bool| {
        let number = |number: Option<f64>| number.map(|number| spoken(number, comma)).unwrap_or_default();
        text.replace("{feature}", found.id())
            .replace("{unit}", unit)
            .replace("{value}", &number(finding.value))
            .replace("{target}", &number(finding.aim.map(|aim| aim.target)))
            .replace("{period}", &period)
            .replace("{fence}", fence)
            // Last: a name may hold anything.
            .replace("{name}", name)
    };
    match &ready.rule.headline {
        Some(headline) => Title { vi: filled(&headline.vi, &unit.vi, true), en: filled(&headline.en, &unit.en, false) },
        None => {
            Title { vi: format!("{}: {name}", ready.rule.title.vi), en: format!("{}: {name}", ready.rule.title.en) }
        }
    }
}

/// A number as it is read out: two decimals at most, with a comma in Vietnamese.
fn spoken(value: f64, comma: bool) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if comma { text.replace('.', ",") } else { text.to_owned() }
}
