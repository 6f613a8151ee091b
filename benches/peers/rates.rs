//! Tiles a second: cold and warm, at 1 and 16 connections, for each packing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use citylayers::geo::TileCoord;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::bare::Bodies;
use super::http::Packing;
use super::replay::{Asks, Played, Server, Until, replay, tour};

/// A list of tiles with its name.
#[derive(Clone)]
pub struct List {
    pub name: &'static str,
    pub tiles: Vec<TileCoord>,
}

impl List {
    /// The same tiles in another order: what a slow server leaves out differs from round to round.
    fn shuffled(&self, round: u64) -> Vec<TileCoord> {
        let mut tiles = self.tiles.clone();
        tiles.shuffle(&mut ChaCha8Rng::seed_from_u64(round));
        tiles
    }
}

/// One row of the table.
#[derive(Clone)]
pub struct Row {
    pub list: List,
    pub packing: Packing,
    pub connections: usize,
}

impl Row {
    /// Every row: all packings of the spread lists, and the session as most browsers ask for it.
    pub fn all(spread: [&List; 2], session: &List) -> Vec<Self> {
        let row = |list: &List, packing, connections| Self { list: list.clone(), packing, connections };
        let mut rows = Vec::new();
        for connections in [1, 16] {
            for list in spread {
                rows.extend(Packing::ALL.map(|packing| row(list, packing, connections)));
            }
            rows.push(row(session, Packing::Gzip, connections));
        }
        rows
    }

    /// As the tables name it.
    pub fn name(&self, state: &str) -> String {
        format!("{state}, {}, {}, {} conn.", self.list.name, self.packing.name(), self.connections)
    }

    /// Each tile once, on servers that never drew one. `fresh` starts such a server: again and again until `time` has
    /// passed; of a slow one only the tiles that it draws in this time count.
    pub fn cold<T>(
        &self,
        round: u64,
        time: Duration,
        fresh: impl Fn() -> T,
        server: impl Fn(&T) -> Server,
    ) -> Result<f64, String> {
        let mut played = Played::default();
        while played.elapsed < time {
            let running = fresh();
            let server = server(&running);
            let asks = Arc::new(Asks::new(server.paths, &self.list.shuffled(round), self.packing));
            played.add(replay(server.address, &asks, self.connections, Until::Once(time))?);
        }
        Ok(played.rate())
    }

    /// Asks for each tile once.
    pub fn warm_up(&self, server: Server) -> Result<(), String> {
        let asks = Asks::new(server.paths, &self.list.tiles, self.packing);
        tour(server.address, &asks, |_, _| ()).map(drop)
    }

    /// Round and round on a server that has kept what it keeps. Every answer must be as long as it was.
    pub fn warm(&self, server: Server, known: &Known, time: Duration) -> Result<f64, String> {
        let asks = known.asks(server, &self.list, self.packing);
        Ok(replay(server.address, &asks, self.connections, Until::Passed(time))?.rate())
    }
}

/// What a server answered when it was asked for every tile of some lists: first bare, then packed.
#[derive(Default)]
pub struct Known {
    /// Bytes of each answer, by path.
    lengths: HashMap<Packing, HashMap<String, usize>>,
    /// By packing: the first time that each tile of the first list was asked for.
    pub first: HashMap<Packing, Played>,
}

impl Known {
    /// Warms a server. `visit` sees every path, tile, packing and body.
    pub fn learn(
        server: Server,
        lists: [&List; 2],
        mut visit: impl FnMut(&str, TileCoord, Packing, &[u8]),
    ) -> Result<Self, String> {
        let mut known = Self::default();
        for packing in Packing::ALL {
            for list in lists {
                let asks = Asks::new(server.paths, &list.tiles, packing);
                let lengths = known.lengths.entry(packing).or_default();
                let played = tour(server.address, &asks, |number, body| {
                    let ask = &asks.list[number];
                    lengths.insert(ask.path.clone(), body.len());
                    visit(&ask.path, list.tiles[ask.tile], packing, body);
                })?;
                known.first.entry(packing).or_insert(played);
            }
        }
        Ok(known)
    }

    fn asks(&self, server: Server, list: &List, packing: Packing) -> Arc<Asks> {
        let mut asks = Asks::new(server.paths, &list.tiles, packing);
        if let Some(lengths) = self.lengths.get(&packing) {
            asks.list.iter_mut().for_each(|ask| ask.length = lengths.get(&ask.path).copied());
        }
        Arc::new(asks)
    }
}

/// Puts a body where the bare handler finds it.
pub fn remember(bodies: &mut Bodies, path: &str, packing: Packing, body: &[u8]) {
    bodies.entry(packing.name()).or_default().insert(path.to_owned(), Bytes::copy_from_slice(body));
}
