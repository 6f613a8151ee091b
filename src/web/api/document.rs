//! The whole definition.

use serde_json::{Value as Json, json};

use super::{alerts, components, features, indicators, observations, planner, search, tiles, timetable, wall};
use crate::model::Layer;
use crate::web::features::{Language, collections};
use crate::web::serving::State;

/// The `OpenAPI` document of a service that is seen at `base`.
#[must_use]
pub fn document(state: &State, base: &str, language: Language) -> Json {
    let layers: Vec<&Layer> = collections::layers(state).map(AsRef::as_ref).collect();
    let mut paths = features::paths(&layers, state, language);
    paths.extend(planner::paths(language));
    paths.extend(indicators::paths(language));
    paths.extend(observations::paths(&layers, state.observations, language));
    paths.extend(alerts::paths(state.operations, language));
    paths.extend(timetable::paths(language));
    paths.extend(search::paths(&layers, language));
    paths.extend(tiles::paths(language));
    paths.extend(wall::paths(state.catalog.scenes(), language));
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "citylayers",
            "version": env!("CARGO_PKG_VERSION"),
            "description": language.say(
                "Các lớp dữ liệu đô thị thông minh: đối tượng, ô bản đồ và truy vấn không gian.",
                "Layers of a smart city: features, tiles and spatial queries."
            ),
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": base}],
        "tags": [{"name": "Features"}, {"name": "Planning"}, {"name": "Observations"}, {"name": "Alerts"}, {"name": "Search"}, {"name": "Tiles"}, {"name": "Service"}, {"name": "Timetable"}, {"name": "Indicators"}, {"name": "Wall"}],
        "paths": paths,
        "components": components::components(state, &layers, language),
    })
}
