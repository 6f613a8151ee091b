//! The `citylayers` program.

use std::io::IsTerminal;
use std::process::ExitCode;

use citylayers::command::CommandLine;
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// Many small vectors are made and dropped while a tile is drawn.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("CITYLAYERS_LOG").unwrap_or_else(|_| EnvFilter::new("warn,citylayers=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    CommandLine::parse().run().await
}
