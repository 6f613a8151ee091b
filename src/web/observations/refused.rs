//! The last readings that were refused: an instrument that sends nonsense is found by what it sends.

use std::collections::VecDeque;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::Serialize;

use crate::ingest::reading::{ReadingReason, RefusedReading};
use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// Refusals that are remembered, until the next start.
const REMEMBERED: usize = 1000;

/// One of them.
#[derive(Clone, Debug, Serialize)]
struct Entry {
    /// When it came.
    received: DateTime<Utc>,
    reason: ReadingReason,
    message: String,
}

/// The last refusals.
#[derive(Debug, Default)]
pub struct Refused(Mutex<VecDeque<Entry>>);

impl Refused {
    /// Remembers refusals of a moment.
    pub fn remember(&self, received: DateTime<Utc>, refused: &[RefusedReading]) {
        let mut entries = self.0.lock();
        for RefusedReading { reason, message, .. } in refused.iter().rev().take(REMEMBERED).rev() {
            if entries.len() == REMEMBERED {
                entries.pop_back();
            }
            entries.push_front(Entry { received, reason: *reason, message: message.clone() });
        }
    }
}

/// `GET /observations/refused`: the last 1,000, the newest first.
pub async fn refused(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let entries: Vec<Entry> = state.refused.0.lock().iter().cloned().collect();
    let document = serde_json::json!({"refused": entries});
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(document))
}
