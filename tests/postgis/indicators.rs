//! Values of indicators that another node or somebody else writes are heard.

use citylayers::model::{Change, FeatureId, Indication, Indications, IndicatorId, LayerId};
use citylayers::store::Store;

use super::support::database::Database;
use super::{heard, insert, node};

fn told(unit: &str, value: f64) -> Change {
    let one = Indication {
        indicator: IndicatorId::new("population").expect("an id"),
        unit: FeatureId::new(unit).expect("not empty"),
        period: "2026".parse().expect("a period"),
        value,
    };
    Change::Indicate(Indications::new(LayerId::new("lamps").expect("an id"), [one]))
}

#[tokio::test]
async fn what_others_tell_of_indicators_is_heard() {
    let Some(database) = Database::fresh().await else { return };
    let (a, b) = (node(&database).await, node(&database).await);
    a.commit(&[told("1", 10.0)]).await.expect("kept");
    assert_eq!(heard(&b).await.0, ["population 1 2026=10"]);
    assert!(a.foreign().await.expect("the journal is read").is_empty(), "not by who told it");
    database.execute("UPDATE citylayers.indicators SET value = 11").await;
    assert_eq!(heard(&a).await.0, ["population 1 2026=11"]);
    assert_eq!(heard(&b).await.0, ["population 1 2026=11"]);
    // All of them are told, beside what else was done.
    let both = format!(
        "{}; INSERT INTO citylayers.indicators VALUES ('population', '2', '2026', 'lamps', 5), ('population', '3', 'soon', 'lamps', 5)",
        insert("x", 1)
    );
    database.execute(&both).await;
    assert_eq!(heard(&a).await.0, ["+x=1", "population 1 2026=11", "population 2 2026=5"]);
    database.execute("TRUNCATE citylayers.indicators").await;
    let foreign = super::listen(&a).await;
    let [citylayers::store::Foreign::Indicated(all, _)] = foreign.as_slice() else { panic!("{foreign:?}") };
    assert!(all.is_empty());
}
