//! What the webhook routes do once a request is known to be allowed.
//!
//! Each handler checks everything first and changes the state last, so that a refused request changes
//! nothing.

use serde_json::Value;

use crate::paging::Page;
use crate::profile::Profile;
use crate::reply::{Refusal, Reply};
use crate::request::RecordedRequest;
use crate::state::{State, Webhook, identifier_of, set_defaults};
use crate::validate::{self, Problem, Write};

const SERVER_OWNED: [&str; 5] = ["createdAt", "createdBy", "updatedAt", "updatedBy", "webhookKey"];
const METADATA: [&str; 4] = ["identifier", "title", "icon", "updatedAt"];

pub(crate) fn list(state: &State, request: &RecordedRequest) -> Result<Reply, Refusal> {
    let page = match state.settings.profile {
        Profile::Documented => Page::of(request)?,
        Profile::Live => Page { skip: 0, take: usize::MAX },
    };
    let webhooks = state.webhooks.iter().skip(page.skip).take(page.take);
    Ok(Reply::list(&state.settings, webhooks.cloned()))
}

pub(crate) fn metadata(state: &State) -> Reply {
    let summary = |webhook: &Webhook| {
        let fields = METADATA.iter().filter_map(|name| webhook.get_key_value(*name));
        fields.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    Reply::list(&state.settings, state.webhooks.iter().map(summary))
}

pub(crate) fn get(state: &State, identifier: &str) -> Result<Reply, Refusal> {
    let at = state.position(identifier).ok_or(Refusal::NoSuchWebhook)?;
    Ok(Reply::webhook(&state.settings, &state.webhooks[at]))
}

pub(crate) fn create(state: &mut State, body: Webhook) -> Result<Reply, Refusal> {
    validate::webhook(&state.settings, Write::Create, &body)?;
    let mut webhook = body;
    match identifier_of(&webhook) {
        Some(identifier) if state.position(identifier).is_some() => return Err(Refusal::IdentifierTaken),
        Some(_) => {}
        None => {
            let identifier = state.new_identifier();
            webhook.insert("identifier".to_owned(), Value::String(identifier));
        }
    }
    state.complete(&mut webhook);
    let reply = Reply::created(&state.settings, &webhook);
    state.webhooks.push(webhook);
    Ok(reply)
}

pub(crate) fn patch(state: &mut State, identifier: &str, body: Webhook) -> Result<Reply, Refusal> {
    validate::webhook(&state.settings, Write::Patch, &body)?;
    let at = target(state, identifier, &body)?;
    let mut webhook = state.webhooks[at].clone();
    merge(&mut webhook, body);
    Ok(store(state, at, webhook))
}

pub(crate) fn put(state: &mut State, identifier: &str, body: Webhook) -> Result<Reply, Refusal> {
    validate::webhook(&state.settings, Write::Put, &body)?;
    let at = target(state, identifier, &body)?;
    let old = &state.webhooks[at];
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
    Ok(store(state, at, webhook))
}

pub(crate) fn delete(state: &mut State, identifier: &str) -> Result<Reply, Refusal> {
    let at = state.position(identifier).ok_or(Refusal::NoSuchWebhook)?;
    state.webhooks.remove(at);
    Ok(Reply::done())
}

/// Where the webhook is that a valid body changes, if the body may rename it as it wants to.
fn target(state: &State, identifier: &str, body: &Webhook) -> Result<usize, Refusal> {
    let renamed = identifier_of(body).filter(|new| *new != identifier);
    if renamed.is_some() && !state.settings.unverified.rename {
        return Err(Problem::at("identifier", "must be the one in the path").into());
    }
    let at = state.position(identifier).ok_or(Refusal::NoSuchWebhook)?;
    match renamed {
        Some(new) if state.position(new).is_some() => Err(Refusal::IdentifierTaken),
        _ => Ok(at),
    }
}

fn store(state: &mut State, at: usize, mut webhook: Webhook) -> Reply {
    state.touch(&mut webhook);
    let reply = Reply::webhook(&state.settings, &webhook);
    state.webhooks[at] = webhook;
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
