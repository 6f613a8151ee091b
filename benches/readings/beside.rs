//! The same readings into SQLite alone: a table without an index, in transactions as large as those of the service.

use std::time::{Duration, Instant};

use citylayers::model::Rows;
use rusqlite::{Connection, params};

/// How long it takes until all are on the disk.
pub fn sqlite(lamps: &Rows, rounds: usize, together: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connection = Connection::open(folder.path().join("readings.sqlite")).expect("it opens");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE readings (feature TEXT, time TEXT, lit REAL, power_w REAL)",
        )
        .expect("a table");
    let all: Vec<(usize, usize)> =
        (0..rounds).flat_map(|round| (0..lamps.len()).map(move |row| (round, row))).collect();
    let start = Instant::now();
    for some in all.chunks(together) {
        let transaction = connection.transaction().expect("begins");
        let mut insert =
            transaction.prepare_cached("INSERT INTO readings VALUES (?1, ?2, ?3, ?4)").expect("a statement");
        for (round, row) in some {
            let time = format!("2026-11-20T10:{:02}:{:02}.000Z", round / 60, round % 60);
            insert.execute(params![lamps.id(*row), time, 1.0, (row + round) as f64]).expect("kept");
        }
        drop(insert);
        transaction.commit().expect("kept");
    }
    start.elapsed()
}
