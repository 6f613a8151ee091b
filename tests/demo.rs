//! The demo province: the same everywhere, without gaps or overlaps, and every feature fit for its layer.

#[path = "support/present.rs"]
mod present;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use citylayers::catalog::Catalog;
use citylayers::demo::{incidents, province, synthetic};
use citylayers::geo::geometry::rings;
use citylayers::geo::ring::{contact, doubled_area};
use citylayers::geo::{BBox, Geometry};
use citylayers::model::{Layer, LayerId, Rows, ValueRef};
use geo::Contains;
use unicode_normalization::is_nfc;

const SEED: u64 = 2025;

fn layers() -> Vec<Arc<Layer>> {
    Catalog::shipped().expect("the shipped layers are sound").layers().to_vec()
}

fn layer(id: &str) -> Arc<Layer> {
    let catalog = Catalog::shipped().expect("the shipped layers are sound");
    Arc::clone(catalog.layer(&LayerId::new(id).expect("an id")).expect("a shipped layer"))
}

/// One layer of the province.
fn rows(seed: u64, id: &str) -> Rows {
    province(seed, &[layer(id)], 1.0).next().expect("the demo knows the layer")
}

fn text<'r>(rows: &'r Rows, row: usize, field: &str) -> Option<&'r str> {
    let column = &rows.columns()[rows.layer().field_index(field).expect("a field")];
    match column.get(row) {
        Some(ValueRef::Text(text)) => Some(text),
        _ => None,
    }
}

type Ring = Vec<[f64; 2]>;

/// The polygons of a row as rings without their closing places, checked to be closed.
fn polygons(rows: &Rows, row: usize) -> Vec<Vec<Ring>> {
    let Geometry::Polygons(polygons) = rows.arena().geometry(row) else { panic!("{} holds polygons", rows.layer().id) };
    let open = |ring: &geo_types::LineString<f64>| {
        assert!(ring.is_closed() && ring.0.len() >= 4, "{}: a ring of {} places", rows.id(row), ring.0.len());
        ring.0.iter().skip(1).map(|at| [at.x, at.y]).collect()
    };
    polygons.0.iter().map(|polygon| rings(polygon).map(open).collect()).collect()
}

/// FNV-1a over the bits of every coordinate, in order.
fn fingerprint(rows: &Rows) -> u64 {
    let bytes = rows.arena().lon_lat().iter().flatten().flat_map(|number| number.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Rows and coordinates of every layer, pinned: a change here changes what everybody sees.
const PINNED: [(&str, usize, u64); 20] = [
    ("air_stations", 14, 0x8bf3_8705_8c1d_ef3a),
    ("buildings", 15_000, 0xcd4d_99c6_f5e6_7799),
    ("bus_routes", 10, 0x85ae_488b_5de0_b0c7),
    ("bus_stops", 169, 0xb07e_2020_d5cd_cb78),
    ("buses", 40, 0x8c38_9bb1_b7a1_9099),
    ("cameras", 150, 0x05d9_02b4_ab06_ca3c),
    ("districts", 48, 0x4b23_084a_c893_7f0c),
    ("hazard_zones", 727, 0x0714_d141_71c5_4ba0),
    ("hydropower", 30, 0x1976_2820_d2bd_631a),
    ("land_use", 4_657, 0xf34b_059b_8506_d807),
    ("land_use_plan", 4_820, 0xe973_42af_8e1d_ba13),
    ("parcels", 20_000, 0xd4f6_8aed_8527_9be6),
    ("parking", 60, 0x3b19_e404_0166_ceea),
    ("protected_areas", 10, 0x871e_b9ea_2ab4_4b0e),
    ("provinces", 2, 0xfc83_d4e9_314b_f35f),
    ("roads", 4_030, 0xa60f_cd8c_d597_8481),
    ("street_lights", 40_000, 0x8e7a_1010_7058_32da),
    ("tourism_sites", 118, 0x6aa4_b18f_69cd_09f4),
    ("vessels", 80, 0x2b84_203b_bebe_c3d3),
    ("wards", 296, 0x8fe4_0f1c_947f_13d6),
];

#[test]
fn the_same_seed_gives_the_same_coordinates() {
    let layers = layers();
    let seen = |rows: Rows| (rows.layer().id.to_string(), rows.len(), fingerprint(&rows));
    let first: Vec<_> = province(SEED, &layers, 1.0).map(seen).collect();
    let second: Vec<_> = province(SEED, &layers, 1.0).map(seen).collect();
    assert_eq!(first, second);
    let pinned = PINNED.map(|(id, count, hash)| (id.to_owned(), count, hash));
    assert_eq!(first, pinned, "{first:#x?}");
    assert_ne!(fingerprint(&rows(SEED + 1, "wards")), fingerprint(&rows(SEED, "wards")), "the seed counts");
}

#[test]
fn every_feature_fits_its_layer() {
    for rows in province(SEED, &layers(), 1.0) {
        let layer = rows.layer();
        let ids: BTreeSet<&str> = (0..rows.len()).map(|row| rows.id(row)).collect();
        assert_eq!(ids.len(), rows.len(), "{}: an id repeats", layer.id);
        let extent = layer.extent.unwrap_or(BBox::WORLD);
        for &at in rows.arena().lon_lat() {
            assert!(extent.contains(at), "{}: {at:?} lies outside the layer's extent", layer.id);
        }
        for row in 0..rows.len() {
            check_values(&rows, row);
            check_shape(&rows, row);
        }
    }
}

fn check_values(rows: &Rows, row: usize) {
    let layer = rows.layer();
    for (field, value) in layer.fields.iter().zip(rows.values(row)) {
        let place = || format!("{} {} {}: {value:?}", layer.id, rows.id(row), field.name);
        assert!(value.is_some() || !field.required, "{}", place());
        match value {
            Some(ValueRef::Text(text)) => {
                assert!(is_nfc(text) && text.trim() == text && !text.is_empty(), "{}", place());
                assert!(field.codes.is_empty() || field.codes.iter().any(|code| code.code == text), "{}", place());
            }
            Some(ValueRef::Real(number)) => assert!(number.is_finite(), "{}", place()),
            _ => {}
        }
    }
}

fn check_shape(rows: &Rows, row: usize) {
    match rows.arena().geometry(row) {
        Geometry::Point(_) => {}
        Geometry::Lines(lines) => {
            for line in &lines.0 {
                assert!(line.0.len() >= 2, "{} {}", rows.layer().id, rows.id(row));
                assert!(line.0.windows(2).all(|pair| pair[0] != pair[1]), "{} {}", rows.layer().id, rows.id(row));
            }
        }
        Geometry::Polygons(_) => polygons(rows, row).iter().for_each(|polygon| {
            assert_eq!(contact(polygon), None, "{} {} touches itself", rows.layer().id, rows.id(row));
            assert!(doubled_area(&polygon[0]) > 0.0, "{} {} runs clockwise", rows.layer().id, rows.id(row));
            assert!(polygon[1..].iter().all(|hole| doubled_area(hole) < 0.0), "{} {}", rows.layer().id, rows.id(row));
        }),
    }
}

type Place = [u64; 2];

/// The directed edges of rings as pairs of coordinate bits, each with the number of its row. No edge may occur twice.
fn edges(rows: &Rows) -> HashMap<[Place; 2], usize> {
    let mut edges = HashMap::new();
    for row in 0..rows.len() {
        for ring in polygons(rows, row).into_iter().flatten() {
            let bits: Vec<Place> = ring.iter().map(|at| at.map(f64::to_bits)).collect();
            for (number, &from) in bits.iter().enumerate() {
                let other = edges.insert([from, bits[(number + 1) % bits.len()]], row);
                assert_eq!(other, None, "{} and another overlap at {:?}", rows.id(row), ring[number]);
            }
        }
    }
    edges
}

fn doubled(rows: &Rows) -> f64 {
    let all = (0..rows.len()).flat_map(|row| polygons(rows, row)).flatten();
    all.map(|ring| doubled_area(&ring)).sum()
}

/// Simple rings whose edges meet in opposite pairs leave no gap and no overlap: what has no partner is the outline.
#[test]
fn wards_districts_and_provinces_are_cuts_of_one_ground() {
    for seed in [SEED, 7, 8] {
        let wards = rows(seed, "wards");
        let ward_edges = edges(&wards);
        let single = |edges: &HashMap<[Place; 2], usize>| -> BTreeSet<[Place; 2]> {
            edges.keys().copied().filter(|&[from, to]| !edges.contains_key(&[to, from])).collect()
        };
        let outline = single(&ward_edges);
        for id in ["provinces", "districts"] {
            let unions = rows(seed, id);
            let union_edges = edges(&unions);
            assert_eq!(single(&union_edges), outline, "seed {seed}: {id} and wards have one outline");
            assert!(
                union_edges.keys().all(|edge| ward_edges.contains_key(edge)),
                "seed {seed}: {id} have edges of wards"
            );
            let ratio = doubled(&wards) / doubled(&unions);
            assert!((ratio - 1.0).abs() < 1e-9, "seed {seed}: wards have {ratio} of the area of {id}");
        }
        let between = ward_edges.keys().filter(|[from, to]| ward_edges.contains_key(&[*to, *from])).count();
        assert!(between > 50_000, "seed {seed}: {between} inner edges");
    }
}

#[test]
fn land_use_and_protected_areas_overlap_nowhere() {
    for seed in [SEED, 7, 8] {
        let land_use = rows(seed, "land_use");
        let edges = edges(&land_use);
        let shared = edges.keys().filter(|[from, to]| edges.contains_key(&[*to, *from])).count();
        assert!(shared * 10 > edges.len() * 8, "seed {seed}: {shared} of {} edges are shared", edges.len());
        for rows in [land_use, rows(seed, "protected_areas")] {
            (0..rows.len()).for_each(|row| check_shape(&rows, row));
        }
    }
}

#[test]
fn the_plan_plans_the_same_land_before_and_after_its_amendment() {
    let areas = |rows: &Rows, day: Option<&str>| {
        let interval = day.map(|day| day.parse().expect("a day"));
        let layer = rows.layer();
        let field = |name: &str| layer.field_index(name).expect(name);
        let (code, area) = (field("land_code"), field("area_m2"));
        let mut areas: BTreeMap<String, f64> = BTreeMap::new();
        for row in 0..rows.len() {
            if interval.is_none_or(|interval| layer.validity.expect("versions").in_force(rows, row, &interval)) {
                let [Some(ValueRef::Text(code)), Some(ValueRef::Real(area))] =
                    [code, area].map(|field| rows.columns()[field].get(row))
                else {
                    panic!("{}: code and area", rows.id(row))
                };
                *areas.entry(code.to_owned()).or_default() += area;
            }
        }
        areas
    };
    let plan = rows(SEED, "land_use_plan");
    let [present, before, after] =
        [areas(&rows(SEED, "land_use"), None), areas(&plan, Some("2025-12-31")), areas(&plan, Some("2026-01-01"))];
    let [all, first, second] = [&present, &before, &after].map(|areas| areas.values().sum::<f64>());
    assert!((all - first).abs() < 1.0 && (all - second).abs() < 1.0, "{all} {first} {second} m²");
    let town = |areas: &BTreeMap<String, f64>| areas["ODT"];
    assert!(town(&before) > town(&present), "towns grow");
    assert!((town(&before) - town(&after)).abs() > 1.0, "{} and {} m² of ODT", town(&before), town(&after));
}

#[test]
fn every_centre_lies_in_its_own_ward() {
    let wards = rows(SEED, "wards");
    let mut facts = csv::Reader::from_reader(include_str!("../data/demo/wards.csv").as_bytes());
    for fact in facts.records() {
        let fact = fact.expect("a row of facts");
        let number = |column: usize| fact[column].parse::<f64>().expect("a number");
        let centre = geo_types::Point::new(number(5), number(6));
        for row in 0..wards.len() {
            let inside = wards.arena().geometry(row).to_geo().contains(&centre);
            assert_eq!(inside, wards.id(row) == &fact[0], "{} and the ward {}", &fact[1], wards.id(row));
        }
    }
}

#[test]
fn wards_look_drawn_by_nature() {
    let wards = rows(SEED, "wards");
    for row in 0..wards.len() {
        let places = wards.arena().row_vertices(row).len();
        assert!((100..=600).contains(&places), "{} has {places} places", wards.id(row));
    }
}

#[test]
fn units_are_the_official_ones() {
    let Some(folder) = present::shared("") else { return };
    let wards = rows(SEED, "wards");
    let mut official = BTreeMap::new();
    let mut file = csv::Reader::from_path(folder.join("admin-2025/units_2025.csv")).expect("the list of units");
    for unit in file.records() {
        let unit = unit.expect("a unit");
        if ["38", "40"].contains(&&unit[6]) {
            official.insert(unit[0].to_owned(), [1, 2, 3, 5, 6].map(|column| unit[column].to_owned()));
        }
    }
    let fields = ["name", "full_name", "full_name_en", "unit_type", "province_code"];
    let ours = (0..wards.len()).map(|row| {
        let values = fields.map(|field| text(&wards, row, field).unwrap_or_default().to_owned());
        (wards.id(row).to_owned(), values)
    });
    assert_eq!(ours.collect::<BTreeMap<_, _>>(), official);
}

#[test]
fn unknown_layers_and_fields_are_left_out() {
    let mut lean = Layer::clone(&layer("parking"));
    lean.fields.retain(|field| field.name != "capacity");
    let mut foreign = lean.clone();
    foreign.id = LayerId::new("something_else").expect("an id");
    let found: Vec<Rows> = province(SEED, &[Arc::new(foreign), Arc::new(lean)], 0.5).collect();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].len(), found[0].layer().field_index("capacity")), (30, None));
    assert!(text(&found[0], 0, "name").is_some_and(|name| name.starts_with("Bãi đỗ xe")));
}

#[test]
fn synthetic_lamps_are_as_many_as_wanted_and_the_first_stay() {
    let lights = layer("street_lights");
    let [few, many] = [1_000, 20_000].map(|count| synthetic::points(SEED, count, &lights));
    assert_eq!((few.len(), many.len()), (1_000, 20_000));
    assert_eq!(few.arena().lon_lat(), &many.arena().lon_lat()[..1_000]);
    for row in 0..many.len() {
        check_values(&many, row);
        assert_eq!(many.values(row).flatten().count(), 6);
    }
    let box_of_towns = BBox { west: 103.7, south: 18.2, east: 106.5, north: 20.9 };
    assert!(many.arena().lon_lat().iter().all(|&at| box_of_towns.contains(at)));
}

/// Reports lie in the wards that they name, came before they are told, and are closed or overdue as their own times say.
#[test]
fn reports_are_told_from_a_moment_back() {
    let now: DateTime<Utc> = "2026-11-22T03:00:00Z".parse().expect("a moment");
    let told = |seed: u64, now| incidents(seed, &layers(), now).expect("there is a layer of incidents");
    let (found, again, other) = (told(SEED, now), told(SEED, now), told(SEED + 1, now));
    assert_eq!((found.len(), fingerprint(&found)), (480, fingerprint(&again)));
    assert_ne!(fingerprint(&found), fingerprint(&other), "the seed counts");
    let later = told(SEED, now + TimeDelta::hours(41));
    let places = |rows: &Rows| rows.arena().lon_lat().iter().map(|at| at.map(f64::to_bits)).collect::<BTreeSet<_>>();
    assert_eq!(places(&found), places(&later), "where they are is the seed's alone");
    let wards = rows(SEED, "wards");
    let polygons: HashMap<&str, Geometry> =
        (0..wards.len()).map(|row| (wards.id(row), wards.arena().geometry(row))).collect();
    let (mut open, mut overdue) = (0, 0);
    for row in 0..found.len() {
        check_values(&found, row);
        let what = found.id(row);
        let moment = |field: &str| match found.columns()[found.layer().field_index(field).expect("a field")].get(row) {
            Some(ValueRef::DateTime(moment)) => moment,
            other => panic!("{what}: {field} is {other:?}"),
        };
        let [requested, expected, updated] =
            ["requested_datetime", "expected_datetime", "updated_datetime"].map(moment);
        assert!(requested < now && requested > now - TimeDelta::days(21) && requested < expected, "{what}");
        assert!(requested <= updated && updated <= now, "{what}: {updated}");
        let is_open = text(&found, row, "status") == Some("open");
        assert_eq!(is_open, text(&found, row, "status_notes").is_none(), "{what}");
        (open, overdue) = (open + usize::from(is_open), overdue + usize::from(is_open && expected < now));
        let ward = text(&found, row, "ward_code").expect("a ward");
        let Geometry::Polygons(ward) = &polygons[ward] else { panic!("{ward} is a polygon") };
        let [x, y] = found.arena().lon_lat()[row];
        assert!(ward.contains(&geo_types::Point::new(x, y)), "{what} is not in its ward");
    }
    assert!((20..200).contains(&open) && (3..open).contains(&overdue), "{open} open, {overdue} of them overdue");
    let without: Vec<Arc<Layer>> = layers().into_iter().filter(|layer| layer.id.as_str() != "incidents").collect();
    assert!(incidents(SEED, &without, now).is_none());
}

/// Each shipped indicator is told of every ward but for a few, for a year and the same period of the year before, within its range; the same
/// of a period whenever it is told.
#[test]
fn indicators_are_told_of_every_ward() {
    let catalog = Catalog::shipped().expect("the shipped files are sound");
    let wards = rows(SEED, "wards");
    let told = |day: &str| citylayers::demo::indications(SEED, catalog.indicators(), day.parse().expect("a day"));
    let now = told("2026-11-22");
    assert_eq!(now.len(), catalog.indicators().len());
    for (indicator, told) in catalog.indicators().iter().zip(&now) {
        let periods: BTreeSet<_> = told.list().iter().map(|one| one.period).collect();
        let last = periods.last().expect("periods");
        assert!(periods.contains(&last.year_before().expect("a year before")), "{}: {periods:?}", indicator.id);
        assert!(last.last_day() < "2026-11-22".parse().expect("a day"), "{}: {last} is over", indicator.id);
        assert!(told.list().len() * 10 > periods.len() * wards.len() * 9, "{}: few are left out", indicator.id);
        let codes: BTreeSet<&str> = (0..wards.len()).map(|row| wards.id(row)).collect();
        let [lowest, highest] = indicator.range.expect("a range");
        for one in told.list() {
            assert_eq!((&one.indicator, one.period.every()), (&indicator.id, indicator.every));
            assert!(codes.contains(one.unit.as_str()) && (lowest..=highest).contains(&one.value), "{one:?}");
        }
    }
    let later = told("2026-12-05");
    let (now, later) = (now[0].list(), later[0].list());
    assert!(now.iter().filter(|one| later.contains(one)).count() * 13 >= now.len() * 12, "a period is told as it was");
}
