//! The same readings one a message, quality of service 1, through Debian's mosquitto: until the broker has an acknowledgement of each, both
//! from us and for the sender.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use citylayers::feed::mqtt::{Broker, Keeper, hear};
use citylayers::ingest::refusals::Refusals;
use citylayers::model::{FeatureId, Rows};
use citylayers::store::Span;
use rumqttc::mqttbytes::{QoS, v4};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::served::Served;

/// Messages that the sender has under way.
const UNDER_WAY: usize = 5_000;

/// How long it takes; `None` without mosquitto.
pub async fn by_mqtt(served: &Served, lamps: &Rows, start: DateTime<Utc>, readings: usize) -> Option<Duration> {
    let folder = tempfile::tempdir().ok()?;
    let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let config = folder.path().join("mosquitto.conf");
    let lines = "allow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 10000\nset_tcp_nodelay true\n";
    std::fs::write(&config, format!("listener {port} 127.0.0.1\nuser root\n{lines}")).ok()?;
    let mut mosquitto = Command::new("/usr/sbin/mosquitto");
    let mut broker = mosquitto.arg("-c").arg(config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    let url = format!("mqtt://127.0.0.1:{port}?client=bench");
    let keeper = Keeper::new(Arc::clone(&served.city), Arc::new(Refusals::default()));
    let (stop, stopped) = watch::channel(false);
    let hearing = tokio::spawn(async move {
        hear(&Broker::parse(&url, "bench").expect("a broker"), &keeper, stopped).await;
    });
    let begun = send(port, lamps, start, readings).await;
    wait(served, lamps, start, readings).await;
    let took = begun.elapsed();
    stop.send(true).expect("it hears");
    hearing.await.expect("it ends");
    broker.kill().expect("it ends");
    broker.wait().expect("it ends");
    Some(took)
}

/// Sends all of them, some thousand at a time, and tells when it began.
async fn send(port: u16, lamps: &Rows, start: DateTime<Utc>, readings: usize) -> Instant {
    let mut stream = loop {
        match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => break stream,
            Err(_not_yet) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    // The session is there before the first message, or else the broker would have nobody to send it to.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut out = BytesMut::new();
    v4::Packet::Connect(v4::Connect::new("sender")).write(&mut out, usize::MAX).expect("a packet");
    stream.write_all(&out).await.expect("taken");
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.expect("a welcome");
    let begun = Instant::now();
    let numbers: Vec<usize> = (0..readings).collect();
    for some in numbers.chunks(UNDER_WAY) {
        out.clear();
        for (at, number) in some.iter().enumerate() {
            let (round, row) = (number / lamps.len(), number % lamps.len());
            let time = moment(start, round).to_rfc3339_opts(SecondsFormat::Millis, true);
            let topic = format!("citylayers/street_lights/{}", lamps.id(row));
            let payload = format!(r#"{{"time":"{time}","values":{{"lit":1,"power_w":{}}}}}"#, (row + round) % 200);
            let mut publish = v4::Publish::new(topic, QoS::AtLeastOnce, payload);
            publish.pkid = u16::try_from(at + 1).expect("few");
            v4::Packet::Publish(publish).write(&mut out, usize::MAX).expect("a packet");
        }
        let (mut reader, mut writer) = stream.split();
        let mut acknowledged = vec![0; 4 * some.len()];
        let (sent, read) = tokio::join!(writer.write_all(&out), reader.read_exact(&mut acknowledged));
        sent.expect("taken");
        read.expect("an acknowledgement of each");
    }
    begun
}

fn moment(start: DateTime<Utc>, round: usize) -> DateTime<Utc> {
    start + TimeDelta::seconds(i64::try_from(round).expect("few"))
}

/// Until the last of each of some sensors is in the store, and then all of all.
async fn wait(served: &Served, lamps: &Rows, start: DateTime<Utc>, readings: usize) {
    let rounds = readings / lamps.len();
    for row in (0..lamps.len()).rev().step_by((lamps.len() / 5).max(1)) {
        let id = FeatureId::new(lamps.id(row)).expect("an id");
        let all = Span { from: Some(start), to: None, limit: usize::MAX, newest_first: false, placed: false };
        while served.city.observations(&lamps.layer().id, &id, all).await.expect("readings").len() < rounds {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
