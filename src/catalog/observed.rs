//! `[[observed]]` of a layer's file, and how its readings are kept.

use toml::Spanned;
use toml::de::DeValue;

use super::layer_file::LayerFile;
use super::scalar;
use super::table::{Page, Table};
use crate::geo::GeometryKind;
use crate::model::layer::Observed;
use crate::model::span::TimeSpanError;
use crate::model::{TimeSpan, Title};

/// One `[[observed]]` as it stands in the file.
pub struct ObservedFile {
    pub name: Option<Spanned<String>>,
    unit: Option<String>,
    title: Option<Title>,
    range: Option<[f64; 2]>,
}

impl ObservedFile {
    /// Takes every key of `table`.
    pub fn read(page: &mut Page, mut table: Table) -> Self {
        let observed = Self {
            name: table.required(page, "name", scalar::name),
            unit: table.optional(page, "unit", scalar::text).map(Spanned::into_inner),
            title: table.title(page, "title"),
            range: table.optional(page, "range", scalar::range).map(Spanned::into_inner),
        };
        table.finish(page);
        observed
    }

    /// What it means, `None` when something is missing.
    pub fn build(self) -> Option<Observed> {
        Some(Observed { name: self.name?.into_inner(), unit: self.unit, title: self.title?, range: self.range })
    }
}

/// Names that a reading has beside its values, in tables, in CSV and in the answer.
const TAKEN: [&str; 7] = ["time", "lon", "lat", "age", "count", "feature", "xid"];

/// Notes what does not go with the rest of the file.
pub fn check(page: &mut Page, file: &LayerFile) {
    for name in file.observed.iter().filter_map(|observed| observed.name.as_ref()) {
        if TAKEN.contains(&name.get_ref().as_str()) {
            let fault =
                format!("`{}` is taken: every reading has it; the others are {}", name.get_ref(), TAKEN.join(", "));
            page.fault(name.span(), fault);
        }
    }
    let age = file.fields.iter().filter_map(|field| field.name.as_ref()).find(|name| name.get_ref() == "age");
    if let Some(age) = age.filter(|_| !file.observed.is_empty()) {
        page.fault(age.span(), "the field `age` is taken: how long ago a feature was measured".to_owned());
    }
    if let Some(moving) = file.moving.as_ref().filter(|moving| *moving.get_ref())
        && file.geometry.is_some_and(|geometry| geometry != GeometryKind::Point)
    {
        page.fault(moving.span(), "only points move".to_owned());
    }
    let spans = [file.retention_days.as_ref().map(Spanned::span), file.silent_after.as_ref().map(Spanned::span)];
    for span in spans.into_iter().flatten().filter(|_| file.observed.is_empty() && file.moving.is_none()) {
        page.fault(
            span,
            "nothing is observed here: readings are of `[[observed]]` properties, or of a `moving` layer".to_owned(),
        );
    }
}

/// Days of a retention.
pub fn days(value: &DeValue<'_>) -> Result<u16, String> {
    let days = scalar::whole(value)?;
    u16::try_from(days).ok().filter(|days| *days > 0).ok_or_else(|| format!("{days} is not between 1 and {}", u16::MAX))
}

/// Seconds of a length of time as ISO 8601 writes it: `PT15M`, at most a year.
pub fn seconds(value: &DeValue<'_>) -> Result<u32, String> {
    let span: TimeSpan = scalar::text(value)?.parse().map_err(|error: TimeSpanError| error.to_string())?;
    u32::try_from(span.delta().num_seconds()).map_err(|error| error.to_string())
}
