//! The same readings one a message, quality of service 1, through Debian's mosquitto: until the broker has an acknowledgement of each, both
//! from us and for the sender.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use citylayers::feed::mqtt::{Broker, Keeper, hear};
use citylayers::ingest::refusals::Refusals;
use citylayers::model::{FeatureId, Rows};
use citylayers::store::Span;
use rumqttc::mqttbytes::{QoS, v4};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::served::Served;

/// Messages that the sender has under way.
const UNDER_WAY: usize = 5_000;

/// A broker of our own.
struct Mosquitto {
    port: u16,
    running: Child,
    _folder: TempDir,
}

impl Mosquitto {
    /// `None` where it is not installed.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let config = folder.path().join("mosquitto.conf");
        let lines = "allow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 65535\nset_tcp_nodelay true\n";
        std::fs::write(&config, format!("listener {port} 127.0.0.1\nuser root\n{lines}")).ok()?;
        let mut mosquitto = Command::new("/usr/sbin/mosquitto");
        let running = mosquitto.arg("-c").arg(config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        Some(Self { port, running, _folder: folder })
    }

    async fn connected(&self, name: &str) -> TcpStream {
        let mut stream = loop {
            match TcpStream::connect(("127.0.0.1", self.port)).await {
                Ok(stream) => break stream,
                Err(_not_yet) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        say(&mut stream, v4::Packet::Connect(v4::Connect::new(name))).await;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await.expect("a welcome");
        stream
    }

    fn stop(mut self) {
        self.running.kill().expect("it ends");
        self.running.wait().expect("it ends");
    }
}

async fn say(stream: &mut TcpStream, packet: v4::Packet) {
    let mut out = BytesMut::new();
    packet.write(&mut out, usize::MAX).expect("a packet");
    stream.write_all(&out).await.expect("taken");
}

/// How long it takes; `None` without mosquitto.
pub async fn by_mqtt(served: &Served, lamps: &Rows, start: DateTime<Utc>, readings: usize) -> Option<Duration> {
    let broker = Mosquitto::start()?;
    let url = format!("mqtt://127.0.0.1:{}?client=bench", broker.port);
    let keeper = Keeper::new(Arc::clone(&served.city), Arc::new(Refusals::default()));
    let (stop, stopped) = watch::channel(false);
    let hearing = tokio::spawn(async move {
        hear(&Broker::parse(&url, "bench").expect("a broker"), &keeper, stopped).await;
    });
    let packets = packets(lamps, start, readings);
    let begun = send(&broker, &packets).await;
    wait(served, lamps, start, readings).await;
    let took = begun.elapsed();
    stop.send(true).expect("it hears");
    hearing.await.expect("it ends");
    broker.stop();
    Some(took)
}

/// The same messages to one who acknowledges each and does nothing with it.
pub async fn broker_alone(lamps: &Rows, start: DateTime<Utc>, readings: usize) -> Option<Duration> {
    let broker = Mosquitto::start()?;
    let mut listener = broker.connected("listener").await;
    let mut subscribe = v4::Subscribe::new("citylayers/#", QoS::AtLeastOnce);
    subscribe.pkid = 1;
    say(&mut listener, v4::Packet::Subscribe(subscribe)).await;
    let listening = tokio::spawn(async move {
        let (mut inbox, mut out, mut heard) = (BytesMut::new(), BytesMut::new(), 0);
        while heard < readings {
            inbox.reserve(4 << 10);
            assert!(listener.read_buf(&mut inbox).await.expect("messages") > 0, "the broker goes on");
            while let Ok(packet) = v4::Packet::read(&mut inbox, usize::MAX) {
                let v4::Packet::Publish(publish) = packet else { continue };
                v4::Packet::PubAck(v4::PubAck::new(publish.pkid)).write(&mut out, usize::MAX).expect("a packet");
                heard += 1;
            }
            listener.write_all(&out).await.expect("taken");
            out.clear();
        }
    });
    let packets = packets(lamps, start, readings);
    let begun = send(&broker, &packets).await;
    listening.await.expect("all of them");
    let took = begun.elapsed();
    broker.stop();
    Some(took)
}

/// All messages, in portions of so many as are under way at once.
pub fn packets(lamps: &Rows, start: DateTime<Utc>, readings: usize) -> Vec<(usize, BytesMut)> {
    let numbers: Vec<usize> = (0..readings).collect();
    let portion = |some: &[usize]| {
        let mut out = BytesMut::new();
        for (at, number) in some.iter().enumerate() {
            let (round, row) = (number / lamps.len(), number % lamps.len());
            let time = moment(start, round).to_rfc3339_opts(SecondsFormat::Millis, true);
            let topic = format!("citylayers/street_lights/{}", lamps.id(row));
            let payload = format!(r#"{{"time":"{time}","values":{{"lit":1,"power_w":{}}}}}"#, (row + round) % 200);
            let mut publish = v4::Publish::new(topic, QoS::AtLeastOnce, payload);
            publish.pkid = u16::try_from(at + 1).expect("few");
            v4::Packet::Publish(publish).write(&mut out, usize::MAX).expect("a packet");
        }
        (some.len(), out)
    };
    numbers.chunks(UNDER_WAY).map(portion).collect()
}

/// Sends all of them, and tells when it began.
async fn send(broker: &Mosquitto, packets: &[(usize, BytesMut)]) -> Instant {
    let mut stream = broker.connected("sender").await;
    // The session is there before the first message, or else the broker would have nobody to send it to.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let begun = Instant::now();
    for (count, out) in packets {
        let (mut reader, mut writer) = stream.split();
        let mut acknowledged = vec![0; 4 * count];
        let (sent, read) = tokio::join!(writer.write_all(out), reader.read_exact(&mut acknowledged));
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
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
