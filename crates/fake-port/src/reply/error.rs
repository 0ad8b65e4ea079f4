//! Errors as the API writes them, true and injected ones alike.

use http::StatusCode;
use serde_json::{Value, json};

use crate::profile::{Unverified, ValidationStatus};

/// What the error of a status is called. A status that the API does not answer with is called like its reason.
pub(crate) fn name(status: StatusCode, unverified: Unverified) -> String {
    if status == validation_status(unverified) || status == StatusCode::UNPROCESSABLE_ENTITY {
        return "validation_error".to_owned();
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return "rate_limited".to_owned();
    }
    status.canonical_reason().unwrap_or("error").to_ascii_lowercase().replace(' ', "_")
}

/// The body of an error.
pub(crate) fn body(name: &str, message: &str, details: &Value, unverified: Unverified) -> Value {
    let error = if unverified.error_object {
        json!({ "name": name, "message": message, "details": details })
    } else {
        json!(name)
    };
    json!({ "ok": false, "error": error, "message": message })
}

/// The status of a body that is not valid.
pub(super) fn validation_status(unverified: Unverified) -> StatusCode {
    match unverified.validation_status {
        ValidationStatus::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        ValidationStatus::BadRequest => StatusCode::BAD_REQUEST,
    }
}
