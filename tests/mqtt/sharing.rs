//! Several nodes, one stream.

use super::broker::{Mosquitto, Sending, send};
use super::free;
use super::node::{Node, PARKS};

/// Messages.
const SENT: usize = 3000;

/// With a store of its own each, what each got is seen.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_a_group_split_what_comes_and_one_without_a_group_gets_all() {
    let Some(broker) = Mosquitto::start() else { return };
    let first = Node::start(&broker.url("client=first&group=citylayers")).await;
    broker.has_subscriber("first");
    let second = Node::start(&broker.url("client=second&version=3.1.1&group=citylayers")).await;
    broker.has_subscriber("second");
    let other = Node::start(&broker.url("client=other")).await;
    broker.has_subscriber("other");
    send(broker.port, (0..SENT).map(|number| Sending::new(&format!("P-{}", number % PARKS), free(number))).collect())
        .await;
    other.has(SENT).await;
    loop {
        let (one, two) = (first.count().await, second.count().await);
        assert!(one + two <= SENT, "{one} and {two}");
        if one + two == SENT {
            assert!(one > SENT / 5 && two > SENT / 5, "{one} and {two} of {SENT}");
            break;
        }
        tokio::select! {
            () = first.next() => {}
            () = second.next() => {}
        }
    }
    for node in [first, second, other] {
        node.stop().await;
    }
}
