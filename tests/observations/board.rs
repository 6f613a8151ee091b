//! The memory of what happened: what of it counts together, and what is forgotten.

use chrono::DateTime;
use citylayers::geo::{BBox, Window};
use citylayers::live::{Board, Digest, Heard, News, Reading};
use citylayers::model::{FeatureId, LayerId, Revision, Touch};

fn layer() -> LayerId {
    LayerId::new("parking").expect("an id")
}

fn reading(feature: &str, second: i64, values: [Option<f64>; 2]) -> News {
    News::Observe(Reading {
        layer: layer(),
        feature: FeatureId::new(feature).expect("an id"),
        time: DateTime::from_timestamp(second, 0).expect("a moment"),
        position: None,
        values: Box::new(values),
        bbox: None,
    })
}

fn put(feature: &str, [west, south]: [f64; 2]) -> News {
    let bbox = Some(BBox { west, south, east: west, north: south });
    News::Put { layer: layer(), feature: FeatureId::new(feature).expect("an id"), bbox }
}

#[test]
fn of_several_commits_the_newest_of_each_feature_counts() {
    let remove = News::Remove { layer: layer(), feature: FeatureId::new("b").expect("an id"), bbox: None };
    let tiles =
        |zoom| News::Tiles { layer: layer(), touches: vec![Touch { from: zoom, ..Touch::from(Window::WORLD, 0) }] };
    let all = [
        reading("a", 1, [Some(1.0), Some(2.0)]),
        put("b", [1.0, 1.0]),
        tiles(3),
        reading("a", 2, [Some(3.0), None]),
        reading("c", 1, [None, Some(5.0)]),
        put("b", [2.0, 3.0]),
        tiles(4),
        remove,
    ];
    let digest = Digest::new(Revision(9), &all);
    assert_eq!((digest.revision, digest.news.len()), (Revision(9), 4), "{:?}", digest.news);
    assert_eq!(digest.news[0], reading("a", 2, [Some(3.0), Some(2.0)]));
    let News::Remove { bbox: Some(around), .. } = &digest.news[1] else { panic!("{:?}", digest.news[1]) };
    let wanted = BBox { west: 1.0, south: 1.0, east: 2.0, north: 3.0 };
    assert_eq!(*around, wanted, "whoever saw it anywhere is told");
    assert!(matches!(&digest.news[2], News::Tiles { touches, .. } if touches.len() == 2), "{:?}", digest.news[2]);
    assert_eq!(digest.news[3], reading("c", 1, [None, Some(5.0)]));
}

#[test]
fn nothing_is_told_of_what_was_measured_before_a_feature_was_taken_away() {
    let remove =
        |feature| News::Remove { layer: layer(), feature: FeatureId::new(feature).expect("an id"), bbox: None };
    let measured = |feature| reading(feature, 1, [Some(1.0), None]);
    let all = [
        put("a", [1.0, 1.0]),
        measured("a"),
        remove("a"),
        measured("a"),
        put("b", [1.0, 1.0]),
        measured("b"),
        remove("b"),
        put("b", [1.0, 1.0]),
        measured("b"),
    ];
    let told = Digest::new(Revision(9), &all).news;
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(matches!(&told[0], News::Remove { feature, .. } if feature.as_str() == "a"), "{told:?}");
    assert!(matches!(&told[1], News::Put { feature, .. } if feature.as_str() == "b"), "{told:?}");
    assert_eq!(told[2], measured("b"));
}

#[tokio::test]
async fn who_comes_too_late_is_told_to_start_over_and_who_is_in_time_misses_nothing() {
    let board = Board::start(Revision(10));
    let mut slow = board.listen(None).expect("from now on");
    let mut fast = board.listen(None).expect("from now on");
    // More than is remembered, in commits that are too long to be put together at once.
    for revision in 11..=60_u64 {
        let news = (0..8_000)
            .map(|number| reading(&format!("f-{number}"), i64::try_from(revision).expect("few"), [Some(1.0), None]));
        board.announce(Revision(revision), news.collect());
        if revision == 11 {
            let Heard::News(digest) = fast.next().await else { panic!("in time") };
            assert_eq!((digest.revision, digest.news.len()), (Revision(11), 8_000));
        }
    }
    let mut heard = slow.next().await;
    if let Heard::News(digest) = &heard {
        assert_eq!(digest.revision, Revision(11), "what all were told before");
        heard = slow.next().await;
    }
    assert!(matches!(heard, Heard::Reset(Revision(60))), "too late: {heard:?}");
    assert!(board.listen(Some(board.place(Revision(11)))).is_none(), "forgotten");
    assert!(board.listen(Some(board.place(Revision(61)))).is_none(), "of no commit");
    let mut back = board.listen(Some(board.place(Revision(59)))).expect("remembered");
    let elsewhere = Board::start(Revision(0)).place(Revision(59));
    assert!(board.listen(Some(elsewhere)).is_none(), "another board counts otherwise");
    let Heard::News(digest) = back.next().await else { panic!("in time") };
    assert_eq!((digest.revision, digest.news.len()), (Revision(60), 8_000));
}

/// A heartbeat that comes between does not swallow what is put together meanwhile.
#[tokio::test]
async fn what_was_waited_for_in_vain_is_told_the_next_time() {
    let board = Board::start(Revision(0));
    let mut listener = board.listen(None).expect("from now on");
    let news = (0..150_000).map(|number| reading(&format!("f-{number}"), 1, [Some(1.0), None]));
    board.announce(Revision(1), news.collect());
    // Whenever the waiting is given up, nothing is lost.
    for patience in [0, 50, 101, 110] {
        let heard = tokio::time::timeout(std::time::Duration::from_millis(patience), listener.next()).await;
        if let Ok(Heard::News(digest)) = heard {
            assert_eq!(digest.news.len(), 150_000);
            return;
        }
    }
    let Heard::News(digest) = listener.next().await else { panic!("nothing is forgotten") };
    assert_eq!(digest.news.len(), 150_000);
}
