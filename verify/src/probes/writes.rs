//! What writes do.

use reqwest::Method;
use serde_json::json;

use super::{Contract, another, any, field, first, is_there, joined, make, patch, path_of, shown, webhook};
use crate::readings::yes;
use crate::report::{Outcome, settled};
use crate::session::{Answer, Session};

pub(crate) async fn create_status(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let (_, answer) = first(session, contract).await?;
    settled(answer.status, format!("POST: {}", answer.told()))
}

pub(crate) async fn delete(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let path = path_of(&another(session, contract, "delete").await?);
    let gone = session.ask(Method::DELETE, &path, None).await?;
    let again = session.ask(Method::DELETE, &path, None).await?;
    let gone = gone.expect("DELETE")?;
    if !again.ok() && !matches!(again.status, 404 | 410) {
        return Err(again.unexpected("DELETE of what is gone"));
    }
    let evidence = format!("DELETE: {}; again: {}", gone.told(), again.told());
    settled(format!("{}, then {}", gone.status, again.status), evidence)
}

pub(crate) async fn put(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let identifier = another(session, contract, "put").await?;
    let body = contract.body_without(session, &identifier, "description");
    shown(session, &identifier, "/description").await?;
    let answer = session.ask(Method::PUT, &path_of(&identifier), Some(&body)).await?;
    let evidence = format!("PUT without a description: {}", answer.told());
    if matches!(answer.status, 404 | 405) && is_there(session, &identifier).await? {
        return settled("no such route", evidence);
    }
    answer.expect("PUT without a description")?;
    let cleared = field(session, &identifier, "/description").await?.is_null();
    settled(if cleared { "replaces" } else { "merges" }, evidence)
}

/// What became of one way to rename.
async fn renamed(
    session: &mut Session,
    answer: &Answer,
    old: &str,
    new: &str,
) -> Result<&'static str, String> {
    if !answer.taken("a change of the identifier")? {
        return Ok(yes(false));
    }
    match (is_there(session, new).await?, is_there(session, old).await?) {
        (true, false) => Ok(yes(true)),
        (false, true) => Ok("ignored"),
        (true, true) => Ok("copied"),
        (false, false) => Err("the webhook has neither name".to_owned()),
    }
}

pub(crate) async fn rename(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let mut readings = Vec::new();
    let mut evidence = Vec::new();
    for method in [Method::PATCH, Method::PUT] {
        let what = method.as_str().to_ascii_lowercase();
        let old = another(session, contract, &format!("{what}-old")).await?;
        let new = session.names.of(&format!("{what}-new"));
        let body = match method {
            Method::PUT => contract.body(session, &new),
            _ => json!({ "identifier": new }),
        };
        let answer = make(session, &new, method.clone(), &path_of(&old), &body).await?;
        readings.push((format!("by {method}"), renamed(session, &answer, &old, &new).await?));
        evidence.push(format!("{method} with another identifier: {}", answer.told()));
    }
    settled(joined(&readings).unwrap_or_default(), evidence.join("; "))
}

pub(crate) async fn rename_conflict(session: &mut Session) -> Outcome {
    let (contract, taken) = any(session).await?;
    let identifier = another(session, contract, "conflict").await?;
    let answer = patch(session, &identifier, &json!({ "identifier": taken })).await?;
    if answer.invalid() {
        return Err(format!("a rename is refused, taken or not: {}", answer.told()));
    }
    answer.expect_status(&[409])?;
    settled(answer.status, format!("PATCH to a taken identifier: {}", answer.told()))
}

pub(crate) async fn null_clears(session: &mut Session) -> Outcome {
    webhook(session, Contract::Documented).await?;
    let identifier = another(session, Contract::Documented, "null").await?;
    let fields = [
        ("title", json!({ "title": null })),
        ("description", json!({ "description": null })),
        ("headers", json!({ "headers": null })),
        ("security.secret", json!({ "security": { "secret": null } })),
        ("security", json!({ "security": null })),
    ];
    let mut readings = Vec::new();
    let mut evidence = Vec::new();
    for (name, body) in fields {
        let pointer = format!("/{}", name.replace('.', "/"));
        if field(session, &identifier, &pointer).await?.is_null() {
            evidence.push(format!("{name}: not shown"));
            continue;
        }
        let answer = patch(session, &identifier, &body).await?;
        let reading = if !answer.taken("PATCH with null")? {
            yes(false)
        } else if field(session, &identifier, &pointer).await?.is_null() {
            yes(true)
        } else {
            "ignored"
        };
        readings.push((format!("for {name}"), reading));
        evidence.push(format!("{name}: {}", answer.status));
    }
    let evidence = format!("PATCH with null, {}", evidence.join(", "));
    settled(joined(&readings).ok_or_else(|| evidence.clone())?, evidence)
}

pub(crate) async fn security_merge(session: &mut Session) -> Outcome {
    let identifier = webhook(session, Contract::Live).await?;
    shown(session, &identifier, "/security/signatureHeaderName").await?;
    let body = json!({ "security": { "signaturePrefix": "v=" } });
    let answer = patch(session, &identifier, &body).await?.expect("PATCH of security")?;
    // What was ignored was neither merged nor replaced.
    shown(session, &identifier, "/security/signaturePrefix").await?;
    let kept = !field(session, &identifier, "/security/signatureHeaderName").await?.is_null();
    let evidence = format!("PATCH of one member of security: {}", answer.told());
    settled(if kept { "by member" } else { "whole" }, evidence)
}

pub(crate) async fn patch_enables(session: &mut Session) -> Outcome {
    webhook(session, Contract::Live).await?;
    let identifier = another(session, Contract::Live, "enabled").await?;
    if field(session, &identifier, "/enabled").await? != false {
        return Err("a webhook that was created disabled is not shown so".to_owned());
    }
    let body = json!({ "description": "still disabled" });
    let answer = patch(session, &identifier, &body).await?.expect("PATCH of a description")?;
    let enabled = field(session, &identifier, "/enabled").await? == true;
    // What it does not need to receive, it does not.
    if enabled {
        patch(session, &identifier, &json!({ "enabled": false })).await?;
    }
    settled(yes(enabled), format!("PATCH of a description of a disabled one: {}", answer.told()))
}
