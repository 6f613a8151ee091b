//! A large file does not need large memory. Measured in a process of its own, by what the kernel says was its peak.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use citylayers::geo::GeometryKind;
use citylayers::ingest::Reason;

use super::{options, source};

const FILE: &str = "CITYLAYERS_TEST_FILE";

/// Runs `child` below on a file, in this same program; gives back its line.
fn measured(path: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::child", "--nocapture", "--ignored"])
        .env(FILE, path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("measured ").map(|(_, rest)| rest.to_string()));
    line.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
#[ignore = "a part of the tests beside it, which run it on a file"]
fn child() {
    let path = std::env::var(FILE).unwrap();
    let (mut records, mut refusals) = (0, 0);
    for item in source(Path::new(&path), &options(GeometryKind::Point)).records {
        match item {
            Ok(_) => records += 1,
            Err(refusal) => {
                assert_eq!(refusal.fault.reason, Reason::Unreadable);
                refusals += 1;
            }
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024;
    println!("measured {records} {refusals} {peak}");
}

fn numbers(line: &str) -> [u64; 3] {
    let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// One line of more than 200 MB, with its type behind the features.
#[test]
fn a_large_collection_is_streamed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.geojson");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    let note = "x".repeat(400);
    write!(file, r#"{{"features":["#).unwrap();
    let count = 400_000_u64;
    for n in 0..count {
        let comma = if n == 0 { "" } else { "," };
        write!(
            file,
            r#"{comma}{{"type":"Feature","id":{n},"properties":{{"name":"lamp {n}","note":"{note}"}},"geometry":{{"type":"Point","coordinates":[105.{n},18.5]}}}}"#
        )
        .unwrap();
    }
    write!(file, r#"],"type":"FeatureCollection"}}"#).unwrap();
    file.into_inner().unwrap();
    let size = path.metadata().unwrap().len() >> 20;
    assert!(size > 200, "{size} MiB");
    let [records, refusals, peak] = numbers(&measured(&path));
    assert_eq!((records, refusals), (count, 0));
    assert!(peak < 40, "{size} MiB were read with {peak} MiB");
}

/// A feature that unpacks beyond all measure is passed over, and the next one is read.
#[test]
fn a_bomb_is_refused_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.geojson.gz");
    let mut file = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
    let good = r#"{"type":"Feature","properties":null,"geometry":null}"#;
    write!(
        file,
        r#"{{"type":"FeatureCollection","features":[{good},{{"type":"Feature","geometry":null,"properties":{{"a":""#
    )
    .unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..280 {
        file.write_all(&piece).unwrap();
    }
    write!(file, r#""}}}},{good}]}}"#).unwrap();
    file.finish().unwrap();
    let [records, refusals, peak] = numbers(&measured(&path));
    assert_eq!((records, refusals), (2, 1));
    assert!(peak < 450, "{peak} MiB");
}
