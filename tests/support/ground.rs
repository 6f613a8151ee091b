//! Each test gets a store of its own, empty, and can close it and open it again.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use citylayers::model::{Layer, Revision, Rows};
use citylayers::store::Store;
use citylayers::store::gpkg::GeoPackage;
use citylayers::store::postgis::PostGis;

use super::database::Database;

type Opening = Pin<Box<dyn Future<Output = Arc<dyn Store>>>>;

/// A store, and the way back to it.
pub struct Ground {
    pub store: Arc<dyn Store>,
    open: Box<dyn Fn() -> Opening>,
    /// What must outlive the store: a folder, a database.
    keeps: Box<dyn Any>,
}

impl Ground {
    /// The store that `open` opens, again and again.
    pub async fn new(open: Box<dyn Fn() -> Opening>, keeps: Box<dyn Any>) -> Self {
        Self { store: open().await, open, keeps }
    }

    /// A GeoPackage in a folder of its own.
    pub async fn gpkg() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("city.gpkg");
        let open = move || -> Opening {
            let path = path.clone();
            Box::pin(async move { Arc::new(GeoPackage::open(&path).expect("the GeoPackage opens")) as Arc<dyn Store> })
        };
        Some(Self::new(Box::new(open), Box::new(folder)).await)
    }

    /// A PostGIS database of its own; `None` where there is no server.
    pub async fn postgis() -> Option<Self> {
        let database = Database::fresh().await?;
        let url = database.url.clone();
        let open = move || -> Opening {
            let url = url.clone();
            Box::pin(async move { Arc::new(PostGis::open(&url).await.expect("the database opens")) as Arc<dyn Store> })
        };
        Some(Self::new(Box::new(open), Box::new(database)).await)
    }

    /// Closes the store and opens it again.
    pub async fn reopen(&mut self) {
        self.store.close().await.expect("the store closes");
        self.store = (self.open)().await;
    }

    /// Drops the store as it is and opens it again.
    pub async fn dropped(self) -> Self {
        let Self { store, open, keeps } = self;
        drop(store);
        Self { store: open().await, open, keeps }
    }

    /// All rows of a layer.
    pub async fn rows(&self, layer: &Arc<Layer>) -> Rows {
        self.load(layer).await.0
    }

    /// All rows of a layer and the revision that they are of.
    pub async fn load(&self, layer: &Arc<Layer>) -> (Rows, Revision) {
        self.store.load(layer, &|_| {}).await.expect("the layer loads")
    }
}
