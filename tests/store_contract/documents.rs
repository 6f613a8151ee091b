//! Documents: kept whole, with the changes of their commit or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use citylayers::geo::GeometryKind;
use citylayers::model::{Change, Document, DocumentKind, FeatureId, FieldType};

use crate::support::ground::Ground;
use crate::support::layers::layer;

pub async fn documents_are_kept_by_kind_and_key(mut ground: Ground) {
    use DocumentKind::{EndedAlert, OpenAlert};
    let alerts = layer("alerts", GeometryKind::Point, FieldType::Text, &[]);
    ground.store.prepare(&[Arc::clone(&alerts)]).await.unwrap();
    let document = |kind, key: &str, body: Option<&str>| {
        let (key, body) = (key.to_owned(), body.map(str::to_owned));
        Change::Document(Arc::new(Document { layer: alerts.id.clone(), kind, key, body }))
    };
    let commits = [
        vec![document(OpenAlert, "a", Some(r#"{"n": 1}"#)), document(OpenAlert, "b'; --", Some(r#"{"ơ": "ẹ"}"#))],
        vec![document(OpenAlert, "a", Some(r#"{"n": 2}"#)), document(EndedAlert, "a", Some("{}"))],
        vec![document(OpenAlert, "b'; --", None), document(OpenAlert, "nobody", None)],
    ];
    for commit in &commits {
        ground.store.commit(commit).await.unwrap();
    }
    // A commit that fails keeps none of its documents.
    let stranger = layer("strangers", GeometryKind::Point, FieldType::Text, &[]).id.clone();
    let failing =
        [document(OpenAlert, "lost", Some("{}")), Change::Remove { layer: stranger, id: FeatureId::new("x").unwrap() }];
    ground.store.commit(&failing).await.expect_err("the layer was not prepared");
    ground.reopen().await;
    ground.store.prepare(&[Arc::clone(&alerts)]).await.unwrap();
    let expected = [
        (OpenAlert, None, BTreeMap::from([("a", serde_json::json!({"n": 2}))])),
        (EndedAlert, None, BTreeMap::from([("a", serde_json::json!({}))])),
        (OpenAlert, Some(vec!["a", "lost"]), BTreeMap::from([("a", serde_json::json!({"n": 2}))])),
        (DocumentKind::Rule, None, BTreeMap::new()),
    ];
    for (kind, keys, documents) in expected {
        let keys = keys.map(|keys| keys.into_iter().map(str::to_owned).collect());
        let found = ground.store.documents(kind, keys.clone()).await.unwrap();
        let found: BTreeMap<&str, serde_json::Value> =
            found.iter().map(|(key, body)| (key.as_str(), serde_json::from_str(body).unwrap())).collect();
        assert_eq!(found, documents, "{kind:?} {keys:?}");
    }
}
