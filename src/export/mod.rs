//! Rows out: one file a format. The opposite of `ingest`, and read by it without loss.

mod csv;
mod flatgeobuf;
mod geojson;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::model::Rows;

/// The formats that are written by this room. A GeoPackage is written by the store of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A `FeatureCollection` (RFC 7946), a feature a line.
    GeoJson,
    /// A feature a line (the newline-delimited form of RFC 8142).
    GeoJsonSeq,
    /// With `lon`, `lat` columns for points and a `wkt` column for the others, EPSG:4326.
    Csv,
    /// Version 3, in the order of its index.
    FlatGeobuf,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", path.display())]
pub struct ExportError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub reason: String,
}

/// Writes all rows to `path`. The file is whole or, with an error, not there: it is written beside its place and then moved.
pub fn export(rows: &Rows, format: Format, path: &Path) -> Result<(), ExportError> {
    let failed = |reason: String| ExportError { path: path.to_owned(), reason };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = File::create(&beside).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(rows, format, &mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    });
    let moved = written.and_then(|()| std::fs::rename(&beside, path));
    if moved.is_err() {
        // What is left of it is of no use; that it cannot be removed adds nothing to the first error.
        let _ = std::fs::remove_file(&beside);
    }
    moved.map_err(|error| failed(error.to_string()))
}

/// Writes all rows to `out`.
pub fn write(rows: &Rows, format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::GeoJson => geojson::collection(rows, out),
        Format::GeoJsonSeq => geojson::sequence(rows, out),
        Format::Csv => csv::table(rows, out),
        Format::FlatGeobuf => flatgeobuf::file(rows, out),
    }
}
