//! One process a file: a lock file beside the GeoPackage, held for as long as it is open.
//!
//! The lock is the kernel's (`flock`), so it ends with its process, however that ends; the pid inside is only for
//! people. It is not taken on the GeoPackage itself: other programs may read that, and closing a second descriptor of
//! a file would end SQLite's own locks on it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process;

/// Held until it is dropped, which removes the lock file.
pub struct Lock {
    path: PathBuf,
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub enum Refused {
    /// Somebody else has it.
    Held {
        /// What the lock file says of them.
        holder: String,
    },
    /// The lock file cannot be made.
    Failed(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl Lock {
    /// Takes the lock of `file` (an absolute path without symbolic links), or says at once who has it.
    pub fn take(file: &Path) -> Result<Self, Refused> {
        let mut path = file.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        loop {
            let mut lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Refused::Held { holder: holder(&path) }),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            // Who held it before may have removed it between our opening and our locking.
            if !is_at(&lock, &path)? {
                continue;
            }
            lock.set_len(0)?;
            write!(lock, "pid {}", process::id())?;
            return Ok(Self { path, _file: lock });
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still held. One that stays behind is only a file: the next to come locks it again.
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(file = %self.path.display(), %error, "the lock file stays behind");
        }
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(found) => Ok(found.dev() == held.dev() && found.ino() == held.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn holder(path: &Path) -> String {
    match fs::read_to_string(path) {
        Ok(text) if !text.is_empty() => text,
        _ => "pid unknown".to_owned(),
    }
}
