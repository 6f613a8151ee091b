//! Where an alert is, as CAP 1.2 says it (section 3.2.4): the polygons of a feature that has an area, a circle else.

use geo_types::LineString;

use crate::geo::Geometry;
use crate::geo::measure::distance;
use crate::index::Atlas;
use crate::index::page::Found;
use crate::model::{Alert, Audience, LayerId};

/// Kilometres around a place: a point is no area.
const RADIUS: f64 = 0.5;

/// An area and what people call it.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// The fence, or the feature; the headline of the alert tells more.
    pub called: String,
    /// Rings as CAP writes them. A hole is not left out: it has none.
    pub polygons: Vec<String>,
    /// Where there are no polygons.
    pub circle: Option<String>,
}

/// The area of an alert. A feature that is no more, or that not everybody may see, is named by its id, at the place of the alert.
#[must_use]
pub fn area(alert: &Alert, atlas: &Atlas) -> Area {
    let own = found(atlas, &alert.layer, &alert.feature);
    let fence = alert.fence.as_ref();
    let called = match (fence, fence.and_then(|fence| found(atlas, &fence.layer, &fence.feature)), &own) {
        (_, Some(fence), _) => fence.called().to_owned(),
        (Some(fence), None, _) => fence.feature.clone(),
        (None, None, Some(own)) => own.called().to_owned(),
        (None, None, None) => alert.feature.clone(),
    };
    let geometry = own.map(|own| own.rows.arena().geometry(own.row));
    if let Some(Geometry::Polygons(polygons)) = &geometry {
        let rings = polygons.0.iter().map(|polygon| ring(polygon.exterior())).collect();
        return Area { called, polygons: rings, circle: None };
    }
    // What moves was there then; a line lies around its middle.
    let around = match geometry {
        Some(lines @ Geometry::Lines(_)) => {
            lines.coords().map(|end| distance(alert.place, end) / 1000.0).fold(RADIUS, f64::max)
        }
        _ => RADIUS,
    };
    let [lon, lat] = alert.place;
    // Upwards: what lies at the end of a line is in the circle.
    let around = (around * 10.0).ceil() / 10.0;
    Area { called, polygons: Vec::new(), circle: Some(format!("{lat:.6},{lon:.6} {around}")) }
}

fn found(atlas: &Atlas, layer: &str, feature: &str) -> Option<Found> {
    let index = atlas.layer(&LayerId::new(layer)?)?;
    if !Audience::Public.may_see(index.layer().audience) {
        return None;
    }
    index.found(feature)
}

/// Latitude first, and the first place again at the end. A decimetre is enough for an area.
fn ring(ring: &LineString<f64>) -> String {
    let places: Vec<String> = ring.0.iter().map(|place| format!("{:.6},{:.6}", place.y, place.x)).collect();
    places.join(" ")
}
