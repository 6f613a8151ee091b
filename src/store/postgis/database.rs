//! The connections to one database.

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use tokio_postgres::{Config, NoTls};

use super::address::Address;
use super::fault::Fault;

/// A load, those who look back (six at once), the journal, the lease and a few commits; commits queue for the counter row anyway.
const CONNECTIONS: usize = 12;

/// A database and the connections to it.
pub struct Database {
    /// As the user named it, without the password.
    pub name: String,
    config: Config,
    pool: Pool,
}

impl Database {
    /// Connects when the first connection is asked for.
    pub fn new(address: Address) -> Self {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(address.config.clone(), NoTls, recycling);
        let pool =
            Pool::builder(manager).max_size(CONNECTIONS).build().expect("a pool without timeouts needs no runtime");
        Self { name: address.name, config: address.config, pool }
    }

    /// A connection, for one transaction. Nothing may be set on it beyond that: it may come from a pooler.
    pub async fn connection(&self) -> Result<Object, Fault> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Closed => closed(),
            other => Fault::Lost(other.to_string()),
        })
    }

    /// Takes a connection back. One that is of no use is dropped, and so are its idle siblings, which went the
    /// same way.
    pub fn take_back<T>(&self, connection: Object, result: Result<T, Fault>) -> Result<T, Fault> {
        if matches!(result, Err(Fault::Lost(_))) {
            drop(Object::take(connection));
            self.pool.retain(|_, _| false);
        }
        result
    }

    /// How a connection that listens is made: those in the pool cannot, a pooler would give them away.
    pub fn listening(&self) -> Config {
        let mut config = self.config.clone();
        config.application_name(format!("{} bell", config.get_application_name().unwrap_or_default()));
        config
    }

    /// Ends every connection that is not in use.
    pub fn close(&self) {
        self.pool.close();
    }

    /// Whether [`Self::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }
}

/// What is said after [`Database::close`].
pub fn closed() -> Fault {
    Fault::Refused { reason: "it is closed".to_owned(), code: None }
}
