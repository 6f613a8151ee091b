//! From a closed store to an answer: a million lamps in a GeoPackage, beside a bare scan of the same table.
#![allow(clippy::cast_precision_loss, reason = "figures of a bench")]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use std::sync::Arc;

use citylayers::city::City;
use citylayers::demo::synthetic;
use citylayers::model::Change;
use citylayers::store::Store;
use citylayers::store::gpkg::GeoPackage;
use measure::{SEED, once, points, ratio, thinned_lamps};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("city.gpkg");
        let layer = thinned_lamps();
        let rows = synthetic::points(SEED, points(), &layer);
        let count = rows.len();
        let store = GeoPackage::open(&path).expect("the store opens");
        store.prepare(std::slice::from_ref(&layer)).await.expect("a table");
        let start = std::time::Instant::now();
        store.commit(&[Change::Replace(Arc::new(rows))]).await.expect("kept");
        let written = start.elapsed();
        store.close().await.expect("closed");
        let size = std::fs::metadata(&path).expect("the file").len();
        println!(
            "{count} lamps written in {written:.2?} ({:.0}/s), {} MB on disk",
            count as f64 / written.as_secs_f64(),
            size >> 20
        );
        let (scanned, bare) = once(|| scan(&path));
        assert_eq!(scanned, count);
        for round in 1..=3 {
            let start = std::time::Instant::now();
            let store = Arc::new(GeoPackage::open(&path).expect("the store opens"));
            let city = City::open(store, std::slice::from_ref(&layer), |_| true, &|_, _| ()).await.expect("a city");
            let ready = start.elapsed();
            assert_eq!(city.atlas().layer(&layer.id).map(|index| index.len()), Some(count));
            println!(
                "start-up {round}: ready after {ready:.2?}; a bare scan of the table takes {bare:.2?} ({:.2} of ours)",
                ratio(bare, ready)
            );
            city.close().await.expect("closed");
        }
    });
}

/// Every value of every row, looked at and thrown away.
fn scan(path: &std::path::Path) -> usize {
    let connection = rusqlite::Connection::open(path).expect("SQLite opens it");
    let mut statement = connection.prepare("SELECT * FROM street_lights").expect("the table is there");
    let columns = statement.column_count();
    let mut rows = statement.query([]).expect("a query");
    let mut count = 0;
    while let Some(row) = rows.next().expect("a row") {
        for column in 0..columns {
            std::hint::black_box(row.get_ref(column).expect("a value"));
        }
        count += 1;
    }
    count
}
