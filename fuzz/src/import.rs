//! Bytes to a file, through its reader and the door: rows that keep every promise of their types, or an error that says why.

use std::collections::HashSet;
use std::sync::Arc;

use citylayers::crs::Crs;
use citylayers::geo::mercator::world_point;
use citylayers::geo::{BBox, Geometry, TileCoord};
use citylayers::index::LayerIndex;
use citylayers::ingest::{Encoding, Existing, ImportOptions, Mode, ReadOptions, Report, import as take_in, open};
use citylayers::model::layer::Code;
use citylayers::model::{Audience, Layer, Rows, Title, Value};
use citylayers::tile::packing::Encoding as Packing;
use geo::Validation;

use crate::files;
use crate::input::Input;
use crate::judge::judged;
use crate::support::layers::every_kind;

const SYSTEMS: [&str; 8] =
    ["EPSG:4326", "EPSG:3857", "EPSG:9208", "EPSG:3405", "EPSG:4756", "EPSG:32648", "EPSG:32748", "EPSG:5896"];
const ENCODINGS: [Encoding; 5] =
    [Encoding::Auto, Encoding::Utf8, Encoding::Tcvn3, Encoding::Vni, Encoding::Windows1258];

/// # Panics
/// Where something is wrong.
pub fn import(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let layer = layer(&mut input);
    let encoding = ENCODINGS.get(usize::from(input.u8() % 16)).copied().unwrap_or_default();
    let table = (input.u8() % 16 == 15).then(|| "things".to_owned());
    let system = input.u8();
    let options = ImportOptions {
        crs: SYSTEMS.get(usize::from(system)).map(|name| Crs::parse(name).expect("a system that is known")),
        mode: [Mode::Replace, Mode::Append, Mode::Upsert][usize::from(system >> 3) % 3],
        refuse_share: 1.0,
        ..ImportOptions::new("file")
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = files::write(&mut input, folder.path());
    let source = match open(&path, &ReadOptions { encoding, table, kind: layer.geometry }) {
        Ok(source) => source,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let existing = Existing { find: &|id| (id == "7").then_some(BBox::WORLD), largest: 7 };
    match take_in(source, &layer, &options, &existing, &|_| ()) {
        Ok((rows, report)) => assert_sound(&rows, &report),
        Err(error) => {
            let refused = error.report().map_or(0, |report| report.refusals.len());
            assert!(!error.to_string().is_empty(), "{refused} refused");
        }
    }
}

fn layer(input: &mut Input<'_>) -> Arc<Layer> {
    let mut layer = (*every_kind()[input.below(3)]).clone();
    let choice = input.u8();
    layer.numbered = choice & 1 == 0;
    layer.fields[0].required = choice & 2 > 0;
    layer.extent = (choice & 4 > 0).then_some(BBox { west: 100.0, south: 5.0, east: 112.0, north: 24.0 });
    let title = |text: &str| Title { vi: text.to_owned(), en: text.to_owned() };
    let code = |code: &str| Code { code: code.to_owned(), title: title(code), color: None, aliases: Vec::new() };
    layer.fields[1].codes = vec![code("ONT"), code("LUC")];
    Arc::new(layer)
}

fn assert_sound(rows: &Rows, report: &Report) {
    assert_eq!(report.accepted, rows.len() as u64);
    assert_eq!(report.read, report.accepted + report.refusals.len() as u64);
    let mut ids = HashSet::new();
    for row in 0..rows.len() {
        assert!(!rows.id(row).is_empty() && ids.insert(rows.id(row)), "id `{}`", rows.id(row));
        let feature = rows.feature(row);
        let fault = faults(&feature.geometry);
        assert!(fault.is_none(), "{}: {fault:?}: {:?}", rows.id(row), feature.geometry);
        let finite = |value: &Value| !matches!(value, Value::Real(number) if !number.is_finite());
        assert!(feature.properties.iter().flatten().all(finite), "{:?}", feature.properties);
    }
    if rows.is_empty() {
        return;
    }
    let index = LayerIndex::new(rows);
    let place = rows.feature(0).geometry.coords().next().expect("no geometry is empty");
    let coord = TileCoord::holding(10, world_point(place));
    judged(index.layer(), &index.tile(coord), coord, Audience::Operator, Packing::Identity);
}

/// What the type of a geometry promises.
fn faults(geometry: &Geometry) -> Option<String> {
    if let Some(place) = geometry.coords().find(|&place| !BBox::WORLD.contains(place)) {
        return Some(format!("{place:?} is beyond the world"));
    }
    match geometry {
        Geometry::Point(_) => None,
        Geometry::Lines(lines) => lines.0.iter().any(|line| line.0.len() < 2).then(|| "a short line".to_owned()),
        Geometry::Polygons(polygons) => polygons.check_validation().err().map(|error| error.to_string()),
    }
}
