//! What a rule remembers of a feature, and when it wants to look again.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::FeatureId;

/// What one rule remembers of one feature. What it finds in the atlas is not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watch {
    /// Since when a value is beyond its threshold, while the alert is not raised.
    pub since: Option<DateTime<Utc>>,
    /// The last value beyond it.
    pub value: Option<f64>,
    /// Of the values of the time that a rule of change looks back to: each that is less (or greater) than all after it.
    pub values: VecDeque<(DateTime<Utc>, f64)>,
    /// The fences in which it is; `None`: nobody has looked.
    pub inside: Option<Arc<[Box<str>]>>,
    /// Where it was last.
    pub place: Option<[f64; 2]>,
    /// When anything was heard of it last.
    pub heard: Option<DateTime<Utc>>,
    /// What was told last came late: the clock judges it from then on.
    pub settled: Option<DateTime<Utc>>,
    /// A timer of silence is set.
    pub timed: bool,
}

/// Why a moment is waited for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A value may have been beyond its threshold for long enough: of the rule in this slot.
    Hold(usize, FeatureId),
    /// A feature may have been silent for too long.
    Silence(usize, FeatureId),
    /// A step of an alert may be late, or the alert over.
    Alert(String),
}
