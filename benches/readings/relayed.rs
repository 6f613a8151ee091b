//! The same messages from a broker that costs nothing: the packets are ready, and all that it does is to send them and to count the
//! acknowledgements. What is left is what the service does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use chrono::{DateTime, Utc};
use citylayers::feed::mqtt::{Broker, Keeper, hear};
use citylayers::ingest::refusals::Refusals;
use citylayers::model::Rows;
use rumqttc::mqttbytes::v4;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::messages::packets;
use crate::served::Served;

/// Messages that are not acknowledged: as many as the documents tell an operator to allow.
const UNACKNOWLEDGED: usize = 30_000;

/// How long it takes until all are acknowledged, which is when they are durable.
pub async fn by_mqtt(served: &Served, lamps: &Rows, start: DateTime<Utc>, readings: usize) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let url = format!("mqtt://127.0.0.1:{port}?client=bench&version=3.1.1");
    let keeper = Keeper::new(Arc::clone(&served.city), Arc::new(Refusals::default()));
    let (stop, stopped) = watch::channel(false);
    let hearing = tokio::spawn(async move {
        hear(&Broker::parse(&url, "bench").expect("a broker"), &keeper, stopped).await;
    });
    let packets = packets(lamps, start, readings);
    let mut stream = welcomed(listener).await;
    let begun = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let room = Semaphore::new(UNACKNOWLEDGED);
    let sending = async {
        for (count, out) in &packets {
            let permits = room.acquire_many(u32::try_from(*count).expect("few")).await.expect("open");
            permits.forget();
            writer.write_all(out).await.expect("taken");
        }
    };
    let counting = async {
        let (mut inbox, mut acknowledged) = (BytesMut::new(), 0);
        while acknowledged < readings {
            assert!(reader.read_buf(&mut inbox).await.expect("acknowledgements") > 0, "the service goes on");
            let before = acknowledged;
            // A PUBACK has four bytes (MQTT 3.1.1, section 3.4), a PINGREQ two.
            while inbox.first().is_some_and(|&first| inbox.len() >= if first == 0x40 { 4 } else { 2 }) {
                let is_acknowledgement = inbox[0] == 0x40;
                acknowledged += usize::from(is_acknowledgement);
                inbox.advance(if is_acknowledgement { 4 } else { 2 });
            }
            room.add_permits(acknowledged - before);
        }
    };
    tokio::join!(sending, counting);
    let took = begun.elapsed();
    stop.send(true).expect("it hears");
    hearing.await.expect("it ends");
    took
}

/// The connection of the service, when it has subscribed.
async fn welcomed(listener: TcpListener) -> TcpStream {
    let (mut stream, _from) = listener.accept().await.expect("the service comes");
    stream.set_nodelay(true).expect("a socket");
    let mut inbox = BytesMut::new();
    loop {
        match v4::Packet::read(&mut inbox, usize::MAX) {
            Ok(v4::Packet::Connect(_)) => stream.write_all(&[0x20, 2, 0, 0]).await.expect("taken"),
            Ok(v4::Packet::Subscribe(subscribe)) => {
                let [high, low] = subscribe.pkid.to_be_bytes();
                stream.write_all(&[0x90, 3, high, low, 1]).await.expect("taken");
                return stream;
            }
            _ => assert!(stream.read_buf(&mut inbox).await.expect("words") > 0, "it stays"),
        }
    }
}
