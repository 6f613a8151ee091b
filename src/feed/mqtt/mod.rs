//! Readings by MQTT 3.1.1 and 5, acknowledged to the broker when they are durable.
//!
//! The broker keeps what is sent while we are away (a session of a lasting name), and nodes of a group share what comes (`$share`). What
//! is not acknowledged yet is the only queue: it is bounded, and when it is full nothing more is read. Acknowledgements go out in the
//! order of the messages. A message that came and was not acknowledged comes again: with a `time` in it that does no harm, as a reading
//! that is there already stays as it is.
//!
//! `rumqttc` reads and writes the packets. The conversation is our own: its event loop sends each acknowledgement by itself, goes on with
//! those of a lost connection in the next one, and ends at a message that is too long, which a broker then repeats for ever.

mod broker;
mod keeper;
mod session;
mod wire;

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

pub use broker::{Broker, BrokerError, Protocol};
pub use keeper::Keeper;

use session::SessionError;

/// The first wait before a broker is tried again, and the longest.
const WAITS: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(30)];

/// A connection that lasted less is one that failed: two nodes of one name would throw each other out as fast as they can.
const LASTING: Duration = Duration::from_secs(10);

/// Hears readings until `stop` is true or its sender is gone.
pub async fn hear(broker: &Broker, keeper: &Keeper, mut stop: watch::Receiver<bool>) {
    let connected = metrics::gauge!("citylayers_mqtt_connected");
    let mut trouble = Trouble::default();
    connected.set(0.0);
    while !*stop.borrow() {
        let begun = Instant::now();
        let heard = || {
            connected.set(1.0);
            trouble.over(broker);
        };
        let ended = session::converse(broker, keeper, &mut stop, heard).await;
        connected.set(0.0);
        let Err(error) = ended else { return };
        if *stop.borrow() {
            return; // that it changed was heard already
        }
        if begun.elapsed() > LASTING {
            trouble.failures = 0;
        }
        let wait = trouble.told(broker, &error);
        tokio::select! {
            () = sleep(wait) => {}
            _ = stop.changed() => {}
        }
    }
}

/// How often it went wrong since it last went well. The log hears the first time, and when it is over.
#[derive(Default)]
struct Trouble {
    failures: u32,
    since: Option<Instant>,
}

impl Trouble {
    fn over(&mut self, broker: &Broker) {
        if let Some(since) = self.since.take() {
            tracing::info!(%broker, seconds = since.elapsed().as_secs(), "readings are heard again");
        } else {
            tracing::info!(%broker, topic = broker.filter(), "readings are heard");
        }
    }

    /// How long to wait: twice as long each time, and by chance up to half less, so that nodes do not come back all at once.
    fn told(&mut self, broker: &Broker, error: &SessionError) -> Duration {
        metrics::counter!("citylayers_mqtt_lost_total").increment(1);
        if self.since.is_none() {
            self.since = Some(Instant::now());
            tracing::warn!(%broker, %error, "readings are not heard; it is tried again until they are");
        } else {
            tracing::debug!(%broker, %error, "readings are not heard");
        }
        let [first, longest] = WAITS;
        let wait = first.saturating_mul(1 << self.failures.min(16)).min(longest);
        self.failures += 1;
        // The seeds of hash maps are random numbers of the system.
        let chance = u32::try_from(RandomState::new().hash_one(0) % 1000).unwrap_or_default();
        wait.mul_f64(1.0 - f64::from(chance) / 2000.0)
    }
}
