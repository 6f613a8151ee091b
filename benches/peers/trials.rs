//! What is no rate: freshness, staleness, a small tile beside the biggest, and many who ask for the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use citylayers::geo::TileCoord;
use tokio::runtime::Runtime;

use super::check::{Content, content};
use super::edits::{Door, Edited, Editing, Edits, unrest};
use super::http::{Connection, Packing, request};
use super::rates::List;
use super::replay::{Asks, Played, Server, Until, replay, tour};

/// What some tiles of a server hold, in their order.
pub fn contents(server: Server, tiles: &[TileCoord]) -> Result<Vec<Content>, String> {
    let asks = Asks::new(server.paths, tiles, Packing::Identity);
    let mut all = Vec::new();
    tour(server.address, &asks, |number, body| all.push(content(body).map_err(|error| (number, error))))?;
    let named = |(number, error): (usize, String)| format!("{}: {error}", asks.list[number].path);
    all.into_iter().collect::<Result<_, _>>().map_err(named)
}

/// How many tiles a server answers that another draws otherwise.
pub fn stale(server: Server, fresh: Server, tiles: &[TileCoord]) -> Result<usize, String> {
    let (kept, drawn) = (contents(server, tiles)?, contents(fresh, tiles)?);
    Ok(kept.iter().zip(&drawn).filter(|(one, other)| one != other).count())
}

/// A warm replay while a thousand features change every second.
pub fn warm_while_edited(
    runtime: &Runtime,
    (door, edits): (Door, Edits),
    (server, watched): (Server, bool),
    (list, packing, connections): (&List, Packing, usize),
    time: Duration,
) -> Result<(Played, Edited), String> {
    let asks = Arc::new(Asks::new(server.paths, &list.tiles, packing));
    let editing = Editing::start(runtime, door, edits, watched.then_some(server));
    let played = replay(server.address, &asks, connections, Until::Passed(time))?;
    Ok((played, editing.end(runtime)?))
}

/// Edits for some time, with nobody else asking.
pub fn fresh(runtime: &Runtime, door: Door, edits: Edits, server: Server, time: Duration) -> Result<Edited, String> {
    let editing = Editing::start(runtime, door, edits, Some(server));
    std::thread::sleep(time);
    editing.end(runtime)
}

/// Small tiles that are kept, asked for over two connections, while four more pull the biggest one. With `unrest` that
/// one changes all the time, so that it is drawn for every pull.
pub fn small_beside_big(
    runtime: &Runtime,
    server: Server,
    (small, big): (&[TileCoord], TileCoord),
    changing: Option<(Door, Edits)>,
    time: Duration,
) -> Result<(Played, Played), String> {
    let stop = Arc::new(AtomicBool::new(false));
    let changing = changing.map(|(door, edits)| runtime.spawn(unrest(door, edits, Arc::clone(&stop))));
    let asks = Arc::new(Asks::new(server.paths, &[big], Packing::Gzip));
    let pulling = std::thread::spawn(move || replay(server.address, &asks, 4, Until::Passed(time)));
    let asks = Arc::new(Asks::new(server.paths, small, Packing::Gzip));
    let small = replay(server.address, &asks, 2, Until::Passed(time));
    let pulled = pulling.join().expect("a replay does not panic");
    stop.store(true, Ordering::Relaxed);
    if let Some(changing) = changing {
        runtime.block_on(changing).map_err(|error| error.to_string())??;
    }
    Ok((small?, pulled?))
}

/// Sixty-four ask for the same tile at once; how often it was drawn, by the server's own count, and how long the last waited.
pub fn identical(server: Server, tile: TileCoord) -> Result<(u64, Duration), String> {
    let before = drawn(server)?;
    let asks = Asks::new(server.paths, &[tile; 64], Packing::Gzip);
    let played = replay(server.address, &Arc::new(asks), 64, Until::Once(Duration::from_mins(1)))?;
    let (_, last) = played.slowest();
    Ok((drawn(server)? - before, last))
}

/// The server's count of tiles drawn.
fn drawn(server: Server) -> Result<u64, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = Connection::open(server.address).await.map_err(|error| error.to_string())?;
        let answer =
            connection.get(&request("/metrics", Packing::Identity)).await.map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(answer.body);
        let line = text.lines().find_map(|line| line.strip_prefix("citylayers_tiles_total{outcome=\"drawn\"} "));
        Ok(line.and_then(|count| count.trim().parse().ok()).unwrap_or(0))
    })
}
