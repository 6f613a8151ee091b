//! The file of the embedded store: who may open it, what is left as it is, what lies there afterwards.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use citylayers::store::gpkg::GeoPackage;
use citylayers::store::{Store, StoreError};
use rusqlite::Connection;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn refused(path: &Path) -> StoreError {
    GeoPackage::open(path).err().unwrap_or_else(|| panic!("{} must not open", path.display()))
}

#[tokio::test]
async fn a_new_file_is_a_whole_geopackage_and_lies_alone_when_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("var/deep/city.gpkg");
    let store = GeoPackage::open(&path).unwrap();
    store.prepare(&support::layers::every_kind()).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(names(path.parent().unwrap()), ["city.gpkg"]);

    let header = fs::read(&path).unwrap();
    assert_eq!(&header[68..72], b"GPKG", "application id");
    assert_eq!(header[60..64], 10_300_u32.to_be_bytes(), "user version");
    assert_eq!(header[18..20], [1, 1], "no journal is expected beside it");
    let file = Connection::open(&path).unwrap();
    let check = |sql: &str| file.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(check("PRAGMA integrity_check"), "ok");
    assert_eq!(
        check("SELECT group_concat(srs_id) FROM (SELECT srs_id FROM gpkg_spatial_ref_sys ORDER BY 1)"),
        "-1,0,4326"
    );
    let faults = file.prepare("PRAGMA foreign_key_check").unwrap().query_map([], |_| Ok(())).unwrap().count();
    assert_eq!(faults, 0);
}

#[test]
fn what_is_no_geopackage_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "dear diary".repeat(1000)).unwrap();
    let database = folder.path().join("other.sqlite");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)").unwrap();
    for path in [text, database] {
        let before = fs::read(&path).unwrap();
        let error = refused(&path).to_string();
        assert!(error.contains("not a GeoPackage") && error.contains(path.to_str().unwrap()), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    assert!(matches!(refused(folder.path()), StoreError::Open { .. }), "a folder");
    assert_eq!(names(folder.path()), ["notes.txt", "other.sqlite"]);
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    GeoPackage::open(&path).unwrap().close().await.unwrap();
    let sql = "INSERT INTO citylayers_migrations VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')";
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let error = refused(&path).to_string();
    assert!(error.contains("newer citylayers") && error.contains("99"), "{error}");
}

#[tokio::test]
async fn migrations_are_applied_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let history = |path: &Path| -> Vec<(i64, String)> {
        let file = Connection::open(path).unwrap();
        let mut statement =
            file.prepare("SELECT version, applied_on FROM citylayers_migrations ORDER BY version").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    GeoPackage::open(&path).unwrap().close().await.unwrap();
    let first = history(&path);
    assert_eq!(first.first().map(|(version, _)| *version), Some(1));
    GeoPackage::open(&path).unwrap().close().await.unwrap();
    assert_eq!(history(&path), first);
}

#[test]
fn two_opens_in_one_process_are_refused_whatever_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let link = folder.path().join("link.gpkg");
    let store = GeoPackage::open(&path).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for path in [&path, &link, &folder.path().join(".").join("city.gpkg")] {
        let error = refused(path);
        assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    }
    drop(store);
    drop(GeoPackage::open(&link).unwrap());
    assert_eq!(names(folder.path()), ["city.gpkg", "link.gpkg"]);
}

#[tokio::test]
async fn a_reader_does_not_keep_the_store_from_closing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = GeoPackage::open(&path).unwrap();
    store.prepare(&support::layers::every_kind()).await.unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM wards").unwrap();
    let revision = store.commit(&[]).await.unwrap();
    store.close().await.unwrap();
    drop(reader);
    assert_eq!(names(folder.path()), ["city.gpkg"], "the last one tidies up");
    let again = GeoPackage::open(&path).unwrap();
    assert!(again.commit(&[]).await.unwrap() > revision);
}

/// Run in a process of its own by the test below.
#[test]
#[ignore = "opens the file that CITYLAYERS_TEST_CHILD names, and waits to be killed"]
fn child_holds_the_file() {
    let path = std::env::var("CITYLAYERS_TEST_CHILD").unwrap();
    let _store = GeoPackage::open(Path::new(&path)).unwrap();
    eprintln!("open");
    loop {
        std::thread::park();
    }
}

#[test]
fn a_second_process_is_refused_by_the_pid_of_the_first_until_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_holds_the_file", "--ignored", "--nocapture"])
        .env("CITYLAYERS_TEST_CHILD", &path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.any(|line| line.unwrap() == "open"), "the child opens the file");

    let error = refused(&path);
    assert!(matches!(&error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&format!("pid {}", child.id())), "{error} names {}", child.id());

    child.kill().unwrap();
    child.wait().unwrap();
    assert!(names(folder.path()).contains(&"city.gpkg.lock".to_owned()), "a stale lock file");
    drop(GeoPackage::open(&path).unwrap());
    assert_eq!(names(folder.path()), ["city.gpkg"]);
}
