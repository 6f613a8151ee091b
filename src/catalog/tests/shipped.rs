//! The layers that the binary brings along.

use super::{Catalog, id, shipped};
use crate::geo::GeometryKind::{self, Line, Point, Polygon};
use crate::model::planning::Role;
use crate::model::rule::When;
use crate::model::style::Group;
use crate::model::{Audience, FieldType, Title};

/// What others rely on by name.
const LAYERS: [(&str, GeometryKind, &str); 22] = [
    ("air_stations", Point, "id"),
    ("alerts", Point, "id"),
    ("buildings", Polygon, "id"),
    ("bus_routes", Line, "id"),
    ("bus_stops", Point, "id"),
    ("buses", Point, "id"),
    ("cameras", Point, "id"),
    ("districts", Polygon, "code"),
    ("hazard_zones", Polygon, "id"),
    ("hydropower", Point, "id"),
    ("incidents", Point, "service_request_id"),
    ("land_use", Polygon, "id"),
    ("land_use_plan", Polygon, "id"),
    ("parcels", Polygon, "id"),
    ("parking", Point, "id"),
    ("protected_areas", Polygon, "id"),
    ("provinces", Polygon, "code"),
    ("roads", Line, "id"),
    ("street_lights", Point, "id"),
    ("tourism_sites", Point, "id"),
    ("vessels", Point, "id"),
    ("wards", Polygon, "code"),
];

#[test]
fn the_layers_are_there_in_order() {
    let catalog = shipped();
    let found: Vec<_> = catalog
        .layers()
        .iter()
        .map(|layer| (layer.id.as_str(), layer.geometry, layer.id_field.name.as_str()))
        .collect();
    assert_eq!(found, LAYERS);
}

#[test]
fn wards_have_the_fields_that_others_rely_on() {
    let catalog = shipped();
    let wards = catalog.layer(&id("wards")).unwrap();
    let table = [
        ("name", FieldType::Text),
        ("name_en", FieldType::Text),
        ("unit_type", FieldType::Code),
        ("province_code", FieldType::Text),
        ("area_km2", FieldType::Real),
        ("valid_from", FieldType::Date),
        ("valid_to", FieldType::Date),
    ];
    for (name, field_type) in table {
        let field = &wards.fields[wards.field_index(name).unwrap_or_else(|| panic!("no {name}"))];
        assert_eq!(field.field_type, field_type, "{name}");
    }
    let unit_type = &wards.fields[wards.field_index("unit_type").unwrap()];
    let codes: Vec<&str> = unit_type.codes.iter().map(|code| code.code.as_str()).collect();
    assert_eq!(codes, ["Xã", "Phường", "Đặc khu"]);
}

/// A parcel check asks layers by their role.
#[test]
fn planning_has_its_layers() {
    let catalog = shipped();
    let roles: Vec<(&str, &str)> = Role::NAMES
        .iter()
        .flat_map(|&(name, role)| {
            let has = move |layer: &&std::sync::Arc<crate::model::Layer>| {
                layer.planning.as_ref().is_some_and(|planning| planning.role == role)
            };
            catalog.layers().iter().filter(has).map(move |layer| (name, layer.id.as_str()))
        })
        .collect();
    let expected = [
        ("province", "provinces"),
        ("ward", "wards"),
        ("district", "districts"),
        ("plan", "land_use"),
        ("plan", "land_use_plan"),
        ("parcel", "parcels"),
        ("road", "roads"),
        ("protected", "protected_areas"),
        ("hazard", "hazard_zones"),
    ];
    assert_eq!(roles, expected);
}

#[test]
fn the_plan_has_the_codes_of_land_use() {
    let catalog = shipped();
    let codes = |layer: &str| {
        let layer = catalog.layer(&id(layer)).unwrap();
        layer.fields[layer.field_index("land_code").unwrap()].codes.clone()
    };
    assert!(codes("land_use").len() > 50);
    assert_eq!(codes("land_use_plan"), codes("land_use"));
}

#[test]
fn every_text_stands_in_both_languages() {
    for layer in shipped().layers() {
        let fields = || std::iter::once(&layer.id_field).chain(&layer.fields);
        let codes = || fields().flat_map(|field| &field.codes);
        let titles = [&layer.title, &layer.description, &layer.agency].into_iter();
        let titles = titles.chain(fields().map(|field| &field.title)).chain(codes().map(|code| &code.title));
        for Title { vi, en } in titles.chain(layer.observed.iter().map(|observed| &observed.title)) {
            assert!(!vi.trim().is_empty() && !en.trim().is_empty(), "{}: {vi} / {en}", layer.id);
            let vietnamese = en.chars().any(|c| "ăâđêôơưạảấầẩậắằẵặẹẻếềểệỉịọỏốồổộớờởợụủứừửựỳỹ".contains(c));
            assert!(!vietnamese, "{}: `{en}` reads like Vietnamese", layer.id);
        }
    }
}

#[test]
fn the_opening_map_is_calm() {
    let catalog = shipped();
    let visible: Vec<_> =
        catalog.layers().iter().filter(|layer| layer.style.visible).map(|layer| layer.id.as_str()).collect();
    assert_eq!(
        visible,
        ["air_stations", "hydropower", "protected_areas", "provinces", "roads", "tourism_sites", "wards"]
    );
    let mut orders: Vec<i64> = catalog.layers().iter().map(|layer| layer.style.order).collect();
    orders.sort_unstable();
    orders.dedup();
    assert_eq!(orders.len(), LAYERS.len(), "two layers share a drawing order");
}

#[test]
fn every_heading_has_a_layer() {
    let catalog = shipped();
    for group in [
        Group::Boundaries,
        Group::Planning,
        Group::Transport,
        Group::Infrastructure,
        Group::Environment,
        Group::Tourism,
        Group::Operations,
    ] {
        assert!(catalog.layers().iter().any(|layer| layer.style.group == group), "{group:?}");
    }
}

#[test]
fn a_camera_stream_is_for_the_operations_centre() {
    let catalog = shipped();
    let cameras = catalog.layer(&id("cameras")).unwrap();
    let stream = &cameras.fields[cameras.field_index("stream_url").unwrap()];
    assert_eq!(stream.audience, Audience::Operator);
}

#[test]
fn the_layers_that_may_lie_abroad_have_no_extent() {
    let abroad = ["buildings", "bus_routes", "bus_stops", "parking", "roads", "street_lights", "tourism_sites"];
    for layer in shipped().layers() {
        assert_eq!(layer.extent.is_none(), abroad.contains(&layer.id.as_str()), "{}", layer.id);
        let truong_sa = [111.92, 8.64];
        assert!(layer.extent.is_none_or(|extent| extent.contains(truong_sa)), "{}", layer.id);
    }
}

/// What the wall calls silent is what raises an alert, and the other way round.
#[test]
fn a_rule_of_silence_has_the_time_of_its_layer() {
    let catalog = shipped();
    let mut silent = Vec::new();
    for rule in catalog.rules() {
        let When::Stale { after } = &rule.when else { continue };
        let layer = catalog.layers().iter().find(|layer| layer.id.as_str() == rule.layer).unwrap();
        assert_eq!(after.delta().num_seconds(), i64::from(layer.silent_after), "{}", rule.id);
        silent.push(rule.id.as_str());
    }
    assert_eq!(silent, ["air_silent", "vessel_silent"]);
}

#[test]
fn the_example_of_the_manual_is_a_layer() {
    let manual = include_str!("../../../docs/layers.md");
    let example = manual.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("layers")).unwrap();
    std::fs::write(folder.path().join("layers/charging_points.toml"), example).unwrap();
    let catalog = Catalog::find(Some(folder.path())).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(catalog.layers()[0].fields.len(), 4);
}
