//! A drawn area or line over one layer: what it meets, how much of each, and a table that adds up to the whole.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::PlanningError;
use super::lines::crossing;
use super::pieces::{Asked, Candidate, NOTHING, Part, Piece, candidates};
use super::shape::Shape;
use crate::geo::{Geometry, GeometryKind, Region};
use crate::index::LayerIndex;
use crate::model::validity::Interval;
use crate::model::{Audience, Field, Layer, LayerId, Rows, Title, ValueRef};

/// What is asked of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The field whose values the table adds up by: an index in [`Layer::fields`] that the audience may see.
    pub by: Option<usize>,
    /// Only features in force at some time of it, where the layer says when.
    pub interval: Option<Interval>,
    /// Whether the answer has the geometry of each piece, and of what is uncovered.
    pub pieces: bool,
    /// Who asks.
    pub audience: Audience,
    /// Only these values of these fields, as [`version_of`] gives them.
    pub version: Option<(&'a [usize], &'a [Option<String>])>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Square metres on the ellipsoid of WGS 84.
    #[serde(rename = "m2")]
    SquareMetres,
    /// Metres, geodesic.
    #[serde(rename = "m")]
    Metres,
    /// Points.
    #[serde(rename = "features")]
    Features,
}

/// The answer. All amounts are in `unit`.
///
/// `asked` = `covered` + `uncovered`, and the sum of the amounts of all features, which is also that of all groups, = `total` =
/// `covered` + `overlapping`: to the square millimetre or the micrometre, less than which counts as nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overlay {
    /// The layer.
    pub layer: LayerId,
    /// Of all amounts.
    pub unit: Unit,
    /// The asked geometry; `None` where it has another unit than its pieces, as an area over roads.
    pub asked: Option<f64>,
    /// What of it at least one feature covers.
    pub covered: Option<f64>,
    /// What of it none covers.
    pub uncovered: Option<f64>,
    /// What is counted more than once because features overlap: twice covered counts once, thrice covered twice.
    pub overlapping: Option<f64>,
    /// The sum of all pieces.
    pub total: f64,
    /// The field of the table.
    pub by: Option<String>,
    /// The table, the largest first; without `by` one row for all.
    pub groups: Vec<Group>,
    /// What the geometry meets, the largest piece first.
    pub features: Vec<Hit>,
    /// Where nothing covers it, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncovered_geometry: Option<Shape>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The value; null for features without one.
    pub value: Value,
    /// What the code means, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The colour of the code, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// How many features.
    pub features: usize,
    /// The sum of their pieces.
    pub amount: f64,
    /// Its share of the asked geometry, where that has the same unit.
    pub share: Option<f64>,
}

/// A feature that the asked geometry meets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// Its id.
    pub id: String,
    /// The value of the field that labels the layer's features.
    pub label: Option<String>,
    /// What of it lies in the asked geometry.
    pub amount: f64,
    /// That as a share of the asked geometry, where it has the same unit.
    pub share: Option<f64>,
    /// That as a share of the feature; null for lines through polygons.
    pub feature_share: Option<f64>,
    /// What the audience may see of it.
    pub properties: Map<String, Value>,
    /// The piece, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geometry: Option<Shape>,
}

/// The place of a field that the audience may see.
pub fn field(layer: &Layer, name: &str, audience: Audience) -> Result<usize, PlanningError> {
    let seen = |field: &Field| audience.may_see(field.audience);
    layer.field_index(name).filter(|&field| seen(&layer.fields[field])).ok_or_else(|| {
        let known: Vec<&str> =
            layer.fields.iter().filter(|field| seen(field)).map(|field| field.name.as_str()).collect();
        PlanningError::NoField { layer: layer.id.clone(), name: name.to_owned(), known: known.join(", ") }
    })
}

/// Whether a row is in force at some time of an interval; always in a layer that does not say when.
#[must_use]
pub fn in_force(rows: &Rows, row: usize, interval: Option<&Interval>) -> bool {
    match (rows.layer().validity, interval) {
        (Some(validity), Some(interval)) => validity.in_force(rows, row, interval),
        _ => true,
    }
}

/// The values of some fields of a row, as texts.
#[must_use]
pub fn version_of(rows: &Rows, row: usize, fields: &[usize]) -> Vec<Option<String>> {
    let text = |field: usize| rows.columns().get(field)?.get(row).map(|value| value.to_string());
    fields.iter().map(|&field| text(field)).collect()
}

/// Lays a geometry over a layer.
pub fn overlay(index: &LayerIndex, asked: &Asked, question: &Question<'_>) -> Result<Overlay, PlanningError> {
    let layer = index.layer();
    let line = asked.geometry.kind() == GeometryKind::Line;
    if line && layer.geometry != GeometryKind::Polygon {
        return Err(PlanningError::NothingShared { kind: layer.geometry, layer: layer.id.clone() });
    }
    let found = candidates(index, &asked.bbox, &|rows, row| question.wants(rows, row))?;
    let (sum, pieces) =
        if line { through(asked, &found, question.pieces) } else { within(asked, &found, question, layer) };
    Ok(table(layer, question, sum, &found, pieces))
}

impl Question<'_> {
    fn wants(&self, rows: &Rows, row: usize) -> bool {
        let version = self.version.is_none_or(|(fields, values)| version_of(rows, row, fields) == values);
        version && in_force(rows, row, self.interval.as_ref())
    }
}

/// What is known of the whole.
struct Sum {
    unit: Unit,
    /// Asked, covered, uncovered.
    whole: Option<[f64; 3]>,
    bare: Option<Geometry>,
}

type Pieces = Vec<Option<Piece>>;

fn through(asked: &Asked, found: &[Candidate], bare: bool) -> (Sum, Pieces) {
    let crossing = crossing(asked, found);
    let bare = bare.then_some(Geometry::Lines(geo_types::MultiLineString(crossing.bare)));
    let whole = Some([crossing.whole, crossing.covered, crossing.uncovered]);
    (Sum { unit: Unit::Metres, whole, bare }, crossing.pieces)
}

fn within(asked: &Asked, found: &[Candidate], question: &Question<'_>, layer: &Layer) -> (Sum, Pieces) {
    let pieces: Pieces = found.iter().map(|candidate| candidate.piece(asked)).collect();
    let unit = match layer.geometry {
        GeometryKind::Polygon => Unit::SquareMetres,
        GeometryKind::Line => Unit::Metres,
        GeometryKind::Point => Unit::Features,
    };
    if unit != Unit::SquareMetres {
        return (Sum { unit, whole: None, bare: None }, pieces);
    }
    let regions = pieces.iter().flatten().filter_map(|piece| match &piece.part {
        Part::Area(region) => Some(region),
        Part::Other(_) => None,
    });
    let together = Region::covered_by(regions);
    let whole = asked.region.area();
    let covered = together.area();
    let (covered, uncovered) = if whole - covered > NOTHING { (covered, whole - covered) } else { (whole, 0.0) };
    let bare = question.pieces.then(|| Geometry::Polygons(asked.region.difference(&together).polygons()));
    (Sum { unit, whole: Some([whole, covered, uncovered]), bare }, pieces)
}

fn table(layer: &Layer, question: &Question<'_>, sum: Sum, found: &[Candidate], pieces: Pieces) -> Overlay {
    let share = |amount: f64| sum.whole.map(|[asked, ..]| amount / asked);
    let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
    let mut features = Vec::new();
    for (candidate, piece) in found.iter().zip(pieces) {
        let Some(piece) = piece else { continue };
        let value = question.by.and_then(|field| candidate.rows.columns()[field].get(candidate.row));
        let group = groups
            .entry(value.map(|value| value.to_string()))
            .or_insert_with(|| group(question.by.map(|field| &layer.fields[field]), value));
        group.features += 1;
        group.amount += piece.amount;
        features.push(hit(candidate, &piece, share(piece.amount), question));
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.share = share(group.amount));
    // Stable: equals stay in the order of their values and ids.
    groups.sort_by(|a, b| b.amount.total_cmp(&a.amount));
    features.sort_by(|a, b| b.amount.total_cmp(&a.amount));
    // A sum of nothing is -0.
    let total = groups.iter().map(|group| group.amount).fold(0.0, |sum, amount| sum + amount);
    let overlapping =
        sum.whole.map(|[_, covered, _]| total - covered).map(|twice| if twice > NOTHING { twice } else { 0.0 });
    Overlay {
        layer: layer.id.clone(),
        unit: sum.unit,
        asked: sum.whole.map(|[asked, ..]| asked),
        covered: sum.whole.map(|[_, covered, _]| covered),
        uncovered: sum.whole.map(|[.., uncovered]| uncovered),
        overlapping,
        total,
        by: question.by.map(|field| layer.fields[field].name.clone()),
        groups,
        features,
        uncovered_geometry: sum.bare.map(Shape),
    }
}

fn group(field: Option<&Field>, value: Option<ValueRef<'_>>) -> Group {
    let code = field.zip(value).and_then(|(field, value)| {
        let text = value.to_string();
        field.codes.iter().find(|code| code.code == text)
    });
    Group {
        value: json(value),
        title: code.map(|code| code.title.clone()),
        color: code.and_then(|code| code.color.clone()),
        features: 0,
        amount: 0.0,
        share: None,
    }
}

fn hit(candidate: &Candidate, piece: &Piece, share: Option<f64>, question: &Question<'_>) -> Hit {
    let layer = candidate.rows.layer();
    let values = layer.fields.iter().zip(candidate.rows.values(candidate.row));
    let seen = values.filter(|(field, _)| question.audience.may_see(field.audience));
    let properties: Map<String, Value> = seen.map(|(field, value)| (field.name.clone(), json(value))).collect();
    Hit {
        id: candidate.id().to_owned(),
        label: label(candidate, question.audience),
        amount: piece.amount,
        share,
        feature_share: piece.of_feature,
        properties,
        geometry: question.pieces.then(|| Shape(piece.geometry())),
    }
}

/// The text that labels a feature on the map, as far as the audience may see it.
#[must_use]
pub fn label(candidate: &Candidate, audience: Audience) -> Option<String> {
    let layer = candidate.rows.layer();
    let name = layer.style.label.as_ref()?;
    if *name == layer.id_field.name {
        return Some(candidate.id().to_owned());
    }
    let field = layer.field_index(name).filter(|&field| audience.may_see(layer.fields[field].audience))?;
    candidate.rows.columns()[field].get(candidate.row).map(|value| value.to_string())
}

fn json(value: Option<ValueRef<'_>>) -> Value {
    // Numbers are finite, texts are texts: nothing that JSON lacks.
    value.and_then(|value| serde_json::to_value(value).ok()).unwrap_or(Value::Null)
}
