//! A tile in pieces that follows the edits of its layer shows, feature by feature, what the layer drawn whole shows.

mod support;

use std::collections::BTreeSet;

use citylayers::geo::TileCoord;
use citylayers::geo::mercator::world_point;
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Change, Selection};
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
    fn follow(&mut self, index: &LayerIndex, drawing: &Drawing<'_>) -> &KeptLayer {
        let (coord, now) = (drawing.coord, index.moment(drawing.coord.z()));
        let kept = self.kept.take().and_then(|(moment, mut kept)| {
            let ranks = index.struck_since(moment, coord)?.ranks;
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

fn holds_for(kind: &Kind, zoom: u8, encoding: (Encoding, &str), seed: u64) -> Followed {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut index = LayerIndex::new(&rows(&kind.layer, &kind.all(&mut random)));
    let coord = TileCoord::holding(zoom, world_point(TOWN));
    let mut followed = Followed::default();
    let mut packer = Packer::default();
    let mut removed: BTreeSet<String> = BTreeSet::new();
    let mut edit = 0;
    while edit < 200 {
        let found: Vec<Selection> = index.tile(coord);
        let layer = index.layer_in_tiles(zoom).as_ref();
        let drawing = Drawing { layer, selections: &found, coord, audience: Audience::Public, encoding: encoding.0 };
        let kept = followed.follow(&index, &drawing);
        let joined = packer.join(kept.pieces(), encoding.0);
        let whole = render(&[(layer, &found)], coord, Audience::Public, Format::Mvt);
        let which = format!("{} at {coord}, {encoding:?}, seed {seed}, edit {edit}", kind.layer.id);
        assert_eq!(kept.len(), whole.features, "{which}");
        let packing = if joined.is_empty() { "" } else { encoding.1 };
        let tile = unpacked(&joined, packing);
        assert_eq!(decode(&tile, &which), decode(&whole.bytes, &which), "{which}");
        let of_removed = values(&tile).into_iter().find(|value| removed.contains(value) && !index.contains(value));
        assert_eq!(of_removed, None, "{which}: the id of a feature that was removed");
        // Now and then so many that single edits are no longer told from one another.
        let edits = if random.random_ratio(1, 10) { random.random_range(60..150) } else { random.random_range(1..4) };
        for _ in 0..edits {
            let changes: Vec<Change> = kind.changes(&mut random);
            removed.extend(changes.iter().filter_map(|change| match change {
                Change::Remove { id, .. } => Some(id.as_str().to_owned()),
                _ => None,
            }));
            index = if random.random_ratio(1, 100) { index.compacted().0 } else { index.apply(&changes).0 };
        }
        edit += edits;
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
            let followed = holds_for(&kind, zoom, ENCODINGS[usize::from(zoom % 4)], seed);
            mended += followed.mended;
            whole += followed.whole;
            same += followed.same;
        }
        eprintln!("{}: {mended} mended, {whole} drawn whole, {same} the same", kind.layer.id);
        assert!(mended > 3 || kind.layer.cluster.is_some(), "{}: {mended} mended", kind.layer.id);
    }
}
