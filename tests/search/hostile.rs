//! Whatever is typed is answered, in little time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use citylayers::index::LayerIndex;
use citylayers::index::names::{ENTRIES, ROWS, search};
use citylayers::model::{Change, Feature};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::support::features::rows;
use super::{asked, feature, found, layer, names};

#[test]
fn what_no_name_has_finds_nothing() {
    let lamps = layer("street_lights");
    let texts = ["\u{301}\u{323}", " ", "", "★", "\u{0}", "Đường 1", "(,;)"];
    let features: Vec<Feature> = (0..)
        .zip(texts)
        .map(|(number, text)| feature(&lamps, &format!("P-{number}"), [105.0, 18.0], &[("street", text)]))
        .collect();
    let index = [Arc::new(LayerIndex::new(&rows(&lamps, &features)))];
    for typed in ["", "   ", "\u{301}", "\u{301}\u{323} \u{309}", "\u{0}\u{1}\u{2}", "★", "(,;)", "\u{200b}\u{feff}"]
    {
        for near in [None, Some([105.0, 18.0])] {
            assert!(found(&index, &asked(typed, near, 10)).is_empty(), "{typed:?}");
        }
    }
    assert_eq!(names(&found(&index, &asked("đu\u{31b}o\u{31b}\u{300}ng", None, 10))), ["street_lights/P-5"]);
}

/// Any text at all, against a few names.
#[test]
fn no_text_is_too_much() {
    let wards = layer("wards");
    let list = "Xã Nghi Ân, Phường Đông Vĩnh (thành phố Vinh), ".repeat(200);
    let long = feature(&wards, "1", [105.0, 18.0], &[("name", "Vinh"), ("merged_from", &list)]);
    let index = [Arc::new(LayerIndex::new(&rows(&wards, &[long])))];
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let pieces = [
        "a",
        "đ",
        "Đ",
        "\u{301}",
        " ",
        "\0",
        "\u{1}",
        ",",
        "(",
        "日本",
        "𝔙𝔦𝔫𝔥",
        "ß",
        "İ",
        "ﬁ",
        "vinh",
        "%",
        "\u{10ffff}",
    ];
    for _ in 0..3_000 {
        let typed: String =
            (0..random.random_range(0..60)).map(|_| pieces[random.random_range(0..pieces.len())]).collect();
        let _any = found(&index, &asked(&typed, Some([0.0, 0.0]), 100));
    }
    for typed in ["a ".repeat(5_000), "vinh".repeat(2_500), "nghi an dong vinh ".repeat(600), "\u{301}".repeat(10_000)]
    {
        let start = Instant::now();
        let _any = found(&index, &asked(&typed, None, 100));
        assert!(start.elapsed() < Duration::from_secs(2), "{} characters", typed.len());
    }
}

/// More names than are looked at: what was typed itself is among the answers, the rest is told to be a choice.
#[test]
fn a_whole_name_is_never_passed_over() {
    let lamps = layer("street_lights");
    let made = u32::try_from(ENTRIES).expect("not so many") + 5_000;
    let mut features: Vec<Feature> = (0..made)
        .map(|number| {
            let place = [105.0 + f64::from(number) * 1e-5, 18.0];
            feature(
                &lamps,
                &format!("Đ-{number:06}"),
                place,
                &[("asset_no", &format!("L-{number:06}")), ("street", "Lê Lợi")],
            )
        })
        .collect();
    features.push(feature(&lamps, "Z", [107.0, 20.0], &[("asset_no", "Ł")]));
    let stops = layer("bus_stops");
    let stop = feature(&stops, "B", [107.0, 20.0], &[("name", "L")]);
    let indexes =
        [Arc::new(LayerIndex::new(&rows(&lamps, &features))), Arc::new(LayerIndex::new(&rows(&stops, &[stop])))];
    let shown: Vec<(Arc<LayerIndex>, bool)> = indexes.iter().map(|index| (Arc::clone(index), true)).collect();
    for near in [None, Some([105.01, 18.0])] {
        let answer = search(&shown, &asked("l", near, 10));
        assert_eq!(names(&answer.hits)[..2].iter().collect::<std::collections::BTreeSet<_>>().len(), 2);
        assert!(
            ["street_lights/Z", "bus_stops/B"]
                .iter()
                .all(|name| names(&answer.hits)[..2].contains(&(*name).to_owned())),
            "{:?}",
            names(&answer.hits)
        );
        assert_eq!((answer.hits.len(), answer.exact), (10, false));
        for typed in ["d 014999", "l-014999", "L-014999"] {
            let one = search(&shown, &asked(typed, near, 10));
            assert_eq!((names(&one.hits), one.exact), (vec!["street_lights/Đ-014999".to_owned()], true), "{typed}");
        }
    }
    // Of very many the nearest are shown all the same.
    let near = search(&shown, &asked("l-", Some([105.1234, 18.0]), 5));
    assert!(!near.exact);
    assert_eq!(names(&near.hits)[2..], ["street_lights/Đ-012340", "street_lights/Đ-012339", "street_lights/Đ-012341"]);
    // One text that all of them have: the nearest of all is found.
    let street = search(&shown, &asked("lê lợi", Some([105.1234, 18.0]), 3));
    assert!(street.exact && ROWS > features.len());
    assert_eq!(names(&street.hits), ["street_lights/Đ-012340", "street_lights/Đ-012339", "street_lights/Đ-012341"]);
}

/// Twenty words, each of which a million texts might have, cost no more than one.
#[test]
fn many_words_are_charged_for() {
    let lamps = layer("street_lights");
    let words: Vec<String> = ('a'..='t').map(|letter| format!("{letter}{letter}")).collect();
    let name = words.join(" ");
    let features: Vec<Feature> = (0..4_000)
        .map(|number| feature(&lamps, &number.to_string(), [105.0, 18.0], &[("asset_no", &format!("{name} {number}"))]))
        .collect();
    let index = [(Arc::new(LayerIndex::new(&rows(&lamps, &features))), true)];
    let typed: Vec<String> = ('a'..='t').rev().map(String::from).collect();
    let answer = search(&index, &asked(&typed.join(" "), None, 10));
    assert_eq!((answer.hits.len(), answer.exact), (10, false));
}

/// Readers who come together share one making of the names, and edits are seen by the next.
#[test]
fn many_may_search_first_and_while_names_change() {
    let stops = layer("bus_stops");
    let named = |number: usize, name: &str| feature(&stops, &format!("S-{number}"), [105.0, 18.0], &[("name", name)]);
    let features: Vec<Feature> = (0..20_000).map(|number| named(number, &format!("Bến {number}"))).collect();
    let mut index = Arc::new(LayerIndex::new(&rows(&stops, &features)));
    assert_eq!((index.rows_without_names(), index.is_searched()), (20_000, false));
    let before = index.heap_bytes();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let index = [Arc::clone(&index)];
            scope.spawn(move || {
                let typed = format!("ben {}", thread * 1_000 + 7);
                assert_eq!(
                    names(&found(&index, &asked(&typed, None, 1))),
                    [format!("bus_stops/S-{}", thread * 1_000 + 7)]
                );
            });
        }
    });
    assert_eq!((index.rows_without_names(), index.is_searched()), (0, true));
    let names_bytes = index.heap_bytes() - before;
    assert!(names_bytes > 20_000 * 20 && names_bytes < 20_000 * 80, "{names_bytes} bytes for 40,000 texts");
    for round in 0..30 {
        let (old, new) = (format!("Bến {round}"), format!("Ga {round}"));
        index = Arc::new(index.apply(&[Change::Put(named(round, &new))]).0);
        if round == 20 {
            index = Arc::new(index.compacted().0);
            assert_eq!(index.rows_without_names(), 0, "who searched before does not wait after a compaction");
        }
        let layers = [Arc::clone(&index)];
        assert_eq!(names(&found(&layers, &asked(&new, None, 1))), [format!("bus_stops/S-{round}")]);
        let gone = found(&layers, &asked(&old, None, 100));
        assert!(!names(&gone).contains(&format!("bus_stops/S-{round}")), "{old} was renamed");
    }
}
