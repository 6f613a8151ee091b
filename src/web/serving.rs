//! What every request may use.

use std::num::NonZero;
use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

use super::as_of::AsOf;
use super::error::Problem;
use super::indicators::{Counts, Paintings};
use super::live::Told;
use super::mend::KeptTiles;
use super::wall::Lately;
use crate::catalog::Catalog;
use crate::city::City;
use crate::ingest::reading::Untimed;
use crate::ingest::refusals::Refusals;
use crate::model::alert::ALERTS;
use crate::model::feature::fnv1a;
use crate::model::{Audience, Layer};
use crate::tile::cache::Cache;

/// Histories of features that are read at the same time: that of a minutely station over a year is some 100 MB, and writers use the same
/// store.
const HISTORIES: usize = 4;

/// One running service.
pub struct State {
    /// What layers there are.
    pub catalog: Arc<Catalog>,
    /// Tiles that were drawn.
    pub cache: Cache,
    /// Tiles in unrest, in pieces.
    pub kept: KeptTiles,
    /// The base of absolute links, without a slash at its end; `None`: the host that the request names.
    pub public_url: Option<String>,
    /// Whether features may be changed over HTTP, by whoever reaches the service: there is no signing in.
    pub edits: bool,
    /// Whether readings are taken over HTTP, from whoever reaches the service.
    pub observations: bool,
    /// Whether things are done about alerts and rules over HTTP, by whoever reaches the service.
    pub operations: bool,
    /// Names of the webhooks that hear of alerts.
    pub webhooks: Vec<String>,
    /// The last readings that were refused, by whatever way they came.
    pub refusals: Arc<Refusals>,
    /// Moments of readings that tell none.
    pub untimed: Untimed,
    /// Moments of the past that were asked for lately.
    pub as_of: AsOf,
    /// What listeners were told last.
    pub told: Told,
    /// Indicators in their classes, as they were asked for last.
    pub paintings: Paintings,
    /// Of how many units each period of an indicator tells.
    pub counts: Counts,
    /// What walls were told lately.
    pub lately: Lately,
    /// Changes with the program and with the catalogue: what is cached elsewhere under another one is stale.
    pub fingerprint: u64,
    /// One permit a core: tiles that are drawn at the same time. More would only keep the cores from answering what is
    /// drawn already.
    pub drawing: Arc<Semaphore>,
    /// One permit: whoever searches first makes the names, and the others wait without keeping a core.
    pub naming: Semaphore,
    /// [`HISTORIES`] permits.
    pub histories: Semaphore,
    city: OnceLock<Arc<City>>,
}

/// A [`State`] as the workers share it.
pub type Serving = actix_web::web::Data<State>;

/// One part in so many of the room for tiles is for [`KeptTiles`].
const KEPT_SHARE: u64 = 2;

impl State {
    /// A service that is still loading. `cache_bytes` is the room for tiles.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, cache_bytes: u64, public_url: Option<String>) -> Self {
        let fingerprint = fingerprint(&catalog);
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            catalog,
            cache: Cache::new(cache_bytes - cache_bytes / KEPT_SHARE),
            kept: KeptTiles::new(cache_bytes / KEPT_SHARE),
            public_url,
            edits: false,
            observations: false,
            operations: false,
            webhooks: Vec::new(),
            refusals: Arc::default(),
            untimed: Untimed::default(),
            as_of: AsOf::default(),
            told: Told::default(),
            paintings: Paintings::default(),
            counts: Counts::default(),
            lately: Lately::default(),
            fingerprint,
            drawing: Arc::new(Semaphore::new(cores)),
            naming: Semaphore::new(1),
            histories: Semaphore::new(HISTORIES),
            city: OnceLock::new(),
        }
    }

    /// The same with changes over HTTP taken, or not.
    #[must_use]
    pub fn with_edits(mut self, edits: bool) -> Self {
        self.edits = edits;
        self
    }

    /// The same with readings over HTTP taken, or not.
    #[must_use]
    pub fn with_observations(mut self, observations: bool) -> Self {
        self.observations = observations;
        self
    }

    /// The same with things done about alerts and rules over HTTP, or not, and the names of the webhooks.
    #[must_use]
    pub fn with_operations(mut self, operations: bool, webhooks: Vec<String>) -> Self {
        (self.operations, self.webhooks) = (operations, webhooks);
        self
    }

    /// Whether features of a layer may be changed over HTTP. Alerts are made by rules, and changed by what is done about them.
    #[must_use]
    pub fn takes_edits_of(&self, layer: &Layer) -> bool {
        self.edits && layer.id.as_str() != ALERTS
    }

    /// From now on requests are answered. Only the first city counts.
    pub fn ready(&self, city: Arc<City>) {
        let _ = self.city.set(city);
    }

    /// The city, once it is loaded.
    pub fn city(&self) -> Result<&Arc<City>, Problem> {
        self.city.get().ok_or(Problem::Loading)
    }

    /// Does what keeps a core busy on a thread for such work, as many at once as there are cores; the workers go on answering.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let failed = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a request could not be worked on");
            Problem::Internal
        };
        let permit = Arc::clone(&self.drawing).acquire_owned().await.map_err(|error| failed(&error))?;
        let done = actix_web::web::block(move || {
            // Given back by the thread: a client that goes away does not end what it asked for.
            let _permit = permit;
            work()
        });
        done.await.map_err(|error| failed(&error))
    }

    /// Who asks. There is no signing in: everybody is the public, and layers and fields for others are not served.
    #[must_use]
    pub fn audience(&self) -> Audience {
        Audience::Public
    }
}

fn fingerprint(catalog: &Catalog) -> u64 {
    let indicators: Vec<_> = catalog.indicators().iter().map(|indicator| format!("{indicator:?}")).collect();
    let layers =
        serde_json::to_string(&catalog.layers().iter().map(AsRef::as_ref).collect::<Vec<_>>()).unwrap_or_default();
    fnv1a(&format!("{} {layers} {}", env!("CARGO_PKG_VERSION"), indicators.join(" ")))
}
