//! Which of many nodes does what only one may do. A row with an end, not a lock of a session: a pooler would give that away.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio_postgres::types::Type;

use super::database::Database;
use super::fault::Fault;

/// After so long without a word from the node that has it another one takes it.
const TERM: &str = "10 seconds";
/// How long an answer is believed: so much less than the term that the end of a term is never overslept.
const BELIEVED: Duration = Duration::from_secs(3);

/// What this node was told last.
#[derive(Default)]
pub struct Lease(Mutex<Option<(Instant, bool)>>);

impl Lease {
    /// Whether `node` has it: taken, prolonged, or with another node.
    pub async fn held(&self, database: &Database, node: &str) -> Result<bool, Fault> {
        let known = *self.0.lock();
        if let Some((_, held)) = known.filter(|(asked, _)| asked.elapsed() < BELIEVED) {
            return Ok(held);
        }
        let asked = Instant::now();
        let connection = database.connection().await?;
        let statement = format!(
            "INSERT INTO citylayers.lease AS known (duty, node, until) VALUES ('time', $1, clock_timestamp() + interval '{TERM}') \
             ON CONFLICT (duty) DO UPDATE SET node = excluded.node, until = excluded.until \
             WHERE known.node = excluded.node OR known.until < clock_timestamp()"
        );
        let taken = connection.execute_typed(&statement, &[(&node, Type::TEXT)]).await.map_err(Fault::from);
        let held = database.take_back(connection, taken)? > 0;
        *self.0.lock() = Some((asked, held));
        Ok(held)
    }

    /// Gives it back, so that another node need not wait for the end of the term.
    pub async fn give_back(&self, database: &Database, node: &str) -> Result<(), Fault> {
        let had = self.0.lock().take().is_some_and(|(_, held)| held);
        if !had {
            return Ok(());
        }
        let connection = database.connection().await?;
        let statement = "DELETE FROM citylayers.lease WHERE duty = 'time' AND node = $1";
        let given = connection.execute_typed(statement, &[(&node, Type::TEXT)]).await.map_err(Fault::from);
        database.take_back(connection, given)?;
        Ok(())
    }
}
