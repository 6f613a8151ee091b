//! The service in this process, over a GeoPackage of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use citylayers::catalog::Catalog;
use citylayers::city::City;
use citylayers::config::DEFAULT_CACHE_MB;
use citylayers::model::{Change, Layer, Rows};
use citylayers::store::gpkg::GeoPackage;
use citylayers::web::{State, bind};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A running service.
#[allow(dead_code, reason = "each bench uses a part of it")]
pub struct Served {
    pub address: SocketAddr,
    pub city: Arc<City>,
    handle: ServerHandle,
    _folder: TempDir,
}

/// Serves these rows.
pub fn serve(runtime: &Runtime, rows: &[Rows]) -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    let layers: Vec<Arc<Layer>> = rows.iter().map(|rows| Arc::clone(rows.layer())).collect();
    let store = Arc::new(GeoPackage::open(&folder.path().join("city.gpkg")).expect("the store opens"));
    let city = runtime.block_on(async {
        let city = City::open(store, &layers, |_| true, &|_, _| ()).await.expect("an empty city");
        for rows in rows {
            city.commit(vec![Change::Replace(Arc::new(rows.clone()))]).await.expect("kept");
        }
        Arc::new(city)
    });
    let catalog = Arc::new(Catalog::shipped().expect("the shipped catalogue reads"));
    let _inside = runtime.enter();
    let state = State::new(catalog, DEFAULT_CACHE_MB << 20, None).with_observations(true);
    let (server, serving) = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), state).expect("a free port");
    serving.ready(Arc::clone(&city));
    let handle = server.running.handle();
    runtime.spawn(server.running);
    Served { address: server.address, city, handle, _folder: folder }
}

impl Served {
    /// Ends it.
    pub fn stop(self, runtime: &Runtime) {
        runtime.block_on(self.handle.stop(false));
    }
}
