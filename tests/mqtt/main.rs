//! Readings by MQTT, over a real broker, judged by what the service tells of them.

#[path = "../support/present.rs"]
mod present;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/running.rs"]
mod running;

mod broker;
mod node;

mod killed;
mod sharing;
mod taking;

/// A moment of yesterday: readings of last year are too old to be taken. `number` milliseconds after midnight.
fn yesterday(number: usize) -> String {
    let day = (chrono::Utc::now() - chrono::TimeDelta::days(1)).date_naive();
    let moment =
        day.and_time(chrono::NaiveTime::MIN) + chrono::TimeDelta::milliseconds(i64::try_from(number).expect("few"));
    moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A reading of a moment.
fn free(number: usize) -> String {
    format!(r#"{{"time":"{}","values":{{"free":{}}}}}"#, yesterday(number), number % 10_000)
}
