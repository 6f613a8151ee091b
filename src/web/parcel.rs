//! `/parcel-check`: the corner table of a land-use certificate, checked.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::desk::{GeoJson, Position, answered, desk, json_body, meant, system, when};
use super::error::Problem;
use super::parameters::Parameters;
use super::serving::Serving;
use crate::planning::parcel::{Survey, check};
use crate::planning::project::Drawn;

/// The body: corners or a polygon.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// CRS84 without it.
    crs: Option<String>,
    /// Easting before northing, longitude before latitude.
    corners: Option<Vec<Position>>,
    /// A GeoJSON polygon in the place of corners.
    geometry: Option<Value>,
    /// As stated, m².
    area: Option<f64>,
    /// As stated, metres, the first from corner 1 to corner 2.
    #[serde(default)]
    sides: Vec<f64>,
}

/// `POST /parcel-check`, with `datetime` for what is in force then; plans are those of today without it.
pub async fn parcel_check(
    request: HttpRequest,
    state: Serving,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let when = when(&mut parameters)?;
    parameters.finish()?;
    let desk = desk(&state)?;
    let survey = survey(meant(json_body(payload).await?, "the parcel")?)?;
    answered(&state, move || check(&desk, &survey, when)).await
}

fn survey(body: Body) -> Result<Survey, Problem> {
    let crs = system(body.crs.as_deref())?;
    let mut rings = match (body.corners, body.geometry) {
        (Some(corners), None) => vec![corners.into_iter().map(|Position(place)| place).collect()],
        (None, Some(geometry)) => match Drawn::from(meant::<GeoJson>(geometry, "the geometry")?) {
            Drawn::Polygons(mut polygons) if polygons.len() == 1 => polygons.remove(0),
            Drawn::Polygons(polygons) => {
                let detail =
                    format!("the geometry has {} polygons, a parcel has one: check them one by one", polygons.len());
                return Err(Problem::BadRequest(detail));
            }
            Drawn::Lines(_) => return Err(Problem::BadRequest("a line is no parcel: send a polygon".to_owned())),
        },
        _ => {
            let detail = "send either `corners`, a list of [x, y] with easting first, or `geometry`, a GeoJSON polygon";
            return Err(Problem::BadRequest(detail.to_owned()));
        }
    };
    let corners = if rings.is_empty() { Vec::new() } else { rings.remove(0) };
    Ok(Survey { crs, corners, holes: rings, stated_area: body.area, stated_sides: body.sides })
}
