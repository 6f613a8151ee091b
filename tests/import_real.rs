//! The import on real files and on nasty polygons, judged by GEOS (through GDAL's SQL) and by published expectations.
//!
//! Skipped, and said so, where the shared data are absent.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod import;

#[path = "support/present.rs"]
mod present;

use std::io::Read;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use citylayers::crs::Crs;
use citylayers::geo::{BBox, Geometry, GeometryKind};
use citylayers::ingest::mend::made_valid;
use citylayers::ingest::validity::{Rings, invalid};
use citylayers::ingest::{ImportOptions, Mode, RawGeometry, Reason, Record, Report};
use citylayers::model::Rows;
use geo_types::{LineString, MultiPolygon, Polygon};
use import::{layer, record, run};
use serde_json::Value;

fn text(path: &PathBuf) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        return text;
    }
    String::from_utf8(bytes).unwrap()
}

fn member(archive: &PathBuf, name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn place(value: &Value) -> [f64; 2] {
    [value[0].as_f64().unwrap(), value[1].as_f64().unwrap()]
}

fn list<T>(value: &Value, of: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(of).collect()
}

fn rings(value: &Value) -> Rings {
    list(value, |ring| list(ring, place))
}

fn geometry(value: &Value) -> RawGeometry {
    let coordinates = &value["coordinates"];
    match value["type"].as_str().unwrap() {
        "Polygon" => RawGeometry::Polygons(vec![rings(coordinates)]),
        "MultiPolygon" => RawGeometry::Polygons(list(coordinates, rings)),
        "MultiLineString" => RawGeometry::Lines(list(coordinates, |line| list(line, place))),
        "MultiPoint" => RawGeometry::MultiPoint(list(coordinates, place)),
        other => RawGeometry::Other(other.to_owned()),
    }
}

fn features(path: &PathBuf) -> Vec<Record> {
    let file: Value = serde_json::from_str(&text(path)).unwrap();
    let feature = |(row, feature): (usize, &Value)| {
        record(row as u64 + 1, &(row + 1).to_string(), geometry(&feature["geometry"]))
    };
    file["features"].as_array().unwrap().iter().enumerate().map(feature).collect()
}

fn go(kind: GeometryKind, records: Vec<Record>) -> (Rows, Report) {
    let options = ImportOptions { mode: Mode::Upsert, refuse_share: 1.0, ..ImportOptions::new("file") };
    run(layer(kind, None), Some("EPSG:4326"), records, &options).unwrap()
}

fn reasons(report: &Report, reason: Reason) -> usize {
    report.repairs.iter().filter(|repair| repair.reason == reason).count()
}

/// What GEOS says of each polygon, in their order.
fn valid_by_geos(polygons: &[Geometry]) -> Vec<bool> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("polygons.geojson");
    let features: Vec<_> = polygons
        .iter()
        .enumerate()
        .map(|(number, one)| {
            let geometry = geojson::Geometry::from(&one.to_geo());
            serde_json::json!({"type": "Feature", "properties": {"number": number}, "geometry": geometry})
        })
        .collect();
    std::fs::write(&file, serde_json::json!({"type": "FeatureCollection", "features": features}).to_string()).unwrap();
    let sql = "select ST_IsValid(geometry) as valid from polygons order by number";
    let answer =
        Command::new("ogrinfo").args(["-q", "-dialect", "sqlite", "-sql", sql]).arg(&file).output().expect("GDAL");
    let answer = String::from_utf8(answer.stdout).unwrap();
    let valid: Vec<_> =
        answer.lines().filter_map(|line| line.trim().strip_prefix("valid (Integer) = ")).map(|v| v == "1").collect();
    assert_eq!(valid.len(), polygons.len(), "GDAL answered: {answer}");
    valid
}

fn all(rows: &Rows) -> Vec<Geometry> {
    (0..rows.len()).map(|row| rows.arena().geometry(row)).collect()
}

#[test]
fn every_ward_of_2025_goes_in_with_its_rings_turned() {
    for (file, wards) in [("nghe_an", 130), ("thanh_hoa", 166)] {
        let Some(path) = present::shared(&format!("admin-2025/{file}_wards_2025.geojson.gz")) else { return };
        let records = features(&path);
        let start = Instant::now();
        let (rows, report) = go(GeometryKind::Polygon, records);
        let took = start.elapsed();
        eprintln!("{file}: {} vertices in {took:?}", rows.arena().world().len());
        assert!(took < Duration::from_secs(10), "{took:?}");
        assert_eq!((rows.len(), report.refusals.len()), (wards, 0), "{:?}", report.refusals);
        assert_eq!(reasons(&report, Reason::WrongWinding), wards);
        assert_eq!(report.repairs.len(), wards);
    }
}

#[test]
fn real_layers_go_in_and_what_is_mended_is_valid() {
    let table = [
        ("admin-2024/nghe_an_districts_2024.geojson.gz", GeometryKind::Polygon, 22, 0, 0),
        ("admin-2024/thanh_hoa_districts_2024.geojson.gz", GeometryKind::Polygon, 28, 0, 0),
        ("admin-2025/provinces_34_2025.geojson.gz", GeometryKind::Polygon, 34, 0, 0),
        ("roads/vn_national_roads.geojson", GeometryKind::Line, 458, 0, 0),
        ("poi/vn_heritage_protected_areas.geojson", GeometryKind::Polygon, 14, 0, 1),
        ("poi/vn_hydropower_plants.geojson", GeometryKind::Point, 197, 0, 0),
    ];
    for (file, kind, count, refused, crossing) in table {
        let Some(path) = present::shared(file) else { return };
        let (rows, report) = go(kind, features(&path));
        assert_eq!((rows.len(), report.refusals.len()), (count, refused), "{file}: {:?}", report.refusals);
        assert_eq!(reasons(&report, Reason::SelfIntersection), crossing, "{file}: {:?}", report.repairs);
        for repair in report.repairs.iter().filter(|repair| repair.reason == Reason::SelfIntersection) {
            eprintln!("{file}: row {}: {}", repair.row, repair.message);
        }
        if kind == GeometryKind::Polygon {
            assert!(valid_by_geos(&all(&rows)).into_iter().all(|valid| valid), "{file}");
        }
    }
}

#[test]
fn nasty_polygons_are_accepted_mended_or_refused_and_never_kept_invalid() {
    let Some(archive) = present::shared("conformance/geometry/earcut_quarter.zip") else { return };
    let names: Vec<_> = zip::ZipArchive::new(std::fs::File::open(&archive).unwrap())
        .unwrap()
        .file_names()
        .filter(|name| name.starts_with("fixtures/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(names.len(), 15);
    let mut mended = 0;
    for name in names {
        let polygon = rings(&serde_json::from_str(&member(&archive, &name)).unwrap());
        let reach = polygon.iter().flatten().flatten().fold(1.0_f64, |reach, number| reach.max(number.abs()));
        // Into lon/lat by a power of two, which changes no shape.
        let scale = (64.0 / reach).log2().floor().exp2();
        let scaled =
            polygon.iter().map(|ring| ring.iter().map(|place| place.map(|number| number * scale)).collect()).collect();
        let start = Instant::now();
        let (rows, report) = go(GeometryKind::Polygon, vec![record(1, "1", RawGeometry::Polygons(vec![scaled]))]);
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
        assert_eq!(rows.len() + report.refusals.len(), 1, "{name}");
        eprintln!("{name}: {:?} {:?}", report.repairs, report.refusals);
        if let Some(refusal) = report.refusals.first() {
            assert!(
                matches!(refusal.fault.reason, Reason::SelfIntersection | Reason::DegeneratePart),
                "{name}: {refusal:?}"
            );
            continue;
        }
        assert_eq!(valid_by_geos(&all(&rows)), [true], "{name}: {:?}", report.repairs);
        mended += reasons(&report, Reason::SelfIntersection);
    }
    assert!(mended > 0, "at least one of them mends");
}

/// `POLYGON` and `MULTIPOLYGON` without repeated neighbours and closing places, `None` for other kinds and empty ones.
fn polygons_of_wkt(wkt: &str) -> Option<Vec<Rings>> {
    let (kind, body) = wkt.trim().split_at(wkt.trim().find('(')?);
    if !kind.contains("POLYGON") || ["EMPTY", "NaN", "Inf", "inf", "nan"].iter().any(|word| wkt.contains(word)) {
        return None;
    }
    let json = body.replace('(', "[").replace(')', "]");
    let places = json.split_inclusive([',', ']']).map(|piece| {
        let end = piece.len() - 1;
        let (numbers, mark) = piece.split_at(end);
        let open = numbers.len() - numbers.trim_start_matches(['[', ' ', '\n', '\r', '\t']).len();
        let (brackets, numbers) = numbers.split_at(open);
        let pair: Vec<_> = numbers.split_whitespace().collect();
        let pair = if pair.is_empty() { String::new() } else { format!("[{}]", pair.join(",")) };
        format!("{brackets}{pair}{mark}")
    });
    let json: String = places.collect();
    let value: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {wkt} became {json}"));
    let bare = |rings: Rings| {
        rings
            .into_iter()
            .map(|mut ring| {
                ring.dedup();
                ring.pop();
                ring
            })
            .collect()
    };
    Some(if kind.trim() == "POLYGON" {
        vec![bare(rings(&value))]
    } else {
        list(&value, rings).into_iter().map(bare).collect()
    })
}

#[test]
fn validity_agrees_with_the_cases_of_geos() {
    let Some(archive) = present::shared("conformance/geometry/geos_xml_subset.zip") else { return };
    let suite = member(&archive, "general/TestValid.xml");
    let mut judged = 0;
    for case in suite.split("<case>").skip(1) {
        let between = |from: &str, to: &str| {
            case.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map(|(text, _)| text)
        };
        let (description, wkt) = (between("<desc>", "</desc>").unwrap_or_default(), between("<a>", "</a>").unwrap());
        let valid = between("isValid\" arg1=\"A\">", "<").unwrap().trim() == "true";
        let Some(polygons) =
            polygons_of_wkt(wkt).filter(|polygons| polygons.iter().flatten().all(|ring| ring.len() > 2))
        else {
            continue;
        };
        judged += 1;
        let found = invalid(&polygons);
        assert_eq!(found.is_none(), valid, "{description}: {found:?} in {wkt}");
    }
    eprintln!("{judged} cases");
    assert!(judged > 50, "{judged} cases");
}

/// Random polygons on a small grid meet in every way there is. The judge is GEOS.
#[test]
fn validity_and_mending_agree_with_geos_on_random_polygons() {
    use rand::{Rng, SeedableRng};
    let seed = 20_250_701;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let cases: Vec<Vec<Rings>> = (0..4000)
        .map(|_| {
            let size = random.random_range(2..7);
            (0..random.random_range(1..3))
                .map(|_| {
                    let ring = |random: &mut rand_chacha::ChaCha8Rng| {
                        let corner = |random: &mut rand_chacha::ChaCha8Rng| {
                            [f64::from(random.random_range(0..size)), f64::from(random.random_range(0..size))]
                        };
                        let mut ring: Vec<_> = (0..random.random_range(3..7)).map(|_| corner(random)).collect();
                        ring.dedup();
                        while ring.len() > 1 && ring.first() == ring.last() {
                            ring.pop();
                        }
                        ring
                    };
                    (0..random.random_range(1..3)).map(|_| ring(&mut random)).filter(|ring| ring.len() > 2).collect()
                })
                .filter(|rings: &Rings| !rings.is_empty())
                .collect()
        })
        .filter(|polygons: &Vec<Rings>| !polygons.is_empty())
        .collect();
    let as_geometry = |polygons: &Vec<Rings>| {
        let line =
            |ring: &Vec<[f64; 2]>| ring.iter().map(|&[x, y]| geo_types::Coord { x, y }).collect::<LineString<f64>>();
        let polygon = |rings: &Rings| Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect());
        Geometry::Polygons(MultiPolygon(polygons.iter().map(polygon).collect()))
    };
    let by_geos = valid_by_geos(&cases.iter().map(as_geometry).collect::<Vec<_>>());
    let valid = by_geos.iter().filter(|&&valid| valid).count();
    eprintln!("seed {seed}: {} cases, {valid} valid", cases.len());
    assert!(valid > 100 && valid < cases.len() - 100);
    for (case, by_geos) in cases.iter().zip(by_geos) {
        let found = invalid(case);
        assert_eq!(found.is_none(), by_geos, "seed {seed}: {found:?} in {case:?}");
    }
    let mended: Vec<_> = cases.iter().filter_map(|case| made_valid(case).ok()).collect();
    assert!(mended.len() > 1000, "{}", mended.len());
    let by_geos = valid_by_geos(&mended.iter().map(as_geometry).collect::<Vec<_>>());
    for (one, valid) in mended.iter().zip(by_geos) {
        assert!(valid, "seed {seed}: {one:?}");
    }
}

#[test]
fn points_of_the_survey_agree_to_a_millimetre_both_ways() {
    let Some(path) = present::shared("vn2000/vn2000_points_dev.csv") else { return };
    let mut reader = csv::Reader::from_path(path).unwrap();
    let mut rows = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let number = |column: usize| row[column].parse::<f64>().unwrap();
        let ([lon, lat], [east, north]) = ([number(1), number(2)], [number(4), number(5)]);
        let transform = Crs::parse(&format!("EPSG:{}", &row[3])).unwrap().transform().unwrap();
        let [x, y] = transform.from_lon_lat([lon, lat]).unwrap();
        assert!((x - east).hypot(y - north) < 0.001, "{}: {x} {y}", &row[0]);
        let [back_lon, back_lat] = transform.lon_lat([east, north]).unwrap();
        let off = ((back_lon - lon) * 111_320.0 * lat.to_radians().cos()).hypot((back_lat - lat) * 110_700.0);
        assert!(off < 0.001, "{}: comes back {off} m aside", &row[0]);
        rows += 1;
    }
    assert_eq!(rows, 6);
}

#[test]
fn urban_wards_in_vn2000_lie_where_they_do_in_degrees() {
    let Some(path) = present::shared("admin-2025/nghe_an_urban_wards_2025.geojson") else { return };
    let extent = BBox { west: 103.8, south: 18.4, east: 106.6, north: 20.8 };
    let grid = Crs::parse("EPSG:9208").unwrap().transform().unwrap();
    let projected = |record: &Record| {
        let Some(RawGeometry::Polygons(polygons)) = &record.geometry else { panic!("a polygon") };
        let ring =
            |ring: &Vec<[f64; 2]>| ring.iter().map(|&place| grid.from_lon_lat(place).unwrap()).collect::<Vec<_>>();
        let polygons = polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect();
        Record { geometry: Some(RawGeometry::Polygons(polygons)), ..record.clone() }
    };
    let wards = features(&path);
    let metres: Vec<_> = wards.iter().map(projected).collect();
    let refused =
        run(layer(GeometryKind::Polygon, Some(extent)), None, metres.clone(), &ImportOptions::new("wards.zip"));
    let message = refused.expect_err("no CRS").to_string();
    assert!(message.contains("likely --crs EPSG:9208"), "{message}");
    let options = ImportOptions { crs: Some(Crs::parse("EPSG:9208").unwrap()), ..ImportOptions::new("wards.zip") };
    let (there, report) = run(layer(GeometryKind::Polygon, Some(extent)), None, metres, &options).unwrap();
    let (here, _) =
        run(layer(GeometryKind::Polygon, Some(extent)), Some("EPSG:4326"), wards, &ImportOptions::new("w")).unwrap();
    assert_eq!((there.len(), report.refusals.len()), (11, 0));
    let off = there
        .arena()
        .lon_lat()
        .iter()
        .zip(here.arena().lon_lat())
        .map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]) * 111_320.0);
    assert!(off.fold(0.0, f64::max) < 0.002);
}
