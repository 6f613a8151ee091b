//! What the user chose: from the command line, else the environment, else `citylayers.toml`, else as shipped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The file that is read from the current folder when there is one.
pub const FILE: &str = "citylayers.toml";

/// The embedded store of somebody who chose none.
pub const DEFAULT_STORE: &str = "var/city.gpkg";

/// Where the service listens by default: on this machine only.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// Room for drawn tiles by default, in megabytes.
pub const DEFAULT_CACHE_MB: u64 = 512;

/// `citylayers.toml`: every key may be left out.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Folder with `layers/*.toml`.
    pub data: Option<PathBuf>,
    /// A GeoPackage file or a `postgres://` URL.
    pub store: Option<String>,
    /// Address and port.
    pub listen: Option<SocketAddr>,
    /// Base of absolute links, when a proxy stands before the service.
    pub public_url: Option<String>,
    /// Room for drawn tiles, in megabytes.
    pub cache_mb: Option<u64>,
    /// Whether features may be changed over HTTP.
    pub edits: Option<bool>,
    /// Whether readings are taken over HTTP.
    pub observations: Option<bool>,
    /// Whether things are done about alerts and rules over HTTP.
    pub operations: Option<bool>,
    /// Who hears of alerts.
    #[serde(default)]
    pub webhook: Vec<Webhook>,
    /// The broker whose messages are readings, an `mqtt://` URL.
    pub mqtt: Option<String>,
    /// Feeds of vehicle positions.
    #[serde(default)]
    pub gtfs_realtime: Vec<GtfsRealtime>,
}

/// A feed of vehicle positions that is polled: a URL or a file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct GtfsRealtime {
    /// `http://` or `https://`.
    pub url: Option<String>,
    /// A file that somebody else writes.
    pub file: Option<PathBuf>,
    /// Seconds between two looks at it.
    pub every: Option<u64>,
    /// The layer whose features are the vehicles.
    pub layer: Option<String>,
}

/// Where messages about alerts go. Only here: never from a request.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// As rules name it.
    pub name: String,
    /// `https://` or `http://`.
    pub url: String,
    /// What messages are signed with; from the environment variable of that name where it begins with `env:`.
    pub secret: String,
}

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Line, key and what is wrong.
    pub reason: String,
}

impl File {
    /// Reads a file; one that is not there is an empty one. Paths in it are relative to its own folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let failed = |reason: String| ConfigError { path: path.to_owned(), reason };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error.to_string())),
        };
        let mut file: Self = toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        file.data = file.data.map(|data| folder.join(data));
        for feed in &mut file.gtfs_realtime {
            feed.file = feed.file.take().map(|path| folder.join(path));
        }
        file.store =
            file.store.map(|store| if is_postgres(&store) { store } else { folder.join(store).display().to_string() });
        Ok(file)
    }
}

/// Whether a store is named by a `PostgreSQL` URL; anything else is a file.
#[must_use]
pub fn is_postgres(store: &str) -> bool {
    store.starts_with("postgres://") || store.starts_with("postgresql://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_relative_to_its_folder_and_an_unknown_key_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(File::read(&path).unwrap(), File::default(), "no file, no choice");
        std::fs::write(&path, "store = \"a.gpkg\"\nlisten = \"127.0.0.1:9000\"\n").unwrap();
        let file = File::read(&path).unwrap();
        assert_eq!(file.store, Some(folder.path().join("a.gpkg").display().to_string()));
        std::fs::write(&path, "stor = \"a.gpkg\"\n").unwrap();
        let error = File::read(&path).unwrap_err().to_string();
        assert!(error.contains(FILE) && error.contains("line 1") && error.contains("stor"), "{error}");
    }
}
