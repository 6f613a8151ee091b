//! A layer: one kind of thing the city knows, described by one TOML file.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::fiware::Fiware;
use super::name::named;
use super::planning::Planning;
use super::style::Style;
use super::validity::{Times, Validity};
use crate::geo::{BBox, GeometryKind};

/// A layer's name in URLs, tables and tiles: lower-case ASCII letters, digits and `_`, a letter first, at most 48.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(Arc<str>);

named!(LayerId);

/// A text that people read, in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Vietnamese, the default.
    pub vi: String,
    /// English.
    pub en: String,
}

/// One code of a `code` field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Code {
    /// As kept and as it stands in tiles.
    pub code: String,
    /// For people.
    pub title: Title,
    /// `#rrggbb`, for styles that colour by this field.
    pub color: Option<String>,
    /// Other spellings in files; read as `code`. Not part of any answer.
    #[serde(skip)]
    pub aliases: Vec<String>,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Unicode text, NFC.
    Text,
    /// 64-bit signed.
    Integer,
    /// 64-bit IEEE 754, finite.
    Real,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A moment, kept in UTC to the millisecond.
    DateTime,
    /// One of the field's codes.
    Code,
}

/// One field of a layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// The name in tables, tiles and answers.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// Unit of measure as printed (`m`, `W`, `km²`).
    pub unit: Option<String>,
    /// For people.
    pub title: Title,
    /// The codes of a `code` field, else empty.
    pub codes: Vec<Code>,
    /// A feature without it is refused.
    pub required: bool,
    /// Found by text search.
    pub searchable: bool,
    /// Who may see it.
    pub audience: Audience,
    /// Other names in files, the first that has a value wins. Compared without case.
    #[serde(skip)]
    pub aliases: Vec<String>,
}

/// A property that changes by itself: measured, not edited.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observed {
    /// The name of the property.
    pub name: String,
    /// Unit of measure as printed.
    pub unit: Option<String>,
    /// For people.
    pub title: Title,
    /// The least and the greatest value that can be measured; beyond it an instrument says that it knows nothing.
    pub range: Option<[f64; 2]>,
}

impl Observed {
    /// Whether a value can have been measured.
    #[must_use]
    pub fn can_be(&self, value: f64) -> bool {
        value.is_finite() && self.range.is_none_or(|[least, greatest]| (least..=greatest).contains(&value))
    }
}

/// How a layer with more features than a screen can show is thinned below `base_zoom`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thinning {
    /// From this zoom on everything shows.
    pub base_zoom: u8,
    /// Each zoom below it keeps one feature in `rate`; with 1 nothing shows below it. At least 1.
    pub rate: f64,
    /// Lowest zoom by the codes of a field, in the place of the rate: a motorway shows earlier than a lane.
    pub by: Option<ZoomByCode>,
    /// Below `base_zoom`, lines that meet and have equal values in these fields are drawn as one: indexes in
    /// [`Layer::fields`]. Empty: every line is drawn by itself.
    pub merge: Vec<usize>,
}

/// The lowest zoom of a feature by its code in one field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZoomByCode {
    /// Index in [`Layer::fields`].
    #[serde(skip)]
    pub field: usize,
    /// Code and zoom. Features with other codes are thinned by the rate.
    pub zooms: Vec<(String, u8)>,
}

/// How a layer of points is shown in groups at low zooms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clustering {
    /// The last zoom that shows groups.
    pub max_zoom: u8,
    /// The side of the square that becomes one point, CSS pixels: 16, 32, 64 or 128.
    pub cell: u32,
    /// Indexes in [`Layer::fields`] of the numbers that are added up.
    #[serde(skip)]
    pub sums: Vec<usize>,
    /// What is told of the present readings of its features.
    pub totals: Vec<Total>,
}

/// What a group tells of the present readings of its features: a sum, or how many are in some state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Total {
    /// The name in tiles.
    pub name: String,
    /// For people.
    pub title: Title,
    /// Index in [`Layer::observed`] of the property.
    pub of: usize,
    /// The least and the greatest value of the features that are counted; `None` adds their values up.
    pub range: Option<[f64; 2]>,
}

impl Total {
    /// Of how many features a value of one is told: 1 or 0.
    #[must_use]
    pub fn count(&self, value: f64) -> u64 {
        u64::from(self.range.is_some_and(|[least, greatest]| (least..=greatest).contains(&value)))
    }
}

impl Clustering {
    /// The observed properties of which something is told, each once, rising: indexes in [`Layer::observed`].
    #[must_use]
    pub fn measured(&self) -> Vec<usize> {
        let mut of: Vec<usize> = self.totals.iter().map(|total| total.of).collect();
        of.sort_unstable();
        of.dedup();
        of
    }
}

/// What follows the name of an observed property where a group tells of how many features it is known.
pub const KNOWN: &str = "_known";

/// The field that tells how many features a point of a group stands for.
pub const POINT_COUNT: &str = "point_count";

/// Everything that is known of a layer but its features.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layer {
    /// The layer's name.
    pub id: LayerId,
    /// For people.
    pub title: Title,
    /// What it is, in a sentence.
    pub description: Title,
    /// Who answers for it.
    pub agency: Title,
    /// Where the data come from.
    pub source: String,
    /// Under which terms.
    pub licence: String,
    /// As it must stand on a map.
    pub attribution: String,
    /// What every feature is.
    #[serde(serialize_with = "display")]
    pub geometry: GeometryKind,
    /// The field that names a feature: text or integer, required, never among `fields`.
    pub id_field: Field,
    /// Features of a file without ids get running numbers instead of being refused.
    #[serde(skip)]
    pub numbered: bool,
    /// The fields beside the id, in the order of tables and tiles.
    pub fields: Vec<Field>,
    /// The first zoom with tiles.
    pub minzoom: u8,
    /// The last zoom with tiles of its own; clients enlarge those beyond it.
    pub maxzoom: u8,
    /// Where features can be; `None` is anywhere.
    #[serde(skip)]
    pub extent: Option<BBox>,
    /// Who may see it.
    pub audience: Audience,
    /// What low zooms leave out; `None` shows everything at every zoom.
    pub thinning: Option<Thinning>,
    /// How points are shown in groups; never together with `thinning`.
    pub cluster: Option<Clustering>,
    /// What it says of a parcel; `None` says nothing.
    pub planning: Option<Planning>,
    /// When its features are in force; `None` is always.
    pub validity: Option<Validity>,
    /// Properties that change by themselves.
    pub observed: Vec<Observed>,
    /// Whether a reading may say where a feature is: buses, vessels. Only points.
    pub moving: bool,
    /// For how many days readings are kept; `None` is for ever.
    pub retention_days: Option<u16>,
    /// Which entities of context brokers are readings of it.
    #[serde(skip)]
    pub fiware: Vec<Fiware>,
    /// Seconds without a reading after which a measured feature counts as silent.
    pub silent_after: u32,
    /// How the map page draws it.
    pub style: Style,
}

/// Seconds of [`Layer::silent_after`] where the layer's file does not tell.
pub const SILENT_AFTER: u32 = 3600;

impl Layer {
    /// The place of a field in [`Self::fields`] and in [`super::Properties`].
    #[must_use]
    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// When its features are: their validity, or else the moment of the only field that has one. A feature without that moment is at no
    /// time (17-069r4, section 7.15.4).
    #[must_use]
    pub fn times(&self) -> Option<Times> {
        if let Some(validity) = self.validity {
            return Some(Times::Validity(validity));
        }
        let of_time = |field: &Field| matches!(field.field_type, FieldType::Date | FieldType::DateTime);
        let mut moments = self.fields.iter().enumerate().filter(|(_, field)| of_time(field));
        match (moments.next(), moments.next()) {
            (Some((field, _)), None) => Some(Times::Moment(field)),
            _ => None,
        }
    }

    /// Since when readings are kept, at a moment; `None`: all are.
    #[must_use]
    pub fn kept_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.retention_days.map(|days| now - TimeDelta::days(i64::from(days)))
    }

    /// What was measured before this is no measure of how things are now.
    #[must_use]
    pub fn silent_since(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::seconds(i64::from(self.silent_after))
    }

    /// Whether features are measured at all.
    #[must_use]
    pub fn is_observed(&self) -> bool {
        self.moving || !self.observed.is_empty()
    }

    /// The place of an observed property in [`Self::observed`].
    #[must_use]
    pub fn observed_index(&self, name: &str) -> Option<usize> {
        self.observed.iter().position(|observed| observed.name == name)
    }

    /// The layer as tiles show it: one that is shown in groups has [`POINT_COUNT`] after its own fields.
    #[must_use]
    pub fn in_tiles(&self) -> Self {
        let mut layer = self.clone();
        layer.fields.extend(self.cluster.is_some().then(|| Field {
            name: POINT_COUNT.to_owned(),
            field_type: FieldType::Integer,
            unit: None,
            title: Title { vi: "Số đối tượng".to_owned(), en: "Features".to_owned() },
            codes: Vec::new(),
            required: false,
            searchable: false,
            audience: Audience::Public,
            aliases: Vec::new(),
        }));
        layer
    }
}

fn display<T: fmt::Display, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use super::LayerId;

    #[test]
    fn a_layer_id_needs_no_quoting_anywhere() {
        let table = [
            ("wards", true),
            ("air_stations2", true),
            ("", false),
            ("2d", false),
            ("Wards", false),
            ("a-b", false),
            ("a;b", false),
            ("đường", false),
        ];
        for (text, good) in table {
            assert_eq!(LayerId::new(text).is_some(), good, "{text}");
        }
    }
}
