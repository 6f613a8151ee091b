//! `citylayers layers`

use std::io::ErrorKind;

use clap::Args;

use super::{Failure, Settings, open};
use crate::catalog::print_layer;

/// Print the catalogue: every layer, or one of them with its fields and codes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only this layer, with its fields and codes
    #[arg(value_name = "LAYER")]
    layer: Option<String>,
}

pub fn run(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let catalog = open::catalog(settings)?;
    let mut out = std::io::stdout().lock();
    let printed = match &arguments.layer {
        Some(id) => print_layer(&*open::layer(&catalog, id)?, &mut out),
        None => catalog.print(&mut out),
    };
    match printed {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}
