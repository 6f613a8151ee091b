//! Files in: records a second from a file to judged rows, beside the bare parser of the same format.
#![allow(clippy::cast_precision_loss, reason = "figures of a bench")]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use std::path::Path;
use std::time::Duration;

use citylayers::demo::{province, synthetic};
use citylayers::export::{Format, export};
use citylayers::ingest::{Encoding, Existing, ImportOptions, ReadOptions, import, open};
use citylayers::model::Rows;
use measure::{SEED, layer, once, points, ratio};

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let lamps = synthetic::points(SEED, points() / 5, &layer("street_lights"));
    let wards = province(SEED, &[layer("wards")], 1.0).next().expect("the demo has wards");
    println!("{:28} {:>9} {:>9} {:>12} {:>10}", "file", "records", "time", "records/s", "of bare");
    for (rows, format, name) in [
        (&lamps, Format::GeoJson, "lamps.geojson"),
        (&lamps, Format::GeoJsonSeq, "lamps.geojsonl"),
        (&lamps, Format::Csv, "lamps.csv"),
        (&lamps, Format::FlatGeobuf, "lamps.fgb"),
        (&wards, Format::GeoJson, "wards.geojson"),
    ] {
        let path = folder.path().join(name);
        export(rows, format, &path).expect("a file");
        let (count, took) = once(|| judged(&path, rows));
        assert_eq!(count, rows.len(), "{name}: every record goes in again");
        let bare = bare(&path, format).map_or_else(|| "-".to_owned(), |bare| format!("{:.2}", ratio(bare, took)));
        println!("{name:28} {count:>9} {took:>9.2?} {:>12.0} {bare:>10}", count as f64 / took.as_secs_f64());
    }
}

fn judged(path: &Path, rows: &Rows) -> usize {
    let layer = rows.layer();
    let options = ReadOptions { encoding: Encoding::Auto, table: None, kind: layer.geometry };
    let source = open(path, &options).expect("the file opens");
    let taken = import(source, layer, &ImportOptions::new("bench"), &Existing::nothing(), &|_| ());
    taken.expect("everything is taken").0.len()
}

/// The same file through the parser alone, nothing judged and nothing kept.
fn bare(path: &Path, format: Format) -> Option<Duration> {
    let text = std::fs::read(path).expect("the file");
    match format {
        Format::GeoJson => Some(once(|| serde_json::from_slice::<serde_json::Value>(&text).expect("JSON")).1),
        Format::Csv => Some(
            once(|| {
                csv::Reader::from_reader(text.as_slice())
                    .byte_records()
                    .map(|record| record.expect("a record").len())
                    .sum::<usize>()
            })
            .1,
        ),
        Format::GeoJsonSeq | Format::FlatGeobuf => None,
    }
}
