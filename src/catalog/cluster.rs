//! `[cluster]` of a layer's file, and `[[cluster.count]]`.

use toml::Spanned;
use toml::de::DeValue;

use super::check::known_field;
use super::layer_file::{FieldFile, LayerFile};
use super::observed::ObservedFile;
use super::scalar;
use super::table::{Page, Table};
use crate::geo::GeometryKind;
use crate::model::layer::{Clustering, KNOWN, Observed, POINT_COUNT, Total};
use crate::model::{Field, FieldType, Title};

/// `[cluster]` as it stands in the file.
pub struct ClusterFile {
    max_zoom: Option<Spanned<u8>>,
    cell: u32,
    sum: Vec<Spanned<String>>,
    count: Vec<CountFile>,
}

/// One `[[cluster.count]]`: how many features of a group are in a state.
struct CountFile {
    name: Option<Spanned<String>>,
    title: Option<Title>,
    of: Option<Spanned<String>>,
    range: Option<[f64; 2]>,
}

impl ClusterFile {
    /// Takes every key of `table`.
    pub fn read(page: &mut Page, mut table: Table) -> Self {
        let file = Self {
            max_zoom: table.required(page, "max_zoom", scalar::zoom),
            cell: table.optional(page, "cell", cell).map_or(64, Spanned::into_inner),
            sum: table.texts(page, "sum"),
            count: table.tables(page, "count").into_iter().map(|table| CountFile::read(page, table)).collect(),
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
                None if known_observed(&file.observed, name) => {}
                None => page.fault(name.span(), format!("there is no field `{}` to add up", name.get_ref())),
            }
        }
        self.check_counts(page, file);
    }

    fn check_counts(&self, page: &mut Page, file: &LayerFile) {
        for of in self.count.iter().filter_map(|count| count.of.as_ref()) {
            if !known_observed(&file.observed, of) {
                page.fault(of.span(), format!("there is no `[[observed]]` property `{}` to count by", of.get_ref()));
            }
        }
        let of_sums = self.sum.iter().filter(|name| known_observed(&file.observed, name));
        for of in of_sums.chain(self.count.iter().filter_map(|count| count.of.as_ref())) {
            let known = format!("{}{KNOWN}", of.get_ref());
            let own = file.fields.iter().filter_map(|field| field.name.as_ref());
            let own = own.chain(file.observed.iter().filter_map(|observed| observed.name.as_ref()));
            if own.into_iter().any(|name| *name.get_ref() == known) {
                page.fault(
                    of.span(),
                    format!("`{known}` is taken: groups tell there of how many features it is known"),
                );
            }
        }
        let mut taken = taken_names(file);
        for name in self.count.iter().filter_map(|count| count.name.as_ref()) {
            if taken.iter().any(|taken| taken == name.get_ref()) {
                page.fault(name.span(), format!("the name `{}` is taken by something else in a tile", name.get_ref()));
            }
            taken.push(name.get_ref().clone());
        }
    }

    /// What it means, `None` when something is missing.
    pub fn build(self, fields: &[Field], observed: &[Observed]) -> Option<Clustering> {
        let property = |name: &str| observed.iter().position(|observed| observed.name == name);
        let (mut sums, mut totals) = (Vec::new(), Vec::new());
        for name in &self.sum {
            if let Some(field) = fields.iter().position(|field| field.name == *name.get_ref()) {
                sums.push(field);
            } else {
                let of = property(name.get_ref())?;
                let title = observed[of].title.clone();
                totals.push(Total { name: name.get_ref().clone(), title, of, range: None });
            }
        }
        for count in self.count {
            let (of, range) = (property(count.of?.get_ref())?, Some(count.range?));
            totals.push(Total { name: count.name?.into_inner(), title: count.title?, of, range });
        }
        Some(Clustering { max_zoom: self.max_zoom?.into_inner(), cell: self.cell, sums, totals })
    }
}

impl CountFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let count = Self {
            name: table.required(page, "name", scalar::name),
            title: table.title(page, "title"),
            of: table.required(page, "of", scalar::name),
            range: table.required(page, "range", range).map(Spanned::into_inner),
        };
        table.finish(page);
        count
    }
}

/// Names that a point of a tile has already.
fn taken_names(file: &LayerFile) -> Vec<String> {
    let fields = file.id_field.iter().chain(&file.fields).filter_map(|field| field.name.as_ref());
    let observed = || file.observed.iter().filter_map(|observed| observed.name.as_ref());
    let known = observed().map(|name| format!("{}{KNOWN}", name.get_ref()));
    let own = fields.chain(observed()).map(|name| name.get_ref().clone());
    own.chain(known).chain([POINT_COUNT, "age"].map(str::to_owned)).collect()
}

fn known_observed(observed: &[ObservedFile], name: &Spanned<String>) -> bool {
    observed.iter().any(|own| own.name.as_ref().is_some_and(|own| own.get_ref() == name.get_ref()))
}

/// The least and the greatest value that is counted; one value is written twice.
fn range(value: &DeValue<'_>) -> Result<[f64; 2], String> {
    let wanted = "is no range: write [least, greatest]";
    let values = value.as_array().ok_or(wanted)?;
    let numbers = values.iter().map(|value| scalar::number(value.get_ref())).collect::<Result<Vec<_>, _>>()?;
    match numbers[..] {
        [least, greatest] if least <= greatest => Ok([least, greatest]),
        _ => Err(format!("{numbers:?} {wanted}")),
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
