//! The one thread that owns the connection, and what it is asked to do.

use std::collections::HashSet;
use std::sync::{Arc, mpsc};

use chrono::{DateTime, Utc};
use rusqlite::TransactionBehavior;
use tokio::sync::{mpsc as tokio_mpsc, oneshot};

use super::file::{OpenFile, in_words};
use super::table::{Table, Unfit};
use super::write::{self, Tables, Unkept};
use super::{documents, indicated, read, timetable};
use crate::model::{Change, DocumentKind, Indications, Layer, LayerId, Observation, Revision, Rows, Timetable};
use crate::store::{Keys, StoreError};

/// Where an answer goes. Nobody may be waiting any more: the work is done all the same.
pub type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the desk is asked to do, in order.
pub enum Job {
    Prepare(Vec<Arc<Layer>>, Answer<()>),
    /// Hears how many rows were read so far.
    Load(LayerId, tokio_mpsc::UnboundedSender<u64>, Answer<(Rows, Revision)>),
    Commit(Vec<Change>, Answer<Revision>),
    Newest(LayerId, Answer<Vec<Observation>>),
    /// Of a kind, of these keys or all.
    Documents(DocumentKind, Keys, Answer<Vec<(String, String)>>),
    Timetable(LayerId, Answer<Option<Timetable>>),
    /// Of the features behind one; the last of them.
    Forget(LayerId, DateTime<Utc>, String, Answer<Option<String>>),
    Indications(Answer<(Vec<Indications>, Revision)>),
    Close(Answer<()>),
}

/// One writer and no second: commits are in one order, and a transaction never waits for another of ours.
pub struct Desk {
    file: OpenFile,
    tables: Tables,
    /// Layers whose extent may have become smaller.
    loose: HashSet<LayerId>,
}

impl Desk {
    /// Takes a revision of its own: anybody may have edited the file since the last one, and what was answered under
    /// that must not pass for new.
    pub fn open(file: OpenFile) -> Result<Self, StoreError> {
        write::next_revision(&file.connection)
            .map_err(|error| StoreError::Open { store: file.name.clone(), reason: in_words(&error) })?;
        Ok(Self { file, tables: Tables::new(), loose: HashSet::new() })
    }

    /// Works until it is told to close, or nobody is left to ask.
    pub fn run(mut self, jobs: &mpsc::Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Prepare(layers, answer) => drop(answer.send(self.prepare(&layers))),
                Job::Load(layer, heard, answer) => {
                    let loaded = self.load(&layer, |rows| {
                        let _nobody_waits = heard.send(rows);
                    });
                    drop(heard);
                    drop(answer.send(loaded));
                }
                Job::Commit(changes, answer) => drop(answer.send(self.commit(&changes))),
                Job::Newest(layer, answer) => drop(answer.send(self.newest(&layer))),
                Job::Documents(kind, keys, answer) => drop(answer.send(self.documents(kind, &keys))),
                Job::Timetable(stops, answer) => drop(answer.send(self.timetable(&stops))),
                Job::Forget(layer, before, after, answer) => drop(answer.send(self.forget(&layer, before, &after))),
                Job::Indications(answer) => drop(answer.send(self.indications())),
                Job::Close(answer) => return drop(answer.send(self.close())),
            }
        }
        if let Err(error) = self.close() {
            tracing::error!(%error, "the store was not closed well; nothing is lost");
        }
    }

    fn prepare(&mut self, layers: &[Arc<Layer>]) -> Result<(), StoreError> {
        let name = &self.file.name;
        let failed = |error: rusqlite::Error| database(format!("preparing the tables of {name}"), &error);
        let transaction =
            self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut tables = Tables::new();
        for layer in layers {
            let table = Table::prepare(&transaction, layer).map_err(|unfit| match unfit {
                Unfit::Differs(reason) => {
                    StoreError::Schema { store: name.clone(), table: layer.id.to_string(), reason }
                }
                Unfit::Failed(error) => failed(error),
            })?;
            tables.insert(layer.id.clone(), table);
        }
        transaction.commit().map_err(failed)?;
        self.tables = tables;
        Ok(())
    }

    fn load(&mut self, layer: &LayerId, progress: impl FnMut(u64)) -> Result<(Rows, Revision), StoreError> {
        let table = self.tables.get(layer).ok_or_else(|| StoreError::UnknownLayer(layer.clone()))?;
        read::load(&mut self.file.connection, table, progress)
            .map_err(|error| database(format!("reading `{layer}` from {}", self.file.name), &error))
    }

    fn commit(&mut self, changes: &[Change]) -> Result<Revision, StoreError> {
        let doing = || format!("writing to {}", self.file.name);
        match write::commit(&mut self.file.connection, &self.tables, changes) {
            Ok(kept) => {
                self.loose.extend(kept.loose);
                Ok(kept.revision)
            }
            Err(Unkept::UnknownLayer(layer)) => Err(StoreError::UnknownLayer(layer)),
            Err(Unkept::Refused(reason)) => Err(StoreError::Refused { doing: doing(), reason }),
            Err(Unkept::Overtaken(kind, key)) => Err(StoreError::Overtaken { kind, key }),
            Err(Unkept::Failed(error)) => Err(database(doing(), &error)),
        }
    }

    fn newest(&self, layer: &LayerId) -> Result<Vec<Observation>, StoreError> {
        let table = self.tables.get(layer).ok_or_else(|| StoreError::UnknownLayer(layer.clone()))?;
        let newest = table.readings.as_ref().map_or(Ok(Vec::new()), |table| table.newest(&self.file.connection, None));
        newest.map_err(|error| database(format!("reading what `{layer}` measures from {}", self.file.name), &error))
    }

    fn documents(&self, kind: DocumentKind, keys: &Keys) -> Result<Vec<(String, String)>, StoreError> {
        let doing = || format!("reading {}s from {}", kind.as_str(), self.file.name);
        documents::read(&self.file.connection, kind, keys).map_err(|error| database(doing(), &error))
    }

    fn timetable(&self, stops: &LayerId) -> Result<Option<Timetable>, StoreError> {
        let doing = || format!("reading the timetable of `{stops}` from {}", self.file.name);
        timetable::load(&self.file.connection, stops).map_err(|error| database(doing(), &error))
    }

    fn forget(&self, layer: &LayerId, before: DateTime<Utc>, after: &str) -> Result<Option<String>, StoreError> {
        let table = self.tables.get(layer).ok_or_else(|| StoreError::UnknownLayer(layer.clone()))?;
        let Some(readings) = &table.readings else { return Ok(None) };
        let doing = || format!("forgetting old readings of `{layer}` in {}", self.file.name);
        readings.forget(&self.file.connection, before, after).map_err(|error| database(doing(), &error))
    }

    fn indications(&self) -> Result<(Vec<Indications>, Revision), StoreError> {
        let connection = &self.file.connection;
        let all = indicated::all(connection).and_then(|all| Ok((all, read::revision(connection)?)));
        all.map_err(|error| database(format!("reading the indicators of {}", self.file.name), &error))
    }

    fn close(mut self) -> Result<(), StoreError> {
        let doing = format!("writing the extents of {}", self.file.name);
        self.tighten().map_err(|error| database(doing, &error))?;
        self.file.close()
    }

    /// Extents grow at once and shrink here: a removal that looked at every feature would be a slow one.
    fn tighten(&mut self) -> rusqlite::Result<()> {
        if self.loose.is_empty() {
            return Ok(());
        }
        let transaction = self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for layer in &self.loose {
            if let Some(table) = self.tables.get(layer) {
                write::tighten(&transaction, table)?;
            }
        }
        transaction.commit()
    }
}

fn database(doing: String, error: &rusqlite::Error) -> StoreError {
    StoreError::Database { doing, reason: in_words(error) }
}
