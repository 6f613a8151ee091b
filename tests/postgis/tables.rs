//! The tables of layers: readable and writable by any program, ours or found, with rows that no layer can hold.

use std::process::Command;
use std::sync::Arc;

use citylayers::geo::GeometryKind;
use citylayers::model::{FieldType, Rows, Value};
use citylayers::store::postgis::PostGis;
use citylayers::store::{Store, StoreError};

use super::support::database::Database;
use super::support::layers::{EVERY_TYPE, layer};
use super::{heard, ids, insert, lamps, load, node, put, support};

#[tokio::test]
async fn a_table_is_typed_titled_and_indexed() {
    let Some(database) = Database::fresh().await else { return };
    let store = PostGis::open(&database.url).await.unwrap();
    let layer = layer("wards", GeometryKind::Polygon, FieldType::Text, &EVERY_TYPE);
    store.prepare(&[layer]).await.unwrap();
    let somebody = database.somebody().await;
    let query = "SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END), \
        E'\n' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'public.wards'::regclass AND attnum > 0";
    let columns: String = somebody.query_one(query, &[]).await.unwrap().get(0);
    let expected = "fid bigint NOT NULL\ngeom geometry(MultiPolygon,4326) NOT NULL\ncode text NOT NULL\na_text text\na_code text\n\
        an_integer bigint\na_real double precision\na_boolean boolean\na_date date\na_moment timestamp with time zone";
    assert_eq!(columns, expected);
    let query = "SELECT string_agg(regexp_replace(indexdef, '.* ON public.wards ', ''), '; ' ORDER BY indexdef) \
        FROM pg_indexes WHERE tablename = 'wards'";
    let indexes: String = somebody.query_one(query, &[]).await.unwrap().get(0);
    assert_eq!(indexes, "USING gist (geom); USING btree (code); USING btree (fid)");
    let query = "SELECT obj_description('wards'::regclass), col_description('wards'::regclass, 3), col_description('wards'::regclass, 4)";
    let comments = somebody.query_one(query, &[]).await.unwrap();
    let comments: [Option<&str>; 3] = [comments.get(0), comments.get(1), comments.get(2)];
    assert_eq!(comments, ["Lớp wards / Layer wards", "Lớp code / Layer code", "Lớp a_text / Layer a_text"].map(Some));
}

#[tokio::test]
async fn fields_may_take_the_names_of_our_own_columns() {
    let Some(database) = Database::fresh().await else { return };
    let fields = [("fid", FieldType::Integer), ("geom", FieldType::Text), ("order", FieldType::Boolean)];
    let layer = layer("table", GeometryKind::Point, FieldType::Text, &fields);
    let store = PostGis::open(&database.url).await.unwrap();
    store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    let mut feature = super::lamp("1", "", 0);
    feature.layer = layer.id.clone();
    feature.properties = vec![Some(Value::Integer(7)), Some(Value::Text("POINT".into())), None];
    let mut rows = Rows::new(Arc::clone(&layer));
    rows.push_feature(&feature);
    store.commit(&[citylayers::model::Change::Replace(Arc::new(rows))]).await.unwrap();
    store.commit(&[citylayers::model::Change::Put(feature.clone())]).await.unwrap();
    let loaded = store.load(&layer, &|_| ()).await.unwrap().0;
    support::features::assert_same(&loaded, &[feature]);
}

#[tokio::test]
async fn gdal_reads_and_writes_it() {
    let Some(database) = Database::fresh().await else { return };
    if !support::present::have_gdal() {
        return;
    }
    let store = node(&database).await;
    store.commit(&[put("1", 10)]).await.unwrap();
    let source = database.url.replace("postgres://", "PG:postgresql://");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().expect("GDAL runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {text}");
        text
    };
    let info = run("ogrinfo", &[&source, "lamps"]);
    for line in [
        "Geometry: Point",
        "FID Column = fid",
        "Geometry Column NOT NULL = geom",
        "watt: Integer64",
        "POINT (105.5 18.25)",
        "name (String) = đèn",
    ] {
        assert!(info.contains(line), "{line} in {info}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more.geojson");
    std::fs::write(&file, r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"code":"2","name":"Vinh","watt":20},"geometry":{"type":"Point","coordinates":[105.67,18.67]}}]}"#).unwrap();
    run("ogr2ogr", &["-append", "-update", &source, file.to_str().unwrap(), "-nln", "lamps"]);
    assert_eq!(heard(&store).await.0, ["+2=20"]);
    run("ogrinfo", &[&source, "-sql", "UPDATE lamps SET watt = 21 WHERE code = '2'"]);
    assert_eq!(heard(&store).await.0, ["+2=21"]);
}

#[tokio::test]
async fn rows_that_no_layer_holds_are_left_out_or_mended_and_the_rest_is_there() {
    let Some(database) = Database::fresh().await else { return };
    let odd = layer("odd", GeometryKind::Polygon, FieldType::Text, &EVERY_TYPE);
    let store = PostGis::open(&database.url).await.unwrap();
    store.prepare(&[Arc::clone(&odd)]).await.unwrap();
    let square = "SRID=4326;MULTIPOLYGON(((0 0,0 1,1 1,1 0,0 0)))"; // clockwise
    let rows = [
        format!(
            "('{square}', 'mended', 'Hoa\u{300}', NULL, -9223372036854775808, 'NaN', true, 'infinity', '-infinity')"
        ),
        format!("('{square}', 'bounds', '', NULL, 1, 'Infinity', NULL, '5874897-12-31', '294276-12-31')"),
        format!("('{square}', 'plain', 'Hoà', 'ONT', 2, 0.5, false, '2025-07-01', '2025-07-01 00:00:00.1239+07')"),
        format!("('{square}', '', 'no name', NULL, 3, 1, true, NULL, NULL)"),
        "('SRID=4326;MULTIPOLYGON EMPTY', 'empty', NULL, NULL, 4, 1, true, NULL, NULL)".to_owned(),
        "('SRID=4326;MULTIPOLYGON(((0 0,900 1,1 1,0 0)))', 'far', NULL, NULL, 5, 1, true, NULL, NULL)".to_owned(),
        "('SRID=4326;MULTIPOLYGON(((0 0,NaN 1,1 1,0 0)))', 'nan', NULL, NULL, 6, 1, true, NULL, NULL)".to_owned(),
    ];
    for row in &rows {
        let columns = "geom, code, a_text, a_code, an_integer, a_real, a_boolean, a_date, a_moment";
        database.execute(&format!("INSERT INTO odd ({columns}) VALUES {row}")).await;
    }
    let loaded = store.load(&odd, &|_| ()).await.unwrap().0;
    assert_eq!(ids(&loaded), ["mended", "bounds", "plain"]);
    let values = |row: usize| loaded.values(row).map(|value| value.map(|value| value.to_string())).collect::<Vec<_>>();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(values(0), [some("Hoà"), None, None, None, some("true"), None, None]);
    assert_eq!(values(1), [some(""), None, some("1"), None, None, None, None]);
    let plain = ["Hoà", "ONT", "2", "0.5", "false", "2025-07-01", "2025-06-30T17:00:00.123Z"];
    assert_eq!(values(2), plain.map(some));
    let ring: Vec<[f64; 2]> = loaded.feature(0).geometry.coords().collect();
    assert_eq!(ring, [[0., 0.], [1., 0.], [1., 1.], [0., 1.], [0., 0.]], "counter-clockwise");
    let foreign = store.foreign().await.unwrap();
    let [citylayers::store::Foreign::Changed(changes, _)] = foreign.as_slice() else { panic!("{foreign:?}") };
    let put = changes.iter().filter(|change| matches!(change, citylayers::model::Change::Put(_))).count();
    assert_eq!((put, changes.len()), (3, 6), "those left out are told as removed, but for the one without a name");
}

#[tokio::test]
async fn a_table_that_is_there_and_fits_is_used_as_it_is() {
    let Some(database) = Database::fresh().await else { return };
    let existing = "CREATE TABLE lamps (shape geometry(Point, 4326), gid serial PRIMARY KEY, watt integer, code varchar(20) NOT NULL UNIQUE, \
        name text, installed_by text DEFAULT 'somebody'); \
        INSERT INTO lamps (shape, watt, code, name) VALUES ('SRID=4326;POINT(105.5 18.25)', 10, '1', 'đèn'), (NULL, 11, '2', 'đèn')";
    database.execute(existing).await;
    let store = node(&database).await;
    assert_eq!(ids(&load(&store).await), ["1"], "the one that is somewhere");
    store.commit(&[put("3", 30), put("1", 12)]).await.unwrap();
    database.execute("UPDATE lamps SET watt = 13 WHERE code = '1'").await;
    assert_eq!(heard(&store).await.0, ["+1=13"]);
    let somebody = database.somebody().await;
    let query = "SELECT string_agg(concat_ws(' ', gid, code, watt, installed_by), ', ' ORDER BY gid) FROM lamps";
    let rows: String = somebody.query_one(query, &[]).await.unwrap().get(0);
    // 3 took one number, and 1 another before it was found to be there.
    assert_eq!(rows, "1 1 13 somebody, 2 2 11 somebody, 3 3 30 somebody");
    database.execute("ALTER TABLE lamps DROP CONSTRAINT lamps_pkey").await;
    let without_key = node(&database).await;
    assert_eq!(ids(&load(&without_key).await), ["1", "3"], "in the order of ids");
}

#[tokio::test]
async fn a_table_that_does_not_fit_is_refused_with_the_sql_that_helps() {
    let table = [
        (
            "geom geometry(Point, 3405), code text NOT NULL UNIQUE",
            "TYPE geometry(Point, 4326) USING ST_Transform(\"geom\", 4326)",
        ),
        ("geom geometry(Point, 4326), code text UNIQUE", "ALTER COLUMN \"code\" SET NOT NULL"),
        ("geom geometry(Point, 4326), code text NOT NULL", "ADD UNIQUE (\"code\")"),
        (
            "geom geometry(Point, 4326), code integer NOT NULL UNIQUE",
            "ALTER COLUMN \"code\" TYPE text USING \"code\"::text",
        ),
        (
            "geom geometry(Point, 4326), code text NOT NULL UNIQUE, watt numeric",
            "ALTER COLUMN \"watt\" TYPE bigint USING",
        ),
        ("code text NOT NULL UNIQUE", "ADD COLUMN geom geometry(Point, 4326)"),
    ];
    let Some(database) = Database::fresh().await else { return };
    let store = PostGis::open(&database.url).await.unwrap();
    for (columns, way_out) in table {
        database.execute(&format!("DROP TABLE IF EXISTS lamps; CREATE TABLE lamps ({columns})")).await;
        let error = store.prepare(&[lamps()]).await.expect_err(columns);
        assert!(matches!(&error, StoreError::Schema { table, .. } if table == "lamps"), "{columns}: {error:?}");
        let error = error.to_string();
        let Some(start) = error.find("ALTER TABLE").filter(|_| error.contains(way_out)) else {
            panic!("{columns}: {error}")
        };
        // What is said to help does.
        let sql = error.get(start..).unwrap().split(" (not for").next().unwrap().to_owned();
        database.execute(&sql).await;
        store.prepare(&[lamps()]).await.unwrap_or_else(|error| panic!("{columns}, then {sql}: {error}"));
    }
    database.execute("DROP TABLE lamps; CREATE VIEW lamps AS SELECT 1 AS code").await;
    let error = store.prepare(&[lamps()]).await.expect_err("a view").to_string();
    assert!(error.contains("it is a view"), "{error}");
}

#[tokio::test]
async fn tables_are_made_where_the_search_path_says_and_never_in_the_core() {
    let Some(database) = Database::fresh().await else { return };
    database.execute("CREATE SCHEMA gis").await;
    database
        .execute("DROP EXTENSION postgis; CREATE SCHEMA \"Tools\"; CREATE EXTENSION postgis SCHEMA \"Tools\"")
        .await;
    let url = format!("{}?options=-c%20search_path%3Dcitylayers,gis", database.url);
    let journal = layer("journal", GeometryKind::Point, FieldType::Text, &[]);
    let store = PostGis::open(&url).await.unwrap();
    store.prepare(&[Arc::clone(&journal), lamps()]).await.unwrap();
    store.commit(&[put("1", 10)]).await.unwrap();
    let query = "SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY schemaname, tablename) FROM pg_tables WHERE tablename IN ('lamps', 'journal')";
    let tables: String = database.somebody().await.query_one(query, &[]).await.unwrap().get(0);
    assert_eq!(tables, "citylayers.journal gis.journal gis.lamps");
    assert_eq!(ids(&load(&store).await), ["1"]);
    let insert = insert("2", 20).replace("lamps", "gis.lamps");
    database.execute(&format!("SET search_path = \"Tools\"; {insert}")).await;
    assert_eq!(heard(&store).await.0, ["+2=20"]);
}

#[tokio::test]
async fn a_node_that_starts_waits_for_nobody_who_reads_or_edits() {
    let Some(database) = Database::fresh().await else { return };
    drop(node(&database).await);
    let somebody = database.somebody().await;
    somebody.batch_execute(&format!("BEGIN; SELECT * FROM lamps; {}", insert("1", 10))).await.unwrap();
    let starting = tokio::time::timeout(super::LONG / 4, node(&database)).await;
    let store = starting.expect("less than the 30 seconds that it would wait for a lock");
    assert!(load(&store).await.is_empty());
    somebody.batch_execute("COMMIT").await.unwrap();
    assert_eq!(heard(&store).await.0, ["+1=10"]);
}

#[tokio::test]
async fn a_trigger_that_was_switched_off_is_there_again_after_a_start() {
    let Some(database) = Database::fresh().await else { return };
    drop(node(&database).await);
    database
        .execute("ALTER TABLE lamps DISABLE TRIGGER citylayers_insert; DROP TRIGGER citylayers_delete ON lamps")
        .await;
    let store = node(&database).await;
    database.execute(&insert("1", 10)).await;
    assert_eq!(heard(&store).await.0, ["+1=10"]);
    database.execute("DELETE FROM lamps").await;
    assert_eq!(heard(&store).await.0, ["-1"]);
}
