//! What filters mean, by table.

use std::sync::Arc;

use citylayers::crs::OgcCrs;
use citylayers::geo::{Geometry, GeometryKind};
use citylayers::index::cql2::{Bound, Expr, FUNCTIONS, Filter, FilterError, parse_json, parse_text};
use citylayers::model::layer::Code;
use citylayers::model::{Audience, FieldType, Layer, Rows, Value, ValueRef};
use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Polygon};

use crate::support::layers::{EVERY_TYPE, layer};
use crate::support::present::shared;
use crate::{assert_comes_back, compile, count, found};

/// One row with a value everywhere, and one with none.
fn two_rows() -> Rows {
    let layer = layer("things", GeometryKind::Point, FieldType::Integer, &EVERY_TYPE);
    let mut rows = Rows::new(layer);
    let place = Geometry::Point(Point::new(105.0, 18.0));
    let values = [
        Value::Text("Phường Trường Vinh".to_owned()),
        Value::Text("ONT".to_owned()),
        Value::Integer(7),
        Value::Real(2.5),
        Value::Boolean(true),
        Value::Date("2025-07-01".parse().unwrap()),
        Value::DateTime("2025-07-01T08:30:00.250Z".parse().unwrap()),
    ];
    rows.push("16681", &place, values.iter().map(|value| Some(value.as_ref())));
    rows.push("2", &place, [None; 7]);
    rows.finish();
    rows
}

/// Whether a filter is true of the first row, of the second.
#[track_caller]
fn answers(text: &str) -> [bool; 2] {
    let rows = two_rows();
    let expr = parse_text(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_comes_back(&expr);
    let filter = compile(&expr, rows.layer()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let found = found(&filter, &rows);
    [found.contains(&0), found.contains(&1)]
}

#[track_caller]
fn assert_answers(table: &[(&str, [bool; 2])]) {
    for (text, expected) in table {
        assert_eq!(answers(text), *expected, "{text}");
    }
}

const YES: [bool; 2] = [true, true];
const NO: [bool; 2] = [false, false];
/// Of the row with values.
const FIRST: [bool; 2] = [true, false];
const SECOND: [bool; 2] = [false, true];

#[test]
fn a_filter_in_a_file_names_only_codes_that_there_are() {
    let mut layer = Layer::clone(&layer("things", GeometryKind::Point, FieldType::Integer, &EVERY_TYPE));
    let place = layer.field_index("a_code").expect("a field");
    let code =
        |code: &str| Code { code: code.to_owned(), title: layer.title.clone(), color: None, aliases: Vec::new() };
    layer.fields[place].codes = vec![code("ONT"), code("ODT")];
    for text in [
        "a_code = 'ONT'",
        "'ODT' <> a_code",
        "a_code IN ('ONT', 'ODT') OR a_text = 'ONX'",
        "CASEI(a_code) = 'ont'",
        "a_code LIKE 'X%'",
        "a_code > 'A'",
    ] {
        let standing = Filter::standing(text, &layer, Audience::Public);
        assert!(standing.is_ok(), "{text}: {standing:?}");
    }
    for text in [
        "a_code = 'ONX'",
        "'ONX' = a_code",
        "a_code <> 'ONX'",
        "NOT (an_integer = 7 AND (a_code = 'ONX'))",
        "a_code IN ('ONT', 'ONX')",
    ] {
        let error = Filter::standing(text, &layer, Audience::Public).expect_err(text).to_string();
        assert_eq!(error, "field `a_code` has no code `ONX`; it has ONT, ODT", "{text}");
        assert!(compile(&parse_text(text).unwrap(), &layer).is_ok(), "as a question over HTTP {text} is allowed");
    }
}

#[test]
fn what_has_no_value_is_neither_so_nor_not_so() {
    assert_answers(&[
        ("an_integer = 7", FIRST),
        ("NOT an_integer = 7", NO),
        ("an_integer <> 8", FIRST),
        ("NOT an_integer <> 8", NO),
        ("an_integer = an_integer", FIRST),
        ("an_integer IS NULL", SECOND),
        ("an_integer IS NOT NULL", FIRST),
        ("an_integer = 8 OR TRUE", YES),
        ("an_integer = 8 AND TRUE", NO),
        ("NOT (an_integer = 8 AND FALSE)", YES),
        ("NOT (an_integer = 8 AND TRUE)", FIRST),
        ("an_integer IN (7, 8)", FIRST),
        ("an_integer NOT IN (8, 9)", FIRST),
        ("7 IN (an_integer, 7)", YES),
        ("8 NOT IN (an_integer)", FIRST),
        ("a_text LIKE '%'", FIRST),
        ("a_text NOT LIKE 'x'", FIRST),
        ("an_integer BETWEEN 1 AND 10", FIRST),
        ("an_integer NOT BETWEEN 8 AND 10", FIRST),
        ("NOT 5 BETWEEN 6 AND an_integer", FIRST),
        ("an_integer + 1 IS NULL", SECOND),
        ("an_integer / 0 IS NULL", YES),
        ("CASEI(a_text) IS NULL", SECOND),
        ("(an_integer = 7) IS NULL", SECOND),
        ("a_boolean", FIRST),
        ("NOT a_boolean", NO),
        ("a_boolean IS NULL", SECOND),
        ("a_boolean = (an_integer = 7)", FIRST),
        ("INTERVAL(a_date, '..') IS NULL", SECOND),
        ("geometry IS NOT NULL", YES),
        ("T_AFTER(a_date, DATE('2025-01-01'))", FIRST),
        ("NOT T_BEFORE(a_date, DATE('2025-01-01'))", FIRST),
        ("A_CONTAINS((an_integer, 8), (8))", FIRST),
        ("A_EQUALS((), ())", YES),
        ("A_EQUALS((1, 'a', TRUE, 1), (TRUE, 1.0, 'a'))", YES),
        ("A_CONTAINEDBY((a_code), ('ONT', 'ODT'))", FIRST),
        ("A_OVERLAPS((DATE('2025-07-01')), (a_date))", FIRST),
        ("A_CONTAINS(((1, 2), 3), ((2, 1)))", YES),
    ]);
}

#[test]
fn numbers_are_counted_as_the_rules_say() {
    assert_answers(&[
        ("7 / 2 = 3.5", YES),
        ("7 div 2 = 3 AND -7 div 2 = -3", YES),
        ("7 % 2 = 1 AND -7 % 2 = -1 AND 7.5 % 2 = 1.5", YES),
        ("2 ^ 10 = 1024 AND 2 ^ -1 = 0.5 AND -2 ^ 2 = 4", YES),
        ("4 ^ 0.5 = 2", YES),
        ("(-1) ^ 0.5 IS NULL", YES),
        ("1 / 0 IS NULL AND 1 div 0 IS NULL AND 1 % 0 IS NULL AND 1.0 / 0 IS NULL", YES),
        ("0.0 / 0.0 IS NULL", YES),
        ("1e308 * 10 IS NULL", YES),
        ("2 + 3 * 4 = 14 AND (2 + 3) * 4 = 20 AND 2 * 3 ^ 2 = 18", YES),
        ("10 - 3 - 2 = 5 AND 100 / 10 / 5 = 2", YES),
        ("9007199254740993 > 9007199254740992.0", YES),
        ("9007199254740993 = 9007199254740993", YES),
        ("9007199254740993 <> 9007199254740992", YES),
        ("9223372036854775807 + 1 = 9223372036854775808", YES),
        ("9223372036854775807 < 9223372036854775808.0", YES),
        ("-9223372036854775808 = -9223372036854775808.0", YES),
        ("-9223372036854775808 % -1 = 0", YES),
        ("an_integer = 7.0 AND a_real = 25 / 10", FIRST),
        ("-an_integer = -7 AND 3 - -4 = an_integer AND +7 = an_integer", FIRST),
        ("1 = 1.0 AND .5 = 0.5 AND 1. = 1 AND 1E2 = 100 AND 1e-2 = .01", YES),
        ("id = 16681 AND code = 16681", FIRST),
        ("id IN (2, 3)", SECOND),
        ("an_integer IN (7.0)", FIRST),
    ]);
}

#[test]
fn days_and_moments_compare_as_instants() {
    assert_answers(&[
        ("a_date = DATE('2025-07-01')", FIRST),
        ("a_date = '2025-07-01'", FIRST),
        ("a_date IN ('2025-07-01', '2025-07-02')", FIRST),
        ("a_date BETWEEN DATE('2025-06-30') AND DATE('2025-07-01')", FIRST),
        ("a_moment = TIMESTAMP('2025-07-01T08:30:00.25Z')", FIRST),
        ("a_moment = TIMESTAMP('2025-07-01T15:30:00.250+07:00')", FIRST),
        ("a_moment = '2025-07-01T08:30:00.250Z'", FIRST),
        ("a_moment > TIMESTAMP('2025-07-01T08:30:00.249999Z')", FIRST),
        ("a_moment < TIMESTAMP('2025-07-01T08:30:00.250001Z')", FIRST),
        ("a_moment IN ('2025-07-01T08:30:00.250Z')", FIRST),
        ("DATE('1969-12-31') < DATE('1970-01-01')", YES),
        ("DATE('2024-02-29') < DATE('2024-03-01')", YES),
        ("T_INTERSECTS(a_date, INTERVAL('..', '2025-07-01'))", FIRST),
        ("T_DURING(INTERVAL(a_date, a_date), INTERVAL('2025-06-30', '..'))", FIRST),
        ("T_MEETS(INTERVAL('2025-01-01', a_date), INTERVAL(a_date, '2025-12-31'))", FIRST),
        ("T_EQUALS(INTERVAL('2025-07-01', '2025-07-01'), a_date)", FIRST),
    ]);
}

#[test]
fn names_are_found_however_they_are_typed() {
    assert_answers(&[
        ("a_text = 'Phường Trường Vinh'", FIRST),
        ("a_text = 'Phu\u{31b}o\u{31b}\u{300}ng Tru\u{31b}o\u{31b}\u{300}ng Vinh'", FIRST),
        ("a_text = 'phường trường vinh'", NO),
        ("CASEI(a_text) = CASEI('PHƯỜNG TRƯỜNG VINH')", FIRST),
        ("CASEI(a_text) = CASEI('PHUONG TRUONG VINH')", NO),
        ("ACCENTI(a_text) = ACCENTI('Phuong Truong Vinh')", FIRST),
        ("ACCENTI(CASEI(a_text)) = ACCENTI(CASEI('phuong TRƯỜNG vinh'))", FIRST),
        ("CASEI(ACCENTI(a_text)) LIKE ACCENTI(CASEI('%truong v_nh'))", FIRST),
        ("ACCENTI('Hoà') = ACCENTI('Hòa') AND ACCENTI('Đất') = 'Dat'", YES),
        ("CASEI('Hoà') = CASEI('Hòa')", NO),
        ("ACCENTI(CASEI('ĐƯỜNG HÒA')) = ACCENTI(CASEI('đường Hoà'))", YES),
        ("a_text LIKE 'Phường%' AND a_text LIKE '%V_nh' AND a_text NOT LIKE 'Phường'", FIRST),
        ("'50%' LIKE '50\\%' AND NOT '500' LIKE '50\\%'", YES),
        ("'Via dell''Avvento' = 'Via dell\\'Avvento'", YES),
        ("'a\\tb' = 'a\tb'", YES),
        ("a_code IN ('ONT', 'ODT') AND CASEI(a_code) IN (CASEI('ont'))", FIRST),
        ("\"a_text\" > 'P' AND \"a_text\" < 'Pi'", FIRST),
        ("a_text < a_code", NO),
    ]);
}

#[test]
fn operands_that_do_not_go_together_are_told_apart() {
    let rows = two_rows();
    let table = [
        ("a_text = 5", "`a_text` is a text and `5` is a number, which are not compared: in quotes"),
        ("an_integer = '5'", "`an_integer` is a number and `'5'` is a text"),
        ("an_integer LIKE '5%'", "`an_integer` is a number, where a text is wanted"),
        ("a_text LIKE a_code", "the pattern after LIKE is a text in quotes"),
        ("a_date = TIMESTAMP('2025-07-01T00:00:00Z')", "a day has no time zone"),
        ("a_moment > DATE('2025-07-01')", "write TIMESTAMP"),
        ("a_date = 'tomorrow'", "`tomorrow` is no day like 2025-07-01"),
        ("a_text", "`a_text` is a text, where true or false is wanted"),
        ("an_integer AND TRUE", "`an_integer` is a number, where true or false"),
        ("5", "`5` is a number, where true or false"),
        ("NOT area()", "`area()` is a number"),
        ("geometry = geometry", "S_EQUALS"),
        ("S_INTERSECTS(a_text, POINT(1 1))", "S_INTERSECTS relates geometries, and `a_text` is a text"),
        ("T_DURING(a_date, INTERVAL('2025-01-01', '..'))", "T_DURING relates intervals, and `a_date` is a day"),
        ("T_AFTER(a_date, a_moment)", "a day has no time zone"),
        ("T_AFTER(a_text, a_date)", "T_AFTER relates days, moments and intervals"),
        ("T_AFTER(a_date, INTERVAL('2025-01-02', '2025-01-01'))", "ends before it starts"),
        ("T_AFTER(a_date, INTERVAL('2025-01-02', '2025-01-03T00:00:00Z'))", "from a day to a moment"),
        ("T_AFTER(a_date, INTERVAL('..', '..'))", "at one end at least"),
        ("A_CONTAINS(a_text, ('a'))", "A_CONTAINS relates arrays, and `a_text` is a text"),
        ("A_CONTAINS((POINT(1 1)), ())", "does not compare geometries"),
        ("a_text + 1 = 2", "`a_text` is a text, where a number is wanted"),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))",
            "a ring touches or crosses itself at longitude 1",
        ),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 9 0, 9 9, 0 9, 0 0), (8 8, 8 10, 10 10, 8 8)))",
            "does not lie inside it",
        ),
        (
            "S_WITHIN(geometry, POLYGON((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 1 5, 5 5, 1 1), (2 3, 2 4, 4 4, 2 3)))",
            "two holes",
        ),
        (
            "S_INTERSECTS(geometry, MULTIPOLYGON(((0 0, 2 0, 2 2, 0 0)), ((1 0, 3 0, 3 2, 1 0))))",
            "two polygons of it overlap, or share a line",
        ),
        ("S_WITHIN(geometry, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1)))", "ask for its members"),
        ("S_INTERSECTS(geometry, POINT(105 118))", "no place on the earth"),
        ("S_INTERSECTS(geometry, BBOX(1, 5, 2, 4))", "not above its north"),
    ];
    for (text, expected) in table {
        let error = compile(&parse_text(text).unwrap_or_else(|e| panic!("{text}: {e}")), rows.layer()).expect_err(text);
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
}

#[test]
fn literals_come_in_the_axes_of_their_system() {
    let rows = two_rows();
    let found_by = |text: &str, to_lon_lat: &dyn Fn([f64; 2]) -> Option<[f64; 2]>| {
        Filter::compile(&parse_text(text).unwrap(), rows.layer(), Audience::Public, to_lon_lat)
            .map(|filter| found(&filter, &rows).len())
    };
    let north_first = |[lat, lon]: [f64; 2]| Some([lon, lat]);
    let metres = |[x, y]: [f64; 2]| Some([x / 100_000.0, y / 100_000.0]);
    assert_eq!(found_by("S_WITHIN(geometry, BBOX(17, 104, 19, 106))", &north_first), Ok(2));
    assert_eq!(found_by("S_INTERSECTS(geometry, POINT(18 105))", &north_first), Ok(2));
    assert_eq!(
        found_by("S_INTERSECTS(geometry, BBOX(17, 170, 19, -170))", &north_first),
        Ok(0),
        "across the antimeridian"
    );
    assert_eq!(found_by("S_DISJOINT(geometry, BBOX(17, 170, 19, 106))", &north_first), Ok(0));
    assert_eq!(found_by("S_INTERSECTS(geometry, POINT(10500000 1800000))", &metres), Ok(2));
    assert_eq!(found_by("S_TOUCHES(geometry, BBOX(10500000, 1700000, 10600000, 1900000))", &metres), Ok(2));
    assert!(found_by("S_INTERSECTS(geometry, POINT(1 1))", &|_| None).is_err());
}

#[test]
fn metres_of_vn_2000_find_what_stands_there() {
    let Some(path) = shared("vn2000/vn2000_points_dev.csv") else { return };
    let layer = layer("things", GeometryKind::Point, FieldType::Text, &[]);
    let mut checked = 0;
    for record in csv::Reader::from_path(path).unwrap().records().map(Result::unwrap) {
        let [lon, lat, east, north] = [1, 2, 4, 5].map(|at| record[at].parse::<f64>().unwrap());
        let mut rows = Rows::new(Arc::clone(&layer));
        rows.push(&record[0], &Geometry::Point(Point::new(lon, lat)), []);
        let system = OgcCrs::parse(&format!("EPSG:{}", &record[3])).unwrap();
        let transform = system.crs().transform().unwrap();
        let to_lon_lat = |place| transform.lon_lat(system.ordered(place));
        // A square of two centimetres around the point, then one beside it; the last as a polygon of 20 km whose edge bends past it.
        for (off, size, expected) in
            [(0.0, 0.01, 1), (0.03, 0.01, 0), (10_000.0, 10_000.01, 1), (10_000.02, 10_000.01, 0)]
        {
            let [west, east] = [east + off - size, east + off + size];
            let [south, north] = [north - size, north + size];
            let boxed = format!("BBOX({west}, {south}, {east}, {north})");
            let ring =
                format!("POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))");
            for literal in [boxed, ring] {
                let expr = parse_text(&format!("S_INTERSECTS(geometry, {literal})")).unwrap();
                let filter = Filter::compile(&expr, &layer, Audience::Public, &to_lon_lat).unwrap();
                assert_eq!(found(&filter, &rows).len(), expected, "{}: {literal}", &record[0]);
            }
        }
        checked += 1;
    }
    assert!(checked >= 6, "{checked}");
}

/// What is compiled and bound once serves every thread.
#[test]
fn threads_share_filters() {
    fn shared<T: Send + Sync>() {}
    shared::<Filter>();
    shared::<Bound<'_>>();
}

/// The edge from 100 E to 110 E is straight where it was drawn; on lon/lat it is a parabola that passes 18 N at 105 E.
#[test]
fn an_edge_that_is_straight_in_its_own_system_is_followed() {
    let rows = two_rows();
    let bent = |[x, y]: [f64; 2]| Some([x, y + (x - 100.0) * (110.0 - x) / 25.0]);
    let text = "S_INTERSECTS(geometry, POLYGON((100 17.0000001, 110 17.0000001, 110 16, 100 16, 100 17.0000001)))";
    let filter = Filter::compile(&parse_text(text).unwrap(), rows.layer(), Audience::Public, &bent).unwrap();
    assert_eq!(found(&filter, &rows).len(), 2);
    assert_eq!(count(text, &rows), 0, "without the bend it is a degree away");
}

#[test]
fn windows_hold_what_can_match() {
    let rows = two_rows();
    let window = |text: &str| compile(&parse_text(text).unwrap(), rows.layer()).unwrap().window();
    let within = |text: &str, [west, east]: [f64; 2]| {
        let window = window(text).unwrap_or_else(|| panic!("{text} has a window"));
        let at = |lon: f64| citylayers::geo::mercator::world_point([lon, 0.0])[0];
        assert!(window.min_x.abs_diff(at(west)) <= 2 && window.max_x.abs_diff(at(east)) <= 2, "{text}: {window:?}");
    };
    within("S_INTERSECTS(geometry, BBOX(1, 2, 3, 4))", [1.0, 3.0]);
    within("a_boolean AND S_WITHIN(geometry, BBOX(1, 2, 3, 4)) AND S_TOUCHES(BBOX(2, 2, 5, 4), geometry)", [2.0, 3.0]);
    within("S_INTERSECTS(geometry, POINT(1 1)) OR S_EQUALS(geometry, POINT(7 1))", [1.0, 7.0]);
    for text in [
        "a_boolean",
        "NOT S_INTERSECTS(geometry, POINT(1 1))",
        "S_DISJOINT(geometry, POINT(1 1))",
        "S_INTERSECTS(geometry, POINT(1 1)) OR a_boolean",
    ] {
        assert_eq!(window(text), None, "{text}");
    }
    for text in ["FALSE", "S_INTERSECTS(geometry, POINT(1 1)) AND S_INTERSECTS(geometry, POINT(7 1))"] {
        assert!(window(text).is_some_and(|window| window.is_empty()), "{text}");
    }
}

#[test]
fn functions_measure_on_the_ellipsoid() {
    let square = |side: f64| {
        let corners =
            [(105.0, 18.0), (105.0 + side, 18.0), (105.0 + side, 18.0 + side), (105.0, 18.0 + side), (105.0, 18.0)];
        LineString(corners.map(|(x, y)| Coord { x, y }).to_vec())
    };
    let mut areas = Rows::new(layer("areas", GeometryKind::Polygon, FieldType::Text, &[]));
    areas.push("1", &Geometry::Polygons(MultiPolygon(vec![Polygon::new(square(0.01), Vec::new())])), []);
    let mut lines = Rows::new(layer("lines", GeometryKind::Line, FieldType::Text, &[]));
    lines.push("1", &Geometry::Lines(MultiLineString(vec![square(0.01)])), []);
    // The area of a zone of the ellipsoid (J. P. Snyder, Map Projections, 1987, equation 3-12) and arcs of meridian and parallel.
    assert_eq!(count("area() BETWEEN 1172127.9 AND 1172128.2", &areas), 1);
    assert_eq!(count("AREA(geometry) = area() AND length() = 0", &areas), 1);
    assert_eq!(count("length() BETWEEN 4331.6 AND 4331.7 AND area() = 0", &lines), 1);
    assert!(FUNCTIONS.iter().all(|function| !function.vi.is_empty() && !function.en.is_empty()));
}

#[test]
fn json_reads_what_the_standard_writes_and_names_what_it_does_not() {
    let table = [
        (r#"{"op":"and","args":[true]}"#, "two arguments or more"),
        (r#"{"op":"=","args":[1]}"#, "`=` takes 2 arguments, and here are 1"),
        (r#"{"op":"=","args":[1,2,3]}"#, "here are 3"),
        (r#"{"op":"in","args":[1,[]]}"#, "is not empty"),
        (r#"{"op":"in","args":[1,2]}"#, "takes a value and an array"),
        (r#"{"op":"=","args":[{"property":"a"},null]}"#, "null is no value"),
        (r#"{"op":"=","args":[{"property":""},1]}"#, "a name is not empty"),
        (r#"{"op":"="}"#, "needs an array `args`"),
        (r#"{"op":"point","args":[1]}"#, "no operation and no name"),
        (r#"{"op":"a b","args":[1]}"#, "no operation and no name"),
        (r#"{"function":{"name":"avg"}}"#, "an object has a member op"),
        (r#"{"type":"Circle","coordinates":[1,1]}"#, "`type` is one of"),
        (r#"{"type":"Point","coordinates":["a"]}"#, "an array of numbers"),
        (r#"{"type":"Point","coordinates":[1]}"#, "two numbers"),
        (r#"{"type":"MultiPoint","coordinates":[]}"#, "not empty"),
        (r#"{"interval":["2025-01-01"]}"#, "two ends"),
        (r#"{"date":"2025-1-1"}"#, "is no day"),
        ("[1]", "an array stands only"),
        ("{", "EOF"),
        ("1e999", "out of range"),
    ];
    for (json, expected) in table {
        let error = parse_json(json).expect_err(json).to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
    let same = [
        (
            "S_INTERSECTS(geometry, POINT Z(1 2 3))",
            r#"{"op":"S_Intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1,2,3]}]}"#,
        ),
        (
            "S_WITHIN(geometry, BBOX(1,2,0,3,4,9))",
            r#"{"op":"s_within","args":[{"property":"geometry"},{"bbox":[1,2,0,3,4,9]}]}"#,
        ),
        (
            "T_METBY(INTERVAL(a, '..'), INTERVAL('2025-01-01', b))",
            r#"{"op":"t_metBy","args":[{"interval":[{"property":"a"},".."]},{"interval":["2025-01-01",{"property":"b"}]}]}"#,
        ),
        (
            "a NOT LIKE 'x' AND b IS NOT NULL",
            r#"{"op":"and","args":[{"op":"not","args":[{"op":"like","args":[{"property":"a"},"x"]}]},{"op":"not","args":[{"op":"isNull","args":[{"property":"b"}]}]}]}"#,
        ),
        ("-a * 2 = 10", r#"{"op":"=","args":[{"op":"*","args":[{"op":"*","args":[-1,{"property":"a"}]},2]},10]}"#),
        (
            "A_OVERLAPS(f((1,2)), (\"date\", 'x'))",
            r#"{"op":"a_overlaps","args":[{"op":"f","args":[[1,2]]},[{"property":"date"},"x"]]}"#,
        ),
        (
            "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1)))",
            r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,1]},{"type":"LineString","coordinates":[[0,0],[1,1]]}]}]}"#,
        ),
        (
            "S_INTERSECTS(geometry, MULTIPOINT(1 1, 2 2))",
            r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"MultiPoint","coordinates":[[1,1],[2,2]]}]}"#,
        ),
    ];
    for (text, json) in same {
        let (from_text, from_json) = (parse_text(text).unwrap(), parse_json(json).unwrap());
        assert_eq!(from_text, from_json, "{text}");
        assert_comes_back(&from_text);
    }
}

#[test]
fn parentheses_stand_where_they_are_needed() {
    let table = [
        ("a and b or not c", "a AND b OR NOT c"),
        ("(a or b) and (c or d)", "(a OR b) AND (c OR d)"),
        ("((a and b))", "a AND b"),
        ("(a and b) and c", "(a AND b) AND c"),
        ("not (a = 1)", "NOT a = 1"),
        ("not (a and b)", "NOT (a AND b)"),
        ("not not a", "NOT (NOT a)"),
        ("not a like 'x'", "a NOT LIKE 'x'"),
        ("(a+b)*c = a+(b*c)", "(a + b) * c = a + b * c"),
        ("a-(b-c) = a-b-c", "a - (b - c) = a - b - c"),
        ("(a^b)^c = -2^2", "(a ^ b) ^ c = -2 ^ 2"),
        ("(a = 1) = (b = 2)", "(a = 1) = (b = 2)"),
        ("(a is null) = true", "(a IS NULL) = TRUE"),
        ("\"date\" = date('2025-01-01')", "\"date\" = DATE('2025-01-01')"),
        ("date = 1", "\"date\" = 1"),
        ("\"a b\"=\"c\"", "\"a b\" = c"),
        ("Đường_phố.số = 'it''s \\\\ \\n'", "Đường_phố.số = 'it''s \\\\ \\n'"),
    ];
    for (text, printed) in table {
        let expr: Expr = parse_text(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(expr.to_string(), printed, "{text}");
        assert_comes_back(&expr);
    }
}

/// A table of answers is per block of rows: the same filter serves blocks with other dictionaries.
#[test]
fn one_filter_serves_many_blocks() {
    let layer = layer("things", GeometryKind::Point, FieldType::Text, &[("name", FieldType::Text)]);
    let filter = compile(&parse_text("CASEI(name) LIKE 'b%'").unwrap(), &layer).unwrap();
    for names in [["Bến", "An", "b"], ["a", "b", "Bến"]] {
        let mut rows = Rows::new(Arc::clone(&layer));
        for name in names {
            rows.push(name, &Geometry::Point(Point::new(1.0, 1.0)), [Some(ValueRef::Text(name))]);
        }
        let expected: Vec<usize> = (0..3).filter(|&row| names[row].to_lowercase().starts_with('b')).collect();
        assert_eq!(found(&filter, &rows), expected);
    }
    assert_eq!(
        parse_text("a ="),
        Err(FilterError::Syntax { at: 4, what: "the end where a value is expected".to_owned() })
    );
}
