//! `kill -9` at full load of `POST /observations`: every reading that was acknowledged is there after the start.

#[path = "support/database.rs"]
#[allow(dead_code, reason = "one database is enough")]
mod database;
#[path = "support/present.rs"]
mod present;
#[path = "support/program.rs"]
mod program;
#[path = "support/running.rs"]
mod running;

use std::collections::BTreeSet;
use std::sync::mpsc::{Sender, channel};

use chrono::{NaiveTime, TimeDelta, Utc};
use program::Desk;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use running::Running;
use serde_json::json;

const PARKS: usize = 10;
const SENDERS: usize = 4;
const TOGETHER: usize = 20;
const ROUNDS: usize = 6;

/// A moment of yesterday, in milliseconds after midnight.
fn yesterday(number: usize) -> String {
    let day = (Utc::now() - TimeDelta::days(1)).date_naive();
    let moment = day.and_time(NaiveTime::MIN) + TimeDelta::milliseconds(i64::try_from(number).expect("few"));
    moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Sends batches until the service is gone, and tells the numbers of those that were acknowledged. Reading `n` is of park `n % PARKS`.
fn send(url: &str, sender: usize, round: usize, acknowledged: &Sender<Vec<usize>>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for batch in 0.. {
        let first = ((round * 1000 + batch) * SENDERS + sender) * TOGETHER;
        let numbers: Vec<usize> = (first..first + TOGETHER).collect();
        let one = |number: &usize| json!({"layer": "parking", "feature": format!("P-{}", number % PARKS), "time": yesterday(*number), "values": {"free": number % 10_000}});
        let body = json!(numbers.iter().map(one).collect::<Vec<_>>()).to_string();
        let request = agent.post(format!("{url}/observations")).header("content-type", "application/json");
        // Whoever is cut off in the middle of the answer was not told.
        let Ok(mut answer) = request.send(body) else { return };
        let Ok(text) = answer.body_mut().read_to_string() else { return };
        assert_eq!(answer.status(), 200, "{text}");
        if acknowledged.send(numbers).is_err() {
            return;
        }
    }
}

fn killed_at_full_load(store: &str, desk: &Desk, seed: u64) {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let parks: Vec<String> = (0..PARKS).map(|number| format!("P-{number},105.6,18.6\n")).collect();
    let file = desk.write("parks.csv", format!("id,lon,lat\n{}", parks.concat()));
    let file = file.to_str().expect("a plain name");
    let imported = desk.run(["--store", store, "import", file, "--layer", "parking"]);
    assert_eq!(imported.code, 0, "{imported:?}");
    let mut acknowledged: BTreeSet<usize> = BTreeSet::new();
    for round in 0..ROUNDS {
        let service = Running::start(&desk.path(""), store, &["--observations"]);
        let (teller, told) = channel();
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (url, teller) = (service.url.clone(), teller.clone());
                std::thread::spawn(move || send(&url, sender, round, &teller))
            })
            .collect();
        drop(teller);
        let batches = dice.random_range(1..80);
        told.iter().take(batches).for_each(|numbers| acknowledged.extend(numbers));
        service.kill();
        acknowledged.extend(told.iter().flatten());
        for sender in senders {
            sender.join().expect("a sender ends");
        }
        let service = Running::start(&desk.path(""), store, &[]);
        let mut found = BTreeSet::new();
        for park in 0..PARKS {
            let times = service.times("parking", &format!("P-{park}"));
            assert_eq!(times.iter().collect::<BTreeSet<_>>().len(), times.len(), "each once");
            found.extend(times);
        }
        let lost: Vec<usize> =
            acknowledged.iter().copied().filter(|number| !found.contains(&yesterday(*number))).collect();
        let case = format!("seed {seed}, round {round}, killed after {batches} batches");
        assert!(lost.is_empty(), "{case}: {} of {} are lost: {lost:?}", lost.len(), acknowledged.len());
        // What was on its way may be there or not, but not by halves.
        assert_eq!(found.len() % TOGETHER, 0, "{case}");
        eprintln!("{case}: {} acknowledged, {} found", acknowledged.len(), found.len());
        service.stop();
    }
    assert!(acknowledged.len() > ROUNDS * TOGETHER);
}

#[test]
fn nothing_acknowledged_is_lost_in_a_geopackage() {
    let desk = Desk::new();
    let store = desk.path("city.gpkg");
    killed_at_full_load(store.to_str().expect("a plain name"), &desk, 11);
}

#[test]
fn nothing_acknowledged_is_lost_in_postgis() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let Some(database) = runtime.block_on(database::Database::fresh()) else { return };
    killed_at_full_load(&database.url, &Desk::new(), 12);
}
