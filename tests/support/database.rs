//! A PostGIS database for one test, and somebody else who edits it.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Client, NoTls};

/// A database of its own beside the one that `CITYLAYERS_TEST_POSTGIS` names, dropped at the end.
pub struct Database {
    pub url: String,
    pub name: String,
    server: String,
}

impl Database {
    /// An empty one with the extension. `None` where there is no server to make it on.
    pub async fn fresh() -> Option<Self> {
        Self::like("template1").await
    }

    /// A copy of a template; `template0` has no extension.
    pub async fn like(template: &str) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = env::var("CITYLAYERS_TEST_POSTGIS").ok();
        if !super::present::have("postgis", server.is_some()) {
            return None;
        }
        let server = server?;
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let base = server.rsplit_once('/').expect("the URL names a database").0;
        let url = format!("{base}/{name}");
        run(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Some(Self { url, name, server })
    }

    /// The same database for somebody else.
    pub fn url_of(&self, user: &str) -> String {
        self.url.replace("postgres@", &format!("{user}@"))
    }

    /// Somebody else at this database.
    pub async fn somebody(&self) -> Client {
        connect(&self.url).await
    }

    /// One statement by somebody else.
    pub async fn execute(&self, sql: &str) {
        run(&self.url, sql).await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, drop) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // The runtime of the test may be the one that is ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run(&server, &drop));
        });
        let dropped = dropping.join();
        assert!(std::thread::panicking() || dropped.is_ok(), "the database could not be dropped");
    }
}

/// A connection that is driven until its client is dropped.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client
}

async fn run(url: &str, sql: &str) {
    connect(url).await.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}
