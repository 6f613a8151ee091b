//! Starting: beside other nodes, on databases of other versions, without rights, where nobody answers.

use citylayers::store::postgis::PostGis;
use citylayers::store::{Store, StoreError};
use futures_util::future::join_all;

use super::support::database::Database;
use super::{heard, insert, lamps, node};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_all_start() {
    for _ in 0..3 {
        let Some(database) = Database::fresh().await else { return };
        let starting = (0..6).map(|_| {
            let url = database.url.clone();
            tokio::spawn(async move {
                let store = PostGis::open(&url).await?;
                store.prepare(&[lamps()]).await?;
                Ok::<_, StoreError>(store)
            })
        });
        let started = join_all(starting).await;
        let nodes: Vec<PostGis> = started.into_iter().map(|one| one.unwrap().expect("it starts")).collect();
        let applied =
            database.somebody().await.query("SELECT version FROM citylayers.schema_history", &[]).await.unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgis");
        let known = std::fs::read_dir(folder).expect("the migrations").count();
        assert_eq!(applied.len(), known, "each migration once");
        database.execute(&insert("1", 10)).await;
        for node in &nodes {
            assert_eq!(heard(node).await.0, ["+1=10"]);
        }
    }
}

async fn refusal(url: &str) -> String {
    let error = PostGis::open(url).await.err().expect("it is refused");
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let Some(database) = Database::fresh().await else { return };
    drop(node(&database).await);
    drop(node(&database).await); // the same version is no reason
    let newer = "INSERT INTO citylayers.schema_history VALUES (99, 'future', '2030-01-01T00:00:00Z', '1')";
    database.execute(newer).await;
    let error = refusal(&database.url).await;
    assert!(error.contains("are of version 99, made by a newer citylayers, and this one knows version 1"), "{error}");
}

#[tokio::test]
async fn a_database_that_cannot_be_used_says_why_and_what_helps() {
    let Some(database) = Database::fresh().await else { return };
    let user = format!("{}_guest", database.name);
    database.execute(&format!("CREATE ROLE {user} LOGIN")).await;
    let guest = database.url_of(&user);
    let error = refusal(&guest).await;
    assert!(error.contains(&format!("GRANT CREATE ON DATABASE \"{}\" TO \"{user}\"", database.name)), "{error}");

    drop(node(&database).await);
    let error = refusal(&guest).await;
    assert!(
        error.contains(&format!("connect as `postgres`, who made it, or run: GRANT \"postgres\" TO \"{user}\"")),
        "{error}"
    );
    assert!(error.starts_with(&format!("cannot open postgres://{user}@127.0.0.1:")), "{error}");

    if let Some(bare) = Database::like("template0").await {
        let error = refusal(&bare.url_of(&user)).await;
        assert!(error.contains("as a superuser run there: CREATE EXTENSION postgis"), "{error}");
        PostGis::open(&bare.url).await.expect("a superuser gets the extension made");
    }
    database.execute(&format!("DROP ROLE {user}")).await;
}

#[tokio::test]
async fn a_user_without_rights_on_the_schema_of_tables_learns_which() {
    let Some(database) = Database::fresh().await else { return };
    let user = format!("{}_owner", database.name);
    database.execute(&format!("CREATE ROLE {user} LOGIN; GRANT CREATE ON DATABASE {} TO {user}", database.name)).await;
    let store = PostGis::open(&database.url_of(&user)).await.expect("the core is made");
    let error = store.prepare(&[lamps()]).await.expect_err("nothing may be made in public").to_string();
    assert!(error.contains(&format!("GRANT CREATE ON SCHEMA \"public\" TO \"{user}\"")), "{error}");
    database.execute(&format!("GRANT CREATE ON SCHEMA public TO {user}")).await;
    store.prepare(&[lamps()]).await.expect("now it may");
    store.commit(&[super::put("1", 10)]).await.expect("and write");
    drop(store);
    database.execute(&format!("DROP OWNED BY {user}; DROP ROLE {user}")).await;
}

#[tokio::test]
async fn nobody_there_is_said_at_once_and_without_the_password() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = refusal(&format!("postgres://gis:s3cret@127.0.0.1:{port}/city")).await;
    assert!(error.contains(&format!("cannot open postgres://gis@127.0.0.1:{port}/city")), "{error}");
    assert!(error.contains("onnection refused") && !error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_refused() {
    let Some(database) = Database::fresh().await else { return };
    let error = refusal(&format!("{}?options=-c%20default_transaction_read_only%3Don", database.url)).await;
    assert!(
        error.contains("does not allow writes") || error.contains("read-only") || error.contains("read only"),
        "{error}"
    );
}

#[tokio::test]
async fn a_dump_restored_on_another_server_starts_a_new_journal() {
    let Some(database) = Database::fresh().await else { return };
    let old = node(&database).await;
    database.execute(&insert("1", 10)).await;
    // As it would look like: lines with the transaction numbers of another server.
    database.execute("UPDATE citylayers.state SET cluster = 1").await;
    let store = node(&database).await;
    let lines = "SELECT (SELECT count(*) FROM citylayers.journal) + (SELECT count(*) FROM citylayers.commits)";
    assert_eq!(database.somebody().await.query_one(lines, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_eq!(heard(&old).await.0, ["reload lamps"], "whoever was in the middle of it");
    database.execute(&insert("2", 20)).await;
    assert_eq!(heard(&store).await.0, ["+2=20"]);
}
