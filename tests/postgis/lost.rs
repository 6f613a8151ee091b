//! Connections are lost: nothing else is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use citylayers::store::Store;
use citylayers::store::postgis::PostGis;

use super::support::database::Database;
use super::wire::{Cut, Wire};
use super::{heard, ids, insert, lamps, load, node, put, removal};

/// Ends the connections of nodes whose name is like this.
fn terminate(name: &str) -> String {
    format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '{name}'"
    )
}

/// Waits until a query is true.
async fn until(database: &Database, condition: &str) {
    let somebody = database.somebody().await;
    let query = format!("SELECT EXISTS ({condition})");
    while !somebody.query_one(&query, &[]).await.expect("the condition is SQL").get::<_, bool>(0) {
        tokio::task::yield_now().await;
    }
}

const LISTENING: &str = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'citylayers bell' AND query ~ 'LISTEN'";

#[tokio::test]
async fn what_happens_while_a_node_does_not_listen_is_heard_afterwards() {
    let Some(database) = Database::fresh().await else { return };
    let store = Arc::new(node(&database).await);
    for round in 0..5 {
        let waiting = tokio::spawn({
            let store = Arc::clone(&store);
            async move { heard(&store).await.0 }
        });
        until(&database, LISTENING).await;
        let began = Instant::now();
        let edits = [terminate("citylayers%"), insert(&format!("a{round}"), round), terminate("citylayers%")];
        database.execute(&edits.join(";")).await;
        assert_eq!(waiting.await.unwrap(), [format!("+a{round}={round}")]);
        database.execute(&insert(&format!("b{round}"), round)).await;
        assert_eq!(heard(&store).await.0, [format!("+b{round}={round}")], "nothing twice");
        assert!(began.elapsed() < Duration::from_secs(20), "by the bell, not by chance: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_commit_outlives_the_connections_that_it_finds() {
    let Some(database) = Database::fresh().await else { return };
    let store = node(&database).await;
    let mut last = store.commit(&[put("0", 0)]).await.unwrap();
    for round in 1..6 {
        database.execute(&terminate("citylayers%")).await;
        let revision = store.commit(&[put(&round.to_string(), round)]).await.expect("it is kept");
        assert!(revision > last);
        last = revision;
    }
    assert_eq!(ids(&load(&store).await), ["0", "1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_commit_whose_connection_dies_in_the_middle_is_made_again() {
    let Some(database) = Database::fresh().await else { return };
    let store = Arc::new(node(&database).await);
    store.commit(&[put("1", 10)]).await.unwrap();
    let holder = database.somebody().await;
    holder.batch_execute("BEGIN; UPDATE lamps SET watt = 11").await.unwrap();
    let committing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.commit(&[put("0", 5), put("1", 12), removal("none")]).await }
    });
    until(&database, "SELECT FROM pg_stat_activity WHERE application_name = 'citylayers' AND wait_event_type = 'Lock' AND datname = current_database()").await;
    database.execute(&terminate("citylayers")).await;
    holder.batch_execute("COMMIT").await.unwrap();
    committing.await.unwrap().expect("it is kept in the end");
    let rows = load(&store).await;
    assert_eq!(ids(&rows), ["1", "0"]);
    assert_eq!(rows.feature(0).properties, super::lamp("1", "đèn", 12).properties, "the later one wins");
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_kept_exactly_once() {
    for cut in [Cut::Before, Cut::After, Cut::Behind] {
        let Some(database) = Database::fresh().await else { return };
        let other = node(&database).await;
        let wire = Wire::to(&database).await;
        let store = PostGis::open(&wire.url).await.unwrap();
        store.prepare(&[lamps()]).await.unwrap();
        store.commit(&[put("1", 10)]).await.unwrap();
        assert_eq!(heard(&other).await.0, ["+1=10"]);
        wire.cut(cut);
        let revision = store.commit(&[put("2", 20)]).await.unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        wire.is_cut().await;
        assert_eq!(heard(&other).await, (vec!["+2=20".to_owned()], Some(revision)), "{cut:?}");
        let next = store.commit(&[put("3", 30)]).await.unwrap();
        assert!(next > revision, "{cut:?}: {next} after {revision}");
        assert_eq!(heard(&other).await, (vec!["+3=30".to_owned()], Some(next)), "{cut:?}");
        assert_eq!(ids(&load(&store).await), ["1", "2", "3"], "{cut:?}");
        database.execute(&insert("4", 40)).await;
        assert_eq!(heard(&store).await.0, ["+4=40"], "{cut:?}: its own commits are not heard");
    }
}

/// Lets every commit that touches lamps wait for the advisory lock 1, as one would for a slow standby.
const SLOW_COMMIT: &str = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$; \
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON lamps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()";
const WAITING_TO_COMMIT: &str = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 1 \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

#[tokio::test]
async fn a_commit_that_still_runs_when_its_connection_is_lost_is_waited_for() {
    let Some(database) = Database::fresh().await else { return };
    let wire = Wire::to(&database).await;
    let store = Arc::new(PostGis::open(&wire.url).await.unwrap());
    store.prepare(&[lamps()]).await.unwrap();
    database.execute(SLOW_COMMIT).await;
    let holder = database.somebody().await;
    holder.batch_execute("SELECT pg_advisory_lock(1)").await.unwrap();
    wire.cut(Cut::Behind);
    let committing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.commit(&[put("1", 10)]).await }
    });
    wire.is_cut().await;
    until(&database, WAITING_TO_COMMIT).await;
    until(&database, "SELECT FROM pg_stat_activity WHERE query ~ 'FOR UPDATE' AND wait_event_type = 'Lock' AND datname = current_database()").await;
    assert!(!committing.is_finished(), "nobody knows yet");
    holder.batch_execute("SELECT pg_advisory_unlock(1)").await.unwrap();
    let revision = committing.await.unwrap().expect("it was kept");
    assert_eq!(store.load(&lamps(), &|_| ()).await.unwrap().1, revision, "and not made a second time");
}

#[tokio::test]
async fn a_commit_that_nobody_waited_for_is_heard_when_it_was_kept() {
    let Some(database) = Database::fresh().await else { return };
    let store = Arc::new(node(&database).await);
    database.execute(SLOW_COMMIT).await;
    let holder = database.somebody().await;
    holder.batch_execute("SELECT pg_advisory_lock(1)").await.unwrap();
    let committing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.commit(&[put("1", 10)]).await }
    });
    until(&database, WAITING_TO_COMMIT).await;
    committing.abort();
    assert!(committing.await.unwrap_err().is_cancelled());
    holder.batch_execute("SELECT pg_advisory_unlock(1)").await.unwrap();
    assert_eq!(heard(&store).await.0, ["+1=10"]);
    database.execute(&insert("2", 20)).await;
    assert_eq!(heard(&store).await.0, ["+2=20"], "once");
}

#[tokio::test]
async fn a_database_that_is_away_for_a_while_is_waited_for() {
    let Some(database) = Database::fresh().await else { return };
    let wire = Wire::to(&database).await;
    let store = Arc::new(PostGis::open(&wire.url).await.unwrap());
    store.prepare(&[lamps()]).await.unwrap();
    wire.cut(Cut::All);
    let (committing, hearing, loading) = (Arc::clone(&store), Arc::clone(&store), Arc::clone(&store));
    let committing = tokio::spawn(async move { committing.commit(&[put("1", 10)]).await });
    let hearing = tokio::spawn(async move { heard(&hearing).await.0 });
    let loading = tokio::spawn(async move { loading.load(&lamps(), &|_| ()).await });
    for _ in 0..6 {
        wire.is_cut().await; // some attempts of each
    }
    database.execute(&insert("2", 20)).await;
    wire.cut(Cut::Never);
    committing.await.unwrap().expect("it is kept");
    assert_eq!(hearing.await.unwrap(), ["+2=20"]);
    assert!(loading.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_connection_to_a_server_that_became_a_standby_is_given_up() {
    let Some(database) = Database::fresh().await else { return };
    let store = node(&database).await;
    store.commit(&[put("1", 10)]).await.unwrap();
    // What an old connection hears after a switchover, on this connection and no other.
    let demote = "CREATE TABLE demoted (pid int); \
        INSERT INTO demoted SELECT pid FROM pg_stat_activity WHERE application_name = 'citylayers' AND datname = current_database(); \
        CREATE FUNCTION demote() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
            IF EXISTS (SELECT FROM demoted WHERE pid = pg_backend_pid()) THEN \
                RAISE 'cannot execute INSERT in a read-only transaction' USING ERRCODE = '25006'; \
            END IF; RETURN NEW; END $$; \
        CREATE TRIGGER demote BEFORE INSERT ON lamps FOR EACH ROW EXECUTE FUNCTION demote()";
    database.execute(demote).await;
    store.commit(&[put("2", 20)]).await.expect("on another connection");
    assert_eq!(ids(&load(&store).await), ["1", "2"]);
}
