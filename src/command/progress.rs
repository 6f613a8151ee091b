//! How a long work goes on: a bar on a terminal, plain lines elsewhere. All of it on stderr.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;

/// Between two plain lines.
const PATIENCE: Duration = Duration::from_secs(2);

/// One long work, told piece by piece.
pub struct Progress {
    doing: &'static str,
    bar: Option<ProgressBar>,
    start: Instant,
    /// When the last plain line was written, and what the work is at.
    last: Mutex<(Instant, String, u64)>,
}

impl Progress {
    /// Work that begins now. `doing` is a word such as `loading`.
    pub fn new(doing: &'static str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let style = ProgressStyle::with_template("{spinner} {prefix} {msg} {human_pos} ({per_sec})");
        let bar = terminal.then(|| ProgressBar::new_spinner().with_prefix(doing));
        let bar = bar.map(|bar| if let Ok(style) = style { bar.with_style(style) } else { bar });
        Self { doing, bar, start: Instant::now(), last: Mutex::new((Instant::now(), String::new(), 0)) }
    }

    /// `count` things of `what` are done so far.
    pub fn tell(&self, what: &str, count: u64) {
        let mut last = self.last.lock();
        if last.1 != what {
            what.clone_into(&mut last.1);
        }
        last.2 = count;
        match &self.bar {
            Some(bar) => {
                bar.set_message(what.to_owned());
                bar.set_position(count);
            }
            None if last.0.elapsed() > PATIENCE => {
                last.0 = Instant::now();
                eprintln!("{} {what}: {count}", self.doing);
            }
            None => {}
        }
    }

    /// The work is done.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        tracing::debug!(doing = self.doing, seconds = self.start.elapsed().as_secs_f64(), "done");
    }
}
