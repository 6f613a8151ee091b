//! What this node has heard of its database, and which of its own commits it must keep in mind meanwhile.
//!
//! A reading of the journal takes time, and commits of this node may end during it. One that ended after the
//! reading's snapshot has overwritten what the reading found: such features are left out, or they would go back in
//! time. A commit that was given up before anybody learned how it ended is heard like somebody else's, if it was kept.

use std::collections::{BTreeSet, HashSet};

use parking_lot::Mutex;

use super::super::Foreign;
use crate::model::{Change, FeatureId, LayerId, Revision};

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
    /// How far the journal was read, and of when the features are.
    pub now: Heard,
}

/// A feature that a commit touched, or all of a layer.
pub type Touched = (LayerId, Option<FeatureId>);

/// See the file's head.
#[derive(Default)]
pub struct Hearing(Mutex<State>);

#[derive(Default)]
struct State {
    heard: Option<Heard>,
    abandoned: BTreeSet<u64>,
    readings: usize,
    own: Vec<(u64, Vec<Touched>)>,
}

impl Hearing {
    /// Nothing up to here is told.
    pub fn start(&self, heard: Heard) {
        self.0.lock().heard = Some(heard);
    }

    /// Begins a reading. `None` before [`Self::start`].
    pub fn read(&self) -> Option<Reading<'_>> {
        let mut state = self.0.lock();
        let heard = state.heard.clone()?;
        let abandoned = state.abandoned.iter().copied().collect();
        state.readings += 1;
        drop(state);
        Some(Reading { hearing: self, heard, abandoned })
    }

    /// A commit is about to end with this number.
    pub fn doubt(&self, revision: u64) -> Doubt<'_> {
        Doubt { hearing: self, revision, settled: false }
    }
}

/// A reading of the journal, from its beginning to its end or to its being given up.
pub struct Reading<'a> {
    hearing: &'a Hearing,
    /// What is beyond it is wanted.
    pub heard: Heard,
    /// Commits of our own that are wanted too, wherever they are.
    pub abandoned: Vec<u64>,
}

impl Reading<'_> {
    /// Remembers what was heard and says what is to be told. Whoever is told must apply it in this order: what this
    /// returns, and what commits return.
    pub fn finish(self, mut found: Found) -> Vec<Foreign> {
        let mut state = self.hearing.0.lock();
        if state.heard.as_ref() != Some(&self.heard) {
            return Vec::new(); // another reading was faster, and told it
        }
        let newer = state.own.iter().filter(|(revision, _)| *revision > found.now.revision);
        let newer: HashSet<&Touched> = newer.flat_map(|(_, touched)| touched).collect();
        if !newer.is_empty() {
            found.changes.retain(|change| !hides(&newer, change));
        }
        state.abandoned.retain(|revision| *revision > found.now.revision);
        state.heard = Some(found.now);
        drop(state);
        let changed = (!found.changes.is_empty()).then(|| Foreign::Changed(found.changes, Revision(found.revision)));
        changed.into_iter().chain(found.reload.into_iter().map(Foreign::Reload)).collect()
    }
}

fn hides(newer: &HashSet<&Touched>, change: &Change) -> bool {
    let layer = change.layer();
    let id = match change {
        Change::Put(feature) => Some(feature.id.clone()),
        Change::Remove { id, .. } => Some(id.clone()),
        Change::Replace(_) => None,
    };
    newer.contains(&(layer.clone(), None)) || newer.contains(&(layer.clone(), id))
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut state = self.hearing.0.lock();
        state.readings -= 1;
        if state.readings == 0 {
            state.own.clear();
        }
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
    pub fn kept(mut self, touched: impl FnOnce() -> Vec<Touched>) {
        self.settled = true;
        let mut state = self.hearing.0.lock();
        state.abandoned.remove(&self.revision);
        if state.readings > 0 {
            state.own.push((self.revision, touched()));
        }
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

    fn layer(id: &str) -> LayerId {
        LayerId::new(id).unwrap()
    }

    fn remove(of: &str, id: &str) -> Change {
        Change::Remove { layer: layer(of), id: FeatureId::new(id).unwrap() }
    }

    fn at(revision: u64) -> Heard {
        Heard { revision, era: String::new() }
    }

    fn told(foreign: &[Foreign]) -> Vec<String> {
        let changes = foreign.iter().flat_map(|one| match one {
            Foreign::Changed(changes, _) => changes.clone(),
            Foreign::Reload(_) => Vec::new(),
        });
        changes
            .map(|change| match change {
                Change::Remove { layer, id } => format!("{layer}/{id}"),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_an_own_commit_has_overwritten_since_the_snapshot_is_not_told() {
        let hearing = Hearing::default();
        hearing.start(at(3));
        let reading = hearing.read().unwrap();
        // 5 is in the snapshot of the reading, 8 and 9 came after it.
        hearing.doubt(5).kept(|| vec![(layer("lamps"), FeatureId::new("a"))]);
        hearing.doubt(8).kept(|| vec![(layer("lamps"), FeatureId::new("b"))]);
        hearing.doubt(9).kept(|| vec![(layer("wards"), None)]);
        let changes = vec![remove("lamps", "a"), remove("lamps", "b"), remove("lamps", "c"), remove("wards", "a")];
        let foreign = reading.finish(Found { changes, revision: 7, reload: Vec::new(), now: at(7) });
        assert_eq!(told(&foreign), ["lamps/a", "lamps/c"]);
        let next = hearing.read().unwrap();
        assert_eq!(next.heard, at(7));
        let foreign =
            next.finish(Found { changes: vec![remove("lamps", "b")], revision: 10, now: at(10), ..Found::default() });
        assert_eq!(told(&foreign), ["lamps/b"], "what was overwritten in one reading is not kept from the next");
    }

    #[test]
    fn a_commit_is_abandoned_until_a_reading_has_passed_it_or_its_number_is_taken() {
        let hearing = Hearing::default();
        hearing.start(at(0));
        for revision in [4, 5, 6] {
            drop(hearing.doubt(revision));
        }
        hearing.doubt(5).kept(Vec::new);
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
        let found = || Found { changes: vec![remove("lamps", "a")], revision: 1, now: at(1), reload: Vec::new() };
        assert_eq!(told(&one.finish(found())), ["lamps/a"]);
        assert!(other.finish(found()).is_empty());
    }
}
