//! `citylayers import FEED --gtfs`

use std::path::Path;
use std::sync::Arc;

use chrono::Utc;
use tokio::task::block_in_place;

use super::import::{Account, Arguments, PRINTED};
use super::progress::{Progress, Total};
use super::{Failure, Settings, open};
use crate::catalog::Catalog;
use crate::city::City;
use crate::geo::GeometryKind;
use crate::ingest::gtfs::{self, Feed, FeedOptions, FeedReport};
use crate::model::timetable::CalendarState;
use crate::model::{Change, Layer, Revision};

pub async fn run(settings: &Settings, catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let stops = layer(catalog, &arguments.stops, GeometryKind::Point, "stops")?;
    let routes = layer(catalog, &arguments.routes, GeometryKind::Line, "routes")?;
    let account = Account::open(arguments.report.as_deref(), &arguments.file)?;
    let feed = block_in_place(|| read(&arguments.file, [&stops, &routes], arguments));
    let Feed { stops: stop_rows, routes: route_rows, timetable, mut report } = match feed {
        Ok(feed) => feed,
        Err(error) => {
            if let Some(report) = error.report() {
                print_refusals(report);
                account.write(report);
            }
            return Err(error.into());
        }
    };
    if timetable.state_on(Utc::now().with_timezone(&timetable.timezone).date_naive()) == CalendarState::Expired {
        report
            .notes
            .push("its calendar is over: routes and stops are shown, and no departure is known any more".to_owned());
    }
    print_refusals(&report);
    let place = if arguments.dry_run {
        "nothing is written (--dry-run)".to_owned()
    } else {
        let changes = vec![
            Change::Replace(Arc::new(route_rows)),
            Change::Replace(Arc::new(stop_rows)),
            Change::Timetable(Arc::new(timetable)),
        ];
        let city = open::city(settings, catalog.layers(), |id| *id == stops.id || *id == routes.id).await?;
        let revision = write(&city, changes).await?;
        report.written = true;
        format!("written to {} as revision {revision}", open::shown(&settings.store))
    };
    account.write(&report);
    eprintln!("{}; {place}", summary(&report));
    Ok(())
}

/// All of it, or nothing.
async fn write(city: &City, changes: Vec<Change>) -> Result<Revision, Failure> {
    let committed = city.commit(changes).await;
    let closed = city.close().await;
    let revision = committed?.revision;
    closed?;
    Ok(revision)
}

fn layer(catalog: &Catalog, id: &str, kind: GeometryKind, of: &str) -> Result<Arc<Layer>, Failure> {
    let layer = open::layer(catalog, id)?;
    if layer.geometry == kind {
        return Ok(layer);
    }
    Err(Failure::Usage(format!(
        "--{of} {id}: a layer of {of} has the geometry {kind}, and this one has {}",
        layer.geometry
    )))
}

fn read(path: &Path, layers: [&Arc<Layer>; 2], arguments: &Arguments) -> Result<Feed, gtfs::FeedError> {
    let options = FeedOptions { file: path.display().to_string(), refuse_share: arguments.refuse_share };
    let progress = Progress::new("reading", Total::Records(None));
    let feed = gtfs::read(path, layers, &options, &|file, rows| progress.tell(file, rows));
    progress.done();
    feed
}

fn print_refusals(report: &FeedReport) {
    for refusal in report.refusals.iter().take(PRINTED) {
        let (file, row) = (&refusal.file, &refusal.row);
        let id = row.id.as_ref().map(|id| format!(" (id {id})")).unwrap_or_default();
        for fault in std::iter::once(&row.fault).chain(&row.also) {
            eprintln!("{}: {file}: row {}{id}: {}: {}", report.file, row.row, fault.reason, fault.message);
        }
    }
    let refused: u64 = report.files.iter().map(|file| file.refused).sum();
    if let Some(more) = refused.checked_sub(PRINTED as u64).filter(|more| *more > 0) {
        eprintln!("{}: and {more} more refused; --report FILE.json holds them", report.file);
    }
    report.notes.iter().for_each(|note| eprintln!("{}: note: {note}", report.file));
}

fn summary(report: &FeedReport) -> String {
    let taken = &report.taken;
    let refused: u64 = report.files.iter().map(|file| file.refused).sum();
    let days = report.calendar.as_ref().map_or_else(
        || "no day of service".to_owned(),
        |[from, to, zone]| format!("in service from {from} to {to} ({zone})"),
    );
    format!(
        "{}: {} routes, {} stops, {} trips, {} calls, {} frequencies, {} fares taken, {refused} rows refused, {} mended; {days}",
        report.layers.join(", "),
        taken.routes,
        taken.stops,
        taken.trips,
        taken.stop_times,
        taken.frequencies,
        taken.fares,
        report.repairs.len()
    )
}
