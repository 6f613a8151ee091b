//! A thousand lamps change every second, and somebody watches one of them until its tile shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use citylayers::city::City;
use citylayers::geo::mercator::world_point;
use citylayers::geo::{Geometry, TileCoord};
use citylayers::model::{Change, LayerId, Rows, Value};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::http::{Connection, Packing, request};
use super::measure::SEED;
use super::replay::{Paths, Server};

/// Lamps that change in one commit, and how often one is made: 1,000 a second.
const BATCH: usize = 50;
const EVERY: Duration = Duration::from_millis(50);

/// A watcher gives up after this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// One lamp changes its place and its asset number.
pub struct Edit {
    pub id: String,
    pub at: [f64; 2],
    /// A text that is nowhere else.
    pub mark: String,
}

/// Random edits of the lamps, without end.
pub struct Edits {
    lamps: Arc<Vec<(String, [f64; 2])>>,
    dice: ChaCha8Rng,
    serial: u64,
    name: &'static str,
}

impl Edits {
    /// `name` sets the marks of these edits apart from those of others.
    pub fn new(lamps: &Rows, name: &'static str) -> Self {
        let places = lamps.arena().lon_lat();
        let lamps = (0..lamps.len()).map(|row| (lamps.id(row).to_owned(), places[row])).collect();
        Self { lamps: Arc::new(lamps), dice: ChaCha8Rng::seed_from_u64(SEED), serial: 0, name }
    }

    /// Edits of the lamps of one tile alone.
    pub fn within(&self, tile: TileCoord, name: &'static str) -> Self {
        let inside = |place: &[f64; 2]| TileCoord::holding(tile.z(), world_point(*place)) == tile;
        let lamps = self.lamps.iter().filter(|(_, place)| inside(place)).cloned().collect();
        Self { lamps: Arc::new(lamps), dice: ChaCha8Rng::seed_from_u64(SEED), serial: 0, name }
    }

    /// How many lamps there are to edit.
    pub fn count(&self) -> usize {
        self.lamps.len()
    }

    /// The next few, each of another lamp.
    pub fn next(&mut self, count: usize) -> Vec<Edit> {
        let mut chosen =
            rand::seq::index::sample(&mut self.dice, self.lamps.len(), count.min(self.lamps.len())).into_vec();
        chosen.sort_unstable();
        chosen.into_iter().map(|number| self.edit(number)).collect()
    }

    fn edit(&mut self, number: usize) -> Edit {
        let (id, [lon, lat]) = &self.lamps[number];
        let mut near = |degrees: f64| degrees + self.dice.random_range(-0.0001..0.0001);
        self.serial += 1;
        Edit { id: id.clone(), at: [near(*lon), near(*lat)], mark: format!("{}{:07}", self.name, self.serial) }
    }
}

const UPDATE: &str = "UPDATE street_lights AS lamp SET geom = ST_SetSRID(ST_MakePoint(edit.lon, edit.lat), 4326), \
    asset_no = edit.mark FROM unnest($1::text[], $2::float8[], $3::float8[], $4::text[]) \
    AS edit (id, lon, lat, mark) WHERE lamp.id = edit.id";

/// Where edits go in.
#[derive(Clone)]
pub enum Door {
    /// The write door of a city.
    Commit(Arc<City>),
    /// Plain SQL on the table of the lamps.
    Sql(Arc<tokio_postgres::Client>),
}

impl Door {
    pub async fn write(&self, edits: &[Edit]) -> Result<(), String> {
        match self {
            Self::Commit(city) => commit(city, edits).await,
            Self::Sql(client) => {
                let column = |of: fn(&Edit) -> String| edits.iter().map(of).collect::<Vec<_>>();
                let number = |axis: usize| edits.iter().map(|edit| edit.at[axis]).collect::<Vec<f64>>();
                let (ids, marks) = (column(|edit| edit.id.clone()), column(|edit| edit.mark.clone()));
                let changed = client.execute(UPDATE, &[&ids, &number(0), &number(1), &marks]).await;
                match changed.map_err(|error| error.to_string())? {
                    count if count == edits.len() as u64 => Ok(()),
                    count => Err(format!("{count} of {} rows were changed", edits.len())),
                }
            }
        }
    }
}

async fn commit(city: &City, edits: &[Edit]) -> Result<(), String> {
    let lamps = LayerId::new("street_lights").expect("a layer id");
    let index = city.atlas().layer(&lamps).expect("the layer is open");
    let asset = index.layer().field_index("asset_no").expect("a field of the layer");
    let changes = edits.iter().map(|edit| {
        let mut lamp = index.get(&edit.id).expect("a lamp of the province");
        lamp.geometry = Geometry::Point(edit.at.into());
        lamp.properties[asset] = Some(Value::Text(edit.mark.clone()));
        Change::Put(lamp)
    });
    city.commit(changes.collect()).await.map(drop).map_err(|error| error.to_string())
}

/// Edits that go on until they are told to stop.
pub struct Editing {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    start: Instant,
    writing: JoinHandle<Result<(Edits, Duration), String>>,
    watching: JoinHandle<Result<Seen, String>>,
}

/// What became of them.
pub struct Edited {
    /// Edits a second.
    pub rate: f64,
    /// The slowest commit.
    pub slowest: Duration,
    pub seen: Seen,
    pub edits: Edits,
}

/// What the watcher saw.
#[derive(Default)]
pub struct Seen {
    /// From the beginning of a commit to the first answer that showed it.
    pub after: Vec<Duration>,
    /// Edits that did not show as long as the watcher waited.
    pub missed: Vec<TileCoord>,
}

impl Editing {
    /// A thousand edits a second; one of each batch is watched, as long as nobody waits for the one before.
    pub fn start(runtime: &Runtime, door: Door, mut edits: Edits, watched: Option<Server>) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (sender, receiver) = mpsc::channel(1);
        let watching = runtime.spawn(watch(watched, receiver));
        let writing = runtime.spawn({
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            async move {
                let mut clock = tokio::time::interval(EVERY);
                let mut slowest = Duration::ZERO;
                while !stop.load(Ordering::Relaxed) {
                    clock.tick().await;
                    let batch = edits.next(BATCH);
                    let begun = Instant::now();
                    let _ = sender.try_send((begun, batch[0].at, batch[0].mark.clone()));
                    door.write(&batch).await?;
                    slowest = slowest.max(begun.elapsed());
                    done.fetch_add(batch.len(), Ordering::Relaxed);
                }
                Ok((edits, slowest))
            }
        });
        Self { stop, done, start: Instant::now(), writing, watching }
    }

    pub fn end(self, runtime: &Runtime) -> Result<Edited, String> {
        let rate = self.done.load(Ordering::Relaxed) as f64 / self.start.elapsed().as_secs_f64();
        self.stop.store(true, Ordering::Relaxed);
        let (edits, slowest) = runtime.block_on(self.writing).map_err(|error| error.to_string())??;
        let seen = runtime.block_on(self.watching).map_err(|error| error.to_string())??;
        Ok(Edited { rate, slowest, seen, edits })
    }
}

type Watched = (Instant, [f64; 2], String);

/// Asks for the tile of each edit until it shows it, at a zoom so deep that no budget thins out a lamp.
async fn watch(server: Option<Server>, mut edits: mpsc::Receiver<Watched>) -> Result<Seen, String> {
    let mut seen = Seen::default();
    let Some(server) = server else { return Ok(seen) };
    let mut connection = Connection::open(server.address).await.map_err(|error| error.to_string())?;
    while let Some((start, at, mark)) = edits.recv().await {
        let tile = TileCoord::holding(16, world_point(at));
        let shown = loop {
            let shows = shows(&mut connection, server.paths, tile, &mark).await;
            if shows.map_err(|error| error.to_string())? || start.elapsed() > PATIENCE {
                break start.elapsed();
            }
        };
        if shown > PATIENCE {
            seen.missed.push(tile);
        } else {
            seen.after.push(shown);
        }
    }
    Ok(seen)
}

async fn shows(connection: &mut Connection, paths: Paths, tile: TileCoord, mark: &str) -> std::io::Result<bool> {
    for path in paths(tile) {
        let answer = connection.get(&request(&path, Packing::Identity)).await?;
        if answer.body.windows(mark.len()).any(|window| window == mark.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Changes a lamp of a tile a hundred times a second, until `stop`: hardly anybody finds that tile drawn.
pub async fn unrest(door: Door, mut edits: Edits, stop: Arc<AtomicBool>) -> Result<(), String> {
    let mut clock = tokio::time::interval(Duration::from_millis(10));
    while !stop.load(Ordering::Relaxed) {
        clock.tick().await;
        door.write(&edits.next(1)).await?;
    }
    Ok(())
}
