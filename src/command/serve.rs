//! `citylayers serve`

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use clap::Args;

use super::{Failure, Settings, alerting, open};
use crate::city::City;
use crate::config;
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
}

pub async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let catalog = Arc::new(open::catalog(settings)?);
    let listen = match arguments.listen.or(settings.file.listen) {
        Some(listen) => listen,
        None => config::DEFAULT_LISTEN.parse()?,
    };
    let cache = arguments.cache_mb.or(settings.file.cache_mb).unwrap_or(config::DEFAULT_CACHE_MB) << 20;
    let public_url = arguments.public_url.or_else(|| settings.file.public_url.clone());
    let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
    let edits = arguments.edits || settings.file.edits.unwrap_or_default();
    let observations = arguments.observations || settings.file.observations.unwrap_or_default();
    let operations = arguments.operations || settings.file.operations.unwrap_or_default();
    let webhooks = alerting::webhooks(settings)?;
    let names: Vec<String> = webhooks.iter().map(|webhook| webhook.name.clone()).collect();
    let rules = alerting::rules(&catalog, &names)?;
    let state = State::new(Arc::clone(&catalog), cache, public_url)
        .with_edits(edits)
        .with_observations(observations)
        .with_operations(operations, names.clone());
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
    announce(&serving, &city, server.address)?;
    let following = tokio::spawn({
        let city = Arc::clone(&city);
        async move { city.follow().await }
    });
    let forgetting = tokio::spawn({
        let city = Arc::clone(&city);
        async move { forget(&city).await }
    });
    let alerting = [
        tokio::spawn(alerting::tick(Arc::clone(&city))),
        tokio::spawn(crate::webhooks::deliver(Arc::clone(&city), webhooks)),
    ];
    running.await??;
    following.abort();
    forgetting.abort();
    alerting.iter().for_each(tokio::task::JoinHandle::abort);
    city.close().await?;
    Ok(())
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
