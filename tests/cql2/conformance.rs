//! The predicates of the standard's abstract test suite (OGC 21-065r2, annex A, "Predicates and expected results") on its test data.

use std::path::Path;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};
use citylayers::geo::{Geometry, GeometryKind};
use citylayers::model::{FieldType, Rows, Value};
use geozero::ToGeo;
use geozero::wkb::GpkgWkb;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OpenFlags};

use crate::count;
use crate::ledger::LEDGER;
use crate::support::layers::layer;
use crate::support::present::shared;

/// A table of the test data as rows.
fn table(path: &Path, name: &str) -> Rows {
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut columns = file.prepare(&format!("SELECT name, type FROM pragma_table_info('{name}')")).unwrap();
    let columns = columns.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    let columns: Vec<(String, String)> = columns.map(Result::unwrap).collect();
    let kind = match columns[1].1.as_str() {
        "POINT" => GeometryKind::Point,
        "LINESTRING" => GeometryKind::Line,
        "MULTIPOLYGON" => GeometryKind::Polygon,
        other => panic!("a column of {other}"),
    };
    let fields: Vec<(&str, FieldType)> =
        columns[2..].iter().map(|(name, sql)| (name.as_str(), field_type(sql))).collect();
    let layer = layer(name, kind, FieldType::Integer, &fields);
    let mut rows = Rows::new(Arc::clone(&layer));
    let mut all = file.prepare(&format!("SELECT * FROM {name}")).unwrap();
    let mut all = all.query([]).unwrap();
    while let Some(row) = all.next().unwrap() {
        let blob: Vec<u8> = row.get(1).unwrap();
        let geometry = Geometry::from_geo(GpkgWkb(blob).to_geo().unwrap()).unwrap();
        let values: Vec<Option<Value>> =
            fields.iter().enumerate().map(|(at, (_, field))| value(row.get(at + 2).unwrap(), *field)).collect();
        let id: i64 = row.get(0).unwrap();
        rows.push(&id.to_string(), &geometry, values.iter().map(|value| value.as_ref().map(Value::as_ref)));
    }
    rows.finish();
    rows
}

fn field_type(sql: &str) -> FieldType {
    match sql {
        "INTEGER" => FieldType::Integer,
        "REAL" => FieldType::Real,
        "DATE" => FieldType::Date,
        "DATETIME" => FieldType::DateTime,
        "BOOLEAN" => FieldType::Boolean,
        text if text.starts_with("TEXT") => FieldType::Text,
        other => panic!("a column of {other}"),
    }
}

fn value(value: Sql, field: FieldType) -> Option<Value> {
    Some(match (value, field) {
        (Sql::Null, _) => return None,
        (Sql::Integer(flag), FieldType::Boolean) => Value::Boolean(flag == 1),
        (Sql::Integer(number), FieldType::Integer) => Value::Integer(number),
        (Sql::Real(number), FieldType::Real) => Value::Real(number),
        (Sql::Text(text), FieldType::Text) => Value::Text(text),
        (Sql::Text(text), FieldType::Date) => Value::Date(text.parse::<NaiveDate>().unwrap()),
        // The file leaves out the Z.
        (Sql::Text(text), FieldType::DateTime) => Value::DateTime(text.parse::<NaiveDateTime>().unwrap().and_utc()),
        (other, field) => panic!("{other:?} in a column of {field:?}"),
    })
}

/// The predicates call the geometry `geom`, every layer here calls it `geometry`.
fn renamed(predicate: &str) -> String {
    predicate.replace("(geom,", "(geometry,").replace(",geom)", ",geometry)")
}

struct Data([(&'static str, Rows); 3]);

impl Data {
    fn read() -> Option<Self> {
        let path = shared("conformance/cql2/ne110m4cql2.gpkg")?;
        let names = ["ne_110m_admin_0_countries", "ne_110m_populated_places_simple", "ne_110m_rivers_lake_centerlines"];
        let data = Self(names.map(|name| (name, table(&path, name))));
        assert_eq!(data.0.iter().map(|(_, rows)| rows.len()).collect::<Vec<_>>(), [177, 243, 13]);
        Some(data)
    }

    fn rows(&self, table: &str) -> &Rows {
        let (_, rows) = self.0.iter().find(|(name, _)| name.ends_with(table)).unwrap();
        rows
    }
}

#[test]
fn the_predicates_of_basic_cql2_find_what_the_standard_expects() {
    let (Some(data), Some(list)) = (Data::read(), shared("conformance/cql2/ats_basic-cql2_expected.csv")) else {
        return;
    };
    let mut list = csv::Reader::from_path(list).unwrap();
    let records: Vec<csv::StringRecord> = list.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 24);
    for record in records {
        let [_, _, source, predicate, expected] = std::array::from_fn(|at| &record[at]);
        assert_eq!(count(predicate, data.rows(source)).to_string(), expected, "{source}: {predicate}");
    }
}

#[test]
fn the_predicates_of_the_other_classes_find_what_the_standard_expects() {
    let Some(data) = Data::read() else { return };
    let mut wrong = Vec::new();
    for line in LEDGER.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let [source, expected, predicate] =
            line.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line}"));
        let found = count(&renamed(predicate), data.rows(source));
        if found.to_string() != expected {
            wrong.push(format!("{found} instead of {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Annex A, conformance test `logical` of every class.
#[test]
fn predicates_of_one_table_combine() {
    let Some(data) = Data::read() else { return };
    let all: Vec<Vec<&str>> = LEDGER.lines().map(|line| line.trim().splitn(3, ' ').collect()).collect();
    for table in ["countries", "simple", "centerlines"] {
        let own: Vec<&str> = all.iter().filter(|line| line[0] == table).map(|line| line[2]).collect();
        assert!(own.len() >= 4, "{table}");
        let rows = data.rows(table);
        for start in 0..own.len() {
            let [p1, p2, p3, p4] = std::array::from_fn(|step| renamed(own[(start + step * 7) % own.len()]));
            let text = format!("((NOT {p1} AND {p2}) OR ({p3} and NOT {p4}) or not ({p1} AND {p4}))");
            assert!(count(&text, rows) <= rows.len(), "{text}");
        }
    }
}

/// Annex A, conformance test `s_intersects`: a latitude of 180 is an invalid coordinate.
#[test]
fn the_whole_world_meets_all_and_what_lies_beyond_is_an_error() {
    let Some(data) = Data::read() else { return };
    for (_, rows) in &data.0 {
        for world in ["BBOX(-180,-90,180,90)", "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"] {
            assert_eq!(count(&format!("S_INTERSECTS(geometry,{world})"), rows), rows.len());
            assert_eq!(count(&format!("S_DISJOINT(geometry,{world})"), rows), 0);
        }
        let beyond = citylayers::index::cql2::parse_text("S_INTERSECTS(geometry,POINT(90 180))").unwrap();
        assert!(crate::compile(&beyond, rows.layer()).is_err());
    }
}
