//! The service as `citylayers serve` runs it, on a free port, over a GeoPackage in a folder of its own.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use citylayers::catalog::Catalog;
use citylayers::city::City;
use citylayers::model::{Change, Layer, LayerId, Rule};
use citylayers::rules::{Known, Ready};
use citylayers::store::gpkg::GeoPackage;
use citylayers::web::{State, bind};
use tempfile::TempDir;

use super::{mlt, mvt};

/// A running service with its catalogue.
pub struct Service {
    pub url: String,
    pub city: Arc<City>,
    pub catalog: Arc<Catalog>,
    handle: ServerHandle,
    folder: TempDir,
}

/// An answer, whatever its status.
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

fn new_folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Bytes that were packed as a `Content-Encoding` says. Nothing may stand behind them.
pub fn unpacked(bytes: &[u8], packing: &str) -> Vec<u8> {
    let mut unpacked = Vec::new();
    let mut rest = bytes;
    let read = match packing {
        "" => std::mem::take(&mut rest).read_to_end(&mut unpacked),
        // One member and one frame: some browsers read no second one.
        "gzip" => flate2::bufread::GzDecoder::new(&mut rest).read_to_end(&mut unpacked),
        "br" => brotli::Decompressor::new(&mut rest, 1).read_to_end(&mut unpacked),
        "zstd" => zstd::Decoder::with_buffer(&mut rest).and_then(|zstd| zstd.single_frame().read_to_end(&mut unpacked)),
        other => panic!("packed as {other}"),
    };
    read.unwrap_or_else(|error| panic!("{packing}: {error}"));
    assert!(rest.is_empty(), "{} bytes behind the {packing}", rest.len());
    unpacked
}

impl Answer {
    /// A header's text, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body, whatever it is packed as.
    pub fn unpacked(&self) -> Vec<u8> {
        unpacked(&self.body, self.header("content-encoding"))
    }

    /// Fails where the body is a tile that is not valid.
    fn judge(&self, path: &str) {
        match self.header("content-type") {
            "application/vnd.mapbox-vector-tile" => drop(mvt::decode(&self.unpacked(), path)),
            "application/vnd.maplibre-tile" => drop(mlt::decode(&self.unpacked(), path)),
            _ => {}
        }
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Service {
    /// Starts it with empty layers, ready to answer.
    pub async fn start() -> Self {
        Self::with_room_for_tiles(64 << 20).await
    }

    /// The same with a cache of so many bytes.
    pub async fn with_room_for_tiles(bytes: u64) -> Self {
        Self::of(Catalog::shipped().expect("the shipped catalogue reads"), bytes).await
    }

    /// The same with the layers of another catalogue.
    pub async fn of(catalog: Catalog, bytes: u64) -> Self {
        Self::launch(catalog, bytes, [false; 3], new_folder()).await
    }

    /// Starts it with empty layers that may be changed, and measured, over HTTP.
    pub async fn with_edits() -> Self {
        Self::launch(
            Catalog::shipped().expect("the shipped catalogue reads"),
            64 << 20,
            [true, true, false],
            new_folder(),
        )
        .await
    }

    /// Starts it with empty layers whose readings are taken over HTTP.
    pub async fn with_observations() -> Self {
        Self::launch(
            Catalog::shipped().expect("the shipped catalogue reads"),
            64 << 20,
            [false, true, false],
            new_folder(),
        )
        .await
    }

    /// Starts it with the shipped rules; readings are taken, alerts worked on and rules changed over HTTP.
    pub async fn with_operations() -> Self {
        Self::launch(Catalog::shipped().expect("the shipped catalogue reads"), 64 << 20, [true; 3], new_folder()).await
    }

    /// Ends one that was started so, and starts another one on what it left behind.
    pub async fn again(self) -> Self {
        self.again_with(Catalog::shipped().expect("the shipped catalogue reads")).await
    }

    /// The same with files that were edited meanwhile.
    pub async fn again_with(self, catalog: Catalog) -> Self {
        let Self { city, handle, folder, .. } = self;
        handle.stop(true).await;
        city.close().await.expect("the store closes");
        Self::launch(catalog, 64 << 20, [true; 3], folder).await
    }

    async fn launch(catalog: Catalog, bytes: u64, takes: [bool; 3], folder: TempDir) -> Self {
        let [edits, observations, operations] = takes;
        let catalog = Arc::new(catalog);
        let store = Arc::new(GeoPackage::open(&folder.path().join("city.gpkg")).expect("the store opens"));
        let city = City::open(store, catalog.layers(), |_| true, &|_, _| ()).await.expect("the city opens");
        let webhooks = vec!["ioc".to_owned(), "other".to_owned()];
        let ready = {
            let (catalog, webhooks) = (Arc::clone(&catalog), webhooks.clone());
            move |rule: Rule| {
                let known = Known { layers: catalog.layers(), indicators: catalog.indicators(), webhooks: &webhooks };
                Ready::new(rule, known).expect("the rule holds")
            }
        };
        let shipped = catalog.rules().iter().filter(|_| operations).map(|rule| Arc::new(ready(rule.clone()))).collect();
        let made = move |body: &str| Some(ready(serde_json::from_str(body).expect("a rule")));
        city.start_rules(shipped, made, chrono::Utc::now()).await.expect("the rules hold");
        let city = Arc::new(city);
        let state = State::new(Arc::clone(&catalog), bytes, None)
            .with_edits(edits)
            .with_observations(observations)
            .with_operations(operations, webhooks.clone());
        let (server, serving) = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), state).expect("a free port");
        serving.ready(Arc::clone(&city));
        let handle = server.running.handle();
        tokio::spawn(server.running);
        Self { url: format!("http://{}", server.address), city, catalog, handle, folder }
    }

    /// A layer of the catalogue.
    pub fn layer(&self, id: &str) -> Arc<Layer> {
        let id = LayerId::new(id).expect("a layer id");
        Arc::clone(self.catalog.layer(&id).expect("a layer of the catalogue"))
    }

    /// Commits through the write door.
    pub async fn commit(&self, changes: Vec<Change>) {
        self.city.commit(changes).await.expect("the commit is kept");
    }

    /// Asks for a path with these headers.
    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers).await
    }

    /// Asks with any method. A tile in the answer is read by an independent reader.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(method, path, headers, "").await
    }

    /// Sends a body.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send_bytes(method, path, headers, body.as_bytes().to_vec()).await
    }

    /// Sends a body that is no text.
    pub async fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a request");
        let asked = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .allow_non_standard_methods(true)
                .accept_encoding(ureq::config::AutoHeaderValue::None)
                .build()
                .into();
            let mut answer = agent.run(request).expect("the service answers");
            let body = answer.body_mut().read_to_vec().expect("a whole body");
            Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
        });
        let answer: Answer = asked.await.expect("no panic");
        if method == "GET" && answer.status == 200 {
            answer.judge(path);
        }
        answer
    }

    /// Posts a body in JSON.
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        let (uri, body) = (format!("{}{path}", self.url), body.to_string());
        let asked = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let request = agent.post(uri).header("content-type", "application/json");
            let mut answer = request.send(body).expect("the service answers");
            let body = answer.body_mut().read_to_vec().expect("a whole body");
            Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
        });
        asked.await.expect("no panic")
    }

    /// Ends the service and waits for its end.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        self.city.close().await.expect("the store closes");
    }
}
