//! The province in PostGIS as Martin and tipg have it: a typed table a layer, EPSG:4326, a GIST index, analysed.

use std::fmt::Write;

use bytes::Bytes;
use citylayers::model::{Audience, Field, FieldType, Rows};
use futures_util::SinkExt;
use geozero::{CoordDimensions, ToWkb};
use tokio_postgres::{Client, NoTls};

/// Bytes of a COPY that go out at once.
const PIECE: usize = 1 << 20;

/// A connection that lives as long as its client.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostGIS answers");
    tokio::spawn(connection);
    client
}

/// Makes a database beside the one of `url`, and returns its URL.
pub async fn database(url: &str, name: &str) -> String {
    let client = connect(url).await;
    let make = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE); CREATE DATABASE {name}");
    for statement in make.split("; ") {
        client.batch_execute(statement).await.expect("a database");
    }
    let (base, _) = url.rsplit_once('/').expect("a URL with a database");
    let url = format!("{base}/{name}");
    connect(&url).await.batch_execute("CREATE EXTENSION IF NOT EXISTS postgis").await.expect("PostGIS is installed");
    url
}

/// Makes and fills a table for each layer, with the fields that everybody may see: those that citylayers puts in a tile.
pub async fn load(url: &str, layers: &[Rows]) {
    let client = connect(url).await;
    for rows in layers {
        let (name, geometry) = (rows.layer().id.as_str(), rows.layer().geometry.ogc_name());
        let columns: String =
            public(rows).fold(String::new(), |all, (_, field)| all + &format!(", {} {}", field.name, column(field)));
        let make = format!(
            "CREATE TABLE {name} (gid bigint PRIMARY KEY, id text UNIQUE{columns}, geom geometry({geometry}, 4326))"
        );
        client.batch_execute(&make).await.expect("a table");
        copy(&client, rows).await;
        let index = format!("CREATE INDEX ON {name} USING gist (geom)");
        client.batch_execute(&index).await.expect("an index");
        client.batch_execute(&format!("VACUUM ANALYZE {name}")).await.expect("statistics");
    }
}

fn public(rows: &Rows) -> impl Iterator<Item = (usize, &Field)> {
    rows.layer().fields.iter().enumerate().filter(|(_, field)| field.audience == Audience::Public)
}

fn column(field: &Field) -> &'static str {
    match field.field_type {
        FieldType::Text | FieldType::Code => "text",
        FieldType::Integer => "bigint",
        FieldType::Real => "double precision",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::DateTime => "timestamptz",
    }
}

async fn copy(client: &Client, rows: &Rows) {
    let sink = client.copy_in(&format!("COPY {} FROM STDIN", rows.layer().id)).await.expect("COPY");
    futures_util::pin_mut!(sink);
    let mut text = String::new();
    for row in 0..rows.len() {
        line(&mut text, rows, row);
        if text.len() > PIECE || row + 1 == rows.len() {
            sink.send(Bytes::from(std::mem::take(&mut text))).await.expect("the table takes it");
        }
    }
    sink.finish().await.expect("the table takes all");
}

fn line(text: &mut String, rows: &Rows, row: usize) {
    let write = "a String takes every text";
    write!(text, "{}\t{}", rows.tile_id(row), rows.id(row)).expect(write);
    let values: Vec<_> = rows.values(row).collect();
    for (number, _) in public(rows) {
        match values[number] {
            Some(value) => write!(text, "\t{}", value.to_string().replace(['\\', '\t', '\n'], " ")).expect(write),
            None => text.push_str("\t\\N"),
        }
    }
    let geometry = rows.arena().geometry(row).to_geo();
    let bytes = geometry.to_ewkb(CoordDimensions::xy(), Some(4326)).expect("memory takes every geometry");
    text.push('\t');
    bytes.iter().for_each(|byte| write!(text, "{byte:02X}").expect(write));
    text.push('\n');
}
