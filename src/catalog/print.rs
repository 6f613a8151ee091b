//! The catalogue as `citylayers layers` prints it.

use std::io::{self, Write};

use super::{Catalog, FIELD_TYPES};
use crate::model::{Audience, Field, FieldType, Layer, Title};

impl Catalog {
    /// One line a layer: id, title, geometry, how many fields (the id among them), zooms, audience.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let head = ["id", "title", "geometry", "fields", "zooms", "audience"].map(str::to_owned);
        let rows = self.layers().iter().map(|layer| {
            [
                layer.id.to_string(),
                layer.title.vi.clone(),
                layer.geometry.to_string(),
                (layer.fields.len() + 1).to_string(),
                format!("{}-{}", layer.minzoom, layer.maxzoom),
                audience_name(layer.audience).to_owned(),
            ]
        });
        print_table(&std::iter::once(head).chain(rows).collect::<Vec<_>>(), out)
    }
}

/// Everything that a file's author or importer wants to know of one layer.
pub fn print_layer(layer: &Layer, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}: {}", layer.id, both(&layer.title))?;
    writeln!(out, "{}", both(&layer.description))?;
    writeln!(out, "agency    {}", both(&layer.agency))?;
    writeln!(out, "source    {}", layer.source)?;
    writeln!(out, "licence   {}", layer.licence)?;
    writeln!(out, "geometry  {}, zooms {}-{}", layer.geometry, layer.minzoom, layer.maxzoom)?;
    writeln!(out, "audience  {}", audience_name(layer.audience))?;
    if let Some(extent) = layer.extent {
        writeln!(out, "extent    {:?}", extent.to_array())?;
    }
    let observed: Vec<&str> = layer.observed.iter().map(|observed| observed.name.as_str()).collect();
    if !observed.is_empty() {
        writeln!(out, "observed  {}", observed.join(", "))?;
    }
    writeln!(out)?;
    let head = ["field", "type", "unit", "title", "", "also read from"].map(str::to_owned);
    let rows = std::iter::once(&layer.id_field).chain(&layer.fields).map(|field| field_row(field, layer));
    print_table(&std::iter::once(head).chain(rows).collect::<Vec<_>>(), out)?;
    for field in layer.fields.iter().filter(|field| !field.codes.is_empty()) {
        writeln!(out, "\ncodes of {}", field.name)?;
        let rows =
            field.codes.iter().map(|code| [format!("  {}", code.code), both(&code.title), code.aliases.join(", ")]);
        print_table(&rows.collect::<Vec<_>>(), out)?;
    }
    Ok(())
}

fn field_row(field: &Field, layer: &Layer) -> [String; 6] {
    let marks = [
        (field.name == layer.id_field.name).then_some("id"),
        field.required.then_some("required"),
        field.searchable.then_some("searchable"),
        (field.audience != Audience::Public).then(|| audience_name(field.audience)),
    ];
    [
        field.name.clone(),
        type_name(field.field_type).to_owned(),
        field.unit.clone().unwrap_or_default(),
        both(&field.title),
        marks.into_iter().flatten().collect::<Vec<_>>().join(" "),
        field.aliases.join(", "),
    ]
}

fn both(title: &Title) -> String {
    format!("{} / {}", title.vi, title.en)
}

fn type_name(field_type: FieldType) -> &'static str {
    FIELD_TYPES.iter().find(|(_, known)| *known == field_type).map_or("", |(name, _)| name)
}

fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Staff => "staff",
        Audience::Operator => "operator",
    }
}

/// Columns as wide as their widest cell. Titles are NFC, so a character is a cell of the terminal.
fn print_table<const N: usize>(rows: &[[String; N]], out: &mut impl Write) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    for row in rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}
