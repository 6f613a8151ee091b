//! `citylayers demo --play`: a day of the demo city, told to a running service as its sensors would.

use std::io::{BufWriter, Write};
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, SubsecRound, TimeDelta, Timelike, Utc};
use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::Failure;
use crate::catalog::Catalog;
use crate::demo::play::{DAY, Told, day};

/// Readings of a request.
const TOGETHER: usize = 2_000;

/// What is due is sent so often.
const BEAT: Duration = Duration::from_millis(200);

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Seconds east of Greenwich of the city's clocks.
const VIET_NAM: i32 = 7 * 3600;

/// What becomes of the day.
#[derive(Debug, Args)]
pub struct Playing {
    /// Tell a running service what a day of the demo measures; with the seed and scale of its demo
    #[arg(long)]
    play: bool,

    /// How many seconds of the day pass in one
    #[arg(long, default_value_t = 60.0, value_name = "FACTOR", value_parser = speed, requires = "play")]
    speed: f64,

    /// Begin at this time of the day: a service is told at once what was measured before, as of so long ago
    #[arg(long, value_name = "HH:MM", default_value = "00:00", value_parser = time_of_day)]
    from: u32,

    /// End at this time of the day
    #[arg(long, value_name = "HH:MM", default_value = "24:00", value_parser = time_of_day)]
    until: u32,

    /// The service, which takes readings (serve --observations)
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL", requires = "play")]
    to: String,

    /// Tell the day of this date with its own times, not as if it happened now
    #[arg(long, value_name = "YYYY-MM-DD")]
    on: Option<NaiveDate>,

    /// Write the day as NDJSON on stdout, with the times of --on or of yesterday; no service is asked
    #[arg(long)]
    print: bool,
}

impl Playing {
    /// Whether a day is wanted, and not features.
    pub fn is_wanted(&self) -> bool {
        self.play || self.print || self.on.is_some() || self.from != 0 || self.until != DAY
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|factor| (0.01..=1e6).contains(factor));
    number.ok_or_else(|| format!("`{text}` is not a number from 0.01 to 1000000"))
}

/// Seconds since midnight.
fn time_of_day(text: &str) -> Result<u32, String> {
    let time = || Some(NaiveTime::parse_from_str(text, "%H:%M").ok()?.num_seconds_from_midnight());
    let seconds = if text == "24:00" { Some(DAY) } else { time() };
    seconds.ok_or_else(|| format!("`{text}` is no time of the day from 00:00 to 24:00"))
}

/// Plays or prints the day of a demo of this seed and scale.
pub async fn run(arguments: &Playing, catalog: &Catalog, (seed, scale): (u64, f64)) -> Result<(), Failure> {
    if !arguments.play && !arguments.print {
        return Err(Failure::Usage("--on, --from and --until go with --play or --print".to_owned()));
    }
    let told = day(seed, catalog.layers(), scale);
    if told.is_empty() {
        return Err(Failure::Usage("no layer of the catalogue is measured in the demo".to_owned()));
    }
    let hours = arguments.from..arguments.until;
    if hours.is_empty() {
        return Err(Failure::Usage("--until is later than --from, at most 24:00".to_owned()));
    }
    if arguments.print {
        let told = told.iter().filter(|one| hours.contains(&one.at));
        return Ok(print(told, midnight(arguments.on))?);
    }
    let clock = match arguments.on {
        Some(_) => Clock::Own(midnight(arguments.on)),
        None => Clock::beginning(Utc::now().trunc_subsecs(3), hours.start, arguments.speed),
    };
    let told = &told[..told.partition_point(|one| one.at < hours.end)];
    play(told, (hours, arguments.speed), clock, Service::new(&arguments.to)?).await
}

/// When a day begins in Viet Nam; yesterday without one.
fn midnight(date: Option<NaiveDate>) -> DateTime<Utc> {
    let here = FixedOffset::east_opt(VIET_NAM).unwrap_or_else(|| FixedOffset::east_opt(0).expect("0 is an offset"));
    let date = date.unwrap_or_else(|| (Utc::now().with_timezone(&here) - TimeDelta::days(1)).date_naive());
    date.and_time(NaiveTime::MIN).and_utc() - TimeDelta::seconds(VIET_NAM.into())
}

/// What time a reading has.
#[derive(Clone, Copy)]
enum Clock {
    /// That of its own day, which begins then.
    Own(DateTime<Utc>),
    /// The present: its midnight is told as then, and it passes so much faster.
    Present(DateTime<Utc>, f64),
}

/// Milliseconds in which so many seconds of the day pass.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds of a day, at most a hundred times as slow")]
fn passing(second: u32, speed: f64) -> TimeDelta {
    TimeDelta::milliseconds((f64::from(second) * 1_000.0 / speed) as i64)
}

impl Clock {
    /// The present, if it is `from` seconds past midnight now.
    fn beginning(now: DateTime<Utc>, from: u32, speed: f64) -> Self {
        Self::Present(now - passing(from, speed), speed)
    }

    fn at(self, second: u32) -> DateTime<Utc> {
        match self {
            Self::Own(midnight) => midnight + TimeDelta::seconds(second.into()),
            Self::Present(midnight, speed) => midnight + passing(second, speed),
        }
    }
}

/// A reading as the service takes it, in Viet Nam's time.
fn reading(told: &Told, time: DateTime<Utc>) -> Value {
    let here = FixedOffset::east_opt(VIET_NAM).map(|here| time.with_timezone(&here));
    let time = here.map_or_else(|| time.to_rfc3339(), |time| time.to_rfc3339_opts(SecondsFormat::Millis, false));
    let values: Map<String, Value> =
        told.values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut reading = json!({"layer": told.layer, "feature": &*told.feature, "time": time, "values": values});
    if let Some([lon, lat]) = told.position {
        reading["lon"] = json!(lon);
        reading["lat"] = json!(lat);
    }
    reading
}

fn print<'t>(told: impl Iterator<Item = &'t Told>, midnight: DateTime<Utc>) -> std::io::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for one in told {
        writeln!(out, "{}", reading(one, Clock::Own(midnight).at(one.at)))?;
    }
    out.flush()
}

/// Sends what is due, beat by beat, until these hours are over; what was told before them is due at once. Seconds of the day that are further apart than a request takes are not waited for.
async fn play(told: &[Told], (hours, speed): (Range<u32>, f64), clock: Clock, service: Service) -> Result<(), Failure> {
    let start = Instant::now();
    let midnight = clock.at(0).to_rfc3339_opts(SecondsFormat::Millis, true);
    eprintln!("playing {} readings of a day, {speed} times as fast, to {}", told.len(), service.url);
    eprintln!("its midnight is told as {midnight}");
    let mut counted = Counted::default();
    let mut rest = told;
    while !rest.is_empty() {
        let now = f64::from(hours.start) + start.elapsed().as_secs_f64() * speed;
        let due = rest.partition_point(|one| f64::from(one.at) <= now);
        let (first, after) = rest.split_at(due.min(TOGETHER));
        if first.is_empty() {
            tokio::time::sleep(BEAT).await;
            continue;
        }
        let list = first.iter().map(|one| reading(one, clock.at(one.at))).collect();
        counted.add(service.send(&Value::Array(list)).await?);
        rest = after;
    }
    let remaining = Duration::from_secs_f64(f64::from(hours.end - hours.start) / speed).saturating_sub(start.elapsed());
    tokio::time::sleep(remaining.min(BEAT)).await;
    eprintln!("played: {} readings taken, {} refused", counted.accepted, counted.refused);
    if let Some(reason) = counted.first {
        eprintln!("the first that was refused: {reason}; the service should have a demo of the same seed and scale");
    }
    if counted.accepted == 0 {
        return Err(Failure::Failed(anyhow::anyhow!("none of the readings was taken")));
    }
    Ok(())
}

#[derive(Default)]
struct Counted {
    accepted: usize,
    refused: usize,
    first: Option<String>,
}

impl Counted {
    fn add(&mut self, answer: Answer) {
        self.accepted += answer.accepted;
        self.refused += answer.refused.len();
        let message = answer.refused.into_iter().next().map(|refused| refused.message);
        self.first = self.first.take().or(message);
    }
}

/// What the service says.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    #[serde(default)]
    accepted: usize,
    #[serde(default, alias = "refusals")]
    refused: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    message: String,
}

#[derive(Clone)]
struct Service {
    agent: ureq::Agent,
    url: String,
}

impl Service {
    fn new(base: &str) -> Result<Self, Failure> {
        if !base.starts_with("http://") {
            return Err(Failure::Usage(format!("--to {base}: it begins with http://")));
        }
        // A status is an answer: what was refused stands in it.
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        let url = format!("{}/observations", base.trim_end_matches('/'));
        Ok(Self { agent: config.build().into(), url })
    }

    async fn send(&self, readings: &Value) -> Result<Answer, Failure> {
        let (service, body) = (self.clone(), readings.to_string());
        tokio::task::spawn_blocking(move || service.post(&body)).await?
    }

    fn post(&self, body: &str) -> Result<Answer, Failure> {
        let failed = |what: String| Failure::Failed(anyhow::anyhow!("{}: {what}", self.url));
        let request = self.agent.post(&self.url).content_type("application/json");
        let mut answer = request.send(body).map_err(|error| failed(error.to_string()))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().map_err(|error| failed(error.to_string()))?;
        match status {
            // 422: none of them was good, and each reason is told.
            200 | 422 => Ok(serde_json::from_str(&text)?),
            403..=405 => Err(failed(format!("answers {status}; does it run with --observations? {text}"))),
            _ => Err(failed(format!("answers {status}: {text}"))),
        }
    }
}
