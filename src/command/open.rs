//! Opening what the settings name: the catalogue, the store, the city.

use std::path::Path;
use std::sync::Arc;

use super::progress::{Progress, Total};
use super::{Failure, Settings};
use crate::catalog::{Catalog, CatalogError, Fault, scene};
use crate::city::City;
use crate::config::is_postgres;
use crate::index::cql2;
use crate::model::{Audience, Layer, LayerId};
use crate::store::Store;
use crate::store::gpkg::GeoPackage;
use crate::store::postgis::PostGis;

/// The catalogue of the settings.
pub fn catalog(settings: &Settings) -> Result<Catalog, Failure> {
    let catalog = Catalog::find(settings.data.as_deref())?;
    let faults: Vec<Fault> = catalog.filters().filter_map(|(layer, filter)| fault(layer, filter)).collect();
    if faults.is_empty() { Ok(catalog) } else { Err(CatalogError::Faults(faults).into()) }
}

/// What is wrong with the filter of a counter.
fn fault(layer: &Layer, filter: &scene::Filter) -> Option<Fault> {
    let judged = cql2::Filter::standing(&filter.text, layer, Audience::Public);
    let message = |error| format!("`filter` cannot be meant: {error}");
    judged.err().map(|error| Fault { message: message(error), ..filter.place.clone() })
}

/// The layer of an id that a user typed.
pub fn layer(catalog: &Catalog, id: &str) -> Result<Arc<Layer>, Failure> {
    let known = LayerId::new(id).and_then(|id| catalog.layer(&id).cloned());
    known.ok_or_else(|| {
        let ids: Vec<&str> = catalog.layers().iter().map(|layer| layer.id.as_str()).collect();
        Failure::Usage(format!("there is no layer `{id}`; the layers are {}", ids.join(", ")))
    })
}

/// A store as it may be printed: without a password.
pub fn shown(store: &str) -> String {
    let Some((scheme, rest)) = store.split_once("://") else { return store.to_owned() };
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
        None => format!("{scheme}://{rest}"),
    }
}

/// The store of the settings, which must be there: for commands that only look.
pub async fn existing(settings: &Settings) -> Result<Arc<dyn Store>, Failure> {
    refuse_other_urls(settings)?;
    if !is_postgres(&settings.store) && !Path::new(&settings.store).exists() {
        let name = shown(&settings.store);
        return Err(Failure::Failed(anyhow::anyhow!(
            "there is no store {name}; name one with --store, or fill it with import"
        )));
    }
    store(settings).await
}

fn refuse_other_urls(settings: &Settings) -> Result<(), Failure> {
    if is_postgres(&settings.store) || !settings.store.contains("://") {
        return Ok(());
    }
    let name = shown(&settings.store);
    Err(Failure::Usage(format!("{name} is no store: name a GeoPackage file or a postgres:// URL")))
}

/// The store of the settings; a file that is not there is made.
pub async fn store(settings: &Settings) -> Result<Arc<dyn Store>, Failure> {
    refuse_other_urls(settings)?;
    Ok(if is_postgres(&settings.store) {
        Arc::new(PostGis::open(&settings.store).await?)
    } else {
        Arc::new(GeoPackage::open(Path::new(&settings.store))?)
    })
}

/// The city of the settings with those layers loaded that `wanted` picks.
pub async fn city(
    settings: &Settings,
    layers: &[Arc<Layer>],
    wanted: impl Fn(&LayerId) -> bool,
) -> Result<City, Failure> {
    let store = store(settings).await?;
    let count = layers.iter().filter(|layer| wanted(&layer.id)).count();
    let progress = Progress::new("loading", Total::Layers(count));
    let city = City::open(store, layers, wanted, &|layer, rows| progress.tell(layer.id.as_str(), rows)).await?;
    progress.done();
    Ok(city)
}
