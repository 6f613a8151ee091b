//! The province that every server shows: at scale 1 a million lamps, 100,000 roads, and as many of 200,000 parcels as the
//! towns of the demo have room for (194,343).

use std::sync::Arc;

use citylayers::demo::{province, synthetic};
use citylayers::model::{Layer, Rows};

use super::measure::{SEED, layer};

/// The layers of the tiles, in the order in which citylayers puts them.
pub const LAYERS: [&str; 3] = ["parcels", "roads", "street_lights"];

/// Every town of the demo is full of parcels at this scale.
const FULL: f64 = 40.0;

/// The layers, from the shipped catalogue.
pub fn layers() -> Vec<Arc<Layer>> {
    LAYERS.iter().map(|id| layer(id)).collect()
}

/// The rows of each layer.
pub fn rows(layers: &[Arc<Layer>], scale: f64) -> Vec<Rows> {
    let count = |at_scale_one: f64| (at_scale_one * scale) as u32;
    let [_, roads, lamps] = layers else { unreachable!("three layers") };
    let mut demo = province(SEED, &layers[..2], FULL * scale);
    let plots = first(&demo.next().expect("the demo has parcels"), count(200_000.0));
    let mut streets = first(&demo.next().expect("the demo has roads"), count(100_000.0));
    let more = synthetic::roads(SEED, count(100_000.0) - streets.len() as u32, roads);
    (0..more.len()).for_each(|row| streets.push_row_of(&more, row));
    streets.finish();
    vec![plots, streets, synthetic::points(SEED, count(1_000_000.0), lamps)]
}

fn first(rows: &Rows, count: u32) -> Rows {
    let mut first = Rows::new(Arc::clone(rows.layer()));
    (0..rows.len().min(count as usize)).for_each(|row| first.push_row_of(rows, row));
    first.finish();
    first
}
