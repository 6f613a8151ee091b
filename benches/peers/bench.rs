//! The run: loads the province everywhere, then measures, part by part and round by round.

use std::collections::BTreeMap;
use std::sync::Arc;

use citylayers::geo::TileCoord;
use citylayers::model::Rows;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::Arguments;
use super::bare::Bodies;
use super::check::{Content, content, unpacked};
use super::http::Packing;
use super::measure::{once, resident_bytes};
use super::ours::{Ours, Running};
use super::peer::{Cache, Installed, Process, first_and_second};
use super::rates::{Known, List, remember};
use super::report::{ms, table};
use super::{bare, postgis, province, tiles};

/// Everything that runs.
pub struct Bench<'a> {
    pub arguments: &'a Arguments,
    pub runtime: Arc<Runtime>,
    pub lists: Lists,
    pub rows: Vec<Rows>,
    pub ours: Ours,
    pub martin: Option<Martin>,
    pub tipg: Option<Process>,
    pub database: Option<String>,
    pub folder: TempDir,
}

pub struct Lists {
    pub spread: List,
    pub deep: List,
    pub session: List,
}

pub struct Martin {
    pub keeping: Process,
    pub drawing: Process,
}

/// Warm servers.
pub struct Warm {
    pub ours: Running,
    pub ours_known: Known,
    pub bare: Running,
    pub martin_known: Option<Known>,
}

pub fn run(arguments: &Arguments) -> Result<(), String> {
    let bench = Bench::prepare(arguments)?;
    bench.cache_state()?;
    let warm = bench.warm()?;
    bench.worst(&warm);
    bench.rates(&warm)?;
    if arguments.does("same") {
        bench.identical(&warm)?;
    }
    if arguments.does("big") {
        bench.big(&warm)?;
    }
    if arguments.does("edits") {
        bench.edits(&warm)?;
    }
    if arguments.does("fresh") {
        bench.fresh(&warm)?;
    }
    drop(warm);
    bench.reopened()
}

impl<'a> Bench<'a> {
    fn prepare(arguments: &'a Arguments) -> Result<Self, String> {
        let runtime = Arc::new(Runtime::new().expect("a runtime"));
        let layers = province::layers();
        let (rows, made) = once(|| province::rows(&layers, arguments.scale));
        let counts: Vec<String> = rows.iter().map(|rows| format!("{} {}", rows.len(), rows.layer().id)).collect();
        println!("{}; made in {made:.1?}; this process is {}", counts.join(", "), std::process::id());
        let all = tiles::spread(&rows, arguments.tiles);
        let lists = Lists {
            deep: List { name: "z12-16", tiles: tiles::deep(&all) },
            spread: List { name: "z6-16", tiles: all },
            session: List { name: "session", tiles: tiles::session(&rows) },
        };
        println!("{} tiles, {} of them of zooms 12-16", lists.spread.tiles.len(), lists.deep.tiles.len());
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let before = resident_bytes();
        let ours = Ours::embedded(&runtime, &folder.path().join("city.gpkg"), &rows);
        let size = std::fs::metadata(folder.path().join("city.gpkg")).map_or(0, |data| data.len());
        println!(
            "citylayers: {} MB on disk, {:.2?} from the closed store to the city, {} MB in memory",
            size >> 20,
            ours.start_up,
            resident_bytes().saturating_sub(before) >> 20
        );
        let mut bench =
            Self { arguments, runtime, lists, rows, ours, martin: None, tipg: None, database: None, folder };
        bench.start_peers()?;
        Ok(bench)
    }

    fn start_peers(&mut self) -> Result<(), String> {
        let arguments = self.arguments;
        if !arguments.wants("martin") && !arguments.wants("tipg") {
            return Ok(());
        }
        let (installed, base) = (Installed::find(arguments)?, arguments.postgis.as_deref().unwrap_or_default());
        let (url, loaded) = once(|| {
            self.runtime.block_on(async {
                let url = postgis::database(base, "peers").await;
                postgis::load(&url, &self.rows).await;
                url
            })
        });
        println!("PostGIS: loaded in {loaded:.1?}");
        if arguments.wants("martin") {
            let keeping = installed.start_martin(&url, Cache::On)?;
            self.martin = Some(Martin { keeping, drawing: installed.start_martin(&url, Cache::Off)? });
        }
        if arguments.wants("tipg") {
            self.tipg = Some(installed.start_tipg(&url)?);
        }
        self.database = Some(url);
        Ok(())
    }

    /// The first and the second request for one tile on each server, after another tile woke it.
    fn cache_state(&self) -> Result<(), String> {
        let fresh = self.ours.serve();
        let mut servers = vec![("citylayers", fresh.server)];
        if let Some(martin) = &self.martin {
            servers.push(("Martin, cache on", martin.keeping.server));
            servers.push(("Martin, cache off", martin.drawing.server));
        }
        servers.extend(self.tipg.iter().map(|tipg| ("tipg", tipg.server)));
        let [wake, tile] = [self.lists.deep.tiles[0], self.lists.deep.tiles[1]];
        let mut rows = Vec::new();
        for (name, server) in servers {
            first_and_second(server.address, server.paths, wake)?;
            let [first, second] = first_and_second(server.address, server.paths, tile)?;
            rows.push(vec![name.to_owned(), ms(first), ms(second)]);
        }
        table(&["cache state", "first request, ms", "second, ms"], &rows);
        Ok(())
    }

    /// Asks every server for everything, so that it keeps what it keeps; reads and compares what they answered.
    fn warm(&self) -> Result<Warm, String> {
        let ours = self.ours.serve();
        let Lists { spread, session, .. } = &self.lists;
        let (mut bodies, mut contents) = (Bodies::default(), BTreeMap::new());
        let mut fault = Ok(());
        let ours_known = Known::learn(ours.server, [spread, session], |path, tile, packing, body| {
            remember(&mut bodies, path, packing, body);
            let read = unpacked(body, packing).and_then(|bytes| content(&bytes));
            match (read, contents.get(&tile)) {
                (Ok(read), None) => drop(contents.insert(tile, read)),
                (Ok(read), Some(bare)) if read == *bare => {}
                (Ok(_), Some(_)) => fault = Err(format!("{path}: {} holds another tile", packing.name())),
                (Err(error), _) => fault = Err(format!("{path}: {error}")),
            }
        })?;
        fault?;
        println!("citylayers: {} tiles read in three packings, each with the same content", contents.len());
        let martin_known = self.martin.as_ref().map(|martin| self.warm_martin(martin, &contents)).transpose()?;
        Ok(Warm { ours, ours_known, bare: bare::serve(&self.runtime, bodies), martin_known })
    }

    fn warm_martin(&self, martin: &Martin, contents: &BTreeMap<TileCoord, Content>) -> Result<Known, String> {
        let Lists { spread, session, .. } = &self.lists;
        let (mut compared, mut equal, mut fault) = (0, 0, Ok(()));
        let mut features: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        let known = Known::learn(martin.keeping.server, [spread, session], |path, tile, packing, body| {
            if packing != Packing::Gzip || tile.z() < 15 {
                return; // bare ones of low zooms are huge, and nothing can be compared where citylayers thins
            }
            match unpacked(body, packing).and_then(|bytes| content(&bytes)) {
                Ok(theirs) => {
                    let numbers = |content: &Content, name: &str| content.get(name).map_or(0, Vec::len);
                    compared += 1;
                    let both = province::LAYERS.map(|name| [numbers(&contents[&tile], name), numbers(&theirs, name)]);
                    equal += usize::from(both.iter().all(|[ours, theirs]| ours == theirs));
                    province::LAYERS.iter().zip(both).for_each(|(name, [ours, theirs])| {
                        let sum = features.entry((*name).to_owned()).or_default();
                        *sum = [sum[0] + ours, sum[1] + theirs];
                    });
                }
                Err(error) => fault = Err(format!("{path}: {error}")),
            }
        })?;
        fault?;
        println!(
            "\nzooms 15 and 16, where nothing is thinned: {equal} of {compared} tiles hold as many features of each layer"
        );
        let sums =
            features.iter().map(|(name, [ours, theirs])| vec![name.clone(), ours.to_string(), theirs.to_string()]);
        table(&["features in these tiles", "citylayers", "Martin"], &sums.collect::<Vec<_>>());
        Ok(known)
    }
}
