//! Finding a million lamps and some hundred wards by what people type, beside a scan of every folded text. As many must be found.
#![allow(clippy::cast_precision_loss, clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use std::sync::Arc;

use citylayers::demo::{province, synthetic};
use citylayers::index::LayerIndex;
use citylayers::index::fold::fold;
use citylayers::index::names::{Asked, Near, search};
use citylayers::index::page::{Start, Wanted};
use citylayers::model::{Audience, Change, Rows, Value, ValueRef};
use measure::{SEED, Times, layer, once, points, ratio};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Features wanted of a search, as a search box asks for.
const LIMIT: usize = 10;

/// Searches of a kind, and how many of them the scan does, too.
const SEARCHES: usize = 400;
const SCANS: usize = 3;

/// The search box of somebody who looks at Vinh.
const VINH: [f64; 2] = [105.672, 18.666];

type Layers = Vec<(Arc<LayerIndex>, bool)>;

fn main() {
    let (lamp_layer, ward_layer) = (layer("street_lights"), layer("wards"));
    let lamps = synthetic::points(SEED, points(), &lamp_layer);
    let wards = province(SEED, std::slice::from_ref(&ward_layer), 1.0).next().expect("the demo has wards");
    let scanned: Vec<String> = [&lamps, &wards].into_iter().flat_map(folded).collect();
    let layers: Layers = [&lamps, &wards].map(|rows| (Arc::new(LayerIndex::new(rows)), true)).into_iter().collect();
    let bytes = |layers: &Layers| layers.iter().map(|(index, _)| index.heap_bytes()).sum::<usize>();
    let before = bytes(&layers);
    let ((), sorted) =
        once(|| layers.iter().for_each(|(index, _)| drop(index.page(&Wanted::default(), Start::Behind(None), 1))));
    let ordered = bytes(&layers);
    let ((), made) = once(|| layers.iter().for_each(|(index, _)| index.make_names()));
    let texts: usize = scanned.iter().map(|row| row.split('\n').count()).sum();
    println!(
        "{} features with {texts} texts; ids in order {sorted:.0?}, {} bytes a feature; names made {made:.0?}, {:.1} bytes a feature, {:.1} a text",
        scanned.len(),
        (ordered - before) / scanned.len(),
        (bytes(&layers) - ordered) as f64 / scanned.len() as f64,
        (bytes(&layers) - ordered) as f64 / texts as f64,
    );
    println!(
        "{:<28} {:>6} {:>6} {:>32} {:>32} {:>12}",
        "typed", "hits", "exact", "anywhere: median, p99, max", "near Vinh", "scan / ours"
    );
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for (kind, typed) in kinds(&mut random, &lamps, &wards) {
        measured(kind, &typed, &layers, &scanned);
    }
    after_edits(&mut random, &layers, &lamps);
}

/// Every text of every row, folded, on lines.
fn folded(rows: &Rows) -> Vec<String> {
    let searchable: Vec<usize> =
        (0..rows.layer().fields.len()).filter(|&field| rows.layer().fields[field].searchable).collect();
    let row = |row: usize| {
        let texts = searchable.iter().filter_map(|&field| match rows.columns()[field].get(row) {
            Some(ValueRef::Text(text)) => Some(text),
            _ => None,
        });
        let texts: Vec<String> = std::iter::once(rows.id(row)).chain(texts).map(plain).collect();
        texts.join("\n")
    };
    (0..rows.len()).map(row).collect()
}

fn plain(text: &str) -> String {
    let folded = fold(text);
    folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Rows of which a text has, for each word, one that begins with it.
fn scan(scanned: &[String], typed: &str) -> usize {
    let typed = plain(typed);
    let words: Vec<(&str, String)> = typed.split(' ').map(|word| (word, format!(" {word}"))).collect();
    let answers = |text: &str| words.iter().all(|(word, inside)| text.starts_with(word) || text.contains(inside));
    scanned.iter().filter(|row| row.split('\n').any(answers)).count()
}

/// What people type, by kind.
fn kinds(random: &mut ChaCha8Rng, lamps: &Rows, wards: &Rows) -> Vec<(&'static str, Vec<String>)> {
    let text = |rows: &Rows, row: usize, field: &str| {
        let field = rows.layer().field_index(field).expect("a field");
        rows.columns()[field].get(row).map(|value| value.to_string()).unwrap_or_default()
    };
    let mut each = |make: &mut dyn FnMut(&mut ChaCha8Rng) -> String| -> Vec<String> {
        (0..SEARCHES).map(|_| make(random)).collect()
    };
    let lamp = |random: &mut ChaCha8Rng, field: &str| text(lamps, random.random_range(0..lamps.len()), field);
    let ward = |random: &mut ChaCha8Rng, field: &str| text(wards, random.random_range(0..wards.len()), field);
    let cut = |random: &mut ChaCha8Rng, text: &str| -> String {
        let letters = text.chars().count();
        text.chars().take(random.random_range(1..=letters.max(1))).collect()
    };
    let reversed = |text: &str| text.split(' ').rev().collect::<Vec<_>>().join(" ");
    let one_of = |random: &mut ChaCha8Rng, all: &[&str]| (*all.choose(random).expect("some")).to_owned();
    let twenty = "l 0 1 2 3 4 5 6 7 8 9 d s v t n h p x a";
    vec![
        ("an asset number", each(&mut |random| lamp(random, "asset_no"))),
        (
            "its beginning",
            each(&mut |random| {
                let number = lamp(random, "asset_no");
                cut(random, &number)
            }),
        ),
        ("a street", each(&mut |random| lamp(random, "street"))),
        ("its words the other way", each(&mut |random| reversed(&lamp(random, "street")))),
        ("a ward", each(&mut |random| ward(random, "full_name"))),
        (
            "its beginning, folded",
            each(&mut |random| {
                let name = ward(random, "name");
                fold(&cut(random, &name))
            }),
        ),
        (
            "one letter or digit",
            each(&mut |random| one_of(random, &["a", "d", "đ", "l", "s", "v", "x", "0", "1", "9"])),
        ),
        (
            "what nearly all have",
            each(&mut |random| one_of(random, &["l", "l0", "l00", "đường số", "so duong", "l-0", "1"])),
        ),
        (
            "twenty words",
            each(&mut |random| {
                let count = random.random_range(10..=20);
                twenty.split(' ').take(count).collect::<Vec<_>>().join(" ")
            }),
        ),
        (
            "200 characters",
            each(&mut |random| {
                let street = lamp(random, "street");
                format!("{street} ").repeat(20).chars().take(200).collect()
            }),
        ),
        ("nothing that is there", each(&mut |random| format!("zq{}", random.random_range(0..100_000)))),
    ]
}

fn measured(kind: &str, typed: &[String], layers: &Layers, scanned: &[String]) {
    let mut exact = 0;
    let mut all = |near: Option<Near>| {
        let asked: Vec<Asked> = typed.iter().map(|typed| Asked::new(typed, near, LIMIT, Audience::Public)).collect();
        let asked: Vec<&Asked> = asked.iter().collect();
        Times::of(&asked, |asked| {
            let answer = search(layers, asked);
            exact += usize::from(answer.exact);
            answer.hits.len()
        })
    };
    let (anywhere, hits) = all(None);
    let (near, near_hits) = all(Some(Near::new(VINH)));
    assert_eq!(hits, near_hits, "{kind}: as many wherever one looks");
    let few: Vec<&String> = typed.iter().take(SCANS).collect();
    let (scans, expected) = Times::of(&few, |typed| scan(scanned, typed).min(LIMIT));
    let own: usize =
        few.iter().map(|typed| search(layers, &Asked::new(typed, None, LIMIT, Audience::Public)).hits.len()).sum();
    assert_eq!(own, expected, "{kind}: the scan finds others");
    println!(
        "{kind:<28} {hits:>6} {:>5.0}% {} {} {:>12.0}",
        exact as f64 * 50.0 / typed.len() as f64,
        anywhere.line(),
        near.line(),
        ratio(scans.median(), near.median())
    );
}

/// Each search after an edit that renamed fifty lamps: it makes the names of the new block itself.
fn after_edits(random: &mut ChaCha8Rng, layers: &Layers, lamps: &Rows) {
    let mut index = LayerIndex::clone(&layers[0].0);
    let street = lamps.layer().field_index("street").expect("a field");
    let mut times = Vec::new();
    for number in 0..100_u32 {
        let changes: Vec<Change> = (0..50)
            .map(|_| {
                let mut lamp = lamps.feature(random.random_range(0..lamps.len()));
                lamp.properties[street] = Some(Value::Text(format!("Đại lộ {number}")));
                Change::Put(lamp)
            })
            .collect();
        index = index.apply(&changes).0;
        let edited = vec![(Arc::new(index.clone()), true)];
        let asked = Asked::new(&format!("dai lo {number}"), Some(Near::new(VINH)), LIMIT, Audience::Public);
        let (answer, time) = once(|| search(&edited, &asked));
        assert_eq!(answer.hits.len(), LIMIT, "what was put is found at once");
        times.push(time);
    }
    times.sort_unstable();
    println!("after an edit of 50 names: {:.1?} median, {:.1?} p99, {:.1?} max", times[50], times[98], times[99]);
}
