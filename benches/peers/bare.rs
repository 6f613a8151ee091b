//! The ceiling: an actix handler that answers the bytes of citylayers' tiles from a table, and does nothing else.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bytes::Bytes;
use tokio::runtime::Runtime;

use super::http::Packing;
use super::ours::{Running, loopback, paths};
use super::replay::Server;

/// The name in the tables.
pub const NAME: &str = "bare handler";

/// Bodies by packing and path.
pub type Bodies = HashMap<&'static str, HashMap<String, Bytes>>;

pub fn serve(runtime: &Arc<Runtime>, bodies: Bodies) -> Running {
    let bodies = web::Data::new(bodies);
    let app = move || App::new().app_data(bodies.clone()).default_service(web::to(answer));
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let address = listener.local_addr().expect("it listens");
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let _inside = runtime.enter();
    let server = HttpServer::new(app).workers(workers).disable_signals().listen(listener).expect("it listens").run();
    let handle = server.handle();
    runtime.spawn(server);
    Running::new(runtime, handle, Server { name: NAME, address, paths })
}

async fn answer(request: HttpRequest, bodies: web::Data<Bodies>) -> HttpResponse {
    let packing = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let found = packing.and_then(|packing| Some((packing, bodies.get(packing)?.get(request.path())?)));
    let Some((packing, body)) = found else { return HttpResponse::NotFound().finish() };
    if body.is_empty() {
        return HttpResponse::NoContent().finish();
    }
    let mut response = HttpResponse::Ok();
    if packing != Packing::Identity.name() {
        response.insert_header((header::CONTENT_ENCODING, packing));
    }
    response.content_type("application/vnd.mapbox-vector-tile").body(body.clone())
}
