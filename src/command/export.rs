//! `citylayers export`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::progress::{Progress, Total};
use super::{Failure, Settings, open};
use crate::export::{Format, export};
use crate::model::{Change, Layer, Rows};
use crate::store::Store;
use crate::store::gpkg::GeoPackage;

/// Write a layer to a file, EPSG:4326, in the order in which its features came.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The layer
    #[arg(long, value_name = "LAYER")]
    layer: String,

    /// What to write
    #[arg(long, value_enum)]
    format: ExportFormat,

    /// Where to; an existing file is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ExportFormat {
    /// A `FeatureCollection`
    Geojson,
    /// A feature a line
    Geojsonseq,
    /// lon and lat for points, WKT for lines and polygons
    Csv,
    /// OGC GeoPackage
    Gpkg,
    /// With its spatial index
    Flatgeobuf,
}

pub async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let catalog = open::catalog(settings)?;
    let layer = open::layer(&catalog, &arguments.layer)?;
    let store = open::existing(settings).await?;
    let (own, file) = (Path::new(&settings.store).canonicalize(), arguments.file.canonicalize());
    if own.is_ok_and(|own| file.is_ok_and(|file| own == file)) {
        store.close().await?;
        return Err(Failure::Usage(format!(
            "{} is the store itself; export to another file",
            arguments.file.display()
        )));
    }
    store.prepare(std::slice::from_ref(&layer)).await?;
    let progress = Progress::new("reading", Total::Records(None));
    let (rows, _) = store.load(&layer, &|rows| progress.tell(layer.id.as_str(), rows)).await?;
    progress.done();
    store.close().await?;
    let count = rows.len();
    match arguments.format {
        ExportFormat::Geojson => export(&rows, Format::GeoJson, &arguments.file)?,
        ExportFormat::Geojsonseq => export(&rows, Format::GeoJsonSeq, &arguments.file)?,
        ExportFormat::Csv => export(&rows, Format::Csv, &arguments.file)?,
        ExportFormat::Flatgeobuf => export(&rows, Format::FlatGeobuf, &arguments.file)?,
        ExportFormat::Gpkg => geopackage(&layer, rows, &arguments).await?,
    }
    eprintln!("{}: {count} features written to {}", layer.id, arguments.file.display());
    Ok(())
}

/// A GeoPackage is the embedded store with one layer in it, written beside its place and then moved.
async fn geopackage(layer: &Arc<Layer>, rows: Rows, arguments: &Arguments) -> Result<(), Failure> {
    let folder = arguments.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let beside = tempfile::Builder::new().prefix(".export-").tempdir_in(folder.unwrap_or(".".as_ref()));
    let beside = beside.with_context(|| format!("cannot write beside {}", arguments.file.display()))?;
    let path = beside.path().join("layer.gpkg");
    let package = GeoPackage::open(&path)?;
    package.prepare(std::slice::from_ref(layer)).await?;
    package.commit(&[Change::Replace(Arc::new(rows))]).await?;
    package.close().await?;
    std::fs::rename(&path, &arguments.file).with_context(|| format!("cannot write {}", arguments.file.display()))?;
    Ok(())
}
