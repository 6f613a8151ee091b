//! What others do is heard: all of it, each change once, whoever did it and in whatever order they commit.

use std::sync::Arc;

use citylayers::model::{Change, Rows};
use citylayers::store::{Foreign, Store};

use super::support::database::Database;
use super::{heard, insert, lamp, lamps, listen, load, node, put, removal};

#[tokio::test]
async fn every_kind_of_edit_is_heard_once() {
    let Some(database) = Database::fresh().await else { return };
    let store = node(&database).await;
    let table: [(&str, &[&str]); 8] = [
        (&insert("a", 1), &["+a=1"]),
        (&format!("{}; {}", insert("b", 2), insert("c", 3)), &["+b=2", "+c=3"]),
        ("UPDATE lamps SET watt = watt + 10 WHERE code <> 'c'", &["+a=11", "+b=12"]),
        ("UPDATE lamps SET code = 'd' WHERE code = 'a'", &["+d=11", "-a"]),
        (
            "UPDATE lamps SET code = CASE code WHEN 'b' THEN 'x' ELSE 'b' END WHERE code IN ('b', 'c')",
            &["+b=3", "+x=12", "-c"],
        ),
        ("DELETE FROM lamps WHERE watt = 12", &["-x"]),
        (
            "DELETE FROM lamps WHERE code = 'b'; INSERT INTO lamps (geom, code) SELECT geom, 'b' FROM lamps",
            &["+b=None"],
        ),
        ("TRUNCATE lamps", &["reload lamps"]),
    ];
    for (edit, expected) in table {
        database.execute(edit).await;
        assert_eq!(heard(&store).await.0, expected, "{edit}");
    }
}

#[tokio::test]
async fn an_edit_that_is_rolled_back_or_changes_nothing_is_not_heard() {
    let Some(database) = Database::fresh().await else { return };
    let store = node(&database).await;
    let somebody = database.somebody().await;
    somebody.batch_execute(&format!("BEGIN; {}; ROLLBACK", insert("a", 1))).await.unwrap();
    somebody.batch_execute("UPDATE lamps SET watt = 0 WHERE code = 'none'").await.unwrap();
    let (kept, undone) = (insert("c", 3), insert("b", 2));
    somebody.batch_execute(&format!("BEGIN; {kept}; SAVEPOINT s; {undone}; ROLLBACK TO s; COMMIT")).await.unwrap();
    assert_eq!(heard(&store).await.0, ["+c=3"]);
    somebody
        .batch_execute(&format!("BEGIN; SAVEPOINT s; {undone}; ROLLBACK TO s; {}; COMMIT", insert("e", 5)))
        .await
        .unwrap();
    assert_eq!(heard(&store).await.0, ["+e=5"]);
}

#[tokio::test]
async fn a_transaction_that_wrote_first_and_commits_last_is_not_skipped() {
    let Some(database) = Database::fresh().await else { return };
    let store = node(&database).await;
    let (early, late) = (database.somebody().await, database.somebody().await);
    late.batch_execute(&format!("BEGIN; {}", insert("late", 1))).await.unwrap();
    early.batch_execute(&insert("early", 2)).await.unwrap();
    let (first, first_revision) = heard(&store).await;
    assert_eq!(first, ["+early=2"]);
    late.batch_execute("COMMIT").await.unwrap();
    let (second, second_revision) = heard(&store).await;
    assert_eq!(second, ["+late=1"]);
    assert!(second_revision > first_revision, "{second_revision:?} after {first_revision:?}");
    early.batch_execute(&insert("last", 3)).await.unwrap();
    assert_eq!(heard(&store).await.0, ["+last=3"], "nothing twice");
    let order = "SELECT string_agg(id, ' ' ORDER BY seq) FROM citylayers.journal";
    let written: String = early.query_one(order, &[]).await.unwrap().get(0);
    assert_eq!(written, "late early last", "the late one has the lowest number in the journal");
}

#[tokio::test]
async fn nodes_hear_each_other_and_not_themselves() {
    let Some(database) = Database::fresh().await else { return };
    let (a, b) = (node(&database).await, node(&database).await);
    let kept = a.commit(&[put("1", 10), put("2", 20)]).await.unwrap();
    let foreign = listen(&b).await;
    let [Foreign::Changed(changes, revision)] = foreign.as_slice() else { panic!("{foreign:?}") };
    assert_eq!(*revision, kept);
    let features: Vec<_> = changes
        .iter()
        .map(|change| match change {
            Change::Put(feature) => feature.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(features, [lamp("1", "đèn", 10), lamp("2", "đèn", 20)]);

    let answered = b.commit(&[removal("1"), put("3", 30)]).await.unwrap();
    assert_eq!(heard(&a).await, (vec!["+3=30".to_owned(), "-1".to_owned()], Some(answered)), "and nothing of its own");
    database.execute(&insert("4", 40)).await;
    let (by_a, by_b) = (heard(&a).await, heard(&b).await);
    assert_eq!(by_a.0, ["+4=40"]);
    assert_eq!(by_a, by_b, "every node gives somebody else's edit the same number");
    assert!(by_a.1 > Some(answered));
}

#[tokio::test]
async fn what_was_done_before_the_start_is_loaded_and_not_heard() {
    let Some(database) = Database::fresh().await else { return };
    node(&database).await.commit(&[put("1", 10)]).await.unwrap();
    database.execute(&insert("2", 20)).await;
    let store = node(&database).await;
    assert_eq!(super::ids(&load(&store).await), ["1", "2"]);
    database.execute(&insert("3", 30)).await;
    assert_eq!(heard(&store).await.0, ["+3=30"]);
}

#[tokio::test]
async fn a_replacement_is_one_line_of_the_journal_and_a_reload_elsewhere() {
    let Some(database) = Database::fresh().await else { return };
    let (a, b) = (node(&database).await, node(&database).await);
    let mut rows = Rows::new(lamps());
    (0..20_000).for_each(|number| rows.push_feature(&lamp(&number.to_string(), "đèn", number)));
    let revision = a.commit(&[put("before", 1), Change::Replace(Arc::new(rows)), put("after", 2)]).await.unwrap();
    assert_eq!(heard(&b).await.0, ["reload lamps"]);
    let (loaded, of) = b.load(&lamps(), &|_| ()).await.unwrap();
    assert_eq!((loaded.len(), of), (20_001, revision));
    let somebody = database.somebody().await;
    let lines = somebody.query("SELECT op, id FROM citylayers.journal ORDER BY seq", &[]).await.unwrap();
    let lines: Vec<(String, Option<String>)> = lines.iter().map(|row| (row.get(0), row.get(1))).collect();
    let line = |op: &str, id: Option<&str>| (op.to_owned(), id.map(str::to_owned));
    assert_eq!(lines, [line("insert", Some("before")), line("replace", None), line("insert", Some("after"))]);
    let indexed = somebody.query_one("SELECT to_regclass('public.lamps_geom_gist') IS NOT NULL", &[]).await.unwrap();
    assert!(indexed.get::<_, bool>(0), "the index is there again");
}

#[tokio::test]
async fn many_rows_at_once_are_a_reload() {
    let Some(database) = Database::fresh().await else { return };
    let store = node(&database).await;
    let many = |from: i32, to: i32| {
        format!(
            "INSERT INTO lamps (geom, code, watt) SELECT 'SRID=4326;POINT(1 2)', i::text, i FROM generate_series({from}, {to}) i"
        )
    };
    database.execute(&many(1, 10_000)).await;
    let (words, _) = heard(&store).await;
    assert_eq!((words.len(), words[0].as_str()), (10_000, "+10000=10000"), "ten thousand are told one by one");
    database.execute(&many(10_001, 20_001)).await;
    assert_eq!(heard(&store).await.0, ["reload lamps"], "one statement");
    database.execute(&format!("{}; {}", many(30_001, 36_000), many(36_001, 42_000))).await;
    assert_eq!(heard(&store).await.0, ["reload lamps"], "two statements");
    database.execute("DELETE FROM lamps").await;
    assert_eq!(heard(&store).await.0, ["reload lamps"]);
    let lines = database.somebody().await.query_one("SELECT count(*) FROM citylayers.journal", &[]).await.unwrap();
    assert_eq!(lines.get::<_, i64>(0), 10_000 + 1 + 12_000 + 1);
}

#[tokio::test]
async fn a_node_that_slept_longer_than_the_journal_remembers_reloads() {
    let Some(database) = Database::fresh().await else { return };
    let (sleeper, waker) = (node(&database).await, node(&database).await);
    database.execute(&insert("1", 10)).await;
    database.execute("UPDATE citylayers.commits SET at = at - interval '25 hours'").await;
    database.execute(&insert("2", 20)).await;
    assert_eq!(heard(&waker).await.0, ["+1=10", "+2=20"], "awake in time");
    // A node forgets old lines when it begins to wait.
    let waiting = tokio::spawn(async move { waker.wait().await });
    let somebody = database.somebody().await;
    while somebody.query_one("SELECT pruned = 0 FROM citylayers.state", &[]).await.unwrap().get(0) {
        tokio::task::yield_now().await;
    }
    let left = somebody.query_one("SELECT string_agg(id, ' ') FROM citylayers.journal", &[]).await.unwrap();
    assert_eq!(left.get::<_, &str>(0), "2");
    assert_eq!(heard(&sleeper).await.0, ["reload lamps"]);
    database.execute(&insert("3", 30)).await;
    assert_eq!(heard(&sleeper).await.0, ["+3=30"], "and goes on from there");
    assert!(waiting.await.unwrap().is_ok());
}

#[tokio::test]
async fn somebody_without_rights_on_the_core_is_heard_too() {
    let Some(database) = Database::fresh().await else { return };
    let store = node(&database).await;
    let user = format!("{}_editor", database.name);
    let grants = format!(
        "CREATE ROLE {user} LOGIN; GRANT SELECT, INSERT ON lamps TO {user}; GRANT USAGE ON SEQUENCE lamps_fid_seq TO {user}"
    );
    database.execute(&grants).await;
    let editor = super::support::database::connect(&database.url_of(&user)).await;
    editor.batch_execute(&insert("1", 10)).await.unwrap();
    assert_eq!(heard(&store).await.0, ["+1=10"]);
    let denied = editor.batch_execute("SELECT * FROM citylayers.journal").await;
    assert!(denied.is_err(), "the journal is not theirs to read");
    database.execute(&format!("DROP OWNED BY {user}; DROP ROLE {user}")).await;
}

#[tokio::test]
async fn a_layer_that_is_being_replaced_keeps_nobody_waiting_and_is_told_afterwards() {
    let Some(database) = Database::fresh().await else { return };
    let store = node(&database).await;
    database.execute(&insert("1", 10)).await;
    let somebody = database.somebody().await;
    somebody.batch_execute("BEGIN; TRUNCATE lamps").await.unwrap();
    let began = std::time::Instant::now();
    assert!(store.foreign().await.expect("no error").is_empty(), "the table is locked");
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    somebody.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(heard(&store).await.0, ["+1=10"]);
}

#[tokio::test]
async fn whoever_waits_at_a_store_that_is_closed_is_told() {
    let Some(database) = Database::fresh().await else { return };
    let store = Arc::new(node(&database).await);
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { while store.wait().await.is_ok() {} }
    });
    store.close().await.unwrap();
    waiting.await.unwrap();
    let error = store.wait().await.expect_err("it is closed").to_string();
    assert!(error.ends_with("it is closed"), "{error}");
}
