//! What was measured, told again.

use serde_json::{Value as Json, json};

use super::{free, observing, post, today};

const PATH: &str = "/collections/parking/items/P-1/observations";

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_feature_is_told_in_order_page_by_page() {
    let service = observing().await;
    // Late, twice, and in any order.
    let clocks = ["10:00:00", "10:20:00", "10:05:00", "10:05:00", "09:59:59", "10:40:00"];
    for (number, clock) in clocks.iter().enumerate() {
        assert_eq!(
            post(&service, &free("P-1", &today(clock), f64::from(u32::try_from(number).expect("few")))).await.status,
            200
        );
    }
    let all = service.get(PATH, &[]).await.json();
    let values = |document: &Json| -> Vec<(String, f64)> {
        let one = |one: &Json| {
            let time = one["time"].as_str().expect("a time");
            (time.get(11..19).expect("a clock").to_owned(), one["free"].as_f64().expect("a value"))
        };
        document["observations"].as_array().expect("observations").iter().map(one).collect()
    };
    let told =
        |pairs: &[(&str, f64)]| pairs.iter().map(|(clock, value)| ((*clock).to_owned(), *value)).collect::<Vec<_>>();
    let expected =
        told(&[("09:59:59", 4.0), ("10:00:00", 0.0), ("10:05:00", 2.0), ("10:20:00", 1.0), ("10:40:00", 5.0)]);
    assert_eq!(values(&all), expected);
    assert_eq!((&all["layer"], &all["feature"], &all["numberReturned"]), (&json!("parking"), &json!("P-1"), &json!(5)));
    assert_eq!(values(&service.get(&format!("{PATH}?limit=2"), &[]).await.json()), expected[3..], "the newest");

    let mut paged = Vec::new();
    let mut next = Some(format!("{PATH}?limit=2&datetime={}/..", today("10:00:00")));
    while let Some(path) = next {
        let page = service.get(&path, &[]).await.json();
        paged.extend(values(&page));
        let link = page["links"].as_array().expect("links").iter().find(|link| link["rel"] == "next");
        next =
            link.map(|link| link["href"].as_str().expect("a link").strip_prefix(&service.url).expect("own").to_owned());
    }
    assert_eq!(paged, expected[1..]);

    let between = format!("{PATH}?datetime={}/{}", today("10:01:00"), today("10:20:00"));
    assert_eq!(values(&service.get(&between, &[]).await.json()), expected[2..4]);
    let mean = service.get(&format!("{PATH}?interval=PT1H&agg=avg"), &[]).await.json();
    assert_eq!(values(&mean), told(&[("09:00:00", 4.0), ("10:00:00", 2.0)]));
    let count = service.get(&format!("{PATH}?interval=PT15M&agg=count"), &[]).await.json();
    assert_eq!(values(&count), told(&[("09:45:00", 1.0), ("10:00:00", 2.0), ("10:15:00", 1.0), ("10:30:00", 1.0)]));
    let csv = service.get(&format!("{PATH}?f=csv&limit=1"), &[]).await;
    assert_eq!(String::from_utf8_lossy(&csv.body), format!("time,free\r\n{},5\r\n", today("10:40:00.000")));
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let cut = service.get(&format!("{PATH}?f=csv&limit=1&datetime={}/..", today("10:00:00")), &[]).await;
    assert!(cut.header("link").ends_with("; rel=\"next\""), "{}", cut.header("link"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_told() {
    let service = observing().await;
    for (path, status) in [
        ("/collections/parking/items/P-1/observations", 200),
        ("/collections/parking/items/P-9/observations", 404),
        ("/collections/cameras/items/C-1/observations", 404),
        ("/collections/nothing/items/C-1/observations", 404),
        ("/collections/parking/items/P-1/observations?property=pm25", 400),
        ("/collections/parking/items/P-1/observations?interval=P1M", 400),
        ("/collections/parking/items/P-1/observations?interval=PT1H&agg=median", 400),
        ("/collections/parking/items/P-1/observations?agg=avg", 400),
        ("/collections/parking/items/P-1/observations?datetime=yesterday", 400),
        ("/collections/parking/items/P-1/observations?nonsense=1", 400),
    ] {
        let answer = service.get(path, &[]).await;
        assert_eq!(answer.status, status, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }
    service.stop().await;
}

/// A device that tells one thing often and another seldom.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_property_that_is_chosen_only_its_own_moments_are_told() {
    let service = observing().await;
    for minute in 0..40 {
        let values = if minute % 10 == 0 { json!({"pm25": minute}) } else { json!({"aqi": 50 + minute}) };
        let time = today(&format!("10:{minute:02}:00"));
        let reading = json!({"layer": "air_stations", "feature": "A-1", "time": time, "values": values});
        assert_eq!(post(&service, &reading).await.status, 200);
    }
    let minutes = |document: &Json| -> Vec<String> {
        let all = document["observations"].as_array().expect("observations");
        all.iter()
            .map(|one| one["time"].as_str().and_then(|time| time.get(14..16)).expect("a time").to_owned())
            .collect()
    };
    let path = "/collections/air_stations/items/A-1/observations?property=pm25";
    assert_eq!(minutes(&service.get(&format!("{path}&limit=2"), &[]).await.json()), ["20", "30"], "the newest");
    let from = format!("{path}&limit=3&datetime={}/..", today("10:00:00"));
    let first = service.get(&from, &[]).await.json();
    assert_eq!(minutes(&first), ["00", "10", "20"]);
    let next = first["links"][1]["href"].as_str().and_then(|href| href.strip_prefix(&service.url)).expect("a page");
    assert_eq!(minutes(&service.get(next, &[]).await.json()), ["30"]);
    let steps = format!("{path}&interval=PT5M&agg=last");
    assert_eq!(minutes(&service.get(&steps, &[]).await.json()), ["00", "10", "20", "30"]);
    service.stop().await;
}
