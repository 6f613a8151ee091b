//! The land: a coarse outline of known capes, passes and river mouths, made natural.

use std::collections::BTreeMap;

use super::curve::around;
use super::facts::{self, Corner};
use super::noise::Noise;
use super::plane::{Place, distance};

/// How far chance moves a beach and a mountain border, metres.
const BEND: [f64; 2] = [500.0, 5_000.0];

/// The rings of the land, mainland and islands.
pub fn land(seed: u64) -> Vec<Vec<Place>> {
    let mut rings: BTreeMap<String, Vec<Corner>> = BTreeMap::new();
    for corner in facts::outline() {
        rings.entry(corner.ring.clone()).or_default().push(corner);
    }
    rings.iter().map(|(name, corners)| ring(corners, Noise::new(seed, name))).collect()
}

/// Smooth through the corners, then bent: a beach is a calm curve, a border in the mountains follows ridges.
fn ring(corners: &[Corner], noise: Noise) -> Vec<Place> {
    let places: Vec<Place> = corners.iter().map(Corner::place).collect();
    let beaches: Vec<Place> = corners.iter().filter(|corner| corner.border == "sea").map(Corner::place).collect();
    let bent = |at: Place| {
        let inland = beaches.iter().map(|&beach| distance(beach, at)).fold(f64::INFINITY, f64::min);
        let strength = ((inland - 5_000.0) * 0.3).clamp(BEND[0], BEND[1]);
        let by = |axis: u32| noise.numbered(axis).fractal(at, 10_000.0, 6) * strength;
        [at[0] + by(100), at[1] + by(101)]
    };
    around(&places, 300.0).into_iter().map(bent).collect()
}
