//! `[style.value]` of a layer's file: colours by what is measured now.

use toml::Spanned;

use super::layer_file::LayerFile;
use super::scalar;
use super::table::{Page, Table};
use crate::model::Title;
use crate::model::style::{Begin, ByValue, ValueClass};

/// `[style.value]` as it stands in the file.
pub struct ByValueFile {
    property: Option<Spanned<String>>,
    classes: Vec<ClassFile>,
}

/// One of its `classes`.
struct ClassFile {
    begin: Option<Spanned<Begin>>,
    color: Option<String>,
    title: Option<Title>,
}

impl ByValueFile {
    /// Takes every key of `table`.
    pub fn read(page: &mut Page, mut table: Table) -> Self {
        let place = table.span();
        let property = table.required(page, "property", scalar::name);
        let classes: Vec<_> =
            table.tables(page, "classes").into_iter().map(|table| ClassFile::read(page, table)).collect();
        if classes.is_empty() {
            page.fault(place, "`value` has no `classes`: from which value on which colour");
        }
        table.finish(page);
        Self { property, classes }
    }

    /// Notes what does not go with the rest of the file, and classes out of order.
    pub fn check(&self, page: &mut Page, file: &LayerFile) {
        if let Some(name) = &self.property {
            let mut observed = file.observed.iter().filter_map(|observed| observed.name.as_ref());
            if !observed.any(|known| known.get_ref() == name.get_ref()) {
                let message = format!("`value` names `{}`, no `[[observed]]` property of this layer", name.get_ref());
                page.fault(name.span(), message);
            }
        }
        let begins: Vec<&Spanned<Begin>> = self.classes.iter().filter_map(|class| class.begin.as_ref()).collect();
        for pair in begins.windows(2) {
            if pair[1].get_ref().place() <= pair[0].get_ref().place() {
                let message = format!("{} does not rise: each class begins above the one before", pair[1].get_ref());
                page.fault(pair[1].span(), message);
            }
        }
    }

    /// What it means, `None` when something is missing.
    pub fn build(self) -> Option<ByValue> {
        let classes = self.classes.into_iter().map(ClassFile::build).collect::<Option<_>>()?;
        Some(ByValue { property: self.property?.into_inner(), classes })
    }
}

impl ClassFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let place = table.span();
        let given = [table.has("from"), table.has("above")];
        let from = table.optional(page, "from", scalar::number);
        let above = table.optional(page, "above", scalar::number);
        if given[0] == given[1] {
            page.fault(place, "a class begins either `from` a value on, or `above` it");
        }
        let begin = match (from, above) {
            (Some(value), _) => Some(Spanned::new(value.span(), Begin::From(value.into_inner()))),
            (None, Some(value)) => Some(Spanned::new(value.span(), Begin::Above(value.into_inner()))),
            (None, None) => None,
        };
        let class = Self {
            begin,
            color: table.required(page, "color", scalar::color).map(Spanned::into_inner),
            title: table.title(page, "title"),
        };
        table.finish(page);
        class
    }

    fn build(self) -> Option<ValueClass> {
        Some(ValueClass { begin: self.begin?.into_inner(), color: self.color?, title: self.title? })
    }
}
