//! A planner's questions to the service, over HTTP, beside the same questions asked of PostGIS directly, in one run, on one connection
//! each: a million lamps and 194,343 parcels. Every answer of both is held against the other.
//!
//! `make bench-postgis`; it needs a PostGIS in `CITYLAYERS_TEST_POSTGIS`. What PostGIS answers is GeoJSON, too, and it has the indexes
//! that each question wants.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "figures of a bench"
)]

mod asked;
#[path = "../peers/http.rs"]
#[allow(dead_code, reason = "no tiles are asked for")]
mod http;
#[path = "../measure/mod.rs"]
mod measure;
#[path = "../peers/postgis.rs"]
mod postgis;
mod served;

use std::time::{Duration, Instant};

use asked::{Answered, Asked, questions};
use citylayers::demo::{province, synthetic};
use http::Connection;
use measure::{SEED, layer, points, ratio};
use served::serve;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Every town of the demo is full of parcels at this scale.
const FULL: f64 = 40.0;

/// What each question of PostGIS may need besides the index on the geometry and that on the id.
const INDEXES: [&str; 4] = [
    "CREATE INDEX ON street_lights USING gist ((geom::geography))",
    "CREATE INDEX ON street_lights (status)",
    "CREATE INDEX ON parcels (land_code)",
    "VACUUM ANALYZE street_lights",
];

fn main() {
    let Ok(url) = std::env::var("CITYLAYERS_TEST_POSTGIS") else {
        println!(
            "questions: not measured: there is no PostGIS in CITYLAYERS_TEST_POSTGIS: `make bench-postgis` starts one"
        );
        return;
    };
    let runtime = Runtime::new().expect("a runtime");
    let lamps = synthetic::points(SEED, points(), &layer("street_lights"));
    let plots = province(SEED, &[layer("parcels")], FULL).next().expect("the demo has parcels");
    println!("{} lamps, {} parcels", lamps.len(), plots.len());
    let client = runtime.block_on(async {
        let url = postgis::database(&url, "questions").await;
        postgis::load(&url, &[lamps.clone(), plots.clone()]).await;
        let client = postgis::connect(&url).await;
        for statement in INDEXES {
            client.batch_execute(statement).await.expect(statement);
        }
        client
    });
    let served = serve(&runtime, &[lamps.clone(), plots.clone()]);
    println!(
        "{:24} {:>9} {:>32} {:>32} {:>6}",
        "question", "features", "citylayers p50 / p99 / max", "PostGIS p50 / p99 / max", "ratio"
    );
    runtime.block_on(async {
        let mut connection = Connection::open(served.address).await.expect("the service answers");
        for (name, asked) in questions(&client, &lamps, &plots).await {
            measure(name, &asked, &mut connection, &client).await;
        }
    });
    served.stop(&runtime);
}

/// Asks both each question in turn, so that what else the machine does strikes both.
async fn measure(name: &str, asked: &[Asked], connection: &mut Connection, client: &Client) {
    let (mut ours, mut theirs, mut features) = (Vec::new(), Vec::new(), 0);
    for asked in asked {
        let start = Instant::now();
        let answer = connection.get(&asked.request).await.expect("an answer");
        ours.push(start.elapsed());
        let text = String::from_utf8_lossy(answer.body);
        assert_eq!(answer.status, 200, "{name}: {text}");
        let here = Answered::of_service(asked, &text);
        let start = Instant::now();
        let row = client.query_one(&asked.statement, &[]).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        theirs.push(start.elapsed());
        here.agrees(&Answered::of_postgis(&row), name, &asked.statement);
        features += here.features;
    }
    assert!(features > 0, "{name} found nothing");
    let (ours, theirs) = (Times::new(ours), Times::new(theirs));
    println!(
        "{name:24} {:>9.1} {} {} {:>6.1}",
        features as f64 / asked.len() as f64,
        ours.line(),
        theirs.line(),
        ratio(theirs.0[theirs.0.len() / 2], ours.0[ours.0.len() / 2])
    );
}

/// Times, the shortest first.
struct Times(Vec<Duration>);

impl Times {
    fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    fn line(&self) -> String {
        let at = |share: usize| self.0[(self.0.len() - 1) * share / 100];
        format!("{:>10.2?} {:>10.2?} {:>10.2?}", at(50), at(99), at(100))
    }
}
