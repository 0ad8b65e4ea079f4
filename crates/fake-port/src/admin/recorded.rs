//! What was recorded, without credentials.

use serde_json::{Value, json};

use super::{Refusal, Served};
use crate::call::Route;
use crate::masked::{MASKED, headers_in_json};
use crate::read::Write;
use crate::request::{RecordedRequest, Request};
use crate::shared::Shared;

/// The requests that fit the query's `operation`, `identifier` and `status`.
pub(super) fn requests(shared: &Shared, request: &Request) -> Served {
    let known = ["operation", "identifier", "status"];
    if let Some((name, _)) = request.query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        return Err(Refusal::bad_request(format!("{name}: not a filter; there are {}", known.join(", "))));
    }
    let operation = request.query("operation").map(|name| {
        let operation = serde_json::from_value::<Route>(json!(name));
        operation.map_err(|error| Refusal::bad_request(format!("operation: {error}")))
    });
    let operation = operation.transpose()?;
    let status = request.query("status").map(|text| {
        text.parse::<u16>().map_err(|_| Refusal::bad_request("status: must be a status such as 200"))
    });
    let status = status.transpose()?;
    let identifier = request.query("identifier");

    let state = shared.state();
    let fits = |request: &&RecordedRequest| {
        operation.is_none_or(|operation| request.operation == Some(operation))
            && status.is_none_or(|status| request.status == Some(status))
            && identifier.is_none_or(|identifier| request.identifier.as_deref() == Some(identifier))
    };
    let requests: Vec<_> = state.requests.iter().filter(fits).map(to_json).collect();
    Ok(json!({ "requests": requests }))
}

pub(super) fn ledger(shared: &Shared) -> Value {
    let writes: Vec<Write> = shared.state().writes.iter().cloned().collect();
    json!({ "ledger": writes })
}

fn to_json(request: &RecordedRequest) -> Value {
    let body = if request.has_secret_body() {
        json!(MASKED)
    } else if request.body.is_empty() {
        Value::Null
    } else {
        request.json().unwrap_or_else(|| json!(String::from_utf8_lossy(&request.body)))
    };
    json!({
        "number": request.number,
        "method": request.method.as_str(),
        "path": request.path,
        "query": request.query_pairs,
        "headers": headers_in_json(&request.headers),
        "body": body,
        "operation": request.operation,
        "identifier": request.identifier,
        "status": request.status,
        "fault": request.fault,
    })
}
