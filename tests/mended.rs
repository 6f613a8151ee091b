//! A tile in pieces that follows the edits of its layer shows, feature by feature, what the layer drawn whole shows.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use citylayers::geo::mercator::world_point;
use citylayers::geo::{Geometry, GeometryKind, TileCoord};
use citylayers::index::{Atlas, LayerIndex};
use citylayers::model::{Audience, Change, Feature, Revision, Selection};
use citylayers::tile::kept::{Drawing, KeptLayer};
use citylayers::tile::packing::{Encoding, Packer};
use citylayers::tile::{Format, render};
use fast_mvt::{MvtLayerRef, MvtReaderRef, MvtValueRef};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::features::rows;
use support::kinds::{Kind, TOWN, catalog, kinds};
use support::mvt::decode;
use support::service::unpacked;

const ENCODINGS: [(Encoding, &str); 4] =
    [(Encoding::Identity, ""), (Encoding::Gzip, "gzip"), (Encoding::Zstd, "zstd"), (Encoding::Brotli, "br")];

/// A layer of a tile that is kept, and what was done to it.
#[derive(Default)]
struct Followed {
    kept: Option<(citylayers::index::history::Moment, KeptLayer)>,
    mended: usize,
    whole: usize,
    same: usize,
}

impl Followed {
    /// Brings it up to a state of the layer, as the service does.
    fn follow(&mut self, index: &LayerIndex, shown: u8, drawing: &Drawing<'_>) -> &KeptLayer {
        let (coord, now) = (drawing.coord, index.moment(drawing.coord.z()));
        let kept = self.kept.take().and_then(|(moment, mut kept)| {
            let ranks = index.struck_since(moment, coord, shown)?.ranks;
            if ranks.is_empty() {
                self.same += 1;
                return Some(kept);
            }
            let mended = index.draws_each_row(coord.z()) && kept.mend(drawing, &ranks);
            self.mended += usize::from(mended);
            mended.then_some(kept)
        });
        let kept = kept.unwrap_or_else(|| {
            self.whole += 1;
            KeptLayer::draw(drawing)
        });
        &self.kept.insert((now, kept)).1
    }
}

/// The layer's points so far to the east, around the world; other features stay.
fn moved(mut feature: Feature, east: f64) -> Feature {
    if let Geometry::Point(point) = &mut feature.geometry {
        point.0.x = (point.x() + east + 180.0).rem_euclid(360.0) - 180.0;
    }
    feature
}

/// What is put in place of the state from which it was made, as a city does it in the background.
fn compact(atlas: &Atlas, kind: &Kind) {
    let start = atlas.start_compaction(&kind.layer.id).expect("no other compaction runs");
    let (compacted, moved) = start.compacted();
    atlas.finish_compaction(&compacted, moved);
}

/// A kind of layer around the town, or so many degrees east of it.
#[derive(Clone, Copy)]
struct Trial<'a> {
    kind: &'a Kind,
    east: f64,
    zoom: u8,
    /// The zoom whose rows are drawn: a lower one beside other layers.
    shown: u8,
    encoding: (Encoding, &'a str),
    seed: u64,
}

fn follow(trial: Trial<'_>) -> Followed {
    let Trial { kind, east, zoom, shown, encoding, seed } = trial;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let features: Vec<Feature> = kind.all(&mut random).into_iter().map(|feature| moved(feature, east)).collect();
    let atlas = Atlas::new([Arc::clone(&kind.layer)]);
    atlas.load(LayerIndex::new(&rows(&kind.layer, &features)), Revision(1));
    let coord = TileCoord::holding(zoom, world_point([TOWN[0] + east, TOWN[1]]));
    let mut followed = Followed::default();
    let mut packer = Packer::default();
    let mut removed: BTreeSet<String> = BTreeSet::new();
    let mut edit = 0;
    while edit < 200 {
        let index = atlas.layer(&kind.layer.id).expect("the layer");
        let found: Vec<Selection> = index.tile_showing(coord, shown);
        let layer = index.layer_in_tiles(zoom).as_ref();
        let drawing = Drawing { layer, selections: &found, coord, audience: Audience::Public, encoding: encoding.0 };
        let kept = followed.follow(&index, shown, &drawing);
        let joined = packer.join(kept.pieces(), encoding.0);
        let whole = render(&[(layer, &found)], coord, Audience::Public, Format::Mvt);
        let which = format!("{} at {coord}, rows of {shown}, {encoding:?}, seed {seed}, edit {edit}", kind.layer.id);
        assert_eq!(kept.len(), whole.features, "{which}");
        let packing = if joined.is_empty() { "" } else { encoding.1 };
        let tile = unpacked(&joined, packing);
        assert_eq!(decode(&tile, &which), decode(&whole.bytes, &which), "{which}");
        let of_removed = values(&tile).into_iter().find(|value| removed.contains(value) && !index.contains(value));
        assert_eq!(of_removed, None, "{which}: the id of a feature that was removed");
        // Now and then so many that single edits are no longer told from one another.
        let edits = if random.random_ratio(1, 10) { random.random_range(60..150) } else { random.random_range(1..4) };
        for _ in 0..edits {
            if random.random_ratio(1, 50) {
                compact(&atlas, kind);
                continue;
            }
            let changes: Vec<Change> = kind
                .changes(&mut random)
                .into_iter()
                .map(|change| match change {
                    Change::Put(feature) => Change::Put(moved(feature, east)),
                    other => other,
                })
                .collect();
            removed.extend(changes.iter().filter_map(|change| match change {
                Change::Remove { id, .. } => Some(id.as_str().to_owned()),
                _ => None,
            }));
            edit += 1;
            atlas.apply(&kind.layer.id, &changes, Revision(1 + edit));
        }
    }
    followed
}

/// The texts in the value tables of a tile, used or not.
fn values(tile: &[u8]) -> Vec<String> {
    let reader = MvtReaderRef::new(tile).expect("a tile");
    let texts = reader.layers().flat_map(MvtLayerRef::values).filter_map(|value| match value {
        MvtValueRef::String(text) => Some(text.to_owned()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn what_is_mended_is_what_is_drawn_whole() {
    let catalog = catalog();
    for kind in kinds(&catalog) {
        let (mut mended, mut whole, mut same) = (0, 0, 0);
        for (zoom, seed) in [8, 11, 14, 15, 16, 17].into_iter().zip(300..) {
            let shown = if seed % 2 == 0 { zoom } else { zoom - 1 };
            let encoding = ENCODINGS[usize::from(zoom % 4)];
            let followed = follow(Trial { kind: &kind, east: 0.0, zoom, shown, encoding, seed });
            mended += followed.mended;
            whole += followed.whole;
            same += followed.same;
        }
        eprintln!("{}: {mended} mended, {whole} drawn whole, {same} the same", kind.layer.id);
        assert!(mended > 3 || kind.layer.cluster.is_some(), "{}: {mended} mended", kind.layer.id);
    }
}

#[test]
fn it_is_across_the_antimeridian_too() {
    let catalog = catalog();
    for kind in kinds(&catalog).iter().filter(|kind| kind.layer.geometry == GeometryKind::Point) {
        let mut mended = 0;
        for ((zoom, east), seed) in [(0, 74.334), (13, 74.334), (16, 74.333_9), (17, 74.334_1)].into_iter().zip(340..) {
            let trial = Trial { kind, east, zoom, shown: zoom, encoding: ENCODINGS[1], seed };
            mended += follow(trial).mended;
        }
        assert!(mended > 3, "{}: {mended} mended", kind.layer.id);
    }
}
