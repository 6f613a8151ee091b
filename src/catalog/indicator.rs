//! `data/indicators/*.toml`: one indicator a file. docs/indicators.md describes every key.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;

use super::fault::Fault;
use super::table::{Page, Table, parsed};
use super::{Declared, LayerSource, on_page, scalar};
use crate::model::indicator::{CLASSES, Direction, Merge, Method};
use crate::model::period::Every;
use crate::model::{Indicator, IndicatorId, LayerId, Period, Title};

/// A file that names an id, and the indicator that it holds when nothing is wrong with it by itself.
struct Written {
    id: (String, Fault),
    layer: Option<(String, Fault)>,
    weight: Option<(String, Fault)>,
    indicator: Option<Indicator>,
}

/// One file as it stands, its wrong values absent.
struct IndicatorFile {
    id: Option<Spanned<String>>,
    title: Option<Title>,
    description: Option<Title>,
    unit: Option<Title>,
    layer: Option<Spanned<String>>,
    every: Option<Every>,
    direction: Option<Direction>,
    target: Option<Spanned<f64>>,
    targets: Vec<(Spanned<Period>, f64)>,
    decimals: usize,
    merge: Option<Spanned<Merging>>,
    weight: Option<Spanned<String>>,
    range: Option<[f64; 2]>,
    agency: Option<Title>,
    source: Option<String>,
    classes: Option<(Method, usize)>,
    colors: Vec<String>,
}

#[derive(Clone, Copy)]
enum Merging {
    Sum,
    Mean,
}

impl IndicatorFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let file = Self {
            id: table.required(page, "id", scalar::name),
            title: table.title(page, "title"),
            description: table.title(page, "description"),
            unit: table.title(page, "unit"),
            layer: table.required(page, "layer", scalar::name),
            every: table.required(page, "every", every).map(Spanned::into_inner),
            direction: table.optional(page, "direction", direction).map(Spanned::into_inner),
            target: table.optional(page, "target", scalar::number),
            targets: table.table(page, "targets").map(|targets| read_targets(page, targets)).unwrap_or_default(),
            decimals: table.optional(page, "decimals", decimals).map_or(0, Spanned::into_inner),
            merge: table.optional(page, "merge", merging),
            weight: table.optional(page, "weight", scalar::name),
            range: table.optional(page, "range", scalar::range).map(Spanned::into_inner),
            agency: table.title(page, "agency"),
            source: table.required(page, "source", scalar::text).map(Spanned::into_inner),
            classes: table.required_table(page, "classes").and_then(|table| read_classes(page, table)),
            colors: read_colors(page, &mut table),
        };
        table.finish(page);
        file.check(page);
        file
    }

    fn check(&self, page: &mut Page) {
        if self.direction.is_none() {
            let aims = self.target.as_ref().map(Spanned::span).into_iter();
            for span in aims.chain(self.targets.iter().map(|(period, _)| period.span())) {
                page.fault(span, "a target needs a `direction`: whether higher or lower values are better");
            }
        }
        for (period, _) in &self.targets {
            if self.every.is_some_and(|every| period.get_ref().every() < every) {
                let message = format!("`{}` is shorter than the periods of the indicator", period.get_ref());
                page.fault(period.span(), message);
            }
        }
        match (self.merge.as_ref().map(Spanned::get_ref), &self.weight, &self.merge) {
            (Some(Merging::Mean), None, Some(merge)) => page.fault(
                merge.span(),
                "a mean needs a `weight`: the indicator, such as population, that tells how much each unit counts",
            ),
            (Some(Merging::Sum) | None, Some(weight), _) => {
                page.fault(weight.span(), "only a `merge = \"mean\"` has a weight");
            }
            _ => {}
        }
    }

    fn build(self) -> Option<Indicator> {
        let merge = match self.merge.map(Spanned::into_inner) {
            None => None,
            Some(Merging::Sum) => Some(Merge::Sum),
            Some(Merging::Mean) => Some(Merge::Mean(IndicatorId::new(self.weight?.get_ref())?)),
        };
        let (method, classes) = self.classes?;
        Some(Indicator {
            id: IndicatorId::new(self.id?.get_ref())?,
            title: self.title?,
            description: self.description?,
            unit: self.unit?,
            layer: LayerId::new(self.layer?.get_ref())?,
            every: self.every?,
            direction: self.direction,
            target: self.target.map(Spanned::into_inner),
            targets: self.targets.into_iter().map(|(period, target)| (period.into_inner(), target)).collect(),
            decimals: self.decimals,
            merge,
            range: self.range,
            agency: self.agency?,
            source: self.source?,
            method,
            classes,
            colors: self.colors,
        })
    }
}

fn every(value: &DeValue<'_>) -> Result<Every, String> {
    scalar::one_of(value, &Every::NAMES)
}

fn direction(value: &DeValue<'_>) -> Result<Direction, String> {
    scalar::one_of(value, &[("higher", Direction::Higher), ("lower", Direction::Lower)])
}

fn merging(value: &DeValue<'_>) -> Result<Merging, String> {
    scalar::one_of(value, &[("sum", Merging::Sum), ("mean", Merging::Mean)])
}

fn method(value: &DeValue<'_>) -> Result<Method, String> {
    scalar::one_of(value, &Method::NAMES)
}

fn decimals(value: &DeValue<'_>) -> Result<usize, String> {
    let decimals = scalar::whole(value)?;
    let few = usize::try_from(decimals).ok().filter(|decimals| *decimals <= 6);
    few.ok_or_else(|| format!("{decimals} is not between 0 and 6"))
}

fn count(value: &DeValue<'_>) -> Result<usize, String> {
    let count = scalar::whole(value)?;
    let fits = usize::try_from(count).ok().filter(|count| CLASSES.contains(count));
    fits.ok_or_else(|| format!("{count} is not between {} and {}", CLASSES.start(), CLASSES.end()))
}

fn read_classes(page: &mut Page, mut table: Table) -> Option<(Method, usize)> {
    let method = table.required(page, "method", method);
    let count = table.required(page, "count", count);
    table.finish(page);
    Some((method?.into_inner(), count?.into_inner()))
}

fn read_targets(page: &mut Page, table: Table) -> Vec<(Spanned<Period>, f64)> {
    let target = |(key, value): (Spanned<String>, Spanned<DeValue>)| {
        let number = parsed(page, key.get_ref(), &value, scalar::number);
        match key.get_ref().parse::<Period>() {
            Ok(period) => Some((Spanned::new(key.span(), period), number?.into_inner())),
            Err(error) => {
                page.fault(key.span(), error.to_string());
                None
            }
        }
    };
    table.rest().filter_map(target).collect()
}

fn read_colors(page: &mut Page, table: &mut Table) -> Vec<String> {
    let span = table.span();
    let (colors, written) = table.values(page, "colors", scalar::color);
    if written == colors.len() && !CLASSES.contains(&written) {
        let place = colors.first().map_or(span, Spanned::span);
        page.fault(place, format!("`colors` has {written}: list from 2 to 9, from the lowest class to the highest"));
    }
    colors.into_iter().map(Spanned::into_inner).collect()
}

fn read(faults: &mut Vec<Fault>, source: &LayerSource) -> Option<Written> {
    on_page(faults, source, |page| {
        let table = page.root("the indicator")?;
        let file = IndicatorFile::read(page, table);
        let named = |page: &Page, name: &Option<Spanned<String>>| {
            name.as_ref().map(|name| (name.get_ref().clone(), page.place(name.span(), String::new())))
        };
        if let Some(id) = file.id.as_ref().filter(|id| *id.get_ref() != source.1) {
            let message = format!("`id` is `{}`, but the file is {}.toml: make them one", id.get_ref(), source.1);
            page.fault(id.span(), message);
        }
        let id = named(page, &file.id)?;
        let (layer, weight) = (named(page, &file.layer), named(page, &file.weight));
        let indicator = if page.is_sound() { file.build() } else { None };
        Some(Written { id, layer, weight, indicator })
    })
}

/// The indicators of these files, with what is wrong in them, and with what they say of layers and of each other.
pub(super) fn indicators(
    faults: &mut Vec<Fault>,
    mut sources: Vec<LayerSource>,
    layers: &[Declared],
) -> Vec<Arc<Indicator>> {
    sources.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
    let written: Vec<Written> = sources.iter().filter_map(|source| read(faults, source)).collect();
    let mut known: BTreeMap<&str, &Written> = BTreeMap::new();
    for one in &written {
        let (name, place) = &one.id;
        if let Some(first) = known.get(name.as_str()) {
            let message = format!("indicator `{name}` is already in {}:{}", first.id.1.file, first.id.1.line);
            faults.push(Fault { message, ..place.clone() });
        } else {
            known.insert(name, one);
        }
    }
    for one in &written {
        faults.extend(stranger(one, layers));
        faults.extend(bad_weight(one, &known));
    }
    written.into_iter().filter_map(|one| one.indicator.map(Arc::new)).collect()
}

fn stranger(written: &Written, layers: &[Declared]) -> Option<Fault> {
    let (name, place) = written.layer.as_ref()?;
    let known = layers.iter().any(|declared| declared.name == *name);
    (!known).then(|| Fault { message: format!("there is no layer `{name}`"), ..place.clone() })
}

fn bad_weight(written: &Written, known: &BTreeMap<&str, &Written>) -> Option<Fault> {
    let (name, place) = written.weight.as_ref()?;
    let fault = |message: String| Some(Fault { message, ..place.clone() });
    let Some(weight) = known.get(name.as_str()) else { return fault(format!("there is no indicator `{name}`")) };
    if weight.layer.as_ref().map(|(layer, _)| layer) != written.layer.as_ref().map(|(layer, _)| layer) {
        return fault(format!("`{name}` tells of the units of another layer"));
    }
    let adds_up = weight.indicator.as_ref().is_none_or(|weight| weight.merge == Some(Merge::Sum));
    if adds_up { None } else { fault(format!("`{name}` is no weight: its values do not add up (`merge = \"sum\"`)")) }
}
