//! Readers that borrow from what they read (a zip, a SQL statement) run in a thread of their own and hand over.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::report::Refusal;
use super::source::Record;

/// Records that wait to be fetched. Small: each may be a large one.
const WAITING: usize = 64;

/// Where the thread puts what it has read.
pub(super) struct Outlet(SyncSender<Result<Record, Refusal>>);

impl Outlet {
    /// False when nobody listens any more: the reader may go home.
    pub(super) fn put(&self, item: Result<Record, Refusal>) -> bool {
        self.0.send(item).is_ok()
    }
}

struct Relay {
    items: Receiver<Result<Record, Refusal>>,
    reader: Option<JoinHandle<()>>,
}

/// Runs `read` beside the one who iterates.
pub(super) fn relay(
    read: impl FnOnce(&Outlet) + Send + 'static,
) -> std::io::Result<impl Iterator<Item = Result<Record, Refusal>> + Send> {
    let (sender, items) = sync_channel(WAITING);
    let reader = Builder::new().name("reader".into()).spawn(move || read(&Outlet(sender)))?;
    Ok(Relay { items, reader: Some(reader) })
}

impl Iterator for Relay {
    type Item = Result<Record, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(item) = self.items.recv() {
            return Some(item);
        }
        // A reader that panicked is not a file that ended.
        if let Some(Err(panic)) = self.reader.take().map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a defect")]
    fn a_panic_is_not_the_end_of_the_file() {
        relay(|_| panic!("a defect")).unwrap().for_each(drop);
    }
}
