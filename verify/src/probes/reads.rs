//! Lists and envelopes.

use reqwest::Method;
use serde_json::Value;

use super::yes_no;
use crate::response::{Response, unexpected, word};
use crate::session::{Contract, Session, WEBHOOKS};

/// Whether a webhook is accepted, and with it the field that makes it one of its contract: a server could drop what it
/// does not know.
pub(super) async fn accepted(session: &mut Session, contract: Contract, own: &str) -> Result<String, String> {
    let (identifier, response) = session.first(contract).await?;
    let value = if !response.accepted()? {
        "refused"
    } else if session.field(&identifier, own).await?.is_null() {
        "taken, and made something else"
    } else {
        "taken"
    };
    Ok(value.to_owned())
}

pub(super) async fn webhook_key(session: &mut Session) -> Result<String, String> {
    let (_, identifier) = session.any().await?;
    let response = session.on(&identifier, &Method::GET, None).await?;
    let (key, _) = response.webhook().ok_or_else(unexpected)?;
    Ok(word(key))
}

pub(super) async fn list_key(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Live).await?;
    let response = session.get(WEBHOOKS).await?;
    let (key, _) = response.list().filter(|(_, items)| !items.is_empty()).ok_or_else(unexpected)?;
    Ok(word(key))
}

/// A page of one, and the identifiers in it; none when the response is no list.
async fn page(session: &mut Session, number: u32) -> Result<(Response, Option<Vec<Value>>), String> {
    let response = session.get(&format!("{WEBHOOKS}?page={number}&per_page=1")).await?;
    let items = response.list().map(|(_, items)| items.iter());
    let identifiers = items.map(|items| items.map(|item| item["identifier"].clone()).collect());
    Ok((response, identifiers))
}

pub(super) async fn paging(session: &mut Session) -> Result<String, String> {
    // So that there are two at least.
    let (contract, _) = session.any().await?;
    session.another(contract, "page").await?;
    let (response, first) = page(session, 1).await?;
    if response.invalid() {
        return Ok("refused".to_owned());
    }
    let first = first.ok_or_else(unexpected)?;
    let second = page(session, 2).await?.1.ok_or_else(unexpected)?;
    match (first.len(), second.len()) {
        (1, 1) if first != second => Ok("honored".to_owned()),
        (2.., _) if first == second => Ok("ignored".to_owned()),
        (first, second) => Err(format!("neither honored nor ignored: {first} and {second} webhooks")),
    }
}

async fn expect_pages(session: &mut Session) -> Result<(), String> {
    match page(session, 1).await?.1 {
        Some(items) if items.len() == 1 => Ok(()),
        _ => Err("the list has no pages".to_owned()),
    }
}

pub(super) async fn page_range(session: &mut Session) -> Result<String, String> {
    expect_pages(session).await?;
    let from = if page(session, 0).await?.0.accepted()? { "0 is taken" } else { "from 1" };
    session.get(&format!("{WEBHOOKS}?page=1&per_page=100")).await?.expect_ok()?;
    let more = session.get(&format!("{WEBHOOKS}?page=1&per_page=101")).await?.accepted()?;
    Ok(format!("{from}, {}", if more { "101 is taken" } else { "at most 100" }))
}

pub(super) async fn past_the_end(session: &mut Session) -> Result<String, String> {
    expect_pages(session).await?;
    let (response, items) = page(session, 1_000_000).await?;
    let has_null = response.body.as_object().is_some_and(|body| body.values().any(Value::is_null));
    let value = match (response.status, items) {
        (204, _) => "204",
        (404, _) => "404",
        _ if response.invalid() => "a validation error",
        (200, Some(items)) if items.is_empty() => "an empty list",
        (200, None) if has_null => "null in place of the list",
        (200, None) => "no list",
        _ => return Err(unexpected()),
    };
    Ok(value.to_owned())
}

pub(super) async fn metadata(session: &mut Session) -> Result<String, String> {
    session.any().await?;
    let response = session.get(&format!("{WEBHOOKS}/metadata")).await?;
    let lists = |body: &Value| body.as_object().is_some_and(|members| members.values().any(Value::is_array));
    match response.status {
        404 => Ok("no such route".to_owned()),
        _ if response.ok() && (response.body.is_array() || lists(&response.body)) => Ok("a list".to_owned()),
        _ => Err(unexpected()),
    }
}

pub(super) async fn secret(session: &mut Session) -> Result<String, String> {
    let (_, identifier) = session.any().await?;
    let value = match session.field(&identifier, "/security/secret").await? {
        Value::String(text) if text == session.secret => "in clear",
        Value::String(_) => "masked",
        Value::Null => "left out",
        _ => return Err("security.secret is no text".to_owned()),
    };
    Ok(value.to_owned())
}

pub(super) async fn security_object(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Live).await?;
    let identifier = session.names.of("bare");
    let body = session.body_without("security", Contract::Live, &identifier);
    session.post(&body).await?.expect_ok()?;
    Ok(yes_no(session.field(&identifier, "/security").await?.is_object()))
}
