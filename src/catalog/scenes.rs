//! The scenes of a catalogue.

use std::path::Path;

use rust_embed::RustEmbed;

use super::fault::{CatalogError, Fault};
use super::scene::{Filter, Scene};
use super::scene_file::{Known, scene};
use super::{Catalog, LayerSource, embedded, on_page, read_folder};
use crate::model::Layer;

/// The scenes that the binary brings along.
#[derive(RustEmbed)]
#[folder = "data/scenes/"]
struct ShippedScenes;

fn shipped() -> Vec<LayerSource<'static>> {
    embedded::<ShippedScenes>("scenes").collect()
}

impl Catalog {
    /// With the scenes of `folder/scenes/*.toml`. Without that folder, with those shipped scenes whose layers and indicators are all there: a
    /// city with others need not write scenes before it may start.
    pub(super) fn with_scenes_of(self, folder: &Path) -> Result<Self, CatalogError> {
        let folder = folder.join("scenes");
        if !folder.is_dir() {
            return Ok(self.with_fitting(&shipped()));
        }
        self.with_sound(&read_folder(&folder)?)
    }

    /// With the shipped scenes, of which a mistake is told.
    pub(super) fn with_shipped_scenes(self) -> Result<Self, CatalogError> {
        self.with_sound(&shipped())
    }

    fn with_sound(self, sources: &[LayerSource]) -> Result<Self, CatalogError> {
        let (catalog, mut faults) = self.reading(sources);
        if faults.is_empty() {
            return Ok(catalog);
        }
        faults.sort();
        Err(CatalogError::Faults(faults))
    }

    fn with_fitting(self, sources: &[LayerSource]) -> Self {
        self.reading(sources).0
    }

    /// Takes the scenes that are sound, and tells what is wrong in the others.
    fn reading(mut self, sources: &[LayerSource]) -> (Self, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut scenes: Vec<Scene> = Vec::new();
        for source in sources {
            let found = on_page(&mut faults, source, |page| {
                let table = page.root("the scene")?;
                let known = Known { layers: &self.layers, indicators: &self.indicators };
                scene(page, &known, table, &source.1)
            });
            scenes.extend(found);
        }
        scenes.sort_by(|one, other| (one.order, &one.id).cmp(&(other.order, &other.id)));
        self.scenes = scenes;
        (self, faults)
    }

    /// The scenes, in the order in which they are shown.
    #[must_use]
    pub fn scenes(&self) -> &[Scene] {
        &self.scenes
    }

    /// The filters of counters, each with its layer: to be judged by whoever knows CQL2.
    pub fn filters(&self) -> impl Iterator<Item = (&Layer, &Filter)> {
        let counters = self.scenes.iter().flat_map(|scene| &scene.counters);
        counters.filter_map(|counter| Some((self.layer(&counter.layer)?.as_ref(), counter.filter.as_ref()?)))
    }
}
