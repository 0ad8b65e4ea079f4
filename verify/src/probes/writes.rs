//! What writes do.

use reqwest::Method;
use serde_json::json;

use super::joined;
use crate::response::unexpected;
use crate::session::{Contract, Session};

pub(super) fn create_status(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any()?;
    let (_, response) = session.first(contract)?;
    Ok(response.status.to_string())
}

pub(super) fn delete(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any()?;
    let identifier = session.another(contract, "delete")?;
    let once = session.on(&identifier, &Method::DELETE, None)?;
    let again = session.on(&identifier, &Method::DELETE, None)?;
    let once = once.expect_ok()?;
    if !again.ok() && !matches!(again.status, 404 | 410) {
        return Err(unexpected());
    }
    Ok(format!("{}, then {}", once.status, again.status))
}

pub(super) fn put(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any()?;
    let identifier = session.another(contract, "put")?;
    session.expect_field(&identifier, "/description")?;
    let body = session.body_without("description", contract, &identifier);
    let response = session.on(&identifier, &Method::PUT, Some(&body))?;
    if matches!(response.status, 404 | 405) && session.exists(&identifier)? {
        return Ok("no such route".to_owned());
    }
    response.expect_ok()?;
    let cleared = session.field(&identifier, "/description")?.is_null();
    Ok(if cleared { "replaces" } else { "merges" }.to_owned())
}

pub(super) fn rename(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any()?;
    let mut readings = Vec::new();
    for (method, name) in [(Method::PATCH, "patch"), (Method::PUT, "put")] {
        let old = session.another(contract, &format!("{name}-old"))?;
        let new = session.names.of(&format!("{name}-new"));
        let body = match method {
            Method::PUT => session.body(contract, &new),
            _ => json!({ "identifier": new }),
        };
        let accepted = session.on(&old, &method, Some(&body))?.accepted()?;
        let reading = match (accepted, session.exists(&new)?, session.exists(&old)?) {
            (false, ..) => "false",
            (true, true, false) => "true",
            (true, false, true) => "ignored",
            (true, true, true) => "copied",
            (true, false, false) => return Err("the webhook has neither name".to_owned()),
        };
        readings.push((format!("by {method}"), reading));
    }
    joined(&readings).ok_or_else(unexpected)
}

pub(super) fn rename_conflict(session: &mut Session) -> Result<String, String> {
    let (contract, taken) = session.any()?;
    let identifier = session.another(contract, "conflict")?;
    match session.patch(&identifier, &json!({ "identifier": taken }))?.status {
        409 => Ok("409".to_owned()),
        400 | 422 => Err("a rename is rejected, whether its identifier is taken or not".to_owned()),
        _ => Err(unexpected()),
    }
}

pub(super) fn null_clears(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Documented)?;
    let identifier = session.another(Contract::Documented, "null")?;
    let mut readings = Vec::new();
    for (pointer, body) in [
        ("/title", json!({ "title": null })),
        ("/description", json!({ "description": null })),
        ("/headers", json!({ "headers": null })),
        ("/security/secret", json!({ "security": { "secret": null } })),
        ("/security", json!({ "security": null })),
    ] {
        if session.field(&identifier, pointer)?.is_null() {
            continue; // What responses leave out cannot be seen to be cleared.
        }
        let reading = if !session.patch(&identifier, &body)?.accepted()? {
            "false"
        } else if session.field(&identifier, pointer)?.is_null() {
            "true"
        } else {
            "ignored"
        };
        readings.push((format!("for {}", pointer[1..].replace('/', ".")), reading));
    }
    joined(&readings).ok_or_else(|| "no field that can be cleared is in responses".to_owned())
}

pub(super) fn security_merge(session: &mut Session) -> Result<String, String> {
    let identifier = session.existing(Contract::Live)?;
    session.expect_field(&identifier, "/security/signatureHeaderName")?;
    session.patch(&identifier, &json!({ "security": { "signaturePrefix": "v=" } }))?.expect_ok()?;
    // A change that was ignored was neither merged nor replaced.
    session.expect_field(&identifier, "/security/signaturePrefix")?;
    let replaced = session.field(&identifier, "/security/signatureHeaderName")?.is_null();
    Ok(if replaced { "whole" } else { "by member" }.to_owned())
}

pub(super) fn patch_enables(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Live)?;
    let identifier = session.another(Contract::Live, "enabled")?;
    if session.field(&identifier, "/enabled")? != false {
        return Err("a webhook that was created disabled is not shown so".to_owned());
    }
    session.patch(&identifier, &json!({ "description": "still disabled" }))?.expect_ok()?;
    let enabled = session.field(&identifier, "/enabled")? == true;
    if enabled {
        session.patch(&identifier, &json!({ "enabled": false }))?;
    }
    Ok(enabled.to_string())
}
