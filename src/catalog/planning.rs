//! `[planning]` and `[validity]` of a layer's file.

use toml::Spanned;
use toml::de::DeValue;

use super::check::known_field;
use super::layer_file::{FieldFile, LayerFile};
use super::scalar;
use super::table::{Page, Table};
use crate::geo::GeometryKind;
use crate::model::planning::{Planning, Role};
use crate::model::validity::Validity;
use crate::model::{Field, FieldType};

/// `[planning]` as it stands in the file.
pub struct PlanningFile {
    role: Option<Spanned<Role>>,
    code: Option<Spanned<String>>,
    version: Vec<Spanned<String>>,
}

impl PlanningFile {
    /// Takes every key of `table`.
    pub fn read(page: &mut Page, mut table: Table) -> Self {
        let file = Self {
            role: table.required(page, "role", role),
            code: table.optional(page, "code", scalar::name),
            version: table.texts(page, "version"),
        };
        table.finish(page);
        file
    }

    /// Notes what does not go with the rest of the file.
    pub fn check(&self, page: &mut Page, file: &LayerFile) {
        if let (Some(role), Some(GeometryKind::Point)) = (&self.role, file.geometry) {
            page.fault(
                role.span(),
                "points cover nothing of a parcel: only lines and polygons have a `role`".to_owned(),
            );
        }
        for (key, name) in
            self.code.iter().map(|name| ("code", name)).chain(self.version.iter().map(|name| ("version", name)))
        {
            let types: &[FieldType] = if key == "code" {
                &[FieldType::Code, FieldType::Text]
            } else {
                &[FieldType::Code, FieldType::Text, FieldType::Integer, FieldType::Date]
            };
            check_field(page, &file.fields, key, name, types);
        }
    }

    /// What it means, `None` when something is missing.
    pub fn build(self, fields: &[Field]) -> Option<Planning> {
        let code = match self.code {
            Some(name) => Some(index(fields, &name)?),
            None => None,
        };
        let version = self.version.iter().map(|name| index(fields, name)).collect::<Option<_>>()?;
        Some(Planning { role: self.role?.into_inner(), code, version })
    }
}

/// `[validity]` as it stands in the file.
pub struct ValidityFile {
    place: std::ops::Range<usize>,
    from: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
}

impl ValidityFile {
    /// Takes every key of `table`.
    pub fn read(page: &mut Page, mut table: Table) -> Self {
        let file = Self {
            place: table.span(),
            from: table.optional(page, "from", scalar::name),
            to: table.optional(page, "to", scalar::name),
        };
        table.finish(page);
        file
    }

    /// Notes what does not go with the rest of the file.
    pub fn check(&self, page: &mut Page, file: &LayerFile) {
        if self.from.is_none() && self.to.is_none() {
            page.fault(self.place.clone(), "`validity` names neither `from` nor `to`".to_owned());
        }
        let types = [FieldType::Date, FieldType::DateTime, FieldType::Integer];
        for (key, name) in [("from", &self.from), ("to", &self.to)] {
            if let Some(name) = name {
                check_field(page, &file.fields, key, name, &types);
            }
        }
    }

    /// What it means, `None` when something is missing.
    pub fn build(self, fields: &[Field]) -> Option<Validity> {
        let end = |name: Option<Spanned<String>>| match name {
            Some(name) => index(fields, &name).map(Some),
            None => Some(None),
        };
        Some(Validity { from: end(self.from)?, to: end(self.to)? })
    }
}

fn check_field(page: &mut Page, fields: &[FieldFile], key: &str, name: &Spanned<String>, types: &[FieldType]) {
    match known_field(fields, name).map(|field| field.field_type) {
        None => page.fault(name.span(), format!("`{key}` names `{}`, no field of this layer", name.get_ref())),
        Some(Some(found)) if !types.contains(&found) => {
            let names = scalar::FIELD_TYPES.iter().filter(|(_, known)| types.contains(known)).map(|(name, _)| *name);
            let names = names.collect::<Vec<_>>().join(", ");
            page.fault(name.span(), format!("`{key}` names `{}`, whose type is not one of {names}", name.get_ref()));
        }
        Some(_) => {}
    }
}

fn index(fields: &[Field], name: &Spanned<String>) -> Option<usize> {
    fields.iter().position(|field| field.name == *name.get_ref())
}

fn role(value: &DeValue<'_>) -> Result<Role, String> {
    scalar::one_of(value, &Role::NAMES)
}
