//! How the map page draws a layer: few words, each with a default, so that a layer's file stays short.

use serde::Serialize;

/// The drawing of a layer. Colours are `#rrggbb`; widths and radii are CSS pixels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Style {
    /// Fill of polygons and points, stroke of lines.
    pub color: String,
    /// Stroke of polygons and points.
    pub outline: Option<String>,
    /// Of the fill, 0 to 1.
    pub opacity: f64,
    /// Of strokes.
    pub width: f64,
    /// Of points.
    pub radius: f64,
    /// A `code` field whose colours take the place of `color`.
    pub color_by: Option<String>,
    /// The field that labels a feature.
    pub label: Option<String>,
    /// Drawing order, low below.
    pub order: i64,
    /// Whether it is on when the page opens.
    pub visible: bool,
    /// The heading that it stands under in the layer list.
    pub group: Group,
}

/// The headings of the layer list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Administrative units.
    Boundaries,
    /// Land use, parcels, buildings.
    Planning,
    /// Roads, buses, parking.
    Transport,
    /// Lighting, cameras, power.
    Infrastructure,
    /// Protected areas, air, water.
    Environment,
    /// Sights.
    Tourism,
    /// Alerts: what the operations centre works on.
    Operations,
}
