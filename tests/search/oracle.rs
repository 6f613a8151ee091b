//! A look at every text of every feature must find the same, in the same order, whatever was edited.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use citylayers::index::LayerIndex;
use citylayers::index::fold::fold;
use citylayers::index::names::search;
use citylayers::model::{Change, Feature, FeatureId, Layer, Value};
use geo::{BoundingRect, Distance, Haversine};
use geo_types::Point;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::support::features::rows;
use super::{asked, feature, layer, names};

/// Kinds of match, the best first, as docs/api.md has them.
const NAME: [u8; 3] = [0, 2, 3];
const FORMER: [u8; 3] = [1, 4, 5];
const OTHER: [u8; 3] = [6, 7, 8];

type Fields = &'static [(&'static str, [u8; 3])];

/// The searchable fields of the layers of this test, and what their matches are worth.
const FIELDS: [(&str, Fields); 3] = [
    ("wards", &[("name", NAME), ("name_en", NAME), ("full_name", NAME), ("merged_from", FORMER)]),
    ("districts", &[("name", NAME), ("name_en", NAME)]),
    ("street_lights", &[("asset_no", NAME), ("cabinet", OTHER), ("street", OTHER)]),
];

const SYLLABLES: [&str; 24] = [
    "Trường",
    "Vinh",
    "Hoà",
    "Hòa",
    "Đức",
    "Nghi",
    "Lộc",
    "Sơn",
    "Bỉm",
    "An",
    "Ân",
    "Quỳnh",
    "Đô",
    "Lương",
    "TĐ",
    "L",
    "L-0",
    "12/5",
    "Xã",
    "Phường",
    "Phú",
    "Ba",
    "Đình",
    "b",
];

fn words(random: &mut ChaCha8Rng, most: usize) -> String {
    let count = random.random_range(1..=most);
    let words: Vec<&str> = (0..count).map(|_| *SYLLABLES.choose(random).expect("some")).collect();
    words.join(" ")
}

fn normal(text: &str) -> String {
    let folded = fold(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Without the type of unit.
fn bare(name: &str) -> Option<&str> {
    let types = ["phuong ", "xa ", "thi tran ", "dac khu ", "quan ", "huyen ", "thi xa ", "thanh pho ", "tinh "];
    types.iter().find_map(|known| name.strip_prefix(known))
}

fn class(text: &str, typed: &str, classes: [u8; 3]) -> Option<u8> {
    let (all, typed) = (normal(text), normal(typed));
    // A name has commas in it; elsewhere they part names.
    let most = if classes == NAME { 1 } else { usize::MAX };
    let items = text.split([',', ';']).take(most);
    let items: Vec<String> = items.map(|item| normal(item.split('(').next().unwrap_or_default())).collect();
    let heads: Vec<&str> = items.iter().flat_map(|item| [Some(item.as_str()), bare(item)]).flatten().collect();
    if heads.contains(&typed.as_str()) {
        return Some(classes[0]);
    }
    if heads.iter().any(|head| head.starts_with(&typed)) {
        return Some(classes[1]);
    }
    let has = |word: &str| all.split(' ').any(|known| known.starts_with(word));
    typed.split(' ').all(has).then_some(classes[2])
}

/// Class, distance, length, layer, id.
#[derive(Clone, Debug)]
struct Expected {
    class: u8,
    metres: f64,
    length: usize,
    layer: String,
    id: String,
}

impl Expected {
    fn order(&self, other: &Self) -> Ordering {
        self.class
            .cmp(&other.class)
            .then(self.metres.total_cmp(&other.metres))
            .then(self.length.cmp(&other.length))
            .then(self.layer.cmp(&other.layer))
            .then(self.id.len().cmp(&other.id.len()))
            .then(self.id.cmp(&other.id))
    }
}

type City = BTreeMap<String, BTreeMap<String, Feature>>;

fn text<'f>(layer: &Layer, feature: &'f Feature, field: &str) -> Option<&'f str> {
    match &feature.properties[layer.field_index(field).expect("a field")] {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn metres(feature: &Feature, near: Option<[f64; 2]>) -> f64 {
    let places: Vec<[f64; 2]> = feature.geometry.coords().collect();
    let around: geo_types::MultiPoint<f64> = places.iter().map(|&[x, y]| Point::new(x, y)).collect();
    let middle = around.bounding_rect().expect("never empty").center();
    near.map_or(0.0, |[lon, lat]| Haversine.distance(Point::new(lon, lat), Point(middle)))
}

/// The best match of each feature of a layer, in order.
fn scanned(city: &City, layers: &[Arc<Layer>], id: &str, typed: &str, near: Option<[f64; 2]>) -> Vec<Expected> {
    let layer = layers.iter().find(|layer| layer.id.as_str() == id).expect("a layer");
    let fields = FIELDS.iter().find(|(layer, _)| *layer == id).expect("known").1;
    let mut found = Vec::new();
    for feature in city[id].values() {
        let own = [(feature.id.as_str(), NAME)];
        let texts = fields.iter().filter_map(|&(field, classes)| Some((text(layer, feature, field)?, classes)));
        let matches = own.into_iter().chain(texts).filter_map(|(text, classes)| {
            Some(Expected {
                class: class(text, typed, classes)?,
                metres: metres(feature, near),
                length: normal(text).len(),
                layer: id.to_owned(),
                id: feature.id.to_string(),
            })
        });
        found.extend(matches.min_by(Expected::order));
    }
    found.sort_by(Expected::order);
    found
}

fn expected(city: &City, layers: &[Arc<Layer>], typed: &str, near: Option<[f64; 2]>, limit: usize) -> Vec<Expected> {
    let mut all = Vec::new();
    for (id, _) in FIELDS {
        all.extend(scanned(city, layers, id, typed, near).into_iter().take(limit));
    }
    let districts = layers.iter().find(|layer| layer.id.as_str() == "districts").expect("a layer");
    let mut heirs = Vec::new();
    for hit in all.iter().filter(|hit| hit.layer == "districts") {
        let successors = text(districts, &city["districts"][&hit.id], "successors").unwrap_or_default();
        for ward in successors.split(", ").filter_map(|id| city["wards"].get(id)) {
            let class = match hit.class {
                0 => 1,
                2 => 4,
                3 => 5,
                other => panic!("{other} is no class of a name"),
            };
            let metres = metres(ward, near);
            heirs.push(Expected { class, metres, layer: "wards".to_owned(), id: ward.id.to_string(), ..hit.clone() });
        }
    }
    all.extend(heirs);
    all.sort_by(Expected::order);
    let mut once: Vec<Expected> = Vec::new();
    for hit in all {
        if !once.iter().any(|known| (&known.layer, &known.id) == (&hit.layer, &hit.id)) {
            once.push(hit);
        }
    }
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let turn = |hit: &Expected, places: &mut BTreeMap<String, usize>| {
        let place = places.entry(hit.layer.clone()).or_default();
        *place += 1;
        if hit.class > 1 { 2 } else { u8::from(*place > limit.div_ceil(3)) }
    };
    let mut turns: Vec<(u8, Expected)> = once.into_iter().map(|hit| (turn(&hit, &mut places), hit)).collect();
    turns.sort_by_key(|(turn, _)| *turn);
    turns.truncate(limit);
    let mut chosen: Vec<Expected> = turns.into_iter().map(|(_, hit)| hit).collect();
    chosen.sort_by(Expected::order);
    chosen
}

fn random_feature(random: &mut ChaCha8Rng, layer: &Layer) -> Feature {
    let number: u32 = random.random_range(0..150);
    let place = [random.random_range(105.0..106.0), random.random_range(18.0..20.0)];
    let mut name = words(random, 3);
    if random.random_bool(0.2) {
        name = format!("{name}, {}", words(random, 2));
    }
    let list = |random: &mut ChaCha8Rng| {
        let item = |random: &mut ChaCha8Rng| {
            let name = words(random, 2);
            if random.random_bool(0.2) {
                format!("Xã {name} (thị xã {})", words(random, 2))
            } else {
                format!("Xã {name}")
            }
        };
        (0..random.random_range(1..5)).map(|_| item(random)).collect::<Vec<_>>().join(", ")
    };
    match layer.id.as_str() {
        "wards" => {
            let full = format!("{} {name}", ["Phường", "Xã"].choose(random).expect("some"));
            let mut texts = vec![("name", name.clone()), ("full_name", full)];
            if random.random_bool(0.7) {
                texts.push(("merged_from", list(random)));
            }
            let texts: Vec<(&str, &str)> = texts.iter().map(|(field, text)| (*field, text.as_str())).collect();
            feature(layer, &(16_000 + number).to_string(), place, &texts)
        }
        "districts" => {
            let heirs: Vec<String> = (0..4).map(|_| (16_000 + random.random_range(0..150)).to_string()).collect();
            let name = format!("{} {name}", ["Huyện", "Thị xã", "Thành phố"].choose(random).expect("some"));
            feature(layer, &(400 + number).to_string(), place, &[("name", &name), ("successors", &heirs.join(", "))])
        }
        _ => {
            let asset = format!("L-{:04}/{}", random.random_range(0..300), random.random_range(0..3));
            let cabinet = format!("TĐ-{}", random.random_range(0..20));
            let texts = [("asset_no", asset.as_str()), ("cabinet", cabinet.as_str()), ("street", name.as_str())];
            feature(layer, &format!("{number}"), place, &texts[random.random_range(0..2)..])
        }
    }
}

fn typed(random: &mut ChaCha8Rng, city: &City, layers: &[Arc<Layer>]) -> String {
    let fields: Vec<(&str, &str)> =
        FIELDS.iter().flat_map(|(id, fields)| fields.iter().map(move |(field, _)| (*id, *field))).collect();
    let (id, field) = *fields.choose(random).expect("some");
    let layer = layers.iter().find(|layer| layer.id.as_str() == id).expect("a layer");
    let features: Vec<&Feature> = city[id].values().collect();
    let known = features.choose(random).and_then(|feature| text(layer, feature, field)).unwrap_or("vinh");
    let mut words: Vec<String> = match random.random_range(0..6) {
        0 => vec![["a", "l", "d", "1", "x", "0", "l-0", "tđ-1"].choose(random).expect("some").to_string()],
        1 => words(random, 4).split(' ').map(str::to_owned).collect(),
        _ => normal(known).split(' ').map(str::to_owned).collect(),
    };
    if random.random_bool(0.3) {
        words.reverse();
    }
    words.truncate(random.random_range(1..6));
    if random.random_bool(0.5)
        && let Some(last) = words.last_mut()
    {
        *last = last.chars().take(random.random_range(1..4)).collect();
    }
    let typed = words.join(" ");
    if random.random_bool(0.2) { typed.to_uppercase() } else { typed }
}

/// Puts, renames and removes, some in small blocks, some after a compaction.
fn edited(random: &mut ChaCha8Rng, index: &LayerIndex, city: &mut City, most: usize) -> LayerIndex {
    let layer = Arc::clone(index.layer());
    let known = city.get_mut(layer.id.as_str()).expect("a layer");
    let changes: Vec<Change> = (0..random.random_range(1..=most))
        .map(|_| {
            let feature = random_feature(random, &layer);
            if random.random_bool(0.3) {
                let id: FeatureId = known.keys().next().map_or(feature.id, |id| FeatureId::new(id).expect("an id"));
                known.remove(id.as_str());
                return Change::Remove { layer: layer.id.clone(), id };
            }
            known.insert(feature.id.to_string(), feature.clone());
            Change::Put(feature)
        })
        .collect();
    let next = index.apply(&changes).0;
    if random.random_bool(0.1) { next.compacted().0 } else { next }
}

#[test]
fn a_search_finds_what_a_look_at_every_text_finds() {
    let mut random = ChaCha8Rng::seed_from_u64(31);
    let layers: Vec<Arc<Layer>> = FIELDS.iter().map(|(id, _)| layer(id)).collect();
    let mut city: City = FIELDS.iter().map(|(id, _)| ((*id).to_owned(), BTreeMap::new())).collect();
    let mut indexes: Vec<LayerIndex> = layers.iter().map(|layer| LayerIndex::new(&rows(layer, &[]))).collect();
    let (mut hits, mut by_class) = (0, [0_usize; 9]);
    for round in 0..60 {
        let most = if round < 4 { 120 } else { 12 };
        indexes = indexes.iter().map(|index| edited(&mut random, index, &mut city, most)).collect();
        let shown: Vec<(Arc<LayerIndex>, bool)> = indexes.iter().map(|index| (Arc::new(index.clone()), true)).collect();
        for _ in 0..40 {
            let typed = typed(&mut random, &city, &layers);
            let place = [random.random_range(105.0..106.0), random.random_range(18.0..20.0)];
            let near = random.random_bool(0.5).then_some(place);
            let limit = [1, 2, 10, 100][random.random_range(0..4)];
            let answer = search(&shown, &asked(&typed, near, limit));
            let expected = expected(&city, &layers, &typed, near, limit);
            let expected_names: Vec<String> = expected.iter().map(|hit| format!("{}/{}", hit.layer, hit.id)).collect();
            let told = format!("round {round}: `{typed}` near {near:?}, limit {limit}");
            assert_eq!(names(&answer.hits), expected_names, "{told}: {expected:#?}\n{:#?}", ranks(&answer.hits));
            assert!(answer.exact, "{told}");
            for (hit, expected) in answer.hits.iter().zip(&expected) {
                assert_eq!(hit.rank.class as u8, expected.class, "{told}: {}", expected.id);
                assert!(
                    (hit.rank.metres - expected.metres).abs() < 0.05,
                    "{told}: {} is {} m off",
                    expected.id,
                    hit.rank.metres
                );
                by_class[usize::from(expected.class)] += 1;
            }
            hits += expected.len();
        }
    }
    eprintln!("{hits} hits, by class {by_class:?}");
    assert!(hits > 5_000 && by_class.iter().all(|&count| count > 50), "{hits} hits, by class {by_class:?}");
}

fn ranks(hits: &[citylayers::index::names::Hit]) -> Vec<String> {
    hits.iter().map(|hit| format!("{} {:?} {}", hit.found.id(), hit.rank, hit.text())).collect()
}
