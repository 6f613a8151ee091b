//! Messages in.

use rumqttc::QoS;
use serde_json::{Value as Json, json};

use super::broker::{Mosquitto, Sending, send};
use super::node::{Node, PARKS, PATIENCE};
use super::{free, yesterday};

#[tokio::test(flavor = "multi_thread")]
async fn readings_of_either_protocol_and_quality_are_kept() {
    let Some(broker) = Mosquitto::start() else { return };
    for version in ["5", "3.1.1"] {
        let client = format!("node-{}", version.replace('.', ""));
        let node = Node::start(&broker.url(&format!("version={version}&client={client}"))).await;
        broker.has_subscriber(&client);
        let mut messages: Vec<Sending> =
            (0..2000).map(|number| Sending::new(&format!("P-{}", number % PARKS), free(number))).collect();
        messages.push(Sending { quality: QoS::AtMostOnce, ..Sending::new("P-0", free(5000)) });
        messages.push(Sending { quality: QoS::ExactlyOnce, ..Sending::new("P-1", free(5001)) });
        messages.push(Sending::new("P-2", r#"{"free": 7}"#));
        let before = chrono::Utc::now();
        // The acknowledgement of quality 2 has another name.
        let count = messages.len();
        let (two, rest): (Vec<_>, Vec<_>) = messages.into_iter().partition(|one| one.quality == QoS::ExactlyOnce);
        send(broker.port, rest).await;
        for Sending { topic, payload, .. } in two {
            publish_with_quality_2(broker.port, &topic, &payload);
        }
        node.has(count).await;
        let last = node.readings("P-2").await.pop().expect("a reading");
        assert_eq!(last.values.to_vec(), [Some(7.0)]);
        assert!(last.time + chrono::TimeDelta::milliseconds(1) > before, "{} is now", last.time);
        let parked = node.readings("P-0").await;
        assert_eq!(parked.len(), 101);
        let times: Vec<String> =
            parked.iter().map(|one| one.time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()).collect();
        assert_eq!(times[..3], [yesterday(0), yesterday(20), yesterday(40)]);
        let metrics = node.get("/metrics").await.as_str().expect("text").to_owned();
        assert!(metrics.contains("citylayers_observations_total{outcome=\"accepted\",way=\"mqtt\"}"), "{metrics}");
        node.stop().await;
    }
}

/// With Debian's own program.
fn publish_with_quality_2(port: u16, topic: &str, payload: &str) {
    let port = port.to_string();
    let words = ["-h", "127.0.0.1", "-p", &port, "-q", "2", "-t", topic, "-m", payload];
    assert!(std::process::Command::new("mosquitto_pub").args(words).status().expect("mosquitto_pub").success());
}

/// Bad ones are not sent again, and can be looked at; what is good between them is kept.
#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_are_acknowledged_and_told() {
    let Some(broker) = Mosquitto::start() else { return };
    for version in ["5", "3.1.1"] {
        let parameters = format!("version={version}&client=node-{version}");
        let node = Node::start(&broker.url(&parameters)).await;
        broker.has_subscriber(&format!("node-{version}"));
        let long = format!(r#"{{"free": 1, "x": "{}"}}"#, "y".repeat(100_000));
        let bad = [
            ("parking/P-999", free(1), "unknown-feature"),
            ("trees/T-1", free(1), "unknown-layer"),
            ("parking/P-1", "no json".to_owned(), "unreadable"),
            ("parking/P-1", long, "unreadable"),
            ("parking/P-1", r#"{"free": -1}"#.to_owned(), "out-of-range"),
            ("parking/P-1", r#"{"time": "2020-01-01T00:00:00Z", "free": 1}"#.to_owned(), "too-old"),
        ];
        let mut messages = Vec::new();
        for (number, (topic, payload, _)) in bad.iter().enumerate() {
            messages.push(Sending { topic: format!("citylayers/{topic}"), ..Sending::new("", payload.clone()) });
            messages.push(Sending::new("P-1", free(number)));
        }
        send(broker.port, messages).await;
        node.has(bad.len()).await;
        let told = node.get("/observations/refused").await;
        let told: Vec<&Json> = told["refused"].as_array().expect("refusals").iter().rev().collect();
        assert_eq!(told.len(), bad.len(), "{told:?}");
        for (one, (topic, _, reason)) in told.iter().zip(&bad) {
            let found = (&one["way"], &one["name"], &one["reason"]);
            assert_eq!(found, (&json!("mqtt"), &json!(format!("citylayers/{topic}")), &json!(reason)), "{one}");
        }
        node.stop().await;
        // Acknowledged: nothing is left for the session.
        let node = Node::start(&broker.url(&parameters)).await;
        broker.has_subscriber(&format!("node-{version}"));
        send(broker.port, vec![Sending::new("P-1", free(100))]).await;
        node.has(1).await;
        assert_eq!(node.get("/observations/refused").await["refused"], json!([]));
        node.stop().await;
    }
}

/// What the broker kept from before is a reading of its time, and none of now.
#[tokio::test(flavor = "multi_thread")]
async fn a_retained_message_is_no_reading_of_now() {
    let Some(broker) = Mosquitto::start() else { return };
    let kept = |feature, payload| Sending { retain: true, ..Sending::new(feature, payload) };
    send(broker.port, vec![kept("P-1", r#"{"free": 1}"#.to_owned()), kept("P-2", free(0))]).await;
    for version in ["5", "3.1.1"] {
        let node = Node::start(&broker.url(&format!("version={version}&client=alone-{version}"))).await;
        broker.has_subscriber(&format!("alone-{version}"));
        node.has(1).await;
        assert_eq!(node.readings("P-2").await.len(), 1);
        let told = node.get("/observations/refused").await;
        assert_eq!(
            (&told["refused"][0]["reason"], &told["refused"][0]["name"]),
            (&json!("retained"), &json!("citylayers/parking/P-1"))
        );
        // Whoever listens hears the same message without the mark when it is sent.
        send(broker.port, vec![kept("P-1", r#"{"free": 1}"#.to_owned())]).await;
        node.has(2).await;
        node.stop().await;
    }
}

/// What the store does not take is not acknowledged, and is kept as soon as it does.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_fails_nothing_is_lost() {
    let Some(broker) = Mosquitto::start() else { return };
    let node = Node::start(&broker.url("client=failing")).await;
    broker.has_subscriber("failing");
    // Somebody else, at the same file.
    let somebody = rusqlite::Connection::open(node.file()).expect("the file opens");
    let trigger = "CREATE TRIGGER broken BEFORE INSERT ON parking_observations BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    somebody.execute_batch(trigger).expect("a trigger");
    send(broker.port, (0..50).map(|number| Sending::new("P-5", free(number))).collect()).await;
    let failures = async || {
        let metrics = node.get("/metrics").await.as_str().expect("text").to_owned();
        let line = metrics.lines().find_map(|line| line.strip_prefix("citylayers_mqtt_not_kept_total "));
        line.map_or(0, |count| count.parse::<u32>().expect("a count"))
    };
    let failing = async { while failures().await < 2 {} };
    tokio::time::timeout(PATIENCE, failing).await.expect("the store fails");
    assert_eq!(node.count().await, 0);
    // Several portions, of readings that tell no time: what came later is later.
    let many = 10_000;
    send(broker.port, (0..many).map(|number| Sending::new("P-6", format!(r#"{{"free": {number}}}"#))).collect()).await;
    assert_eq!(node.count().await, 0);
    somebody.execute_batch("DROP TRIGGER broken").expect("no trigger");
    node.has(50 + many).await;
    let values: Vec<f64> = node.readings("P-6").await.iter().filter_map(|one| one.values[0]).collect();
    assert!(values.is_sorted() && values.len() == many, "{} of {many} in their order", values.len());
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_goes_and_comes_back_and_nothing_is_lost() {
    let Some(mut broker) = Mosquitto::start() else { return };
    for version in ["5", "3.1.1"] {
        let client = format!("lasting-{version}");
        let url = broker.url(&format!("version={version}&client={client}"));
        let node = Node::start(&url).await;
        broker.has_subscriber(&client);
        send(broker.port, (0..100).map(|number| Sending::new("P-3", free(number))).collect()).await;
        broker.restart();
        // Some before the node is back, some after.
        send(broker.port, (100..200).map(|number| Sending::new("P-3", free(number))).collect()).await;
        broker.has_subscriber(&client);
        send(broker.port, (200..300).map(|number| Sending::new("P-3", free(number))).collect()).await;
        node.has(300).await;
        node.stop().await;
        // And while the node is away.
        send(broker.port, (300..400).map(|number| Sending::new("P-4", free(number))).collect()).await;
        let node = Node::start(&url).await;
        node.has(100).await;
        node.stop().await;
    }
}
