//! Lists and envelopes.

use serde_json::Value;

use super::{Contract, another, any, first, path_of, unexpected, webhook};
use crate::report::{Outcome, Settled};
use crate::session::{Answer, Session, WEBHOOKS};
use crate::snippet::word;

/// Whether a webhook is taken, and with it the field that makes it one of its contract: a server could drop
/// what it does not know.
async fn accepted(session: &mut Session, contract: Contract, own: &str) -> Outcome {
    let (identifier, answer) = first(session, contract).await?;
    let value = if answer.invalid() {
        "refused"
    } else if !answer.ok() {
        return Err(unexpected("a create", &answer));
    } else if super::field(session, &identifier, own).await?.is_null() {
        "taken, and made something else"
    } else {
        "taken"
    };
    Ok(Settled::new(value, format!("POST: {}", answer.told())))
}

pub(crate) async fn subscriptions(session: &mut Session) -> Outcome {
    accepted(session, Contract::Documented, "/events").await
}

pub(crate) async fn data_sources(session: &mut Session) -> Outcome {
    accepted(session, Contract::Live, "/integrationType").await
}

pub(crate) async fn webhook_key(session: &mut Session) -> Outcome {
    let (_, identifier) = any(session).await?;
    let answer = session.get(&path_of(&identifier)).await?;
    let (key, _) = answer.webhook().ok_or_else(|| unexpected("GET", &answer))?;
    Ok(Settled::new(word(key), format!("GET: {}", answer.told())))
}

pub(crate) async fn list_key(session: &mut Session) -> Outcome {
    webhook(session, Contract::Live).await?;
    let answer = session.list(&[]).await?;
    let (key, items) = answer.list().ok_or_else(|| unexpected("the list", &answer))?;
    Ok(Settled::new(word(key), format!("the list: {} of {} webhooks", answer.status, items.len())))
}

/// The identifiers of a page of one.
async fn page(session: &mut Session, number: &str) -> Result<(Answer, Vec<Value>), String> {
    let answer = session.list(&[("page", number), ("per_page", "1")]).await?;
    let items = answer.list().map(|(_, items)| items.clone()).unwrap_or_default();
    Ok((answer, items))
}

pub(crate) async fn paging(session: &mut Session) -> Outcome {
    // So that there are two at least.
    let (contract, _) = any(session).await?;
    another(session, contract, "page").await?;
    let (first, one) = page(session, "1").await?;
    if first.invalid() {
        return Ok(Settled::new("refused", format!("page=1&per_page=1: {}", first.told())));
    }
    let (second, two) = page(session, "2").await?;
    let evidence =
        format!("pages of one: {} with {}, {} with {}", first.status, one.len(), second.status, two.len());
    match (one.len(), two.len()) {
        (1, 1) if one != two => Ok(Settled::new("honoured", evidence)),
        (2.., n) if n == one.len() => Ok(Settled::new("ignored", evidence)),
        _ => Err(format!("neither honoured nor ignored: {evidence}")),
    }
}

pub(crate) async fn page_range(session: &mut Session) -> Outcome {
    let (_, items) = page(session, "1").await?;
    if items.len() != 1 {
        return Err("the list has no pages".to_owned());
    }
    let (zero, _) = page(session, "0").await?;
    let most = session.list(&[("page", "1"), ("per_page", "100")]).await?;
    let more = session.list(&[("page", "1"), ("per_page", "101")]).await?;
    let evidence =
        format!("page=0: {}; per_page=100: {}; per_page=101: {}", zero.status, most.status, more.status);
    if !most.ok() {
        return Err(evidence);
    }
    let from = if zero.invalid() { "from 1" } else { "0 is taken" };
    let largest = if more.invalid() { "at most 100" } else { "more than 100" };
    Ok(Settled::new(format!("{from}, {largest}"), evidence))
}

pub(crate) async fn metadata(session: &mut Session) -> Outcome {
    any(session).await?;
    let answer = session.get(&format!("{WEBHOOKS}/metadata")).await?;
    let value = match (answer.status, answer.list()) {
        (404, _) => "no such route",
        (200, Some(_)) => "a list",
        _ => return Err(unexpected("GET", &answer)),
    };
    Ok(Settled::new(value, format!("GET: {}", answer.status)))
}

pub(crate) async fn secret(session: &mut Session) -> Outcome {
    let (_, identifier) = any(session).await?;
    let shown = super::field(session, &identifier, "/security/secret").await?;
    let value = match shown.as_str() {
        Some(text) if text == session.secret => "in clear",
        Some(_) => "masked",
        None => "left out",
    };
    Ok(Settled::new(value, "GET of a webhook that was created with one"))
}
