//! The handlers of the webhook routes, for requests that are admitted.
//!
//! Each handler checks everything first and changes the state last, so that a rejected request changes
//! nothing.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::Value;

use crate::call::Route;
use crate::fault::PagingFault;
use crate::json::{Webhook, identifier_of};
use crate::paging::Page;
use crate::profile::{PastTheEnd, Profile};
use crate::request::Request;
use crate::response::{self, Rejection, Response, with_body};
use crate::state::{State, set_defaults};
use crate::validate::{self, Problem, Purpose};

const SERVER_OWNED: [&str; 5] = ["createdAt", "createdBy", "updatedAt", "updatedBy", "webhookKey"];
const METADATA: [&str; 4] = ["identifier", "title", "icon", "updatedAt"];

pub(crate) fn list(
    state: &State,
    request: &Request,
    fault: Option<PagingFault>,
) -> Result<Response, Rejection> {
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
    Ok(response::list(&state.settings, webhooks.collect::<Vec<_>>()))
}

/// The response to a page after the last one.
fn past_the_end(state: &State) -> Result<Response, Rejection> {
    match state.settings.unverified.past_the_end {
        PastTheEnd::EmptyList => Ok(response::list(&state.settings, [(); 0])),
        PastTheEnd::NotFound => Err(Rejection::not_found("no such page")),
        PastTheEnd::Invalid => Err(Problem::at("page", "must not be after the last page").into()),
        PastTheEnd::NullList => Ok(response::list(&state.settings, ())),
        PastTheEnd::NoList => Ok(response::done()),
        PastTheEnd::NoContent => Ok(with_body(StatusCode::NO_CONTENT, None, "")),
    }
}

pub(crate) fn metadata(state: &State) -> Response {
    let summary = |webhook| METADATA.iter().filter_map(move |name| Webhook::get_key_value(webhook, *name));
    let summaries = state.data.webhooks.values().map(|webhook| summary(webhook).collect::<BTreeMap<_, _>>());
    response::list(&state.settings, summaries.collect::<Vec<_>>())
}

fn no_such_webhook() -> Rejection {
    Rejection::not_found("no webhook with this identifier")
}

pub(crate) fn get(state: &State, identifier: &str) -> Result<Response, Rejection> {
    let webhook = state.data.webhooks.get(identifier).ok_or_else(no_such_webhook)?;
    Ok(response::webhook(&state.settings, webhook))
}

pub(crate) fn create(state: &mut State, body: Webhook) -> Result<Response, Rejection> {
    validate::webhook(&state.settings, Purpose::Whole, &body)?;
    let mut webhook = body;
    let identifier = match identifier_of(&webhook) {
        Some(identifier) if state.data.webhooks.contains_key(identifier) => {
            return Err(Rejection::conflict());
        }
        Some(identifier) => identifier.to_owned(),
        None => {
            let identifier = state.new_identifier();
            webhook.insert("identifier".to_owned(), Value::String(identifier.clone()));
            identifier
        }
    };
    state.complete(&mut webhook);
    let reply = response::created(&state.settings, &webhook);
    state.note(Route::Create, &identifier, None, Some(&webhook));
    state.data.webhooks.insert(identifier, webhook);
    Ok(reply)
}

pub(crate) fn patch(state: &mut State, identifier: &str, body: Webhook) -> Result<Response, Rejection> {
    validate::webhook(&state.settings, Purpose::Patch, &body)?;
    let mut webhook = target(state, identifier, &body)?.clone();
    let literal = state.settings.unverified.patch_enables && state.settings.profile == Profile::Live;
    if literal && !body.contains_key("enabled") {
        webhook.insert("enabled".to_owned(), Value::Bool(true));
    }
    merge(&mut webhook, body);
    Ok(store(state, Route::Update, identifier, webhook))
}

pub(crate) fn put(state: &mut State, identifier: &str, body: Webhook) -> Result<Response, Rejection> {
    validate::webhook(&state.settings, Purpose::Whole, &body)?;
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

pub(crate) fn delete(state: &mut State, identifier: &str) -> Result<Response, Rejection> {
    let old = state.data.webhooks.shift_remove(identifier).ok_or_else(no_such_webhook)?;
    state.note(Route::Delete, identifier, Some(old), None);
    Ok(response::done())
}

/// The webhook that a valid body changes, if the body does not rename it to a name that it cannot have.
fn target<'a>(state: &'a State, identifier: &str, body: &Webhook) -> Result<&'a Webhook, Rejection> {
    let renamed = identifier_of(body).filter(|new| *new != identifier);
    if renamed.is_some() && !state.settings.unverified.rename {
        return Err(Problem::at("identifier", "must be the one in the path").into());
    }
    let webhook = state.data.webhooks.get(identifier).ok_or_else(no_such_webhook)?;
    match renamed {
        Some(new) if state.data.webhooks.contains_key(new) => Err(Rejection::conflict()),
        _ => Ok(webhook),
    }
}

/// Puts a changed webhook in the place of the old one, under its new name if it has one.
fn store(state: &mut State, operation: Route, identifier: &str, mut webhook: Webhook) -> Response {
    state.touch(&mut webhook);
    let reply = response::webhook(&state.settings, &webhook);
    let name = identifier_of(&webhook).unwrap_or(identifier).to_owned();
    let webhooks = &mut state.data.webhooks;
    if let Some((at, _, old)) = webhooks.shift_remove_full(identifier) {
        webhooks.shift_insert(at, name, webhook.clone());
        state.note(operation, identifier, Some(old), Some(&webhook));
    }
    reply
}

/// Puts the fields of a patch into a webhook. `security` is merged by member, all else replaced whole;
/// null removes.
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
