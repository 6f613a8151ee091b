//! The rules of the import, one by one, on sources made by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod import;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use citylayers::crs::Crs;
use citylayers::geo::{BBox, Geometry, GeometryKind};
use citylayers::ingest::{
    Existing, Fault, ImportError, ImportOptions, Mode, Raw, RawGeometry, Reason, Record, Refusal,
};
use citylayers::model::{Layer, Rows};
use import::{layer, record, run, source, with_fields};

const PROVINCES: BBox = BBox { west: 103.8, south: 18.4, east: 106.6, north: 20.8 };
const VINH: [f64; 2] = [105.672, 18.666];
/// Vinh in EPSG:9208, by PROJ 9.5 with the official parameters.
const VINH_9208: [f64; 2] = [597_068.623_8, 2_064_850.596_6];

fn generous() -> ImportOptions {
    ImportOptions { refuse_share: 1.0, mode: Mode::Upsert, ..ImportOptions::new("file.geojson") }
}

fn point(place: [f64; 2]) -> RawGeometry {
    RawGeometry::Point(place)
}

fn ring(corners: &[[f64; 2]]) -> Vec<[f64; 2]> {
    corners.iter().map(|[x, y]| [105.0 + x / 100.0, 19.0 + y / 100.0]).collect()
}

fn polygon(rings: &[&[[f64; 2]]]) -> RawGeometry {
    RawGeometry::Polygons(vec![rings.iter().map(|corners| ring(corners)).collect()])
}

/// One record through the door: its repairs, or why it was refused.
fn verdict(layer: Layer, crs: &str, geometry: Option<RawGeometry>) -> Result<Vec<Reason>, Reason> {
    let one = Record { geometry, ..record(1, "a", point(VINH)) };
    let (_, report) = run(layer, Some(crs), vec![one], &generous()).expect("nothing refuses the whole file");
    match report.refusals.first() {
        Some(refusal) => {
            assert!(refusal.fault.message.len() > 10, "{refusal:?}");
            Err(refusal.fault.reason)
        }
        None => Ok(report.repairs.iter().map(|repair| repair.reason).collect()),
    }
}

/// Name, CRS, extent, geometry and what becomes of it.
type PointCase = (&'static str, &'static str, Option<BBox>, Option<RawGeometry>, Result<(), Reason>);

#[test]
fn points_are_accepted_or_refused_for_the_right_reason() {
    use Reason::{EmptyGeometry, NotFinite, NullIsland, OutOfWorld, OutsideExtent, SwappedAxes, WrongGeometryKind};
    let swapped = |[x, y]: [f64; 2]| [y, x];
    let table: Vec<PointCase> = vec![
        ("good", "EPSG:4326", Some(PROVINCES), Some(point(VINH)), Ok(())),
        ("multi-point of one", "EPSG:4326", None, Some(RawGeometry::MultiPoint(vec![VINH])), Ok(())),
        ("line", "EPSG:4326", None, Some(RawGeometry::Lines(vec![vec![VINH, [105.0, 19.0]]])), Err(WrongGeometryKind)),
        (
            "collection",
            "EPSG:4326",
            None,
            Some(RawGeometry::Other("GeometryCollection".into())),
            Err(WrongGeometryKind),
        ),
        ("nothing", "EPSG:4326", None, None, Err(EmptyGeometry)),
        ("empty", "EPSG:4326", None, Some(RawGeometry::MultiPoint(vec![])), Err(EmptyGeometry)),
        ("empty line", "EPSG:4326", None, Some(RawGeometry::Lines(vec![vec![]])), Err(EmptyGeometry)),
        ("NaN", "EPSG:4326", None, Some(point([f64::NAN, 18.0])), Err(NotFinite)),
        ("infinite", "EPSG:9208", None, Some(point([500_000.0, f64::INFINITY])), Err(NotFinite)),
        ("not available", "EPSG:4326", None, Some(point([181.0, 91.0])), Err(OutOfWorld)),
        ("swapped, no extent", "EPSG:4326", None, Some(point(swapped(VINH))), Err(SwappedAxes)),
        ("swapped, extent", "EPSG:4326", Some(PROVINCES), Some(point(swapped(VINH))), Err(SwappedAxes)),
        ("swapped Yên Bái lookalike", "EPSG:4326", Some(PROVINCES), Some(point([20.0, 60.0])), Err(OutsideExtent)),
        ("outside", "EPSG:4326", Some(PROVINCES), Some(point([106.7, 10.8])), Err(OutsideExtent)),
        ("Null Island", "EPSG:4326", None, Some(point([0.0, 0.0])), Err(NullIsland)),
        ("Null Island nearly", "EPSG:4326", None, Some(point([1e-10, -1e-10])), Err(NullIsland)),
        ("Null Island in metres", "EPSG:3857", None, Some(point([0.0, 0.0])), Err(NullIsland)),
        ("zeros of a grid", "EPSG:9208", None, Some(point([0.0, 0.0])), Err(NullIsland)),
        ("the edge of the world", "EPSG:4326", None, Some(point([180.0, -90.0])), Ok(())),
        ("the edge in metres", "EPSG:3857", None, Some(point([20_037_508.342_789_244, 0.0])), Ok(())),
        ("VN-2000", "EPSG:9208", Some(PROVINCES), Some(point(VINH_9208)), Ok(())),
        ("VN-2000 swapped", "EPSG:9208", Some(PROVINCES), Some(point(swapped(VINH_9208))), Err(SwappedAxes)),
        ("VN-2000 swapped, no extent", "EPSG:9208", None, Some(point(swapped(VINH_9208))), Err(SwappedAxes)),
        ("no place of the grid", "EPSG:9208", None, Some(point([1e30, 1e30])), Err(OutOfWorld)),
    ];
    for (name, crs, extent, geometry, expected) in table {
        let shown = format!("{name}: {geometry:?}");
        let found = verdict(layer(GeometryKind::Point, extent), crs, geometry)
            .map(|repairs| assert!(repairs.is_empty(), "{shown}"));
        assert_eq!(found, expected, "{shown}");
    }
}

/// One of 197 real hydropower plants is like this; the others are multi-points of one.
#[test]
fn of_a_multi_point_the_first_place_is_kept_and_the_others_are_told() {
    let two = RawGeometry::MultiPoint(vec![VINH, [105.0, 19.0]]);
    let found = verdict(layer(GeometryKind::Point, None), "EPSG:4326", Some(two));
    assert_eq!(found, Ok(vec![Reason::WrongGeometryKind]));
}

#[test]
fn lines_are_accepted_mended_or_refused() {
    let (a, b) = ([105.0, 19.0], [105.1, 19.1]);
    let table = [
        ("good", vec![vec![a, b]], Ok(vec![])),
        ("crosses itself", vec![vec![a, b, [105.1, 19.0], [105.0, 19.1]]], Ok(vec![])),
        ("closed", vec![vec![a, b, a]], Ok(vec![])),
        ("repeats a place", vec![vec![a, a, b]], Ok(vec![])),
        ("one place", vec![vec![a]], Err(Reason::DegeneratePart)),
        ("no length", vec![vec![a, a]], Err(Reason::DegeneratePart)),
        ("one part of no length", vec![vec![a, b], vec![a, a], vec![]], Ok(vec![Reason::DegeneratePart])),
        ("all at 0, 0", vec![vec![[0.0, 0.0], [0.0, 0.0]]], Err(Reason::NullIsland)),
        ("over the antimeridian", vec![vec![[179.0, 0.5], [-179.0, 0.5]]], Ok(vec![])),
    ];
    for (name, lines, expected) in table {
        let found = verdict(layer(GeometryKind::Line, None), "EPSG:4326", Some(RawGeometry::Lines(lines)));
        assert_eq!(found, expected, "{name}");
    }
}

type PolygonCase = (&'static str, RawGeometry, Result<Vec<Reason>, Reason>);

#[test]
fn polygons_are_accepted_mended_or_refused() {
    use Reason::{DegeneratePart, RingNotClosed, SelfIntersection, WrongWinding};
    let shut: &[[f64; 2]] = &[[0., 0.], [8., 0.], [8., 8.], [0., 8.], [0., 0.]];
    let hole: &[[f64; 2]] = &[[1., 1.], [1., 3.], [3., 3.], [3., 1.], [1., 1.]];
    let touching: &[[f64; 2]] = &[[0., 4.], [3., 5.], [3., 3.], [0., 4.]];
    let outside: &[[f64; 2]] = &[[11., 1.], [11., 3.], [13., 3.], [13., 1.], [11., 1.]];
    let turned: Vec<_> = shut.iter().rev().copied().collect();
    let repeating: &[[f64; 2]] = &[[0., 0.], [8., 0.], [8., 0.], [8., 8.], [0., 8.], [0., 0.]];
    let spike: &[[f64; 2]] = &[[0., 0.], [8., 0.], [8., 8.], [9., 9.], [8., 8.], [0., 8.], [0., 0.]];
    let small_loop: &[[f64; 2]] =
        &[[0., 0.], [8., 0.], [8., 8.], [4.01, 8.], [4., 8.01], [4.01, 8.01], [4., 8.], [0., 8.], [0., 0.]];
    let bow_tie: &[[f64; 2]] = &[[0., 0.], [2., 2.], [2., 0.], [0., 2.], [0., 0.]];
    let flat: &[[f64; 2]] = &[[1., 1.], [2., 1.], [3., 1.], [1., 1.]];
    let thin: &[[f64; 2]] = &[[0., 0.], [1., 1.], [0., 0.]];
    let table: Vec<PolygonCase> = vec![
        ("good", polygon(&[shut]), Ok(vec![])),
        ("a hole", polygon(&[shut, hole]), Ok(vec![])),
        ("a hole that touches once", polygon(&[shut, touching]), Ok(vec![])),
        ("repeats a place", polygon(&[repeating]), Ok(vec![])),
        ("open", polygon(&[&shut[..4]]), Ok(vec![RingNotClosed])),
        ("clockwise", polygon(&[&turned]), Ok(vec![WrongWinding])),
        ("clockwise and open", polygon(&[&turned[..4]]), Ok(vec![RingNotClosed, WrongWinding])),
        ("a spike", polygon(&[spike]), Ok(vec![SelfIntersection])),
        ("a small loop", polygon(&[small_loop]), Ok(vec![SelfIntersection])),
        ("a bow tie", polygon(&[bow_tie]), Err(SelfIntersection)),
        ("flat", polygon(&[flat]), Err(SelfIntersection)),
        ("two places", polygon(&[thin]), Err(DegeneratePart)),
        ("a hole of two places", polygon(&[shut, thin]), Ok(vec![DegeneratePart])),
        ("a flat hole", polygon(&[shut, flat]), Ok(vec![SelfIntersection])),
        ("a hole outside", polygon(&[shut, outside]), Err(SelfIntersection)),
        ("the same hole twice", polygon(&[shut, hole, hole]), Err(SelfIntersection)),
        (
            "the same polygon twice",
            RawGeometry::Polygons(vec![vec![ring(shut)], vec![ring(shut)]]),
            Err(SelfIntersection),
        ),
        ("no rings", RawGeometry::Polygons(vec![vec![]]), Err(Reason::EmptyGeometry)),
        ("one part without rings", RawGeometry::Polygons(vec![vec![ring(shut)], vec![]]), Ok(vec![])),
    ];
    for (name, geometry, expected) in table {
        assert_eq!(verdict(layer(GeometryKind::Polygon, None), "EPSG:4326", Some(geometry)), expected, "{name}");
    }
}

#[test]
fn what_was_sound_is_kept_to_the_bit() {
    let corners = vec![[105.1, 19.3], [105.3, 19.3], [105.3, 19.3], [105.2, 0.1 + 19.5], [105.1, 19.3]];
    let given = RawGeometry::Polygons(vec![vec![corners.clone()]]);
    let (rows, _) =
        run(layer(GeometryKind::Polygon, None), Some("EPSG:4326"), vec![record(1, "a", given)], &generous()).unwrap();
    let kept: Vec<_> = rows.arena().geometry(0).coords().map(|place| place.map(f64::to_bits)).collect();
    let corners: Vec<_> = corners.into_iter().map(|place| place.map(f64::to_bits)).collect();
    assert_eq!(kept, corners);
}

fn ids(rows: &Rows) -> Vec<&str> {
    (0..rows.len()).map(|row| rows.id(row)).collect()
}

#[test]
fn ids_come_from_the_field_then_the_record_then_a_running_number() {
    let numbered = || Layer { numbered: true, ..layer(GeometryKind::Point, None) };
    let code = |text: &str| [("CODE", Raw::Text(text.into()))];
    let records = || {
        vec![
            with_fields(record(1, "own", point(VINH)), &code("16681")),
            with_fields(record(2, "own", point(VINH)), &code("  ")),
            record(3, "", point(VINH)),
            record(4, "1", point(VINH)),
            record(5, "", point(VINH)),
            record(6, "own", point(VINH)),
        ]
    };
    let (rows, report) = run(numbered(), Some("EPSG:4326"), records(), &generous()).unwrap();
    assert_eq!(ids(&rows), ["16681", "own", "1", "2"], "{:?}", report.refusals);
    let reasons: Vec<_> = report.refusals.iter().map(|refusal| (refusal.row, refusal.fault.reason)).collect();
    assert_eq!(reasons, [(4, Reason::DuplicateId), (6, Reason::DuplicateId)]);

    let (rows, report) = run(layer(GeometryKind::Point, None), Some("EPSG:4326"), records(), &generous()).unwrap();
    assert_eq!(ids(&rows), ["16681", "own", "1"]);
    let missing: Vec<_> =
        report.refusals.iter().filter(|r| r.fault.reason == Reason::MissingId).map(|r| r.row).collect();
    assert_eq!(missing, [3, 5]);
}

#[test]
fn modes_differ_in_what_becomes_of_ids_that_are_there() {
    let there = |id: &str| matches!(id, "a" | "8").then_some(BBox { west: 1.0, south: 1.0, east: 1.0, north: 1.0 });
    let existing = Existing { find: &there, largest: 7 };
    let table = [
        (Mode::Replace, vec!["a", "b", "1"], 0),
        (Mode::Append, vec!["b", "9"], 1),
        (Mode::Upsert, vec!["a", "b", "9"], 0),
    ];
    for (mode, expected, refused) in table {
        let layer = Arc::new(Layer { numbered: true, ..layer(GeometryKind::Point, None) });
        let options = ImportOptions { mode, refuse_share: 1.0, ..ImportOptions::new("f") };
        let records = [("a", 1), ("b", 2), ("", 3)].map(|(id, row)| Ok(record(row, id, point(VINH)))).into();
        let (rows, report) =
            citylayers::ingest::import(source(Some("EPSG:4326"), records), &layer, &options, &existing, &|_| ())
                .unwrap();
        assert_eq!((ids(&rows), report.refusals.len()), (expected, refused), "{mode}");
    }
}

fn many(good: usize, bad: usize) -> Vec<Record> {
    let place = |row: usize| if row < good { VINH } else { [0.0, 0.0] };
    (0..good + bad).map(|row| record(row as u64 + 1, &row.to_string(), point(place(row)))).collect()
}

#[test]
fn above_the_refused_share_nothing_is_taken() {
    for (good, bad, share, taken) in [(95, 5, 0.05, true), (94, 6, 0.05, false), (1, 9, 0.9, true), (99, 1, 0.0, false)]
    {
        let options = ImportOptions { refuse_share: share, ..ImportOptions::new("lamps.csv") };
        let found = run(layer(GeometryKind::Point, None), Some("EPSG:4326"), many(good, bad), &options);
        assert_eq!(found.is_ok(), taken, "{good} good, {bad} bad, {share}");
        match found {
            Ok((rows, report)) => {
                assert_eq!((rows.len(), report.accepted, report.read), (good, good as u64, (good + bad) as u64));
                assert!(!report.written);
            }
            Err(error) => {
                assert_eq!(error.report().map(|report| report.refusals.len()), Some(bad));
                assert!(error.to_string().contains("--refuse-share"), "{error}");
            }
        }
    }
}

#[test]
fn a_file_never_empties_a_layer() {
    let replace = ImportOptions { refuse_share: 1.0, ..ImportOptions::new("f") };
    for (good, bad, mode, taken) in
        [(0, 0, Mode::Replace, false), (0, 3, Mode::Replace, false), (0, 0, Mode::Append, true)]
    {
        let found =
            run(layer(GeometryKind::Point, None), None, many(good, bad), &ImportOptions { mode, ..replace.clone() });
        assert_eq!(found.is_ok(), taken, "{good} good, {bad} bad, {mode}");
        assert!(taken || matches!(found, Err(ImportError::Nothing { .. })));
    }
}

#[test]
fn a_torn_file_is_refused_however_much_of_it_was_good() {
    let mut records: Vec<_> = many(1000, 0).into_iter().map(Ok).collect();
    records.push(Err(Refusal {
        row: 1001,
        id: None,
        fault: Fault::new(Reason::Truncated, "the file ends inside record 1001"),
        also: Vec::new(),
    }));
    let layer = Arc::new(layer(GeometryKind::Point, None));
    let heard = AtomicU64::new(0);
    let hear = |read| heard.store(read, Ordering::Relaxed);
    let found = citylayers::ingest::import(source(None, records), &layer, &generous(), &Existing::nothing(), &hear);
    assert!(matches!(&found, Err(ImportError::Truncated { report, .. }) if report.read == 1001), "{found:?}");
    assert_eq!(heard.load(Ordering::Relaxed), 1001);
}

#[test]
fn metres_without_a_system_are_refused_with_the_likely_zones() {
    let table = [
        ("nothing declared", None, VINH_9208, "EPSG:9208 (VN-2000 104°45′: Nghệ An"),
        ("GeoJSON says degrees", Some("EPSG:4326"), VINH_9208, "EPSG:9208"),
        ("northing first", None, [VINH_9208[1], VINH_9208[0]], "exchange x and y"),
        ("Sầm Sơn", None, [594_765.227_1, 2_183_174.037_5], "likely --crs EPSG:5897 (VN-2000 105°00′: Thanh Hóa"),
        ("web map", None, [11_763_353.23, 2_115_652.02], "likely --crs EPSG:3857"),
    ];
    for (name, crs, place, hint) in table {
        let error =
            run(layer(GeometryKind::Point, Some(PROVINCES)), crs, vec![record(1, "a", point(place))], &generous())
                .expect_err(name)
                .to_string();
        assert!(error.contains(hint), "{name}: {error}");
    }
}

#[test]
fn a_system_goes_from_the_file_to_lon_lat() {
    for (declared, given) in
        [(Some("EPSG:9208"), None), (None, Some("EPSG:9208")), (Some("EPSG:3405"), Some("EPSG:9208"))]
    {
        let options = ImportOptions { crs: given.map(|code| Crs::parse(code).unwrap()), ..generous() };
        let (rows, report) = run(
            layer(GeometryKind::Point, Some(PROVINCES)),
            declared,
            vec![record(1, "a", point(VINH_9208))],
            &options,
        )
        .unwrap();
        let Geometry::Point(found) = rows.arena().geometry(0) else { panic!("a point") };
        let off = ((found.x() - VINH[0]) * 105_400.0).hypot((found.y() - VINH[1]) * 110_700.0);
        assert!(off < 0.002, "{off} m");
        assert_eq!(report.crs, "EPSG:9208");
    }
    let unknown = run(layer(GeometryKind::Point, None), Some("EPSG:6956"), many(1, 0), &generous())
        .expect_err("deprecated")
        .to_string();
    assert!(unknown.contains("EPSG:5896"), "{unknown}");
}

/// Where VN-2000 degrees of a true place come to lie when nobody shifts them.
fn unshifted(place: [f64; 2]) -> [f64; 2] {
    Crs::parse("EPSG:4756").unwrap().transform().unwrap().from_lon_lat(place).unwrap()
}

fn places() -> Vec<[f64; 2]> {
    (0..20).map(|step| [104.2 + f64::from(step) * 0.1, 18.6 + f64::from(step) * 0.1]).collect()
}

fn at(places: impl IntoIterator<Item = [f64; 2]>) -> Vec<Record> {
    places.into_iter().enumerate().map(|(row, place)| record(row as u64 + 1, &row.to_string(), point(place))).collect()
}

#[test]
fn unshifted_vn2000_is_found_by_the_features_that_are_there() {
    let known = places();
    let find = |id: &str| {
        id.parse().ok().and_then(|row: usize| known.get(row)).map(|&[x, y]| BBox {
            west: x,
            south: y,
            east: x,
            north: y,
        })
    };
    let existing = Existing { find: &find, largest: 0 };
    let layer = Arc::new(layer(GeometryKind::Point, Some(PROVINCES)));
    let go = |places: Vec<[f64; 2]>, crs: &str, insist: bool| {
        let options = ImportOptions { crs: insist.then(|| Crs::parse(crs).unwrap()), ..ImportOptions::new("f") };
        let records = at(places).into_iter().map(Ok).collect();
        citylayers::ingest::import(source(Some(crs), records), &layer, &options, &existing, &|_| ())
    };
    let off = || places().into_iter().map(unshifted).collect::<Vec<_>>();
    let error = go(off(), "EPSG:4326", false).expect_err("unshifted").to_string();
    assert!(error.contains("unshifted VN-2000") && error.contains("--crs EPSG:4756"), "{error}");
    let (_, report) = go(off(), "EPSG:4326", true).expect("the user insists");
    assert!(report.notes.iter().any(|note| note.contains("unshifted VN-2000")), "{:?}", report.notes);
    let (_, report) = go(off(), "EPSG:4756", false).expect("shifted as it should be");
    assert_eq!(report.notes, Vec::<String>::new());
    let (_, report) = go(places(), "EPSG:4756", false).expect("a note is enough");
    assert!(report.notes.iter().any(|note| note.contains("either")), "{:?}", report.notes);
    let (_, report) = go(places(), "EPSG:4326", false).expect("in place");
    assert_eq!(report.notes, Vec::<String>::new());
}

#[test]
fn unshifted_vn2000_is_found_by_the_extent() {
    let around = BBox::around(places()).unwrap();
    let tight = BBox {
        west: around.west - 1e-4,
        south: around.south - 1e-4,
        east: around.east + 1e-4,
        north: around.north + 1e-4,
    };
    let go = |crs: &str, places: Vec<[f64; 2]>| {
        run(layer(GeometryKind::Point, Some(tight)), Some(crs), at(places), &ImportOptions::new("f"))
    };
    let error = go("EPSG:4326", places().into_iter().map(unshifted).collect()).expect_err("unshifted").to_string();
    assert!(error.contains("unshifted VN-2000") && error.contains("EPSG:4756"), "{error}");
    assert!(go("EPSG:4326", places()).is_ok());
    let mut one_outside = places();
    one_outside.push([tight.east + 0.001, 19.0]);
    let (_, report) = go("EPSG:4326", one_outside).expect("one of 21 is below 5 %");
    assert_eq!(report.refusals.iter().map(|refusal| refusal.fault.reason).collect::<Vec<_>>(), [Reason::OutsideExtent]);
}

#[test]
fn a_zone_of_vn2000_on_wgs84_is_refused() {
    let prj = r#"PROJCS["UTM_mine",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",104.75],PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
    let go =
        |options| run(layer(GeometryKind::Point, None), Some(prj), vec![record(1, "a", point(VINH_9208))], &options);
    let error = go(ImportOptions::new("f")).expect_err("disguised").to_string();
    assert!(error.contains("unshifted VN-2000") && error.contains("--crs EPSG:9208"), "{error}");
    assert!(go(ImportOptions { crs: Some(Crs::parse("EPSG:9208").unwrap()), ..ImportOptions::new("f") }).is_ok());
}

#[test]
fn a_report_says_what_was_left_aside_and_a_refusal_where_it_stands() {
    let mut flying =
        with_fields(record(1, "a", point(VINH)), &[("height", Raw::Real(3.0)), ("name", Raw::Text("Vinh".into()))]);
    flying.had_z = true;
    let lost = record(12, "17", point([0.0, 0.0]));
    let (rows, report) = run(layer(GeometryKind::Point, None), None, vec![flying, lost], &generous()).unwrap();
    assert_eq!(rows.feature(0).properties.len(), 1);
    assert_eq!(report.ignored_fields, ["height"]);
    assert!(report.notes.iter().any(|note| note.contains("altitudes")), "{:?}", report.notes);
    assert!(report.notes.iter().any(|note| note.contains("taken as EPSG:4326")), "{:?}", report.notes);
    let line = report.refusals[0].line(&report.file);
    assert!(line.starts_with("file.geojson: row 12 (id 17): it lies at 0, 0"), "{line}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["refusals"][0]["reason"], "null-island");
}
