//! Rules, alerts and webhooks of a service that starts.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::{Failure, Settings};
use crate::catalog::Catalog;
use crate::city::City;
use crate::config::Webhook;
use crate::rules::{Known, Ready};

/// How often time alone is looked at.
const TICK: Duration = Duration::from_secs(1);

/// Ticks after which rules are asked for that other nodes made.
const RULES: u64 = 5;

/// The rules of the data folder; all that is wrong with any is told.
pub fn rules(catalog: &Catalog, webhooks: &[String]) -> Result<Vec<Arc<Ready>>, Failure> {
    let mut faults: Vec<String> = Vec::new();
    let mut rules = Vec::new();
    let known = known(catalog, webhooks);
    for rule in catalog.rules() {
        match Ready::new(rule.clone(), known) {
            Ok(ready) => rules.push(Arc::new(ready)),
            Err(fault) => {
                faults.extend(fault.faults.iter().map(|one| format!("rules/{}.toml: {one}", fault.rule)));
            }
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(Failure::Failed(anyhow::anyhow!(faults.join("\n")))) }
}

fn known<'a>(catalog: &'a Catalog, webhooks: &'a [String]) -> Known<'a> {
    Known { layers: catalog.layers(), indicators: catalog.indicators(), webhooks }
}

/// The webhooks of the configuration, with their secrets.
pub fn webhooks(settings: &Settings) -> Result<Vec<Webhook>, Failure> {
    let mut webhooks: Vec<Webhook> = Vec::new();
    for webhook in &settings.file.webhook {
        let fault = |what: String| Failure::Usage(format!("webhook `{}`: {what}", webhook.name));
        if !(webhook.url.starts_with("https://") || webhook.url.starts_with("http://")) {
            return Err(fault(format!("`{}` is no http:// or https:// URL", webhook.url)));
        }
        if webhooks.iter().any(|known| known.name == webhook.name) {
            return Err(fault("it is named twice".to_owned()));
        }
        let secret = match webhook.secret.strip_prefix("env:") {
            Some(name) => std::env::var(name)
                .map_err(|error| fault(format!("its secret is in the environment variable {name}: {error}")))?,
            None => webhook.secret.clone(),
        };
        if secret.is_empty() {
            return Err(fault("its secret is empty: anybody could sign as this service".to_owned()));
        }
        webhooks.push(Webhook { secret, ..webhook.clone() });
    }
    Ok(webhooks)
}

/// Lets the rules hold. One that was made over HTTP and does not fit the layers any more is told in the log and does not hold.
pub async fn start(
    city: &City,
    catalog: &Arc<Catalog>,
    rules: Vec<Arc<Ready>>,
    webhooks: Vec<String>,
) -> Result<(), Failure> {
    let catalog = Arc::clone(catalog);
    let ready = move |body: &str| {
        let rule = serde_json::from_str(body).map_err(|error| error.to_string());
        let known = known(&catalog, &webhooks);
        let ready = rule.and_then(|rule| Ready::new(rule, known).map_err(|fault| fault.to_string()));
        ready.inspect_err(|error| tracing::error!(error, "a rule that was made over HTTP does not hold")).ok()
    };
    Ok(city.start_rules(rules, ready, Utc::now()).await?)
}

/// Does each second what time alone brings, and now and then asks what other nodes have made of the rules.
pub async fn tick(city: Arc<City>) {
    let mut beats = tokio::time::interval(TICK);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for beat in 1_u64.. {
        beats.tick().await;
        if let Err(error) = city.tick(Utc::now()).await {
            tracing::warn!(%error, "what time brings to alerts could not be kept; it is tried again");
        }
        if beat % RULES == 0
            && let Err(error) = city.follow_rules(Utc::now()).await
        {
            tracing::warn!(%error, "rules that other nodes made are not known for now");
        }
    }
}
