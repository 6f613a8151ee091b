//! `citylayers serve`

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use clap::Args;
use tokio::sync::watch;

use super::{Failure, Settings, open};
use crate::catalog::Catalog;
use crate::city::City;
use crate::config;
use crate::feed::mqtt::{self, Broker, Keeper};
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
    let broker = broker(settings, &arguments, listen)?;
    let state = state(settings, arguments, Arc::clone(&catalog));
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
    announce(&serving, &city, server.address)?;
    let (stop, stopped) = watch::channel(false);
    let keeper = Keeper::new(Arc::clone(&city), Arc::clone(&serving.refusals));
    let hearing = broker.map(|broker| tokio::spawn(async move { mqtt::hear(&broker, &keeper, stopped).await }));
    let following = tokio::spawn({
        let city = Arc::clone(&city);
        async move { city.follow().await }
    });
    let forgetting = tokio::spawn({
        let city = Arc::clone(&city);
        async move { forget(&city).await }
    });
    running.await??;
    let _nobody_hears = stop.send(true);
    if let Some(hearing) = hearing {
        hearing.await?;
    }
    following.abort();
    forgetting.abort();
    city.close().await?;
    Ok(())
}

fn state(settings: &Settings, arguments: Arguments, catalog: Arc<Catalog>) -> State {
    let cache = arguments.cache_mb.or(settings.file.cache_mb).unwrap_or(config::DEFAULT_CACHE_MB) << 20;
    let public_url = arguments.public_url.or_else(|| settings.file.public_url.clone());
    let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
    let edits = arguments.edits || settings.file.edits.unwrap_or_default();
    let observations = arguments.observations || settings.file.observations.unwrap_or_default();
    State::new(catalog, cache, public_url).with_edits(edits).with_observations(observations)
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
