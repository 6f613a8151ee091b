//! Bytes as a file of one of the formats that are read, in a folder.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rusqlite::Connection;
use zip::write::SimpleFileOptions;

use crate::input::Input;

/// Writes what is left of `input` into `folder`, as the kind of file that its first byte chooses; returns what to open.
///
/// # Panics
/// Where the disk takes no file.
pub fn write(input: &mut Input<'_>, folder: &Path) -> PathBuf {
    let path = folder.join("file");
    match input.below(8) {
        2 => put(&path, &gzipped(input.rest())),
        3 => parts(input).iter().for_each(|(name, bytes)| put(&folder.join(name), bytes)),
        4 => put(&path, &zipped(&parts(input))),
        5 => geopackage(input, &path),
        6 => put(&path, &[COLLECTION, input.rest(), b"]}"].concat()),
        7 => put(&path, &[b"code,a_text,an_integer,a_date,wkt\n", input.rest()].concat()),
        _ => put(&path, input.rest()),
    }
    if path.exists() { path } else { folder.to_owned() }
}

const COLLECTION: &[u8] = br#"{"type":"FeatureCollection","features":["#;

fn put(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the folder takes a file");
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes every byte");
    encoder.finish().expect("memory takes every byte")
}

/// The parts of a shapefile: lengths first, then the bytes; what is left is the `.prj`.
fn parts<'a>(input: &mut Input<'a>) -> Vec<(&'static str, &'a [u8])> {
    let lengths = [input.u16(), input.u16(), input.u16(), u16::from(input.u8())];
    let named = ["a.shp", "a.dbf", "a.shx", "a.cpg"].into_iter().zip(lengths);
    let mut parts: Vec<_> = named.map(|(name, length)| (name, input.take(usize::from(length)))).collect();
    parts.push(("a.prj", input.rest()));
    // An index and the notes may be missing; a part that is there and empty is the fault of another input.
    parts.retain(|(name, bytes)| !bytes.is_empty() || matches!(*name, "a.shp" | "a.dbf"));
    parts
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("memory takes every byte");
        zip.write_all(bytes).expect("memory takes every byte");
    }
    zip.finish().expect("memory takes every byte").into_inner()
}

const TABLES: &str = "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
     organization_coordsys_id INTEGER, definition TEXT, description TEXT);
 CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER);
 CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z, m);
 INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'undefined', NULL);
 INSERT INTO gpkg_contents VALUES ('things', 'features', 'things', 4326);
 INSERT INTO gpkg_geometry_columns VALUES ('things', 'geom', 'GEOMETRY', 4326, 0, 0);
 CREATE TABLE things (fid INTEGER PRIMARY KEY, geom BLOB, code, a_text TEXT, a_date DATE, a_moment DATETIME, a_boolean BOOLEAN);";

/// Rows of a blob and a text of any bytes each, in tables that are sound: their pages are SQLite's business.
fn geopackage(input: &mut Input<'_>, path: &Path) {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    let empty = EMPTY.get_or_init(|| {
        Connection::open(path).and_then(|file| file.execute_batch(TABLES)).expect("a database takes tables");
        fs::read(path).expect("the database is there")
    });
    put(path, empty);
    let mut fill = || -> rusqlite::Result<()> {
        let file = Connection::open(path)?;
        file.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")?;
        let row = "INSERT INTO things (geom, code, a_text, a_date, a_moment, a_boolean)
            VALUES (?1, CAST(?2 AS TEXT), CAST(?3 AS TEXT), CAST(?3 AS TEXT), CAST(?3 AS TEXT), ?4)";
        let mut insert = file.prepare(row)?;
        while !input.is_empty() {
            let (geometry, code, text) = (input.u8(), input.u8() % 4, input.u8() % 32);
            let [geometry, code, text] = [geometry, code, text].map(|length| input.take(length.into()));
            insert.execute((geometry, code, text, input.u8()))?;
        }
        file.execute_batch("COMMIT")
    };
    fill().expect("the table takes rows");
}
