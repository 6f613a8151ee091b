//! The whole URL map, on one page.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, dev, web};

use super::serving::{Serving, State};
use super::{catalog, headers, health, metrics, pages, tiles};

/// Every path that is answered. Another method than those of a path falls through to the last line.
fn urls(config: &mut web::ServiceConfig) {
    let read = || web::route().guard(actix_web::guard::Any(actix_web::guard::Get()).or(actix_web::guard::Head()));
    config
        .route("/healthz", read().to(health::healthz))
        .route("/readyz", read().to(health::readyz))
        .route("/metrics", read().to(metrics::metrics))
        .route("/catalog", read().to(catalog::catalog))
        .route("/tiles/{layers}/{z}/{x}/{y}.{extension}", read().to(tiles::tile))
        .route("/tiles/{layers}.json", read().to(tiles::describe))
        .route("/collections/{layer}/tiles/WebMercatorQuad/{z}/{row}/{col}", read().to(tiles::ogc_tile))
        .route("/", read().to(pages::map))
        .route("/{file:assets/.+|favicon\\.[a-z]+|robots\\.txt}", read().to(pages::asset))
        .default_service(web::route().to(headers::nothing_here));
}

/// A server that listens; awaiting `running` serves until it is told to stop.
pub struct Server {
    /// Where it listens: the port is a real one when 0 was asked for.
    pub address: SocketAddr,
    /// The future that serves.
    pub running: dev::Server,
}

/// Listens on `listen` and answers from `state`: with 503 until its city is ready. Ends by itself on SIGINT and SIGTERM.
pub fn bind(listen: SocketAddr, state: State) -> io::Result<(Server, Serving)> {
    let listener = TcpListener::bind(listen)?;
    let address = listener.local_addr()?;
    let serving = Serving::new(state);
    let shared = serving.clone();
    metrics::start();
    let app = move || App::new().app_data(shared.clone()).wrap(from_fn(headers::on_every_answer)).configure(urls);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let server = HttpServer::new(app)
        .workers(workers)
        // Drawing is bounded: as many tiles at once as there are cores, the others wait their turn.
        .worker_max_blocking_threads(2)
        .shutdown_timeout(5)
        .keep_alive(Duration::from_secs(75))
        .listen(listener)?;
    Ok((Server { address, running: server.run() }, serving))
}
