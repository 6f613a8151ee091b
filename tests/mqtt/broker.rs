//! Debian's mosquitto, on a free port of the loopback, and somebody who sends to it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use tempfile::TempDir;

use super::present::have;
use super::running::terminate;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_mins(1);

/// A broker. It ends with this value.
pub struct Mosquitto {
    pub port: u16,
    child: Child,
    words: Receiver<String>,
    folder: TempDir,
}

impl Mosquitto {
    /// A new one; `None` where mosquitto is missing.
    pub fn start() -> Option<Self> {
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists());
        if !have("mosquitto", program.is_some()) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        // Somebody else may take the port before the broker does.
        (0..20).find_map(|_| {
            let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its number").port();
            let config = format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\npersistence_location {}/\n\
                 max_queued_messages 0\nmax_inflight_messages 1000\nlog_dest stderr\nlog_timestamp false\n\
                 log_type error\nlog_type warning\nlog_type notice\nlog_type information\nlog_type subscribe\n",
                folder.path().display()
            );
            std::fs::write(folder.path().join("mosquitto.conf"), config).expect("written");
            run(program?, &folder).map(|(child, words)| (port, child, words))
        }).map(|(port, child, words)| Self { port, child, words, folder })
    }

    /// Its URL with these parameters.
    pub fn url(&self, parameters: &str) -> String {
        format!("mqtt://127.0.0.1:{}?{parameters}", self.port)
    }

    /// Ends it as Debian does, and lets it come back with what it kept.
    pub fn restart(&mut self) {
        terminate(&self.child);
        self.child.wait().expect("it ends");
        let (child, words) = run("/usr/sbin/mosquitto", &self.folder).expect("its port is still free");
        (self.child, self.words) = (child, words);
    }

    /// Waits until a client of that name is subscribed.
    pub fn has_subscriber(&self, client: &str) {
        let begin = format!("{client} 1 ");
        let heard = std::iter::from_fn(|| self.words.recv_timeout(PATIENCE).ok()).find(|line| line.starts_with(&begin));
        assert!(heard.is_some(), "{client} is never subscribed");
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn run(program: &str, folder: &TempDir) -> Option<(Child, Receiver<String>)> {
    let mut command = Command::new(program);
    command.arg("-c").arg(folder.path().join("mosquitto.conf")).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("mosquitto starts");
    let lines = BufReader::new(child.stderr.take().expect("its words")).lines();
    let (sender, words) = channel();
    std::thread::spawn(move || lines.map_while(Result::ok).all(|line| sender.send(line).is_ok()));
    let runs = std::iter::from_fn(|| words.recv_timeout(PATIENCE).ok()).any(|line| line.ends_with(" running"));
    if runs {
        return Some((child, words));
    }
    child.wait().expect("it ended");
    None
}

/// A message to send.
pub struct Sending {
    pub topic: String,
    pub payload: String,
    pub quality: QoS,
    pub retain: bool,
}

impl Sending {
    /// A reading of quality 1.
    pub fn new(feature: &str, payload: impl Into<String>) -> Self {
        let topic = format!("citylayers/parking/{feature}");
        Self { topic, payload: payload.into(), quality: QoS::AtLeastOnce, retain: false }
    }
}

/// Sends, and returns when the broker has acknowledged all that it acknowledges.
pub async fn send(port: u16, messages: Vec<Sending>) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("sender-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut options = MqttOptions::new(name, "127.0.0.1", port);
    options.set_inflight(500).set_max_packet_size(1 << 20, 1 << 20);
    let (client, mut events) = AsyncClient::new(options, 1000);
    let mut left = messages.iter().filter(|message| message.quality != QoS::AtMostOnce).count();
    let sending = tokio::spawn(async move {
        for Sending { topic, payload, quality, retain } in messages {
            client.publish(topic, quality, retain, payload).await.expect("taken");
        }
        client
    });
    while left > 0 {
        if let Event::Incoming(Packet::PubAck(_)) = events.poll().await.expect("the broker is there") {
            left -= 1;
        }
    }
    let client = sending.await.expect("sent");
    client.disconnect().await.expect("taken");
    while !matches!(events.poll().await, Ok(Event::Outgoing(rumqttc::Outgoing::Disconnect)) | Err(_)) {}
}
