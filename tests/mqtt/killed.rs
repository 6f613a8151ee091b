//! `kill -9` in full flow: what the broker took is in the history, each once.

use std::collections::BTreeMap;

use super::broker::{Mosquitto, Sending, send};
use super::program::Desk;
use super::running::Running;
use super::{free, yesterday};

const PARKS: usize = 20;
const SENT: usize = 30_000;
const KILLS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn every_message_that_the_broker_took_is_kept_once_though_the_service_is_killed() {
    for version in ["5", "3.1.1"] {
        let Some(broker) = Mosquitto::start() else { return };
        let desk = Desk::new();
        let parks: Vec<String> = (0..=PARKS).map(|number| format!("P-{number},105.6,18.6\n")).collect();
        let file = desk.write("parks.csv", format!("id,lon,lat\n{}", parks.concat()));
        assert_eq!(desk.import(&file, "parking", &[]).code, 0);
        let url = broker.url(&format!("client=killed&version={version}"));
        let folder = desk.path("");
        let store = desk.path("city.gpkg");
        let start = || Running::start(&folder, store.to_str().expect("a plain name"), &["--mqtt", &url]);
        let mut service = start();
        broker.has_subscriber("killed");
        let port = broker.port;
        let messages: Vec<usize> = (0..SENT).collect();
        for numbers in messages.chunks(SENT.div_ceil(KILLS)) {
            let mut lines = service.listen("parking").filter(|line| line.contains("\"feature\":\"P-"));
            let some = numbers.iter().map(|number| Sending::new(&format!("P-{}", number % PARKS), free(*number)));
            let sending = tokio::spawn(send(port, some.collect()));
            // In the midst of it: the first of them have come.
            lines.next().expect("readings come");
            service.kill();
            service = start();
            broker.has_subscriber("killed");
            sending.await.expect("sent");
        }
        // After all others, in the order in which they came.
        let mut last = service.listen("parking").filter(|line| line.contains("\"P-20\""));
        send(port, vec![Sending::new("P-20", free(SENT))]).await;
        last.next().expect("the last reading");
        let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for number in 0..SENT {
            expected.entry(format!("P-{}", number % PARKS)).or_default().push(yesterday(number));
        }
        for (park, times) in expected {
            assert_eq!(service.times("parking", &park), times, "{park}, MQTT {version}");
        }
        service.stop();
    }
}
