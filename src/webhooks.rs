//! Messages about alerts on their way out. They lie in the store from the commit that wrote them until the receiver has said that it
//! has them: a crash loses none, and may bring one a second time, under the same id.
//!
//! A message is sent by POST, as JSON. `Citylayers-Signature: t=1790000000,v1=...` is the moment of the attempt in Unix seconds and the
//! hexadecimal HMAC-SHA-256 (RFC 2104) of `{t}.{body}` under the webhook's secret: whoever checks both knows who wrote it, and
//! that it is not an old one sent again.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::city::{City, CityError, Outgoing};
use crate::config::Webhook;
use crate::rules::Message;

/// How long a receiver is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message is tried for so long, and then given up, with a line in the log.
const TRIED: TimeDelta = TimeDelta::days(7);

/// Seconds before the second attempt; each later one waits twice as long, an hour at most.
const FIRST_WAIT: u64 = 2;
const LONGEST_WAIT: u64 = 3600;

/// How long a store that failed is left alone, and how often a node that does not deliver asks whether it is its turn.
const ROUND: Duration = Duration::from_secs(1);

/// How often messages to unknown webhooks are looked at.
const SWEEP: Duration = Duration::from_hours(1);

/// Delivers, for as long as the city lives: to each receiver by itself, so that a slow one delays nobody else.
pub async fn deliver(city: Arc<City>, webhooks: Vec<Webhook>) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        // A receiver that moved is the operator's to find out: messages go where the configuration says.
        .max_redirects(0)
        .build()
        .into();
    let queues = webhooks.iter().map(|webhook| queue(&city, &agent, webhook));
    tokio::join!(join_all(queues), sweep(&city, &webhooks));
}

/// Delivers to one receiver. Between two attempts nothing is read, however much waits.
async fn queue(city: &City, agent: &ureq::Agent, webhook: &Webhook) {
    let mut rings = city.outgoing();
    let mut failures = 0;
    loop {
        rings.mark_unchanged();
        match round(city, agent, webhook, &mut failures).await {
            Ok(Round::Done) => {
                if rings.changed().await.is_err() {
                    return;
                }
            }
            Ok(Round::Elsewhere) => sleep(ROUND).await,
            Ok(Round::Refused) => {
                sleep(wait(failures)).await;
                failures += 1;
            }
            Err(error) => {
                tracing::warn!(%error, webhook = webhook.name, "messages about alerts cannot be read for now");
                sleep(ROUND).await;
            }
        }
    }
}

/// How a round ended.
enum Round {
    /// Nothing is left.
    Done,
    /// Another node delivers.
    Elsewhere,
    /// The receiver did not take one.
    Refused,
}

/// Messages of one webhook go out in their order: one that is not taken keeps those behind it.
async fn round(city: &City, agent: &ureq::Agent, webhook: &Webhook, failures: &mut u32) -> Result<Round, CityError> {
    if !city.leads().await? {
        return Ok(Round::Elsewhere);
    }
    let mut after = Some(String::new());
    while let Some(from) = after {
        let (mut some, next) = city.messages(Some(&webhook.name), &from).await?;
        some.retain(|one| one.message.webhook == webhook.name); // not those to another whose name goes on with a slash
        for one in &some {
            if !city.leads().await? {
                return Ok(Round::Elsewhere);
            }
            if !take(city, agent, webhook, one, failures).await {
                return Ok(Round::Refused);
            }
        }
        after = next;
    }
    Ok(Round::Done)
}

/// Sends a message and forgets it. `false`: it is to be sent again.
async fn take(city: &City, agent: &ureq::Agent, webhook: &Webhook, one: &Outgoing, failures: &mut u32) -> bool {
    let message = &one.message;
    let now = Utc::now();
    let outcome = match send(agent, webhook, message, now).await {
        Ok(()) => {
            *failures = 0;
            "delivered"
        }
        Err(reason) if now - message.at > TRIED => {
            tracing::error!(webhook = webhook.name, message = message.id, reason, "a message was given up");
            "given up"
        }
        Err(reason) => {
            let seconds = wait(*failures).as_secs();
            tracing::warn!(webhook = webhook.name, message = message.id, reason, seconds, "a message was not taken");
            told("failed");
            return false;
        }
    };
    told(outcome);
    settle(city, one).await;
    true
}

fn told(outcome: &'static str) {
    metrics::counter!("citylayers_webhook_messages_total", "outcome" => outcome).increment(1);
}

/// After so many failures, one after another.
fn wait(failures: u32) -> Duration {
    Duration::from_secs(FIRST_WAIT.saturating_mul(1 << failures.min(16)).min(LONGEST_WAIT))
}

/// What was sent is not sent again because the store failed for a while.
async fn settle(city: &City, one: &Outgoing) {
    while let Err(error) = city.settled(one).await {
        tracing::warn!(%error, message = one.message.id, "a message that is settled is still kept");
        sleep(ROUND).await;
    }
}

/// Messages for webhooks that nobody knows are kept for a while: the configuration may be mended, or that of another node may know it.
async fn sweep(city: &City, webhooks: &[Webhook]) {
    loop {
        if let Err(error) = forget_unknown(city, webhooks).await {
            tracing::warn!(%error, "messages about alerts cannot be read for now");
        }
        sleep(SWEEP).await;
    }
}

async fn forget_unknown(city: &City, webhooks: &[Webhook]) -> Result<(), CityError> {
    let mut after = Some(String::new());
    while let Some(from) = after {
        let (some, next) = city.messages(None, &from).await?;
        for one in &some {
            let message = &one.message;
            let is_known = webhooks.iter().any(|webhook| webhook.name == message.webhook);
            if !is_known && Utc::now() - message.at > TRIED && city.leads().await? {
                tracing::error!(webhook = message.webhook, message = message.id, "a message is for no webhook");
                settle(city, one).await;
            }
        }
        after = next;
    }
    Ok(())
}

async fn send(agent: &ureq::Agent, webhook: &Webhook, message: &Message, now: DateTime<Utc>) -> Result<(), String> {
    let body = serde_json::to_string(message).map_err(|error| error.to_string())?;
    let signature = signature(&webhook.secret, now.timestamp(), &body)?;
    let (agent, url, id) = (agent.clone(), webhook.url.clone(), message.id.clone());
    let sent = spawn_blocking(move || {
        agent
            .post(&url)
            .header("Content-Type", "application/json")
            .header("Citylayers-Message", &id)
            .header("Citylayers-Signature", &signature)
            .send(&body)
            .map(|answer| answer.status())
    });
    let status = sent.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    if status.is_success() { Ok(()) } else { Err(format!("the receiver answered {status}")) }
}

/// The value of `Citylayers-Signature`.
pub fn signature(secret: &str, moment: i64, body: &str) -> Result<String, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|error| error.to_string())?;
    mac.update(format!("{moment}.{body}").as_bytes());
    let mut signature = format!("t={moment},v1=");
    for byte in mac.finalize().into_bytes() {
        write!(signature, "{byte:02x}").map_err(|error| error.to_string())?;
    }
    Ok(signature)
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn a_signature_is_what_others_compute() {
        // printf '%s' '1790000000.{"a":1}' | openssl dgst -sha256 -hmac secret
        let expected = "t=1790000000,v1=da8fe498621aaab99d5b11c51346b13d1a2bf2914b865b8d3edd3531cab25a3e";
        assert_eq!(signature("secret", 1_790_000_000, r#"{"a":1}"#).as_deref(), Ok(expected));
    }
}
