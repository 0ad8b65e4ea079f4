//! The bodies of reports on runs.

use serde_json::{Map, Value};

use super::field::{Checked, Problem, each_item, each_member, object, one_of, require, string, unknown};

const ENDS: [&str; 2] = ["SUCCESS", "FAILURE"];

pub(crate) fn run_patch(body: &Map<String, Value>) -> Checked {
    each_member(body, |name, value| match name {
        "status" => one_of(value, &ENDS),
        "statusLabel" | "summary" | "externalRunId" => string(value).map(drop),
        "link" if value.is_array() => each_item(value, |link| string(link).map(drop)),
        "link" if value.is_string() => Ok(()),
        "link" => Err(Problem::new("must be a string or an array of strings")),
        // Out of use, and still in Port's description.
        "message" => object(value).map(drop),
        _ => unknown(),
    })
}

pub(crate) fn run_log(body: &Map<String, Value>) -> Checked {
    require(body, &["message"])?;
    each_member(body, |name, value| match name {
        "message" | "statusLabel" => string(value).map(drop),
        "terminationStatus" => one_of(value, &ENDS),
        _ => unknown(),
    })
}

pub(crate) fn run_approval(body: &Map<String, Value>) -> Checked {
    require(body, &["status"])?;
    each_member(body, |name, value| match name {
        "status" => one_of(value, &["APPROVE", "DECLINE"]),
        "description" => string(value).map(drop),
        _ => unknown(),
    })
}

pub(crate) fn node_patch(body: &Map<String, Value>) -> Checked {
    each_member(body, |name, value| match name {
        "status" => one_of(value, &["IN_PROGRESS", "COMPLETED"]),
        "result" => one_of(value, &["SUCCESS", "FAILED", "CANCELLED"]),
        "output" => object(value).map(drop),
        _ => unknown(),
    })?;
    let completed = body.get("status").is_some_and(|status| status == "COMPLETED");
    match (completed, body.contains_key("result")) {
        (true, false) => Err(Problem::at("result", "is required with the status COMPLETED")),
        (false, true) => Err(Problem::at("status", "must be COMPLETED with a result")),
        _ => Ok(()),
    }
}

pub(crate) fn node_logs(body: &Map<String, Value>) -> Checked {
    require(body, &["logs"])?;
    each_member(body, |name, value| match name {
        "logs" if value.as_array().is_some_and(Vec::is_empty) => Err(Problem::new("must not be empty")),
        "logs" => each_item(value, |log| {
            let log = object(log)?;
            require(log, &["level", "message"])?;
            each_member(log, |name, value| match name {
                "level" => one_of(value, &["DEBUG", "INFO", "WARN", "ERROR"]),
                "message" => string(value).map(drop),
                _ => unknown(),
            })
        }),
        _ => unknown(),
    })
}
