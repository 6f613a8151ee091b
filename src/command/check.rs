//! `citylayers check`

use std::io::Write;

use clap::Args;

use super::progress::{Progress, Total};
use super::{Failure, Settings, alerting, open};
use crate::catalog::Catalog;
use crate::config;
use crate::feed::gtfs_realtime;
use crate::feed::mqtt::Broker;
use crate::geo::{Arena, GeometryKind};
use crate::ingest::validity::{Invalid, Rings, invalid};
use crate::model::Rows;

/// Check the configuration, the catalogue, the store and every feature in it.
///
/// What `serve` refuses to start with is refused here: a mistake in `citylayers.toml`, or in the files of layers, rules, indicators and
/// scenes. Reads everything and writes nothing but missing tables. Prints a line a layer; ends with 1 when a feature is not as its
/// layer wants it, which can be when another program edited the store.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Faults printed for each layer
    #[arg(long, default_value_t = 20, value_name = "N")]
    faults: usize,
}

pub async fn run(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let catalog = open::catalog(settings)?;
    configured(settings, &catalog)?;
    let store = open::existing(settings).await?;
    store.prepare(catalog.layers()).await?;
    let mut out = std::io::stdout().lock();
    let files = [
        (catalog.layers().len(), "layers"),
        (catalog.rules().len(), "rules"),
        (catalog.indicators().len(), "indicators"),
        (catalog.scenes().len(), "scenes"),
    ];
    writeln!(out, "{}: sound", files.map(|(count, what)| format!("{count} {what}")).join(", "))?;
    let mut total = 0;
    let progress = Progress::new("checking", Total::Layers(catalog.layers().len()));
    for layer in catalog.layers() {
        let (rows, revision) = store.load(layer, &|rows| progress.tell(layer.id.as_str(), rows)).await?;
        let mut faults: Vec<String> = (0..rows.len()).flat_map(|row| faults(&rows, row)).collect();
        faults.extend(rows.left_out().iter().map(|what| format!("left out: {what}")));
        writeln!(
            out,
            "{:16} {:>9} features, revision {revision}, {} faults",
            layer.id.as_str(),
            rows.len(),
            faults.len()
        )?;
        faults.iter().take(arguments.faults).try_for_each(|fault| writeln!(out, "  {fault}"))?;
        total += faults.len();
    }
    progress.done();
    store.close().await?;
    if total > 0 {
        return Err(anyhow::anyhow!(
            "{total} faults; import the layers again, or mend the features in the program that edited them"
        )
        .into());
    }
    Ok(())
}

/// What of the configuration the service would not start with.
fn configured(settings: &Settings, catalog: &Catalog) -> Result<(), Failure> {
    let webhooks = alerting::webhooks(settings)?;
    let names: Vec<String> = webhooks.into_iter().map(|webhook| webhook.name).collect();
    alerting::rules(catalog, &names)?;
    let unusable = |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", config::FILE));
    for feed in &settings.file.gtfs_realtime {
        gtfs_realtime::meant(feed, catalog.layers()).map_err(|error| unusable(&error))?;
    }
    if let Some(url) = settings.file.mqtt.as_ref().filter(|url| !url.is_empty()) {
        Broker::parse(url, "citylayers-check").map_err(|error| unusable(&error))?;
    }
    Ok(())
}

/// What is wrong with one feature.
fn faults(rows: &Rows, row: usize) -> Vec<String> {
    let (layer, id) = (rows.layer(), rows.id(row));
    let mut faults = Vec::new();
    let missing = layer.fields.iter().zip(rows.values(row)).filter(|(field, value)| field.required && value.is_none());
    faults.extend(missing.map(|(field, _)| format!("{id}: the required field `{}` has no value", field.name)));
    for (field, value) in layer.fields.iter().zip(rows.values(row)) {
        let value = value.map(|value| value.to_string());
        if let Some(code) =
            value.filter(|code| !field.codes.is_empty() && field.codes.iter().all(|known| known.code != *code))
        {
            faults.push(format!("{id}: `{}` has no code `{code}`", field.name));
        }
    }
    let vertices = rows.arena().row_vertices(row);
    let outside =
        layer.extent.and_then(|extent| rows.arena().lon_lat()[vertices].iter().find(|place| !extent.contains(**place)));
    faults.extend(outside.map(|[lon, lat]| format!("{id}: {lon}, {lat} is outside the layer's extent")));
    let unsound = unsound(rows.arena(), row);
    faults.extend(unsound.map(|fault| format!("{id}: {} at {}, {}", fault.what, fault.place[0], fault.place[1])));
    faults
}

/// What makes the polygons of a row invalid, by the rules of the door.
fn unsound(arena: &Arena, row: usize) -> Option<Invalid> {
    if arena.kind() != GeometryKind::Polygon {
        return None;
    }
    let mut polygons: Vec<Rings> = Vec::new();
    for part in arena.parts(row) {
        let mut ring = arena.lon_lat()[arena.vertices(part)].to_vec();
        ring.dedup();
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        match polygons.last_mut() {
            Some(polygon) if !arena.is_exterior(part) => polygon.push(ring),
            _ => polygons.push(vec![ring]),
        }
    }
    invalid(&polygons).filter(|fault| !fault.undecided)
}
