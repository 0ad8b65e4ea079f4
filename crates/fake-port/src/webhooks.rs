//! What the webhook routes do once a request is known to be allowed.
//!
//! Each handler checks everything first and changes the state last, so that a refused request changes
//! nothing.

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Route;
use crate::fault::PagingFault;
use crate::json::{Webhook, identifier_of};
use crate::paging::Page;
use crate::profile::{PastTheEnd, Profile};
use crate::reply::{Refusal, Reply};
use crate::request::Request;
use crate::state::{State, set_defaults};
use crate::validate::{self, Problem, Purpose};

const SERVER_OWNED: [&str; 5] = ["createdAt", "createdBy", "updatedAt", "updatedBy", "webhookKey"];
const METADATA: [&str; 4] = ["identifier", "title", "icon", "updatedAt"];

pub(crate) fn list(state: &State, request: &Request, fault: Option<PagingFault>) -> Result<Reply, Refusal> {
    let page = match state.settings.profile {
        Profile::Documented => Page::of(request)?,
        Profile::Live => Page::WHOLE,
    };
    let count = state.data.webhooks.len();
    let page = fault.map_or(page, |fault| page.with_fault(fault, count));
    if page.skip > 0 && page.skip >= count {
        return past_the_end(state);
    }
    let webhooks = state.data.webhooks.values().skip(page.skip).take(page.take);
    Ok(Reply::list(&state.settings, webhooks.cloned().collect::<Value>()))
}

/// The response to a page after the last one.
fn past_the_end(state: &State) -> Result<Reply, Refusal> {
    match state.settings.unverified.past_the_end {
        PastTheEnd::EmptyList => Ok(Reply::list(&state.settings, json!([]))),
        PastTheEnd::NotFound => Err(Refusal::NoSuchPage),
        PastTheEnd::Invalid => Err(Problem::at("page", "must not be after the last page").into()),
        PastTheEnd::NullList => Ok(Reply::list(&state.settings, Value::Null)),
        PastTheEnd::NoList => Ok(Reply::done()),
        PastTheEnd::NoContent => Ok(Reply { status: StatusCode::NO_CONTENT, ..Reply::done() }),
    }
}

pub(crate) fn metadata(state: &State) -> Reply {
    let summary = |webhook: &Webhook| {
        let fields = METADATA.iter().filter_map(|name| webhook.get_key_value(*name));
        fields.map(|(name, value)| (name.clone(), value.clone())).collect::<Value>()
    };
    Reply::list(&state.settings, state.data.webhooks.values().map(summary).collect::<Value>())
}

pub(crate) fn get(state: &State, identifier: &str) -> Result<Reply, Refusal> {
    let webhook = state.data.webhooks.get(identifier).ok_or(Refusal::NoSuchWebhook)?;
    Ok(Reply::webhook(&state.settings, webhook))
}

pub(crate) fn create(state: &mut State, body: Webhook) -> Result<Reply, Refusal> {
    validate::webhook(&state.settings, Purpose::Create, &body)?;
    let mut webhook = body;
    let identifier = match identifier_of(&webhook) {
        Some(identifier) if state.data.webhooks.contains_key(identifier) => {
            return Err(Refusal::IdentifierTaken);
        }
        Some(identifier) => identifier.to_owned(),
        None => {
            let identifier = state.new_identifier();
            webhook.insert("identifier".to_owned(), Value::String(identifier.clone()));
            identifier
        }
    };
    state.complete(&mut webhook);
    let reply = Reply::created(&state.settings, &webhook);
    state.note(Route::Create, &identifier, None, Some(&webhook));
    state.data.webhooks.insert(identifier, webhook);
    Ok(reply)
}

pub(crate) fn patch(state: &mut State, identifier: &str, body: Webhook) -> Result<Reply, Refusal> {
    validate::webhook(&state.settings, Purpose::Patch, &body)?;
    let mut webhook = target(state, identifier, &body)?.clone();
    let literal = state.settings.unverified.patch_enables && state.settings.profile == Profile::Live;
    if literal && !body.contains_key("enabled") {
        webhook.insert("enabled".to_owned(), Value::Bool(true));
    }
    merge(&mut webhook, body);
    Ok(store(state, Route::Update, identifier, webhook))
}

pub(crate) fn put(state: &mut State, identifier: &str, body: Webhook) -> Result<Reply, Refusal> {
    validate::webhook(&state.settings, Purpose::Put, &body)?;
    let old = target(state, identifier, &body)?;
    let kept: &[&str] = match state.settings.profile {
        Profile::Documented => &[],
        Profile::Live => &["url"],
    };
    let mut webhook = body;
    for name in SERVER_OWNED.iter().chain(kept) {
        if let Some(value) = old.get(*name) {
            webhook.insert((*name).to_owned(), value.clone());
        }
    }
    webhook.entry("identifier").or_insert_with(|| Value::String(identifier.to_owned()));
    set_defaults(state.settings.profile, &mut webhook);
    Ok(store(state, Route::Replace, identifier, webhook))
}

pub(crate) fn delete(state: &mut State, identifier: &str) -> Result<Reply, Refusal> {
    let old = state.data.webhooks.shift_remove(identifier).ok_or(Refusal::NoSuchWebhook)?;
    state.note(Route::Delete, identifier, Some(old), None);
    Ok(Reply::done())
}

/// The webhook that a valid body changes, if the body may rename it as it wants to.
fn target<'a>(state: &'a State, identifier: &str, body: &Webhook) -> Result<&'a Webhook, Refusal> {
    let renamed = identifier_of(body).filter(|new| *new != identifier);
    if renamed.is_some() && !state.settings.unverified.rename {
        return Err(Problem::at("identifier", "must be the one in the path").into());
    }
    let webhook = state.data.webhooks.get(identifier).ok_or(Refusal::NoSuchWebhook)?;
    match renamed {
        Some(new) if state.data.webhooks.contains_key(new) => Err(Refusal::IdentifierTaken),
        _ => Ok(webhook),
    }
}

/// Puts a changed webhook in the place of the old one, under its new name if it has one.
fn store(state: &mut State, operation: Route, identifier: &str, mut webhook: Webhook) -> Reply {
    state.touch(&mut webhook);
    let reply = Reply::webhook(&state.settings, &webhook);
    let name = identifier_of(&webhook).unwrap_or(identifier).to_owned();
    let webhooks = &mut state.data.webhooks;
    if let Some((at, _, old)) = webhooks.shift_remove_full(identifier) {
        webhooks.shift_insert(at, name, webhook.clone());
        state.note(operation, identifier, Some(old), Some(&webhook));
    }
    reply
}

/// Puts the fields of a patch into a webhook. `security` is merged by member, all else replaced whole;
/// null takes away.
fn merge(webhook: &mut Webhook, patch: Webhook) {
    for (name, value) in patch {
        match (webhook.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if name == "security" => merge(old, new),
            (_, Value::Null) => {
                webhook.remove(&name);
            }
            (_, Value::Object(new)) if name == "security" => {
                let members = new.into_iter().filter(|(_, member)| !member.is_null()).collect();
                webhook.insert(name, Value::Object(members));
            }
            (_, value) => {
                webhook.insert(name, value);
            }
        }
    }
}
