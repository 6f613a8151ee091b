//! The catalogue: from the TOML files of a data folder to the layers that the rest may trust.
//!
//! Whoever adds a city system writes `data/layers/NAME.toml` and no code; docs/layers.md describes every key. Indicators of
//! administrative units are `data/indicators/NAME.toml` (docs/indicators.md). A mistake
//! in any file is an error with file, line and column, and all mistakes of all files are told at once.

mod by_value;
mod check;
mod cluster;
mod fault;
mod fiware;
mod indicator;
pub mod json;
mod layer_file;
mod lent;
mod observed;
mod planning;
mod print;
mod rules;
mod scalar;
pub mod scene;
mod scene_file;
mod scenes;
mod table;

use std::borrow::Cow;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rust_embed::RustEmbed;

pub use fault::{CatalogError, Fault};
pub use print::print_layer;
pub use scalar::FIELD_TYPES;
pub use scene::Scene;

use crate::model::{Indicator, IndicatorId, Layer, LayerId, Rule, Title};
use layer_file::LayerFile;
use lent::Borrower;
use table::Page;

/// Every layer of a city, in the order of their files' names.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalog {
    title: Title,
    layers: Vec<Arc<Layer>>,
    rules: Vec<Rule>,
    indicators: Vec<Arc<Indicator>>,
    scenes: Vec<Scene>,
}

/// The layers that the binary brings along.
#[derive(RustEmbed)]
#[folder = "data/layers/"]
struct ShippedLayers;

/// The rules that the binary brings along.
#[derive(RustEmbed)]
#[folder = "data/rules/"]
struct ShippedRules;

/// The indicators that it brings along.
#[derive(RustEmbed)]
#[folder = "data/indicators/"]
struct ShippedIndicators;

const SHIPPED_TITLE: &str = include_str!("../../data/catalog.toml");

/// A file's name for messages, the stem of its name, and what it holds.
type LayerSource<'a> = (String, String, Cow<'a, [u8]>);

impl Catalog {
    /// The layers that the user means: those of `data` when it is given, else of `./data` when that holds layers, else
    /// the shipped ones, so that the binary serves from any folder.
    pub fn find(data: Option<&Path>) -> Result<Self, CatalogError> {
        let usual = Path::new("data");
        match data {
            Some(folder) => Self::read(folder),
            None if usual.join("layers").is_dir() => Self::read(usual),
            None => Self::shipped(),
        }
    }

    /// Reads `folder/layers/*.toml`, the rules, indicators and scenes of `folder/rules`, `folder/indicators` and `folder/scenes` where
    /// there are any, and the title of the whole from `folder/catalog.toml` when there is one.
    pub fn read(folder: &Path) -> Result<Self, CatalogError> {
        let layers = folder.join("layers");
        let sources = read_folder(&layers)?;
        if sources.is_empty() {
            return Err(CatalogError::Empty(layers));
        }
        let others = |name: &str| {
            let folder = folder.join(name);
            if folder.is_dir() { read_folder(&folder) } else { Ok(Vec::new()) }
        };
        let title = folder.join("catalog.toml");
        let title = if title.exists() { read_file(&title)? } else { shipped_title() };
        Self::from_sources(sources, others("rules")?, others("indicators")?, &title)?.with_scenes_of(folder)
    }

    /// The layers that the binary brings along.
    pub fn shipped() -> Result<Self, CatalogError> {
        let sources = embedded::<ShippedLayers>("layers").collect();
        let rules = embedded::<ShippedRules>("rules").collect();
        let indicators = embedded::<ShippedIndicators>("indicators").collect();
        Self::from_sources(sources, rules, indicators, &shipped_title())?.with_shipped_scenes()
    }

    fn from_sources(
        mut sources: Vec<LayerSource>,
        mut rules: Vec<LayerSource>,
        indicators: Vec<LayerSource>,
        title: &LayerSource,
    ) -> Result<Self, CatalogError> {
        sources.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
        rules.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
        let mut faults = Vec::new();
        let title = on_page(&mut faults, title, read_title);
        let mut layers: Vec<_> = sources.iter().filter_map(|source| read_layer(&mut faults, source)).collect();
        faults.extend(duplicate_ids(&layers));
        faults.extend(lent::lend(&mut layers));
        let rules = rules.iter().filter_map(|source| rules::read(&mut faults, source)).collect();
        let indicators = indicator::indicators(&mut faults, indicators, &layers);
        match title {
            Some(title) if faults.is_empty() => Ok(Self {
                title,
                layers: layers.into_iter().filter_map(|declared| declared.layer.map(Arc::new)).collect(),
                rules,
                indicators,
                scenes: Vec::new(),
            }),
            _ => {
                faults.sort();
                Err(CatalogError::Faults(faults))
            }
        }
    }

    /// What the whole is called.
    #[must_use]
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// The layers, in the order of their files' names.
    #[must_use]
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// The rules, in the order of their files' names; whether they fit the layers is not known yet.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The indicators, in the order of their files' names.
    #[must_use]
    pub fn indicators(&self) -> &[Arc<Indicator>] {
        &self.indicators
    }

    /// The indicator of that id.
    #[must_use]
    pub fn indicator(&self, id: &IndicatorId) -> Option<&Arc<Indicator>> {
        self.indicators.iter().find(|indicator| indicator.id == *id)
    }

    /// The layer of that id.
    #[must_use]
    pub fn layer(&self, id: &LayerId) -> Option<&Arc<Layer>> {
        self.layers.iter().find(|layer| layer.id == *id)
    }
}

/// A file that names an id, and the layer it holds when nothing is wrong with it.
struct Declared {
    id: Fault,
    name: String,
    layer: Option<Layer>,
    borrowers: Vec<Borrower>,
}

fn read_layer(faults: &mut Vec<Fault>, source: &LayerSource) -> Option<Declared> {
    on_page(faults, source, |page| {
        let table = page.root("the layer")?;
        let file = LayerFile::read(page, table);
        let id = file.id.clone()?;
        let place = page.place(id.span(), String::new());
        let borrowers = lent::borrowers(page, &file);
        let layer = check::layer(page, file, &source.1);
        Some(Declared { id: place, name: id.into_inner(), layer, borrowers })
    })
}

fn read_title(page: &mut Page) -> Option<Title> {
    let mut table = page.root("the catalogue")?;
    let title = table.title(page, "title");
    table.finish(page);
    title
}

/// Runs `read` on a file and gathers what it finds wrong.
fn on_page<T>(faults: &mut Vec<Fault>, source: &LayerSource, read: impl FnOnce(&mut Page) -> Option<T>) -> Option<T> {
    let mut page = Page::new(&source.0, text_of(faults, source)?);
    let found = read(&mut page);
    faults.extend(page.into_faults());
    found
}

/// A file as text.
fn text_of<'a>(faults: &mut Vec<Fault>, (path, _, bytes): &'a LayerSource) -> Option<&'a str> {
    let not_text = |error: std::str::Utf8Error| {
        let sound = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        faults.push(Fault::at(path, &sound, sound.len(), "not UTF-8 from here on".to_owned()));
    };
    std::str::from_utf8(bytes).map_err(not_text).ok()
}

fn duplicate_ids(layers: &[Declared]) -> impl Iterator<Item = Fault> {
    layers.iter().enumerate().filter_map(|(at, later)| {
        let first = layers[..at].iter().find(|first| first.name == later.name)?;
        let message = format!("layer `{}` is already in {}:{}", later.name, first.id.file, first.id.line);
        Some(Fault { message, ..later.id.clone() })
    })
}

/// The TOML files of a folder.
fn read_folder(folder: &Path) -> Result<Vec<LayerSource<'static>>, CatalogError> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            sources.push(read_file(&path)?);
        }
    }
    Ok(sources)
}

/// The TOML files of a folder that the binary brings along.
fn embedded<E: RustEmbed>(folder: &str) -> impl Iterator<Item = LayerSource<'static>> {
    E::iter().filter_map(move |name| {
        let stem = name.strip_suffix(".toml")?.to_owned();
        Some((format!("data/{folder}/{name}"), stem, E::get(&name)?.data))
    })
}

fn read_file(path: &Path) -> Result<LayerSource<'static>, CatalogError> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, error))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((path.display().to_string(), stem, Cow::Owned(bytes)))
}

fn shipped_title() -> LayerSource<'static> {
    ("data/catalog.toml".to_owned(), "catalog".to_owned(), Cow::Borrowed(SHIPPED_TITLE.as_bytes()))
}

fn unreadable(path: &Path, source: std::io::Error) -> CatalogError {
    CatalogError::Unreadable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
