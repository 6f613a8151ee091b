//! A city in this process that hears a broker.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use citylayers::catalog::Catalog;
use citylayers::city::City;
use citylayers::feed::mqtt::{Broker, Keeper, hear};
use citylayers::geo::Geometry;
use citylayers::live::Listener;
use citylayers::model::{Change, Feature, FeatureId, LayerId, Observation};
use citylayers::store::Span;
use citylayers::store::gpkg::GeoPackage;
use citylayers::web::{State, bind};
use geo_types::Point;
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Duration, timeout};

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The car parks that a node knows.
pub const PARKS: usize = 20;

/// A node.
pub struct Node {
    pub city: Arc<City>,
    url: String,
    news: tokio::sync::Mutex<Listener>,
    stop: watch::Sender<bool>,
    hearing: JoinHandle<()>,
    folder: TempDir,
}

impl Node {
    /// A node with a store of its own, that hears a broker.
    pub async fn start(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(GeoPackage::open(&folder.path().join("city.gpkg")).expect("the store opens"));
        let catalog = Arc::new(Catalog::shipped().expect("the shipped catalogue reads"));
        let city = Arc::new(City::open(store, catalog.layers(), |_| true, &|_, _| ()).await.expect("it opens"));
        let layer = catalog.layer(&parking()).expect("car parks");
        let park = |number| Feature {
            layer: layer.id.clone(),
            id: FeatureId::new(&format!("P-{number}")).expect("an id"),
            geometry: Geometry::Point(Point::new(105.6, 18.6)),
            properties: vec![None; layer.fields.len()],
        };
        city.commit((0..PARKS).map(|number| Change::Put(park(number))).collect()).await.expect("kept");
        let (server, serving) =
            bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), State::new(Arc::clone(&catalog), 1 << 20, None))
                .expect("a port");
        serving.ready(Arc::clone(&city));
        tokio::spawn(server.running);
        let broker = Broker::parse(url, "node").expect("a broker");
        let keeper = Keeper::new(Arc::clone(&city), Arc::clone(&serving.refusals));
        let (stop, stopped) = watch::channel(false);
        let hearing = tokio::spawn(async move { hear(&broker, &keeper, stopped).await });
        let news = tokio::sync::Mutex::new(city.board().listen(None).expect("from now on"));
        Self { city, url: format!("http://{}", server.address), news, stop, hearing, folder }
    }

    /// The file of its store.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("city.gpkg")
    }

    /// The readings of a car park, by time.
    pub async fn readings(&self, park: &str) -> Vec<Observation> {
        let everything = Span { from: None, to: None, limit: usize::MAX, newest_first: false, placed: false };
        let park = FeatureId::new(park).expect("an id");
        self.city.observations(&parking(), &park, everything).await.expect("readings")
    }

    /// All readings of all car parks.
    pub async fn count(&self) -> usize {
        let mut count = 0;
        for number in 0..PARKS {
            count += self.readings(&format!("P-{number}")).await.len();
        }
        count
    }

    /// Waits for the next news of the city.
    pub async fn next(&self) {
        timeout(PATIENCE, async { self.news.lock().await.next().await }).await.expect("news of the city");
    }

    /// Waits until so many readings are kept.
    pub async fn has(&self, count: usize) {
        while self.count().await < count {
            self.next().await;
        }
        assert_eq!(self.count().await, count);
    }

    /// What it answers.
    pub async fn get(&self, path: &str) -> Json {
        let url = format!("{}{path}", self.url);
        let asked = tokio::task::spawn_blocking(move || {
            ureq::get(url).call().expect("an answer").body_mut().read_to_string().expect("a body")
        });
        let text = asked.await.expect("no panic");
        serde_json::from_str(&text).unwrap_or(Json::String(text))
    }

    /// Hears no more, as at the end of the program.
    pub async fn stop(self) {
        self.stop.send(true).expect("it hears");
        timeout(PATIENCE, self.hearing).await.expect("it ends").expect("no panic");
        self.city.close().await.expect("the store closes");
    }
}

fn parking() -> LayerId {
    LayerId::new("parking").expect("an id")
}
