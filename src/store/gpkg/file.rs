//! The file: made whole or not at all, recognised, migrated, set to the journal that keeps what was acknowledged.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::functions;
use super::lock::{Lock, Refused};
use crate::store::StoreError;

mod embedded {
    refinery::embed_migrations!("migrations/gpkg");
}

const MIGRATIONS: &str = "citylayers_migrations";
/// The application ids of a GeoPackage: `GPKG`, and those of versions 1.0 and 1.1.
const APPLICATION_IDS: [i32; 3] = [0x4750_4B47, 0x4750_3130, 0x4750_3131];
/// GeoPackage 1.3, the newest that GDAL 3.6 knows.
const USER_VERSION: i32 = 10_300;
/// How long another program that writes (QGIS saving) is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a big commit may leave behind in the journal's file.
const JOURNAL_BYTES: i64 = 64 << 20;
/// Pages of the journal (4 KiB each) after which they are brought into the file. Readings of thousands of sensors write the same pages
/// again and again, and each is brought there once: more than SQLite's own 1,000 take half of the writing away, and the commit that has
/// to wait for it waits some 60 ms.
const CHECKPOINT_PAGES: i64 = 8_192;

/// An open file, ours alone to serve from.
pub struct OpenFile {
    /// As the user named it.
    pub name: String,
    /// Absolute, without symbolic links.
    pub path: PathBuf,
    pub connection: Connection,
    _lock: Lock, // after the connection: fields are dropped in this order
}

impl OpenFile {
    /// Opens the GeoPackage at `path`, or makes one. Anything else that lies there is left as it is.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        let failed = |reason: String| StoreError::Open { store: name.clone(), reason };
        let path = resolve(path).map_err(|error| failed(error.to_string()))?;
        let lock = Lock::take(&path).map_err(|refused| match refused {
            Refused::Held { holder } => StoreError::InUse { store: name.clone(), holder },
            Refused::Failed(error) => failed(format!("its lock file cannot be made: {error}")),
        })?;
        if is_absent(&path).map_err(&failed)? {
            create(&path).map_err(&failed)?;
        }
        let connection = connect(&path).map_err(&failed)?;
        Ok(Self { name, path, connection, _lock: lock })
    }

    /// Brings everything into the one file and ends. Where another program is reading, that one does the rest.
    pub fn close(self) -> Result<(), StoreError> {
        let failed = |error: rusqlite::Error| StoreError::Database {
            doing: format!("closing {}", self.name),
            reason: error.to_string(),
        };
        self.connection.busy_timeout(Duration::ZERO).map_err(failed)?;
        match set_journal(&self.connection, "MEMORY") {
            Ok(()) => {}
            Err(error) if is_busy(&error) => {
                tracing::info!(file = %self.path.display(), "another program reads the file: its journal stays beside it");
            }
            Err(error) => return Err(failed(error)),
        }
        self.connection.close().map_err(|(_, error)| failed(error))
    }
}

/// What SQLite said, for people.
pub fn in_words(error: &rusqlite::Error) -> String {
    let patience = PATIENCE.as_secs();
    if is_busy(error) {
        format!("another program uses the file, and did not let go of it for {patience} s; close it there")
    } else {
        error.to_string()
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code().is_some_and(|code| matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// The path by which the lock is known, whatever way led there. Makes the parent folder.
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    if let Ok(there) = path.canonicalize() {
        return Ok(there);
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    let name = path.file_name().ok_or_else(|| std::io::Error::other("it names no file"))?;
    Ok(parent.canonicalize()?.join(name))
}

/// Whether nothing is there, or a file without content.
fn is_absent(path: &Path) -> Result<bool, String> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(found.len() == 0),
        Ok(_) => Err("it is not a file".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error.to_string()),
    }
}

/// Makes a whole GeoPackage beside `path` and moves it there.
fn create(path: &Path) -> Result<(), String> {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    // What an interrupted creation left, and journals whose file is gone.
    for ending in [".new", ".new-journal", "-journal", "-wal", "-shm"] {
        match fs::remove_file(beside(ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.to_string()),
            _ => {}
        }
    }
    fill(&beside(".new"))?;
    fs::rename(beside(".new"), path).map_err(|error| error.to_string())?;
    let parent = path.parent().expect("a resolved path has a parent");
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(|error| error.to_string())
}

fn fill(path: &Path) -> Result<(), String> {
    let mut connection = Connection::open(path).map_err(|error| error.to_string())?;
    connection.pragma_update(None, "application_id", APPLICATION_IDS[0]).map_err(|error| error.to_string())?;
    connection.pragma_update(None, "user_version", USER_VERSION).map_err(|error| error.to_string())?;
    migrate(&mut connection)?;
    connection.close().map_err(|(_, error)| error.to_string())
}

fn connect(path: &Path) -> Result<Connection, String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| error.to_string())?;
    recognise(&connection)?;
    set_up(&connection).map_err(|error| in_words(&error))?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn recognise(connection: &Connection) -> Result<(), String> {
    let id: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(|error| {
            match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => "it is not a GeoPackage".to_owned(),
                _ => error.to_string(),
            }
        })?;
    if APPLICATION_IDS.contains(&id) {
        Ok(())
    } else {
        Err("it is a database of SQLite, but not a GeoPackage".to_owned())
    }
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if journal != "wal" {
        set_journal(connection, "MEMORY")?;
        set_journal(connection, "WAL")?;
    }
    connection.pragma_update(None, "synchronous", "FULL")?; // a commit that returned is on the disk
    connection.pragma_update_and_check(None, "journal_size_limit", JOURNAL_BYTES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -65_536)?; // KiB; what is more is spilled into the journal
    connection.set_prepared_statement_cache_capacity(256);
    functions::register(connection)
}

/// Between the write-ahead log and none, the header alone changes, and all of that in its first 100 bytes. That step is
/// taken without a rollback journal (`MEMORY`): one that `kill -9` left there would keep readers out until somebody who
/// may write had opened the file.
fn set_journal(connection: &Connection, mode: &str) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))
}

/// Applies what is missing, in order. The lock file keeps others away meanwhile.
fn migrate(connection: &mut Connection) -> Result<(), String> {
    let mut runner = embedded::migrations::runner().set_grouped(true);
    runner.set_migration_table_name(MIGRATIONS);
    let known = runner.get_migrations().iter().map(|migration| i64::from(migration.version())).max().unwrap_or(0);
    let found = applied(connection).map_err(|error| error.to_string())?;
    if found > known {
        return Err(format!(
            "a newer citylayers has written it (its tables are of version {found}, this program knows {known}); use that one"
        ));
    }
    if found < known {
        runner.run(connection).map_err(|error| format!("its tables cannot be brought up to date: {error}"))?;
    }
    Ok(())
}

/// The last migration that was applied; 0 when none was.
fn applied(connection: &Connection) -> rusqlite::Result<i64> {
    if !connection.table_exists(None, MIGRATIONS)? {
        return Ok(0);
    }
    let sql = format!("SELECT coalesce(max(version), 0) FROM {MIGRATIONS}");
    connection.query_row(&sql, [], |row| row.get(0))
}
