//! The command line: one file a subcommand.
//!
//! Exit codes: 0 done, 1 refused or failed (nothing written), 2 wrong usage.

mod alerting;
mod check;
mod demo;
mod export;
mod import;
mod import_gtfs;
mod indicate;
mod layers;
mod open;
mod play;
mod progress;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config;

/// A map-tile service for the layers of a smart city.
///
/// Layers are described by data/layers/*.toml, kept in one GeoPackage file or in PostGIS, and served as vector tiles with
/// a map page.
#[derive(Debug, Parser)]
#[command(
    name = "citylayers",
    version,
    max_term_width = 100,
    after_help = "\
data, store, listen, public_url, cache_mb, edits, observations and mqtt may also stand in citylayers.toml in the current folder.
Exit codes: 0 done, 1 refused or failed and nothing written, 2 wrong usage."
)]
pub struct CommandLine {
    /// Folder with layers/*.toml [default: ./data when it has layers, else those shipped in this program]
    #[arg(long, global = true, env = "CITYLAYERS_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// GeoPackage file or postgres:// URL that keeps the features [default: var/city.gpkg]
    #[arg(long, global = true, env = "CITYLAYERS_STORE", hide_env_values = true, value_name = "FILE|URL")]
    store: Option<String>,

    #[command(subcommand)]
    command: Command,
}

/// The words of each stand with its arguments.
#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Layers(layers::Arguments),
    Demo(demo::Arguments),
    Check(check::Arguments),
}

/// What every subcommand knows.
struct Settings {
    data: Option<PathBuf>,
    store: String,
    file: config::File,
}

/// Why a subcommand ends before it is done.
#[derive(Debug)]
enum Failure {
    /// Exit code 2: it was asked for something that cannot be meant.
    Usage(String),
    /// Exit code 1: refused or failed; nothing was written.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl CommandLine {
    /// Does what was asked and reports a failure on stderr.
    pub async fn run(self) -> ExitCode {
        match self.answer().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Usage(message)) => {
                eprintln!("citylayers: {message}");
                ExitCode::from(2)
            }
            Err(Failure::Failed(error)) => {
                eprintln!("citylayers: {}", in_words(&error));
                ExitCode::FAILURE
            }
        }
    }

    async fn answer(self) -> Result<(), Failure> {
        let file = config::File::read(config::FILE.as_ref())?;
        let settings = Settings {
            // Set but empty is not set.
            data: self.data.filter(|data| !data.as_os_str().is_empty()).or_else(|| file.data.clone()),
            store: self
                .store
                .filter(|store| !store.is_empty())
                .or_else(|| file.store.clone())
                .unwrap_or_else(|| config::DEFAULT_STORE.to_owned()),
            file,
        };
        match self.command {
            Command::Serve(arguments) => serve::run(&settings, arguments).await,
            Command::Import(arguments) => import::run(&settings, arguments).await,
            Command::Export(arguments) => export::run(&settings, arguments).await,
            Command::Layers(arguments) => layers::run(&settings, &arguments),
            Command::Demo(arguments) => demo::run(&settings, &arguments).await,
            Command::Check(arguments) => check::run(&settings, &arguments).await,
        }
    }
}

/// An error and its causes, each said once: some already repeat their cause.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        before if before.contains(&cause) => said,
        before => format!("{before}: {cause}"),
    })
}
