//! What bodies may hold and must, and what writes do.

use reqwest::Method;
use serde_json::{Value, json};

use super::{joined, yes_no};
use crate::Result;
use crate::response::UNEXPECTED;
use crate::session::Session;
use crate::webhooks::{ANY, Kind};

/// An address that nothing can have: the top-level domain is reserved.
const NOWHERE: &str = "https://port-webhooks-verify.invalid/";

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

pub(super) async fn unknown_fields(session: &mut Session) -> Result<&'static str> {
    let (_, identifier) = session.existing(ANY).await?;
    if !session.patch(&identifier, json!({ "pwVerifyUnknown": true })).await?.accepted()? {
        return Ok("refused");
    }
    let is_dropped = session.field(&identifier, "/pwVerifyUnknown").await?.is_null();
    Ok(if is_dropped { "dropped" } else { "kept" })
}

/// Whether a text of this length is accepted and kept, and one more character is not accepted.
pub(super) async fn limit(session: &mut Session, field: &str, longest: usize) -> Result<String> {
    let (kind, first) = session.existing(ANY).await?;
    let is_identifier = field == "identifier";
    let start = if is_identifier { session.unused() } else { "x".to_owned() };
    if !is_identifier {
        // A change of this field alone could be rejected for another reason than its length.
        session.patch(&first, json!({ field: start })).await?.expect_ok()?;
    }
    let mut accepted = [false; 2];
    for (accepted, length) in accepted.iter_mut().zip(longest..) {
        let text = format!("{start:x<length$}");
        let change = json!({ field: text });
        let (identifier, response) = if is_identifier {
            (&text, session.create(kind, change).await?)
        } else {
            (&first, session.patch(&first, change).await?)
        };
        *accepted = response.accepted()?;
        if *accepted && session.field(identifier, &format!("/{field}")).await? != text.as_str() {
            return Err(format!("{length} characters were accepted, and not kept"));
        }
    }
    match accepted {
        [true, false] => Ok(longest.to_string()),
        [true, true] => Ok(format!("more than {longest}")),
        [false, false] => Ok(format!("less than {longest}")),
        [false, true] => Err(UNEXPECTED.to_owned()),
    }
}

/// Which of these fields a create needs; it lacks each in turn.
pub(super) async fn required(session: &mut Session, kind: Kind) -> Result<String> {
    let lacking = match kind {
        Kind::Subscription => vec![
            ("url", json!({ "url": null })),
            ("events", json!({ "events": null })),
            ("an event", json!({ "events": [] })),
        ],
        Kind::DataSource => {
            vec![("title", json!({ "title": null })), ("enabled", json!({ "enabled": null }))]
        }
    };
    let mut needed = Vec::new();
    for (name, changes) in lacking {
        if !accepts(session, kind, changes).await? {
            needed.push(name);
        }
    }
    Ok(if needed.is_empty() { "none".to_owned() } else { needed.join(", ") })
}

/// Whether a create with these changes is accepted.
pub(super) async fn accepts(session: &mut Session, kind: Kind, changes: Value) -> Result<bool> {
    session.create(kind, changes).await?.accepted()
}

pub(super) async fn url_tried(session: &mut Session) -> Result<&'static str> {
    Ok(yes_no(!accepts(session, Kind::Subscription, json!({ "url": NOWHERE })).await?))
}

/// It may be enabled: its deliveries reach nobody, and it is deleted at once.
pub(super) async fn enabled_default(session: &mut Session) -> Result<bool> {
    let identifier = session.another(Kind::Subscription, json!({ "enabled": null, "url": NOWHERE })).await?;
    let enabled = session.field(&identifier, "/enabled").await;
    session.on(&identifier, Method::DELETE, None).await?;
    enabled?.as_bool().ok_or_else(|| "enabled is not in the response".to_owned())
}

/// Whether a mapping with one part of doubt is accepted. The usual one has to be, or its blueprint is the cause.
pub(super) async fn mapping(session: &mut Session, operation: &str, entity: Value) -> Result<&'static str> {
    let (_, identifier) = session.existing(Kind::DataSource).await?;
    let of = |operation: &str, entity: Value| {
        let mapping =
            json!({ "blueprint": "service", "operation": operation, "filter": "false", "entity": entity });
        json!({ "mappings": [mapping] })
    };
    let usual = of("create", json!({ "identifier": ".body.id" }));
    session.patch(&identifier, usual).await?.expect_ok()?;
    Ok(yes_no(session.patch(&identifier, of(operation, entity)).await?.accepted()?))
}
