//! How a long work goes on: a bar on a terminal, plain lines elsewhere. All of it on stderr.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;

/// Between two plain lines.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much there is to do.
pub enum Total {
    /// So many layers, one after another.
    Layers(usize),
    /// So many records; `None` when the file does not say.
    Records(Option<u64>),
}

/// One long work, told piece by piece.
pub struct Progress {
    doing: &'static str,
    total: Total,
    bar: Option<ProgressBar>,
    start: Instant,
    at: Mutex<At>,
}

/// What the work is at.
struct At {
    layer: String,
    layers: u64,
    /// When the last plain line was written.
    told: Instant,
}

impl Progress {
    /// Work that begins now. `doing` is a word such as `loading`.
    pub fn new(doing: &'static str, total: Total) -> Self {
        let length = match total {
            Total::Layers(count) => Some(count as u64),
            Total::Records(count) => count,
        };
        let bar = std::io::stderr().is_terminal().then(|| bar(doing, length));
        let at = At { layer: String::new(), layers: 0, told: Instant::now() };
        Self { doing, total, bar, start: Instant::now(), at: Mutex::new(at) }
    }

    /// `count` features of `layer` are done so far.
    pub fn tell(&self, layer: &str, count: u64) {
        let mut at = self.at.lock();
        if at.layer != layer {
            layer.clone_into(&mut at.layer);
            at.layers += 1;
        }
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{layer} {count}"));
                bar.set_position(if matches!(self.total, Total::Layers(_)) { at.layers - 1 } else { count });
            }
            None if at.told.elapsed() > PATIENCE => {
                at.told = Instant::now();
                eprintln!("{} {layer}: {count}", self.doing);
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

fn bar(doing: &'static str, length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{prefix} [{bar:30}] {human_pos}/{human_len} {msg} {eta}"),
        None => (ProgressBar::new_spinner(), "{prefix} {spinner} {msg} ({per_sec})"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("=> ")).with_prefix(doing)
}
