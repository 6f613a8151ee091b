//! The operations on tiles, and what tells how the service is.

use serde_json::{Map, Value as Json, json};

use super::indicators::choice;
use super::operation::{Operation, binary, text};
use crate::web::features::Language;

const TAG: &str = "Tiles";
const SERVICE: &str = "Service";

/// The paths, each with its operations.
#[must_use]
pub fn paths(language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let mut paths = Map::new();
    let mut get = |path: &str, operation: Operation| paths.insert(path.to_owned(), json!({"get": operation.done()}));
    let any = || json!({"type": "object"});
    let tile = |id: &str, names: &[&str]| {
        let summary = say("Một ô bản đồ vectơ", "A vector tile");
        let content = [("application/vnd.mapbox-vector-tile", binary()), ("application/vnd.maplibre-tile", binary())];
        let indicator = json!({"name": "indicator", "in": "query", "required": false, "schema": {"type": "string"},
            "description": say("Chỉ số để tô màu đơn vị (chỉ MVT)", "An indicator that the units carry (MVT only)")});
        let moment = say(
            "Thời điểm (RFC 3339) mà các số đo và vị trí được thể hiện; bỏ trống: hiện tại",
            "The moment (RFC 3339) as of which what is measured is shown; the present without it",
        );
        let moment = json!({"name": "datetime", "in": "query", "required": false, "description": moment, "schema": {"type": "string", "format": "date-time"}});
        let live = say("`false`: không kèm số đo (chỉ MVT)", "`false`: without what is measured (MVT only)");
        let live = json!({"name": "live", "in": "query", "required": false, "description": live, "schema": {"type": "boolean", "default": true}});
        let operation =
            Operation::new(id, TAG, summary).takes(names).parameter(live).parameter(moment).parameter(indicator);
        choice(language)
            .into_iter()
            .fold(operation, Operation::parameter)
            .answers("200", summary, &content)
            .answers("204", say("Ô trống", "An empty tile"), &[])
            .answers("304", say("Chưa thay đổi", "Not changed"), &[])
    };
    let extension = json!({"name": "extension", "in": "path", "required": true, "schema": {"type": "string", "enum": ["mvt", "pbf", "mlt"]}});
    get("/tiles/{layers}/{z}/{x}/{y}.{extension}", tile("tile", &["layers", "z", "x", "y"]).parameter(extension));
    get("/collections/{layer}/tiles/WebMercatorQuad/{z}/{row}/{col}", tile("tile.ogc", &["layer", "z", "row", "col"]));
    let encoding = json!({"name": "encoding", "in": "query", "required": false, "schema": {"type": "string", "enum": ["mvt", "mlt"]}});
    let summary = say("TileJSON 3.0 của các lớp", "TileJSON 3.0 of layers");
    let tilejson = Operation::new("tilejson", TAG, summary).takes(&["layers"]).parameter(encoding);
    get("/tiles/{layers}.json", tilejson.answers("200", summary, &[("application/json", any())]));
    let described = |id: &str, summary: &str, path: &[&str]| {
        let content = [("application/json", any()), ("text/html", text())];
        Operation::new(id, TAG, summary).takes(path).takes(&["f", "lang"]).answers("200", summary, &content)
    };
    get(
        "/collections/{layer}/tiles",
        described("tilesets", say("Các bộ ô của lớp", "The tilesets of a layer"), &["layer"]),
    );
    get(
        "/collections/{layer}/tiles/WebMercatorQuad",
        described("tileset", say("Bộ ô của lớp", "The tileset of a layer"), &["layer"]),
    );
    get("/tileMatrixSets", described("tileMatrixSets", say("Các lưới ô", "The grids of tiles"), &[]));
    get(
        "/tileMatrixSets/WebMercatorQuad",
        described("tileMatrixSet", say("Lưới ô WebMercatorQuad", "The grid WebMercatorQuad"), &[]),
    );
    for (path, summary) in [
        ("/api", say("Định nghĩa API", "This definition")),
        ("/catalog", say("Danh mục lớp cho trang bản đồ", "The catalogue for the map page")),
        ("/healthz", say("Dịch vụ đang chạy", "The service lives")),
        ("/readyz", say("Các lớp đã nạp xong", "The layers are loaded")),
    ] {
        let operation = Operation::new(path.trim_start_matches('/'), SERVICE, summary);
        let operation = if path == "/api" { operation.takes(&["f", "lang"]) } else { operation };
        let content = [
            ("application/json", any()),
            ("text/plain", text()),
            ("text/html", text()),
            ("application/vnd.oai.openapi+json;version=3.0", any()),
        ];
        get(path, operation.answers("200", summary, &content));
    }
    let summary = say("Tài liệu API", "This definition for people");
    get(
        "/api.html",
        Operation::new("api.html", SERVICE, summary).takes(&["lang"]).answers("200", summary, &[("text/html", text())]),
    );
    let summary = say("Số liệu vận hành (Prometheus)", "Metrics (Prometheus)");
    get(
        "/metrics",
        Operation::new("metrics", SERVICE, summary).answers("200", summary, &[("text/plain; version=0.0.4", text())]),
    );
    paths
}
