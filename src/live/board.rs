//! The memory of what happened, and who reads on in it.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::str::FromStr;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::news::{Digest, News};
use crate::model::Revision;

/// News that are remembered: some seconds of a city at its busiest, minutes of a usual one.
const REMEMBERED: usize = 200_000;

/// Listeners hear so often at most: an eye sees no more, and all hear the same at once, so that it is put together once.
const BEAT: Duration = Duration::from_millis(100);

/// News that are put together at once, without another thread.
const LONG: usize = 5_000;

/// Digests that are kept for listeners who are a little late.
const DIGESTS: usize = 8;

/// Where commits are announced.
#[derive(Debug)]
pub struct Board {
    /// Which one of all: it hears commits of other nodes in another order than they do, and tells them under its own last number.
    mark: u32,
    memory: Mutex<Memory>,
    /// How much of the memory may be read.
    told: watch::Sender<u64>,
    fresh: Arc<Notify>,
}

/// How far a listener has heard, and on which board: `8127-5f3a90c1`, as it goes out and comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The last commit that it has heard of.
    pub revision: Revision,
    /// The board; `None`: nobody knows.
    mark: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.revision)?;
        self.mark.map_or(Ok(()), |mark| write!(f, "-{mark:08x}"))
    }
}

/// A text that is no such place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (revision, mark) = text.split_once('-').map_or((text, None), |(revision, mark)| (revision, Some(mark)));
        let mark = mark.map(|mark| u32::from_str_radix(mark, 16)).transpose().map_err(|_error| NoPlace)?;
        let revision = revision.parse().map(Revision).map_err(|_error| NoPlace)?;
        Ok(Self { revision, mark })
    }
}

#[derive(Debug, Default)]
struct Memory {
    commits: VecDeque<Arc<Commit>>,
    /// The number of the next commit; the first that is remembered has this less the length.
    next: u64,
    news: usize,
    /// Everything after it is remembered.
    since: Revision,
    last: Revision,
    digests: VecDeque<Arc<Stretch>>,
}

#[derive(Debug)]
struct Commit {
    revision: Revision,
    news: Vec<News>,
}

/// Commits that are told together, put together by whoever is told first, outside the lock of the memory.
#[derive(Debug)]
struct Stretch {
    from: u64,
    to: u64,
    commits: Vec<Arc<Commit>>,
    digest: OnceLock<Arc<Digest>>,
}

impl Stretch {
    /// A long one away from the async workers.
    async fn put_together(self: Arc<Self>) -> Heard {
        let long = self.commits.iter().map(|commit| commit.news.len()).sum::<usize>() > LONG;
        if !long {
            return Heard::News(self.digest());
        }
        let revision = self.commits.last().map(|commit| commit.revision).unwrap_or_default();
        let digest = tokio::task::spawn_blocking(move || self.digest()).await;
        digest.map_or(Heard::Reset(revision), Heard::News)
    }

    fn digest(&self) -> Arc<Digest> {
        let revision = self.commits.last().map(|commit| commit.revision).unwrap_or_default();
        let put_together = || Arc::new(Digest::new(revision, self.commits.iter().flat_map(|commit| &commit.news)));
        Arc::clone(self.digest.get_or_init(put_together))
    }
}

impl Board {
    /// A board that knows nothing before `revision`. To be called inside a runtime: it beats by itself while it lives.
    #[must_use]
    pub fn start(revision: Revision) -> Arc<Self> {
        let fresh = Arc::new(Notify::new());
        let memory = Memory { since: revision, last: revision, ..Memory::default() };
        let board = Arc::new(Self {
            mark: mark(),
            memory: Mutex::new(memory),
            told: watch::Sender::new(0),
            fresh: Arc::clone(&fresh),
        });
        tokio::spawn(beat(Arc::downgrade(&board), fresh));
        board
    }

    /// Tells of a commit. A commit of another node that is heard late passes under the number of the last one.
    pub fn announce(&self, revision: Revision, news: Vec<News>) {
        let mut memory = self.memory.lock();
        let revision = revision.max(memory.last);
        memory.last = revision;
        if news.is_empty() {
            return;
        }
        memory.next += 1;
        memory.news += news.len();
        memory.commits.push_back(Arc::new(Commit { revision, news }));
        while memory.news > REMEMBERED && memory.commits.len() > 1 {
            let Some(gone) = memory.commits.pop_front() else { break };
            memory.news -= gone.news.len();
            memory.since = gone.revision;
        }
        drop(memory);
        self.fresh.notify_one();
    }

    /// Where somebody is who has heard of everything up to a commit.
    #[must_use]
    pub fn place(&self, revision: Revision) -> Place {
        Place { revision, mark: Some(self.mark) }
    }

    /// Listens from now on, or from behind a place up to which all was heard before: `None` when not all since then is remembered, or it
    /// was heard elsewhere.
    pub fn listen(self: &Arc<Self>, after: Option<Place>) -> Option<Listener> {
        let memory = self.memory.lock();
        let after = match after {
            Some(place) if place.mark != Some(self.mark) => return None,
            after => after.map(|place| place.revision),
        };
        let next = match after {
            None => memory.next,
            Some(after) if after < memory.since || after > memory.last => return None,
            // A number may stand for more than one commit: what is heard twice does no harm.
            Some(after) => memory.first() + memory.commits.partition_point(|commit| commit.revision < after) as u64,
        };
        drop(memory);
        Some(Listener { board: Arc::clone(self), next, told: self.told.subscribe() })
    }

    /// The last commit.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.memory.lock().last
    }

    fn tell(&self) {
        let next = self.memory.lock().next;
        self.told.send_if_modified(|told| std::mem::replace(told, next) != next);
    }
}

/// Another one each time.
fn mark() -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "half of it is enough")]
    let mark = RandomState::new().build_hasher().finish() as u32;
    mark
}

impl Drop for Board {
    fn drop(&mut self) {
        self.fresh.notify_one();
    }
}

async fn beat(board: Weak<Board>, fresh: Arc<Notify>) {
    loop {
        fresh.notified().await;
        match board.upgrade() {
            Some(board) => board.tell(),
            None => return,
        }
        tokio::time::sleep(BEAT).await;
    }
}

impl Memory {
    fn first(&self) -> u64 {
        self.next - self.commits.len() as u64
    }

    /// The commits `from..to`; `None` when some are forgotten.
    fn stretch(&mut self, from: u64, to: u64) -> Option<Arc<Stretch>> {
        if let Some(known) = self.digests.iter().find(|known| (known.from, known.to) == (from, to)) {
            return Some(Arc::clone(known));
        }
        let first = self.first();
        let skipped = usize::try_from(from.checked_sub(first)?).ok()?;
        let count = usize::try_from(to - from).ok()?;
        let commits = self.commits.iter().skip(skipped).take(count).cloned().collect();
        let stretch = Arc::new(Stretch { from, to, commits, digest: OnceLock::new() });
        if self.digests.len() == DIGESTS {
            self.digests.pop_front();
        }
        self.digests.push_back(Arc::clone(&stretch));
        Some(stretch)
    }
}

/// What a listener is told.
#[derive(Clone, Debug)]
pub enum Heard {
    /// What counts of everything since it listened last.
    News(Arc<Digest>),
    /// It was too slow and some is forgotten: it must ask for the present state again.
    Reset(Revision),
}

/// Somebody who reads on.
#[derive(Debug)]
pub struct Listener {
    board: Arc<Board>,
    next: u64,
    told: watch::Receiver<u64>,
}

impl Listener {
    /// Where it listens.
    #[must_use]
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// Waits for what happens next.
    pub async fn next(&mut self) -> Heard {
        loop {
            let told = *self.told.borrow_and_update();
            if told > self.next {
                let stretch = self.board.memory.lock().stretch(self.next, told);
                let heard = match stretch {
                    Some(stretch) => stretch.put_together().await,
                    None => Heard::Reset(self.board.revision()),
                };
                // Last: who is not waited for any longer hears the same again.
                self.next = told;
                return heard;
            }
            if self.told.changed().await.is_err() {
                std::future::pending::<()>().await; // the board is held by this listener: it cannot be gone
            }
        }
    }
}
