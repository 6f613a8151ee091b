//! What the parts of a layer's file say of one another, and the layer that comes of a sound one.

use std::collections::HashMap;

use toml::Spanned;

use super::fiware::FiwareFile;
use super::layer_file::{ByFile, CodeFile, FieldFile, HideFile, LayerFile, StyleFile, ThinningFile};
use super::observed::{self, ObservedFile};
use super::table::Page;
use crate::geo::GeometryKind;
use crate::model::layer::{Code, SILENT_AFTER, Thinning, ZoomByCode};
use crate::model::style::{Hide, Style};
use crate::model::{Field, FieldType, Layer, LayerId};

/// The layer of a file named `stem.toml`, or `None` with what is wrong noted on `page`.
pub fn layer(page: &mut Page, file: LayerFile, stem: &str) -> Option<Layer> {
    check_id(page, &file, stem);
    check_names(page, &file);
    check_aliases(page, &file);
    for field in &file.fields {
        check_codes(page, field);
    }
    check_thinning(page, &file);
    if let Some(cluster) = &file.cluster {
        cluster.check(page, &file);
    }
    if let Some(planning) = &file.planning {
        planning.check(page, &file);
    }
    if let Some(validity) = &file.validity {
        validity.check(page, &file);
    }
    observed::check(page, &file);
    file.fiware.iter().for_each(|fiware| fiware.check(page, &file));
    check_style(page, &file);
    if page.is_sound() { build(file) } else { None }
}

fn check_id(page: &mut Page, file: &LayerFile, stem: &str) {
    if let Some(id) = &file.id
        && id.get_ref() != stem
    {
        page.fault(id.span(), format!("layer `{0}` stands in {stem}.toml; its file is named {0}.toml", id.get_ref()));
    }
}

/// Fields and observed properties share one namespace: that of a feature's properties.
fn check_names(page: &mut Page, file: &LayerFile) {
    let fields = file.id_field.iter().chain(&file.fields).filter_map(|field| field.name.as_ref());
    let observed = file.observed.iter().filter_map(|observed| observed.name.as_ref());
    let mut seen: Vec<&str> = Vec::new();
    for name in fields.chain(observed) {
        if seen.contains(&name.get_ref().as_str()) {
            page.fault(name.span(), format!("`{}` is named twice", name.get_ref()));
        }
        seen.push(name.get_ref());
    }
}

/// Files' columns are compared without case, so an alias may not be the name or an alias of another field.
fn check_aliases(page: &mut Page, file: &LayerFile) {
    let named = || file.id_field.iter().chain(&file.fields).filter_map(|field| Some((field, field.name.as_ref()?)));
    let mut owners: HashMap<String, &str> =
        named().map(|(_, name)| (name.get_ref().to_lowercase(), name.get_ref().as_str())).collect();
    for (field, name) in named() {
        for alias in &field.aliases {
            match owners.insert(alias.get_ref().to_lowercase(), name.get_ref()) {
                None => {}
                Some(owner) if owner == name.get_ref() => {
                    page.fault(alias.span(), format!("alias `{}` repeats a name of its field", alias.get_ref()));
                }
                Some(owner) => {
                    page.fault(alias.span(), format!("alias `{}` already means `{owner}`", alias.get_ref()));
                }
            }
        }
    }
}

fn check_codes(page: &mut Page, field: &FieldFile) {
    let name = field.name.as_ref().map_or("", |name| name.get_ref());
    match (field.field_type, field.codes.is_empty(), &field.codes_of) {
        (Some(FieldType::Code), true, None) => {
            page.fault(field.place.clone(), format!("code field `{name}` has no codes"));
        }
        (_, false, Some(other)) => {
            page.fault(other.span(), format!("`{name}` has codes of its own: leave out one of `codes` and `codes_of`"));
        }
        (Some(other), codes, lent) if other != FieldType::Code && (!codes || lent.is_some()) => {
            page.fault(field.place.clone(), format!("`{name}` has codes, but its type is not code"));
        }
        _ => {}
    }
    let mut seen: Vec<&str> = Vec::new();
    for spelling in field.codes.iter().flat_map(|code| code.code.iter().chain(&code.aliases)) {
        if seen.contains(&spelling.get_ref().as_str()) {
            page.fault(spelling.span(), format!("code or alias `{}` stands twice in `{name}`", spelling.get_ref()));
        }
        seen.push(spelling.get_ref());
    }
}

fn check_thinning(page: &mut Page, file: &LayerFile) {
    let Some(thinning) = &file.thinning else { return };
    check_merge(page, file, thinning);
    let (Some(base), Some((first, last))) = (&thinning.base_zoom, file.zoom) else { return };
    if !(first..=last).contains(base.get_ref()) {
        page.fault(
            base.span(),
            format!("`base_zoom` {} is outside the layer's zooms {first} to {last}", base.get_ref()),
        );
    }
    if let Some(by) = &thinning.by {
        check_by(page, file, by, *base.get_ref());
    }
}

fn check_merge(page: &mut Page, file: &LayerFile, thinning: &ThinningFile) {
    let Some(first) = thinning.merge.first() else { return };
    if let Some(geometry) = file.geometry.filter(|&geometry| geometry != GeometryKind::Line) {
        page.fault(first.span(), format!("`merge` is for layers of lines; the geometry of this one is {geometry}"));
        return;
    }
    for (at, name) in thinning.merge.iter().enumerate() {
        if known_field(&file.fields, name).is_none() {
            page.fault(name.span(), format!("`merge` names `{}`, no field of this layer", name.get_ref()));
        } else if merges(&thinning.merge[..at], name) {
            page.fault(name.span(), format!("`merge` names `{}` twice", name.get_ref()));
        }
    }
    if let Some(name) = thinning.by.as_ref().and_then(|by| by.field.as_ref())
        && !merges(&thinning.merge, name)
    {
        let message =
            format!("`merge` does not name `{}`: merged lines would have no zoom of their own", name.get_ref());
        page.fault(name.span(), message);
    }
}

fn merges(merge: &[Spanned<String>], name: &Spanned<String>) -> bool {
    merge.iter().any(|known| known.get_ref() == name.get_ref())
}

fn check_by(page: &mut Page, file: &LayerFile, by: &ByFile, base_zoom: u8) {
    let Some(name) = &by.field else { return };
    let field = known_field(&file.fields, name);
    match field.and_then(|field| field.field_type) {
        Some(FieldType::Code | FieldType::Text) => {}
        Some(_) => page.fault(name.span(), format!("`{}` is neither a code nor a text field", name.get_ref())),
        None => page.fault(name.span(), format!("there is no field `{}` to thin by", name.get_ref())),
    }
    let codes: Vec<&str> = field.map_or(&[][..], |field| &field.codes).iter().filter_map(code_text).collect();
    for (code, zoom) in &by.zooms {
        if !codes.is_empty() && !codes.contains(&code.get_ref().as_str()) {
            page.fault(code.span(), format!("`{}` is no code of `{}`", code.get_ref(), name.get_ref()));
        }
        if *zoom.get_ref() > base_zoom {
            page.fault(zoom.span(), format!("zoom {} is beyond `base_zoom` {base_zoom}", zoom.get_ref()));
        }
    }
}

fn check_style(page: &mut Page, file: &LayerFile) {
    let Some(style) = &file.style else { return };
    if let Some(name) = &style.color_by {
        match known_field(&file.fields, name).map(|field| field.field_type) {
            Some(Some(FieldType::Code) | None) => {}
            Some(_) => page.fault(name.span(), format!("`color_by` names `{}`, no code field", name.get_ref())),
            None => page.fault(name.span(), format!("`color_by` names `{}`, no field of this layer", name.get_ref())),
        }
    }
    if let Some(name) = &style.label
        && known_field(file.id_field.iter().chain(&file.fields), name).is_none()
    {
        page.fault(name.span(), format!("`label` names `{}`, no field of this layer", name.get_ref()));
    }
    if let Some(value) = &style.value {
        value.check(page, file);
    }
    if let Some(hide) = &style.hide {
        check_hide(page, file, hide);
    }
}

fn check_hide(page: &mut Page, file: &LayerFile, hide: &HideFile) {
    let Some(name) = &hide.field else { return };
    let Some(field) = known_field(&file.fields, name).filter(|field| !field.codes.is_empty()) else {
        page.fault(name.span(), format!("`hide` names `{}`, no field of this layer that has codes", name.get_ref()));
        return;
    };
    for code in &hide.codes {
        if field.codes.iter().all(|known| code_text(known) != Some(code.get_ref())) {
            page.fault(code.span(), format!("`hide`: `{}` has no code `{}`", name.get_ref(), code.get_ref()));
        }
    }
}

/// The field of a name.
pub fn known_field<'f>(
    fields: impl IntoIterator<Item = &'f FieldFile>,
    name: &Spanned<String>,
) -> Option<&'f FieldFile> {
    fields.into_iter().find(|field| field.name.as_ref().is_some_and(|known| known.get_ref() == name.get_ref()))
}

fn code_text(code: &CodeFile) -> Option<&str> {
    code.code.as_ref().map(|code| code.get_ref().as_str())
}

fn build(file: LayerFile) -> Option<Layer> {
    let (minzoom, maxzoom) = file.zoom?;
    let fields = file.fields.into_iter().map(build_field).collect::<Option<Vec<_>>>()?;
    let observed = file.observed.into_iter().map(ObservedFile::build).collect::<Option<Vec<_>>>()?;
    Some(Layer {
        id: LayerId::new(file.id?.get_ref())?,
        title: file.title?,
        description: file.description?,
        agency: file.agency?,
        source: file.source?,
        licence: file.licence?,
        attribution: file.attribution?,
        geometry: file.geometry?,
        id_field: build_field(file.id_field?)?,
        numbered: file.numbered,
        minzoom,
        maxzoom,
        extent: file.extent,
        audience: file.audience,
        thinning: match file.thinning {
            Some(thinning) => Some(build_thinning(thinning, &fields)?),
            None => None,
        },
        cluster: match file.cluster {
            Some(cluster) => Some(cluster.build(&fields, &observed)?),
            None => None,
        },
        planning: match file.planning {
            Some(planning) => Some(planning.build(&fields)?),
            None => None,
        },
        validity: match file.validity {
            Some(validity) => Some(validity.build(&fields)?),
            None => None,
        },
        observed,
        moving: file.moving.is_some_and(Spanned::into_inner),
        retention_days: file.retention_days.map(Spanned::into_inner),
        fiware: file.fiware.into_iter().map(FiwareFile::build).collect::<Option<_>>()?,
        silent_after: file.silent_after.map_or(SILENT_AFTER, Spanned::into_inner),
        style: build_style(file.style?)?,
        fields,
    })
}

fn build_field(file: FieldFile) -> Option<Field> {
    Some(Field {
        name: file.name?.into_inner(),
        field_type: file.field_type?,
        unit: file.unit,
        title: file.title?,
        codes: file.codes.into_iter().map(build_code).collect::<Option<_>>()?,
        required: file.required,
        searchable: file.searchable,
        audience: file.audience,
        aliases: texts(file.aliases),
    })
}

fn build_code(file: CodeFile) -> Option<Code> {
    Some(Code { code: file.code?.into_inner(), title: file.title?, color: file.color, aliases: texts(file.aliases) })
}

fn build_thinning(file: ThinningFile, fields: &[Field]) -> Option<Thinning> {
    let by = match file.by {
        Some(by) => Some(build_by(by, fields)?),
        None => None,
    };
    let index = |name: &Spanned<String>| fields.iter().position(|field| field.name == *name.get_ref());
    let merge = file.merge.iter().map(index).collect::<Option<_>>()?;
    Some(Thinning { base_zoom: file.base_zoom?.into_inner(), rate: file.rate?, by, merge })
}

fn build_by(file: ByFile, fields: &[Field]) -> Option<ZoomByCode> {
    let name = file.field?.into_inner();
    let zooms = file.zooms.into_iter().map(|(code, zoom)| (code.into_inner(), zoom.into_inner())).collect();
    Some(ZoomByCode { field: fields.iter().position(|field| field.name == name)?, zooms })
}

fn build_style(file: StyleFile) -> Option<Style> {
    Some(Style {
        color: file.color?,
        outline: file.outline,
        opacity: file.opacity,
        width: file.width,
        radius: file.radius,
        color_by: file.color_by.map(Spanned::into_inner),
        value: match file.value {
            Some(value) => Some(value.build()?),
            None => None,
        },
        label: file.label.map(Spanned::into_inner),
        hide: file.hide.and_then(|hide| Some(Hide { field: hide.field?.into_inner(), codes: texts(hide.codes) })),
        order: file.order,
        visible: file.visible,
        group: file.group?,
    })
}

fn texts(spanned: Vec<Spanned<String>>) -> Vec<String> {
    spanned.into_iter().map(Spanned::into_inner).collect()
}
