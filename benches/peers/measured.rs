//! What is measured, part by part, and the table of each.

use std::sync::Arc;

use citylayers::geo::TileCoord;
use citylayers::model::Rows;

use super::bench::{Bench, Lists, Warm};
use super::edits::{Door, Edits, Seen};
use super::http::Packing;
use super::ours::{self, Ours};
use super::rates::{Known, Row};
use super::replay::Server;
use super::report::{self, Rates, Rounds, ms, table};
use super::{bare, peer, postgis, trials};

impl Bench<'_> {
    /// The slowest tile that was never drawn, over one connection, and the largest.
    pub fn worst(&self, warm: &Warm) {
        let mut rows = Vec::new();
        let mut add = |name: &str, known: &Known, cold: &[Packing]| {
            for packing in Packing::ALL {
                let first = &known.first[&packing];
                let (slowest, largest) = (first.slowest(), first.largest());
                let zoom = |number: usize| self.lists.spread.tiles[number].z();
                let slow = if cold.contains(&packing) {
                    vec![
                        ms(slowest.1),
                        format!("z{}", zoom(slowest.0)),
                        ms(first.quantile(0.5)),
                        ms(first.quantile(0.99)),
                    ]
                } else {
                    vec!["-".to_owned(); 4]
                };
                let large = [format!("{:.0}", largest.1 as f64 / 1e3), format!("z{}", zoom(largest.0))];
                rows.push([vec![name.to_owned(), packing.name().to_owned()], slow, large.to_vec()].concat());
            }
        };
        add(ours::NAME, &warm.ours_known, &Packing::ALL);
        // Martin keeps tiles bare: only the first packing was cold.
        warm.martin_known.iter().for_each(|known| add(peer::MARTIN, known, &[Packing::Identity]));
        table(
            &["cold, z6-16, one by one", "packing", "worst, ms", "its zoom", "p50", "p99", "largest, kB", "its zoom"],
            &rows,
        );
    }

    pub fn rates(&self, warm: &Warm) -> Result<(), String> {
        let Lists { spread, deep, session } = &self.lists;
        let mut rates = Rates::default();
        for round in 0..self.arguments.rounds {
            for row in Row::all([spread, deep], session) {
                let name = row.name("cold");
                if self.arguments.does("cold") && name.contains(&self.arguments.filter) {
                    self.cold(&row, round, &mut |server, rate| rates.add(&name, server, rate))?;
                }
            }
            for row in Row::all([spread, deep], session) {
                let name = row.name("warm");
                if self.arguments.does("warm") && name.contains(&self.arguments.filter) {
                    self.warm_rates(&row, warm, &mut |server, rate| rates.add(&name, server, rate))?;
                }
            }
        }
        rates.print();
        Ok(())
    }

    fn cold(&self, row: &Row, round: u64, add: &mut dyn FnMut(&'static str, f64)) -> Result<(), String> {
        let (quick, slow) = (self.arguments.quick(), self.arguments.slow());
        if self.arguments.wants("citylayers") {
            add(ours::NAME, row.cold(round, quick, || self.ours.serve(), |running| running.server)?);
        }
        if let Some(martin) = &self.martin {
            add(peer::MARTIN, row.cold(round, slow, || martin.drawing.server, |server| *server)?);
        }
        if let Some(tipg) = &self.tipg
            && row.packing == Packing::Gzip
        {
            add(peer::TIPG, row.cold(round, slow, || tipg.server, |server| *server)?);
        }
        Ok(())
    }

    fn warm_rates(&self, row: &Row, warm: &Warm, add: &mut dyn FnMut(&'static str, f64)) -> Result<(), String> {
        let time = self.arguments.quick();
        if self.arguments.wants("bare") {
            add(bare::NAME, row.warm(warm.bare.server, &warm.ours_known, time)?);
        }
        if self.arguments.wants("citylayers") {
            add(ours::NAME, row.warm(warm.ours.server, &warm.ours_known, time)?);
        }
        if let (Some(martin), Some(known)) = (&self.martin, &warm.martin_known) {
            add(peer::MARTIN, row.warm(martin.keeping.server, known, time)?);
        }
        Ok(())
    }

    pub fn identical(&self, warm: &Warm) -> Result<(), String> {
        let biggest = self.biggest(&warm.ours_known, Packing::Gzip);
        let mut rows = Vec::new();
        for _ in 0..self.arguments.rounds {
            let fresh = self.ours.serve();
            let (drawn, last) = trials::identical(fresh.server, biggest)?;
            rows.push(vec![format!("z{}", biggest.z()), drawn.to_string(), ms(last)]);
        }
        table(&["64 identical cold requests for", "drawn", "the last waited, ms"], &rows);
        Ok(())
    }

    fn biggest(&self, known: &Known, packing: Packing) -> TileCoord {
        self.lists.spread.tiles[known.first[&packing].largest().0]
    }

    /// Small tiles are those of zooms 14-16 that are kept.
    pub fn big(&self, warm: &Warm) -> Result<(), String> {
        let small: Vec<TileCoord> = self.lists.deep.tiles.iter().copied().filter(|tile| tile.z() >= 14).collect();
        let mut rows = Vec::new();
        for _ in 0..self.arguments.rounds {
            let tile = self.biggest(&warm.ours_known, Packing::Gzip);
            let edits = Edits::new(self.lamps(), "B").within(tile, "C");
            let door = Door::Commit(Arc::clone(&self.ours.city));
            let changing = (edits.count() > 0).then_some((door, edits));
            self.beside(&mut rows, "citylayers, mended for each change", warm.ours.server, (&small, tile), changing)?;
            self.beside(&mut rows, "citylayers, kept", warm.ours.server, (&small, tile), None)?;
            if let (Some(martin), Some(known)) = (&self.martin, &warm.martin_known) {
                let tile = self.biggest(known, Packing::Identity);
                self.beside(&mut rows, "Martin, kept", martin.keeping.server, (&small, tile), None)?;
            }
        }
        let head = [
            "a small kept tile while four pull the biggest",
            "of zoom",
            "pulls/s",
            "small/s",
            "p50, ms",
            "p99, ms",
            "max, ms",
        ];
        table(&head, &rows);
        Ok(())
    }

    fn beside(
        &self,
        rows: &mut Vec<Vec<String>>,
        name: &str,
        server: Server,
        (small, big): (&[TileCoord], TileCoord),
        changing: Option<(Door, Edits)>,
    ) -> Result<(), String> {
        let time = self.arguments.quick() * 2;
        let zoom = format!("z{}", big.z());
        let (small, pulls) = match trials::small_beside_big(&self.runtime, server, (small, big), changing, time) {
            // A worker of Martin that packs for longer than five seconds answers 408 to those who wait for it.
            Err(fault) if server.name == peer::MARTIN => {
                let nothing = vec!["-".to_owned(); 4];
                rows.push([vec![name.to_owned(), zoom, fault], nothing].concat());
                return Ok(());
            }
            played => played?,
        };
        let rates = [&pulls, &small].map(|played| format!("{:.0}", played.rate()));
        let times = [0.5, 0.99, 1.0].map(|share| ms(small.quantile(share)));
        rows.push([vec![name.to_owned(), zoom], rates.to_vec(), times.to_vec()].concat());
        Ok(())
    }

    fn lamps(&self) -> &Rows {
        &self.rows[2]
    }

    /// Warm, without edits and with them, one after the other; then whether any tile is stale.
    pub fn edits(&self, warm: &Warm) -> Result<(), String> {
        let mut rows = Vec::new();
        let ours = (ours::NAME, warm.ours.server, Door::Commit(Arc::clone(&self.ours.city)));
        self.edited(&mut rows, ours, true, || self.ours.serve(), |fresh| fresh.server)?;
        if let (Some(martin), Some(url)) = (&self.martin, &self.database) {
            let client = Arc::new(self.runtime.block_on(postgis::connect(url)));
            let martins = (peer::MARTIN, martin.keeping.server, Door::Sql(client));
            self.edited(&mut rows, martins, false, || martin.drawing.server, |server| *server)?;
        }
        let head = [
            "warm while 1,000/s change",
            "without, tiles/s",
            "with",
            "ratio",
            "edits/s",
            "watched",
            "never seen",
            "seen after: p50, ms",
            "p99",
            "max",
            "stale of up to 100 (z14-16) after",
        ];
        table(&head, &rows);
        Ok(())
    }

    fn edited<T>(
        &self,
        rows: &mut Vec<Vec<String>>,
        (name, server, door): (&'static str, Server, Door),
        watched: bool,
        fresh: impl Fn() -> T,
        address: impl Fn(&T) -> Server,
    ) -> Result<(), String> {
        let time = self.arguments.quick() * 2;
        let mut edits = Edits::new(self.lamps(), "E");
        let hundred: Vec<TileCoord> =
            self.lists.deep.tiles.iter().copied().filter(|tile| tile.z() >= 14).take(100).collect();
        for list in [&self.lists.spread, &self.lists.deep] {
            for connections in [1, 16] {
                let mut figures: [Rounds; 4] = Default::default();
                let mut seen = Seen::default();
                for _ in 0..self.arguments.rounds {
                    let row = Row { list: list.clone(), packing: Packing::Gzip, connections };
                    row.warm_up(server)?; // the edits of the round before changed many tiles
                    let alone = row.warm(server, &Known::default(), time)?;
                    let what = (list, Packing::Gzip, connections);
                    let (played, edited) =
                        trials::warm_while_edited(&self.runtime, (door.clone(), edits), (server, watched), what, time)?;
                    let values = [alone, played.rate(), played.rate() / alone, edited.rate];
                    figures.iter_mut().zip(values).for_each(|(figure, value)| figure.0.push(value));
                    edits = edited.edits;
                    seen.after.extend(edited.seen.after);
                    seen.missed.extend(edited.seen.missed);
                }
                let stale = trials::stale(server, address(&fresh()), &hundred)?;
                let label = format!("{name}, {}, gzip, {connections} conn.", list.name);
                rows.push(report::edited(label, &figures, &seen, stale));
            }
        }
        Ok(())
    }

    /// From an edit to the first answer that shows it, with nobody else asking.
    pub fn fresh(&self, warm: &Warm) -> Result<(), String> {
        let time = self.arguments.slow();
        let mut rows = Vec::new();
        let mut add = |name: &str, door: Door, mark: &'static str, server: Server| {
            let edited = trials::fresh(&self.runtime, door, Edits::new(self.lamps(), mark), server, time)?;
            rows.push(report::fresh(name, &edited));
            Ok::<(), String>(())
        };
        let commit = Door::Commit(Arc::clone(&self.ours.city));
        add("citylayers, through the write door", commit, "F", warm.ours.server)?;
        if let (Some(martin), Some(url)) = (&self.martin, &self.database) {
            let client = Arc::new(self.runtime.block_on(postgis::connect(url)));
            add("Martin, cache off, by SQL", Door::Sql(client), "G", martin.drawing.server)?;
        }
        if let Some(base) = &self.arguments.postgis {
            let url = self.runtime.block_on(postgis::database(base, "followed"));
            let ours = Ours::on_postgis(&self.runtime, &url, &self.rows);
            let client = Arc::new(self.runtime.block_on(postgis::connect(&url)));
            add("citylayers on PostGIS, by SQL", Door::Sql(client), "H", ours.serve().server)?;
        }
        let head = [
            "1,000/s change, nobody else asks",
            "edits/s",
            "slowest commit, ms",
            "watched",
            "never seen",
            "seen after: p50, ms",
            "p99",
            "max",
        ];
        table(&head, &rows);
        Ok(())
    }

    /// What was served from memory after all edits is what a city loaded afresh from the store serves.
    pub fn reopened(self) -> Result<(), String> {
        let tiles = &self.lists.spread.tiles;
        let served = trials::contents(self.ours.serve().server, tiles)?;
        let again = self.ours.reopened(&self.folder.path().join("city.gpkg"));
        let loaded = trials::contents(again.serve().server, tiles)?;
        let different = served.iter().zip(&loaded).filter(|(one, other)| one != other).count();
        println!("\nloaded again from the store: {different} of {} tiles differ from those served before", tiles.len());
        Ok(())
    }
}
