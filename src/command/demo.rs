//! `citylayers demo`

use std::sync::Arc;

use chrono::{SubsecRound, TimeDelta, Utc};
use clap::Args;

use super::progress::{Progress, Total};
use super::{Failure, Settings, open, play};
use crate::demo::{buses, incidents, indications, province};
use crate::model::{Change, Layer};

/// Fill the store with a generated demo of Nghệ An and Thanh Hóa.
///
/// Names, codes and centres are real; shapes, streets and values are generated from a seed, the same on every machine. Replaces
/// the layers that it fills. With --play a running service is told instead what lamps, car parks, stations, buses and vessels of this
/// demo measure in a day.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Do nothing when any layer has features
    #[arg(long)]
    if_empty: bool,

    /// Another seed, another province
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,

    /// More or fewer lamps, parcels and buildings
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR", value_parser = factor)]
    scale: f64,

    #[command(flatten)]
    play: play::Playing,
}

fn factor(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|factor| (0.0..=1000.0).contains(factor));
    number.ok_or_else(|| format!("`{text}` is not a number from 0 to 1000"))
}

pub async fn run(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let catalog = open::catalog(settings)?;
    if arguments.play.is_wanted() {
        return play::run(&arguments.play, &catalog, (arguments.seed, arguments.scale)).await;
    }
    let city = open::city(settings, catalog.layers(), |_| true).await?;
    let filled = |layer: &&Arc<Layer>| city.atlas().layer(&layer.id).is_some_and(|index| !index.is_empty());
    if arguments.if_empty
        && let Some(layer) = catalog.layers().iter().find(filled)
    {
        eprintln!("the store has features already ({}, for one): no demo needed", layer.id);
        city.close().await?;
        return Ok(());
    }
    let progress = Progress::new("generating", Total::Layers(catalog.layers().len()));
    let mut total = 0;
    let reports = incidents(arguments.seed, catalog.layers(), Utc::now().trunc_subsecs(0));
    for mut rows in province(arguments.seed, catalog.layers(), arguments.scale).chain(reports) {
        rows.mark_demo(true);
        total += rows.len();
        progress.tell(rows.layer().id.as_str(), rows.len() as u64);
        city.commit(vec![Change::Replace(Arc::new(rows))]).await?;
    }
    if let Some(timetable) = buses(arguments.seed, catalog.layers()) {
        city.commit(vec![Change::Timetable(Arc::new(timetable))]).await?;
    }
    progress.done();
    let told = indications(arguments.seed, catalog.indicators(), (Utc::now() + TimeDelta::hours(7)).date_naive());
    let values: usize = told.iter().map(|indications| indications.list().len()).sum();
    city.commit(told.into_iter().map(Change::Indicate).collect()).await?;
    city.close().await?;
    eprintln!("demo: {total} features and {values} values of indicators in {}", open::shown(&settings.store));
    Ok(())
}
