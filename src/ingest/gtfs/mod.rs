//! A feed of GTFS Schedule (gtfs.org/schedule/reference) to the features of two layers and a timetable.
//!
//! Files are read as streams, row by row, by a reader of our own: a fault must be told with its file, row and field, and the rest of
//! the feed be taken, where the crate `gtfs-structures` gives up. Routes and stops go through the door of their layers like any file.
//!
//! Not read: Fares v2, flexible trips, pathways, transfers, translations, levels.

mod agencies;
mod archive;
mod calendar;
mod calls;
mod fares;
mod layers;
mod ledger;
mod routes;
mod shapes;
mod stops;
mod table;
mod trips;

use std::path::Path;
use std::sync::Arc;

use self::archive::Archive;
use self::ledger::Ledger;
pub use self::ledger::{FeedReport, FileReport, Of, Taken};
use super::ImportError;
use crate::model::timetable::{Timetable, TimetableBuilder};
use crate::model::{Layer, Rows};

/// How a feed is to be taken.
#[derive(Clone, Debug)]
pub struct FeedOptions {
    /// The feed as people name it.
    pub file: String,
    /// Of each file: above this share of refused rows nothing is taken. 0 to 1.
    pub refuse_share: f64,
}

/// A feed that can be taken.
pub struct Feed {
    /// The stops, for their layer.
    pub stops: Rows,
    /// The routes, for theirs.
    pub routes: Rows,
    /// Everything else.
    pub timetable: Timetable,
    /// What became of each file.
    pub report: FeedReport,
}

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No feed at all.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The feed.
        file: String,
        /// What is there, and the way out.
        reason: String,
    },
    /// A feed without a file that none can do without.
    #[error("{file} has no {}: {consequence}; nothing was imported{way_out}", missing.join(" and no "))]
    Incomplete {
        /// The feed.
        file: String,
        /// The files.
        missing: Vec<&'static str>,
        /// What cannot be known.
        consequence: &'static str,
        /// What can be done.
        way_out: String,
    },
    /// A file that cannot be read to its end.
    #[error("{}: {file}: {reason}; nothing was imported", report.file)]
    Torn {
        /// The file in the feed.
        file: String,
        /// Why.
        reason: String,
        /// What was found until then.
        report: Box<FeedReport>,
    },
    /// More than the refused share of a file.
    #[error(
        "{}: {}: {} of {} rows were refused ({:.1} %), more than the {:.1} % that may be; nothing was imported: mend them, or allow more \
         with --refuse-share", report.file, account.name, account.refused, account.read, share * 100.0, allowed * 100.0
    )]
    TooManyRefused {
        /// The file.
        account: FileReport,
        /// What was refused.
        share: f64,
        /// What may be.
        allowed: f64,
        /// What was found.
        report: Box<FeedReport>,
    },
    /// A layer does not take the features.
    #[error("{error}")]
    Layer {
        /// Why.
        error: ImportError,
        /// What was found.
        report: Box<FeedReport>,
    },
    /// What holds for all of it cannot be.
    #[error("{}: {reason}; nothing was imported", report.file)]
    Unfit {
        /// Why.
        reason: String,
        /// What was found.
        report: Box<FeedReport>,
    },
}

impl FeedError {
    /// What was found, as far as the feed was read.
    #[must_use]
    pub fn report(&self) -> Option<&FeedReport> {
        match self {
            Self::Unreadable { .. } | Self::Incomplete { .. } => None,
            Self::Torn { report, .. }
            | Self::TooManyRefused { report, .. }
            | Self::Layer { report, .. }
            | Self::Unfit { report, .. } => Some(report),
        }
    }
}

/// Reads a feed: a zip, or a folder. `progress` hears the file and its rows read so far.
pub fn read(
    path: &Path,
    [stops, routes]: [&Arc<Layer>; 2],
    options: &FeedOptions,
    progress: &dyn Fn(&str, u64),
) -> Result<Feed, FeedError> {
    let archive = Archive::open(path).map_err(|reason| FeedError::Unreadable { file: options.file.clone(), reason })?;
    complete(&archive, stops, options)?;
    let ledger = Ledger::new(&archive, options, progress);
    let agencies = agencies::read(&ledger)?;
    let stops = stops::read(&ledger, stops)?;
    let mut listed = routes::read(&ledger, &agencies)?;
    let services = calendar::read(&ledger)?;
    let mut trips = trips::read(&ledger, &listed, &services)?;
    let calls = calls::read(&ledger, &mut trips, &stops)?;
    let shapes = shapes::read(&ledger)?;
    let route_rows = listed.drawn(&ledger, routes, &trips, &shapes.lines(&trips, &calls, &stops))?;

    let mut builder = TimetableBuilder::new(stops.rows.layer().id.clone(), routes.id.clone(), agencies.timezone);
    agencies.put(&ledger, &mut builder)?;
    listed.put(&route_rows, &mut builder);
    stops.put(&mut builder);
    services.put(&mut builder);
    trips.put(&calls, &stops, &mut builder);
    trips::put_frequencies(&ledger, &mut builder)?;
    fares::put(&ledger, &mut builder)?;
    let timetable = builder.finish();
    for file in ["trips.txt", "stop_times.txt"] {
        ledger.check(file)?;
    }
    if timetable.calls.is_empty() {
        let reason = "no trip of it calls at two stops".to_owned();
        return Err(FeedError::Unfit { reason, report: ledger.so_far() });
    }
    tell_unread(&ledger);
    let stop_rows = layers::with_routes(&stops.rows, &timetable);
    let route_rows = layers::with_service(&route_rows, &timetable);
    let report = closed(&ledger, &stop_rows, &route_rows, &timetable);
    Ok(Feed { stops: stop_rows, routes: route_rows, timetable, report })
}

/// The files that no feed can do without (GTFS Schedule, "Dataset Files").
fn complete(archive: &Archive, stops: &Layer, options: &FeedOptions) -> Result<(), FeedError> {
    let required = ["agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"];
    let mut missing: Vec<&'static str> = required.into_iter().filter(|name| !archive.has(name)).collect();
    if !archive.has("calendar.txt") && !archive.has("calendar_dates.txt") {
        missing.push("calendar.txt or calendar_dates.txt");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let consequence = if missing.contains(&"stop_times.txt") {
        "without stop_times.txt nobody knows which trip calls where and when, and there is no timetable to make"
    } else {
        "GTFS requires it"
    };
    let way_out = if archive.has("stops.txt") {
        format!(
            ". Its stops can be had by themselves: take stops.txt out and run: citylayers import stops.txt --layer {}",
            stops.id
        )
    } else {
        String::new()
    };
    Err(FeedError::Incomplete { file: options.file.clone(), missing, consequence, way_out })
}

/// Files that nobody reads here.
fn tell_unread(ledger: &Ledger<'_>) {
    let known = [
        "agency.txt",
        "stops.txt",
        "routes.txt",
        "trips.txt",
        "stop_times.txt",
        "calendar.txt",
        "calendar_dates.txt",
        "frequencies.txt",
        "shapes.txt",
        "fare_attributes.txt",
        "fare_rules.txt",
        "feed_info.txt",
        "attributions.txt",
    ];
    let unread: Vec<&str> = ledger.archive.names().filter(|name| !known.contains(name)).collect();
    if !unread.is_empty() {
        ledger.note(format!("not read: {}", unread.join(", ")));
    }
}

fn closed(ledger: &Ledger<'_>, stops: &Rows, routes: &Rows, timetable: &Timetable) -> FeedReport {
    let mut report = *ledger.so_far();
    report.layers = vec![routes.layer().id.to_string(), stops.layer().id.to_string()];
    report.taken = Taken {
        routes: routes.len(),
        stops: stops.len(),
        trips: timetable.trips.len(),
        stop_times: timetable.calls.len(),
        frequencies: timetable.frequencies.len(),
        fares: timetable.fares.len(),
    };
    report.calendar =
        timetable.span().map(|(from, to)| [from.to_string(), to.to_string(), timetable.timezone.name().to_owned()]);
    report
}
