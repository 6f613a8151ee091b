//! Since when what was measured at a moment of the past looks as it does: a reading that comes late changes every moment from its own on.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use crate::model::Version;

/// Marks that are remembered. Of more the two oldest are made one, which only makes more moments look changed.
const MARKS: usize = 4096;

/// The versions of the moments of a layer.
#[derive(Debug, Default)]
pub struct Moments {
    /// Rising in both: from each moment on, up to the next, nothing is newer than its version. Before the first nothing has come
    /// since the start.
    marks: VecDeque<(DateTime<Utc>, Version)>,
}

impl Moments {
    /// Notes readings of which the oldest is of `oldest`. `version` is later than all before.
    pub fn note(&mut self, oldest: DateTime<Utc>, version: Version) {
        while self.marks.back().is_some_and(|(moment, _)| *moment >= oldest) {
            self.marks.pop_back();
        }
        self.marks.push_back((oldest, version));
        if self.marks.len() > MARKS
            && let (Some((first, _)), Some(second)) = (self.marks.pop_front(), self.marks.front_mut())
        {
            second.0 = first;
        }
    }

    /// The version of a moment.
    #[must_use]
    pub fn version(&self, at: DateTime<Utc>) -> Version {
        let after = self.marks.partition_point(|(moment, _)| *moment <= at);
        after.checked_sub(1).and_then(|place| self.marks.get(place)).map(|(_, version)| *version).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::model::Revision;

    #[test]
    fn a_moment_changes_with_every_reading_of_before_it_and_with_no_other() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let moment = |second: i64| DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        for (span, notes) in [(40, 60), (1_000_000, 20_000)] {
            let mut moments = Moments::default();
            let mut all: Vec<(i64, u64)> = Vec::new();
            for number in 1..=notes {
                // Most readings are of now, some are late.
                let now = span * number / notes;
                let of = if random.random_bool(0.8) { now } else { random.random_range(0..=now) };
                let revision = u64::try_from(number).unwrap();
                all.push((of, revision));
                moments.note(moment(of), Version { revision: Revision(revision), step: 0 });
            }
            for _ in 0..300 {
                let at = random.random_range(-5..span + 5);
                let expected = all.iter().filter(|(of, _)| *of <= at).map(|(_, revision)| *revision).max();
                let found = moments.version(moment(at)).revision.0;
                if notes < 4096 {
                    assert_eq!(found, expected.unwrap_or(0), "{at} of {all:?}");
                } else {
                    assert!(found >= expected.unwrap_or(0), "{at}: {found} is behind {expected:?}");
                }
            }
            assert!(moments.marks.len() <= MARKS);
        }
    }
}
