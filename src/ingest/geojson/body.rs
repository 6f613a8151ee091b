//! GeoJSON that is in memory already: the body of a request.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::feature::Parser;
use super::outline::declared_crs;
use crate::ingest::read::{excerpt, refusal};
use crate::ingest::report::{Reason, Refusal};
use crate::ingest::source::{Format, Record, Source};

/// What decides between one feature and many.
#[derive(Deserialize)]
struct Outline<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    features: Option<Vec<&'a RawValue>>,
    crs: Option<Value>,
}

/// The features of a `Feature` or a `FeatureCollection`. A text that is neither is a refusal; what is wrong with one feature of many
/// is told with its row. Its system is the one that a member `crs` names, if any.
pub fn features(text: &[u8]) -> Result<Source, Refusal> {
    let unreadable = |message: String| refusal(1, Reason::Unreadable, message);
    let outline: Outline<'_> =
        serde_json::from_slice(text).map_err(|error| unreadable(format!("no GeoJSON: {error}")))?;
    let crs = outline.crs.as_ref().map_or(Ok(None), declared_crs).map_err(unreadable)?;
    let mut parser = Parser::default();
    let records: Vec<Result<Record, Refusal>> = match (outline.kind.as_str(), outline.features) {
        ("Feature", None) => vec![parser.parse(1, text, false)],
        ("FeatureCollection", Some(features)) => {
            (1..).zip(features).map(|(row, feature)| parser.parse(row, feature.get().as_bytes(), false)).collect()
        }
        ("FeatureCollection", None) => {
            return Err(unreadable("a FeatureCollection has a member `features`".to_owned()));
        }
        (other, _) => {
            return Err(unreadable(format!("a Feature or a FeatureCollection is taken, not `{}`", excerpt(other))));
        }
    };
    Ok(Source {
        format: Format::GeoJson,
        crs,
        encoding: "utf-8".to_owned(),
        len: Some(records.len() as u64),
        records: Box::new(records.into_iter()),
    })
}
