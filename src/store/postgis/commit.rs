//! One commit: written, numbered, ended; and what is done when nobody knows how it ended.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool_postgres::Object;
use tokio_postgres::types::Type;

use super::database::Database;
use super::fault::{Fault, Patience};
use super::hearing::{Doubt, Hearing};
use super::write::Step;
use crate::model::Revision;

/// How long a commit waits for a database that is away.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What makes commits.
pub struct Writer<'a> {
    pub database: &'a Database,
    /// The name of this node in the journal.
    pub node: &'a str,
    /// The highest revision that this node ever saw: a standby that took over may have lost some, and none may come
    /// a second time.
    pub seen: &'a AtomicU64,
    pub hearing: &'a Hearing,
}

impl<'a> Writer<'a> {
    /// Keeps all steps or none. Starts over as long as it is certain that nothing was kept.
    pub async fn commit(&self, steps: &[Step<'_>]) -> Result<Revision, Fault> {
        let mut patience = Patience::new(PATIENCE);
        loop {
            match self.attempt(steps).await {
                Ok(revision) => return Ok(revision),
                Err(fault) => patience.wait(fault).await?,
            }
        }
    }

    async fn attempt(&self, steps: &[Step<'_>]) -> Result<Revision, Fault> {
        let mut connection = self.database.connection().await?;
        let ended = self.transaction(&mut connection, steps).await;
        let (revision, doubt, lost) = self.database.take_back(connection, ended)?;
        if let Some(reason) = lost
            && !self.was_kept(revision, &reason).await?
        {
            doubt.not_kept();
            return Err(Fault::Again(reason));
        }
        self.seen.fetch_max(revision, Ordering::AcqRel);
        doubt.kept();
        Ok(Revision(revision))
    }

    /// The number of the commit; and, when the answer to `COMMIT` was lost, for what reason.
    async fn transaction(
        &self,
        connection: &mut Object,
        steps: &[Step<'_>],
    ) -> Result<(u64, Doubt<'a>, Option<String>), Fault> {
        let transaction = connection.transaction().await?;
        let settings = format!(
            "SET LOCAL citylayers.node = '{}'; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '30s'; \
             SET LOCAL idle_in_transaction_session_timeout = '60s'",
            self.node
        );
        transaction.batch_execute(&settings).await?;
        for step in steps {
            step.run(&transaction).await?;
        }
        let seen = self.seen.load(Ordering::Acquire).cast_signed();
        let number = transaction.query_typed_one("SELECT citylayers.number_commit($1)", &[(&seen, Type::INT8)]).await?;
        let revision = number.get::<_, i64>(0).cast_unsigned();
        let doubt = self.hearing.doubt(revision);
        match transaction.commit().await.map_err(Fault::from) {
            Ok(()) => Ok((revision, doubt, None)),
            Err(Fault::Lost(reason)) => Ok((revision, doubt, Some(reason))),
            Err(fault) => {
                doubt.not_kept();
                Err(fault)
            }
        }
    }

    /// Asks how a commit ended whose answer was lost. Its transaction holds the counter row until it has ended, so
    /// whoever gets hold of that row finds it kept or gone.
    async fn was_kept(&self, revision: u64, reason: &str) -> Result<bool, Fault> {
        let mut patience = Patience::new(PATIENCE);
        loop {
            let fault = match self.ask(revision).await {
                Ok(kept) => return Ok(kept),
                Err(fault) => fault,
            };
            patience.wait(fault).await.map_err(|fault| Fault::Refused {
                reason: format!(
                    "the connection was lost while the commit ended ({reason}), and how it ended cannot be asked ({}): it may \
                     or may not have been kept; if it was, it will be heard as if somebody else had made it",
                    fault.reason()
                ),
                code: None,
            })?;
        }
    }

    async fn ask(&self, revision: u64) -> Result<bool, Fault> {
        let mut connection = self.database.connection().await?;
        let answer = self.asked(&mut connection, revision).await;
        self.database.take_back(connection, answer)
    }

    async fn asked(&self, connection: &mut Object, revision: u64) -> Result<bool, Fault> {
        let transaction = connection.transaction().await?;
        transaction.batch_execute("SET LOCAL lock_timeout = '30s'; SELECT FROM citylayers.state FOR UPDATE").await?;
        let query = "SELECT EXISTS (SELECT FROM citylayers.commits WHERE revision = $1 AND node = $2)";
        let parameters = (&revision.cast_signed(), &self.node);
        let row = transaction.query_typed_one(query, &[(parameters.0, Type::INT8), (parameters.1, Type::TEXT)]).await?;
        transaction.rollback().await?;
        Ok(row.get(0))
    }
}
