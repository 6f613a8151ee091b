//! Entities in every representation, and what is said of those that cannot be taken.

use serde_json::json;

use super::*;
use crate::ingest::reading::Untimed;
use crate::ingest::test_layer;
use crate::model::layer::Observed;
use crate::model::{LayerId, Title};

fn attribute(name: &str, property: &str) -> Attribute {
    let (units, values, unknown) = Default::default();
    Attribute { name: name.into(), property: property.into(), factor: 1.0, units, values, unknown }
}

/// A mapping that names units by their codes, factors and offsets.
fn with_units(attribute: Attribute, units: &[(&str, f64, f64)]) -> Attribute {
    let units = units.iter().map(|&(code, factor, offset)| (code.to_owned(), Scale { factor, offset })).collect();
    Attribute { units, ..attribute }
}

/// Two layers that take vehicles, of which the second moves, and one of stations.
fn layers() -> Vec<Arc<Layer>> {
    let observed = |name: &str| Observed {
        name: name.to_owned(),
        unit: None,
        title: Title { vi: name.to_owned(), en: name.to_owned() },
        range: Some([0.0, 200.0]),
    };
    let layer = |id: &str, types: &[&str], moving, attributes: Vec<Attribute>, feature: &[&str]| {
        let fiware = Fiware {
            types: types.iter().map(|&text| text.to_owned()).collect(),
            feature: feature.iter().map(|&text| text.to_owned()).collect(),
            id_prefix: vec!["vn:".to_owned()],
            attributes,
        };
        let observed = vec![observed("one"), observed("two")];
        let id = LayerId::new(id).expect("an id");
        Arc::new(Layer { id, observed, moving, fiware: vec![fiware], retention_days: None, ..test_layer() })
    };
    let state = Attribute {
        values: vec![("on".into(), 1.0), ("off".into(), 0.0)],
        unknown: vec!["-1".into(), "unknown".into()],
        ..attribute("state", "one")
    };
    let share = Attribute { factor: 100.0, ..attribute("share", "two") };
    let dust = with_units(attribute("dust", "one"), &[("GQ", 1.0, 0.0), ("GP", 1000.0, 0.0)]);
    let heat = with_units(attribute("heat", "two"), &[("CEL", 1.0, 0.0), ("KEL", 1.0, -273.15)]);
    let damp = with_units(
        Attribute { factor: 100.0, unknown: vec!["-1".into()], ..attribute("damp", "two") },
        &[("P1", 1.0, 0.0)],
    );
    vec![
        layer("lamps", &["Lamp", "Vehicle"], false, vec![state, share], &[]),
        layer("ships", &["Vehicle"], true, vec![attribute("speed", "one"), attribute("heading", "two")], &[]),
        layer("stations", &["Observed"], false, vec![attribute("pm10", "one"), dust, heat, damp], &["refStation"]),
    ]
}

fn judged(entity: Value) -> Judged {
    let layers = layers();
    let layer = |name: &str| layers.iter().find(|layer| layer.id.as_str() == name).cloned();
    let has = |layer: &Layer, id: &str| {
        matches!(
            (layer.id.as_str(), id),
            ("lamps", "L-1" | "urn:ngsi-ld:Lamp:L-2") | ("ships", "S-1") | ("stations", "T-1")
        )
    };
    let now = "2026-11-21T10:00:00Z".parse().expect("a moment");
    judge(&[entity], &layers, &Known { layer: &layer, has: &has, now, untimed: &Untimed::default() })
}

/// Layer, feature, time, values and place of what was taken.
type Taken = (String, String, String, Vec<Option<f64>>, Option<[f64; 2]>);

fn taken(entity: &Value) -> Vec<Taken> {
    let judged = judged(entity.clone());
    assert_eq!(judged.refused, [], "{entity}");
    let mut all = Vec::new();
    for observations in judged.taken {
        let layer = observations.layer().id.to_string();
        for one in observations.into_list() {
            let time = one.time.format("%m-%dT%H:%M:%S").to_string();
            all.push((layer.clone(), one.feature.to_string(), time, one.values.to_vec(), one.position));
        }
    }
    all.sort_by(|a, b| a.2.cmp(&b.2));
    all
}

fn lamp(time: &str, values: [Option<f64>; 2]) -> Vec<Taken> {
    vec![("lamps".into(), "L-1".into(), time.into(), values.to_vec(), None)]
}

#[test]
fn every_representation_says_the_same() {
    let expected = lamp("11-21T09:00:00", [Some(1.0), None]);
    for entity in [
        json!({"id": "L-1", "type": "Lamp", "state": "on", "dateObserved": "2026-11-21T09:00:00Z"}),
        json!({"id": "L-1", "type": "Lamp", "state": {"value": "on"}, "dateObserved": {"value": "2026-11-21T09:00:00", "type": "DateTime"}}),
        json!({"id": "L-1", "type": "Lamp", "state": {"type": "Text", "value": "on", "metadata": {"TimeInstant": {"type": "DateTime", "value": "2026-11-21T09:00:00.000Z"}}}}),
        json!({"id": "L-1", "type": "Lamp", "state": {"value": "on", "metadata": {"timestamp": {"value": "2026-11-21T16:00:00+07:00"}}}}),
        json!({"id": "urn:ngsi-ld:Lamp:L-1", "type": "Lamp", "state": {"type": "Property", "value": "on", "observedAt": "2026-11-21T09:00:00Z"}, "@context": ["https://example.vn/context.jsonld"]}),
        json!({"@id": "urn:ngsi-ld:Lamp:L-1", "@type": ["https://uri.fiware.org/ns/data-models#Lamp"],
            "https://uri.fiware.org/ns/data-models#state": {"type": "Property", "value": "on", "observedAt": "2026-11-21T09:00:00Z"}}),
        json!({"id": "urn:ngsi-ld:Lamp:vn:L-1", "type": ["Thing", "Lamp"], "state": [
            {"type": "Property", "value": "off", "datasetId": "urn:other"}, {"type": "Property", "value": "on", "observedAt": "2026-11-21T09:00:00Z"}]}),
        json!({"id": "L-1", "type": "Lamp", "state": "on", "dateObserved": {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-11-21T09:00:00Z"}}}),
        json!({"id": "L-1", "type": "Lamp", "state": true, "dateObserved": "2026-11-21T08:00:00/2026-11-21T09:00:00"}),
        json!({"id": "L-1", "type": "Lamp", "state": "on", "share": null, "dateModified": "2026-11-21T09:00:00.00Z"}),
    ] {
        assert_eq!(taken(&entity), expected, "{entity}");
    }
    let whole = taken(&json!({"id": "urn:ngsi-ld:Lamp:L-2", "type": "Lamp", "state": "off"}));
    assert_eq!(
        (whole[0].1.as_str(), whole[0].2.as_str()),
        ("urn:ngsi-ld:Lamp:L-2", "11-21T10:00:00"),
        "an id as it is, and now"
    );
}

#[test]
fn units_states_and_the_unknown() {
    let now = "11-21T10:00:00";
    for (entity, values) in [
        (json!({"id": "L-1", "type": "Lamp", "share": 0.54}), [None, Some(54.0)]),
        (json!({"id": "L-1", "type": "Lamp", "share": "0.07"}), [None, Some(7.0)]),
        (json!({"id": "L-1", "type": "Lamp", "share": 0.5, "state": "unknown"}), [None, Some(50.0)]),
        (json!({"id": "L-1", "type": "Lamp", "share": 0.5, "state": -1}), [None, Some(50.0)]),
        (json!({"id": "L-1", "type": "Lamp", "share": 0.5, "state": "urn:ngsi-ld:null"}), [None, Some(50.0)]),
        (json!({"id": "L-1", "type": "Lamp", "share": 0.5, "state": 1}), [Some(1.0), Some(50.0)]),
    ] {
        assert_eq!(taken(&entity), lamp(now, values), "{entity}");
    }
}

#[test]
fn the_unit_beside_a_value_counts() {
    let station = |name: &str, attribute: Value| {
        let mut entity = json!({"id": "T-1", "type": "Observed"});
        entity[name] = attribute;
        entity
    };
    let old = |value: Value, code: Value| json!({"value": value, "metadata": {"unitCode": {"type": "Text", "value": code}, "TimeInstant": {"value": "2026-11-21T10:00:00Z"}}});
    let of = |value: Value, code: Value| json!({"type": "Property", "value": value, "unitCode": code});
    for (name, attribute, values) in [
        ("dust", json!(35), [Some(35.0), None]),
        ("dust", json!({"value": 35}), [Some(35.0), None]),
        ("dust", of(json!(35), json!("GQ")), [Some(35.0), None]),
        ("dust", of(json!(0.035), json!("GP")), [Some(35.0), None]),
        ("dust", old(json!("0.035"), json!("GP")), [Some(35.0), None]),
        ("dust", json!([of(json!(0.07), json!(" GP "))]), [Some(70.0), None]),
        ("dust", of(json!(35), Value::Null), [Some(35.0), None]),
        ("dust", of(json!(35), json!("")), [Some(35.0), None]),
        ("dust", of(json!(35), json!("urn:ngsi-ld:null")), [Some(35.0), None]),
        ("heat", of(json!(295.15), json!("KEL")), [None, Some(22.0)]),
        ("heat", of(json!(22.5), json!("CEL")), [None, Some(22.5)]),
        ("damp", json!(0.54), [None, Some(54.0)]),
        ("damp", of(json!(54), json!("P1")), [None, Some(54.0)]),
        // A mapping that names none has one unit for ever.
        ("pm10", of(json!(30), json!("GQ")), [Some(30.0), None]),
    ] {
        let entity = station(name, attribute);
        let expected: Vec<Taken> =
            vec![("stations".into(), "T-1".into(), "11-21T10:00:00".into(), values.to_vec(), None)];
        assert_eq!(taken(&entity), expected, "{entity}");
    }
    for (name, attribute, parts) in [
        ("dust", of(json!(35), json!("59")), ["`dust` is 35", r#"`unitCode` "59""#, "none of GQ, GP"]),
        ("dust", of(json!(35), json!("gq")), ["`dust` is 35", r#"`unitCode` "gq""#, "none of GQ, GP"]),
        ("heat", old(json!(72), json!("FAH")), ["`heat` is 72", r#"`unitCode` "FAH""#, "none of CEL, KEL"]),
        ("damp", of(json!(3), json!(7)), ["`damp` is 3", "`unitCode` 7", "none of P1"]),
    ] {
        let entity = station(name, attribute);
        let judged = judged(entity.clone());
        let [refused] = &judged.refused[..] else { panic!("{entity}: {judged:?}") };
        assert_eq!(refused.reason, ReadingReason::UnknownUnit, "{entity}");
        assert!(parts.iter().all(|part| refused.message.contains(part)), "{entity}: {}", refused.message);
    }
    let unknown = station("damp", of(json!(-1), json!("XX")));
    assert_eq!(judged(unknown).refused[0].reason, ReadingReason::NothingObserved, "of nothing there is no unit");
}

#[test]
fn attributes_of_different_moments_are_readings_of_their_own() {
    let entity = json!({"id": "vn:S-1", "type": "Vehicle",
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.1, 18.8, 3]}, "observedAt": "2026-11-21T09:30:00Z"},
        "speed": {"type": "Property", "value": 7.5, "observedAt": "2026-11-21T09:00:00Z"},
        "heading": {"type": "Property", "value": 90}});
    let ship = |time: &str, values: [Option<f64>; 2], place| {
        ("ships".into(), "S-1".into(), time.into(), values.to_vec(), place)
    };
    let expected: Vec<Taken> = vec![
        ship("11-21T09:00:00", [Some(7.5), None], None),
        ship("11-21T09:30:00", [None, Some(90.0)], Some([106.1, 18.8])),
    ];
    assert_eq!(taken(&entity), expected);
    let text = json!({"id": "S-1", "type": "Vehicle", "location": {"type": "geo:point", "value": "18.8, 106.1"}});
    assert_eq!(taken(&text), [ship("11-21T10:00:00", [None, None], Some([106.1, 18.8]))]);
    let station = json!({"id": "urn:ngsi-ld:Observed:T-1-2026", "type": "Observed", "pm10": 30,
        "refStation": {"type": "Relationship", "object": "urn:ngsi-ld:Station:T-1"}, "location": {"type": "Point", "coordinates": [0, 0]}});
    assert_eq!(taken(&station)[0].1, "T-1", "what stays where it is has no place here");
}

#[test]
fn each_fault_has_its_reason() {
    use ReadingReason::*;
    for (entity, expected) in [
        (json!(7), Unreadable),
        (json!({"type": "Lamp", "state": "on"}), Unreadable),
        (json!({"id": "L-1", "state": "on"}), Unreadable),
        (json!({"id": "L-1", "type": "Tree", "state": "on"}), UnknownLayer),
        (json!({"id": "L-9", "type": "Lamp", "state": "on"}), UnknownFeature),
        (json!({"id": "L-1", "type": "Lamp"}), NothingObserved),
        (json!({"id": "L-1", "type": "Lamp", "state": "unknown"}), NothingObserved),
        (json!({"id": "L-1", "type": "Lamp", "state": "dim"}), NotANumber),
        (json!({"id": "L-1", "type": "Lamp", "share": [1]}), NotANumber),
        (json!({"id": "L-1", "type": "Lamp", "share": 3}), OutOfRange),
        (json!({"id": "L-1", "type": "Lamp", "state": "on", "dateObserved": "yesterday"}), UnreadableTime),
        (json!({"id": "L-1", "type": "Lamp", "state": "on", "dateObserved": "2026-11-21T10:11:00"}), InTheFuture),
        (json!({"id": "S-1", "type": "Vehicle", "location": {"type": "Polygon", "coordinates": []}}), NoPlace),
        (json!({"id": "S-1", "type": "Vehicle", "location": "106.1 18.8"}), NoPlace),
        (json!({"id": "S-1", "type": "Vehicle", "location": "91, 181"}), NoPlace),
    ] {
        let found: Vec<_> = judged(entity.clone()).refused.iter().map(|refused| refused.reason).collect();
        assert_eq!(found, [expected], "{entity}");
    }
}
