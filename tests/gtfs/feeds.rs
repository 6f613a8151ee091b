//! Feeds as they come: right, wrong, and packed in strange ways.

use std::collections::BTreeMap;
use std::io::Write;

use citylayers::geo::Geometry;
use citylayers::ingest::gtfs::{Feed, FeedError};
use citylayers::model::{Rows, ValueRef};

use super::{GOOD, read, read_files, with};

/// The value of a field as text; empty where there is none.
fn value(rows: &Rows, id: &str, field: &str) -> String {
    let row = (0..rows.len()).find(|row| rows.id(*row) == id).unwrap_or_else(|| panic!("no {id}"));
    let place = rows.layer().field_index(field).unwrap_or_else(|| panic!("no field {field}"));
    rows.columns()[place].get(row).map(|value: ValueRef<'_>| value.to_string()).unwrap_or_default()
}

fn ids(rows: &Rows) -> Vec<&str> {
    (0..rows.len()).map(|row| rows.id(row)).collect()
}

#[test]
fn a_feed_becomes_routes_stops_and_a_timetable() {
    let fares = [
        (
            "fare_attributes.txt",
            "fare_id,price,currency_type,payment_method,transfers\nlong,12000,vnd,0,0\nshort,8000,VND,1,\n",
        ),
        (
            "fare_rules.txt",
            "fare_id,route_id,origin_id,destination_id,contains_id\nlong,R1,1,2,\nshort,R1,,,\nlong,R2,,,\n",
        ),
        (
            "feed_info.txt",
            "feed_publisher_name,feed_publisher_url,feed_lang,feed_version\nSở Xây dựng,https://x.example/,vi,7\n",
        ),
        ("transfers.txt", "from_stop_id,to_stop_id,transfer_type\nB1,B2,0\n"),
    ];
    let Feed { stops, routes, timetable, report } = read_files(&with(&fares), 0.0).unwrap();
    assert_eq!(report.refusals, [], "nothing is wrong");
    assert_eq!((ids(&stops), ids(&routes)), (vec!["B", "B1", "B2", "C", "D"], vec!["R1", "R2"]));
    for (id, field, expected) in [
        ("B", "kind", "station"),
        ("B1", "kind", "stop"),
        ("B2", "kind", "stop"),
        ("B", "wheelchair", "yes"),
        ("B2", "wheelchair", ""),
        ("B1", "parent", "B"),
        ("C", "name", "Chợ \"Vinh\""),
        ("C", "routes", "01, N2"),
        ("B", "routes", "01, N2"),
        ("B1", "routes", "01"),
        ("D", "routes", "01"),
    ] {
        assert_eq!(value(&stops, id, field), expected, "stop {id}: {field}");
    }
    for (id, field, expected) in [
        ("R1", "number", "01"),
        ("R1", "mode", "bus"),
        ("R2", "mode", "bus"),
        ("R1", "operator", "Xe buýt Vinh"),
        ("R1", "route_color", "#00aa55"),
        ("R1", "first_departure", "05:30"),
        ("R1", "last_departure", "07:00"),
        ("R1", "headway_min", "30"),
        ("R2", "first_departure", "00:50 (+1)"),
        ("R2", "headway_min", ""),
        ("R1", "fare", "8000"),
        ("R2", "fare", "12000"),
        ("R2", "currency", "VND"),
    ] {
        assert_eq!(value(&routes, id, field), expected, "route {id}: {field}");
    }
    let Geometry::Lines(way) = routes.arena().geometry(0) else { panic!("a line") };
    assert_eq!(way.0.len(), 2, "there and back part at the station: {way:?}");
    let span = timetable.span().map(|(from, to)| (from.to_string(), to.to_string()));
    assert_eq!(span, Some(("2026-01-01".to_owned(), "2026-12-31".to_owned())));
    assert_eq!((timetable.publisher.as_deref(), timetable.version.as_deref()), (Some("Sở Xây dựng"), Some("7")));
    assert_eq!(
        (report.taken.trips, report.taken.stop_times, report.taken.frequencies, report.taken.fares),
        (3, 8, 1, 2)
    );
    assert!(report.notes.iter().any(|note| note.contains("transfers.txt")), "{:?}", report.notes);
    let trip = timetable.trips.iter().find(|trip| trip.id == "T2").unwrap();
    let between = timetable.calls_of(trip)[1];
    assert_eq!((between.arrival, between.approximate), (24_600, true), "06:50, half way between 06:30 and 07:10");
}

/// Each fault is told with its file, row, field and reason, and the rest is taken.
#[test]
fn each_fault_has_its_file_row_field_and_reason() {
    let stops = |more: &str| format!("{}{more}", GOOD[1].1);
    let times = |more: &str| format!("{}{more}", GOOD[6].1);
    let trips = |more: &str| format!("{}{more}", GOOD[5].1);
    let routes = |more: &str| format!("{}{more}", GOOD[2].1);
    let table: Vec<(&str, String, u64, &str, &str)> = vec![
        ("stops.txt", stops("C,Again,18.6,105.6,,,\n"), 6, "", "duplicate-id"),
        ("stops.txt", stops("X,Nowhere,,,,,\n"), 6, "", "empty-geometry"),
        ("stops.txt", stops("X,North,95,105.6,,,\n"), 6, "", "out-of-world"),
        ("stops.txt", stops("X,Text,a,105.6,,,\n"), 6, "stop_lat", "unparsable-field"),
        ("stops.txt", stops(",No id,18.6,105.6,,,\n"), 6, "stop_id", "missing-field"),
        ("stops.txt", stops("X,Kind,18.6,105.6,9,,\n"), 6, "kind", "unknown-code"),
        ("stops.txt", stops("X,Null,0,0,,,\n"), 6, "", "null-island"),
        ("routes.txt", routes("R1,9,Again,3,\n"), 3, "route_id", "duplicate-id"),
        ("routes.txt", routes("R9,9,Kind,9999,\n"), 3, "route_type", "unparsable-field"),
        ("routes.txt", routes("R9,9,Colour,3,red\n"), 3, "route_color", "unparsable-field"),
        ("trips.txt", trips("R9,week,T9,,\n"), 4, "route_id", "unknown-reference"),
        ("trips.txt", trips("R1,never,T9,,\n"), 4, "service_id", "unknown-reference"),
        ("trips.txt", trips("R1,week,T1,,\n"), 4, "trip_id", "duplicate-id"),
        ("trips.txt", trips("R1,week,T9,,2\n"), 4, "direction_id", "unparsable-field"),
        ("trips.txt", trips("R1,week,T9,,0\n"), 4, "", "too-few-calls"),
        ("stop_times.txt", times("T9,08:00:00,08:00:00,C,1\n"), 9, "trip_id", "unknown-reference"),
        ("stop_times.txt", times("N1,26:00:00,26:00:00,Z,3\n"), 9, "stop_id", "unknown-reference"),
        ("stop_times.txt", times("N1,26:60:00,26:00:00,D,3\n"), 9, "arrival_time", "unparsable-field"),
        ("stop_times.txt", times("N1,24:00:00,24:00:00,D,3\n"), 9, "arrival_time", "times-backwards"),
        ("stop_times.txt", times("N1,26:30:00,26:00:00,D,3\n"), 9, "departure_time", "times-backwards"),
        ("stop_times.txt", times("N1,26:00:00,26:00:00,D,2\n"), 9, "stop_sequence", "duplicate-id"),
        ("stop_times.txt", times("N1,,,D,3\n"), 9, "arrival_time", "missing-field"),
        ("stop_times.txt", times("N1,26:00:00,26:00:00,D,\n"), 9, "stop_sequence", "missing-field"),
        (
            "frequencies.txt",
            "trip_id,start_time,end_time,headway_secs\nT1,05:30:00,07:30:00,0\n".into(),
            1,
            "headway_secs",
            "unparsable-field",
        ),
        (
            "frequencies.txt",
            "trip_id,start_time,end_time,headway_secs\nT7,05:30:00,07:30:00,60\n".into(),
            1,
            "trip_id",
            "unknown-reference",
        ),
        (
            "frequencies.txt",
            "trip_id,start_time,end_time,headway_secs\nT1,05:30:00,05:30:00,60\n".into(),
            1,
            "end_time",
            "times-backwards",
        ),
        (
            "calendar_dates.txt",
            "service_id,date,exception_type\nweek,20260230,1\n".into(),
            1,
            "date",
            "unparsable-field",
        ),
        (
            "calendar_dates.txt",
            "service_id,date,exception_type\nweek,20260202,3\n".into(),
            1,
            "exception_type",
            "unparsable-field",
        ),
        ("fare_attributes.txt", "fare_id,price,currency_type\nf,-1,VND\n".into(), 1, "price", "unparsable-field"),
        (
            "fare_attributes.txt",
            "fare_id,price,currency_type\nf,1,đồng\n".into(),
            1,
            "currency_type",
            "unparsable-field",
        ),
        ("fare_rules.txt", "fare_id,route_id\nf,R1\n".into(), 1, "fare_id", "unknown-reference"),
        (
            "shapes.txt",
            "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\ns,181,0,1\n".into(),
            1,
            "shape_pt_lat",
            "unparsable-field",
        ),
    ];
    for (file, text, row, field, reason) in table {
        let feed = read_files(&with(&[(file, &text)]), 1.0).unwrap_or_else(|error| panic!("{file} {reason}: {error}"));
        let told: Vec<_> = feed
            .report
            .refusals
            .iter()
            .map(|one| {
                let fault = &one.row.fault;
                (one.file.as_str(), one.row.row, fault.field.as_deref().unwrap_or_default(), fault.reason.to_string())
            })
            .collect();
        assert_eq!(told, [(file, row, field, reason.to_owned())], "{text}");
        let counted: u64 = feed.report.files.iter().map(|file| file.refused).sum();
        assert_eq!(counted, 1, "{text}");
        assert_eq!((feed.routes.len(), feed.timetable.stops.len() >= 5), (2, true), "the rest is taken: {text}");
    }
}

#[test]
fn more_faults_than_may_be_take_nothing_and_say_where() {
    let bad = format!("{}X,Nowhere,,,,,\nY,Nowhere,,,,,\n", GOOD[1].1);
    let error = read_files(&with(&[("stops.txt", &bad)]), 0.05).err().expect("two of seven");
    assert!(error.to_string().contains("stops.txt") && error.to_string().contains("2 of 7"), "{error}");
    assert_eq!(error.report().map(|report| report.refusals.len()), Some(2));
    let bad = GOOD[6].1.replace(",C,", ",Z,");
    let error = read_files(&with(&[("stop_times.txt", &bad)]), 0.05).err().expect("three of eight");
    assert!(
        matches!(error, FeedError::TooManyRefused { .. }) && error.to_string().contains("stop_times.txt: 3 of 8"),
        "{error}"
    );
}

#[test]
fn what_is_missing_is_named_with_what_can_be_done() {
    for (gone, words) in [
        (&["stop_times.txt"][..], &["no stop_times.txt", "nobody knows", "import stops.txt --layer bus_stops"][..]),
        (&["agency.txt"], &["no agency.txt"]),
        (&["calendar.txt", "calendar_dates.txt"], &["no calendar.txt or calendar_dates.txt"]),
        (&["stops.txt", "routes.txt", "trips.txt", "stop_times.txt"], &["no GTFS feed", "agency.txt"]),
    ] {
        let gone: Vec<(&str, &str)> = gone.iter().map(|name| (*name, "")).collect();
        let error = read_files(&with(&gone), 1.0).err().expect("it is not whole").to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{gone:?}: {error}");
    }
    // Each of these can be done without.
    for name in ["frequencies.txt", "calendar_dates.txt"] {
        assert_eq!(read_files(&with(&[(name, "")]), 0.0).unwrap().routes.len(), 2, "{name}");
    }
    let dates = "service_id,date,exception_type\nweek,20260202,1\nnight,20260203,1\n";
    let feed = read_files(&with(&[("calendar.txt", ""), ("calendar_dates.txt", dates)]), 0.0).unwrap();
    assert_eq!(
        feed.timetable.span().map(|(from, to)| [from, to].map(|day| day.to_string())),
        Some(["2026-02-02".to_owned(), "2026-02-03".to_owned()])
    );
}

/// The same feed in every wrapping is the same feed.
#[test]
fn folders_case_bom_line_ends_quotes_and_order_do_not_matter() {
    let plain = read_files(&with(&[]), 0.0).unwrap();
    let all = |change: &dyn Fn(&str, &str) -> (String, String)| -> Vec<(String, String)> {
        GOOD.iter().map(|(name, text)| change(name, text)).collect()
    };
    let quoted = |text: &str| -> String {
        let cell =
            |cell: &str| if cell.contains('"') || cell.is_empty() { cell.to_owned() } else { format!("\"{cell}\"") };
        text.lines().map(|line| line.split(',').map(cell).collect::<Vec<_>>().join(",") + "\n").collect()
    };
    let backwards = |text: &str| -> String {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        lines.join("\n")
    };
    let wrappings: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::from([
        ("a folder", all(&|name, text| (format!("vinh/gtfs 2026/{name}"), text.to_owned()))),
        ("upper case", all(&|name, text| (name.to_uppercase(), text.to_owned()))),
        ("BOM", all(&|name, text| (name.to_owned(), format!("\u{feff}{text}")))),
        ("CRLF", all(&|name, text| (name.to_owned(), text.replace('\n', "\r\n")))),
        ("no last line end", all(&|name, text| (name.to_owned(), text.trim_end().to_owned()))),
        ("quotes", all(&|name, text| (name.to_owned(), quoted(text)))),
        ("blanks at the end", all(&|name, text| (name.to_owned(), format!("{text}\n,,,\n  \n")))),
        ("upside down", all(&|name, text| (name.to_owned(), backwards(text)))),
        ("a Mac's zip", {
            let mut files = all(&|name, text| (name.to_owned(), text.to_owned()));
            files.extend(GOOD.iter().map(|(name, _)| (format!("__MACOSX/._{name}"), "\0\u{5}".to_owned())));
            files.push((".DS_Store".to_owned(), "x".to_owned()));
            files
        }),
    ]);
    for (wrapping, files) in wrappings {
        let feed = read_files(&files, 0.0).unwrap_or_else(|error| panic!("{wrapping}: {error}"));
        assert_eq!(feed.timetable, plain.timetable, "{wrapping}");
        let sorted = |rows: &Rows| {
            let mut ids: Vec<String> = ids(rows).into_iter().map(str::to_owned).collect();
            ids.sort();
            ids
        };
        assert_eq!(
            (sorted(&feed.stops), sorted(&feed.routes)),
            (sorted(&plain.stops), sorted(&plain.routes)),
            "{wrapping}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in GOOD {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    assert_eq!(read(folder.path(), 0.0).unwrap().timetable, plain.timetable, "a folder on the disk");
    let lines = GOOD[1].1.replace("Cửa Lò", "\"Cửa\nLò\"");
    let feed = read_files(&with(&[("stops.txt", &lines)]), 0.0).unwrap();
    assert_eq!(value(&feed.stops, "D", "name"), "Cửa\nLò", "a line end within quotes");
}

#[test]
fn what_is_no_feed_or_a_bomb_ends_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let told =
        |files: &[(String, String)]| read_files(files, 1.0).err().map(|error| error.to_string()).unwrap_or_default();
    let two: Vec<(String, String)> = ["a", "b"]
        .iter()
        .flat_map(|place| GOOD.map(|(name, text)| (format!("{place}/{name}"), text.to_owned())))
        .collect();
    assert!(told(&two).contains("several feeds, in the folders a, b"), "{}", told(&two));
    let inner = [("inner.zip".to_owned(), "PK".to_owned())];
    assert!(told(&inner).contains("holds another zip, inner.zip"), "{}", told(&inner));
    // 40 MiB of one value and of short rows: neither is ever held.
    for (name, filler) in [
        ("stop_times.txt", "x"),
        ("stops.txt", "a stop that repeats itself and has no place on earth whatever one may do about it,b\n"),
    ] {
        let mut files = with(&[(name, "")]);
        files.retain(|(known, _)| known != name);
        let path = folder.path().join("bomb.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, text) in &files {
            zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"stop_id,stop_lat\n").unwrap();
        let block = filler.repeat((1 << 20) / filler.len());
        for _ in 0..40 {
            zip.write_all(block.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        let error = read(&path, 1.0).err().expect("no feed").to_string();
        assert!(
            error.contains(name) && (error.contains("unpacks to more") || error.contains("larger than")),
            "{error}"
        );
    }
    let open = format!("{}E,\"never closed,18.6,105.6,,,\n", GOOD[1].1);
    assert!(told(&with(&[("stops.txt", &open)])).contains("never closed"));
    assert!(told(&with(&[("stops.txt", "\n")])).contains("stops.txt"), "an empty file");
    let zones = "agency_id,agency_name,agency_url,agency_timezone\na,A,x,Asia/Ho_Chi_Minh\nb,B,x,Africa/Abidjan\n";
    let two_zones = told(&with(&[("agency.txt", zones)]));
    assert!(two_zones.contains("Asia/Ho_Chi_Minh") && two_zones.contains("Africa/Abidjan"), "{two_zones}");
    let nowhere = told(&with(&[("agency.txt", "agency_name,agency_url,agency_timezone\nA,x,Mars/Olympus\n")]));
    assert!(nowhere.contains("agency.txt"), "{nowhere}");
    std::fs::write(folder.path().join("text.zip"), "no zip").unwrap();
    assert!(read(&folder.path().join("text.zip"), 1.0).err().unwrap().to_string().contains("no zip"));
}

/// Bytes that are no UTF-8 are a fault of their row.
#[test]
fn a_row_that_is_no_utf_8_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in GOOD {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut stops = GOOD[1].1.as_bytes().to_vec();
    stops.extend(b"X,B\xe5n xe,18.6,105.6,,,\n");
    std::fs::write(folder.path().join("stops.txt"), stops).unwrap();
    let feed = read(folder.path(), 0.5).unwrap();
    let told = &feed.report.refusals[0];
    assert_eq!(
        (told.file.as_str(), told.row.row, told.row.fault.field.as_deref()),
        ("stops.txt", 6, Some("stop_name"))
    );
    assert_eq!(told.row.fault.reason.to_string(), "wrong-encoding");
    assert_eq!(feed.stops.len(), 5);
}
