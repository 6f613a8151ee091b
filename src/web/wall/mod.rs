//! What a wall of screens asks: its scenes, what they count, what went up and down, and how fresh everything is.
//!
//! Many walls ask the same, and again each second. So an answer is put together once and given to all who ask within a moment.

pub mod counters;
pub mod freshness;
pub mod scenes;
pub mod trends;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::header;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value as Json;
use tokio::sync::Semaphore;

use super::error::Problem;
use super::serving::State;
use crate::catalog::Scene;

/// Answers that were put together lately, one a name. There are as many names as scenes have parts.
#[derive(Debug, Default)]
pub struct Lately(Mutex<HashMap<String, Arc<Answer>>>);

#[derive(Debug)]
struct Answer {
    told: Mutex<Option<(Instant, Bytes)>>,
    /// One permit: whoever comes first puts it together, and the others wait.
    making: Semaphore,
}

impl Default for Answer {
    fn default() -> Self {
        Self { told: Mutex::default(), making: Semaphore::new(1) }
    }
}

impl Answer {
    fn told(&self, lasts: Duration) -> Option<Bytes> {
        let told = self.told.lock();
        told.as_ref().filter(|(at, _)| at.elapsed() < lasts).map(|(_, bytes)| bytes.clone())
    }
}

impl Lately {
    /// The answer of a name, not older than `lasts`.
    pub async fn answer(
        &self,
        name: String,
        lasts: Duration,
        make: impl Future<Output = Result<Json, Problem>>,
    ) -> Result<HttpResponse, Problem> {
        let answer = Arc::clone(self.0.lock().entry(name).or_default());
        let bytes = match answer.told(lasts) {
            Some(bytes) => bytes,
            None => answer.made(lasts, make).await?,
        };
        Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .content_type("application/json")
            .body(bytes))
    }
}

impl Answer {
    async fn made(&self, lasts: Duration, make: impl Future<Output = Result<Json, Problem>>) -> Result<Bytes, Problem> {
        let _permit = self.making.acquire().await.map_err(|error| {
            tracing::error!(%error, "nobody may put an answer together");
            Problem::Internal
        })?;
        if let Some(bytes) = self.told(lasts) {
            return Ok(bytes);
        }
        // It is as old as the state that it tells of.
        let at = Instant::now();
        let bytes = Bytes::from(make.await?.to_string());
        *self.told.lock() = Some((at, bytes.clone()));
        Ok(bytes)
    }
}

/// The scene of a path.
fn scene<'s>(state: &'s State, id: &str) -> Result<&'s Scene, Problem> {
    state.catalog.scenes().iter().find(|scene| scene.id == id).ok_or_else(|| {
        let shown: String = id.chars().take(80).collect();
        Problem::NotFound(format!("there is no scene `{shown}`; GET /scenes tells those that there are"))
    })
}
