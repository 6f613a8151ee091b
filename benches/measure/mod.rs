//! What the benches share: a seeded city, a stopwatch, aligned lines.
#![allow(dead_code, reason = "each bench uses a part of it")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places in a short list"
)]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use citylayers::catalog::Catalog;
use citylayers::geo::TileCoord;
use citylayers::index::LayerIndex;
use citylayers::model::layer::Thinning;
use citylayers::model::{Layer, LayerId};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The seed of everything.
pub const SEED: u64 = 2025;

/// A layer of the shipped catalogue.
pub fn layer(id: &str) -> Arc<Layer> {
    let catalog = Catalog::shipped().expect("the shipped catalogue reads");
    Arc::clone(catalog.layer(&LayerId::new(id).expect("a layer id")).expect("a shipped layer"))
}

/// The shipped lamps, thinned at low zooms instead of shown in groups.
pub fn thinned_lamps() -> Arc<Layer> {
    let mut lamps = (*layer("street_lights")).clone();
    lamps.cluster = None;
    lamps.thinning = Some(Thinning { base_zoom: 14, rate: 2.5, by: None, merge: Vec::new() });
    Arc::new(lamps)
}

/// How many points: `CITYLAYERS_BENCH_POINTS`, a million without it.
pub fn points() -> u32 {
    std::env::var("CITYLAYERS_BENCH_POINTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

/// How long something takes that is done once.
pub fn once<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = work();
    (made, start.elapsed())
}

/// Times of one thing that was done again and again.
pub struct Times(Vec<Duration>);

impl Times {
    /// Does `work` with each input; what it returns is added up, so that nothing is optimised away and the count can be held
    /// against another way to get it.
    pub fn of<I: Copy>(inputs: &[I], mut work: impl FnMut(I) -> usize) -> (Self, usize) {
        let mut hits = 0;
        let times = inputs
            .iter()
            .map(|&input| {
                let start = Instant::now();
                hits += black_box(work(black_box(input)));
                start.elapsed()
            })
            .collect();
        (Self(times), hits)
    }

    /// The value that a share of the times stays below.
    pub fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (share * (sorted.len().saturating_sub(1)) as f64).round() as usize;
        sorted.get(place).copied().unwrap_or_default()
    }

    /// The middle one.
    pub fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    /// `median / p99 / max`.
    pub fn line(&self) -> String {
        format!("{:>10.1?} {:>10.1?} {:>10.1?}", self.median(), self.quantile(0.99), self.quantile(1.0))
    }
}

/// `baseline / ours`: above 1 we are faster.
pub fn ratio(baseline: Duration, ours: Duration) -> f64 {
    baseline.as_secs_f64() / ours.as_secs_f64().max(1e-12)
}

/// Resident memory of this process, in bytes (Linux).
pub fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4096
}

/// Every tile of a zoom that holds the middle of a feature, or `most` of them.
pub fn tiles(index: &LayerIndex, zoom: u8, most: usize) -> Vec<TileCoord> {
    let mut coords = BTreeSet::new();
    for found in index.all() {
        let arena = found.rows.arena();
        coords.extend(found.numbers.iter().map(|&row| TileCoord::holding(zoom, arena.window(row as usize).middle())));
    }
    let mut coords: Vec<TileCoord> = coords.into_iter().collect();
    coords.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
    coords.truncate(most);
    coords
}
