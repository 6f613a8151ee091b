//! Single values of a layer's file. Each error reads on after the key: "`zoom` is not ...".

use toml::de::DeValue;
use unicode_normalization::is_nfc;

use crate::geo::tile::MAX_ZOOM;
use crate::geo::{BBox, GeometryKind};
use crate::model::name::is_name;
use crate::model::style::Group;
use crate::model::{Audience, FieldType};

/// What a value of the wrong kind is called.
pub fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

pub fn text(value: &DeValue<'_>) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| format!("is {}, not a text", kind(value)))?;
    if text.trim().is_empty() {
        return Err("is blank".to_owned());
    }
    if !is_nfc(text) {
        return Err(format!("`{text}` is not in Unicode NFC: letters and their marks must be one character"));
    }
    Ok(text.to_owned())
}

pub fn name(value: &DeValue<'_>) -> Result<String, String> {
    let name = text(value)?;
    if is_name(&name) {
        return Ok(name);
    }
    Err(format!("`{name}` is no name: a-z, 0-9 and _ only, a letter first, 48 at most"))
}

pub fn color(value: &DeValue<'_>) -> Result<String, String> {
    let color = text(value)?;
    let good = color.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if good { Ok(color) } else { Err(format!("`{color}` is no colour: write #rrggbb")) }
}

pub fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("is {}, not true or false", kind(value)))
}

pub fn whole(value: &DeValue<'_>) -> Result<i64, String> {
    let number = value.as_integer().ok_or_else(|| format!("is {}, not a whole number", kind(value)))?;
    i64::from_str_radix(number.as_str(), number.radix()).map_err(|error| format!("{number} is too large: {error}"))
}

pub fn number(value: &DeValue<'_>) -> Result<f64, String> {
    let digits = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        other => return Err(format!("is {}, not a number", kind(other))),
    };
    match digits.parse() {
        Ok(number) if f64::is_finite(number) => Ok(number),
        _ => Err(format!("{digits} is not a finite number")),
    }
}

/// A measure in CSS pixels.
pub fn pixels(value: &DeValue<'_>) -> Result<f64, String> {
    number(value).and_then(|pixels| if pixels >= 0.0 { Ok(pixels) } else { Err(format!("{pixels} is below 0")) })
}

pub fn share(value: &DeValue<'_>) -> Result<f64, String> {
    number(value).and_then(|share| {
        if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(format!("{share} is not between 0 and 1")) }
    })
}

pub fn rate(value: &DeValue<'_>) -> Result<f64, String> {
    number(value).and_then(|rate| if rate >= 1.0 { Ok(rate) } else { Err(format!("{rate} is below 1")) })
}

pub fn zoom(value: &DeValue<'_>) -> Result<u8, String> {
    let zoom = whole(value)?;
    match u8::try_from(zoom) {
        Ok(zoom) if zoom <= MAX_ZOOM => Ok(zoom),
        _ => Err(format!("{zoom} is no zoom between 0 and {MAX_ZOOM}")),
    }
}

/// `[first, last]`.
pub fn zooms(value: &DeValue<'_>) -> Result<(u8, u8), String> {
    let values = value.as_array().map(|values| values.iter().map(|value| zoom(value.get_ref())).collect::<Vec<_>>());
    match values.as_deref() {
        Some([Ok(first), Ok(last)]) if first <= last => Ok((*first, *last)),
        Some([Ok(first), Ok(last)]) => Err(format!("[{first}, {last}] runs backwards: write [first, last]")),
        Some([Err(error), _] | [_, Err(error)]) => Err(error.clone()),
        _ => Err("is not [first, last]".to_owned()),
    }
}

/// `[west, south, east, north]` in degrees; `west > east` crosses the antimeridian.
pub fn extent(value: &DeValue<'_>) -> Result<BBox, String> {
    let wanted = "is no box: write [west, south, east, north] in degrees";
    let values = value.as_array().ok_or(wanted)?;
    let numbers = values.iter().map(|value| number(value.get_ref())).collect::<Result<Vec<_>, _>>()?;
    let [west, south, east, north] = numbers[..] else { return Err(wanted.to_owned()) };
    let bbox = BBox { west, south, east, north };
    let in_world = BBox::WORLD.contains([west, south]) && BBox::WORLD.contains([east, north]);
    if in_world && south < north && (east - west).abs() > 0.0 { Ok(bbox) } else { Err(format!("{numbers:?} {wanted}")) }
}

/// `[least, greatest]`.
pub fn range(value: &DeValue<'_>) -> Result<[f64; 2], String> {
    let wanted = "is no range: write [least, greatest]";
    let values = value.as_array().ok_or(wanted)?;
    let numbers = values.iter().map(|value| number(value.get_ref())).collect::<Result<Vec<_>, _>>()?;
    match numbers[..] {
        [least, greatest] if least < greatest => Ok([least, greatest]),
        _ => Err(format!("{numbers:?} {wanted}")),
    }
}

pub fn geometry(value: &DeValue<'_>) -> Result<GeometryKind, String> {
    one_of(value, &[("point", GeometryKind::Point), ("line", GeometryKind::Line), ("polygon", GeometryKind::Polygon)])
}

pub fn audience(value: &DeValue<'_>) -> Result<Audience, String> {
    one_of(value, &[("public", Audience::Public), ("staff", Audience::Staff), ("operator", Audience::Operator)])
}

/// The types of fields by their names in files.
pub const FIELD_TYPES: [(&str, FieldType); 7] = [
    ("text", FieldType::Text),
    ("integer", FieldType::Integer),
    ("real", FieldType::Real),
    ("boolean", FieldType::Boolean),
    ("date", FieldType::Date),
    ("datetime", FieldType::DateTime),
    ("code", FieldType::Code),
];

pub fn field_type(value: &DeValue<'_>) -> Result<FieldType, String> {
    one_of(value, &FIELD_TYPES)
}

/// What an id can be.
pub fn id_type(value: &DeValue<'_>) -> Result<FieldType, String> {
    one_of(value, &FIELD_TYPES[..2])
}

pub fn group(value: &DeValue<'_>) -> Result<Group, String> {
    one_of(
        value,
        &[
            ("boundaries", Group::Boundaries),
            ("planning", Group::Planning),
            ("transport", Group::Transport),
            ("infrastructure", Group::Infrastructure),
            ("environment", Group::Environment),
            ("tourism", Group::Tourism),
            ("operations", Group::Operations),
        ],
    )
}

pub fn one_of<T: Copy>(value: &DeValue<'_>, words: &[(&str, T)]) -> Result<T, String> {
    let given = text(value)?;
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == given) {
        return Ok(*meaning);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    Err(format!("`{given}` is not one of {}", known.join(", ")))
}
