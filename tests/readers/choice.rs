//! Which file, which table: what is chosen, and what is asked when there is a choice.

use std::io::Write;
use std::path::Path;

use citylayers::geo::GeometryKind;
use citylayers::ingest::{Encoding, Format, ReadError, ReadOptions, open};

use super::{convert, gdal, has_gdal, options, read, source, text, whole, write};

fn points(folder: &Path, name: &str, count: usize) -> std::path::PathBuf {
    let rows: String = (1..=count).map(|n| format!("{n},{n}.5,{n}.25,point {n}\n")).collect();
    write(folder, &format!("{name}.csv"), format!("n,lon,lat,name\n{rows}"))
}

const AS_POINTS: [&str; 4] = ["-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat"];

fn zipped(files: &[(String, Vec<u8>)], to: &Path) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
    for (name, content) in files {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
}

fn contents(folder: &Path, inside: &str) -> Vec<(String, Vec<u8>)> {
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| (format!("{inside}{}", path.file_name().unwrap().to_str().unwrap()), std::fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn one_shapefile_among_several() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shapefiles = folder.path().join("shapefiles");
    convert("ESRI Shapefile", &points(folder.path(), "lamps", 3), shapefiles.clone(), &AS_POINTS);
    convert(
        "ESRI Shapefile",
        &points(folder.path(), "stops", 5),
        shapefiles.clone(),
        &["-update", AS_POINTS[0], AS_POINTS[1], AS_POINTS[2], AS_POINTS[3]],
    );
    let zip = folder.path().join("both.zip");
    zipped(&contents(&shapefiles, "data/2025/"), &zip);
    for path in [&shapefiles, &zip] {
        let error = open(path, &options(GeometryKind::Point)).err().unwrap();
        assert!(matches!(error, ReadError::WhichTable { .. }));
        assert!(error.to_string().contains("lamps, stops: choose one with --table"), "{error}");
        let of = |table: &str| ReadOptions { table: Some(table.into()), ..options(GeometryKind::Point) };
        assert_eq!(read(path, &of("STOPS")).0.len(), 5);
        let error = open(path, &of("roads")).err().unwrap().to_string();
        assert!(error.contains("no table `roads`, it holds lamps, stops"), "{error}");
    }
    // Nothing but the shapes and the rows is needed.
    let (_, bare): (Vec<_>, Vec<_>) = contents(&shapefiles, "")
        .into_iter()
        .partition(|(name, _)| !name.starts_with("lamps.sh") && !name.starts_with("lamps.dbf"));
    let bare: Vec<_> = bare
        .into_iter()
        .filter(|(name, _)| !name.ends_with("shx"))
        .map(|(name, content)| (name.to_uppercase(), content))
        .collect();
    assert_eq!(bare.len(), 2);
    zipped(&bare, &zip);
    let records = whole(&zip, GeometryKind::Point);
    assert_eq!((records.len(), text(&records[2], "name").as_str()), (3, "point 3"));
    std::fs::remove_file(shapefiles.join("lamps.dbf")).unwrap();
    let error = open(&shapefiles.join("lamps.shp"), &options(GeometryKind::Point)).err().unwrap().to_string();
    assert!(error.contains("the .dbf of `lamps` is missing"), "{error}");
}

/// GDAL marks deleted rows and puts a shape that has grown at the end of the file.
#[test]
fn a_shapefile_that_was_edited() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (1..=4).map(|n| format!("{n},\"LINESTRING ({n} 0,{n} 1)\"\n")).collect();
    let csv = write(folder.path(), "lines.csv", format!("n,WKT\n{rows}"));
    let shapes = convert(
        "ESRI Shapefile",
        &csv,
        folder.path().join("lines"),
        &["-oo", "GEOM_POSSIBLE_NAMES=WKT", "-oo", "KEEP_GEOM_COLUMNS=NO"],
    );
    let edits = [
        "UPDATE lines SET geometry = GeomFromText('LINESTRING (2 0,2 1,2 2,2 3)') WHERE n = '2'",
        "DELETE FROM lines WHERE n = '3'",
    ];
    for sql in edits {
        let how = ["-oo", "AUTO_REPACK=NO", "-dialect", "SQLite", "-sql", sql].map(AsRef::as_ref);
        gdal("ogrinfo", std::iter::once(shapes.as_os_str()).chain(how));
    }
    let found: Vec<(u64, String, usize)> = whole(&shapes, GeometryKind::Line)
        .iter()
        .map(|record| (record.row, text(record, "n"), super::places(record.geometry.as_ref().unwrap()).len()))
        .collect();
    assert_eq!(found, [(1, "1".into(), 2), (2, "2".into(), 4), (4, "4".into(), 2)]);
    let zip = folder.path().join("edited.zip");
    zipped(&contents(&shapes, ""), &zip);
    let error = open(&zip, &options(GeometryKind::Line)).err().unwrap().to_string();
    assert!(error.contains("out of order") && error.contains("unpack"), "{error}");
}

#[test]
fn tables_and_views_of_a_geopackage() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gpkg = convert("GPKG", &points(folder.path(), "lamps", 4), folder.path().join("two words?.gpkg"), &AS_POINTS);
    assert_eq!(whole(&gpkg, GeometryKind::Polygon).len(), 4, "the only table, whatever the layer");
    let connection = rusqlite::Connection::open(&gpkg).unwrap();
    connection
        .execute_batch(
            "CREATE VIEW few AS SELECT * FROM lamps WHERE n < 3;
            INSERT INTO gpkg_contents (table_name, identifier, data_type, srs_id) VALUES ('few', 'few', 'features', 4326);
            INSERT INTO gpkg_geometry_columns SELECT 'few', column_name, geometry_type_name, srs_id, z, m
                FROM gpkg_geometry_columns WHERE table_name = 'lamps';",
        )
        .unwrap();
    drop(connection);
    let error = open(&gpkg, &options(GeometryKind::Point)).err().unwrap().to_string();
    assert!(error.contains("few, lamps: choose one with --table"), "{error}");
    let view = ReadOptions { table: Some("few".into()), ..options(GeometryKind::Point) };
    let (records, refusals) = read(&gpkg, &view);
    assert_eq!((records.len(), refusals), (2, vec![]));
    assert_eq!(text(&records[1], "name"), "point 2");
}

/// What another program has written and not yet folded in is seen; and reading leaves nothing behind.
#[test]
fn a_geopackage_in_wal_mode() {
    if !has_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gpkg = convert(
        "GPKG",
        &points(folder.path(), "lamps", 4),
        folder.path().join("wal.gpkg"),
        &[&AS_POINTS[..], &["-lco", "SPATIAL_INDEX=NO"]].concat(),
    );
    let writer = rusqlite::Connection::open(&gpkg).unwrap();
    writer.pragma_update(None, "journal_mode", "wal").unwrap();
    writer.execute("UPDATE lamps SET name = 'new' WHERE fid = 1", []).unwrap();
    let records = whole(&gpkg, GeometryKind::Point);
    assert_eq!(text(&records[0], "name"), "new");
    drop(writer);
    let names = || {
        let mut names: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    assert_eq!(text(&whole(&gpkg, GeometryKind::Point)[0], "name"), "new");
    assert_eq!(names(), before);
}

#[test]
fn what_is_not_read_is_called_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = folder.path().join("plain.sqlite");
    rusqlite::Connection::open(&sqlite).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let zip = folder.path().join("book.zip");
    zipped(&[("xl/workbook.xml".into(), vec![])], &zip);
    let table = [
        (write(folder.path(), "empty.geojson", ""), "is empty"),
        (write(folder.path(), "map.geojson", "%PDF-1.7"), "is a PDF"),
        (write(folder.path(), "map.kml", "<?xml version=\"1.0\"?><kml>"), "is KML"),
        (sqlite, "an SQLite database without gpkg_contents"),
        (zip, "an Excel workbook"),
        (write(folder.path(), "list.json", "[1,2]"), "is a JSON array"),
        (folder.path().to_path_buf(), "is a folder without a shapefile"),
    ];
    for (path, reason) in table {
        let error = open(&path, &options(GeometryKind::Point)).err().unwrap();
        let message = error.to_string();
        assert!(matches!(error, ReadError::UnknownFormat { .. }), "{message}");
        assert!(message.contains(reason) && message.contains("FlatGeobuf"), "{message}");
    }
    let error = open(&folder.path().join("nowhere.csv"), &options(GeometryKind::Point)).err().unwrap();
    assert!(matches!(error, ReadError::Io { .. }) && error.to_string().contains("nowhere.csv"), "{error}");
    let error = open(&write(folder.path(), "a.csv", "code,name\n1,2\n"), &options(GeometryKind::Point)).err().unwrap();
    assert!(error.to_string().contains("header (code, name) has no columns of places"), "{error}");
    let json = write(folder.path(), "a.json", r#"{"type":"FeatureCollection","features":[]}"#);
    let legacy = ReadOptions { encoding: Encoding::Tcvn3, ..options(GeometryKind::Point) };
    assert!(open(&json, &legacy).err().unwrap().to_string().contains("UTF-8 by its standard"));
    assert_eq!(source(&json, &options(GeometryKind::Point)).format, Format::GeoJson);
}
