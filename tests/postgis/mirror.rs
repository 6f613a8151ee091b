//! Two nodes and two people edit at once, connections die, and what each node believes is what the database holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use citylayers::model::{Change, Feature, Rows};
use citylayers::store::postgis::PostGis;
use citylayers::store::{Foreign, Store};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::support::database::Database;
use super::{lamp, lamps, listen, load, node, put, removal};

/// What a node believes to be in the layer.
#[derive(Default)]
struct Mirror(BTreeMap<String, Feature>);

impl Mirror {
    fn fill(&mut self, rows: &Rows) {
        self.0 = (0..rows.len()).map(|row| (rows.id(row).to_owned(), rows.feature(row))).collect();
    }

    fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Put(feature) => drop(self.0.insert(feature.id.to_string(), feature.clone())),
                Change::Remove { id, .. } => drop(self.0.remove(id.as_str())),
                Change::Replace(rows) => self.fill(rows),
                Change::Move(_)
                | Change::Observe(_)
                | Change::Document(_)
                | Change::Timetable(_)
                | Change::Indicate(_) => {} // nobody tells of them here
            }
        }
    }

    async fn hear(&mut self, store: &PostGis, foreign: Vec<Foreign>) {
        for one in foreign {
            match one {
                Foreign::Changed(changes, _) => self.apply(&changes),
                Foreign::Indicated(..) => {}
                Foreign::Reload(_) => self.fill(&load(store).await),
            }
        }
    }
}

fn some_changes(rng: &mut ChaCha8Rng) -> Vec<Change> {
    if rng.random_bool(0.05) {
        let mut rows = Rows::new(lamps());
        (0..rng.random_range(0..15))
            .for_each(|id| rows.push_feature(&lamp(&id.to_string(), "thay", rng.random_range(0..1000))));
        return vec![Change::Replace(Arc::new(rows))];
    }
    let one = |rng: &mut ChaCha8Rng| {
        let id = rng.random_range(0..20).to_string();
        if rng.random_bool(0.7) { put(&id, rng.random_range(0..1000)) } else { removal(&id) }
    };
    (0..rng.random_range(1..4)).map(|_| one(rng)).collect()
}

/// Commits and listens in one task, which is how changes of both sources stay in order.
async fn serve(store: PostGis, seed: u64, commits: usize) -> (PostGis, Mirror) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut mirror = Mirror::default();
    mirror.fill(&load(&store).await);
    for _ in 0..commits {
        let changes = some_changes(&mut rng);
        // Some of these readings are given up in the middle.
        let listening = Duration::from_millis(rng.random_range(0..5));
        if let Ok(foreign) = tokio::time::timeout(listening, store.foreign()).await {
            mirror.hear(&store, foreign.unwrap_or_default()).await;
        }
        match store.commit(&changes).await {
            Ok(_) => mirror.apply(&changes),
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    (store, mirror)
}

/// Edits as people do: several statements a transaction, some taken back.
async fn edit(database: &Database, seed: u64, transactions: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let somebody = database.somebody().await;
    for _ in 0..transactions {
        let mut sql = vec!["BEGIN".to_owned()];
        for _ in 0..rng.random_range(1..3) {
            let (id, watt) = (rng.random_range(0..20), rng.random_range(1000..2000));
            sql.push(match rng.random_range(0..4) {
                0 => format!("DELETE FROM lamps WHERE code = '{id}'"),
                1 => format!("{} ON CONFLICT DO NOTHING", super::insert(&id.to_string(), watt)),
                2 => format!("UPDATE lamps SET code = '{watt}' WHERE code = '{id}' AND NOT EXISTS (SELECT FROM lamps WHERE code = '{watt}')"),
                _ => format!("UPDATE lamps SET watt = {watt} WHERE code = '{id}'"),
            });
        }
        sql.push(if rng.random_bool(0.8) { "COMMIT" } else { "ROLLBACK" }.to_owned());
        // Two people may be in each other's way; then nothing was done.
        if somebody.batch_execute(&sql.join(";")).await.is_err() {
            somebody.batch_execute("ROLLBACK").await.unwrap();
        }
    }
}

/// Ends one connection of a node after the other, whatever it is at. Not before something was committed since the
/// last one: on a slow machine nothing ever would be.
async fn kill(database: Arc<Database>, over: Arc<AtomicBool>) {
    let somebody = database.somebody().await;
    let one = "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
        AND application_name LIKE 'citylayers%' ORDER BY random() LIMIT 1) AS one";
    let mut last: i64 = -1;
    while !over.load(Ordering::Relaxed) {
        let state = somebody.query_one("SELECT revision, pg_sleep(0.01) FROM citylayers.state", &[]).await.unwrap();
        if state.get::<_, i64>(0) > last + 3 {
            somebody.query(one, &[]).await.unwrap();
            last = state.get(0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_node_believes_what_the_database_holds() {
    let Some(database) = Database::fresh().await else { return };
    let database = Arc::new(database);
    let seed: u64 = 20_250_701;
    let nodes = [node(&database).await, node(&database).await];
    let serving: Vec<_> =
        (0..).zip(nodes).map(|(number, store)| tokio::spawn(serve(store, seed + number, 120))).collect();
    let people: Vec<_> = (10..12)
        .map(|number| {
            let database = Arc::clone(&database);
            tokio::spawn(async move { edit(&database, seed + number, 150).await })
        })
        .collect();
    let over = Arc::new(AtomicBool::new(false));
    let killing = tokio::spawn(kill(Arc::clone(&database), Arc::clone(&over)));
    for person in people {
        person.await.unwrap();
    }
    let mut served = Vec::new();
    for serving in serving {
        served.push(serving.await.unwrap());
    }
    over.store(true, Ordering::Relaxed);
    killing.await.unwrap();
    database.execute(&super::insert("end", 0)).await;
    for (store, mut mirror) in served {
        while !mirror.0.contains_key("end") {
            let foreign = tokio::time::timeout(super::LONG, listen(&store)).await.expect("the end is heard");
            mirror.hear(&store, foreign).await;
        }
        let mut truth = Mirror::default();
        truth.fill(&load(&store).await);
        assert_eq!(mirror.0, truth.0, "seed {seed}");
    }
}
