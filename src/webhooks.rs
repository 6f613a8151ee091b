//! Messages about alerts on their way out. They lie in the store from the commit that wrote them until the receiver has said that it
//! has them: a crash loses none, and may bring one a second time, under the same id.
//!
//! A message is sent by POST, as JSON. `Citylayers-Signature: t=1790000000,v1=...` is the moment of the attempt in Unix seconds and the
//! hexadecimal HMAC-SHA-256 (RFC 2104) of `{t}.{body}` under the webhook's secret: whoever checks both knows who wrote it, and
//! that it is not an old one sent again.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::task::spawn_blocking;

use crate::city::{City, CityError};
use crate::config::Webhook;
use crate::rules::Message;

/// How long a receiver is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message is tried for so long, and then given up, with a line in the log.
const TRIED: TimeDelta = TimeDelta::days(7);

/// Seconds before the second attempt; each later one waits twice as long, an hour at most.
const FIRST_WAIT: i64 = 2;
const LONGEST_WAIT: i64 = 3600;

/// How often messages are looked for that nobody rang for: those of before the start, and those that are tried again.
const ROUND: Duration = Duration::from_secs(1);

/// When a message is tried next, and how often it was.
struct Attempts {
    count: u32,
    next: DateTime<Utc>,
}

/// Delivers, for as long as the city lives.
pub async fn deliver(city: Arc<City>, webhooks: Vec<Webhook>) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        // A receiver that moved is the operator's to find out: messages go where the configuration says.
        .max_redirects(0)
        .build()
        .into();
    let mut attempts: HashMap<String, Attempts> = HashMap::new();
    let mut waiting = true;
    loop {
        if !waiting {
            city.outgoing().await;
        }
        waiting = match mine(&city).await {
            Ok(Some(messages)) => round(&city, &agent, &webhooks, messages, &mut attempts).await,
            Ok(None) => true,
            Err(error) => {
                tracing::warn!(%error, "messages about alerts cannot be read for now");
                true
            }
        };
        tokio::time::sleep(ROUND).await;
    }
}

/// The messages that are not delivered; `None` while another node delivers them.
async fn mine(city: &City) -> Result<Option<Vec<Message>>, CityError> {
    if city.leads().await? { city.messages().await.map(Some) } else { Ok(None) }
}

/// Tries what is due. Says whether anything is left. Messages of one webhook go out in their order: one that is not taken keeps
/// those behind it.
async fn round(
    city: &City,
    agent: &ureq::Agent,
    webhooks: &[Webhook],
    mut messages: Vec<Message>,
    attempts: &mut HashMap<String, Attempts>,
) -> bool {
    messages.sort_by(|one, other| (one.at, one.n, &one.id).cmp(&(other.at, other.n, &other.id)));
    attempts.retain(|id, _| messages.iter().any(|message| message.id == *id));
    let mut left = false;
    let mut stuck: Vec<String> = Vec::new();
    for message in messages {
        let now = Utc::now();
        let Some(webhook) = webhooks.iter().find(|webhook| webhook.name == message.webhook) else {
            // The configuration may be mended, or that of another node may know it.
            if now - message.at > TRIED {
                tracing::error!(webhook = message.webhook, message = message.id, "a message is for no webhook");
                settle(city, &message.id).await;
            }
            left = true;
            continue;
        };
        if !matches!(city.leads().await, Ok(true)) {
            return true;
        }
        if stuck.contains(&message.webhook) || attempts.get(&message.id).is_some_and(|known| known.next > now) {
            stuck.push(message.webhook.clone());
            left = true;
            continue;
        }
        match send(agent, webhook, &message, now).await {
            Ok(()) => {
                metrics::counter!("citylayers_webhook_messages_total", "outcome" => "delivered").increment(1);
                settle(city, &message.id).await;
            }
            Err(reason) if now - message.at > TRIED => {
                tracing::error!(webhook = webhook.name, message = message.id, reason, "a message was given up");
                metrics::counter!("citylayers_webhook_messages_total", "outcome" => "given up").increment(1);
                settle(city, &message.id).await;
            }
            Err(reason) => {
                metrics::counter!("citylayers_webhook_messages_total", "outcome" => "failed").increment(1);
                let known = attempts.entry(message.id.clone()).or_insert(Attempts { count: 0, next: now });
                let wait =
                    FIRST_WAIT.saturating_mul(1_i64.checked_shl(known.count).unwrap_or(LONGEST_WAIT)).min(LONGEST_WAIT);
                known.count = (known.count + 1).min(20);
                known.next = now + TimeDelta::seconds(wait);
                tracing::warn!(webhook = webhook.name, message = message.id, reason, wait, "a message was not taken");
                stuck.push(message.webhook.clone());
                left = true;
            }
        }
    }
    left
}

async fn settle(city: &City, message: &str) {
    if let Err(error) = city.settled(message).await {
        tracing::warn!(%error, message, "a message that is settled is still kept: it will be sent again");
    }
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
