//! Lists and envelopes.

use serde_json::Value;

use super::{Contract, another, any, field, first, path_of, post, webhook};
use crate::report::{Outcome, settled};
use crate::session::{Answer, Session, WEBHOOKS};
use crate::snippet::word;

/// Whether a webhook is taken, and with it the field that makes it one of its contract: a server could drop
/// what it does not know.
pub(crate) async fn accepted(session: &mut Session, contract: Contract, own: &str) -> Outcome {
    let (identifier, answer) = first(session, contract).await?;
    let value = if !answer.taken("a create")? {
        "refused"
    } else if field(session, &identifier, own).await?.is_null() {
        "taken, and made something else"
    } else {
        "taken"
    };
    settled(value, format!("POST: {}", answer.told()))
}

pub(crate) async fn webhook_key(session: &mut Session) -> Outcome {
    let (_, identifier) = any(session).await?;
    let answer = session.get(&path_of(&identifier)).await?;
    let (key, _) = answer.webhook().ok_or_else(|| answer.unexpected("GET"))?;
    settled(word(key), format!("GET: {}", answer.told()))
}

pub(crate) async fn list_key(session: &mut Session) -> Outcome {
    webhook(session, Contract::Live).await?;
    let answer = session.get(WEBHOOKS).await?;
    let list = answer.list().filter(|(_, items)| !items.is_empty());
    let (key, items) = list.ok_or_else(|| answer.unexpected("the list"))?;
    settled(word(key), format!("the list: {} of {} webhooks", answer.status, items.len()))
}

/// A page of one, and the identifiers in it; none when the answer is no list.
async fn page(session: &mut Session, number: &str) -> Result<(Answer, Option<Vec<Value>>), String> {
    let answer = session.get(&format!("{WEBHOOKS}?page={number}&per_page=1")).await?;
    let identifiers =
        answer.list().map(|(_, items)| items.iter().map(|item| item["identifier"].clone()).collect());
    Ok((answer, identifiers))
}

pub(crate) async fn paging(session: &mut Session) -> Outcome {
    // So that there are two at least.
    let (contract, _) = any(session).await?;
    another(session, contract, "page").await?;
    let (first, one) = page(session, "1").await?;
    if first.invalid() {
        return settled("refused", format!("page=1&per_page=1: {}", first.told()));
    }
    let (second, two) = page(session, "2").await?;
    let (Some(one), Some(two)) = (one, two) else {
        return Err(format!("not two lists: {}; {}", first.told(), second.told()));
    };
    let evidence =
        format!("pages of one: {} with {}, {} with {}", first.status, one.len(), second.status, two.len());
    match one.len() {
        1 if two.len() == 1 && one != two => settled("honored", evidence),
        2.. if one == two => settled("ignored", evidence),
        _ => Err(format!("neither honored nor ignored: {evidence}")),
    }
}

pub(crate) async fn page_range(session: &mut Session) -> Outcome {
    let (_, items) = page(session, "1").await?;
    if items.is_none_or(|items| items.len() != 1) {
        return Err("the list has no pages".to_owned());
    }
    let (zero, _) = page(session, "0").await?;
    let most = session.get(&format!("{WEBHOOKS}?page=1&per_page=100")).await?;
    let more = session.get(&format!("{WEBHOOKS}?page=1&per_page=101")).await?;
    let evidence =
        format!("page=0: {}; per_page=100: {}; per_page=101: {}", zero.status, most.status, more.status);
    let from = if zero.taken("page=0")? { "0 is taken" } else { "from 1" };
    most.expect("per_page=100")?;
    let largest = if more.taken("per_page=101")? { "101 is taken" } else { "at most 100" };
    settled(format!("{from}, {largest}"), evidence)
}

pub(crate) async fn past_the_end(session: &mut Session) -> Outcome {
    let (_, items) = page(session, "1").await?;
    if items.is_none_or(|items| items.len() != 1) {
        return Err("the list has no pages".to_owned());
    }
    let (answer, items) = page(session, "1000000").await?;
    let has_null = answer.body.as_object().is_some_and(|body| body.values().any(Value::is_null));
    let value = match (answer.status, items) {
        (204, _) => "204",
        (404, _) => "404",
        _ if answer.invalid() => "a validation error",
        (200, Some(items)) if items.is_empty() => "an empty list",
        (200, None) if has_null => "null in place of the list",
        (200, None) => "no list",
        _ => return Err(answer.unexpected("page=1000000")),
    };
    settled(value, format!("page=1000000: {}", answer.told()))
}

pub(crate) async fn metadata(session: &mut Session) -> Outcome {
    any(session).await?;
    let answer = session.get(&format!("{WEBHOOKS}/metadata")).await?;
    let lists = |body: &Value| body.as_object().is_some_and(|members| members.values().any(Value::is_array));
    let value = match answer.status {
        404 => "no such route",
        _ if answer.ok() && (answer.body.is_array() || lists(&answer.body)) => "a list",
        _ => return Err(answer.unexpected("GET")),
    };
    settled(value, format!("GET: {}", answer.status))
}

pub(crate) async fn secret(session: &mut Session) -> Outcome {
    let (_, identifier) = any(session).await?;
    let value = match field(session, &identifier, "/security/secret").await? {
        Value::String(text) if text == session.secret => "in clear",
        Value::String(_) => "masked",
        Value::Null => "left out",
        _ => return Err("security.secret is no text".to_owned()),
    };
    settled(value, "GET of a webhook that was created with one")
}

pub(crate) async fn security_object(session: &mut Session) -> Outcome {
    webhook(session, Contract::Live).await?;
    let identifier = session.names.of("bare");
    let body = Contract::Live.body_without(session, &identifier, "security");
    let answer = post(session, &identifier, &body).await?.expect("a create without security")?;
    let shown = field(session, &identifier, "/security").await?.is_object();
    let evidence = format!("GET after a create without security: {}", answer.told());
    settled(if shown { "yes" } else { "no" }, evidence)
}
