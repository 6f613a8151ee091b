//! Edits, requests and evictions in any order: no tile is stale and none is torn. The layer shows everything at every zoom; thinned
//! ones, groups, joined lines and several layers in a tile are those of `tests/interleavings_of_kinds.rs`.
//!
//! Pairs of stations are moved and renumbered together, one commit each, while others ask for tiles. Where a pair is in its
//! state `n` and what it says there follows from `n` alone, so every answer can be judged by itself: the two of a
//! pair are always in the same state, and that state is not older than what was acknowledged before the question and
//! not newer than what was begun before the answer.

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use citylayers::geo::mercator::world_point;
use citylayers::geo::{Geometry, TileCoord};
use citylayers::model::{Change, Feature, FeatureId, Layer, Value};
use geo_types::Point;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::mvt::decode;
use support::service::Service;

const PAIRS: usize = 12;
const READERS: u64 = 4;
const REQUESTS_A_READER: u64 = 25_000;

/// Where a pair is in a state: one of four places, two of them in one tile of zoom 10.
fn place(pair: usize, state: u64) -> [f64; 2] {
    let spots = [[105.67, 18.67], [105.68, 18.67], [105.78, 19.80], [104.40, 19.30]];
    let turn = usize::try_from((state * 3 + state / 4) % 4).expect("below four");
    spots[(pair * 7 + turn) % 4]
}

fn station(layer: &Layer, pair: usize, side: char, state: u64) -> Change {
    let [lon, lat] = place(pair, state);
    let name = layer.field_index("name").expect("a name");
    let mut properties = vec![None; layer.fields.len()];
    properties[name] = Some(Value::Text(format!("{state}")));
    let id = FeatureId::new(&format!("{side}{pair}")).expect("not empty");
    Change::Put(Feature { layer: layer.id.clone(), id, geometry: Geometry::Point(Point::new(lon, lat)), properties })
}

#[derive(Default)]
struct Clock {
    /// Of each pair, the state whose commit has begun, and the one whose commit has returned.
    begun: [AtomicU64; PAIRS],
    acknowledged: [AtomicU64; PAIRS],
}

impl Clock {
    fn read(of: &[AtomicU64]) -> Vec<u64> {
        of.iter().map(|state| state.load(Ordering::SeqCst)).collect()
    }
}

/// Asks for tiles and judges each; returns how many were `304 Not Modified`.
fn read(service: &str, clock: &Clock, seed: u64) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut known: HashMap<TileCoord, (String, Vec<u8>)> = HashMap::new();
    let mut unchanged = 0;
    for request in 0..REQUESTS_A_READER {
        let spot = place(random.random_range(0..PAIRS), random.random_range(0..64));
        let zoom = [5, 8, 10, 12, 14][random.random_range(0..5)];
        let coord = TileCoord::holding(zoom, world_point(spot));
        let before = Clock::read(&clock.acknowledged);
        let mut asked = agent.get(format!("{service}/tiles/air_stations/{coord}.mvt"));
        let held = known.get(&coord).filter(|_| random.random_bool(0.5));
        if let Some((etag, _)) = held {
            asked = asked.header("if-none-match", etag);
        }
        let mut answer = asked.call().expect("an answer");
        let body = match answer.status().as_u16() {
            304 => {
                unchanged += 1;
                held.expect("only what was asked for by its tag is unchanged").1.clone()
            }
            200 | 204 => answer.body_mut().read_to_vec().expect("a body"),
            other => panic!("{coord}: {other}"),
        };
        let after = Clock::read(&clock.begun);
        if let Some(etag) = answer.headers().get("etag").and_then(|etag| etag.to_str().ok()) {
            known.insert(coord, (etag.to_owned(), body.clone()));
        }
        judge(&body, coord, &before, &after, &format!("seed {seed}, request {request}"));
    }
    unchanged
}

fn judge(body: &[u8], coord: TileCoord, before: &[u64], after: &[u64], which: &str) {
    let mut shown: HashMap<String, u64> = HashMap::new();
    if !body.is_empty() {
        for feature in &decode(body, which)["air_stations"] {
            let text = |name: &str| feature.text(name).unwrap_or_else(|| panic!("{which}: no {name}"));
            shown.insert(text("id").to_owned(), text("name").parse().expect("a state"));
        }
    }
    let holds = |pair: usize, state: u64| {
        let [x, y] = world_point(place(pair, state));
        coord
            .windows()
            .iter()
            .any(|(window, _)| (window.min_x..=window.max_x).contains(&x) && (window.min_y..=window.max_y).contains(&y))
    };
    for pair in 0..PAIRS {
        let (a, b) = (shown.get(&format!("a{pair}")), shown.get(&format!("b{pair}")));
        assert_eq!(a, b, "{which}, tile {coord}: pair {pair} is torn");
        let states = before[pair]..=after[pair];
        match a {
            Some(state) => {
                assert!(
                    states.contains(state),
                    "{which}, tile {coord}: pair {pair} is in state {state}, not in {states:?}"
                );
                assert!(holds(pair, *state), "{which}, tile {coord}: pair {pair} is elsewhere in state {state}");
            }
            None => assert!(
                states.clone().any(|state| state == 0 || !holds(pair, state)),
                "{which}, tile {coord}: pair {pair} is missing, and was here throughout {states:?}"
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_tile_is_stale_and_none_is_torn() {
    // Room for about twenty tiles: most are forgotten before they are asked for again.
    let service = Service::with_room_for_tiles(10_000).await;
    let layer = service.layer("air_stations");
    let (clock, done) = (Arc::new(Clock::default()), Arc::new(AtomicBool::new(false)));
    let readers: Vec<thread::JoinHandle<u64>> = (0..READERS)
        .map(|seed| {
            let (url, clock) = (service.url.clone(), Arc::clone(&clock));
            thread::spawn(move || read(&url, &clock, seed))
        })
        .collect();
    let writers: Vec<_> = (0..2)
        .map(|writer| {
            let (city, layer) = (Arc::clone(&service.city), Arc::clone(&layer));
            let (clock, done) = (Arc::clone(&clock), Arc::clone(&done));
            tokio::spawn(async move {
                let mut edits = 0;
                while !done.load(Ordering::SeqCst) {
                    let pair = (edits * 2 + writer) % PAIRS;
                    let state = clock.begun[pair].fetch_add(1, Ordering::SeqCst) + 1;
                    let changes = ['a', 'b'].map(|side| station(&layer, pair, side, state)).to_vec();
                    city.commit(changes).await.expect("the commit is kept");
                    clock.acknowledged[pair].store(state, Ordering::SeqCst);
                    edits += 1;
                }
                edits
            })
        })
        .collect();
    let unchanged = tokio::task::spawn_blocking(move || {
        readers.into_iter().map(|reader| reader.join().expect("a reader found a fault")).sum::<u64>()
    });
    let unchanged = unchanged.await;
    done.store(true, Ordering::SeqCst);
    let mut edits = 0;
    for writer in writers {
        edits += writer.await.expect("a writer ends");
    }
    let unchanged = unchanged.expect("every answer is right");
    eprintln!("{} requests, {unchanged} of them unchanged, {edits} edits", READERS * REQUESTS_A_READER);
    // How many there are is a matter of how busy the machine is.
    assert!(edits > 100 && unchanged > 100, "{edits} edits and {unchanged} unchanged tiles do not interleave");
    service.stop().await;
}
