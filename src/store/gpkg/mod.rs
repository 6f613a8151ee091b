//! The embedded store: one GeoPackage file (OGC 12-128r18) that GDAL and QGIS open as it is, also meanwhile.
//!
//! A layer is a feature table of its own name; beside them lie the revision and the migrations (`migrations/gpkg`).
//! SQLite's write-ahead log with `synchronous = FULL` keeps the promise of [`Store`]: a commit that returned is on the
//! disk. One thread owns the connection and one process the file.
//!
//! Absent on purpose:
//! - an R-tree beside each table. The store is never asked about space, and the triggers that keep one right make the
//!   replacement of a million points take 38 s instead of 3 s (GDAL needs 45 s to build one afterwards). Where somebody
//!   had QGIS make one, it is kept right;
//! - a watch on the writes of other programs. They are read at the next start, which takes a revision of its own.

mod batch;
mod blob;
mod columns;
mod desk;
mod documents;
mod file;
mod functions;
mod indicated;
mod lock;
mod observed;
mod read;
mod table;
mod text;
mod timetable;
mod write;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio::sync::{mpsc as tokio_mpsc, oneshot};

use self::desk::{Desk, Job};
use self::file::{OpenFile, in_words};
use super::{Foreign, Keys, Progress, Span, Store, StoreError};
use crate::model::{
    Change, DocumentKind, FeatureId, Indications, Layer, LayerId, Observation, Revision, Rows, Timetable,
};

/// A GeoPackage that is open. Dropping it waits for what was begun and lets go of the file, as [`Store::close`] does.
pub struct GeoPackage {
    name: String,
    path: PathBuf,
    /// Which layers have readings, once they are prepared.
    observed: Mutex<HashMap<LayerId, Arc<Layer>>>,
    desk: Mutex<Option<(mpsc::Sender<Job>, JoinHandle<()>)>>,
}

impl GeoPackage {
    /// Opens the file at `path`, or makes it and its folder. Brings its core tables up to date.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process (or another value in this one) has it open, [`StoreError::Open`] when
    /// it is no GeoPackage (it is left as it is), was written by a newer citylayers, or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = OpenFile::open(path)?;
        let resolved = file.path.clone();
        let desk = Desk::open(file)?;
        let name = path.display().to_string();
        let (sender, jobs) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("gpkg".to_owned())
            .spawn(move || desk.run(&jobs))
            .map_err(|error| StoreError::Open { store: name.clone(), reason: error.to_string() })?;
        Ok(Self { name, path: resolved, observed: Mutex::default(), desk: Mutex::new(Some((sender, thread))) })
    }

    /// Hands the desk a job and waits for the answer.
    async fn ask<T>(&self, job: impl FnOnce(desk::Answer<T>) -> Job) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.hand(job(answer))?;
        answered.await.map_err(|_gone| self.gone())?
    }

    fn hand(&self, job: Job) -> Result<(), StoreError> {
        let desk = self.desk.lock();
        let (sender, _) = desk.as_ref().ok_or_else(|| self.gone())?;
        sender.send(job).map_err(|_gone| self.gone())
    }

    /// Reads readings of a layer beside the desk: writers do not wait.
    async fn read_beside(
        &self,
        layer: &LayerId,
        read: impl FnOnce(&Path, &Arc<Layer>) -> rusqlite::Result<Vec<Observation>> + Send + 'static,
    ) -> Result<Vec<Observation>, StoreError> {
        let known = self.observed.lock().get(layer).cloned();
        let layer = known.ok_or_else(|| StoreError::UnknownLayer(layer.clone()))?;
        let doing = format!("reading what `{}` measured from {}", layer.id, self.name);
        let path = self.path.clone();
        let failed = |reason: String| StoreError::Database { doing, reason };
        match tokio::task::spawn_blocking(move || read(&path, &layer)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(failed(in_words(&error))),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn gone(&self) -> StoreError {
        StoreError::Database { doing: format!("using {}", self.name), reason: "it is closed".to_owned() }
    }
}

#[async_trait]
impl Store for GeoPackage {
    async fn prepare(&self, layers: &[Arc<Layer>]) -> Result<(), StoreError> {
        self.ask(|answer| Job::Prepare(layers.to_vec(), answer)).await?;
        *self.observed.lock() = layers.iter().map(|layer| (layer.id.clone(), Arc::clone(layer))).collect();
        Ok(())
    }

    async fn load(&self, layer: &Arc<Layer>, progress: Progress<'_>) -> Result<(Rows, Revision), StoreError> {
        let (heard, mut told) = tokio_mpsc::unbounded_channel();
        let (answer, answered) = oneshot::channel();
        self.hand(Job::Load(layer.id.clone(), heard, answer))?;
        while let Some(rows) = told.recv().await {
            progress(rows);
        }
        answered.await.map_err(|_gone| self.gone())?
    }

    async fn commit(&self, changes: &[Change]) -> Result<Revision, StoreError> {
        self.ask(|answer| Job::Commit(changes.to_vec(), answer)).await
    }

    async fn newest(&self, layer: &LayerId, at: Option<DateTime<Utc>>) -> Result<Vec<Observation>, StoreError> {
        let Some(at) = at else { return self.ask(|answer| Job::Newest(layer.clone(), answer)).await };
        self.read_beside(layer, move |path, layer| observed::newest_at(path, layer, at)).await
    }

    async fn observations(
        &self,
        layer: &LayerId,
        feature: &FeatureId,
        span: Span,
    ) -> Result<Vec<Observation>, StoreError> {
        let feature = feature.clone();
        self.read_beside(layer, move |path, layer| observed::history(path, layer, &feature, &span)).await
    }

    async fn documents(&self, kind: DocumentKind, keys: Keys) -> Result<Vec<(String, String)>, StoreError> {
        self.ask(|answer| Job::Documents(kind, keys, answer)).await
    }

    async fn timetable(&self, stops: &LayerId) -> Result<Option<Timetable>, StoreError> {
        self.ask(|answer| Job::Timetable(stops.clone(), answer)).await
    }

    async fn forget(&self, layer: &LayerId, before: DateTime<Utc>) -> Result<(), StoreError> {
        let mut after = Some(String::new());
        while let Some(last) = after {
            after = self.ask(|answer| Job::Forget(layer.clone(), before, last, answer)).await?;
        }
        Ok(())
    }

    async fn indications(&self) -> Result<(Vec<Indications>, Revision), StoreError> {
        self.ask(Job::Indications).await
    }

    /// Waits for ever: the lock keeps other writers out while this value lives.
    async fn wait(&self) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn foreign(&self) -> Result<Vec<Foreign>, StoreError> {
        Ok(Vec::new())
    }

    /// Nobody else has the file open.
    async fn leads(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn close(&self) -> Result<(), StoreError> {
        let Some((sender, thread)) = self.desk.lock().take() else { return Ok(()) };
        let (answer, answered) = oneshot::channel();
        sender.send(Job::Close(answer)).map_err(|_gone| self.gone())?;
        let closed = answered.await.map_err(|_gone| self.gone())?;
        thread.join().map_err(|_panic| self.gone())?;
        closed
    }
}

impl Drop for GeoPackage {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.desk.lock().take() {
            drop(sender);
            if thread.join().is_err() {
                tracing::error!(file = self.name, "the thread of the store panicked");
            }
        }
    }
}
