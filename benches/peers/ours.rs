//! citylayers in this process, behind the real server, so that the bench can change it through the write door.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use citylayers::catalog::Catalog;
use citylayers::city::City;
use citylayers::config::DEFAULT_CACHE_MB;
use citylayers::geo::TileCoord;
use citylayers::model::{Change, Layer, Rows};
use citylayers::store::Store;
use citylayers::store::gpkg::GeoPackage;
use citylayers::store::postgis::PostGis;
use citylayers::web::{State, bind};
use tokio::runtime::Runtime;

use super::province::LAYERS;
use super::replay::Server;

/// The name in the tables.
pub const NAME: &str = "citylayers";

/// A city on a store, to be served any number of times: each server begins with an empty cache.
pub struct Ours {
    runtime: Arc<Runtime>,
    catalog: Arc<Catalog>,
    layers: Vec<Arc<Layer>>,
    pub city: Arc<City>,
    /// From the closed store to the city, without the server.
    pub start_up: Duration,
}

impl Ours {
    /// A city on a GeoPackage of its own, filled through the write door, closed and opened again.
    pub fn embedded(runtime: &Arc<Runtime>, path: &Path, rows: &[Rows]) -> Self {
        let layers: Vec<Arc<Layer>> = rows.iter().map(|rows| Arc::clone(rows.layer())).collect();
        runtime.block_on(async {
            let store = Arc::new(GeoPackage::open(path).expect("the store opens"));
            let city = City::open(store, &layers, |_| true, &|_, _| ()).await.expect("an empty city");
            for rows in rows {
                city.commit(vec![Change::Replace(Arc::new(rows.clone()))]).await.expect("kept");
            }
            city.close().await.expect("closed");
        });
        Self::opened(runtime, layers, || GeoPackage::open(path).expect("the store opens"))
    }

    /// A city on a PostGIS that hears what others do to it, filled through the write door.
    pub fn on_postgis(runtime: &Arc<Runtime>, url: &str, rows: &[Rows]) -> Self {
        let layers: Vec<Arc<Layer>> = rows.iter().map(|rows| Arc::clone(rows.layer())).collect();
        let ours = Self::opened(runtime, layers, || runtime.block_on(PostGis::open(url)).expect("PostGIS answers"));
        for rows in rows {
            let change = vec![Change::Replace(Arc::new(rows.clone()))];
            runtime.block_on(ours.city.commit(change)).expect("kept");
        }
        let city = Arc::clone(&ours.city);
        runtime.spawn(async move { city.follow().await });
        ours
    }

    fn opened<S: Store + 'static>(runtime: &Arc<Runtime>, layers: Vec<Arc<Layer>>, store: impl FnOnce() -> S) -> Self {
        let start = Instant::now();
        let store = Arc::new(store());
        let city = runtime.block_on(City::open(store, &layers, |_| true, &|_, _| ())).expect("a city");
        Self {
            runtime: Arc::clone(runtime),
            catalog: Arc::new(Catalog::shipped().expect("the shipped catalogue reads")),
            layers,
            city: Arc::new(city),
            start_up: start.elapsed(),
        }
    }

    /// A server on a free port, with nothing in its cache.
    pub fn serve(&self) -> Running {
        let state = State::new(Arc::clone(&self.catalog), DEFAULT_CACHE_MB << 20, None);
        let _inside = self.runtime.enter();
        let (server, serving) = bind(loopback(), state).expect("a free port");
        serving.ready(Arc::clone(&self.city));
        let handle = server.running.handle();
        self.runtime.spawn(server.running);
        let server = Server { name: NAME, address: server.address, paths };
        Running { runtime: Arc::clone(&self.runtime), handle, server }
    }

    /// Closes the store and opens it again: what is served then was never edited in memory.
    pub fn reopened(self, path: &Path) -> Self {
        let Self { runtime, layers, city, .. } = self;
        runtime.block_on(city.close()).expect("closed");
        drop(city);
        Self::opened(&runtime, layers, || GeoPackage::open(path).expect("the store opens"))
    }
}

/// A server in this process; it ends when it is dropped.
pub struct Running {
    runtime: Arc<Runtime>,
    handle: ServerHandle,
    pub server: Server,
}

impl Running {
    pub fn new(runtime: &Arc<Runtime>, handle: ServerHandle, server: Server) -> Self {
        Self { runtime: Arc::clone(runtime), handle, server }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.runtime.block_on(self.handle.stop(false));
    }
}

pub fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

pub fn paths(coord: TileCoord) -> Vec<String> {
    vec![format!("/tiles/{}/{}/{}/{}.mvt", LAYERS.join(","), coord.z(), coord.x(), coord.y())]
}
