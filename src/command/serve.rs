//! `citylayers serve`

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use clap::Args;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Failure, Settings, alerting, open};
use crate::catalog::Catalog;
use crate::city::City;
use crate::config::{self, Webhook};
use crate::feed::gtfs_realtime::{Feed, Refusals as Refused};
use crate::feed::mqtt::{self, Broker, Keeper};
use crate::ingest::refusals::Way;
use crate::web::{Serving, State, bind};

/// Serve tiles, the catalogue and the map page.
///
/// Answers at once: /healthz says that it lives, /readyz that the layers are loaded. Ends on Ctrl-C and SIGTERM.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "CITYLAYERS_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// Base of absolute links, when a proxy stands before the service
    #[arg(long, env = "CITYLAYERS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// Room for drawn tiles, in megabytes [default: 512]
    #[arg(long, env = "CITYLAYERS_CACHE_MB", value_name = "MB")]
    cache_mb: Option<u64>,

    /// Take changes of features over HTTP, from everybody who reaches the service
    #[arg(long, env = "CITYLAYERS_EDITS")]
    edits: bool,

    /// Take readings of sensors and vehicles over HTTP, from everybody who reaches the service
    #[arg(long, env = "CITYLAYERS_OBSERVATIONS")]
    observations: bool,

    /// Let alerts be worked on and rules be changed over HTTP, by everybody who reaches the service
    #[arg(long, env = "CITYLAYERS_OPERATIONS")]
    operations: bool,

    /// Broker whose messages `citylayers/LAYER/FEATURE` are readings, `mqtt://USER:PASSWORD@HOST:1883?version=5&client=NAME&group=NAME`
    #[arg(long, env = "CITYLAYERS_MQTT", hide_env_values = true, value_name = "URL")]
    mqtt: Option<String>,
}

pub async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let catalog = Arc::new(open::catalog(settings)?);
    let listen = match arguments.listen.or(settings.file.listen) {
        Some(listen) => listen,
        None => config::DEFAULT_LISTEN.parse()?,
    };
    let webhooks = alerting::webhooks(settings)?;
    let names: Vec<String> = webhooks.iter().map(|webhook| webhook.name.clone()).collect();
    let rules = alerting::rules(&catalog, &names)?;
    let broker = broker(settings, &arguments, listen)?;
    let state = state(settings, arguments, Arc::clone(&catalog), names.clone());
    let (server, serving) = bind(listen, state)
        .map_err(|error| anyhow::anyhow!("cannot listen on {listen}: {error}; choose another with --listen"))?;
    let handle = server.running.handle();
    let mut running = tokio::spawn(server.running);
    let loaded = tokio::select! {
        loaded = open::city(settings, catalog.layers(), |_| true) => loaded,
        ended = &mut running => return Ok(ended??),
    };
    let city = match loaded {
        Ok(city) => Arc::new(city),
        Err(failure) => {
            handle.stop(false).await;
            return Err(failure);
        }
    };
    alerting::start(&city, &catalog, rules, names).await?;
    let feeds = feeds(settings, &serving, &city)?;
    announce(&serving, &city, server.address)?;
    let (stop, stopped) = watch::channel(false);
    let keeper = Keeper::new(Arc::clone(&city), Arc::clone(&serving.refusals));
    let hearing = broker.map(|broker| tokio::spawn(async move { mqtt::hear(&broker, &keeper, stopped).await }));
    let beside = beside(&city, feeds, webhooks);
    running.await??;
    let _nobody_hears = stop.send(true);
    if let Some(hearing) = hearing {
        hearing.await?;
    }
    beside.iter().for_each(JoinHandle::abort);
    city.close().await?;
    Ok(())
}

/// What goes on beside the answers, until the end.
fn beside(city: &Arc<City>, feeds: Vec<Feed>, webhooks: Vec<Webhook>) -> Vec<JoinHandle<()>> {
    let (following, forgetting, ticking, delivering) =
        (Arc::clone(city), Arc::clone(city), Arc::clone(city), Arc::clone(city));
    let mut beside = vec![
        tokio::spawn(async move { following.follow().await }),
        tokio::spawn(async move { forget(&forgetting).await }),
        tokio::spawn(alerting::tick(ticking)),
        tokio::spawn(crate::webhooks::deliver(delivering, webhooks)),
    ];
    beside.extend(feeds.into_iter().map(|feed| tokio::spawn(feed.follow())));
    beside
}

/// The feeds of the configuration. What they say and cannot be kept is told with the other readings that were refused.
fn feeds(settings: &Settings, serving: &Serving, city: &Arc<City>) -> Result<Vec<Feed>, Failure> {
    let refusals = Arc::clone(&serving.refusals);
    let refused: Refused = Arc::new(move |refused| refusals.remember(Utc::now(), Way::Gtfs, refused));
    let feed = |chosen| Feed::new(chosen, city, &refused);
    let feeds: Result<_, _> = settings.file.gtfs_realtime.iter().map(feed).collect();
    feeds.map_err(|error| Failure::Usage(format!("{}: {error}", config::FILE)))
}

fn state(settings: &Settings, arguments: Arguments, catalog: Arc<Catalog>, webhooks: Vec<String>) -> State {
    let cache = arguments.cache_mb.or(settings.file.cache_mb).unwrap_or(config::DEFAULT_CACHE_MB) << 20;
    let public_url = arguments.public_url.or_else(|| settings.file.public_url.clone());
    let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
    let edits = arguments.edits || settings.file.edits.unwrap_or_default();
    let observations = arguments.observations || settings.file.observations.unwrap_or_default();
    let operations = arguments.operations || settings.file.operations.unwrap_or_default();
    State::new(catalog, cache, public_url)
        .with_edits(edits)
        .with_observations(observations)
        .with_operations(operations, webhooks)
}

/// The broker that the settings name. Its name for us must last, and be no other node's: that of the machine and of the port.
fn broker(settings: &Settings, arguments: &Arguments, listen: SocketAddr) -> Result<Option<Broker>, Failure> {
    let url = arguments.mqtt.as_ref().or(settings.file.mqtt.as_ref()).filter(|url| !url.is_empty());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = machine.trim().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let client = format!("citylayers-{machine}-{}", listen.port());
    let broker = url.map(|url| Broker::parse(url, &client)).transpose();
    broker.map_err(|error| Failure::Usage(format!("--mqtt: {error}")))
}

/// Forgets what layers keep no longer, now and each hour.
async fn forget(city: &City) {
    loop {
        if let Err(error) = city.forget(Utc::now()).await {
            tracing::warn!(%error, "old readings could not be forgotten");
        }
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
}

/// Opens the doors, and says so on stdout, which others wait for.
fn announce(serving: &Serving, city: &Arc<City>, address: SocketAddr) -> std::io::Result<()> {
    serving.ready(Arc::clone(city));
    let mut out = std::io::stdout().lock();
    writeln!(out, "citylayers: serving http://{address}/")?;
    out.flush()
}
