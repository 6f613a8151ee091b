//! Broken files: what is whole is read, what is not is refused by row and reason.

use std::io::Write;
use std::path::Path;

use citylayers::geo::GeometryKind;
use citylayers::ingest::{Raw, RawGeometry, Reason, open};

use super::{convert, fields, has_gdal, options, places, read, shared, unzip, whole, write};

#[test]
fn conformance_of_geojson() {
    let Some(zip) = shared("conformance/geojson/geojsonhint_good_and_third_of_bad.zip") else { return };
    let folder = tempfile::tempdir().unwrap();
    unzip(&zip, folder.path());
    let files = |kind: &str| {
        let all = folder.path().join(kind).read_dir().unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|e| e == "geojson")).collect::<Vec<_>>()
    };
    let good = files("good");
    assert_eq!(good.len(), 18);
    for path in good {
        let opened = super::source(&path, &options(GeometryKind::Point));
        let len = opened.len;
        let (records, refusals) = super::sorted(opened);
        assert_eq!(refusals, [], "{}", path.display());
        assert_eq!(len, Some(records.len() as u64), "{}", path.display());
    }
    let bad = files("bad");
    assert_eq!(bad.len(), 15);
    for path in bad {
        let Ok(opened) = open(&path, &options(GeometryKind::Point)) else { continue };
        let (records, refusals) = super::sorted(opened);
        // A line of one place is read as it stands: that it is none is the door's to say.
        let is_short = |record: &citylayers::ingest::Record| matches!(&record.geometry, Some(RawGeometry::Lines(lines)) if lines.iter().any(|line| line.len() < 2));
        assert!(!refusals.is_empty() || records.iter().any(is_short), "{} was taken: {records:?}", path.display());
    }
    let (records, refusals) = read(&folder.path().join("bad/multiple_problems.geojson"), &options(GeometryKind::Point));
    assert_eq!(records.iter().map(|record| record.row).collect::<Vec<_>>(), [2], "the good one among the bad");
    let reasons: Vec<(u64, &str)> =
        refusals.iter().map(|refusal| (refusal.row, refusal.fault.message.as_str())).collect();
    assert_eq!(reasons[0], (1, "the member `id` is a text or a number"));
    assert!(reasons[1].1.contains("`Feature`, not `Foo`"), "{reasons:?}");
}

fn collection(features: &[&str]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",\n"))
}

const GOOD: &str = r#"{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}}"#;

#[test]
fn one_bad_feature_among_good_ones() {
    let table = [
        (r#"{"type":"Feature","properties":{"a":tru},"geometry":null}"#, Reason::Unreadable, "expected ident"),
        (
            r#"{"type":"Feature","properties":{"a":1,"a":2},"geometry":null}"#,
            Reason::Unreadable,
            "`a` stands there twice",
        ),
        (
            r#"{"type":"Feature","type":"Feature","properties":{},"geometry":null}"#,
            Reason::Unreadable,
            "duplicate field `type`",
        ),
        (r#"{"type":"Feature","properties":[],"geometry":null}"#, Reason::Unreadable, "an object or null, not []"),
        (r#"{"type":"Feature","geometry":null}"#, Reason::Unreadable, "`properties` is missing"),
        (r#"{"type":"Feature","properties":{}}"#, Reason::Unreadable, "`geometry` is missing"),
        (
            r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":["1",2]}}"#,
            Reason::Unreadable,
            "expected f64",
        ),
        (
            r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1]}}"#,
            Reason::Unreadable,
            "a position of two numbers",
        ),
        (
            r#"{"type":"Feature","properties":{},"geometry":{"type":"point","coordinates":[1,2]}}"#,
            Reason::Unreadable,
            "the case counts",
        ),
        (
            r#"{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0,5]]]}}"#,
            Reason::RingNotClosed,
            "differ",
        ),
        (r#"{"type":"Feature","properties":{"a":"\ud800"},"geometry":null}"#, Reason::Unreadable, "property `a`"),
        (
            r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1e999,2]}}"#,
            Reason::Unreadable,
            "out of range",
        ),
        (r#"{"type":"Feature","properties":{},"geometry":null,"features":[]}"#, Reason::Unreadable, "section 7.1"),
        ("null", Reason::Unreadable, "an object, not null"),
        ("17", Reason::Unreadable, "an object, not 17"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (bad, reason, message) in table {
        let path = write(folder.path(), "a.geojson", collection(&[GOOD, bad, GOOD]));
        let lines = write(folder.path(), "a.geojsonl", [GOOD, "", bad, GOOD, ""].join("\n"));
        for path in [path, lines] {
            let (records, refusals) = read(&path, &options(GeometryKind::Point));
            assert_eq!(records.iter().map(|record| record.row).collect::<Vec<_>>(), [1, 3], "{bad}");
            assert_eq!((refusals.len(), refusals[0].row, refusals[0].fault.reason), (1, 2, reason), "{bad}");
            assert!(refusals[0].fault.message.contains(message), "{bad}: {}", refusals[0].fault.message);
        }
    }
    let mut bytes = collection(&[GOOD, GOOD, GOOD]).into_bytes();
    let second = bytes.windows(3).enumerate().filter(|(_, w)| w == b"\"a\"").nth(1).unwrap().0;
    bytes[second + 1] = 0xff;
    let (records, refusals) = read(&write(folder.path(), "b.geojson", bytes), &options(GeometryKind::Point));
    assert_eq!((records.len(), refusals[0].row, refusals[0].fault.reason), (2, 2, Reason::WrongEncoding));
}

#[test]
fn values_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let feature = r#"{"properties":{"big":123456789012345678901,"whole":1.0,"nested":{"a":[1, 2]},"text":"Ngh\u1ec7 An","no":null,"yes":true},
        "id":12,"geometry":{"coordinates":[[0.1,0.30000000000000004,7],[1,2,3]],"type":"LineString"},"type":"Feature"}"#;
    let record = whole(&write(folder.path(), "a.geojson", collection(&[feature])), GeometryKind::Line).remove(0);
    assert_eq!(record.id.as_deref(), Some("12"));
    assert_eq!(record.geometry, Some(RawGeometry::Lines(vec![vec![[0.1, 0.1 + 0.2], [1.0, 2.0]]])));
    assert!(record.had_z);
    let text = |text: &str| Raw::Text(text.into());
    let expected = [
        ("big", text("123456789012345678901")),
        ("nested", text(r#"{"a":[1, 2]}"#)),
        ("no", Raw::Null),
        ("text", text("Nghệ An")),
        ("whole", Raw::Real(1.0)),
        ("yes", Raw::Boolean(true)),
    ];
    assert_eq!(fields(&record), expected.map(|(name, value)| (name.to_string(), value)).into());
    let alone =
        whole(&write(folder.path(), "b.geojson", r#"{"type":"Point","coordinates":[1,2]}"#), GeometryKind::Point);
    assert_eq!(alone[0].geometry, Some(RawGeometry::Point([1.0, 2.0])));
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Cut anywhere, a file gives what stands before the cut, then one refusal of the next row, then nothing.
fn assert_cut(folder: &Path, name: &str, content: &[u8], total: usize, ends: &[usize]) {
    for &end in ends {
        let path = write(folder, name, &content[..end]);
        let Ok(opened) = open(&path, &options(GeometryKind::Point)) else { continue };
        let items: Vec<_> = opened.records.collect();
        let (last, before) = items.split_last().unwrap();
        let refusal = last.as_ref().expect_err("the cut is reported");
        assert!(before.iter().all(Result::is_ok) && before.len() <= total, "{name} cut at {end}: {items:?}");
        assert_eq!(
            (refusal.row, refusal.fault.reason),
            (before.len() as u64 + 1, Reason::Truncated),
            "{name} cut at {end}"
        );
    }
}

#[test]
fn files_that_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let json = collection(&[GOOD; 3]).into_bytes();
    let all: Vec<usize> = (json.len() / 4..json.len()).collect();
    assert_cut(folder.path(), "a.geojson", &json, 3, &all);
    let path = write(folder.path(), "a.geojson", &json[..200]);
    let (records, refusals) = read(&path, &options(GeometryKind::Point));
    assert_eq!((records.len(), refusals[0].row), (1, 2));
    assert_eq!(refusals[0].fault.message, "the file ends at byte 200, in the middle of its JSON");
    let noise: String = (0..4000_u64)
        .map(|n| {
            format!(
                r#"{{"type":"Feature","properties":{{"n":{}}},"geometry":{{"type":"Point","coordinates":[{n},1]}}}}"#,
                n * n * 7919 % 100_003
            ) + "\n"
        })
        .collect();
    let packed = gzipped(noise.as_bytes());
    assert_cut(folder.path(), "a.geojsonl.gz", &packed, 4000, &[packed.len() / 2, packed.len() - 1]);
    let packed = gzipped(&collection(&noise.lines().collect::<Vec<_>>()).into_bytes());
    assert_cut(folder.path(), "a.geojson.gz", &packed, 4000, &[packed.len() / 2, packed.len() - 1]);
    let rows: String = (0..4000_u64).map(|n| format!("{n},{n},{}\n", n * n * 7919 % 100_003)).collect();
    let packed = gzipped(format!("lon,lat,n\n{rows}").as_bytes());
    assert_cut(folder.path(), "a.csv.gz", &packed, 4000, &[packed.len() / 2, packed.len() - 1]);
}

#[test]
fn binary_files_that_are_cut_or_bent() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..50).map(|n| format!("{n},\"LINESTRING({n} 0,{n} 1,2 {n})\",name {n}\n")).collect();
    let csv = write(folder.path(), "lines.csv", format!("n,WKT,name\n{rows}"));
    let more = ["-oo", "GEOM_POSSIBLE_NAMES=WKT", "-oo", "KEEP_GEOM_COLUMNS=NO"];
    let fgb = std::fs::read(convert("FlatGeobuf", &csv, folder.path().join("a.fgb"), &more)).unwrap();
    let all: Vec<usize> = (fgb.len() / 2..fgb.len()).step_by(7).collect();
    assert_cut(folder.path(), "cut.fgb", &fgb, 50, &all);
    let shapes = convert("ESRI Shapefile", &csv, folder.path().join("shapes"), &more);
    for extension in ["shp", "dbf"] {
        let path = shapes.join(format!("lines.{extension}"));
        let content = std::fs::read(&path).unwrap();
        let all: Vec<usize> = (content.len() / 2..content.len() - 1).step_by(37).collect();
        for end in all {
            std::fs::write(&path, &content[..end]).unwrap();
            let (records, refusals) = read(&shapes, &options(GeometryKind::Line));
            assert_eq!(refusals.len(), 1, "{extension} cut at {end}");
            assert_eq!(
                refusals[0].row,
                records.len() as u64 + 1,
                "{extension} cut at {end}: {}",
                refusals[0].fault.message
            );
        }
        std::fs::write(&path, &content).unwrap();
    }
    let gpkg = std::fs::read(convert("GPKG", &csv, folder.path().join("a.gpkg"), &more)).unwrap();
    bend(folder.path(), "bent.fgb", &fgb);
    bend(folder.path(), "bent.gpkg", &gpkg);
    let shp = std::fs::read(shapes.join("lines.shp")).unwrap();
    std::fs::remove_file(shapes.join("lines.shx")).unwrap();
    bend(&shapes, "lines.shp", &shp);
    std::fs::write(shapes.join("lines.shp"), &shp).unwrap();
    bend(&shapes, "lines.dbf", &std::fs::read(shapes.join("lines.dbf")).unwrap());
}

/// Bytes turned at random places: whatever becomes of the records, nothing panics, hangs or asks for more than there is.
fn bend(folder: &Path, name: &str, content: &[u8]) {
    use rand::{Rng, SeedableRng};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    for _ in 0..200 {
        let mut bent = content.to_vec();
        for _ in 0..random.random_range(1..20) {
            let at = random.random_range(0..bent.len());
            bent[at] = random.random();
        }
        let path = write(folder, name, &bent);
        if let Ok(opened) = open(&path, &options(GeometryKind::Line)) {
            let items = opened.records.take(1000).collect::<Vec<_>>();
            let places: usize =
                items.iter().flatten().filter_map(|record| record.geometry.as_ref()).map(|g| places(g).len()).sum();
            assert!(places <= content.len(), "{name}");
        }
    }
}

#[test]
fn rows_of_a_csv() {
    let folder = tempfile::tempdir().unwrap();
    let content = "name,X,Y,note\n\
        one,105.5,18.5,\"a\nb, \"\"c\"\"\"\n\
        two,,,\n\
        three,abc,18,\n\
        four,1\n\
        \n\
        five,1,2,3,\n\
        six,NaN,2,\n\
        seven,1,2,3,4\n";
    let (records, refusals) = read(&write(folder.path(), "a.csv", content), &options(GeometryKind::Point));
    let rows: Vec<u64> = records.iter().map(|record| record.row).collect();
    assert_eq!(rows, [1, 2, 5, 6]);
    assert_eq!(fields(&records[0])["note"], Raw::Text("a\nb, \"c\"".into()));
    assert_eq!(fields(&records[0]).len(), 2, "the columns of the place are no fields");
    assert_eq!((&records[1].geometry, &fields(&records[1])["note"]), (&None, &Raw::Null));
    let messages: Vec<(u64, &str)> =
        refusals.iter().map(|refusal| (refusal.row, refusal.fault.message.as_str())).collect();
    assert_eq!(
        messages,
        [
            (3, "X `abc` is no number: invalid float literal"),
            (4, "the row has 2 values, the header 4"),
            (7, "the row has 5 values, the header 4"),
        ]
    );
    let ewkt = "id;geom\n1;SRID=9208;POINT(1 2)\n";
    let path = write(folder.path(), "b.csv", ewkt.replace("id;geom\n1;", "id,geom\n1,"));
    assert_eq!(super::source(&path, &options(GeometryKind::Point)).crs.as_deref(), Some("EPSG:9208"));
}
