//! What writes do.

use reqwest::Method;
use serde_json::json;

use super::joined;
use crate::response::unexpected;
use crate::session::{Contract, Session};

pub(super) async fn create_status(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any().await?;
    let (_, response) = session.first(contract).await?;
    Ok(response.status.to_string())
}

pub(super) async fn delete(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any().await?;
    let identifier = session.another(contract, "delete").await?;
    let once = session.on(&identifier, &Method::DELETE, None).await?;
    let again = session.on(&identifier, &Method::DELETE, None).await?;
    let once = once.expect_ok()?;
    if !again.ok() && !matches!(again.status, 404 | 410) {
        return Err(unexpected());
    }
    Ok(format!("{}, then {}", once.status, again.status))
}

pub(super) async fn put(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any().await?;
    let identifier = session.another(contract, "put").await?;
    session.expect_field(&identifier, "/description").await?;
    let body = session.body_without("description", contract, &identifier);
    let response = session.on(&identifier, &Method::PUT, Some(&body)).await?;
    if matches!(response.status, 404 | 405) && session.exists(&identifier).await? {
        return Ok("no such route".to_owned());
    }
    response.expect_ok()?;
    let cleared = session.field(&identifier, "/description").await?.is_null();
    Ok(if cleared { "replaces" } else { "merges" }.to_owned())
}

pub(super) async fn rename(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any().await?;
    let mut readings = Vec::new();
    for (method, name) in [(Method::PATCH, "patch"), (Method::PUT, "put")] {
        let old = session.another(contract, &format!("{name}-old")).await?;
        let new = session.names.of(&format!("{name}-new"));
        let body = match method {
            Method::PUT => session.body(contract, &new),
            _ => json!({ "identifier": new }),
        };
        let accepted = session.on(&old, &method, Some(&body)).await?.accepted()?;
        let reading = match (accepted, session.exists(&new).await?, session.exists(&old).await?) {
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

pub(super) async fn rename_conflict(session: &mut Session) -> Result<String, String> {
    let (contract, taken) = session.any().await?;
    let identifier = session.another(contract, "conflict").await?;
    match session.patch(&identifier, &json!({ "identifier": taken })).await?.status {
        409 => Ok("409".to_owned()),
        400 | 422 => Err("a rename is rejected, whether its identifier is taken or not".to_owned()),
        _ => Err(unexpected()),
    }
}

pub(super) async fn null_clears(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Documented).await?;
    let identifier = session.another(Contract::Documented, "null").await?;
    let mut readings = Vec::new();
    for (pointer, body) in [
        ("/title", json!({ "title": null })),
        ("/description", json!({ "description": null })),
        ("/headers", json!({ "headers": null })),
        ("/security/secret", json!({ "security": { "secret": null } })),
        ("/security", json!({ "security": null })),
    ] {
        if session.field(&identifier, pointer).await?.is_null() {
            continue; // What responses leave out cannot be seen to be cleared.
        }
        let reading = if !session.patch(&identifier, &body).await?.accepted()? {
            "false"
        } else if session.field(&identifier, pointer).await?.is_null() {
            "true"
        } else {
            "ignored"
        };
        readings.push((format!("for {}", pointer[1..].replace('/', ".")), reading));
    }
    joined(&readings).ok_or_else(|| "no field that can be cleared is in responses".to_owned())
}

pub(super) async fn security_merge(session: &mut Session) -> Result<String, String> {
    let identifier = session.existing(Contract::Live).await?;
    session.expect_field(&identifier, "/security/signatureHeaderName").await?;
    session.patch(&identifier, &json!({ "security": { "signaturePrefix": "v=" } })).await?.expect_ok()?;
    // A change that was ignored was neither merged nor replaced.
    session.expect_field(&identifier, "/security/signaturePrefix").await?;
    let replaced = session.field(&identifier, "/security/signatureHeaderName").await?.is_null();
    Ok(if replaced { "whole" } else { "by member" }.to_owned())
}

pub(super) async fn patch_enables(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Live).await?;
    let identifier = session.another(Contract::Live, "enabled").await?;
    if session.field(&identifier, "/enabled").await? != false {
        return Err("a webhook that was created disabled is not shown so".to_owned());
    }
    session.patch(&identifier, &json!({ "description": "still disabled" })).await?.expect_ok()?;
    let enabled = session.field(&identifier, "/enabled").await? == true;
    if enabled {
        session.patch(&identifier, &json!({ "enabled": false })).await?;
    }
    Ok(enabled.to_string())
}
