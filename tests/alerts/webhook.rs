//! Messages to a receiver that really listens, refuses first, and checks who wrote them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use citylayers::config::Webhook;
use citylayers::webhooks::{deliver, signature};
use serde_json::{Value as Json, json};

use super::support::service::Service;
use super::{act, alerts, aqi, at, by};

const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
struct Heard {
    headers: Vec<(String, String)>,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Answers each request with the next of these statuses, the last one for ever.
fn receiver(statuses: &'static [u16]) -> (String, Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/alerts", listener.local_addr().unwrap());
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut headers = Vec::new();
            for line in reader.by_ref().lines().map(Result::unwrap).skip(1) {
                let Some((name, value)) = line.split_once(": ") else { break };
                headers.push((name.to_lowercase(), value.to_owned()));
            }
            let length = headers
                .iter()
                .find(|(name, _)| name == "content-length")
                .map_or(0, |(_, value)| value.parse().unwrap());
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = statuses[number.min(statuses.len() - 1)];
            write!(stream, "HTTP/1.1 {status} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            if sender.send(Heard { headers, body: String::from_utf8(body).unwrap() }).is_err() {
                return;
            }
        }
    });
    (url, heard)
}

fn rule() -> Json {
    json!({"id": "trial", "title": {"vi": "Thử", "en": "Trial"}, "layer": "air_stations", "severity": "Extreme",
        "webhooks": ["ioc"], "when": {"type": "threshold", "property": "aqi", "above": 80}})
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_signed_tried_again_in_order_and_survive_a_restart() {
    let (url, heard) = receiver(&[503, 200]);
    let webhook = Webhook { name: "ioc".to_owned(), url, secret: "bí mật".to_owned() };
    let service = Service::with_operations().await;
    service.commit(vec![at(&service.layer("air_stations"), "A-1", [105.69, 18.68])]).await;
    assert_eq!(service.post("/rules", &rule()).await.status, 201);
    aqi(&service, "A-1", 90.0).await;
    let id = alerts(&service, "").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(act(&service, &id, "acknowledge", by("Lan")).await.status, 200);
    // Nobody delivers yet: the process ends, and the next one finds what was promised.
    let service = Service::again(service).await;
    let delivering = tokio::spawn(deliver(service.city.clone(), vec![webhook.clone()]));
    let next = || heard.recv_timeout(PATIENCE).expect("a message in time");
    let (refused, raised, acknowledged) = tokio::task::block_in_place(|| (next(), next(), next()));
    assert_eq!(refused.header("citylayers-message"), raised.header("citylayers-message"), "the same one again");
    for (message, event) in [(&raised, "raised"), (&acknowledged, "acknowledged")] {
        assert_eq!((&message.json()["event"], &message.json()["alert"]["id"]), (&json!(event), &json!(id)));
        let sent = message.header("citylayers-signature");
        let moment: i64 = sent.strip_prefix("t=").and_then(|rest| rest.split(',').next()).unwrap().parse().unwrap();
        assert_eq!(signature(&webhook.secret, moment, &message.body).as_deref(), Ok(sent));
    }
    // One that comes while it delivers.
    assert_eq!(act(&service, &id, "resolve", by("Lan")).await.status, 200);
    assert_eq!(tokio::task::block_in_place(next).json()["event"], "resolved");
    let end = std::time::Instant::now() + PATIENCE;
    while !service.city.messages(None, "").await.unwrap().0.is_empty() {
        assert!(std::time::Instant::now() < end, "what was delivered is forgotten");
        tokio::task::yield_now().await;
    }
    delivering.abort();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_delays_nobody_else() {
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, heard) = receiver(&[200]);
    let silent_url = format!("http://{}/alerts", silent.local_addr().unwrap());
    let webhooks = [("other", silent_url), ("ioc", url)].map(|(name, url)| Webhook {
        name: name.to_owned(),
        url,
        secret: "bí mật".to_owned(),
    });
    let service = Service::with_operations().await;
    service.commit(vec![at(&service.layer("air_stations"), "A-1", [105.69, 18.68])]).await;
    let mut to_both = rule();
    to_both["webhooks"] = json!(["other", "ioc"]);
    assert_eq!(service.post("/rules", &to_both).await.status, 201);
    aqi(&service, "A-1", 90.0).await;
    let delivering = tokio::spawn(deliver(service.city.clone(), webhooks.into()));
    let next = || heard.recv_timeout(PATIENCE).expect("a message in time").json();
    assert_eq!(tokio::task::block_in_place(next)["event"], "raised");
    let (mut waiting, _who) = tokio::task::block_in_place(|| silent.accept()).unwrap();
    let id = alerts(&service, "").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(act(&service, &id, "resolve", by("Lan")).await.status, 200);
    assert_eq!(tokio::task::block_in_place(next)["event"], "resolved");
    // The other one is still waited for: nobody has closed the connection.
    waiting.set_nonblocking(true).unwrap();
    let mut request = [0; 1 << 12];
    let ended = loop {
        match waiting.read(&mut request) {
            Ok(0) => break true,
            Ok(_) => {}
            Err(error) => break error.kind() != std::io::ErrorKind::WouldBlock,
        }
    };
    assert!(!ended, "the second message came before the first one was given up");
    delivering.abort();
    service.stop().await;
}
