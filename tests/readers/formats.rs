//! The same content in every format gives equal records.

use std::path::{Path, PathBuf};

use citylayers::geo::GeometryKind;
use citylayers::ingest::{Format, Raw, RawGeometry, Record};

use super::{convert, fields, has_gdal, options, source, text, whole, write};

/// Values of every type; numbers whose last bit matters; texts of two languages; a null. No winding but RFC 7946's.
fn polygons(folder: &Path) -> PathBuf {
    let feature = |n: u32, name: &str, area: f64, x: f64| {
        let ring = |x: f64, y: f64, side: f64| {
            format!("[[{x},{y}],[{},{y}],[{},{}],[{x},{}],[{x},{y}]]", x + side, x + side, y + side, y + side)
        };
        let hole = |x: f64, y: f64| format!("[[{x},{y}],[{x},{}],[{},{}],[{x},{y}]]", y + 0.01, x + 0.01, y + 0.01);
        format!(
            r#"{{"type":"Feature","id":{n},"properties":{{"code":"0{n}","name":{name},"area":{area},"count":{},"since":null}},
            "geometry":{{"type":"MultiPolygon","coordinates":[[{},{}],[{}]]}}}}"#,
            n * 1000,
            ring(x, 18.123_456_789_012_345, 0.1),
            hole(x + 0.05, 18.15),
            ring(x + 0.3, 18.7, 0.1 + 0.2),
        )
    };
    let features = [
        feature(1, r#""Thành Vinh""#, 15.54, 105.1),
        feature(2, r#""Hoàng Mai; \"Quỳnh\"\nMai""#, 1_234.567_890_123_45, 104.3),
        feature(3, "null", -1.0e-7, 103.9),
    ];
    let crs = r#""crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}"#;
    write(
        folder,
        "source.geojson",
        format!(r#"{{"type":"FeatureCollection",{crs},"features":[{}]}}"#, features.join(",")),
    )
}

/// The value as every format can keep it.
fn typeless(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Null => None,
        Raw::Text(text) => text.parse::<f64>().map_or(Some(text.clone()), |number| Some(number.to_string())),
        Raw::Integer(number) => Some(number.to_string()),
        Raw::Real(number) => Some(number.to_string()),
        other => Some(format!("{other:?}")),
    }
}

fn assert_same(expected: &[Record], found: &[Record], what: &str) {
    assert_eq!(expected.len(), found.len(), "{what}");
    for (expected, found) in expected.iter().zip(found) {
        assert_eq!(expected.row, found.row, "{what}");
        assert_eq!(expected.geometry, found.geometry, "{what}, row {}", found.row);
        assert_eq!(expected.had_z, found.had_z, "{what}");
        let found = fields(found);
        for (name, value) in fields(expected) {
            let other = found.get(&name).unwrap_or_else(|| panic!("{what} has no {name}: {found:?}"));
            assert_eq!(typeless(&value), typeless(other), "{what}, {name}");
        }
    }
}

#[test]
fn polygons_in_every_format() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source_file = polygons(folder.path());
    let expected = whole(&source_file, GeometryKind::Polygon);
    assert_eq!(expected.len(), 3);
    assert_eq!(text(&expected[1], "name"), "Hoàng Mai; \"Quỳnh\"\nMai");
    let at = |name: &str| folder.path().join(name);
    let table: [(&str, &str, &[&str], Format, Option<&str>); 8] = [
        ("GPKG", "a.gpkg", &[], Format::GeoPackage, Some("EPSG:4326")),
        ("FlatGeobuf", "a.fgb", &["-lco", "SPATIAL_INDEX=NO"], Format::FlatGeobuf, Some("EPSG:4326")),
        (
            "GeoJSON",
            "b.geojson",
            &["-lco", "COORDINATE_PRECISION=17", "-lco", "SIGNIFICANT_FIGURES=17"],
            Format::GeoJson,
            Some("EPSG:4326"),
        ),
        (
            "GeoJSONSeq",
            "a.geojsonl",
            &["-lco", "COORDINATE_PRECISION=17", "-lco", "SIGNIFICANT_FIGURES=17"],
            Format::GeoJsonSeq,
            Some("EPSG:4326"),
        ),
        (
            "GeoJSONSeq",
            "a.geojsons",
            &["-lco", "COORDINATE_PRECISION=17", "-lco", "SIGNIFICANT_FIGURES=17", "-lco", "RS=YES"],
            Format::GeoJsonSeq,
            Some("EPSG:4326"),
        ),
        ("ESRI Shapefile", "shp", &["-lco", "ENCODING=UTF-8"], Format::Shapefile, None),
        ("ESRI Shapefile", "a.shz", &["-lco", "ENCODING=UTF-8"], Format::Shapefile, None),
        ("CSV", "a.csv", &["-lco", "GEOMETRY=AS_WKT", "--config", "OGR_WKT_PRECISION", "17"], Format::Csv, None),
    ];
    for (driver, name, more, format, crs) in table {
        let file = convert(driver, &source_file, at(name), more);
        let opened = source(&file, &options(GeometryKind::Polygon));
        assert_eq!((opened.format, opened.encoding.as_str()), (format, "utf-8"), "{name}");
        if let Some(crs) = crs {
            assert_eq!(opened.crs.as_deref(), Some(crs), "{name}");
        }
        assert_same(&expected, &whole(&file, GeometryKind::Polygon), name);
    }
    let shapefile = source(&at("shp"), &options(GeometryKind::Polygon));
    assert_eq!(shapefile.len, Some(3));
    assert!(shapefile.crs.unwrap().starts_with("GEOGCS[\"GCS_WGS_1984\""));
    assert_same(&expected, &whole(&at("shp/source.shp"), GeometryKind::Polygon), "the .shp itself");
    // Names lie.
    std::fs::copy(at("a.fgb"), at("fgb.csv")).unwrap();
    std::fs::copy(&source_file, at("geojson.gpkg")).unwrap();
    assert_same(&expected, &whole(&at("fgb.csv"), GeometryKind::Polygon), "a FlatGeobuf called .csv");
    assert_same(&expected, &whole(&at("geojson.gpkg"), GeometryKind::Polygon), "a GeoJSON called .gpkg");
}

/// Every kind of geometry, as text, to formats that keep them; the text's own reader is the expectation.
#[test]
fn geometries_of_every_kind() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let kinds = [
        "POINT (105.1 18.2)",
        "POINT Z (105.1 18.2 7)",
        "MULTIPOINT ((1 2),(3 4))",
        "LINESTRING (1 2,3 4,5 6)",
        "LINESTRING M (1 2 9,3 4 9)",
        "MULTILINESTRING ((1 2,3 4),(5 6,7 8,9 9))",
        "POLYGON ((0 0,9 0,9 9,0 0),(5 1,6 2,6 1,5 1))",
        "MULTIPOLYGON ZM (((0 0 1 1,9 0 1 1,9 9 1 1,0 0 1 1)))",
        "POINT EMPTY",
        "LINESTRING EMPTY",
        "POLYGON EMPTY",
        "MULTIPOLYGON EMPTY",
        "GEOMETRYCOLLECTION (POINT (1 2))",
        "CURVEPOLYGON (CIRCULARSTRING (0 0,4 0,4 4,0 4,0 0))",
        "COMPOUNDCURVE (CIRCULARSTRING (0 0,1 1,2 0),(2 0,3 0))",
    ];
    let rows: Vec<String> = kinds.iter().map(|wkt| format!("\"{wkt}\",1\n")).collect();
    let csv = write(folder.path(), "kinds.csv", format!("WKT,n\n{}", rows.concat()));
    let expected = whole(&csv, GeometryKind::Line);
    assert_eq!(expected.len(), kinds.len());
    for (driver, name) in [("GPKG", "kinds.gpkg"), ("FlatGeobuf", "kinds.fgb")] {
        let more = [
            "-oo",
            "GEOM_POSSIBLE_NAMES=WKT",
            "-oo",
            "KEEP_GEOM_COLUMNS=NO",
            "-lco",
            "SPATIAL_INDEX=NO",
            "-nlt",
            "GEOMETRY",
        ];
        let file = convert(driver, &csv, folder.path().join(name), &more);
        let found = whole(&file, GeometryKind::Line);
        // GDAL leaves empty ones out of a FlatGeobuf.
        let is_kept = |wkt: &&&str| driver == "GPKG" || !wkt.ends_with("EMPTY");
        let pairs = kinds.iter().zip(&expected).filter(|(wkt, _)| is_kept(wkt));
        assert_eq!(found.len(), pairs.clone().count(), "{name}");
        for ((wkt, expected), found) in pairs.zip(&found) {
            match (&expected.geometry, &found.geometry) {
                // An empty one may come as none, or as a polygon without rings.
                (Some(geometry), found) if super::places(geometry).is_empty() && wkt.ends_with("EMPTY") => {
                    assert!(
                        found.as_ref().is_none_or(|found| super::places(found).is_empty()),
                        "{name}: {wkt}: {found:?}"
                    );
                }
                (expected, found) => assert_eq!(expected, found, "{name}: {wkt}"),
            }
            if !wkt.ends_with("EMPTY") && driver == "GPKG" {
                assert_eq!(expected.had_z, found.had_z, "{name}: {wkt}");
            }
        }
    }
}

/// Points: an index that reorders, decimal commas, and columns of coordinates.
#[test]
fn points_in_every_format() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..500)
        .map(|n| format!("{n},{},{},lamp {n}\n", 104.0 + f64::from(n) / 7.0, 18.0 + f64::from(n) / 977.0))
        .collect();
    let csv = write(folder.path(), "lamps.csv", format!("n,lon,lat,name\n{}", rows.concat()));
    let expected = whole(&csv, GeometryKind::Point);
    assert_eq!(expected[499].geometry, Some(RawGeometry::Point([104.0 + 499.0 / 7.0, 18.0 + 499.0 / 977.0])));
    let semicolons: String = rows.iter().map(|row| row.replace(',', ";").replace('.', ",")).collect();
    let semicolons =
        write(folder.path(), "german.csv", format!("\u{feff}n;Lon;LAT;name\r\n{}", semicolons.replace('\n', "\r\n")));
    assert_same(&expected, &whole(&semicolons, GeometryKind::Point), "decimal commas");
    let tabs = write(folder.path(), "tabs.txt", std::fs::read_to_string(&csv).unwrap().replace(',', "\t"));
    assert_same(&expected, &whole(&tabs, GeometryKind::Point), "tabs");
    let open = ["-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat", "-a_srs", "EPSG:9208"];
    for (driver, name) in [("GPKG", "p.gpkg"), ("FlatGeobuf", "p.fgb"), ("ESRI Shapefile", "p")] {
        let file = convert(driver, &csv, folder.path().join(name), &open);
        let mut found = whole(&file, GeometryKind::Point);
        // An indexed FlatGeobuf stands in the order of its Hilbert curve.
        let number = |record: &Record| text(record, "n").parse::<u64>().unwrap();
        found.sort_by_key(number);
        found.iter_mut().for_each(|record| record.row = number(record) + 1);
        let expected: Vec<Record> = expected.clone();
        for (expected, found) in expected.iter().zip(&found) {
            assert_eq!((expected.row, &expected.geometry), (found.row, &found.geometry), "{name}");
            assert_eq!(text(expected, "name"), text(found, "name"));
        }
        let crs = source(&file, &options(GeometryKind::Point)).crs.unwrap();
        assert!(crs == "EPSG:9208" || crs.contains("VN-2000") || crs.contains("VN_2000"), "{name}: {crs}");
    }
}

/// Types beyond text and number.
#[test]
fn days_and_moments() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let json = write(
        folder.path(),
        "days.geojson",
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},
        "properties":{"day":"2025-07-01","moment":"2025-07-01T12:30:00+07:00","yes":true}}]}"#,
    );
    let day = Raw::Date("2025-07-01".parse().unwrap());
    let moment = Raw::DateTime("2025-07-01T05:30:00Z".parse().unwrap());
    let text = |text: &str| Raw::Text(text.into());
    // FlatGeobuf has no type for a day, and GDAL writes a moment without a zone.
    for (driver, name, day) in [("GPKG", "d.gpkg", &day), ("FlatGeobuf", "d.fgb", &text("2025-07-01T00:00:00"))] {
        let file = convert(driver, &json, folder.path().join(name), &[]);
        let record = fields(&whole(&file, GeometryKind::Point)[0]);
        assert_eq!([&record["day"], &record["moment"], &record["yes"]], [day, &moment, &Raw::Boolean(true)], "{name}");
    }
    let record = fields(&whole(&json, GeometryKind::Point)[0]);
    let expected = [&text("2025-07-01"), &text("2025-07-01T12:30:00+07:00"), &Raw::Boolean(true)];
    assert_eq!([&record["day"], &record["moment"], &record["yes"]], expected);
    let shapefile = convert("ESRI Shapefile", &json, folder.path().join("d"), &[]);
    assert_eq!(fields(&whole(&shapefile, GeometryKind::Point)[0])["day"], day);
}
