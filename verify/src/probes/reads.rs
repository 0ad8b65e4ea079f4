//! Lists and envelopes.

use reqwest::Method;
use serde_json::{Value, json};

use super::yes_no;
use crate::Result;
use crate::response::{Response, UNEXPECTED, word};
use crate::session::Session;
use crate::webhooks::{ANY, Kind, WEBHOOKS};

/// Whether a webhook is accepted, and with it the field that makes it one of its kind: a server could drop what it
/// does not know.
pub(super) async fn accepted(session: &mut Session, kind: Kind, own: &str) -> Result<&'static str> {
    let (identifier, response) = session.first(kind).await?;
    if !response.accepted()? {
        return Ok("refused");
    }
    let is_dropped = session.field(&identifier, own).await?.is_null();
    Ok(if is_dropped { "taken, and made something else" } else { "taken" })
}

pub(super) async fn webhook_key(session: &mut Session) -> Result<String> {
    let (_, identifier) = session.existing(ANY).await?;
    let response = session.on(&identifier, Method::GET, None).await?;
    Ok(word(response.webhook().ok_or(UNEXPECTED)?.0))
}

pub(super) async fn list_key(session: &mut Session) -> Result<String> {
    session.existing(Kind::DataSource).await?;
    let response = session.get(WEBHOOKS).await?;
    let (key, _) = response.list().filter(|(_, identifiers)| !identifiers.is_empty()).ok_or(UNEXPECTED)?;
    Ok(word(key))
}

/// A page of one webhook.
async fn page(session: &mut Session, number: u32) -> Result<Response> {
    session.get(&format!("{WEBHOOKS}?page={number}&per_page=1")).await
}

pub(super) async fn paging(session: &mut Session) -> Result<&'static str> {
    // So that there are two at least.
    session.another(ANY, json!({})).await?;
    let first = page(session, 1).await?;
    if matches!(first.status, 400 | 422) {
        return Ok("refused");
    }
    let second = page(session, 2).await?;
    let (first, second) = (first.list().ok_or(UNEXPECTED)?.1, second.list().ok_or(UNEXPECTED)?.1);
    match (first.len(), second.len()) {
        (1, 1) if first != second => Ok("honored"),
        (2.., _) if first == second => Ok("ignored"),
        (first, second) => Err(format!("neither honored nor ignored: {first} and {second} webhooks")),
    }
}

async fn expect_pages(session: &mut Session) -> Result<()> {
    match page(session, 1).await?.list() {
        Some((_, identifiers)) if identifiers.len() == 1 => Ok(()),
        _ => Err("the list has no pages".to_owned()),
    }
}

pub(super) async fn page_range(session: &mut Session) -> Result<String> {
    expect_pages(session).await?;
    let from = if page(session, 0).await?.accepted()? { "0 is taken" } else { "from 1" };
    session.get(&format!("{WEBHOOKS}?page=1&per_page=100")).await?.expect_ok()?;
    let more = session.get(&format!("{WEBHOOKS}?page=1&per_page=101")).await?.accepted()?;
    Ok(format!("{from}, {}", if more { "101 is taken" } else { "at most 100" }))
}

pub(super) async fn past_the_end(session: &mut Session) -> Result<&'static str> {
    expect_pages(session).await?;
    let response = page(session, 1_000_000).await?;
    let has_null = response.body.as_object().is_some_and(|body| body.values().any(Value::is_null));
    match (response.status, response.list()) {
        (204, _) => Ok("204"),
        (404, _) => Ok("404"),
        (400 | 422, _) => Ok("a validation error"),
        (200, Some((_, identifiers))) if identifiers.is_empty() => Ok("an empty list"),
        (200, None) if has_null => Ok("null in place of the list"),
        (200, None) => Ok("no list"),
        _ => Err(UNEXPECTED.to_owned()),
    }
}

pub(super) async fn metadata(session: &mut Session) -> Result<&'static str> {
    session.existing(ANY).await?;
    let response = session.get(&format!("{WEBHOOKS}/metadata")).await?;
    let body = &response.body;
    let has_list = body.as_object().is_some_and(|members| members.values().any(Value::is_array));
    match response.status {
        404 => Ok("no such route"),
        _ if response.ok() && (body.is_array() || has_list) => Ok("a list"),
        _ => Err(UNEXPECTED.to_owned()),
    }
}

pub(super) async fn secret(session: &mut Session) -> Result<&'static str> {
    let (_, identifier) = session.existing(ANY).await?;
    match session.field(&identifier, "/security/secret").await? {
        Value::String(text) if text == session.secret => Ok("in clear"),
        Value::String(_) => Ok("masked"),
        Value::Null => Ok("left out"),
        _ => Err("security.secret is no text".to_owned()),
    }
}

pub(super) async fn security_object(session: &mut Session) -> Result<&'static str> {
    let identifier = session.another(Kind::DataSource, json!({ "security": null })).await?;
    Ok(yes_no(session.field(&identifier, "/security").await?.is_object()))
}
