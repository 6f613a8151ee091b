//! `GET /catalog` and the printed table.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Catalog, id, shipped};
use crate::catalog::json::{LayerFacts, catalog_json};
use crate::catalog::print_layer;
use crate::geo::BBox;
use crate::model::Audience::{self, Operator, Public, Staff};

fn answer(catalog: &Catalog, audience: Audience) -> Value {
    let bbox = |west, south, east, north| Some(BBox { west, south, east, north });
    let facts = [
        ("wards", LayerFacts { count: 130, bbox: bbox(103.8, 18.5, 106.0, 20.0), demo: false, timetable: None }),
        (
            "cameras",
            LayerFacts { count: 7, bbox: bbox(105.6, 18.6, 107.5, 18.7), demo: true, timetable: Some("stops") },
        ),
        ("air_stations", LayerFacts { count: 3, bbox: bbox(104.4, 19.3, 106.1, 20.7), demo: true, timetable: None }),
    ];
    catalog_json(catalog, audience, &facts.map(|(layer, facts)| (id(layer), facts)).into())
}

fn layer<'a>(answer: &'a Value, id: &str) -> &'a Value {
    answer["layers"].as_array().unwrap().iter().find(|layer| layer["id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

fn field_names(layer: &Value) -> Vec<&str> {
    layer["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect()
}

#[test]
fn the_answer_has_the_agreed_shape() {
    let catalog = shipped();
    let answer = answer(&catalog, Public);
    assert_eq!(answer["title"], json!({ "vi": "Bản đồ số của tỉnh", "en": "Map of the province" }));
    assert_eq!(answer["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer["bbox"], json!([103.8, 18.5, 107.5, 20.7]), "the union of what has features");
    let wards = layer(&answer, "wards");
    let members: Vec<&str> = wards.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "agency",
            "attribution",
            "audience",
            "bbox",
            "cluster",
            "count",
            "demo",
            "description",
            "fields",
            "geometry",
            "id",
            "id_field",
            "licence",
            "maxzoom",
            "minzoom",
            "moving",
            "observed",
            "planning",
            "retention_days",
            "silent_after",
            "source",
            "style",
            "thinning",
            "tilejson",
            "tiles",
            "timetable",
            "title",
            "validity"
        ]
    );
    assert_eq!(wards["title"], json!({ "vi": "Phường, xã, đặc khu", "en": "Wards, communes and special zones" }));
    assert_eq!(
        (&wards["geometry"], &wards["id_field"], &wards["audience"]),
        (&json!("polygon"), &json!("code"), &json!("public"))
    );
    assert_eq!((&wards["count"], &wards["demo"]), (&json!(130), &json!(false)));
    assert_eq!(wards["bbox"], json!([103.8, 18.5, 106.0, 20.0]));
    assert_eq!(wards["tiles"], "/tiles/wards/{z}/{x}/{y}.mvt");
    assert_eq!(wards["tilejson"], "/tiles/wards.json");
}

#[test]
fn fields_styles_and_thinning_stand_in_the_answer() {
    let catalog = shipped();
    let answer = answer(&catalog, Public);
    let wards = layer(&answer, "wards");
    assert_eq!(
        wards["fields"][0],
        json!({
            "name": "code", "type": "text", "unit": null, "title": { "vi": "Mã đơn vị", "en": "Unit code" },
            "codes": [], "required": true, "searchable": false
        })
    );
    assert_eq!(
        wards["fields"][5]["codes"][1],
        json!({ "code": "Phường", "title": { "vi": "Phường", "en": "Ward" }, "color": "#ecd9c9" })
    );
    assert_eq!(wards["style"]["group"], "boundaries");
    assert_eq!(layer(&answer, "provinces")["bbox"], Value::Null);
    assert_eq!(wards["planning"], json!({ "role": "ward", "code": null, "version": [] }));
    assert_eq!(wards["validity"], json!({ "from": "valid_from", "to": "valid_to" }));
    let plan = json!({ "role": "plan", "code": "land_code", "version": ["stage", "year"] });
    assert_eq!(layer(&answer, "land_use")["planning"], plan);
    assert_eq!(layer(&answer, "cameras")["planning"], Value::Null);
    let thinning = &layer(&answer, "roads")["thinning"];
    assert_eq!((&thinning["base_zoom"], &thinning["by"]["field"]), (&json!(13), &json!("road_class")));
    assert_eq!(thinning["by"]["zooms"]["motorway"], 4);
    assert_eq!(thinning["merge"], json!(["road_class", "level", "ref", "name"]));
}

#[test]
fn fields_and_layers_for_others_are_left_out() {
    let catalog = shipped();
    let table = [(Public, false, false), (Staff, true, false), (Operator, true, true)];
    for (audience, owner, stream) in table {
        let answer = answer(&catalog, audience);
        let names = field_names(layer(&answer, "cameras"));
        assert_eq!((names.contains(&"owner"), names.contains(&"stream_url")), (owner, stream), "{audience:?}");
    }
    let mut layers = catalog.layers().to_vec();
    for layer in layers.iter_mut().map(Arc::make_mut) {
        if layer.id == id("cameras") {
            layer.audience = Staff;
        }
        if layer.id == id("roads") {
            let class = layer.field_index("road_class").unwrap();
            layer.fields[class].audience = Staff;
            let level = layer.field_index("level").unwrap();
            layer.fields[level].audience = Staff;
        }
    }
    let catalog = Catalog { layers, ..catalog };
    let (public, staff) = (answer(&catalog, Public), answer(&catalog, Staff));
    assert_eq!(staff["layers"].as_array().unwrap().len() - public["layers"].as_array().unwrap().len(), 1);
    assert_eq!(public["bbox"], json!([103.8, 18.5, 106.1, 20.7]), "a hidden layer does not show in the box");
    assert_eq!(staff["bbox"], json!([103.8, 18.5, 107.5, 20.7]));
    let (public, staff) = (layer(&public, "roads"), layer(&staff, "roads"));
    assert_eq!((&public["style"]["color_by"], &staff["style"]["color_by"]), (&Value::Null, &json!("level")));
    assert_eq!((&public["thinning"]["by"], &staff["thinning"]["by"]["field"]), (&Value::Null, &json!("road_class")));
    assert_eq!(public["thinning"]["merge"], json!(["ref", "name"]));
    assert!(!public.to_string().contains("motorway"), "codes of a field that is not for all");
}

#[test]
fn nothing_loaded_is_no_box() {
    let catalog = shipped();
    let answer = catalog_json(&catalog, Public, &BTreeMap::new());
    assert_eq!(answer["bbox"], Value::Null);
}

#[test]
fn the_table_has_a_line_for_each_layer() {
    let mut printed = Vec::new();
    shipped().print(&mut printed).unwrap();
    let printed = String::from_utf8(printed).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 23, "{printed}");
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["id", "title", "geometry", "fields", "zooms", "audience"]
    );
    assert_eq!(lines[22], "wards            Phường, xã, đặc khu              polygon   12      5-15   public");
}

#[test]
fn one_layer_is_told_in_full() {
    let catalog = shipped();
    let mut printed = Vec::new();
    print_layer(catalog.layer(&id("cameras")).unwrap(), &mut printed).unwrap();
    let printed = String::from_utf8(printed).unwrap();
    for part in [
        "Camera giám sát / Cameras",
        "Công an tỉnh / Provincial Police",
        "stream_url",
        "operator",
        "MA_CAMERA",
        "codes of kind",
        "Number plates",
    ] {
        assert!(printed.contains(part), "no `{part}` in\n{printed}");
    }
}

#[test]
fn groups_say_what_they_tell_of_readings() {
    let answer = answer(&shipped(), Public);
    assert_eq!(layer(&answer, "parking")["cluster"]["sum"], json!(["capacity"]));
    assert_eq!(
        layer(&answer, "parking")["cluster"]["totals"],
        json!([{
            "name": "free", "title": { "vi": "Chỗ trống", "en": "Free places" }, "unit": null,
            "of": "free", "known": "free_known", "range": null,
        }])
    );
    assert_eq!(
        layer(&answer, "street_lights")["cluster"]["totals"],
        json!([
            {
                "name": "power_w", "title": { "vi": "Công suất tiêu thụ", "en": "Power draw" }, "unit": "W",
                "of": "power_w", "known": "power_w_known", "range": null,
            },
            {
                "name": "off", "title": { "vi": "Đèn đang tắt", "en": "Lamps off" }, "unit": null,
                "of": "lit", "known": "lit_known", "range": [0.0, 0.0],
            },
        ])
    );
}
