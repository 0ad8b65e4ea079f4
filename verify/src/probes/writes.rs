//! What writes do.

use reqwest::Method;
use serde_json::json;

use super::{
    Contract, another, any, field, first, is_there, make, patch, path_of, shown, unexpected, webhook,
};
use crate::readings::yes;
use crate::report::{Outcome, Settled};
use crate::session::{Answer, Session};

pub(crate) async fn create_status(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let (_, answer) = first(session, contract).await?;
    Ok(Settled::new(answer.status.to_string(), format!("POST: {}", answer.told())))
}

pub(crate) async fn delete(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let identifier = another(session, contract, "delete").await?;
    let gone = session.ask(Method::DELETE, &path_of(&identifier), None).await?;
    let again = session.ask(Method::DELETE, &path_of(&identifier), None).await?;
    if !gone.ok() {
        return Err(unexpected("DELETE", &gone));
    }
    if !again.ok() && !matches!(again.status, 404 | 410) {
        return Err(unexpected("DELETE of what is gone", &again));
    }
    let evidence = format!("DELETE: {}; again: {}", gone.told(), again.told());
    Ok(Settled::new(format!("{}, then {}", gone.status, again.status), evidence))
}

pub(crate) async fn put(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let identifier = another(session, contract, "put").await?;
    let mut body = contract.body(session, &identifier);
    if let Some(body) = body.as_object_mut() {
        body.remove("description");
    }
    shown(session, &identifier, "/description").await?;
    let answer = session.ask(Method::PUT, &path_of(&identifier), Some(&body)).await?;
    let evidence = format!("PUT without a description: {}", answer.told());
    if matches!(answer.status, 404 | 405) && is_there(session, &identifier).await? {
        return Ok(Settled::new("no such route", evidence));
    }
    if !answer.ok() {
        return Err(evidence);
    }
    let cleared = field(session, &identifier, "/description").await?.is_null();
    Ok(Settled::new(if cleared { "replaces" } else { "merges" }, evidence))
}

/// What became of one way to rename.
async fn renamed(
    session: &mut Session,
    answer: &Answer,
    old: &str,
    new: &str,
) -> Result<&'static str, String> {
    if answer.invalid() {
        return Ok(yes(false));
    }
    if !answer.ok() {
        return Err(unexpected("a change of the identifier", answer));
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
        readings.push(renamed(session, &answer, &old, &new).await?);
        evidence.push(format!("{method} with another identifier: {}", answer.told()));
    }
    let value = if readings[0] == readings[1] {
        readings[0].to_owned()
    } else {
        format!("{} by PATCH, {} by PUT", readings[0], readings[1])
    };
    Ok(Settled::new(value, evidence.join("; ")))
}

pub(crate) async fn rename_conflict(session: &mut Session) -> Outcome {
    let (contract, taken) = any(session).await?;
    let identifier = another(session, contract, "conflict").await?;
    let answer = patch(session, &identifier, &json!({ "identifier": taken })).await?;
    if answer.invalid() {
        return Err(format!("a rename is refused, taken or not: {}", answer.told()));
    }
    if answer.status != 409 {
        return Err(unexpected("PATCH to a taken identifier", &answer));
    }
    Ok(Settled::new(answer.status.to_string(), format!("PATCH to a taken identifier: {}", answer.told())))
}

pub(crate) async fn null_clears(session: &mut Session) -> Outcome {
    webhook(session, Contract::Documented).await?;
    let identifier = another(session, Contract::Documented, "null").await?;
    let fields = [
        ("title", json!({ "title": null }), "/title"),
        ("description", json!({ "description": null }), "/description"),
        ("headers", json!({ "headers": null }), "/headers"),
        ("security.secret", json!({ "security": { "secret": null } }), "/security/secret"),
        ("security", json!({ "security": null }), "/security"),
    ];
    let mut readings = Vec::new();
    let mut evidence = Vec::new();
    for (name, body, pointer) in fields {
        if field(session, &identifier, pointer).await?.is_null() {
            evidence.push(format!("{name}: not shown"));
            continue;
        }
        let answer = patch(session, &identifier, &body).await?;
        let reading = if answer.invalid() {
            yes(false)
        } else if !answer.ok() {
            return Err(unexpected("PATCH with null", &answer));
        } else if field(session, &identifier, pointer).await?.is_null() {
            yes(true)
        } else {
            "ignored"
        };
        readings.push((name, reading));
        evidence.push(format!("{name}: {}", answer.status));
    }
    let evidence = format!("PATCH with null, {}", evidence.join(", "));
    let value = match readings.first() {
        None => return Err(evidence),
        Some((_, all)) if readings.iter().all(|(_, reading)| reading == all) => (*all).to_owned(),
        Some(_) => {
            let each = readings.iter().map(|(name, reading)| format!("{reading} for {name}"));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    Ok(Settled::new(value, evidence))
}

pub(crate) async fn security_merge(session: &mut Session) -> Outcome {
    let identifier = webhook(session, Contract::Live).await?;
    shown(session, &identifier, "/security/signatureHeaderName").await?;
    let answer = patch(session, &identifier, &json!({ "security": { "signaturePrefix": "v=" } })).await?;
    if !answer.ok() {
        return Err(unexpected("PATCH of security", &answer));
    }
    // What was ignored was neither merged nor replaced.
    shown(session, &identifier, "/security/signaturePrefix").await?;
    let kept = !field(session, &identifier, "/security/signatureHeaderName").await?.is_null();
    let evidence = format!("PATCH of one member of security: {}", answer.told());
    Ok(Settled::new(if kept { "by member" } else { "whole" }, evidence))
}

pub(crate) async fn patch_enables(session: &mut Session) -> Outcome {
    webhook(session, Contract::Live).await?;
    let identifier = another(session, Contract::Live, "enabled").await?;
    if field(session, &identifier, "/enabled").await? != false {
        return Err("a webhook that was created disabled is not shown so".to_owned());
    }
    let answer = patch(session, &identifier, &json!({ "description": "still disabled" })).await?;
    if !answer.ok() {
        return Err(unexpected("PATCH of a description", &answer));
    }
    let enabled = field(session, &identifier, "/enabled").await? == true;
    // What it does not need to receive, it does not.
    if enabled {
        patch(session, &identifier, &json!({ "enabled": false })).await?;
    }
    Ok(Settled::new(yes(enabled), format!("PATCH of a description of a disabled one: {}", answer.told())))
}
