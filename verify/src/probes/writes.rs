//! What writes do.

use reqwest::Method;
use serde_json::json;

use super::joined;
use crate::Result;
use crate::response::UNEXPECTED;
use crate::session::Session;
use crate::webhooks::{ANY, Kind};

pub(super) async fn create_status(session: &mut Session) -> Result<u16> {
    let (kind, _) = session.existing(ANY).await?;
    Ok(session.first(kind).await?.1.status)
}

pub(super) async fn delete(session: &mut Session) -> Result<String> {
    let identifier = session.another(ANY, json!({})).await?;
    let once = session.on(&identifier, Method::DELETE, None).await?;
    let again = session.on(&identifier, Method::DELETE, None).await?;
    if !once.ok() || !(again.ok() || matches!(again.status, 404 | 410)) {
        return Err(UNEXPECTED.to_owned());
    }
    Ok(format!("{}, then {}", once.status, again.status))
}

pub(super) async fn put(session: &mut Session) -> Result<&'static str> {
    let (kind, _) = session.existing(ANY).await?;
    let identifier = session.another(kind, json!({})).await?;
    session.expect_field(&identifier, "/description").await?;
    let body = session.body(kind, &identifier, json!({ "description": null }));
    let response = session.on(&identifier, Method::PUT, Some(body)).await?;
    if matches!(response.status, 404 | 405) && session.exists(&identifier).await? {
        return Ok("no such route");
    }
    response.expect_ok()?;
    let is_cleared = session.field(&identifier, "/description").await?.is_null();
    Ok(if is_cleared { "replaces" } else { "merges" })
}

pub(super) async fn rename(session: &mut Session) -> Result<String> {
    let (kind, _) = session.existing(ANY).await?;
    let mut readings = Vec::new();
    for method in [Method::PATCH, Method::PUT] {
        let old = session.another(kind, json!({})).await?;
        let new = session.unused();
        let body = match method {
            Method::PUT => session.body(kind, &new, json!({})),
            _ => json!({ "identifier": new }),
        };
        let accepted = session.on(&old, method.clone(), Some(body)).await?.accepted()?;
        let reading = match (accepted, session.exists(&new).await?, session.exists(&old).await?) {
            (false, ..) => "false",
            (true, true, false) => "true",
            (true, false, true) => "ignored",
            (true, true, true) => "copied",
            (true, false, false) => return Err("the webhook has neither name".to_owned()),
        };
        readings.push((format!("by {method}"), reading));
    }
    Ok(joined(&readings))
}

pub(super) async fn rename_conflict(session: &mut Session) -> Result<&'static str> {
    let (kind, taken) = session.existing(ANY).await?;
    let identifier = session.another(kind, json!({})).await?;
    match session.patch(&identifier, json!({ "identifier": taken })).await?.status {
        409 => Ok("409"),
        400 | 422 => Err("a rename is rejected, whether its identifier is taken or not".to_owned()),
        _ => Err(UNEXPECTED.to_owned()),
    }
}

pub(super) async fn null_clears(session: &mut Session) -> Result<String> {
    let identifier = session.another(Kind::Subscription, json!({})).await?;
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
        let reading = if !session.patch(&identifier, body).await?.accepted()? {
            "false"
        } else if session.field(&identifier, pointer).await?.is_null() {
            "true"
        } else {
            "ignored"
        };
        readings.push((format!("for {}", pointer[1..].replace('/', ".")), reading));
    }
    if readings.is_empty() {
        return Err("no field that can be cleared is in responses".to_owned());
    }
    Ok(joined(&readings))
}

pub(super) async fn security_merge(session: &mut Session) -> Result<&'static str> {
    let (_, identifier) = session.existing(Kind::DataSource).await?;
    session.expect_field(&identifier, "/security/signatureHeaderName").await?;
    session.patch(&identifier, json!({ "security": { "signaturePrefix": "v=" } })).await?.expect_ok()?;
    // A change that was ignored was neither merged nor replaced.
    session.expect_field(&identifier, "/security/signaturePrefix").await?;
    let is_replaced = session.field(&identifier, "/security/signatureHeaderName").await?.is_null();
    Ok(if is_replaced { "whole" } else { "by member" })
}

pub(super) async fn patch_enables(session: &mut Session) -> Result<bool> {
    let identifier = session.another(Kind::DataSource, json!({})).await?;
    if session.field(&identifier, "/enabled").await? != false {
        return Err("a webhook that was created disabled is not shown so".to_owned());
    }
    session.patch(&identifier, json!({ "description": "still disabled" })).await?.expect_ok()?;
    let is_enabled = session.field(&identifier, "/enabled").await? == true;
    if is_enabled {
        session.patch(&identifier, json!({ "enabled": false })).await?;
    }
    Ok(is_enabled)
}
