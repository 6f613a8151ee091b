//! A scene's TOML file, key by key, held against the layers that there are.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;

use super::scalar;
use super::scene::{Counter, Course, Filter, FromValue, Measure, Past, Place, SEVERITIES, Scene, Shown, Trend, When};
use super::table::{Page, Table};
use crate::geo::BBox;
use crate::model::rule::Severity;
use crate::model::span::TimeSpanError;
use crate::model::{Audience, FieldType, Indicator, IndicatorId, Layer, LayerId, TimeSpan, Title};

/// Seconds of a scene that does not tell.
const SECONDS: u16 = 30;

/// Hours of a trend that does not tell.
const HOURS: u16 = 24;

/// Layers of a scene: those of a tile, of which land and its borders are drawn anyway.
const MOST_LAYERS: usize = 16;

/// Counters and trends of a scene: what fits beside a map and is read from afar.
const MOST_COUNTERS: usize = 8;
const MOST_TRENDS: usize = 4;

/// Indicators of a scene: as many as somebody waits for.
const MOST_INDICATORS: usize = 8;

/// What a scene may name.
pub struct Known<'l> {
    /// Layers.
    pub layers: &'l [Arc<Layer>],
    /// Indicators.
    pub indicators: &'l [Arc<Indicator>],
}

/// The scene of a file named `stem.toml`, or `None` with what is wrong noted on `page`.
pub fn scene(page: &mut Page, known: &Known<'_>, mut table: Table, stem: &str) -> Option<Scene> {
    let id = table.required(page, "id", scalar::name);
    if let Some(id) = id.as_ref().filter(|id| id.get_ref() != stem) {
        page.fault(id.span(), format!("scene `{0}` stands in {stem}.toml; its file is named {0}.toml", id.get_ref()));
    }
    let title = table.title(page, "title");
    let order = table.required(page, "order", scalar::whole).map(Spanned::into_inner);
    let seconds = table.optional(page, "seconds", seconds).map_or(SECONDS, Spanned::into_inner);
    let place = place(page, &mut table);
    let layers = layers(page, known, &mut table);
    let shown =
        table.tables(page, "shown").into_iter().filter_map(|table| shown(page, known, &layers, table)).collect();
    let indicators = indicators(page, known, &layers, &mut table);
    let counters = table.tables(page, "counter").into_iter().filter_map(|one| counter(page, known, one)).collect();
    let trends = table.tables(page, "trend").into_iter().filter_map(|one| trend(page, known, one)).collect();
    let alerts = alerts(page, &mut table);
    let span = table.span();
    table.finish(page);
    let scene = Scene {
        id: id?.into_inner(),
        title: title?,
        order: order?,
        seconds,
        place: place?,
        layers,
        shown,
        indicators,
        counters,
        trends,
        alerts,
    };
    fits(page, &span, &scene);
    page.is_sound().then_some(scene)
}

/// Notes what of a scene has no room on a wall.
fn fits(page: &mut Page, span: &Range<usize>, scene: &Scene) {
    for (what, many, most) in [
        ("layers", scene.layers.len(), MOST_LAYERS),
        ("indicators", scene.indicators.len(), MOST_INDICATORS),
        ("counters", scene.counters.len(), MOST_COUNTERS),
        ("trends", scene.trends.len(), MOST_TRENDS),
    ] {
        if many > most {
            page.fault(span.clone(), format!("a scene has {many} {what}, at most {most}: make two scenes of it"));
        }
    }
    let counts = !(scene.counters.is_empty() && scene.trends.is_empty() && scene.shown.is_empty());
    if counts && !scene.indicators.is_empty() {
        let message =
            "a scene has either `indicators`, or `[[shown]]`, `[[counter]]` and `[[trend]]`: make two scenes of it";
        page.fault(span.clone(), message);
    }
}

fn place(page: &mut Page, table: &mut Table) -> Option<Place> {
    let given = ["bbox", "center", "zoom"].map(|key| table.has(key));
    let bbox = table.optional(page, "bbox", scalar::extent).map(Spanned::into_inner);
    let center = table.optional(page, "center", position).map(Spanned::into_inner);
    let zoom = table.optional(page, "zoom", zoom).map(Spanned::into_inner);
    match given {
        [true, false, false] => bbox.map(Place::BBox),
        [false, true, true] => Some(Place::View { center: center?, zoom: zoom? }),
        _ => {
            page.fault(table.span(), "a scene has a place: write either `bbox`, or `center` and `zoom`");
            None
        }
    }
}

fn layers(page: &mut Page, known: &Known<'_>, table: &mut Table) -> Vec<LayerId> {
    let names = table.texts(page, "layers");
    let mut layers: Vec<LayerId> = Vec::new();
    for name in &names {
        let Some(layer) = known.layer(page, name) else { continue };
        if layers.contains(&layer.id) {
            page.fault(name.span(), format!("`{}` is named twice", layer.id));
        } else {
            layers.push(layer.id.clone());
        }
    }
    layers
}

/// Indicators whose units are drawn and may be seen by everybody.
fn indicators(page: &mut Page, known: &Known<'_>, drawn: &[LayerId], table: &mut Table) -> Vec<IndicatorId> {
    let names = table.texts(page, "indicators");
    let mut indicators: Vec<IndicatorId> = Vec::new();
    for name in &names {
        let Some(indicator) = known.indicators.iter().find(|indicator| indicator.id.as_str() == name.get_ref()) else {
            page.fault(name.span(), format!("there is no indicator `{}`", name.get_ref()));
            continue;
        };
        let (id, layer) = (&indicator.id, &indicator.layer);
        if indicators.contains(id) {
            page.fault(name.span(), format!("`{id}` is named twice"));
        } else if drawn.contains(layer) {
            indicators.push(id.clone());
        } else {
            let message =
                format!("`{id}` is told of the units of layer `{layer}`, which is not among the `layers` of the scene");
            page.fault(name.span(), message);
        }
    }
    indicators
}

fn alerts(page: &mut Page, table: &mut Table) -> Vec<Severity> {
    let names = table.texts(page, "alerts");
    let mut severities = Vec::new();
    for name in &names {
        if let Some((_, severity)) = SEVERITIES.iter().find(|(known, _)| known == name.get_ref()) {
            severities.push(*severity);
        } else {
            let known = SEVERITIES.map(|(known, _)| known).join(", ");
            page.fault(name.span(), format!("`{}` is no severity; they are {known}", name.get_ref()));
        }
    }
    if names.is_empty() { SEVERITIES[..3].iter().map(|(_, severity)| *severity).collect() } else { severities }
}

fn shown(page: &mut Page, known: &Known<'_>, drawn: &[LayerId], mut table: Table) -> Option<Shown> {
    let name = table.required(page, "layer", scalar::name);
    let property = table.required(page, "property", scalar::name);
    let text = table.optional(page, "text", scalar::flag).is_none_or(Spanned::into_inner);
    let colors = colors(page, &mut table);
    table.finish(page);
    let (name, property) = (name?, property?);
    let layer = known.layer(page, &name)?;
    if !drawn.contains(&layer.id) {
        page.fault(name.span(), format!("`{}` is not among the `layers` of the scene", layer.id));
    }
    observed(page, layer, &property)?;
    Some(Shown { layer: layer.id.clone(), property: property.into_inner(), text, colors })
}

fn colors(page: &mut Page, table: &mut Table) -> Vec<FromValue> {
    let mut colors: Vec<FromValue> = Vec::new();
    for mut step in table.tables(page, "colors") {
        let from = step.required(page, "from", scalar::number);
        let color = step.required(page, "color", scalar::color);
        let title = if step.has("title") { step.title(page, "title") } else { None };
        step.finish(page);
        let (Some(from), Some(color)) = (from, color) else { continue };
        let span = from.span();
        let (from, color) = (from.into_inner(), color.into_inner());
        if colors.last().is_some_and(|last| last.from >= from) {
            page.fault(span, format!("`from` {from} does not rise: each colour begins above the one before"));
        }
        colors.push(FromValue { from, color, title });
    }
    colors
}

fn counter(page: &mut Page, known: &Known<'_>, mut table: Table) -> Option<Counter> {
    let title = table.title(page, "title");
    let unit = table.optional(page, "unit", scalar::text).map(Spanned::into_inner);
    let layer = table.required(page, "layer", scalar::name);
    let measures =
        ["sum", "avg", "min", "max"].map(|key| table.optional(page, key, scalar::name).map(|name| (key, name)));
    let filter = table.optional(page, "filter", scalar::text);
    let when = table.table(page, "when");
    let past = table.table(page, "past");
    let warn = table.optional(page, "warn", scalar::number).map(Spanned::into_inner);
    table.finish(page);
    let layer = layer.as_ref().and_then(|name| known.layer(page, name));
    let when = match (when, layer) {
        (Some(table), Some(layer)) => Some(condition(page, layer, table)?),
        _ => None,
    };
    let past = match (past, layer) {
        (Some(table), Some(layer)) => Some(over(page, layer, table)?),
        _ => None,
    };
    let filter = filter.map(|text| {
        let place = page.place(text.span(), String::new());
        Filter { text: text.into_inner(), place }
    });
    let (title, layer) = (title?, layer?);
    let mut given = measures.into_iter().flatten();
    let first = given.next();
    if let Some((_, second)) = given.next() {
        page.fault(second.span(), "a counter has one of `sum`, `avg`, `min`, `max`; without it features are counted");
    }
    let measure = match first {
        Some((key, name)) => measure(page, layer, key, name)?,
        None => Measure::Count,
    };
    Some(Counter { title, unit, layer: layer.id.clone(), measure, filter, when, past, warn })
}

fn measure(page: &mut Page, layer: &Layer, key: &str, name: Spanned<String>) -> Option<Measure> {
    let field = layer.field_index(name.get_ref()).map(|field| &layer.fields[field]);
    let known = match field {
        Some(field) if field.audience != Audience::Public => Err("is not for everybody, and everybody sees a wall"),
        Some(field) if !matches!(field.field_type, FieldType::Integer | FieldType::Real) => Err("holds no numbers"),
        None if layer.observed_index(name.get_ref()).is_none() => Err("is neither a field nor observed"),
        _ => Ok(()),
    };
    if let Err(message) = known {
        page.fault(name.span(), format!("`{}` of layer `{}` {message}", name.get_ref(), layer.id));
        return None;
    }
    let name = name.into_inner();
    Some(match key {
        "sum" => Measure::Sum(name),
        "avg" => Measure::Avg(name),
        "min" => Measure::Min(name),
        _ => Measure::Max(name),
    })
}

fn condition(page: &mut Page, layer: &Layer, mut table: Table) -> Option<When> {
    let property = table.required(page, "property", scalar::name);
    let above = table.optional(page, "above", scalar::number).map(Spanned::into_inner);
    let below = table.optional(page, "below", scalar::number).map(Spanned::into_inner);
    let span = table.span();
    table.finish(page);
    let property = property?;
    observed(page, layer, &property)?;
    if above.is_none() && below.is_none() {
        page.fault(span, "`when` has `above`, `below` or both");
        return None;
    }
    Some(When { property: property.into_inner(), above, below })
}

fn over(page: &mut Page, layer: &Layer, mut table: Table) -> Option<Past> {
    let field = table.required(page, "field", scalar::name);
    let within = table.optional(page, "within", span).map(Spanned::into_inner);
    table.finish(page);
    Some(Past { field: moment(page, layer, field?)?, within })
}

fn trend(page: &mut Page, known: &Known<'_>, mut table: Table) -> Option<Trend> {
    let title: Option<Title> = table.title(page, "title");
    let unit = table.optional(page, "unit", scalar::text).map(Spanned::into_inner);
    let layer = table.required(page, "layer", scalar::name);
    let feature = table.optional(page, "feature", scalar::text).map(Spanned::into_inner);
    let property = table.optional(page, "property", scalar::name);
    let count = table.optional(page, "count", scalar::name);
    let hours = table.optional(page, "hours", hours).map_or(HOURS, Spanned::into_inner);
    let span = table.span();
    table.finish(page);
    let layer = known.layer(page, &layer?)?;
    let (course, own) = match (property, count, &feature) {
        (Some(property), None, _) => {
            let own = layer.observed[observed(page, layer, &property)?].unit.clone();
            (Course::Property(property.into_inner()), own)
        }
        (None, Some(count), None) => (Course::Count(moment(page, layer, count)?), None),
        _ => {
            page.fault(span, "a trend has either `property`, of a `feature` or of all, or `count`");
            return None;
        }
    };
    Some(Trend { title: title?, unit: unit.or(own), layer: layer.id.clone(), feature, course, hours })
}

/// A field of a layer that holds moments and may be seen by everybody.
fn moment(page: &mut Page, layer: &Layer, name: Spanned<String>) -> Option<String> {
    let field = layer.field_index(name.get_ref()).map(|field| &layer.fields[field]);
    let known = match field {
        None => Err("is no field"),
        Some(field) if field.audience != Audience::Public => Err("is not for everybody, and everybody sees a wall"),
        Some(field) if field.field_type != FieldType::DateTime => Err("holds no moments"),
        Some(_) => Ok(()),
    };
    if let Err(message) = known {
        page.fault(name.span(), format!("`{}` of layer `{}` {message}", name.get_ref(), layer.id));
        return None;
    }
    Some(name.into_inner())
}

impl<'l> Known<'l> {
    /// The layer of a name; one that there is not, or that is not for everybody, is noted.
    fn layer(&self, page: &mut Page, name: &Spanned<String>) -> Option<&'l Layer> {
        let Some(layer) = self.layers.iter().find(|layer| layer.id.as_str() == name.get_ref()) else {
            page.fault(name.span(), format!("there is no layer `{}`", name.get_ref()));
            return None;
        };
        if layer.audience != Audience::Public {
            page.fault(name.span(), format!("layer `{}` is not for everybody, and everybody sees a wall", layer.id));
            return None;
        }
        Some(layer)
    }
}

/// The place of an observed property of a layer; one that there is not is noted.
fn observed(page: &mut Page, layer: &Layer, name: &Spanned<String>) -> Option<usize> {
    let found = layer.observed_index(name.get_ref());
    if found.is_none() {
        let known: Vec<&str> = layer.observed.iter().map(|observed| observed.name.as_str()).collect();
        let known =
            if known.is_empty() { "nothing is".to_owned() } else { format!("observed are {}", known.join(", ")) };
        page.fault(name.span(), format!("`{}` is not observed in layer `{}`; {known}", name.get_ref(), layer.id));
    }
    found
}

fn seconds(value: &DeValue<'_>) -> Result<u16, String> {
    within(value, 5, 3600, "seconds")
}

fn span(value: &DeValue<'_>) -> Result<TimeSpan, String> {
    scalar::text(value)?.parse().map_err(|error: TimeSpanError| error.to_string())
}

fn hours(value: &DeValue<'_>) -> Result<u16, String> {
    within(value, 1, 168, "hours")
}

fn within(value: &DeValue<'_>, least: u16, most: u16, what: &str) -> Result<u16, String> {
    let number = scalar::whole(value)?;
    let known = u16::try_from(number).ok().filter(|number| (least..=most).contains(number));
    known.ok_or_else(|| format!("{number} is not between {least} and {most} {what}"))
}

fn zoom(value: &DeValue<'_>) -> Result<f64, String> {
    let zoom = scalar::number(value)?;
    if (0.0..=20.0).contains(&zoom) { Ok(zoom) } else { Err(format!("{zoom} is no zoom between 0 and 20")) }
}

/// `[lon, lat]` in degrees.
fn position(value: &DeValue<'_>) -> Result<[f64; 2], String> {
    let wanted = "is no place: write [lon, lat] in degrees";
    let values = value.as_array().ok_or(wanted)?;
    let numbers = values.iter().map(|value| scalar::number(value.get_ref())).collect::<Result<Vec<_>, _>>()?;
    match numbers[..] {
        [lon, lat] if BBox::WORLD.contains([lon, lat]) => Ok([lon, lat]),
        _ => Err(format!("{numbers:?} {wanted}")),
    }
}
