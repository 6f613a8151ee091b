//! `citylayers import`

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use tokio::task::block_in_place;

use super::progress::{Progress, Total};
use super::{Failure, Settings, import_gtfs, indicate, open};
use crate::city::City;
use crate::crs::Crs;
use crate::index::LayerIndex;
use crate::ingest::encoding::Encoding;
use crate::ingest::read::ReadOptions;
use crate::ingest::{Existing, ImportError, ImportOptions, Mode, Reason, Refusal, Report, import, read};
use crate::model::{Change, Feature, Layer, Rows};

/// Refusals that are printed; the report has them all.
pub(super) const PRINTED: usize = 20;

/// Import a file into a layer.
///
/// Reads GeoJSON and GeoJSONSeq (each also .gz), CSV, Shapefile (.zip or folder), GeoPackage and FlatGeobuf, judged by content;
/// with --gtfs a feed of public transport.
/// Every feature is taken, mended or refused with its row and reason; above the refused share nothing is written. A failed
/// import leaves the layer as it was.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file, or a folder with a shapefile or a GTFS feed
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// The layer that takes the features
    #[arg(long, value_name = "LAYER", required_unless_present_any = ["gtfs", "indicator"])]
    layer: Option<String>,

    /// The file is a GTFS feed (zip or folder): replaces routes, stops, timetable and fares, all or nothing
    #[arg(long, conflicts_with_all = ["layer", "crs", "encoding", "mode", "map", "table"])]
    gtfs: bool,

    /// With --gtfs: the layer that takes the routes
    #[arg(long, value_name = "LAYER", default_value = "bus_routes", requires = "gtfs")]
    pub(super) routes: String,

    /// With --gtfs: the layer that takes the stops, and whose timetable it is
    #[arg(long, value_name = "LAYER", default_value = "bus_stops", requires = "gtfs")]
    pub(super) stops: String,

    /// The file is a CSV with values of indicators: unit code, indicator, period, value
    #[arg(long, conflicts_with_all = ["layer", "gtfs", "crs", "mode", "map", "table"])]
    indicator: bool,

    /// Coordinate system of the file, such as EPSG:9208 [default: what the file says]
    #[arg(long, value_name = "EPSG:CODE", value_parser = crs)]
    crs: Option<Crs>,

    /// Encoding of texts in CSV and Shapefile: auto, utf-8, tcvn3, vni, windows-1258
    #[arg(long, default_value = "auto", value_name = "NAME")]
    encoding: Encoding,

    /// What becomes of the features that the layer has: replace, append, upsert
    #[arg(long, default_value = "replace", value_name = "MODE")]
    mode: Mode,

    /// Fields of the file and of the layer, where names and aliases differ
    #[arg(long, value_name = "FROM=TO,...", value_delimiter = ',', value_parser = pair)]
    map: Vec<(String, String)>,

    /// The table of a GeoPackage, or the shapefile of a zip, where there are several
    #[arg(long, value_name = "NAME")]
    table: Option<String>,

    /// Share of refused records above which nothing is written, 0 to 1
    #[arg(long, default_value_t = 0.05, value_name = "SHARE", value_parser = share)]
    pub(super) refuse_share: f64,

    /// Judge the file and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Write every repair and refusal to this file as JSON
    #[arg(long, value_name = "FILE.json")]
    pub(super) report: Option<PathBuf>,
}

fn crs(text: &str) -> Result<Crs, String> {
    Crs::parse(text).map_err(|error| error.to_string())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (from, to) = text.split_once('=').ok_or_else(|| format!("`{text}` is not of the form from=to"))?;
    Ok((from.trim().to_owned(), to.trim().to_owned()))
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    number.ok_or_else(|| format!("`{text}` is not a share from 0 to 1"))
}

pub async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    if arguments.indicator {
        let Arguments { encoding, refuse_share, dry_run, .. } = arguments;
        let report = arguments.report.as_deref();
        let asked = indicate::Asked { file: &arguments.file, encoding, refuse_share, dry_run, report };
        return indicate::run(settings, &asked).await;
    }
    let catalog = open::catalog(settings)?;
    let Some(layer) = arguments.layer.as_deref() else {
        return import_gtfs::run(settings, &catalog, &arguments).await;
    };
    let layer = open::layer(&catalog, layer)?;
    let account = Account::open(arguments.report.as_deref(), &arguments.file)?;
    let city = open::city(settings, catalog.layers(), |id| *id == layer.id).await?;
    let outcome = bring_in(&city, &layer, &arguments, settings, account).await;
    let closed = city.close().await;
    outcome?;
    Ok(closed?)
}

/// Where the report goes: opened before anything is judged, so that a place that takes none is known before anything is
/// written to the store.
pub(super) struct Account(Option<(PathBuf, File)>);

impl Account {
    pub(super) fn open(path: Option<&Path>, input: &Path) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self(None)) };
        let same = path.canonicalize().is_ok_and(|path| input.canonicalize().is_ok_and(|input| path == input));
        if same {
            return Err(Failure::Usage(format!(
                "{} is the file to import; write the report to another",
                path.display()
            )));
        }
        let file = File::create(path).with_context(|| format!("cannot write the report {}", path.display()))?;
        Ok(Self(Some((path.to_owned(), file))))
    }

    /// Writes it. By now the import is done or refused, whatever becomes of its report: a fault is only told.
    pub(super) fn write(self, report: &impl Serialize) {
        let Some((path, file)) = self.0 else { return };
        if let Err(error) = serde_json::to_writer_pretty(file, report) {
            eprintln!("citylayers: the report {} is not whole: {error}", path.display());
        }
    }
}

async fn bring_in(
    city: &City,
    layer: &Arc<Layer>,
    arguments: &Arguments,
    settings: &Settings,
    account: Account,
) -> Result<(), Failure> {
    let judged = block_in_place(|| judge(city, layer, arguments));
    let (rows, mut report) = match judged {
        Ok(judged) => judged,
        Err((failure, report)) => {
            if let Some(report) = report {
                print_notes(&report);
                account.write(&report);
            }
            return Err(failure);
        }
    };
    let rows = where_told(city, rows, &mut report);
    print_notes(&report);
    let place = if arguments.dry_run {
        "nothing is written (--dry-run)".to_owned()
    } else if rows.is_empty() {
        "there is nothing to write".to_owned()
    } else {
        let revision = city.commit(changes(rows, arguments.mode)).await?.revision;
        report.written = true;
        format!("written to {} as revision {revision}", open::shown(&settings.store))
    };
    account.write(&report);
    eprintln!("{}; {place}", summary(&report));
    Ok(())
}

type Judged = Result<(Rows, Report), (Failure, Option<Box<Report>>)>;

fn judge(city: &City, layer: &Arc<Layer>, arguments: &Arguments) -> Judged {
    let read_options =
        ReadOptions { encoding: arguments.encoding, table: arguments.table.clone(), kind: layer.geometry };
    let source = read::open(&arguments.file, &read_options).map_err(|error| (error.into(), None))?;
    let options = ImportOptions {
        crs: arguments.crs.clone(),
        mode: arguments.mode,
        map: arguments.map.clone(),
        refuse_share: arguments.refuse_share,
        ..ImportOptions::new(&arguments.file.display().to_string())
    };
    let index = city.atlas().layer(&layer.id);
    let find = |id: &str| index.as_ref().and_then(|index| index.get(id)).map(|feature| feature.geometry.bbox());
    let existing = Existing { find: &find, largest: index.as_deref().map_or(0, LayerIndex::largest_number) };
    let progress = Progress::new("importing", Total::Records(source.len));
    let judged = import(source, layer, &options, &existing, &|rows| progress.tell(layer.id.as_str(), rows));
    progress.done();
    judged.map_err(|error| {
        let report = error.report().cloned().map(Box::new);
        let failure =
            if let ImportError::Map(error) = error { Failure::Usage(error.to_string()) } else { error.into() };
        (failure, report)
    })
}

/// Features that move stay where readings told last that they are: a register knows their harbours.
fn where_told(city: &City, rows: Rows, report: &mut Report) -> Rows {
    let layer = Arc::clone(rows.layer());
    let known = layer.moving.then(|| city.atlas().layer(&layer.id).zip(city.atlas().present(&layer.id))).flatten();
    let Some((index, present)) = known else { return rows };
    let told = |id: &str| present.of(id)?.placed.and_then(|_| index.get(id));
    let mut placed = Rows::new(layer);
    let mut stayed = 0;
    for row in 0..rows.len() {
        let feature = rows.feature(row);
        let Some(before) = told(feature.id.as_str()) else {
            placed.push_feature(&feature);
            continue;
        };
        stayed += 1;
        placed.push_feature(&Feature { geometry: before.geometry, ..feature });
    }
    if stayed > 0 {
        let layer = placed.layer().id.as_str();
        report.notes.push(format!("{stayed} features of `{layer}` stay where readings told last that they are"));
    }
    placed.finish();
    placed
}

fn changes(rows: Rows, mode: Mode) -> Vec<Change> {
    match mode {
        Mode::Replace => vec![Change::Replace(Arc::new(rows))],
        Mode::Append | Mode::Upsert => (0..rows.len()).map(|row| Change::Put(rows.feature(row))).collect(),
    }
}

/// The first ones, and how many there are beside them.
pub(super) fn print_refusals(file: &str, refusals: &[Refusal]) {
    for refusal in refusals.iter().take(PRINTED) {
        let id = refusal.id.as_ref().map(|id| format!(" (id {id})")).unwrap_or_default();
        for fault in std::iter::once(&refusal.fault).chain(&refusal.also) {
            eprintln!("{file}: row {}{id}: {}: {}", refusal.row, fault.reason, fault.message);
        }
    }
    if let Some(more) = refusals.len().checked_sub(PRINTED).filter(|&more| more > 0) {
        eprintln!("{file}: and {more} more refused; --report FILE.json holds them all");
    }
}

fn print_notes(report: &Report) {
    print_refusals(&report.file, &report.refusals);
    if !report.ignored_fields.is_empty() {
        eprintln!("{}: note: the layer has no field for {}", report.file, report.ignored_fields.join(", "));
    }
    report.notes.iter().for_each(|note| eprintln!("{}: note: {note}", report.file));
}

fn summary(report: &Report) -> String {
    let mut repaired: BTreeMap<Reason, usize> = BTreeMap::new();
    report.repairs.iter().for_each(|repair| *repaired.entry(repair.reason).or_default() += 1);
    let repaired: Vec<String> = repaired.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let repaired =
        if repaired.is_empty() { "none repaired".to_owned() } else { format!("repaired: {}", repaired.join(", ")) };
    format!(
        "{}: {} of {} records taken ({repaired}), {} refused",
        report.layer,
        report.accepted,
        report.read,
        report.refusals.len()
    )
}
