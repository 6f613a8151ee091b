//! The `citylayers` program.

use std::io::IsTerminal;
use std::process::ExitCode;

use citylayers::command::CommandLine;
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// Many small vectors are made and dropped while a tile is drawn.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A request that is no HTTP is the client's fault, not an error of ours.
const USUAL_LOG: &str = "warn,citylayers=info,actix_http::h1::dispatcher=off";

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = std::env::var("CITYLAYERS_LOG").unwrap_or_else(|_| USUAL_LOG.to_owned());
    let filter = match EnvFilter::try_new(&wanted) {
        Ok(filter) => filter,
        Err(error) => {
            eprintln!("citylayers: CITYLAYERS_LOG `{wanted}`: {error}; write it like `{USUAL_LOG}`");
            return ExitCode::from(2);
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    CommandLine::parse().run().await
}
