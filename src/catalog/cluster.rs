//! `[cluster]` of a layer's file.

use toml::Spanned;
use toml::de::DeValue;

use super::check::known_field;
use super::layer_file::{FieldFile, LayerFile};
use super::scalar;
use super::table::{Page, Table};
use crate::geo::GeometryKind;
use crate::model::layer::{Clustering, POINT_COUNT};
use crate::model::{Field, FieldType};

/// `[cluster]` as it stands in the file.
pub struct ClusterFile {
    max_zoom: Option<Spanned<u8>>,
    cell: u32,
    sum: Vec<Spanned<String>>,
}

impl ClusterFile {
    /// Takes every key of `table`.
    pub fn read(page: &mut Page, mut table: Table) -> Self {
        let file = Self {
            max_zoom: table.required(page, "max_zoom", scalar::zoom),
            cell: table.optional(page, "cell", cell).map_or(64, Spanned::into_inner),
            sum: table.texts(page, "sum"),
        };
        table.finish(page);
        file
    }

    /// Notes what does not go with the rest of the file.
    pub fn check(&self, page: &mut Page, file: &LayerFile) {
        let (Some(max_zoom), Some((first, last))) = (&self.max_zoom, file.zoom) else { return };
        let mut fault = |message: String| page.fault(max_zoom.span(), message);
        let zoom = *max_zoom.get_ref();
        if !(first..=last).contains(&zoom) {
            fault(format!("`max_zoom` {zoom} is outside the layer's zooms {first} to {last}"));
        }
        if file.geometry.is_some_and(|geometry| geometry != GeometryKind::Point) {
            fault("only points are shown in groups".to_owned());
        }
        if file.thinning.is_some() {
            fault("a layer has `thinning` or `cluster`, not both".to_owned());
        }
        if file.fields.iter().any(|field| named(field, POINT_COUNT)) {
            fault(format!("the field `{POINT_COUNT}` is taken by the number of features in a group"));
        }
        for name in &self.sum {
            match known_field(&file.fields, name).and_then(|field| field.field_type) {
                Some(FieldType::Integer | FieldType::Real) => {}
                Some(_) => page.fault(name.span(), format!("`{}` is no number", name.get_ref())),
                None => page.fault(name.span(), format!("there is no field `{}` to add up", name.get_ref())),
            }
        }
    }

    /// What it means, `None` when something is missing.
    pub fn build(self, fields: &[Field]) -> Option<Clustering> {
        let index = |name: &Spanned<String>| fields.iter().position(|field| field.name == *name.get_ref());
        Some(Clustering {
            max_zoom: self.max_zoom?.into_inner(),
            cell: self.cell,
            sums: self.sum.iter().map(index).collect::<Option<_>>()?,
        })
    }
}

fn named(field: &FieldFile, name: &str) -> bool {
    field.name.as_ref().is_some_and(|own| own.get_ref() == name)
}

fn cell(value: &DeValue<'_>) -> Result<u32, String> {
    let pixels = scalar::whole(value)?;
    match u32::try_from(pixels) {
        Ok(pixels @ (16 | 32 | 64 | 128)) => Ok(pixels),
        _ => Err(format!("{pixels} is not one of 16, 32, 64, 128")),
    }
}
