//! Reads the journal: what others did since the last reading, and how the features look now.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use deadpool_postgres::Object;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::database::Database;
use super::fault::Fault;
use super::hearing::{Found, Heard};
use super::table::Table;
use super::write::ids;
use super::{indicated, observed, read};
use crate::model::{Change, FeatureId, LayerId, Observations};

/// A layer of which more features were touched is loaded again.
const MANY: i64 = 10_000;

/// Readings of one layer that are told one by one; of more the newest are read again.
const MANY_READINGS: usize = 50_000;

/// The commits that are wanted, of parameters `$1` to `$3`: the revision that was heard, this node, commits that it abandoned.
const WANTED: &str = "(revision > $1 AND node IS DISTINCT FROM $2 OR revision = ANY ($3) AND node = $2)";

/// Tables by layer.
pub type Tables = HashMap<LayerId, Arc<Table>>;

/// The revision of a snapshot, how much the journal has forgotten, and on which server; the last is `NULL` on a
/// standby, which numbers nothing.
pub const STATE: &str = "SELECT revision, pruned, CASE WHEN NOT pg_is_in_recovery() THEN \
    (SELECT system_identifier FROM pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) \
    END FROM citylayers.state";

/// A layer that others touched: its features, or `None` when they are many.
type Touched = BTreeMap<LayerId, Option<Vec<String>>>;

/// What others touched.
struct Touches {
    layers: Touched,
    /// Of the last commit that touched a layer.
    revision: u64,
    /// Whether values of indicators were.
    indicators: bool,
    /// Layers of which there are readings.
    observed: Vec<LayerId>,
}

/// Reads the journal beyond a revision.
pub struct Journal<'a> {
    pub database: &'a Database,
    /// Whose commits are left out.
    pub node: &'a str,
    /// But not these.
    pub abandoned: &'a [u64],
    pub tables: &'a Tables,
}

impl Journal<'_> {
    /// What others did beyond `heard`. Fails when another node is replacing one of the layers that were touched.
    pub async fn read(&self, heard: &Heard) -> Result<Found, Fault> {
        // A table that is being emptied looks empty in older snapshots too, so those that are read are locked before the
        // snapshot is taken; which ones these are is known only from a snapshot.
        let mut locked: BTreeSet<LayerId> = BTreeSet::new();
        loop {
            let mut connection = self.database.connection().await?;
            let found = self.read_locked(&mut connection, heard, &mut locked).await;
            if let Some(found) = self.database.take_back(connection, found)? {
                return Ok(found);
            }
        }
    }

    /// `None` when more tables must be locked, which are then in `locked`.
    async fn read_locked(
        &self,
        connection: &mut Object,
        heard: &Heard,
        locked: &mut BTreeSet<LayerId>,
    ) -> Result<Option<Found>, Fault> {
        let builder = connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = builder.start().await?;
        let names: Vec<&str> = locked.iter().filter_map(|layer| Some(self.tables.get(layer)?.name.as_str())).collect();
        if !names.is_empty() {
            let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "));
            transaction.batch_execute(&format!("SET LOCAL lock_timeout = '500ms'; {lock}")).await?;
        }
        let state = State::read(&transaction).await?;
        if state.breaks_off(heard) {
            let reload = self.tables.keys().cloned().collect();
            let indicated = Some(indicated::all(&transaction).await?);
            return Ok(Some(Found { reload, indicated, now: state.now, ..Found::default() }));
        }
        if state.now == *heard && self.abandoned.is_empty() {
            return Ok(Some(Found { now: state.now, ..Found::default() }));
        }
        let Touches { layers: touched, revision, indicators, observed } = self.touched(&transaction, heard).await?;
        let few = touched.iter().filter(|(_, ids)| ids.is_some());
        let read: BTreeSet<LayerId> = few.map(|(layer, _)| layer.clone()).collect();
        if !read.is_subset(locked) {
            locked.extend(read);
            return Ok(None);
        }
        let mut found = Found { revision, now: state.now, ..Found::default() };
        for (layer, ids) in touched {
            match ids {
                None => found.reload.push(layer),
                Some(ids) => self.changes(&transaction, &layer, &ids, &mut found.changes).await?,
            }
        }
        for layer in observed {
            self.readings(&transaction, heard, layer, &mut found).await?;
        }
        if indicators {
            found.indicated = Some(indicated::all(&transaction).await?);
        }
        transaction.commit().await?;
        Ok(Some(found))
    }

    async fn touched(&self, transaction: &Transaction<'_>, heard: &Heard) -> Result<Touches, Fault> {
        let query = format!(
            "SELECT layer, max(revision), \
                CASE WHEN bool_and(id IS NOT NULL) AND count(DISTINCT id) <= $5 THEN array_agg(DISTINCT id) END, \
                op = 'observe' \
            FROM citylayers.commits JOIN citylayers.journal USING (xid) WHERE {WANTED} AND layer = ANY ($4) \
            GROUP BY layer, op = 'observe'"
        );
        let beyond = heard.revision.cast_signed();
        let abandoned: Vec<i64> = self.abandoned.iter().map(|revision| revision.cast_signed()).collect();
        let layers: Vec<&str> = self.tables.keys().map(LayerId::as_str).chain([indicated::JOURNALED]).collect();
        let rows = transaction
            .query_typed(
                &query,
                &[
                    (&beyond, Type::INT8),
                    (&self.node, Type::TEXT),
                    (&abandoned, Type::INT8_ARRAY),
                    (&layers, Type::TEXT_ARRAY),
                    (&MANY, Type::INT8),
                ],
            )
            .await?;
        let of_indicators = |row: &&Row| row.get::<_, &str>(0) == indicated::JOURNALED;
        let (noted, rows): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(of_indicators);
        let last = rows.iter().map(|row| row.get::<_, i64>(1)).max().unwrap_or_default();
        let (read, rows): (Vec<&Row>, Vec<&Row>) = rows.into_iter().partition(|row| row.get(3));
        let layers = rows.iter().filter_map(|row| Some((LayerId::new(row.get(0))?, row.get(2)))).collect();
        let observed = read.iter().filter_map(|row| LayerId::new(row.get(0))).collect();
        Ok(Touches { layers, revision: last.cast_unsigned(), indicators: !noted.is_empty(), observed })
    }

    /// The readings of a layer that others took.
    async fn readings(
        &self,
        transaction: &Transaction<'_>,
        heard: &Heard,
        layer: LayerId,
        found: &mut Found,
    ) -> Result<(), Fault> {
        let table = self.tables.get(&layer).filter(|table| table.layer.is_observed() && !found.reload.contains(&layer));
        let Some(table) = table else { return Ok(()) };
        let commits = format!(
            "SELECT xid FROM citylayers.commits JOIN citylayers.journal USING (xid) \
             WHERE {WANTED} AND layer = $4 AND op = 'observe'"
        );
        let abandoned: Vec<i64> = self.abandoned.iter().map(|revision| revision.cast_signed()).collect();
        let parameters: [(&(dyn ToSql + Sync), Type); 4] = [
            (&heard.revision.cast_signed(), Type::INT8),
            (&self.node, Type::TEXT),
            (&abandoned, Type::INT8_ARRAY),
            (&layer.as_str(), Type::TEXT),
        ];
        match observed::brought(transaction, &table.layer, &commits, &parameters, MANY_READINGS).await? {
            None => found.reload.push(layer),
            Some(list) if list.is_empty() => {}
            Some(list) => {
                let observations = Observations::new(Arc::clone(&table.layer), list);
                found.changes.push(Change::Observe(Arc::new(observations)));
            }
        }
        Ok(())
    }

    async fn changes(
        &self,
        transaction: &Transaction<'_>,
        layer: &LayerId,
        touched: &[String],
        changes: &mut Vec<Change>,
    ) -> Result<(), Fault> {
        let Some(table) = self.tables.get(layer) else { return Ok(()) };
        let touched: Vec<FeatureId> = touched.iter().filter_map(|id| FeatureId::new(id)).collect();
        let (array, sql_type) = ids(table, touched.iter())?;
        let stream = transaction.query_typed_raw(&table.select(&table.among_ids()), [(array, sql_type)]).await?;
        let rows = read::rows(table, stream, &|_| ()).await?;
        let there: HashSet<&str> = (0..rows.len()).map(|row| rows.id(row)).collect();
        let gone = touched.into_iter().filter(|id| !there.contains(id.as_str()));
        changes.extend(gone.map(|id| Change::Remove { layer: layer.clone(), id }));
        changes.extend((0..rows.len()).map(|row| Change::Put(rows.feature(row))));
        Ok(())
    }
}

/// Where a snapshot stands.
pub struct State {
    pub now: Heard,
    pruned: u64,
}

impl State {
    /// Reads it in a transaction.
    pub async fn read(transaction: &Transaction<'_>) -> Result<Self, Fault> {
        let row = transaction.query_typed_one(STATE, &[]).await?;
        let revision = row.get::<_, i64>(0).cast_unsigned();
        let era: Option<String> = row.get(2);
        let era = era.ok_or_else(|| Fault::Lost("the server has become a standby".to_owned()))?;
        Ok(Self { now: Heard { revision, era }, pruned: row.get::<_, i64>(1).cast_unsigned() })
    }

    /// Whether what was heard cannot be continued: the journal has forgotten some, or another server took over.
    fn breaks_off(&self, heard: &Heard) -> bool {
        self.pruned > heard.revision || self.now.era != heard.era || self.now.revision < heard.revision
    }
}

/// Forgets what is older than a day.
pub async fn prune(database: &Database) -> Result<(), Fault> {
    let connection = database.connection().await?;
    let query = "WITH old AS (DELETE FROM citylayers.commits WHERE at < now() - interval '1 day' RETURNING xid, revision), \
            gone AS (DELETE FROM citylayers.journal USING old WHERE journal.xid = old.xid) \
        UPDATE citylayers.state SET pruned = greatest(pruned, (SELECT max(revision) FROM old)) WHERE EXISTS (SELECT FROM old)";
    let pruned = connection.batch_execute(query).await.map_err(Fault::from);
    database.take_back(connection, pruned)
}
