//! The readers against files that others wrote: GDAL's, real agencies', and broken ones.
#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]
#![allow(clippy::format_collect, clippy::print_stdout, clippy::type_complexity, reason = "made-up files and tables")]

mod broken;
mod choice;
mod formats;
mod memory;
#[path = "../support/present.rs"]
mod present;
mod real;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use citylayers::geo::GeometryKind;
use citylayers::ingest::{Encoding, Raw, RawGeometry, ReadOptions, Record, Refusal, Source, open};
use present::{have_gdal as has_gdal, shared};

/// What a reader is told when nothing is said.
fn options(kind: GeometryKind) -> ReadOptions {
    ReadOptions { encoding: Encoding::Auto, table: None, kind }
}

fn source(path: &Path, options: &ReadOptions) -> Source {
    open(path, options).unwrap_or_else(|e| panic!("{e}"))
}

/// Every record and every refusal.
fn read(path: &Path, options: &ReadOptions) -> (Vec<Record>, Vec<Refusal>) {
    sorted(source(path, options))
}

fn sorted(source: Source) -> (Vec<Record>, Vec<Refusal>) {
    let (mut records, mut refusals) = (Vec::new(), Vec::new());
    for item in source.records {
        match item {
            Ok(record) => records.push(record),
            Err(refusal) => refusals.push(refusal),
        }
    }
    (records, refusals)
}

/// All of a file in which nothing is wrong.
fn whole(path: &Path, kind: GeometryKind) -> Vec<Record> {
    let (records, refusals) = read(path, &options(kind));
    assert_eq!(refusals, [], "{}", path.display());
    records
}

fn text(record: &Record, field: &str) -> String {
    let value = record.fields.iter().find(|(name, _)| &**name == field).map(|(_, value)| value);
    match value {
        Some(Raw::Text(text)) => text.clone(),
        other => panic!("{field} is {other:?}"),
    }
}

fn fields(record: &Record) -> BTreeMap<String, Raw> {
    record.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

/// Places of a geometry, closing ones included.
fn places(geometry: &RawGeometry) -> Vec<[f64; 2]> {
    match geometry {
        RawGeometry::Point(place) => vec![*place],
        RawGeometry::MultiPoint(places) => places.clone(),
        RawGeometry::Lines(lines) => lines.concat(),
        RawGeometry::Polygons(polygons) => polygons.concat().concat(),
        RawGeometry::Other(_) => Vec::new(),
    }
}

/// Runs a program of GDAL.
fn gdal<I: AsRef<std::ffi::OsStr>>(program: &str, arguments: impl IntoIterator<Item = I>) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// `ogr2ogr -f FORMAT TO FROM ...`; gives back the path.
fn convert(format: &str, from: &Path, to: PathBuf, more: &[&str]) -> PathBuf {
    let start = ["-f".as_ref(), format.as_ref(), to.as_os_str(), from.as_os_str()];
    gdal("ogr2ogr", start.into_iter().chain(more.iter().map(AsRef::as_ref)));
    to
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// Unpacks a zip of the real files; gives back where.
fn unzip(zip: &Path, into: &Path) {
    zip::ZipArchive::new(std::fs::File::open(zip).unwrap()).unwrap().extract(into).unwrap();
}
