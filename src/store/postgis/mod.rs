//! The store in a PostGIS database: any number of nodes, and anybody else who edits the tables.
//!
//! One typed table a layer, made from its description, and the core in the schema `citylayers`
//! (`migrations/postgis`). How others are heard, and why nothing is missed, stands at the head of the migration.
//! Behind a pooler everything works but the bell, so that others are heard within 30 seconds instead of at once;
//! one that pools transactions must keep prepared statements apart (PgBouncer 1.21 or newer).

mod address;
mod bell;
mod catalogue;
mod commit;
mod core;
mod database;
mod documents;
mod ewkb;
mod fault;
mod hearing;
mod indicated;
mod journal;
mod lease;
mod observed;
mod read;
mod schema;
mod table;
mod timetable;
mod write;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use deadpool_postgres::Object;
use parking_lot::Mutex;
use tokio_postgres::types::Type;
use tokio_postgres::{IsolationLevel, Transaction};

use self::address::Address;
use self::bell::Bell;
use self::commit::{PATIENCE, Writer};
use self::database::{Database, closed};
use self::fault::{Fault, Patience};
use self::hearing::Hearing;
use self::journal::{Journal, State, Tables};
use self::lease::Lease;
use self::schema::Preparation;
use self::table::Table;
use super::{Foreign, Keys, Progress, Span, Store, StoreError};
use crate::model::{
    Change, DocumentKind, FeatureId, Indications, Layer, LayerId, Observation, Revision, Rows, Timetable,
};

/// How often what the journal may forget is looked for.
const PRUNING: Duration = Duration::from_hours(1);
/// How often partitions for the readings of others are looked for.
const PARTITIONING: Duration = Duration::from_hours(24);
/// How long a bell that stays silent is trusted: a pooler in between swallows them all.
const TRUST: Duration = Duration::from_secs(30);
/// How long a reading of the journal is tried, and how soon after it failed it is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// A PostGIS database, version 3 on PostgreSQL 13 or newer.
pub struct PostGis {
    database: Database,
    node: String,
    seen: AtomicU64,
    hearing: Hearing,
    tables: Mutex<Arc<Tables>>,
    bell: OnceLock<Bell>,
    pruned: Mutex<Option<Instant>>,
    partitioned: Mutex<Option<Instant>>,
    lease: Lease,
    /// Whether the last reading of the journal failed.
    behind: AtomicBool,
}

impl PostGis {
    /// Opens `postgres://user:password@host:port/database`, several hosts with commas between them: the one that takes
    /// writes is used, and looked for again after a switchover. Makes the core tables.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let database = Database::new(Address::parse(url)?);
        let node = core::make_ready(&database).await?;
        Ok(Self {
            database,
            node,
            seen: AtomicU64::new(0),
            hearing: Hearing::default(),
            tables: Mutex::default(),
            bell: OnceLock::new(),
            pruned: Mutex::new(None),
            partitioned: Mutex::new(None),
            lease: Lease::default(),
            behind: AtomicBool::new(false),
        })
    }

    fn doing(&self, what: &str) -> String {
        format!("{what} {}", self.database.name)
    }

    fn saw(&self, revision: u64) {
        self.seen.fetch_max(revision, Ordering::AcqRel);
    }

    async fn prepare_tables(&self, layers: &[Arc<Layer>]) -> Result<(), Fault> {
        let mut connection = self.database.connection().await?;
        let prepared = async {
            let transaction = connection.transaction().await?;
            transaction.batch_execute("SET LOCAL lock_timeout = '30s'").await?;
            transaction.query_typed(core::LOCK_TABLES, &[]).await?;
            let preparation = Preparation { store: &self.database.name, transaction: &transaction };
            let mut tables: Tables = HashMap::new();
            for layer in layers {
                tables.insert(layer.id.clone(), Arc::new(preparation.table(layer).await?));
            }
            let state = State::read(&transaction).await?;
            transaction.commit().await?;
            Ok((tables, state.now))
        };
        let prepared = prepared.await;
        let (tables, now) = self.database.take_back(connection, prepared)?;
        self.saw(now.revision);
        *self.tables.lock() = Arc::new(tables);
        self.hearing.start(now);
        Ok(())
    }

    async fn load_table(&self, table: &Table, progress: Progress<'_>) -> Result<(Rows, Revision), Fault> {
        let mut connection = self.database.connection().await?;
        let loaded = async {
            let builder =
                connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
            let transaction = builder.start().await?;
            // Before the snapshot is taken: see `Journal::read`.
            let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE", table.name);
            transaction
                .batch_execute(&format!("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '5min'; {lock}"))
                .await?;
            let revision = State::read(&transaction).await?.now.revision;
            let mut rows = read_all(&transaction, table, progress).await?;
            rows.mark_demo(is_demo(&transaction, table).await?);
            transaction.commit().await?;
            Ok((rows, revision))
        };
        let loaded = loaded.await;
        let (rows, revision) = self.database.take_back(connection, loaded)?;
        self.saw(revision);
        Ok((rows, Revision(revision)))
    }

    /// Reads the journal once.
    async fn hear(&self) -> Result<Vec<Foreign>, Fault> {
        let Some(reading) = self.hearing.read() else { return Ok(Vec::new()) };
        let tables = self.tables.lock().clone();
        let journal =
            Journal { database: &self.database, node: &self.node, abandoned: &reading.abandoned, tables: &tables };
        let found = journal.read(&reading.heard).await?;
        self.saw(found.now.revision);
        Ok(reading.finish(found))
    }

    fn table(&self, layer: &LayerId) -> Result<Arc<Table>, StoreError> {
        self.tables.lock().get(layer).cloned().ok_or_else(|| StoreError::UnknownLayer(layer.clone()))
    }

    /// A connection, waited for while the database is away.
    async fn connection(&self) -> Result<Object, Fault> {
        let mut patience = Patience::new(PATIENCE);
        loop {
            match self.database.connection().await {
                Ok(connection) => return Ok(connection),
                Err(fault) => patience.wait(fault).await?,
            }
        }
    }

    async fn read_newest(&self, layer: &Layer, at: Option<DateTime<Utc>>) -> Result<Vec<Observation>, Fault> {
        let connection = self.connection().await?;
        let found = observed::newest(&connection, layer, at).await;
        self.database.take_back(connection, found)
    }

    async fn read_history(&self, layer: &Layer, feature: &FeatureId, span: &Span) -> Result<Vec<Observation>, Fault> {
        let connection = self.connection().await?;
        let found = observed::history(&connection, layer, feature, span).await;
        self.database.take_back(connection, found)
    }

    async fn read_documents(&self, kind: DocumentKind, keys: &Keys) -> Result<Vec<(String, String)>, Fault> {
        let connection = self.connection().await?;
        let found = documents::read(&connection, kind, keys).await;
        self.database.take_back(connection, found)
    }

    async fn read_timetable(&self, stops: &LayerId) -> Result<Option<Timetable>, Fault> {
        let mut connection = self.connection().await?;
        let found = timetable::load(&mut connection, stops).await;
        self.database.take_back(connection, found)
    }

    async fn forget_readings(&self, layer: &Layer, before: DateTime<Utc>) -> Result<(), Fault> {
        let connection = self.connection().await?;
        let forgotten = observed::forget(&connection, layer, before).await;
        self.database.take_back(connection, forgotten)
    }

    async fn read_indications(&self) -> Result<(Vec<Indications>, Revision), Fault> {
        let mut connection = self.connection().await?;
        let read = async {
            let builder =
                connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
            let transaction = builder.start().await?;
            let revision = State::read(&transaction).await?.now.revision;
            let all = indicated::all(&transaction).await?;
            transaction.commit().await?;
            Ok((all, revision))
        };
        let read = read.await;
        let (all, revision) = self.database.take_back(connection, read)?;
        self.saw(revision);
        Ok((all, Revision(revision)))
    }

    /// Makes room for what others insert. Without it a node works: it makes the partitions that its own readings need.
    async fn make_room(&self) {
        let due = self.partitioned.lock().is_none_or(|last| last.elapsed() > PARTITIONING);
        if !due {
            return;
        }
        let tables = self.tables.lock().clone();
        let mut made = true;
        for layer in tables.values().map(|table| &table.layer).filter(|layer| layer.is_observed()) {
            if let Err(fault) = self.make_room_in(layer).await {
                made = false;
                let (layer, reason) = (layer.id.as_str(), fault.reason());
                tracing::warn!(layer, reason, "readings that others insert next have no partition");
            }
        }
        if made {
            *self.partitioned.lock() = Some(Instant::now());
        }
    }

    async fn make_room_in(&self, layer: &Layer) -> Result<(), Fault> {
        let mut connection = self.database.connection().await?;
        let made = async {
            let transaction = connection.transaction().await?;
            transaction.batch_execute("SET LOCAL lock_timeout = '30s'").await?;
            observed::make_room(&transaction, layer, Utc::now()).await?;
            Ok(transaction.commit().await?)
        };
        let made = made.await;
        self.database.take_back(connection, made)
    }

    async fn prune(&self) {
        let due = self.pruned.lock().is_none_or(|last| last.elapsed() > PRUNING);
        if !due {
            return;
        }
        match journal::prune(&self.database).await {
            Ok(()) => *self.pruned.lock() = Some(Instant::now()),
            Err(fault) => tracing::warn!(reason = fault.reason(), "the journal could not be pruned"),
        }
    }
}

async fn read_all(transaction: &Transaction<'_>, table: &Table, progress: Progress<'_>) -> Result<Rows, Fault> {
    let none: [(&str, Type); 0] = [];
    let stream = transaction.query_typed_raw(&table.select(""), none).await?;
    read::rows(table, stream, progress).await
}

async fn is_demo(transaction: &Transaction<'_>, table: &Table) -> Result<bool, Fault> {
    let query = "SELECT EXISTS (SELECT FROM citylayers.demo WHERE layer = $1)";
    let row = transaction.query_typed_one(query, &[(&table.layer.id.as_str(), Type::TEXT)]).await?;
    Ok(row.get(0))
}

#[async_trait]
impl Store for PostGis {
    async fn prepare(&self, layers: &[Arc<Layer>]) -> Result<(), StoreError> {
        let prepared = self.prepare_tables(layers).await;
        prepared.map_err(|fault| fault.into_error(&self.doing("preparing the tables in")))?;
        *self.partitioned.lock() = None;
        self.make_room().await;
        Ok(())
    }

    async fn load(&self, layer: &Arc<Layer>, progress: Progress<'_>) -> Result<(Rows, Revision), StoreError> {
        let table = self.table(&layer.id)?;
        let mut patience = Patience::new(PATIENCE);
        loop {
            let fault = match self.load_table(&table, progress).await {
                Ok(loaded) => return Ok(loaded),
                Err(fault) => fault,
            };
            let doing = || self.doing(&format!("loading layer `{}` from", layer.id));
            patience.wait(fault).await.map_err(|fault| fault.into_error(&doing()))?;
        }
    }

    async fn commit(&self, changes: &[Change]) -> Result<Revision, StoreError> {
        let tables = self.tables.lock().clone();
        let steps = write::steps(changes, &tables)?;
        let writer = Writer { database: &self.database, node: &self.node, seen: &self.seen, hearing: &self.hearing };
        writer.commit(&steps).await.map_err(|fault| fault.into_error(&self.doing("writing to")))
    }

    async fn newest(&self, layer: &LayerId, at: Option<DateTime<Utc>>) -> Result<Vec<Observation>, StoreError> {
        let table = self.table(layer)?;
        if !table.layer.is_observed() {
            return Ok(Vec::new());
        }
        let failed = |fault: Fault| fault.into_error(&self.doing(&format!("reading what `{layer}` measures from")));
        self.read_newest(&table.layer, at).await.map_err(failed)
    }

    async fn observations(
        &self,
        layer: &LayerId,
        feature: &FeatureId,
        span: Span,
    ) -> Result<Vec<Observation>, StoreError> {
        let table = self.table(layer)?;
        let failed = |fault: Fault| fault.into_error(&self.doing(&format!("reading what `{layer}` measured from")));
        self.read_history(&table.layer, feature, &span).await.map_err(failed)
    }

    async fn documents(&self, kind: DocumentKind, keys: Keys) -> Result<Vec<(String, String)>, StoreError> {
        let failed = |fault: Fault| fault.into_error(&self.doing(&format!("reading {}s of", kind.as_str())));
        self.read_documents(kind, &keys).await.map_err(failed)
    }

    async fn timetable(&self, stops: &LayerId) -> Result<Option<Timetable>, StoreError> {
        let failed = |fault: Fault| fault.into_error(&self.doing(&format!("reading the timetable of `{stops}` from")));
        self.read_timetable(stops).await.map_err(failed)
    }

    async fn forget(&self, layer: &LayerId, before: DateTime<Utc>) -> Result<(), StoreError> {
        let table = self.table(layer)?;
        if !table.layer.is_observed() {
            return Ok(());
        }
        let failed = |fault: Fault| fault.into_error(&self.doing(&format!("forgetting old readings of `{layer}` in")));
        self.forget_readings(&table.layer, before).await.map_err(failed)
    }

    async fn indications(&self) -> Result<(Vec<Indications>, Revision), StoreError> {
        let failed = |fault: Fault| fault.into_error(&self.doing("reading the indicators of"));
        self.read_indications().await.map_err(failed)
    }

    /// A notification, the return of a lost connection, or half a minute; less when the last reading failed.
    async fn wait(&self) -> Result<(), StoreError> {
        self.prune().await;
        self.make_room().await;
        let bell = self.bell.get_or_init(|| Bell::new(self.database.listening()));
        let longest = if self.behind.load(Ordering::Acquire) { AGAIN } else { TRUST };
        bell.wait(longest).await;
        if self.database.is_closed() {
            return Err(closed().into_error(&self.doing("listening to")));
        }
        Ok(())
    }

    /// A feature that was changed twice is told once, as it is now. What came between [`Store::prepare`] and
    /// [`Store::load`] is loaded and told. No commit of this value may be under way: it could be overtaken.
    async fn foreign(&self) -> Result<Vec<Foreign>, StoreError> {
        let mut patience = Patience::new(AGAIN);
        loop {
            let fault = match self.hear().await {
                Ok(foreign) => {
                    self.behind.store(false, Ordering::Release);
                    return Ok(foreign);
                }
                Err(fault) => fault,
            };
            self.behind.store(true, Ordering::Release);
            if fault.is_locked_out() {
                return Ok(Vec::new()); // another node replaces a layer: all is told when it is done
            }
            let doing = || self.doing("reading the journal of");
            patience.wait(fault).await.map_err(|fault| fault.into_error(&doing()))?;
        }
    }

    async fn leads(&self) -> Result<bool, StoreError> {
        let held = self.lease.held(&self.database, &self.node).await;
        held.map_err(|fault| fault.into_error(&self.doing("asking for the lease of")))
    }

    async fn close(&self) -> Result<(), StoreError> {
        if let Err(fault) = self.lease.give_back(&self.database, &self.node).await {
            tracing::warn!(reason = fault.reason(), "another node waits until the lease is over");
        }
        if let Some(bell) = self.bell.get() {
            bell.stop();
        }
        self.database.close();
        Ok(())
    }
}
