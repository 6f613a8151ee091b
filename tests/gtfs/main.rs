//! Public transport: feeds of GTFS Schedule, the timetable that they become, and vehicle positions of GTFS Realtime.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;

mod answers;
mod departures;
mod feeds;
mod real;
mod realtime;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use citylayers::catalog::Catalog;
use citylayers::ingest::gtfs::{self, Feed, FeedError, FeedOptions};
use citylayers::model::{Layer, LayerId};
use tempfile::TempDir;

/// A small feed that is right: two routes, a station with two stops, a night bus.
const GOOD: [(&str, &str); 8] = [
    ("agency.txt", "agency_name,agency_url,agency_timezone\nXe buýt Vinh,https://bus.example/,Asia/Ho_Chi_Minh\n"),
    (
        "stops.txt",
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n\
         B,Bến xe Vinh,18.670,105.680,1,,1\nB1,Bến xe Vinh 1,18.6701,105.6801,0,B,1\nB2,Bến xe Vinh 2,18.6702,105.6802,,B,\n\
         C,\"Chợ \"\"Vinh\"\"\",18.660,105.690,,,2\nD,Cửa Lò,18.790,105.730,,,\n",
    ),
    (
        "routes.txt",
        "route_id,route_short_name,route_long_name,route_type,route_color\nR1,01,Vinh – Cửa Lò,3,00AA55\nR2,N2,Xe đêm,704,\n",
    ),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         week,1,1,1,1,1,0,0,20260101,20261231\nnight,0,0,0,0,1,1,0,20260101,20261231\n",
    ),
    ("calendar_dates.txt", "service_id,date,exception_type\nweek,20260902,2\nweek,20260905,1\n"),
    (
        "trips.txt",
        "route_id,service_id,trip_id,trip_headsign,direction_id\nR1,week,T1,Cửa Lò,0\nR1,week,T2,Vinh,1\nR2,night,N1,Chợ,0\n",
    ),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
         T1,05:30:00,05:30:00,B1,1\nT1,05:50:00,05:51:00,C,2\nT1,06:20:00,06:20:00,D,5\n\
         T2,06:30:00,06:30:00,D,1\nT2,,,C,2\nT2,07:10:00,07:10:00,B2,3\n\
         N1,24:50:00,24:50:00,B2,1\nN1,25:10:00,25:10:00,C,2\n",
    ),
    ("frequencies.txt", "trip_id,start_time,end_time,headway_secs,exact_times\nT1,05:30:00,07:30:00,1800,1\n"),
];

/// The same feed with files in the place of its own, added, or (empty) taken away.
fn with(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = GOOD.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    for (name, text) in changes {
        files.retain(|(known, _)| known != name);
        if !text.is_empty() {
            files.push(((*name).to_owned(), (*text).to_owned()));
        }
    }
    files
}

/// A zip of such files.
fn zip(folder: &Path, files: &[(String, String)]) -> PathBuf {
    let path = folder.join("feed.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in files {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    path
}

/// A layer of the shipped catalogue.
fn shipped(id: &str) -> Arc<Layer> {
    let catalog = Catalog::shipped().expect("the shipped catalogue reads");
    Arc::clone(catalog.layer(&LayerId::new(id).unwrap()).expect("a shipped layer"))
}

/// Reads a feed for the shipped layers.
fn read(path: &Path, refuse_share: f64) -> Result<Feed, FeedError> {
    let (stops, routes) = (shipped("bus_stops"), shipped("bus_routes"));
    let options = FeedOptions { file: "feed.zip".to_owned(), refuse_share };
    gtfs::read(path, [&stops, &routes], &options, &|_, _| ())
}

/// Reads a feed that is made of such files.
fn read_files(files: &[(String, String)], refuse_share: f64) -> Result<Feed, FeedError> {
    let folder: TempDir = tempfile::tempdir().unwrap();
    read(&zip(folder.path(), files), refuse_share)
}
