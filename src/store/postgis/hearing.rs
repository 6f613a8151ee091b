//! How far this node has heard the journal, and which of its own commits it would hear there.

use std::collections::BTreeSet;

use parking_lot::Mutex;

use super::super::Foreign;
use crate::model::{Change, Indications, LayerId, Revision};

/// How far the journal is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub revision: u64,
    /// The server and its timeline: another one may number other commits alike.
    pub era: String,
}

/// What a reading found.
#[derive(Debug, Default)]
pub struct Found {
    pub changes: Vec<Change>,
    /// Of the last of the commits that made `changes`.
    pub revision: u64,
    pub reload: Vec<LayerId>,
    /// All values of indicators, where some were changed.
    pub indicated: Option<Vec<Indications>>,
    /// How far the journal was read, and of when the features are.
    pub now: Heard,
}

/// See the file's head.
#[derive(Default)]
pub struct Hearing(Mutex<State>);

#[derive(Default)]
struct State {
    heard: Option<Heard>,
    /// Commits that were given up before anybody learned how they ended: if they were kept, they are told like
    /// somebody else's.
    abandoned: BTreeSet<u64>,
}

impl Hearing {
    /// Nothing up to here is told.
    pub fn start(&self, heard: Heard) {
        self.0.lock().heard = Some(heard);
    }

    /// Begins a reading. `None` before [`Self::start`].
    pub fn read(&self) -> Option<Reading<'_>> {
        let state = self.0.lock();
        let heard = state.heard.clone()?;
        Some(Reading { hearing: self, heard, abandoned: state.abandoned.iter().copied().collect() })
    }

    /// A commit is about to end with this number.
    pub fn doubt(&self, revision: u64) -> Doubt<'_> {
        Doubt { hearing: self, revision, settled: false }
    }
}

/// A reading of the journal. One that is given up has heard nothing.
pub struct Reading<'a> {
    hearing: &'a Hearing,
    /// What is beyond it is wanted.
    pub heard: Heard,
    /// Commits of our own that are wanted too, wherever they are.
    pub abandoned: Vec<u64>,
}

impl Reading<'_> {
    /// Remembers what was heard, and says what is to be told.
    pub fn finish(self, found: Found) -> Vec<Foreign> {
        let mut state = self.hearing.0.lock();
        if state.heard.as_ref() != Some(&self.heard) {
            return Vec::new(); // another reading was faster, and told it
        }
        state.abandoned.retain(|revision| *revision > found.now.revision);
        let now = Revision(found.now.revision);
        state.heard = Some(found.now);
        drop(state);
        let changed = (!found.changes.is_empty()).then(|| Foreign::Changed(found.changes, Revision(found.revision)));
        let indicated = found.indicated.map(|all| Foreign::Indicated(all, now));
        changed.into_iter().chain(found.reload.into_iter().map(Foreign::Reload)).chain(indicated).collect()
    }
}

/// A commit whose end is not known. Dropped as it is (the database is away, or nobody waits any more), the commit is
/// abandoned.
pub struct Doubt<'a> {
    hearing: &'a Hearing,
    revision: u64,
    settled: bool,
}

impl Doubt<'_> {
    /// It was kept, and whoever made it is told so now.
    pub fn kept(mut self) {
        self.settled = true;
        self.hearing.0.lock().abandoned.remove(&self.revision);
    }

    /// It was not kept; the number may come again.
    pub fn not_kept(mut self) {
        self.settled = true;
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.hearing.0.lock().abandoned.insert(self.revision);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FeatureId;

    fn at(revision: u64) -> Heard {
        Heard { revision, era: String::new() }
    }

    #[test]
    fn a_commit_is_abandoned_until_a_reading_has_passed_it_or_its_number_is_taken() {
        let hearing = Hearing::default();
        hearing.start(at(0));
        for revision in [4, 5, 6] {
            drop(hearing.doubt(revision));
        }
        hearing.doubt(5).kept();
        hearing.doubt(7).not_kept();
        let reading = hearing.read().unwrap();
        assert_eq!(reading.abandoned, [4, 6]);
        reading.finish(Found { now: at(5), ..Found::default() });
        assert_eq!(hearing.read().unwrap().abandoned, [6]);
    }

    #[test]
    fn two_readings_at_once_tell_it_once() {
        let hearing = Hearing::default();
        assert!(hearing.read().is_none());
        hearing.start(at(0));
        let (one, other) = (hearing.read().unwrap(), hearing.read().unwrap());
        let gone = Change::Remove { layer: LayerId::new("lamps").unwrap(), id: FeatureId::new("a").unwrap() };
        let found = || Found { changes: vec![gone.clone()], revision: 1, now: at(1), ..Found::default() };
        assert_eq!(one.finish(found()).len(), 1);
        assert_eq!(other.finish(found()).len(), 0);
        assert_eq!(hearing.read().unwrap().heard, at(1));
    }
}
