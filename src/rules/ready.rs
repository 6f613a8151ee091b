//! A rule held against the layers of a city: names become places, filters are compiled.

use std::fmt;
use std::sync::Arc;

use super::raise::FILLED_IN;
use crate::index::cql2::Filter;
use crate::model::alert::ALERTS;
use crate::model::name::is_name;
use crate::model::rule::When;
use crate::model::{Audience, Indicator, Layer, Rule};

/// Metres that make sense in a rule: half the equator.
pub const FARTHEST: f64 = 20_037_508.0;

/// Steps of a playbook at most.
pub const MOST_STEPS: usize = 50;

/// Periods in a row at most: two years of months.
pub const MOST_PERIODS: u32 = 24;

/// Bytes of an id at most.
const LONGEST_ID: usize = 48;

/// A rule that can be judged by.
#[derive(Clone, Debug)]
pub struct Ready {
    /// As it was written.
    pub rule: Rule,
    /// The layer that it watches.
    pub layer: Arc<Layer>,
    /// Which of its features.
    pub filter: Option<Filter>,
    /// The place of its property in [`Layer::observed`].
    pub property: Option<usize>,
    /// The layer of fences, or of what is near.
    pub other: Option<Arc<Layer>>,
    /// Which of its features.
    pub other_filter: Option<Filter>,
    /// What is told of its units.
    pub indicator: Option<Arc<Indicator>>,
}

/// What a city has that rules may name.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its layers.
    pub layers: &'a [Arc<Layer>],
    /// Its indicators.
    pub indicators: &'a [Arc<Indicator>],
    /// The names of the webhooks.
    pub webhooks: &'a [String],
}

/// What is wrong with a rule: everything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RuleFault {
    /// Which.
    pub rule: String,
    /// What, and what would be right.
    pub faults: Vec<String>,
}

impl fmt::Display for RuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}`: {}", self.rule, self.faults.join("; "))
    }
}

/// What is found wrong on the way.
struct Looking<'a> {
    known: Known<'a>,
    faults: Vec<String>,
}

impl Ready {
    /// Holds a rule against what there is in a city.
    pub fn new(rule: Rule, known: Known<'_>) -> Result<Self, RuleFault> {
        let mut looking = Looking { known, faults: Vec::new() };
        looking.itself(&rule);
        for name in rule.webhooks.iter().filter(|name| !known.webhooks.contains(name)) {
            looking.fault(format!("`webhooks`: the configuration has no webhook `{name}`"));
        }
        let layer = looking.layer("layer", &rule.layer);
        let filter = looking.filter("filter", rule.filter.as_deref(), layer.as_ref());
        let property = layer.as_ref().and_then(|layer| looking.property(&rule.when, layer));
        if let Some(layer) = &layer {
            looking.kind(&rule.when, layer);
        }
        looking.numbers(&rule.when);
        let (other, other_filter) = looking.other(&rule.when);
        let indicator = looking.indicator(&rule);
        match layer {
            Some(layer) if looking.faults.is_empty() => {
                Ok(Self { rule, layer, filter, property, other, other_filter, indicator })
            }
            _ => Err(RuleFault { rule: rule.id, faults: looking.faults }),
        }
    }
}

impl Looking<'_> {
    fn fault(&mut self, message: String) {
        self.faults.push(message);
    }

    fn itself(&mut self, rule: &Rule) {
        if !is_name(&rule.id) {
            self.fault(format!(
                "`id` is made of lower-case letters, digits and `_`, a letter first, at most {LONGEST_ID}"
            ));
        }
        if rule.steps.len() > MOST_STEPS {
            self.fault(format!("{} steps, at most {MOST_STEPS}", rule.steps.len()));
        }
        self.texts(rule);
        let watched =
            self.known.layers.iter().find(|layer| layer.id.as_str() == rule.layer).map(|layer| layer.audience);
        match self.known.layers.iter().find(|layer| layer.id.as_str() == ALERTS).map(|alerts| alerts.audience) {
            None => {
                self.fault(format!("alerts are features of layer `{ALERTS}`: data/layers/{ALERTS}.toml is missing"));
            }
            Some(seen) if watched.is_some_and(|watched| !seen.may_see(watched)) => {
                self.fault(format!("layer `{}` is not for everybody who sees `{ALERTS}`", rule.layer));
            }
            Some(_) => {}
        }
    }

    /// What people read, in both languages.
    fn texts(&mut self, rule: &Rule) {
        let steps = rule.steps.iter().flat_map(|step| {
            let escalate = step.escalate.as_ref().map(|whom| ("steps.escalate", whom));
            [("steps.title", &step.title), ("steps.who", &step.who)].into_iter().chain(escalate)
        });
        let headline = rule.headline.as_ref().map(|text| ("headline", text));
        let agency = rule.agency.as_ref().map(|text| ("agency", text));
        for (key, text) in [("title", &rule.title)].into_iter().chain(headline).chain(agency).chain(steps) {
            if text.vi.trim().is_empty() || text.en.trim().is_empty() {
                self.fault(format!("`{key}` has a text in both languages, `vi` and `en`"));
            }
        }
        for text in rule.headline.iter().flat_map(|headline| [&headline.vi, &headline.en]) {
            let named = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
            for name in named.filter(|name| !FILLED_IN.contains(name)) {
                self.fault(format!(
                    "`headline`: nothing is filled in for `{{{name}}}`; there are {}",
                    FILLED_IN.join(", ")
                ));
            }
        }
    }

    fn layer(&mut self, key: &str, name: &str) -> Option<Arc<Layer>> {
        let found = self.known.layers.iter().find(|layer| layer.id.as_str() == name).cloned();
        if found.is_none() {
            self.fault(format!("`{key}`: there is no layer `{name}`"));
        }
        if name == ALERTS {
            self.fault(format!("`{key}`: a rule does not watch what rules make (`{ALERTS}`)"));
        }
        found
    }

    fn filter(&mut self, key: &str, text: Option<&str>, layer: Option<&Arc<Layer>>) -> Option<Filter> {
        let (text, layer) = (text?, layer?);
        // Rules are the operator's: they see every field.
        let compiled = Filter::standing(text, layer, Audience::Operator);
        compiled.map_err(|error| self.fault(format!("`{key}` cannot be meant: {error}"))).ok()
    }

    fn property(&mut self, when: &When, layer: &Layer) -> Option<usize> {
        let name = when.property()?;
        let found = layer.observed_index(name);
        if found.is_none() {
            let known: Vec<&str> = layer.observed.iter().map(|one| one.name.as_str()).collect();
            self.fault(format!("layer `{}` observes no `{name}`; it observes {}", layer.id, known.join(", ")));
        }
        found
    }

    /// What has to be true of the layer for such a rule ever to speak.
    fn kind(&mut self, when: &When, layer: &Layer) {
        if when.is_spatial() && layer.geometry != crate::geo::GeometryKind::Point {
            self.fault(format!("only points come and go; features of `{}` are {}s", layer.id, layer.geometry));
        }
        if matches!(when, When::Stale { .. }) && !layer.is_observed() {
            self.fault(format!("nothing is observed in `{}`: it is always silent", layer.id));
        }
    }

    fn numbers(&mut self, when: &When) {
        let finite = |number: &Option<f64>| number.is_none_or(f64::is_finite);
        let metres = |number: f64| number.is_finite() && (0.0..=FARTHEST).contains(&number);
        let fault = match when {
            When::Threshold(it) => match (it.above, it.below, it.clear) {
                _ if !(finite(&it.above) && finite(&it.below) && finite(&it.clear)) => "thresholds are finite numbers",
                (Some(above), None, clear) if clear.is_none_or(|clear| clear <= above) => return,
                (None, Some(below), clear) if clear.is_none_or(|clear| clear >= below) => return,
                (Some(_), None, _) => "`clear` is not above `above`",
                (None, Some(_), _) => "`clear` is not below `below`",
                _ => "a threshold is `above` or `below`, one of them",
            },
            When::Change(it) => match (it.rise, it.fall) {
                (Some(by), None) | (None, Some(by)) if by.is_finite() && by > 0.0 => return,
                _ => "a change is `rise` or `fall`, one of them, and greater than 0",
            },
            When::Near(it)
                if !metres(it.within) || it.clear.is_some_and(|clear| !metres(clear) || clear < it.within) =>
            {
                "`within` and `clear` are metres, `clear` not less than `within`"
            }
            When::Target(it) => match it {
                _ if !(it.by.is_finite() && it.by >= 0.0) => "`by` is a number, 0 or more",
                _ if !(1..=MOST_PERIODS).contains(&it.periods) => "`periods` is a whole number from 1 to 24",
                _ => return,
            },
            other if other.fenced().is_some_and(|fenced| !metres(fenced.margin)) => "`margin` is metres, 0 or more",
            _ => return,
        };
        self.fault(fault.to_owned());
    }

    fn indicator(&mut self, rule: &Rule) -> Option<Arc<Indicator>> {
        let name = rule.when.indicator()?;
        let Some(found) = self.known.indicators.iter().find(|indicator| indicator.id.as_str() == name) else {
            let known: Vec<&str> = self.known.indicators.iter().map(|one| one.id.as_str()).collect();
            self.fault(format!("there is no indicator `{name}`; there are {}", known.join(", ")));
            return None;
        };
        if found.layer.as_str() != rule.layer {
            self.fault(format!("indicator `{name}` is told of layer `{}`, not of `{}`", found.layer, rule.layer));
        }
        if found.direction.is_none() || (found.target.is_none() && found.targets.is_empty()) {
            self.fault(format!("indicator `{name}` has no target that it could miss"));
        }
        Some(Arc::clone(found))
    }

    fn other(&mut self, when: &When) -> (Option<Arc<Layer>>, Option<Filter>) {
        let (key, name, filter_key, filter) = match when {
            When::Near(near) => ("other", &near.other, "other_filter", near.other_filter.as_deref()),
            other => match other.fenced() {
                Some(fenced) => ("fence", &fenced.fence, "fence_filter", fenced.fence_filter.as_deref()),
                None => return (None, None),
            },
        };
        let layer = self.layer(key, name);
        let filter = self.filter(filter_key, filter, layer.as_ref());
        let alerts = self.known.layers.iter().find(|layer| layer.id.as_str() == ALERTS);
        if let Some((layer, alerts)) = layer.as_ref().zip(alerts)
            && !alerts.audience.may_see(layer.audience)
        {
            self.fault(format!(
                "`{key}`: alerts name features of `{name}`, which not everybody who sees alerts may see"
            ));
        }
        if let Some(layer) = &layer
            && when.fenced().is_some()
        {
            let fitting = match layer.geometry {
                crate::geo::GeometryKind::Polygon => true,
                crate::geo::GeometryKind::Line => matches!(when, When::Cross(_)),
                crate::geo::GeometryKind::Point => false,
            };
            if !fitting {
                self.fault(format!(
                    "`fence`: features of `{name}` are {}s; polygons are fences, and lines for `cross`",
                    layer.geometry
                ));
            }
        }
        (layer, filter)
    }
}
