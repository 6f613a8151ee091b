//! Which rows each zoom shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use citylayers::geo::morton::{from_morton, morton};
use citylayers::geo::{GeometryKind, Window};
use citylayers::index::thinning::{Candidate, Levels, NEVER, Resident, follow};
use citylayers::model::layer::Thinning;
use citylayers::model::{FieldType, Layer};

use crate::support::layers;

/// Places in a square of 2^28 units (a tile of zoom 4), most of them in a few towns.
fn candidate(random: &mut ChaCha8Rng, kind: GeometryKind) -> Candidate {
    let reach = if random.random_bool(0.7) { 22 } else { 28 };
    let town = (random.random_range(0..4_u32) << 26) & ((1 << 28) - 1);
    let mut axis = || (1 << 31) + if reach == 22 { town } else { 0 } + random.random_range(0..1_u32 << reach);
    let place = morton([axis(), axis()]);
    Candidate {
        place,
        seed: random.random(),
        area: if kind == GeometryKind::Polygon { f64::from(1_u32 << random.random_range(16..30)) } else { 0.0 },
        from: 0,
        rank: if random.random_bool(0.1) { random.random_range(3..9) } else { u8::MAX },
        weight: 40,
    }
}

fn layer(kind: GeometryKind, rate: f64) -> Arc<Layer> {
    let mut layer = (*layers::layer("thinned", kind, FieldType::Text, &[])).clone();
    layer.thinning = Some(Thinning { base_zoom: 14, rate, by: None, merge: Vec::new() });
    layer.maxzoom = 16;
    Arc::new(layer)
}

/// Thinning after an edit touches a few cells, and the outcome is that of thinning everything anew.
#[test]
fn following_an_edit_is_thinning_anew() {
    let mut random = ChaCha8Rng::seed_from_u64(31);
    for (kind, rate, budget) in [
        (GeometryKind::Point, 2.5, 4_000.0),
        (GeometryKind::Point, 1.3, 1e9),
        (GeometryKind::Line, 2.0, 9_000.0),
        (GeometryKind::Polygon, 1.5, 1e9),
        (GeometryKind::Polygon, 1.5, 9_000.0),
    ] {
        let layer = layer(kind, rate);
        let start: Vec<Candidate> = (0..3000).map(|_| candidate(&mut random, kind)).collect();
        let (levels, lowest) = Levels::settle(&layer, &start, budget);
        let mut stayed = 0;
        let mut now: BTreeMap<usize, (Candidate, u8)> = start.into_iter().zip(lowest).enumerate().collect();
        for round in 0..60 {
            let keys: Vec<usize> = now.keys().copied().collect();
            let going = (0..random.random_range(0..3)).map(|_| keys[random.random_range(0..keys.len())]);
            let going: BTreeMap<usize, (Candidate, u8)> =
                going.collect::<Vec<_>>().into_iter().filter_map(|key| Some((key, now.remove(&key)?))).collect();
            let mut changed: Vec<Resident<usize>> =
                going.iter().map(|(&key, &(candidate, lowest))| Resident::going(key, candidate, lowest)).collect();
            for _ in 0..random.random_range(0..3) {
                let key = keys[random.random_range(0..keys.len())];
                let Some(&(old, lowest)) = now.get(&key) else { continue };
                let bits = random.random_range(0..50_u32);
                let place = old.place >> bits << bits | random.random::<u64>() & ((1 << bits) - 1);
                let moved = Candidate { place, ..old };
                now.remove(&key);
                if moved.competes_like(&old, &layer, &levels) {
                    stayed += 1;
                    changed.push(Resident::staying(key, moved, lowest));
                } else {
                    changed.push(Resident::going(key, old, lowest));
                    changed.push(Resident::coming(1_000_000 * (round + 1) + key, moved));
                }
            }
            let coming =
                (0..random.random_range(0..3)).map(|i| (10_000 * (round + 1) + i, candidate(&mut random, kind)));
            let coming: Vec<(usize, Candidate)> = coming.collect();
            changed.extend(coming.iter().map(|&(key, candidate)| Resident::coming(key, candidate)));
            let found = follow(&layer, &levels, changed, |window: &Window, zoom| {
                let shown = now.iter().filter(|(_, (_, lowest))| *lowest <= zoom);
                let inside = shown.filter(|(_, (candidate, _))| {
                    let [x, y] = from_morton(candidate.place);
                    window.intersects(&Window { min_x: x, min_y: y, max_x: x, max_y: y })
                });
                inside.map(|(&key, &(candidate, lowest))| (key, candidate, lowest)).collect()
            });
            for resident in found.iter().filter(|resident| resident.after != NEVER) {
                now.insert(resident.key, (resident.candidate, resident.after));
            }
            let all: Vec<Candidate> = now.values().map(|(candidate, _)| *candidate).collect();
            let expected = levels.lowest(&layer, &all);
            for ((key, (candidate, lowest)), expected) in now.iter().zip(expected) {
                assert_eq!(
                    *lowest, expected,
                    "{kind:?} rate {rate} budget {budget} round {round}: {key} {candidate:?}"
                );
            }
        }
        assert!(stayed > 5, "{kind:?} rate {rate} budget {budget}: some rows stay in their cells");
    }
}

/// Of every square of the map a zoom keeps the share that it keeps of the whole: dense places keep their shape.
#[test]
fn every_part_of_the_map_keeps_its_share() {
    let mut random = ChaCha8Rng::seed_from_u64(32);
    let layer = layer(GeometryKind::Point, 2.0);
    let mut all: Vec<Candidate> = (0..60_000).map(|_| candidate(&mut random, GeometryKind::Point)).collect();
    all.iter_mut().for_each(|candidate| candidate.rank = u8::MAX);
    let (levels, lowest) = Levels::settle(&layer, &all, 1e9);
    assert_eq!(levels, Levels::ALL, "nothing is too heavy");
    for zoom in 9..14_u8 {
        let share = 0.5_f64.powi(14 - i32::from(zoom));
        let mut squares: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        for (candidate, &lowest) in all.iter().zip(&lowest) {
            let counts = squares.entry(candidate.place >> (64 - 2 * 8)).or_default();
            counts.0 += share;
            counts.1 += f64::from(u8::from(lowest <= zoom));
        }
        for (square, (expected, kept)) in squares.into_iter().filter(|(_, (expected, _))| *expected >= 100.0) {
            assert!(
                (kept / expected - 1.0).abs() < 0.1,
                "zoom {zoom}, square {square:x}: {kept} kept, {expected} expected"
            );
        }
    }
}

/// Specks of dust paint the area that they stand for, in every square of the map.
#[test]
fn dust_has_the_area_of_what_it_stands_for() {
    let mut random = ChaCha8Rng::seed_from_u64(33);
    let layer = layer(GeometryKind::Polygon, 1.5);
    let mut all: Vec<Candidate> = (0..60_000).map(|_| candidate(&mut random, GeometryKind::Polygon)).collect();
    all.iter_mut().for_each(|candidate| candidate.rank = 0);
    for budget in [1e9, 20_000.0] {
        let (levels, lowest) = Levels::settle(&layer, &all, budget);
        for zoom in 6..14_u8 {
            let pixel = f64::from(23 - i16::from(zoom)).exp2();
            let speck = (f64::from(levels.speck(zoom)) * pixel).powi(2);
            let mut squares: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
            for (candidate, &lowest) in all.iter().zip(&lowest) {
                let areas = squares.entry(candidate.place >> (64 - 2 * 6)).or_default();
                areas.0 += candidate.area;
                areas.1 += if lowest <= zoom { candidate.area.max(speck) } else { 0.0 };
            }
            for (square, (expected, painted)) in squares.into_iter().filter(|(_, (area, _))| *area > 300.0 * speck) {
                let error = (painted / expected - 1.0).abs();
                assert!(
                    error < 0.1,
                    "zoom {zoom}, square {square:x}: {painted} painted, {expected} there, speck {speck}"
                );
            }
        }
    }
}

/// No tile is beyond the budget, and a zoom that is within it loses nothing.
#[test]
fn the_fullest_tile_keeps_to_the_budget() {
    let mut random = ChaCha8Rng::seed_from_u64(34);
    for kind in [GeometryKind::Point, GeometryKind::Polygon] {
        let layer = layer(kind, 1.0);
        let all: Vec<Candidate> = (0..20_000).map(|_| Candidate { rank: 0, ..candidate(&mut random, kind) }).collect();
        let budget = 20_000.0;
        let (_, lowest) = Levels::settle(&layer, &all, budget);
        for zoom in 0..=16_u32 {
            let mut tiles: BTreeMap<u64, f64> = BTreeMap::new();
            for (candidate, _) in all.iter().zip(&lowest).filter(|(_, lowest)| u32::from(**lowest) <= zoom) {
                *tiles.entry(candidate.place.checked_shr(64 - 2 * zoom).unwrap_or(0)).or_default() +=
                    f64::from(candidate.weight);
            }
            let heaviest = tiles.values().copied().fold(0.0, f64::max);
            assert!(heaviest < budget * 1.25, "{kind:?} zoom {zoom}: {heaviest}");
            assert!(
                kind == GeometryKind::Polygon || heaviest > budget * 0.5 || heaviest == 0.0 || zoom > 10,
                "zoom {zoom}: {heaviest}"
            );
        }
    }
}
