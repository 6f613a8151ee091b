//! What people do about one alert on several nodes at once: each deed is kept, or refused.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use citylayers::catalog::Catalog;
use citylayers::city::City;
use citylayers::model::alert::{Deed, DeedError, Status};
use citylayers::model::{Alert, DocumentKind};
use citylayers::store::Keys;

use super::readings::{Node, air, station};
use super::support::database::Database;

/// Rounds: most of them meet at the same moment.
const ROUNDS: i64 = 20;

async fn act(city: &City, id: &str, deed: Deed, by: &str) -> Option<Result<(), DeedError>> {
    city.act(id, &deed, by, None, Utc::now()).await.expect("the store is there")
}

/// An alert as it is kept.
async fn kept(city: &City, id: &str) -> Alert {
    let mut found = Vec::new();
    for kind in [DocumentKind::OpenAlert, DocumentKind::EndedAlert] {
        found.extend(city.alerts(kind, Keys::These(vec![id.to_owned()])).await.expect("alerts"));
    }
    assert_eq!(found.len(), 1, "open, or over: {found:?}");
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_deed_is_lost_on_two_nodes_at_once() {
    let Some(database) = Database::fresh().await else { return };
    let catalog = Arc::new(Catalog::shipped().expect("the shipped catalogue reads"));
    let (mut a, mut b) = (Node::start(&database, &catalog).await, Node::start(&database, &catalog).await);
    a.city.commit(vec![station(&catalog)]).await.expect("kept");
    let layer = air(&catalog).id.clone();
    b.until("there is a station", |city| city.atlas().layer(&layer).is_some_and(|index| index.contains("A"))).await;
    let start = Utc::now() - TimeDelta::hours(1);
    for round in 0..ROUNDS {
        let second = |number| start + TimeDelta::seconds(round * 10 + number);
        a.measure(&catalog, second(0), 260.0).await;
        b.until("the air is bad", |city| city.open_alerts().iter().any(|alert| alert.rule == "air_very_unhealthy"))
            .await;
        let of = |alert: &Arc<Alert>| alert.rule == "air_very_unhealthy" && alert.raised_at == second(0);
        let id = b.open().into_iter().find(of).expect("raised").id.clone();

        let (one, other) = tokio::join!(
            act(&a.city, &id, Deed::Assign("Sở Y tế".to_owned()), "Lan"),
            act(&b.city, &id, Deed::Tick(1), "Minh")
        );
        assert_eq!((one, other), (Some(Ok(())), Some(Ok(()))), "round {round}");
        let (one, other) =
            tokio::join!(act(&a.city, &id, Deed::Acknowledge, "Lan"), act(&b.city, &id, Deed::Acknowledge, "Minh"));
        let done = [&one, &other].into_iter().filter(|done| matches!(done, Some(Ok(())))).count();
        assert_eq!(done, 1, "round {round}: one of them is told that somebody did it before: {one:?}, {other:?}");
        let (ticked, ()) = tokio::join!(act(&a.city, &id, Deed::Tick(2), "Lan"), b.measure(&catalog, second(1), 50.0));

        let alert = kept(&a.city, &id).await;
        assert_eq!(alert.status, Status::Resolved, "round {round}: what is over stays over");
        let people = alert.trail.iter().filter(|entry| entry.by.is_some()).count();
        let expected = 3 + usize::from(ticked == Some(Ok(())));
        assert_eq!(people, expected, "round {round}: each deed stands in the trail: {:?}", alert.trail);
        // As long as it takes the alert for open, what is bad anew is that one to it, and raises one half a minute later.
        a.until("it is over", |city| city.open_alerts().iter().all(|open| open.id != id)).await;
    }
    a.stop().await;
    b.stop().await;
}
