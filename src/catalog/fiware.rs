//! `[[fiware]]` of a layer's file.

use toml::Spanned;
use toml::de::DeValue;

use super::layer_file::LayerFile;
use super::scalar;
use super::table::{Page, Table, as_table, parsed};
use crate::model::fiware::{Attribute, Fiware, Scale};

/// One `[[fiware]]` as it stands in the file.
pub struct FiwareFile {
    types: Vec<Spanned<String>>,
    feature: Vec<Spanned<String>>,
    id_prefix: Vec<Spanned<String>>,
    attributes: Vec<AttributeFile>,
}

/// One key of its `attributes`.
struct AttributeFile {
    name: String,
    property: Option<Spanned<String>>,
    factor: f64,
    units: Vec<(String, Scale)>,
    values: Vec<(String, f64)>,
    unknown: Vec<Spanned<String>>,
}

impl FiwareFile {
    /// Takes every key of `table`.
    pub fn read(page: &mut Page, mut table: Table) -> Self {
        let place = table.span();
        let types = table.texts(page, "type");
        if types.is_empty() {
            page.fault(place, "`fiware` has no `type`: which entities tell of this layer".to_owned());
        }
        let attributes = table.table(page, "attributes").map(|attributes| {
            attributes.rest().map(|(name, value)| AttributeFile::read(page, name.into_inner(), value)).collect()
        });
        let file = Self {
            types,
            feature: table.texts(page, "feature"),
            id_prefix: table.texts(page, "id_prefix"),
            attributes: attributes.unwrap_or_default(),
        };
        table.finish(page);
        file
    }

    /// Notes what does not go with the rest of the file.
    pub fn check(&self, page: &mut Page, file: &LayerFile) {
        let moving = file.moving.as_ref().is_some_and(|moving| *moving.get_ref());
        if let Some(first) = self.types.first()
            && self.attributes.is_empty()
            && !moving
        {
            page.fault(first.span(), "no attribute of these entities is taken: name some in `attributes`".to_owned());
        }
        for property in self.attributes.iter().filter_map(|attribute| attribute.property.as_ref()) {
            let mut observed = file.observed.iter().filter_map(|observed| observed.name.as_ref());
            if !observed.any(|name| name.get_ref() == property.get_ref()) {
                let message = format!("there is no observed property `{}`", property.get_ref());
                page.fault(property.span(), message);
            }
        }
    }

    /// What it means, `None` when something is missing.
    pub fn build(self) -> Option<Fiware> {
        let texts = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect();
        let attribute = |attribute: AttributeFile| {
            let AttributeFile { name, property, factor, units, values, unknown } = attribute;
            Some(Attribute { name, property: property?.into_inner(), factor, units, values, unknown: texts(unknown) })
        };
        Some(Fiware {
            types: texts(self.types),
            feature: texts(self.feature),
            id_prefix: texts(self.id_prefix),
            attributes: self.attributes.into_iter().map(attribute).collect::<Option<_>>()?,
        })
    }
}

impl AttributeFile {
    /// `"free"`, or a table with the property and how to come to its number.
    fn read(page: &mut Page, name: String, value: Spanned<DeValue>) -> Self {
        let plain = |name, property| Self {
            name,
            property,
            factor: 1.0,
            units: Vec::new(),
            values: Vec::new(),
            unknown: Vec::new(),
        };
        if !value.get_ref().is_table() {
            let property = parsed(page, &name, &value, scalar::name);
            return plain(name, property);
        }
        let Some(mut table) = as_table(page, &name, value) else { return plain(name, None) };
        let property = table.required(page, "property", scalar::name);
        let factor = table.optional(page, "factor", factor).map_or(1.0, Spanned::into_inner);
        let units = table.table(page, "units").map(|units| {
            units
                .rest()
                .filter_map(|(code, value)| Some((code.get_ref().clone(), scale(page, &code, value)?)))
                .collect()
        });
        let values = table.table(page, "values").map(|values| {
            let number = |(text, value): (Spanned<String>, Spanned<DeValue>)| {
                Some((text.get_ref().clone(), parsed(page, text.get_ref(), &value, scalar::number)?.into_inner()))
            };
            values.rest().filter_map(number).collect()
        });
        let unknown = table.texts(page, "unknown");
        table.finish(page);
        let (units, values) = (units.unwrap_or_default(), values.unwrap_or_default());
        Self { name, property, factor, units, values, unknown }
    }
}

/// `1000`, or `{ factor = 1, offset = -273.15 }`. Codes are two or three capitals and digits.
fn scale(page: &mut Page, code: &Spanned<String>, value: Spanned<DeValue>) -> Option<Scale> {
    let text = code.get_ref();
    let is_code =
        (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !is_code {
        let message = format!("`{text}` is no code of a unit (UN/CEFACT Recommendation 20): write GQ, KMH, CEL, P1");
        page.fault(code.span(), message);
        return None;
    }
    if !value.get_ref().is_table() {
        let factor = parsed(page, text, &value, factor)?.into_inner();
        return Some(Scale { factor, offset: 0.0 });
    }
    let mut table = as_table(page, text, value)?;
    let factor = table.optional(page, "factor", factor).map_or(1.0, Spanned::into_inner);
    let offset = table.optional(page, "offset", scalar::number).map_or(0.0, Spanned::into_inner);
    table.finish(page);
    Some(Scale { factor, offset })
}

fn factor(value: &DeValue<'_>) -> Result<f64, String> {
    let factor = scalar::number(value)?;
    if factor == 0.0 { Err("is 0: every value would be the same".to_owned()) } else { Ok(factor) }
}
