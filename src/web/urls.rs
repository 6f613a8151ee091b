//! The whole URL map, on one page.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, FromRequest, Handler, HttpServer, Responder, dev, guard, web};

use super::alerts::{act, cap, list, rules};
use super::features::{collections, functions, item, items, landing, schema, write};
use super::observations::{history, ngsi, refused, take, track};
use super::serving::{Serving, State};
use super::{
    alerts, api, catalog, desk, headers, health, indicators, live, metrics, overlay, pages, parcel, place, search,
    summary, tiles, tilesets, timetable, wall,
};

/// Every path that is answered.
fn urls(config: &mut web::ServiceConfig) {
    config
        .service(read("/healthz", health::healthz))
        .service(read("/readyz", health::readyz))
        .service(read("/metrics", metrics::metrics))
        .service(read("/catalog", catalog::catalog))
        .service(read("/tiles/{layers}/{z}/{x}/{y}.{extension}", tiles::tile))
        .service(read("/tiles/{layers}.json", tiles::describe))
        .service(read("/api", api::definition))
        .service(read("/api.html", api::documentation))
        .service(read("/tileMatrixSets", tilesets::tile_matrix_sets))
        .service(read("/tileMatrixSets/WebMercatorQuad", tilesets::tile_matrix_set))
        .service(read("/collections/{layer}/tiles", tilesets::tilesets))
        .service(read("/collections/{layer}/tiles/WebMercatorQuad", tilesets::tileset))
        .service(read("/functions", functions::functions))
        .service(read("/collections/{layer}/summary", summary::summary))
        .service(read("/at", place::at))
        .service(read("/nearest", place::nearest))
        .service(read("/search", search::search))
        .service(read("/conformance", landing::conformance))
        .service(read("/collections", collections::collections))
        .service(read("/collections/{layer}", collections::collection))
        .service(change("/collections/{layer}/items", items::items).route(web::post().to(write::create)))
        .service(
            change("/collections/{layer}/items/{id}", item::item)
                .route(web::put().to(write::replace))
                .route(web::patch().to(write::update))
                .route(web::delete().to(write::remove)),
        )
        .service(read("/collections/{layer}/schema", schema::schema))
        .service(read("/collections/{layer}/queryables", schema::queryables))
        .service(read("/collections/{layer}/sortables", schema::sortables))
        .service(read("/collections/{layer}/tiles/WebMercatorQuad/{z}/{row}/{col}", tiles::ogc_tile))
        .service(read("/collections/{layer}/changes", overlay::changes_of))
        .service(asked("/collections/{layer}/overlay", overlay::overlay_of))
        .service(asked("/parcel-check", parcel::parcel_check))
        .service(told("/observations", take::take))
        .service(told("/ngsi-ld/v1/entityOperations/upsert{slash:/?}", ngsi::upsert)) // agents of sensors write the slash
        .service(told("/ngsi-ld/v1/notify", ngsi::notified))
        .service(told("/v2/notify", ngsi::notified))
        .service(read("/observations/refused", refused::refused))
        .service(read("/collections/{layer}/items/{id}/observations", history::history))
        .service(read("/collections/{layer}/items/{id}/track", track::track))
        .service(read("/collections/{layer}/items/{id}/departures", timetable::departures))
        .service(read("/collections/{layer}/items/{id}/fares", timetable::fares))
        .service(read("/live", live::live))
        .service(read("/alerts", list::alerts))
        .service(read("/alerts/{id}.cap", cap::cap))
        .service(read("/alerts/{id}", list::alert))
        .service(told("/alerts/{id}/steps/{n}", act::step))
        .service(told("/alerts/{id}/{deed}", act::act))
        .service(
            read("/rules", rules::rules)
                .route(web::post().to(rules::create))
                .default_service(web::to(alerts::otherwise)),
        )
        .service(
            read("/rules/{id}", rules::rule)
                .route(web::put().to(rules::replace))
                .route(web::delete().to(rules::remove))
                .default_service(web::to(alerts::otherwise)),
        )
        .service(read("/indicators", indicators::indicators))
        .service(read("/indicators/{id}", indicators::indicator))
        .service(read("/", landing::landing))
        .service(read("/planner", pages::planner))
        .service(read("/wall", pages::wall))
        .service(read("/scenes", wall::scenes::scenes))
        .service(read("/scenes/{scene}/counters", wall::counters::counters))
        .service(read("/scenes/{scene}/trends", wall::trends::trends))
        .service(read("/freshness", wall::freshness::freshness))
        .service(read("/{file:assets/.+|favicon\\.[a-z]+|documents\\.css|robots\\.txt}", pages::asset))
        .default_service(web::to(headers::nothing_here));
}

/// A path that is read: GET and HEAD are answered by `handler`, every other method by the last line of the map.
fn read<F, Args>(path: &str, handler: F) -> actix_web::Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let reading = guard::Any(guard::Get()).or(guard::Head());
    web::resource(path).route(web::route().guard(reading).to(handler)).default_service(web::to(headers::nothing_here))
}

/// A path that is read and may be changed, too.
fn change<F, Args>(path: &str, handler: F) -> actix_web::Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    read(path, handler).default_service(web::to(write::otherwise))
}

/// A path that is asked with a body: POST is answered by `handler`.
fn asked<F, Args>(path: &str, handler: F) -> actix_web::Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::post().to(handler)).default_service(web::to(desk::post_only))
}

/// A path that is told something: POST is answered by `handler`, who refuses what a page of somebody else sends.
fn told<F, Args>(path: &str, handler: F) -> actix_web::Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    asked(path, handler).default_service(web::to(alerts::post_only))
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
        // An answer that is streamed goes out in pieces: each would wait up to 40 ms for the client's word that it has the one before.
        .tcp_nodelay(true)
        .listen(listener)?;
    Ok((Server { address, running: server.run() }, serving))
}
