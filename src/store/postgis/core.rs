//! Makes a database ready: PostGIS, the schema `citylayers`, the migrations.

use deadpool_postgres::Object;
use tokio_postgres::{Client, Row};

use super::super::StoreError;
use super::database::Database;
use super::fault::{Fault, chain};

mod embedded {
    refinery::embed_migrations!("migrations/postgis");
}

const HISTORY: &str = "citylayers.schema_history";

/// Taken for the time of every change of tables, so that nodes that start at once make them one after another. The
/// number means nothing; other programs in the database use others.
pub const LOCK_TABLES: &str = "SELECT pg_advisory_xact_lock(7163411284)";

/// What must be known of a database before anything else.
struct Survey {
    user: String,
    database: String,
    version: i32,
    encoding: String,
    has_postgis: bool,
    /// Who made the schema `citylayers`, if it is there.
    owner: Option<String>,
    /// A name that nobody else has.
    node: String,
}

impl Survey {
    const QUERY: &str = "SELECT current_user::text, current_database()::text, current_setting('server_version_num')::int, \
        current_setting('server_encoding'), EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis'), \
        (SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = 'citylayers'), \
        gen_random_uuid()::text";

    fn read(row: &Row) -> Self {
        Self {
            user: row.get(0),
            database: row.get(1),
            version: row.get(2),
            encoding: row.get(3),
            has_postgis: row.get(4),
            owner: row.get(5),
            node: row.get(6),
        }
    }

    fn unfit(&self) -> Option<String> {
        if self.version < 130_000 {
            return Some(format!("PostgreSQL 13 or newer is needed, this is {}", self.version / 10_000));
        }
        (self.encoding != "UTF8").then(|| {
            format!("database `{}` keeps text in {}; create one with ENCODING 'UTF8'", self.database, self.encoding)
        })
    }
}

/// Brings the core tables to the version of this program, and gives this node a name. Any number of nodes may do so
/// at once.
pub async fn make_ready(database: &Database) -> Result<String, StoreError> {
    ready(database).await.map_err(|fault| match fault {
        Fault::Store(error) => error,
        other => StoreError::Open { store: database.name.clone(), reason: other.reason() },
    })
}

async fn ready(database: &Database) -> Result<String, Fault> {
    let mut guard = database.connection().await?;
    let survey = Survey::read(&guard.query_typed_one(Survey::QUERY, &[]).await?);
    if let Some(reason) = survey.unfit() {
        return Err(Fault::Refused { reason, code: None });
    }
    // The lock is held by a transaction beside the migrations, because a pooler may not keep a session's lock.
    let lock = guard.transaction().await?;
    lock.query_typed(LOCK_TABLES, &[]).await?;
    migrate(database.connection().await?).await?;
    lock.commit().await?;
    Ok(survey.node)
}

async fn migrate(mut connection: Object) -> Result<(), Fault> {
    let survey = Survey::read(&connection.query_typed_one(Survey::QUERY, &[]).await?);
    if !survey.has_postgis {
        create_extension(&connection, &survey).await?;
    }
    let Some(owner) = &survey.owner else {
        let created = connection.batch_execute("CREATE SCHEMA citylayers").await;
        created.map_err(|error| {
            let right = format!("GRANT CREATE ON DATABASE \"{}\" TO \"{}\"", survey.database, survey.user);
            with_way_out(error.into(), &format!("as the owner of the database run: {right}"))
        })?;
        return apply(&mut connection).await;
    };
    apply(&mut connection).await.map_err(|fault| {
        if !fault.is_missing_right() {
            return fault;
        }
        let way_out = format!("connect as `{owner}`, who made it, or run: GRANT \"{owner}\" TO \"{}\"", survey.user);
        with_way_out(fault, &way_out)
    })
}

async fn apply(client: &mut Client) -> Result<(), Fault> {
    refuse_newer(client).await?;
    let applied = embedded::migrations::runner().set_migration_table_name(HISTORY).run_async(client).await;
    applied.map_err(|error| Fault::Refused { reason: chain(&error), code: None })?;
    forget_another_cluster(client).await
}

async fn create_extension(connection: &Object, survey: &Survey) -> Result<(), Fault> {
    connection.batch_execute("CREATE EXTENSION postgis").await.map_err(|error| {
        with_way_out(
            error.into(),
            &format!(
                "database `{}` has no PostGIS and user `{}` cannot add it; as a superuser run there: CREATE EXTENSION postgis \
                 (Debian: apt-get install postgresql-15-postgis-3 first)",
                survey.database, survey.user
            ),
        )
    })
}

fn with_way_out(fault: Fault, way_out: &str) -> Fault {
    match fault {
        Fault::Refused { reason, code } => Fault::Refused { reason: format!("{reason}; {way_out}"), code },
        other => other,
    }
}

async fn refuse_newer(connection: &Client) -> Result<(), Fault> {
    let ours = embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max();
    let exists = connection.query_typed_one(&format!("SELECT to_regclass('{HISTORY}') IS NOT NULL"), &[]).await?;
    if !exists.get::<_, bool>(0) {
        return Ok(());
    }
    let row = connection.query_typed_one(&format!("SELECT max(version) FROM {HISTORY}"), &[]).await?;
    let theirs: Option<i32> = row.get(0);
    if theirs <= ours {
        return Ok(());
    }
    Err(Fault::Refused {
        reason: format!(
            "its tables are of version {}, made by a newer citylayers, and this one knows version {}; update this one",
            theirs.unwrap_or_default(),
            ours.unwrap_or_default()
        ),
        code: None,
    })
}

/// Transaction numbers of another server mean nothing here, and would be given out a second time.
async fn forget_another_cluster(client: &mut Client) -> Result<(), Fault> {
    let transaction = client.transaction().await?;
    let changed = transaction
        .execute_typed(
            "UPDATE citylayers.state SET cluster = system_identifier, pruned = revision FROM pg_control_system() \
             WHERE cluster <> system_identifier",
            &[],
        )
        .await?;
    if changed > 0 {
        transaction.batch_execute("DELETE FROM citylayers.journal; DELETE FROM citylayers.commits").await?;
    }
    Ok(transaction.commit().await?)
}
