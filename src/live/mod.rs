//! What happens, told to whoever listens: numbered by revision, remembered for a short while, and the newest of each feature for
//! those who are slow.
//!
//! Nobody waits for a listener and nothing queues up for one: what happened lies once in a memory of limited length, and each listener
//! reads on from where it was. One that comes too late, after its place was forgotten, is told to start over.

pub mod board;
pub mod news;

pub use board::{Board, Heard, Listener, NoPlace, Place};
pub use news::{Digest, News, Reading};
