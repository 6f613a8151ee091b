//! Documents: kept whole, with the changes of their commit or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use citylayers::geo::GeometryKind;
use citylayers::model::{Change, Document, DocumentKind, FeatureId, FieldType};
use citylayers::store::{Keys, StoreError};

use crate::support::ground::Ground;
use crate::support::layers::layer;

pub async fn documents_are_kept_by_kind_and_key(mut ground: Ground) {
    use DocumentKind::{EndedAlert, Message, OpenAlert};
    let one = || serde_json::json!([1]);
    let alerts = layer("alerts", GeometryKind::Point, FieldType::Text, &[]);
    ground.store.prepare(&[Arc::clone(&alerts)]).await.unwrap();
    let document = |kind, key: &str, body: Option<&str>| {
        let (key, body) = (key.to_owned(), body.map(str::to_owned));
        Change::Document(Arc::new(Document { layer: alerts.id.clone(), kind, key, body, follows: None }))
    };
    let commits = [
        vec![document(OpenAlert, "a", Some(r#"{"n": 1}"#)), document(OpenAlert, "b'; --", Some(r#"{"ơ": "ẹ"}"#))],
        vec![document(OpenAlert, "a", Some(r#"{"n": 2}"#)), document(EndedAlert, "a", Some("{}"))],
        ["a", "a/", "a/1", "a/ợ", "a%/1", "a0", "b/1"].map(|key| document(Message, key, Some("[1]"))).into(),
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
    let next = |first: &str, after: &str, most| Keys::Next { first: first.to_owned(), after: after.to_owned(), most };
    let beginning = |first: &str| next(first, "", 10);
    let expected = [
        (Message, beginning("a/"), BTreeMap::from([("a/", one()), ("a/1", one()), ("a/ợ", one())])),
        (Message, beginning("a%/"), BTreeMap::from([("a%/1", one())])),
        (Message, beginning("c"), BTreeMap::new()),
        (Message, next("", "a/1", 2), BTreeMap::from([("a/ợ", one()), ("a0", one())])),
        (Message, next("a/", "a/1", 2), BTreeMap::from([("a/ợ", one())])),
        (Message, next("", "b/1", 2), BTreeMap::new()),
        (OpenAlert, Keys::All, BTreeMap::from([("a", serde_json::json!({"n": 2}))])),
        (EndedAlert, Keys::All, BTreeMap::from([("a", serde_json::json!({}))])),
        (
            OpenAlert,
            Keys::These(vec!["a".to_owned(), "lost".to_owned()]),
            BTreeMap::from([("a", serde_json::json!({"n": 2}))]),
        ),
        (DocumentKind::Rule, Keys::All, BTreeMap::new()),
    ];
    for (kind, keys, documents) in expected {
        let found = ground.store.documents(kind, keys.clone()).await.unwrap();
        let found: BTreeMap<&str, serde_json::Value> =
            found.iter().map(|(key, body)| (key.as_str(), serde_json::from_str(body).unwrap())).collect();
        assert_eq!(found, documents, "{kind:?} {keys:?}");
    }
    let ordered = ground.store.documents(Message, beginning("a")).await.unwrap();
    let keys: Vec<&str> = ordered.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["a", "a%/1", "a/", "a/1", "a/ợ", "a0"], "byte by byte");
}

pub async fn a_document_follows_the_one_before(ground: Ground) {
    let alerts = layer("alerts", GeometryKind::Point, FieldType::Text, &[]);
    ground.store.prepare(&[Arc::clone(&alerts)]).await.unwrap();
    let document = |body: Option<&str>, follows| {
        let body = body.map(|trail| format!(r#"{{"trail": {trail}}}"#));
        let (layer, kind) = (alerts.id.clone(), DocumentKind::OpenAlert);
        Change::Document(Arc::new(Document { layer, kind, key: "a".to_owned(), body, follows }))
    };
    for (body, follows, kept) in [
        (Some("[1]"), Some(1), false),
        (None, Some(1), false),
        (Some("[1]"), Some(0), true),
        (Some("[1]"), Some(0), false),
        (Some("[1, 2, 3]"), Some(1), true),
        (Some("[1, 2]"), Some(1), false),
        (None, Some(1), false),
        (Some("[1, 2, 3]"), Some(3), true),
        (None, Some(3), true),
        (Some("[1]"), Some(3), false),
        (Some("[9]"), None, true),
        (None, None, true),
        (None, None, true),
    ] {
        let beside = Change::Document(Arc::new(Document {
            layer: alerts.id.clone(),
            kind: DocumentKind::Muted,
            key: format!("{body:?} {follows:?}"),
            body: Some("{}".to_owned()),
            follows: None,
        }));
        let answer = ground.store.commit(&[beside, document(body, follows)]).await;
        match answer {
            Ok(_) => assert!(kept, "{body:?} after {follows:?}"),
            Err(StoreError::Overtaken { kind, key }) => {
                assert_eq!((kept, kind, key.as_str()), (false, "open_alert", "a"), "{body:?} after {follows:?}");
            }
            Err(other) => panic!("{body:?} after {follows:?}: {other}"),
        }
    }
    let muted = ground.store.documents(DocumentKind::Muted, Keys::All).await.unwrap();
    assert_eq!(muted.len(), 6, "nothing of a commit that was overtaken is kept: {muted:?}");
}
