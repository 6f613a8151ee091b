//! Edits, compactions, evictions and requests in any order, with layers of every kind, alone and several in one tile: each layer
//! of each answer shows, feature by feature, what one state of it draws, no older than what was acknowledged before the
//! question and no newer than what was begun before the answer.
//!
//! The states are kept beside the service, each made from the one before by the same commit and never compacted; that a state
//! so made is the one that is built afresh is held by `tests/index.rs`. The layers of a tile are judged one by one:
//! each has a writer of its own.

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use citylayers::city::City;
use citylayers::geo::TileCoord;
use citylayers::geo::mercator::world_point;
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Change};
use citylayers::tile::{Format, render};
use fast_mvt::MvtReaderRef;
use parking_lot::RwLock;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::features::{replace, rows};
use support::kinds::{Kind, TOWN, catalog, kinds};
use support::mvt::decode;
use support::service::{Service, unpacked};
use tokio::sync::Semaphore;

const READERS: u64 = 4;
const REQUESTS_A_READER: usize = 1_250;

/// Layers that are asked for together.
const TILES: [&[&str]; 8] = [
    &["lamps"],
    &["parcels"],
    &["parking"],
    &["streets"],
    &["wards"],
    &["lamps", "parcels"],
    &["parcels", "parking", "streets", "wards"],
    &["lamps", "parcels", "parking", "streets", "wards"],
];

/// What a layer went through.
struct Past {
    kind: Kind,
    states: RwLock<Vec<Arc<LayerIndex>>>,
    /// The number of the last state whose commit has begun, and of the last whose commit has returned.
    begun: AtomicUsize,
    acknowledged: AtomicUsize,
}

impl Past {
    fn new(kind: Kind, seed: u64) -> (Self, Change) {
        let features = kind.all(&mut ChaCha8Rng::seed_from_u64(seed));
        let first = Arc::new(LayerIndex::new(&rows(&kind.layer, &features)));
        let start = replace(&kind.layer, &features);
        (Self { kind, states: RwLock::new(vec![first]), begun: 0.into(), acknowledged: 0.into() }, start)
    }

    fn name(&self) -> &str {
        self.kind.layer.id.as_str()
    }

    /// The next state, which the returned changes lead to. Now and then everything is put in the place of everything.
    fn go_on(&self, random: &mut ChaCha8Rng) -> Vec<Change> {
        let present = Arc::clone(self.states.read().last().expect("the first state is there"));
        let changes = self.kind.changes(random);
        let next = present.apply(&changes).0;
        let changes = if self.kind.removes && random.random_ratio(1, 40) {
            let all = next.all();
            let all = all.iter().flat_map(|found| found.numbers.iter().map(|&row| found.rows.feature(row as usize)));
            vec![replace(&self.kind.layer, &all.collect::<Vec<_>>())]
        } else {
            changes
        };
        self.states.write().push(Arc::new(next));
        self.begun.fetch_add(1, Ordering::SeqCst);
        changes
    }

    /// What the states between two numbers draw, each once.
    fn drawn(&self, between: (usize, usize), coord: TileCoord, shown: u8) -> impl Iterator<Item = Vec<u8>> {
        let states = self.states.read()[between.0..=between.1].to_vec();
        states.into_iter().map(move |state| {
            let found = state.tile_showing(coord, shown);
            let layer = state.layer_in_tiles(coord.z());
            render(&[(layer.as_ref(), found.as_slice())], coord, Audience::Public, Format::Mvt).bytes
        })
    }
}

/// Commits to one layer, one edit for each `turn`, and compacts it meanwhile.
async fn write(
    city: Arc<City>,
    past: Arc<Past>,
    turns: Arc<Semaphore>,
    done: Arc<AtomicBool>,
    seed: u64,
) -> [usize; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut edits, mut compactions) = (0, 0);
    let mut compacting: Option<tokio::task::JoinHandle<()>> = None;
    loop {
        turns.acquire().await.expect("never closed").forget();
        if done.load(Ordering::SeqCst) {
            break;
        }
        let changes = past.go_on(&mut random);
        city.commit(changes).await.expect("the commit is kept");
        past.acknowledged.store(past.begun.load(Ordering::SeqCst), Ordering::SeqCst);
        edits += 1;
        let idle = compacting.as_ref().is_none_or(tokio::task::JoinHandle::is_finished);
        if edits % 5 == 0 && idle {
            let atlas = Arc::clone(city.atlas());
            if let Some(start) = atlas.start_compaction(&past.kind.layer.id) {
                compactions += 1;
                compacting = Some(tokio::task::spawn_blocking(move || {
                    let (compacted, moved) = start.compacted();
                    atlas.finish_compaction(&compacted, moved);
                }));
            }
        }
    }
    [edits, compactions]
}

/// Asks for tiles and judges each; returns how many were `304 Not Modified`, and how many had features.
fn read(service: &str, pasts: &[Arc<Past>], turns: &Semaphore, seed: u64) -> [usize; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut known: HashMap<String, (String, Vec<u8>)> = HashMap::new();
    let (mut unchanged, mut filled) = (0, 0);
    for request in 0..REQUESTS_A_READER {
        let names = TILES[random.random_range(0..TILES.len())];
        let asked: Vec<&Past> = names.iter().map(|&name| of(pasts, name)).collect();
        let coord = somewhere(&mut random);
        let before: Vec<usize> = asked.iter().map(|past| past.acknowledged.load(Ordering::SeqCst)).collect();
        let path = format!("{}/{coord}.mvt", names.join(","));
        let packing = ["identity", "gzip", "zstd", "br"][random.random_range(0..4)];
        let mut question = agent.get(format!("{service}/tiles/{path}")).header("accept-encoding", packing);
        let held = known.get(&path).filter(|_| random.random_bool(0.5));
        if let Some((etag, _)) = held {
            question = question.header("if-none-match", etag);
        }
        let mut answer = question.call().expect("an answer");
        let body = match answer.status().as_u16() {
            304 => {
                unchanged += 1;
                held.expect("only what was asked for by its tag is unchanged").1.clone()
            }
            200 | 204 => {
                let body = answer.body_mut().read_to_vec().expect("a body");
                let packing = answer.headers().get("content-encoding");
                unpacked(&body, packing.map_or("", |name| name.to_str().expect("a name")))
            }
            other => panic!("{path}: {other}"),
        };
        let etag = answer.headers().get("etag").and_then(|etag| etag.to_str().ok()).expect("a tag");
        let after = asked.iter().map(|past| past.begun.load(Ordering::SeqCst));
        let between: Vec<(usize, usize)> = before.into_iter().zip(after).collect();
        judge(&body, coord, &asked, &between, &format!("seed {seed}, request {request}, {path}"));
        filled += usize::from(!body.is_empty());
        known.insert(path, (etag.to_owned(), body));
        turns.add_permits(1);
    }
    [unchanged, filled]
}

fn of<'a>(pasts: &'a [Arc<Past>], name: &str) -> &'a Past {
    pasts.iter().find(|past| past.name() == name).expect("a layer of the catalogue")
}

/// Low zooms, where thousands of lamps are drawn, less often.
fn somewhere(random: &mut ChaCha8Rng) -> TileCoord {
    let zoom = if random.random_bool(0.3) { random.random_range(0..13) } else { random.random_range(14..=17) };
    let reach = [0.002, 0.01, 0.1][random.random_range(0..3)];
    let place = TOWN.map(|middle| middle + random.random_range(-reach..reach));
    TileCoord::holding(zoom, world_point(place))
}

fn judge(body: &[u8], coord: TileCoord, asked: &[&Past], between: &[(usize, usize)], which: &str) {
    let (layers, parts) = (decode(body, which), parts(body));
    let thinned = asked.iter().filter(|past| past.kind.layer.thinning.is_some()).count();
    // Several thinned layers in a tile may show the rows of a lower zoom, the same for all.
    let last = if thinned > 1 { 0 } else { coord.z() };
    // The same bytes, or the same features with another value table.
    let shows = |past: &Past, drawn: &[u8]| {
        drawn == parts.get(past.name()).copied().unwrap_or_default()
            || decode(drawn, which).get(past.name()) == layers.get(past.name())
    };
    let strangers = |shown: u8| {
        let each = asked.iter().zip(between);
        let strange =
            each.filter(|&(past, &between)| !past.drawn(between, coord, shown).any(|drawn| shows(past, &drawn)));
        strange.map(|(past, between)| format!("{} in {between:?}", past.name())).collect::<Vec<_>>()
    };
    let fits = (last..=coord.z()).rev().any(|shown| strangers(shown).is_empty());
    assert!(fits, "{which}: as drawn from no state: {:?}", strangers(coord.z()));
}

/// The bytes of each layer of a tile, by its name.
fn parts(tile: &[u8]) -> HashMap<String, &[u8]> {
    let mut parts = HashMap::new();
    let mut rest = tile;
    while !rest.is_empty() {
        assert_eq!(rest[0], 0x1a, "a tile is a sequence of layers");
        let ends = rest[1..].iter().position(|byte| byte & 0x80 == 0).expect("a length") + 2;
        let length = rest[1..ends].iter().rev().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
        let (layer, after) = rest.split_at(ends + length);
        let reader = MvtReaderRef::new(layer).expect("a layer by itself is a tile");
        let name = reader.layers().next().expect("a layer").name().to_owned();
        parts.insert(name, layer);
        rest = after;
    }
    parts
}

/// Room for some dozen small tiles: most are forgotten before they are asked for again.
#[tokio::test(flavor = "multi_thread")]
async fn tiles_of_every_kind_that_are_forgotten_are_neither_stale_nor_torn() {
    every_kind_is_neither_stale_nor_torn(100_000).await;
}

/// Room for all: what is asked for again is mended.
#[tokio::test(flavor = "multi_thread")]
async fn tiles_of_every_kind_that_are_mended_are_neither_stale_nor_torn() {
    every_kind_is_neither_stale_nor_torn(64 << 20).await;
}

async fn every_kind_is_neither_stale_nor_torn(room: u64) {
    let catalog = catalog();
    let kinds = kinds(&catalog);
    let service = Service::of(catalog, room).await;
    let mut pasts = Vec::new();
    for (kind, seed) in kinds.into_iter().zip(50..) {
        let (past, start) = Past::new(kind, seed);
        service.commit(vec![start]).await;
        pasts.push(Arc::new(past));
    }
    let (turns, done) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicBool::new(false)));
    let writers: Vec<_> = pasts
        .iter()
        .zip(60..)
        .map(|(past, seed)| {
            let (city, past) = (Arc::clone(&service.city), Arc::clone(past));
            tokio::spawn(write(city, past, Arc::clone(&turns), Arc::clone(&done), seed))
        })
        .collect();
    let readers = (0..READERS).map(|seed| {
        let (url, pasts, turns) = (service.url.clone(), pasts.clone(), Arc::clone(&turns));
        thread::spawn(move || read(&url, &pasts, &turns, 70 + seed))
    });
    let readers: Vec<_> = readers.collect();
    let read = tokio::task::spawn_blocking(move || {
        readers.into_iter().map(thread::JoinHandle::join).collect::<Vec<thread::Result<[usize; 2]>>>()
    });
    let read = read.await.expect("the readers are joined");
    done.store(true, Ordering::SeqCst);
    turns.add_permits(pasts.len());
    let read: Vec<[usize; 2]> = read.into_iter().map(|reader| reader.expect("a reader found a fault")).collect();
    let mut told = Vec::new();
    for (past, writer) in pasts.iter().zip(writers) {
        let [edits, compactions] = writer.await.expect("a writer ends");
        told.push(format!("{} {edits} edits, {compactions} compactions", past.name()));
        assert!(edits > 100 && compactions > 5, "{told:?}");
    }
    let [unchanged, filled] = [0, 1].map(|of| read.iter().map(|counts| counts[of]).sum::<usize>());
    eprintln!("{filled} tiles with features, {unchanged} unchanged; {}", told.join("; "));
    // How often nothing changed meanwhile is a matter of the threads: some thirty times.
    assert!(unchanged > 5 && filled > 3_000, "{unchanged} unchanged, {filled} with features");
    service.stop().await;
}
