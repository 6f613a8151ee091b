//! Bytes to a layer, edits of it and tiles of every state: each valid, the same as of the layer built afresh, and as before
//! where no edit says that it touches it.

use std::collections::BTreeMap;
use std::mem::take;
use std::sync::Arc;

use citylayers::geo::TileCoord;
use citylayers::geo::mercator::world_point;
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Change, Feature, FeatureId, Layer, Rows, Touch};
use citylayers::tile::Drawn;
use citylayers::tile::packing::Encoding;

use crate::input::Input;
use crate::judge::judged;
use crate::layer;
use crate::shapes::Shapes;

/// Changes of one input. Few, so that an input is quick and no tile comes near its budget: thinning levels settled at a load
/// are the same afresh.
const CHANGES: usize = 96;

/// Edits after the first load.
const EDITS: usize = 6;

const IDS: [&str; 8] = ["0", "007", "4503599627370495", "4503599627370496", "P-001", "-3", "đ", "\0"];

/// # Panics
/// Where something is wrong.
pub fn tile(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let layer = layer::layer(&mut input);
    let audience = input.one_of(&[Audience::Public, Audience::Operator]);
    let encoding = input.one_of(&[Encoding::Identity, Encoding::Gzip, Encoding::Brotli, Encoding::Zstd]);
    let aims = [Aim::read(&mut input), Aim::read(&mut input)];
    let script = Script::read(&mut input, &layer);
    let tiles: Vec<TileCoord> = aims.iter().map(|aim| aim.tile(&script.features)).collect();
    let view = View { tiles, audience, encoding };
    script.play(&layer, &view);
}

/// Where to look: at a vertex, or anywhere.
struct Aim {
    zoom: u8,
    anywhere: bool,
    place: [u32; 2],
}

impl Aim {
    fn read(input: &mut Input<'_>) -> Self {
        Self { zoom: input.u8() % 23, anywhere: input.u8() % 8 == 7, place: [input.u32(), input.u32()] }
    }

    fn tile(&self, features: &[Feature]) -> TileCoord {
        let [feature, vertex] = self.place.map(|number| usize::try_from(number % 251).expect("a small number"));
        let feature = if features.is_empty() { None } else { features.get(feature % features.len()) };
        let vertex = feature.and_then(|feature| {
            let count = feature.geometry.coords().count().max(1);
            feature.geometry.coords().nth(vertex % count)
        });
        let place = vertex.filter(|_| !self.anywhere).map_or(self.place, world_point);
        TileCoord::holding(self.zoom, place)
    }
}

/// What happens to the layer.
struct Script {
    /// Everything that is put at some time.
    features: Vec<Feature>,
    /// The rows of the first load, each id once: the stores and the door see to it.
    start: Vec<Feature>,
    edits: Vec<(Vec<Change>, bool)>,
}

impl Script {
    fn read(input: &mut Input<'_>, layer: &Layer) -> Self {
        let mut shapes = Shapes::new(layer.geometry);
        let mut script = Self { features: Vec::new(), start: Vec::new(), edits: Vec::new() };
        let (mut changes, mut loaded) = (Vec::new(), false);
        for _ in 0..CHANGES {
            if input.is_empty() || script.edits.len() == EDITS {
                break;
            }
            let choice = input.u8();
            let id = id(input.u8() % 32);
            match choice % 16 {
                12 | 13 if loaded => changes.push(Change::Remove { layer: layer.id.clone(), id }),
                14 | 15 if loaded => script.edits.push((take(&mut changes), choice & 16 > 0)),
                14 | 15 => loaded = true,
                _ => {
                    let Some(geometry) = shapes.geometry(input) else { continue };
                    let properties = layer.fields.iter().map(|field| layer::value(input, field.field_type)).collect();
                    let feature = Feature { layer: layer.id.clone(), id, geometry, properties };
                    script.features.push(feature.clone());
                    if loaded {
                        changes.push(Change::Put(feature));
                    } else if script.start.iter().all(|other| other.id != feature.id) {
                        script.start.push(feature);
                    }
                }
            }
        }
        script.edits.push((changes, false));
        script
    }

    fn play(self, layer: &Arc<Layer>, view: &View) {
        let mut known: BTreeMap<String, Feature> = BTreeMap::new();
        let mut index = LayerIndex::new(&rows(layer, &self.start));
        known.extend(self.start.into_iter().map(|feature| (feature.id.to_string(), feature)));
        let mut before = view.look(&index);
        for (changes, compact) in self.edits {
            let (next, touched) = index.apply(&changes);
            index = next;
            for change in changes {
                match change {
                    Change::Put(feature) => known.insert(feature.id.to_string(), feature),
                    Change::Remove { id, .. } => known.remove(id.as_str()),
                    other => unreachable!("{other:?} is not made"),
                };
            }
            let features: Vec<Feature> = known.values().cloned().collect();
            let fresh = LayerIndex::new(&rows(layer, &features));
            assert_eq!(index.len(), features.len());
            let now = view.look(&index);
            view.compare(&now, &view.look(&fresh), "afresh");
            view.assert_untouched(&before, &now, &touched);
            if compact {
                index = index.compacted().0;
                view.compare(&now, &view.look(&index), "compacted");
            }
            before = now;
        }
    }
}

fn id(number: u8) -> FeatureId {
    let usual = || number.to_string();
    let text = IDS.get(usize::from(number)).map_or_else(usual, |text| (*text).to_owned());
    FeatureId::new(&text).expect("not empty")
}

fn rows(layer: &Arc<Layer>, features: &[Feature]) -> Rows {
    let mut rows = Rows::new(Arc::clone(layer));
    features.iter().for_each(|feature| rows.push_feature(feature));
    rows.finish();
    rows
}

/// Who looks where.
struct View {
    tiles: Vec<TileCoord>,
    audience: Audience,
    encoding: Encoding,
}

impl View {
    fn look(&self, index: &LayerIndex) -> Vec<[Drawn; 2]> {
        let tiles = self.tiles.iter().map(|&coord| {
            let (layer, found) = (index.layer_in_tiles(coord.z()), index.tile(coord));
            judged(layer, &found, coord, self.audience, self.encoding)
        });
        tiles.collect()
    }

    fn compare(&self, now: &[[Drawn; 2]], other: &[[Drawn; 2]], what: &str) {
        for ((coord, now), other) in self.tiles.iter().zip(now).zip(other) {
            assert!(now == other, "tile {coord} of an edited layer is another than {what}: {now:?}, {other:?}");
        }
    }

    fn assert_untouched(&self, before: &[[Drawn; 2]], now: &[[Drawn; 2]], touched: &[Touch]) {
        for ((&coord, before), now) in self.tiles.iter().zip(before).zip(now) {
            let named = touched.iter().any(|touch| touch.meets(coord));
            assert!(named || before == now, "tile {coord} meets none of {touched:?}: {before:?}, {now:?}");
        }
    }
}
