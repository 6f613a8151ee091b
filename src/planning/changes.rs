//! Two versions of a plan: what came, what went, and what became of what.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::overlay::{in_force, label};
use super::pieces::{Candidate, NOTHING};
use super::{MOST_FEATURES, MOST_VERTICES, PlanningError};
use crate::geo::{BBox, Geometry, Region};
use crate::index::LayerIndex;
use crate::model::validity::Interval;
use crate::model::{Audience, Field, LayerId, Title};

/// The difference between what is in force at two times. Areas are m² on the ellipsoid.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changes {
    /// The layer.
    pub layer: LayerId,
    /// The field whose values the table tells.
    pub by: Option<String>,
    /// In force at the later time only.
    pub added: Vec<Changed>,
    /// In force at the earlier time only.
    pub removed: Vec<Changed>,
    /// How many are in force at both.
    pub kept: usize,
    /// What became of what, the largest first: of the land of removed and added features.
    pub table: Vec<Became>,
}

/// A feature that came or went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// Its id.
    pub id: String,
    /// The value of the field that labels the layer's features.
    pub label: Option<String>,
    /// The value of the table's field.
    pub value: Value,
    /// Its area, m²; 0 for lines and points.
    pub area: f64,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Became {
    /// What it was; null where no removed feature was.
    pub from: Option<Use>,
    /// What it is; null where no added feature is.
    pub to: Option<Use>,
    /// m². Where features of one time overlap each other, each pair counts.
    pub area: f64,
}

/// A value of the table's field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Use {
    /// The value, null for features without one.
    pub value: Value,
    /// What the code means, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The colour of the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// Compares what a layer has in force at two times. A change of a feature's values is seen where the layer keeps the old version as a
/// feature of its own.
pub fn changes(
    index: &LayerIndex,
    [before, after]: [&Interval; 2],
    by: Option<usize>,
    audience: Audience,
) -> Result<Changes, PlanningError> {
    let layer = index.layer();
    if layer.validity.is_none() {
        return Err(PlanningError::NoVersions(layer.id.clone()));
    }
    let (mut removed, mut added, mut kept) = (Vec::new(), Vec::new(), 0);
    for selection in index.all() {
        for row in selection.numbers.iter().map(|&row| row as usize) {
            let was = in_force(&selection.rows, row, Some(before));
            let is = in_force(&selection.rows, row, Some(after));
            let side = match (was, is) {
                (true, false) => &mut removed,
                (false, true) => &mut added,
                _ => {
                    kept += usize::from(was);
                    continue;
                }
            };
            side.push(Candidate { rows: Arc::clone(&selection.rows), row });
        }
    }
    bounded(&layer.id, &removed, &added)?;
    let (removed, added) = (parts(removed, by), parts(added, by));
    let table = table(&removed, &added, by.map(|field| &layer.fields[field]));
    let told = |parts: &[Part]| parts.iter().map(|part| part.told(audience)).collect();
    let by = by.map(|field| layer.fields[field].name.clone());
    Ok(Changes { layer: layer.id.clone(), by, added: told(&added), removed: told(&removed), kept, table })
}

fn bounded(layer: &LayerId, removed: &[Candidate], added: &[Candidate]) -> Result<(), PlanningError> {
    let both = || removed.iter().chain(added);
    let found = both().count();
    if found > MOST_FEATURES {
        return Err(PlanningError::TooManyFeatures { layer: layer.clone(), found });
    }
    let found = both().map(|candidate| candidate.rows.arena().row_vertices(candidate.row).len()).sum();
    if found > MOST_VERTICES {
        return Err(PlanningError::TooManyVertices { layer: layer.clone(), found });
    }
    Ok(())
}

/// A feature that came or went, ready to be compared.
struct Part {
    candidate: Candidate,
    value: Option<String>,
    bbox: BBox,
    region: Region,
    area: f64,
}

fn parts(mut candidates: Vec<Candidate>, by: Option<usize>) -> Vec<Part> {
    candidates.sort_unstable_by(|a, b| a.id().cmp(b.id()));
    let part = |candidate: Candidate| {
        let geometry = candidate.geometry();
        let region = match &geometry {
            Geometry::Polygons(polygons) => Region::of(polygons).sound(),
            _ => Region::default(),
        };
        let value = by.and_then(|field| candidate.rows.columns()[field].get(candidate.row));
        let value = value.map(|value| value.to_string());
        Part { value, bbox: geometry.bbox(), area: region.area(), region, candidate }
    };
    candidates.into_iter().map(part).collect()
}

impl Part {
    fn told(&self, audience: Audience) -> Changed {
        Changed {
            id: self.candidate.id().to_owned(),
            label: label(&self.candidate, audience),
            value: self.value.clone().map_or(Value::Null, Value::String),
            area: self.area,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        let (a, b) = (&self.bbox, &other.bbox);
        a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north
    }
}

/// A value, where there is a feature at all.
type Side = Option<Option<String>>;

fn table(removed: &[Part], added: &[Part], field: Option<&Field>) -> Vec<Became> {
    let mut areas: BTreeMap<(Side, Side), f64> = BTreeMap::new();
    let mut add = |from: Side, to: Side, area: f64| {
        if area > NOTHING {
            *areas.entry((from, to)).or_default() += area;
        }
    };
    let mut of_added: Vec<Vec<Region>> = added.iter().map(|_| Vec::new()).collect();
    for old in removed {
        let mut of_old = Vec::new();
        for (new, of_new) in added.iter().zip(&mut of_added).filter(|(new, _)| new.meets(old)) {
            let shared = old.region.intersection(&new.region);
            add(Some(old.value.clone()), Some(new.value.clone()), shared.area());
            of_new.push(shared.clone());
            of_old.push(shared);
        }
        add(Some(old.value.clone()), None, old.area - Region::covered_by(&of_old).area());
    }
    for (new, of_new) in added.iter().zip(&of_added) {
        add(None, Some(new.value.clone()), new.area - Region::covered_by(of_new).area());
    }
    let mut table: Vec<Became> = areas
        .into_iter()
        .map(|((from, to), area)| Became {
            from: from.map(|value| named(field, value)),
            to: to.map(|value| named(field, value)),
            area,
        })
        .collect();
    table.sort_by(|a, b| b.area.total_cmp(&a.area));
    table
}

fn named(field: Option<&Field>, value: Option<String>) -> Use {
    let code = field.into_iter().flat_map(|field| &field.codes).find(|code| Some(&code.code) == value.as_ref());
    let title = code.map(|code| code.title.clone());
    Use { title, color: code.and_then(|code| code.color.clone()), value: value.map_or(Value::Null, Value::String) }
}
