//! Replays a list of requests over some connections and looks at every answer.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use citylayers::geo::TileCoord;
use tokio::task::{LocalSet, spawn_local};

use super::http::{Answer, Connection, Packing, request};

/// The paths of a tile: one for each layer where a server cannot put layers together.
pub type Paths = fn(TileCoord) -> Vec<String>;

/// Where tiles are asked for.
#[derive(Clone, Copy)]
pub struct Server {
    pub name: &'static str,
    pub address: SocketAddr,
    pub paths: Paths,
}

/// One request of a list.
pub struct Ask {
    pub path: String,
    pub tile: usize,
    request: Vec<u8>,
    /// Bytes of the answer, when they are known: every later answer must have as many.
    pub length: Option<usize>,
}

/// The requests for some tiles.
pub struct Asks {
    pub list: Vec<Ask>,
    pub packing: Packing,
    /// Requests a tile.
    pub parts: usize,
}

impl Asks {
    pub fn new(paths: Paths, tiles: &[TileCoord], packing: Packing) -> Self {
        let list: Vec<Ask> = tiles
            .iter()
            .enumerate()
            .flat_map(|(tile, &coord)| paths(coord).into_iter().map(move |path| (tile, path)))
            .map(|(tile, path)| Ask { request: request(&path, packing), path, tile, length: None })
            .collect();
        Self { parts: list.len() / tiles.len().max(1), list, packing }
    }
}

/// When a replay ends.
#[derive(Clone, Copy)]
pub enum Until {
    /// After each request was made once; what is not begun in this time is left out.
    Once(Duration),
    /// After this time, round and round.
    Passed(Duration),
}

/// What a replay saw.
#[derive(Default)]
pub struct Played {
    /// Answers.
    pub done: usize,
    pub elapsed: Duration,
    /// How long each answer took, with the number of its request.
    pub times: Vec<(usize, Duration)>,
    /// Bytes of each answer, by the number of its request; only of the first round.
    pub sizes: Vec<(usize, usize)>,
    parts: usize,
}

impl Played {
    /// Tiles a second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.parts.max(1) as f64 / self.elapsed.as_secs_f64()
    }

    /// Tiles, and how long they took, of several replays together.
    pub fn add(&mut self, other: Self) {
        self.done += other.done;
        self.elapsed += other.elapsed;
        self.parts = other.parts;
        self.times.extend(other.times);
        self.sizes.extend(other.sizes);
    }

    /// The time that a share of the answers stays below.
    pub fn quantile(&self, share: f64) -> Duration {
        quantile(self.times.iter().map(|&(_, time)| time).collect(), share)
    }

    /// The number of the slowest request, and its time.
    pub fn slowest(&self) -> (usize, Duration) {
        self.times.iter().copied().max_by_key(|&(_, time)| time).unwrap_or_default()
    }

    /// The number of the request with the longest answer, and its bytes.
    pub fn largest(&self) -> (usize, usize) {
        self.sizes.iter().copied().max_by_key(|&(_, size)| size).unwrap_or_default()
    }
}

/// The value that a share of the times stays below.
pub fn quantile(mut times: Vec<Duration>, share: f64) -> Duration {
    times.sort_unstable();
    let place = (share * times.len().saturating_sub(1) as f64).round() as usize;
    times.get(place).copied().unwrap_or_default()
}

struct Replay {
    asks: Arc<Asks>,
    until: Until,
    start: Instant,
    next: Cell<usize>,
    played: RefCell<Played>,
}

/// Replays on this thread. Fails with the path of an answer that is not as it should be.
pub fn replay(address: SocketAddr, asks: &Arc<Asks>, connections: usize, until: Until) -> Result<Played, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(address).await.map_err(|error| format!("{address}: {error}"))?);
        }
        let played = RefCell::new(Played { parts: asks.parts, ..Played::default() });
        let asks = Arc::clone(asks);
        let replay = Rc::new(Replay { asks, until, start: Instant::now(), next: Cell::new(0), played });
        let tasks: Vec<_> = open.into_iter().map(|one| spawn_local(Rc::clone(&replay).run(one))).collect();
        for task in tasks {
            task.await.map_err(|error| error.to_string())??;
        }
        let mut played = replay.played.take();
        played.elapsed = replay.start.elapsed();
        Ok(played)
    })
}

impl Replay {
    async fn run(self: Rc<Self>, mut connection: Connection) -> Result<(), String> {
        while let Some(number) = self.take() {
            let ask = &self.asks.list[number % self.asks.list.len()];
            let begun = Instant::now();
            let answer = connection.get(&ask.request).await.map_err(|error| format!("{}: {error}", ask.path))?;
            let time = begun.elapsed();
            judge(ask, &self.asks, &answer)?;
            let mut played = self.played.borrow_mut();
            played.done += 1;
            played.times.push((number % self.asks.list.len(), time));
            if number < self.asks.list.len() {
                played.sizes.push((number, answer.body.len()));
            }
        }
        Ok(())
    }

    /// The number of the next request.
    fn take(&self) -> Option<usize> {
        let number = self.next.get();
        self.next.set(number + 1);
        match self.until {
            Until::Once(longest) => (number < self.asks.list.len() && self.start.elapsed() < longest).then_some(number),
            Until::Passed(time) => (self.start.elapsed() < time).then_some(number),
        }
    }
}

/// An answer is a tile packed as it was asked for, or says that there is nothing. tipg, which
/// is asked for one layer at a time, answers no bytes where one has nothing, and packs nothing below 500 bytes.
pub fn judge(ask: &Ask, asks: &Asks, answer: &Answer<'_>) -> Result<(), String> {
    let packing = asks.packing;
    let failed = |what: String| Err(format!("{} ({}): {what}", ask.path, packing.name()));
    match answer.status {
        200 if answer.body.len() < 500 && asks.parts > 1 => Ok(()),
        200 if answer.body.is_empty() && packing != Packing::Identity => failed("a 200 of no bytes".to_owned()),
        200 if answer.packing != packing.name() => failed(format!("packed as {}", answer.packing)),
        200 | 204 => match ask.length {
            Some(length) if length != answer.body.len() => {
                failed(format!("{} bytes, {length} before", answer.body.len()))
            }
            _ => Ok(()),
        },
        other => {
            failed(format!("status {other}: {}", String::from_utf8_lossy(&answer.body[..answer.body.len().min(200)])))
        }
    }
}

/// Asks for everything once over one connection, and shows each body with the number of its request.
pub fn tour(address: SocketAddr, asks: &Asks, mut visit: impl FnMut(usize, &[u8])) -> Result<Played, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = Connection::open(address).await.map_err(|error| format!("{address}: {error}"))?;
        let mut played = Played { parts: asks.parts, ..Played::default() };
        for (number, ask) in asks.list.iter().enumerate() {
            let begun = Instant::now();
            let answer = connection.get(&ask.request).await.map_err(|error| format!("{}: {error}", ask.path))?;
            let time = begun.elapsed();
            judge(ask, asks, &answer)?;
            visit(number, answer.body);
            played.times.push((number, time));
            played.sizes.push((number, answer.body.len()));
            played.elapsed += time;
            played.done += 1;
        }
        Ok(played)
    })
}
