//! Real files of agencies and of the people who keep them.

use std::collections::BTreeMap;

use citylayers::geo::GeometryKind;
use citylayers::ingest::{Encoding, Format, Raw, RawGeometry, ReadOptions, Reason};

use super::{convert, fields, has_gdal, options, places, read, shared, source, text, unzip, whole, write};

#[test]
fn wards_of_2025() {
    // Counts by the inventory of the files, made with GDAL.
    let table = [("nghe_an", 130, 133, 254_548), ("thanh_hoa", 166, 177, 234_889)];
    for (province, wards, parts, vertices) in table {
        let Some(path) = shared(&format!("admin-2025/{province}_wards_2025.geojson.gz")) else { return };
        let opened = source(&path, &options(GeometryKind::Polygon));
        assert_eq!(
            (opened.format, opened.len, opened.crs.as_deref()),
            (Format::GeoJson, Some(wards), Some("EPSG:4326"))
        );
        let records = whole(&path, GeometryKind::Polygon);
        assert_eq!(records.len() as u64, wards);
        let geometries = || records.iter().filter_map(|record| record.geometry.as_ref());
        let polygons = |geometry: &RawGeometry| match geometry {
            RawGeometry::Polygons(polygons) => polygons.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(geometries().map(polygons).sum::<usize>(), parts, "{province}");
        // The inventory counts the closing vertex of a ring once more, as the file does.
        assert_eq!(geometries().map(|geometry| places(geometry).len()).sum::<usize>(), vertices, "{province}");
        assert!(records.iter().all(|record| record.id.is_some() && !text(record, "name").is_empty()));
    }
}

#[test]
fn lamps_of_champaign_twice() {
    let Some(json) = shared("lighting/champaign_streetlights.geojson.gz") else { return };
    let Some(csv) = shared("lighting/champaign_streetlights_epsg3857.csv") else { return };
    let lamps = whole(&json, GeometryKind::Point);
    let rows = whole(&csv, GeometryKind::Point);
    assert_eq!((lamps.len(), rows.len()), (4556, 4556));
    assert_eq!(source(&csv, &options(GeometryKind::Point)).crs, None, "x and y say nothing");
    let by_id: BTreeMap<String, _> = rows.iter().map(|row| (text(row, "OBJECTID"), row)).collect();
    for lamp in &lamps {
        let lamp_fields = fields(lamp);
        let Raw::Integer(id) = lamp_fields["OBJECTID"] else { panic!("{lamp:?}") };
        let row = by_id[&id.to_string()];
        // Web Mercator by its definition.
        let ([lon, lat], [x, y]) = match (&lamp.geometry, &row.geometry) {
            (Some(RawGeometry::Point(degrees)), Some(RawGeometry::Point(metres))) => (*degrees, *metres),
            other => panic!("{other:?}"),
        };
        let radius = 6_378_137.0_f64;
        let north = radius * (std::f64::consts::FRAC_PI_4 + lat.to_radians() / 2.0).tan().ln();
        assert!((radius * lon.to_radians() - x).abs() < 0.01 && (north - y).abs() < 0.01, "lamp {id}");
        let material = |fields: &BTreeMap<String, Raw>| match &fields["Pole_Material"] {
            Raw::Text(text) => text.trim().to_string(),
            _ => String::new(),
        };
        assert_eq!(material(&lamp_fields), material(&fields(row)), "lamp {id}");
    }
}

#[test]
fn names_in_tcvn3() {
    let Some(zip) = shared("legacy/nghe_an_urban_tcvn3_vn2000_tm3_10445_noprj.zip") else { return };
    let expected = std::fs::read_to_string(shared("legacy/expected_names_urban.csv").unwrap()).unwrap();
    let expected: BTreeMap<&str, &str> = expected
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','))
        .map(|(code, rest)| (code, rest.split(',').next().unwrap()))
        .collect();
    let opened = source(&zip, &options(GeometryKind::Polygon));
    assert_eq!(
        (opened.format, opened.encoding.as_str(), opened.crs, opened.len),
        (Format::Shapefile, "tcvn3", None, Some(11))
    );
    for encoding in [Encoding::Auto, Encoding::Tcvn3] {
        let (records, refusals) = read(&zip, &ReadOptions { encoding, ..options(GeometryKind::Polygon) });
        assert_eq!(refusals, []);
        let found: BTreeMap<String, String> =
            records.iter().map(|record| (text(record, "MA_XA"), text(record, "TEN_XA"))).collect();
        let found: BTreeMap<&str, &str> = found.iter().map(|(code, name)| (code.as_str(), name.as_str())).collect();
        assert_eq!(found, expected, "{encoding}");
        assert!(records.iter().all(|record| text(record, "LOAI") == "Phường"));
    }
    let (_, refusals) = read(&zip, &ReadOptions { encoding: Encoding::Utf8, ..options(GeometryKind::Polygon) });
    assert_eq!(refusals.len(), 11, "`Phường` is in every row");
    assert!(
        refusals
            .iter()
            .all(|refusal| refusal.fault.reason == Reason::WrongEncoding && refusal.fault.message.contains("utf-8"))
    );
}

/// What GDAL writes with `ENCODING=ISO-8859-1`, as an old desktop would: a western code page over Vietnamese bytes.
#[test]
fn names_in_vni_under_a_western_label() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let feature = |name: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[105,18]}},"properties":{{"ten":"{name}"}}}}"#
        )
    };
    let table = [
        (["Phöôøng Hoàng Mai", "Cöûa Loø"], ["Phường Hồng Mai", "Cửa Lò"], "vni"),
        (["Rue du Château", "Place de la Fête"], ["Rue du Château", "Place de la Fête"], "windows-1252"),
    ];
    for (written, expected, encoding) in table {
        let json = write(
            folder.path(),
            &format!("{encoding}.geojson"),
            format!(r#"{{"type":"FeatureCollection","features":[{},{}]}}"#, feature(written[0]), feature(written[1])),
        );
        let shp = convert("ESRI Shapefile", &json, folder.path().join(encoding), &["-lco", "ENCODING=ISO-8859-1"]);
        let opened = source(&shp, &options(GeometryKind::Point));
        assert_eq!(opened.encoding, encoding);
        let names: Vec<String> = whole(&shp, GeometryKind::Point).iter().map(|record| text(record, "ten")).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn tables_of_natural_earth() {
    let Some(path) = shared("conformance/cql2/ne110m4cql2.gpkg") else { return };
    let counts = [(GeometryKind::Polygon, 177), (GeometryKind::Point, 243), (GeometryKind::Line, 13)];
    for (kind, count) in counts {
        let records = whole(&path, kind);
        assert_eq!(records.len(), count, "{kind}");
        assert_eq!(source(&path, &options(kind)).len, Some(count as u64));
        assert!(records.iter().all(|record| record.id.is_some() && record.geometry.is_some()));
    }
}

#[test]
fn requests_with_notes_of_many_lines() {
    let Some(path) = shared("incidents/sf311_service_requests_10k.csv.gz") else { return };
    let records = whole(&path, GeometryKind::Point);
    assert_eq!(records.len(), 10_000);
    let at_zero = |record: &&citylayers::ingest::Record| record.geometry == Some(RawGeometry::Point([0.0, 0.0]));
    assert_eq!(records.iter().filter(at_zero).count(), 4264, "null islands are the door's to refuse");
    assert_eq!(source(&path, &options(GeometryKind::Point)).crs.as_deref(), Some("EPSG:4326"));
}

#[test]
fn vessels_with_semicolons() {
    let Some(zip) = shared("vessels/ais_vessels.zip") else { return };
    let folder = tempfile::tempdir().unwrap();
    unzip(&zip, folder.path());
    let mut positions = 0;
    let mut folders = vec![folder.path().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "csv") {
                positions += whole(&entry, GeometryKind::Point).len();
            }
        }
    }
    assert_eq!(positions, 121_597);
}

#[test]
fn monaco_through_gdal() {
    let Some(osm) = shared("osm/monaco.osm.gz") else { return };
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let input = format!("/vsigzip/{}", osm.display());
    let gpkg = convert("GPKG", input.as_ref(), folder.path().join("monaco.gpkg"), &[]);
    let by_reader = |table: &str, kind| {
        let (records, refusals) = read(&gpkg, &ReadOptions { table: Some(table.into()), ..options(kind) });
        assert_eq!(refusals, []);
        records
    };
    let connection = rusqlite::Connection::open(&gpkg).unwrap();
    for (table, kind) in
        [("points", GeometryKind::Point), ("lines", GeometryKind::Line), ("multipolygons", GeometryKind::Polygon)]
    {
        let count: usize =
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        let records = by_reader(table, kind);
        assert!(count > 0 && records.len() == count, "{table}");
        assert!(
            records.iter().all(|record| record.geometry.as_ref().is_some_and(|geometry| !places(geometry).is_empty()))
        );
    }
}
