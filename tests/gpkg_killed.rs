//! `kill -9` in the middle of anything: nothing that was acknowledged is lost, nothing is kept by halves.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use citylayers::geo::GeometryKind;
use citylayers::model::{Change, Feature, FieldType, Layer, Rows};
use citylayers::store::Store;
use citylayers::store::gpkg::GeoPackage;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use support::features::{assert_same, feature, id, replace};
use support::layers::{EVERY_TYPE, layer};

const ROUNDS: u64 = 25;

fn layers() -> [Arc<Layer>; 2] {
    let points = layer("points", GeometryKind::Point, FieldType::Text, &EVERY_TYPE);
    // One feature whose only value is the number of commits.
    let count = layer("count", GeometryKind::Point, FieldType::Text, &[("commits", FieldType::Integer)]);
    [points, count]
}

/// What commit `number` does: always puts and a removal, now and then a replacement that takes a while.
fn changes(number: u64) -> Vec<Change> {
    let [points, count] = layers();
    let mut rng = ChaCha8Rng::seed_from_u64(number);
    let mut changes = Vec::new();
    if number % 5 == 3 {
        let all: Vec<Feature> = (0..1500).map(|number| feature(&mut rng, &points, number)).collect();
        changes.push(replace(&points, &all));
    }
    for _ in 0..20 {
        let number = rng.random_range(0..3000);
        changes.push(Change::Put(feature(&mut rng, &points, number)));
    }
    changes.push(Change::Remove { layer: points.id.clone(), id: id(&points, rng.random_range(0..1500)) });
    let mut counted = feature(&mut rng, &count, 0);
    counted.properties = vec![Some(citylayers::model::Value::Integer(i64::try_from(number).unwrap()))];
    changes.push(Change::Put(counted));
    changes
}

/// Does to a list what the store promises to do to a layer.
fn apply(features: &mut Vec<Feature>, changes: &[Change]) {
    let [points, _] = layers();
    for change in changes.iter().filter(|change| *change.layer() == points.id) {
        match change {
            Change::Put(put) => match features.iter_mut().find(|feature| feature.id == put.id) {
                Some(feature) => *feature = put.clone(),
                None => features.push(put.clone()),
            },
            Change::Remove { id, .. } => features.retain(|feature| feature.id != *id),
            Change::Replace(rows) => *features = (0..rows.len()).map(|row| rows.feature(row)).collect(),
            Change::Move(_) | Change::Observe(_) | Change::Document(_) | Change::Timetable(_) | Change::Indicate(_) => {
            } // nobody makes them here
        }
    }
}

async fn open(path: &Path) -> GeoPackage {
    let store = GeoPackage::open(path).unwrap();
    store.prepare(&layers()).await.unwrap();
    store
}

async fn rows(store: &GeoPackage, layer: &Arc<Layer>) -> Rows {
    store.load(layer, &|_| {}).await.unwrap().0
}

/// How many commits the store holds.
async fn commits(store: &GeoPackage) -> u64 {
    let [_, count] = layers();
    let rows = rows(store, &count).await;
    if rows.is_empty() {
        return 0;
    }
    let Some(Some(citylayers::model::Value::Integer(number))) = rows.feature(0).properties.pop() else {
        panic!("a count in {:?}", rows.feature(0))
    };
    u64::try_from(number).unwrap()
}

/// Run in a process of its own by the test below: commits for ever and says so each time; opens anew now and then.
#[tokio::test]
#[ignore = "commits to the file that CITYLAYERS_TEST_CHILD names until it is killed"]
async fn child_commits() {
    let path = std::env::var("CITYLAYERS_TEST_CHILD").unwrap();
    loop {
        let store = open(Path::new(&path)).await;
        let first = commits(&store).await + 1;
        for number in first..first + 7 {
            store.commit(&changes(number)).await.unwrap();
            writeln!(std::io::stderr(), "acknowledged {number}").unwrap();
        }
        store.close().await.unwrap();
    }
}

fn start(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_commits", "--ignored", "--nocapture"])
        .env("CITYLAYERS_TEST_CHILD", path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills the child a while after its `heard`th word; gives the last number that it acknowledged, if any.
fn kill_after(mut child: Child, heard: usize, spins: u32) -> Option<u64> {
    let mut reader = BufReader::new(child.stderr.take().unwrap());
    let number = |line: &str| line.strip_prefix("acknowledged ").map(|number| number.parse::<u64>().unwrap());
    let mut last = None;
    while last.is_none_or(|(words, _)| words < heard) && heard > 0 {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the child goes on until it is killed");
        assert!(!line.contains("panicked"), "{line} {:?}", reader.lines().collect::<Vec<_>>());
        if let Some(number) = number(line.trim_end()) {
            last = Some((last.map_or(0, |(words, _)| words) + 1, number));
        }
    }
    for _ in 0..spins {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The last word may be cut off in its middle: then it was not said.
    let (mut text, mut rest) = (String::new(), reader);
    rest.read_to_string(&mut text).unwrap();
    let said = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    said.rev().find_map(number).or(last.map(|(_, number)| number))
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_is_kept_by_halves() {
    let seed = 7;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let [points, _] = layers();
    let have_gdal = support::present::have_gdal();
    let (mut expected, mut applied) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let (heard, spins) = (rng.random_range(0..9), rng.random_range(0..1_000_000));
        let acknowledged = kill_after(start(&path), heard, spins).unwrap_or(applied);
        if path.exists() && have_gdal {
            let output = Command::new("ogrinfo").arg("-so").arg("-al").arg(&path).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "round {round}: {said}");
        }
        let store = open(&path).await;
        let found = commits(&store).await;
        let case = format!("seed {seed}, round {round}: killed {spins} spins after word {heard}");
        assert!((acknowledged..=acknowledged + 1).contains(&found), "{case}: {found} commits of {acknowledged}");
        for number in applied + 1..=found {
            apply(&mut expected, &changes(number));
        }
        applied = found;
        eprintln!("{case}: {found} commits");
        assert_same(&rows(&store, &points).await, &expected);
        store.close().await.unwrap();
    }
    assert!(applied > ROUNDS, "the children committed: {applied}");
}
