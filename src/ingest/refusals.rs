//! The last readings that were refused, by whatever way they came: an instrument that sends nonsense is found by what it sends.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::Serialize;

use super::reading::{ReadingReason, RefusedReading};

/// Refusals that are remembered, until the next start.
const REMEMBERED: usize = 1000;

/// Characters of a name that are remembered.
const LONGEST_NAME: usize = 200;

/// By which way a reading came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// `POST /observations`.
    Http,
    /// A message of a broker.
    Mqtt,
    /// An entity of a context broker.
    Fiware,
    /// A vehicle of a feed.
    Gtfs,
}

impl Way {
    /// As it stands in answers and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mqtt => "mqtt",
            Self::Fiware => "fiware",
            Self::Gtfs => "gtfs",
        }
    }
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub struct Remembered {
    /// When it came.
    pub received: DateTime<Utc>,
    /// How it came.
    pub way: Way,
    /// Layer and feature, the topic of a message, or the id of an entity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why it was refused.
    pub reason: ReadingReason,
    /// The value, the limit and the way out.
    pub message: String,
}

/// The last refusals.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<VecDeque<Remembered>>);

impl Refusals {
    /// Remembers refusals of a moment.
    pub fn remember(&self, received: DateTime<Utc>, way: Way, refused: &[RefusedReading]) {
        // Of more than there is room for, the last.
        let last = &refused[refused.len().saturating_sub(REMEMBERED)..];
        let mut entries = self.0.lock();
        for RefusedReading { reason, message, name, .. } in last {
            if entries.len() == REMEMBERED {
                entries.pop_back();
            }
            let name = name.as_ref().map(|name| name.chars().take(LONGEST_NAME).collect());
            let (reason, message) = (*reason, message.clone());
            entries.push_front(Remembered { received, way, name, reason, message });
        }
    }

    /// All of them, the newest first.
    #[must_use]
    pub fn newest(&self) -> Vec<Remembered> {
        self.0.lock().iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_thousand_are_remembered_whatever_way_they_came() {
        let refusals = Refusals::default();
        let refused = |count: usize| -> Vec<RefusedReading> {
            let one = |index: usize| RefusedReading {
                index,
                reason: ReadingReason::Unreadable,
                message: index.to_string(),
                name: Some(format!("t/{index}")),
            };
            (0..count).map(one).collect()
        };
        refusals.remember(Utc::now(), Way::Http, &refused(3));
        refusals.remember(Utc::now(), Way::Mqtt, &refused(998));
        let newest = refusals.newest();
        assert_eq!(newest.len(), REMEMBERED);
        assert_eq!(
            (newest[0].way, newest[0].name.as_deref(), newest[0].message.as_str()),
            (Way::Mqtt, Some("t/997"), "997")
        );
        assert_eq!((newest[999].way, newest[999].message.as_str()), (Way::Http, "1"), "the first is forgotten");
        refusals.remember(Utc::now(), Way::Fiware, &refused(5000));
        let newest = refusals.newest();
        assert_eq!((newest.len(), newest[999].message.as_str()), (REMEMBERED, "4000"));
    }
}
