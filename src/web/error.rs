//! The one table from what went wrong to a status and a problem document (RFC 9457).

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value as Json, json};

/// An answer that is not the one asked for. `detail` names the value, the limit and the way out; it never holds the
/// cause of a fault of ours.
#[derive(Debug)]
pub enum Problem {
    /// 400: the request cannot be meant.
    BadRequest(String),
    /// 403: not from there.
    Forbidden(String),
    /// 404: there is no such thing.
    NotFound(String),
    /// 405: not with this method.
    MethodNotAllowed(String),
    /// 405: with no method, as long as it is switched off.
    SwitchedOff(String),
    /// 409: it would be there twice.
    Conflict(String),
    /// 412: it is another one than was meant.
    PreconditionFailed(String),
    /// 413: more than is taken at once.
    TooLarge(String),
    /// 415: of a type that is not read here.
    UnsupportedMediaType(String),
    /// 422: read, and not fit to be kept; with each refusal.
    Unprocessable {
        /// What all of it comes to.
        detail: String,
        /// Row, id, reason and message of each.
        refusals: Json,
    },
    /// 428: only on condition that nobody changed it meanwhile.
    PreconditionRequired(String),
    /// 503: not yet.
    Loading,
    /// 500: a fault of ours, written to the log where it happened.
    Internal,
}

impl Problem {
    fn parts(&self) -> (StatusCode, &str) {
        match self {
            Self::BadRequest(detail) => (StatusCode::BAD_REQUEST, detail),
            Self::Forbidden(detail) => (StatusCode::FORBIDDEN, detail),
            Self::NotFound(detail) => (StatusCode::NOT_FOUND, detail),
            Self::MethodNotAllowed(detail) | Self::SwitchedOff(detail) => (StatusCode::METHOD_NOT_ALLOWED, detail),
            Self::Conflict(detail) => (StatusCode::CONFLICT, detail),
            Self::PreconditionFailed(detail) => (StatusCode::PRECONDITION_FAILED, detail),
            Self::TooLarge(detail) => (StatusCode::PAYLOAD_TOO_LARGE, detail),
            Self::UnsupportedMediaType(detail) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, detail),
            Self::Unprocessable { detail, .. } => (StatusCode::UNPROCESSABLE_ENTITY, detail),
            Self::PreconditionRequired(detail) => (StatusCode::PRECONDITION_REQUIRED, detail),
            Self::Loading => {
                (StatusCode::SERVICE_UNAVAILABLE, "the layers are being loaded; GET /readyz answers 200 when they are")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "the service failed; its log says why"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parts().1)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.parts().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, detail) = self.parts();
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match self {
            Self::Loading => {
                response.insert_header((header::RETRY_AFTER, "1"));
            }
            Self::MethodNotAllowed(_) => {
                response.insert_header((header::ALLOW, "GET, HEAD, OPTIONS"));
            }
            Self::SwitchedOff(_) => {
                response.insert_header((header::ALLOW, "OPTIONS"));
            }
            _ => {}
        }
        let title = status.canonical_reason().unwrap_or_default();
        let mut document = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
        if let Self::Unprocessable { refusals, .. } = self {
            document["refusals"] = refusals.clone();
        }
        response.body(document.to_string())
    }
}
