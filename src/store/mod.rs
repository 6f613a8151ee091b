//! Keeps what the city knows. Answers for durability and is never asked about space: no signature here has a box.

pub mod gpkg;
mod indicated;
pub mod postgis;
pub mod sheets;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::model::{
    Change, DocumentKind, FeatureId, Indications, Layer, LayerId, Observation, Revision, Rows, Timetable,
};

/// Where features are kept. Two implementations, [`gpkg::GeoPackage`] and [`postgis::PostGis`], one contract
/// (`tests/store_contract`):
/// - a commit is kept whole or not at all, and once it returned it survives `kill -9` and power loss;
/// - revisions only grow, across restarts too;
/// - what was put comes back equal, coordinates to the last bit, in the order in which ids first came;
///   a put over an existing id keeps its place;
/// - removing what is not there is not an error.
#[async_trait]
pub trait Store: Send + Sync {
    /// Makes the tables of these layers exist, with a column for each field. A column that is missing is added; one
    /// of another type than its field is refused; nothing is ever dropped. Called once, before anything else.
    async fn prepare(&self, layers: &[Arc<Layer>]) -> Result<(), StoreError>;

    /// All rows of a layer, and the revision that they are of. `progress` hears the number of rows read so far. A row
    /// that somebody else wrote and the layer cannot hold is left out, named in [`Rows::left_out`] and in the log: one such
    /// row must not keep a city from starting.
    async fn load(&self, layer: &Arc<Layer>, progress: Progress<'_>) -> Result<(Rows, Revision), StoreError>;

    /// Keeps all of `changes`, or none. Durable when it returns. [`StoreError::Overtaken`] where a document does not follow the one that is
    /// there.
    async fn commit(&self, changes: &[Change]) -> Result<Revision, StoreError>;

    /// The newest value of each observed property and the newest place of each feature of a layer, among its last [`LOOKED_BACK`]
    /// readings; in readings that may have one of them each. With `at` as of then: later readings do not count, and commits do not wait.
    async fn newest(&self, layer: &LayerId, at: Option<DateTime<Utc>>) -> Result<Vec<Observation>, StoreError>;

    /// Readings of one feature, by time.
    async fn observations(
        &self,
        layer: &LayerId,
        feature: &FeatureId,
        span: Span,
    ) -> Result<Vec<Observation>, StoreError>;

    /// The documents of a kind, key and JSON, in any order.
    async fn documents(&self, kind: DocumentKind, keys: Keys) -> Result<Vec<(String, String)>, StoreError>;

    /// The timetable of a layer of stops, if it has one.
    async fn timetable(&self, stops: &LayerId) -> Result<Option<Timetable>, StoreError>;

    /// Forgets the readings of a layer from before a moment. Commits go on in between.
    async fn forget(&self, layer: &LayerId, before: DateTime<Utc>) -> Result<(), StoreError>;

    /// The values of all indicators, of each layer's units together, and the revision that they are of. One that somebody else wrote
    /// and nobody can read is left out and named in the log.
    async fn indications(&self) -> Result<(Vec<Indications>, Revision), StoreError>;

    /// Waits until somebody else may have changed rows (another node, QGIS, `psql`); then [`Store::foreign`] says what. A
    /// store that nobody else can write to waits for ever.
    async fn wait(&self) -> Result<(), StoreError>;

    /// What somebody else changed since the last call, each change once, as it stands now. The commits of this very value
    /// are not among it. Does not wait.
    async fn foreign(&self) -> Result<Vec<Foreign>, StoreError>;

    /// Whether this value is, of all that have the store open, the one that does what only one may do at a time: what time brings to
    /// alerts, and their messages. That of a node that is gone falls to another one within seconds.
    async fn leads(&self) -> Result<bool, StoreError>;

    /// Writes what is still in memory and lets go of the store, so that another process can open it.
    async fn close(&self) -> Result<(), StoreError>;
}

/// Which readings of a feature are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Not before it.
    pub from: Option<DateTime<Utc>>,
    /// Not after it.
    pub to: Option<DateTime<Utc>>,
    /// At most so many.
    pub limit: usize,
    /// The last of them, and the newest first.
    pub newest_first: bool,
    /// Only those that tell a place.
    pub placed: bool,
}

/// Which documents of a kind are wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Keys {
    /// All.
    All,
    /// Those with these keys that are there.
    These(Vec<String>),
    /// Of those whose keys begin with `first` and come behind `after` as bytes are compared, in that order, `most` at most.
    Next {
        /// What they begin with.
        first: String,
        /// The key that was looked at last; empty to begin with.
        after: String,
        /// How many.
        most: u32,
    },
}

/// Readings of a feature among which [`Store::newest`] looks: a property that was not among so many is not known any more.
pub const LOOKED_BACK: usize = 1_000;

/// Hears how many rows were read or written so far.
pub type Progress<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// What somebody else did.
#[derive(Clone, Debug)]
pub enum Foreign {
    /// These changes, kept with this revision.
    Changed(Vec<Change>, Revision),
    /// More than can be told apart: load this layer again.
    Reload(LayerId),
    /// Values of indicators: these are all, as of this revision.
    Indicated(Vec<Indications>, Revision),
}

/// Why a store could not do it. Each names the store as the user named it, without a password.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the file.
    #[error("{store} is in use by another citylayers process ({holder}); stop it, or choose another file with --store")]
    InUse {
        /// The file.
        store: String,
        /// What is known of the other process.
        holder: String,
    },
    /// It cannot be opened or reached.
    #[error("cannot open {store}: {reason}")]
    Open {
        /// File or URL.
        store: String,
        /// Why.
        reason: String,
    },
    /// A table does not fit its layer.
    #[error("table `{table}` in {store} does not fit its layer: {reason}")]
    Schema {
        /// File or URL.
        store: String,
        /// The table.
        table: String,
        /// What differs, and the way out.
        reason: String,
    },
    /// A layer that [`Store::prepare`] was not told of.
    #[error("layer `{0}` was not prepared")]
    UnknownLayer(LayerId),
    /// What was to be kept cannot be: the same again will not do.
    #[error("{doing}: {reason}")]
    Refused {
        /// What was being done.
        doing: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody else has changed what was to be changed: hear what, and judge again.
    #[error("the {kind} `{key}` was changed by somebody else meanwhile")]
    Overtaken {
        /// Of what kind it is.
        kind: &'static str,
        /// Its name.
        key: String,
    },
    /// The database failed.
    #[error("{doing}: {reason}")]
    Database {
        /// What was being done.
        doing: String,
        /// What the database said.
        reason: String,
    },
}
