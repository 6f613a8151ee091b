//! The command line: one file a subcommand.
//!
//! Exit codes: 0 done, 1 refused or failed (nothing written), 2 wrong usage.

mod check;
mod demo;
mod export;
mod import;
mod layers;
mod open;
mod progress;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config;

/// A map-tile and query service for the layers of a smart city.
///
/// Layers are described by data/layers/*.toml, kept in one GeoPackage file or in `PostGIS`, and served as vector tiles with
/// a map page.
#[derive(Debug, Parser)]
#[command(
    name = "citylayers",
    version,
    max_term_width = 100,
    after_help = "\
Every option may also stand in citylayers.toml in the current folder (data, store, listen, public_url, cache_mb).
Exit codes: 0 done, 1 refused or failed and nothing written, 2 wrong usage."
)]
pub struct CommandLine {
    /// Folder with layers/*.toml [default: ./data when it has layers, else those shipped in this program]
    #[arg(long, global = true, env = "CITYLAYERS_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// GeoPackage file or postgres:// URL that keeps the features [default: var/city.gpkg]
    #[arg(long, global = true, env = "CITYLAYERS_STORE", value_name = "FILE|URL")]
    store: Option<String>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve tiles, the catalogue and the map page
    Serve(serve::Arguments),
    /// Import a file into a layer
    Import(import::Arguments),
    /// Write a layer to a file
    Export(export::Arguments),
    /// Print the catalogue
    Layers(layers::Arguments),
    /// Fill the store with a generated demo of Nghệ An and Thanh Hóa
    Demo(demo::Arguments),
    /// Check the catalogue, the store and every feature in it
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
                eprintln!("citylayers: {error:#}");
                ExitCode::FAILURE
            }
        }
    }

    async fn answer(self) -> Result<(), Failure> {
        let file = config::File::read(config::FILE.as_ref())?;
        let settings = Settings {
            data: self.data.or_else(|| file.data.clone()),
            store: self.store.or_else(|| file.store.clone()).unwrap_or_else(|| config::DEFAULT_STORE.to_owned()),
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
