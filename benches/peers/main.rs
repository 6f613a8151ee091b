//! citylayers beside Martin and tipg, over the same province, in one run: `make bench-peers`.
//!
//! `make bench-peers ARGS="--only citylayers,bare --scale 0.1 --phases cold --filter 'z12-16, gzip'"` measures a part. To see
//! where the time goes, run such a part of it for long under perf:
//! `perf record -g target/release/deps/peers-* --only citylayers --phases cold --rounds 1 --seconds 30 --filter ...`.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    clippy::print_stdout,
    reason = "figures of a bench"
)]

mod bare;
mod bench;
mod check;
mod edits;
mod http;
#[path = "../measure/mod.rs"]
mod measure;
mod measured;
mod ours;
mod peer;
mod postgis;
mod province;
mod rates;
mod replay;
mod report;
mod tiles;
mod trials;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// citylayers beside Martin and tipg.
#[derive(Clone, Debug, Parser)]
pub struct Arguments {
    /// Servers: citylayers, bare, martin, tipg
    #[arg(long, value_delimiter = ',', default_value = "citylayers,bare,martin,tipg")]
    only: Vec<String>,

    /// Parts: cold, warm, edits, fresh, big, same
    #[arg(long, value_delimiter = ',', default_value = "cold,warm,edits,fresh,big,same")]
    phases: Vec<String>,

    /// Rows of the table of rates whose name has this in it
    #[arg(long, default_value = "")]
    filter: String,

    /// 1: a million lamps, 200,000 parcels, 100,000 roads
    #[arg(long, default_value_t = 1.0)]
    scale: f64,

    /// How often everything is measured
    #[arg(long, default_value_t = 3)]
    rounds: u64,

    /// Tiles of the list
    #[arg(long, default_value_t = 500)]
    tiles: usize,

    /// Seconds for one figure
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,

    /// Seconds for one figure of a server that draws slowly
    #[arg(long, default_value_t = 8.0)]
    slow_seconds: f64,

    /// Where Martin and tipg are installed
    #[arg(long, env = "PEERS", default_value = "target/peers")]
    peers: PathBuf,

    /// A PostGIS in which databases may be made
    #[arg(long, env = "CITYLAYERS_TEST_POSTGIS")]
    postgis: Option<String>,

    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    fn wants(&self, server: &str) -> bool {
        self.only.iter().any(|wanted| wanted == server)
    }

    fn does(&self, phase: &str) -> bool {
        self.phases.iter().any(|wanted| wanted == phase)
    }

    fn quick(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    fn slow(&self) -> Duration {
        Duration::from_secs_f64(self.slow_seconds)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let beside = arguments.wants("martin") || arguments.wants("tipg");
    if beside && let Some(missing) = missing(&arguments) {
        println!("peers: not measured: {missing}");
        return ExitCode::SUCCESS;
    }
    match bench::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a comparison lacks: `cargo bench` alone installs nothing and starts no database.
fn missing(arguments: &Arguments) -> Option<String> {
    if arguments.postgis.is_none() {
        return Some("there is no PostGIS in CITYLAYERS_TEST_POSTGIS: `make bench-peers` starts one".to_owned());
    }
    peer::Installed::find(arguments).err()
}
