//! How the map page draws a layer: few words, each with a default, so that a layer's file stays short.

use std::fmt;

use serde::Serialize;

use super::Title;

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
    /// What is measured now takes the place of both colours where it is known.
    pub value: Option<ByValue>,
    /// The field that labels a feature.
    pub label: Option<String>,
    /// Features that are not drawn.
    pub hide: Option<Hide>,
    /// Drawing order, low below.
    pub order: i64,
    /// Whether it is on when the page opens.
    pub visible: bool,
    /// The heading that it stands under in the layer list.
    pub group: Group,
}

/// Which features of a layer are not drawn: what is over, and still found by whoever asks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hide {
    /// A `code` field.
    pub field: String,
    /// The codes of those that are not drawn.
    pub codes: Vec<String>,
}

/// Colours of features by the present value of an observed property.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByValue {
    /// One of the layer's observed properties.
    pub property: String,
    /// In rising order. Below the first one a feature is drawn as if nothing were known.
    pub classes: Vec<ValueClass>,
}

/// Values that are drawn alike, up to where the next class begins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueClass {
    /// Where it begins.
    #[serde(flatten)]
    pub begin: Begin,
    /// `#rrggbb`.
    pub color: String,
    /// For the legend.
    pub title: Title,
}

/// Where a class begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Begin {
    /// With this value.
    From(f64),
    /// Just above this value.
    Above(f64),
}

impl Begin {
    /// To be compared: a class that begins above a value comes after one that begins with it.
    #[must_use]
    pub fn place(self) -> (f64, bool) {
        match self {
            Self::From(value) => (value, false),
            Self::Above(value) => (value, true),
        }
    }
}

impl fmt::Display for Begin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(value) => write!(f, "`from` {value}"),
            Self::Above(value) => write!(f, "`above` {value}"),
        }
    }
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
