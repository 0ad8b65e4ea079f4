//! The body of a documented webhook: an outgoing subscription.

use serde_json::{Map, Value};
use url::Url;

use super::Purpose;
use super::field::{
    Checked, Problem, boolean, each_item, each_member, object, require, sized, string, unknown,
};
use crate::delivery::PortEvent;
use crate::settings::Settings;

const REQUIRED: [&str; 3] = ["identifier", "url", "events"];

/// What a fake that delivers changes of webhooks takes too.
const CHANGES: [&str; 3] = ["webhook.created", "webhook.updated", "webhook.deleted"];

pub(super) fn check(settings: &Settings, purpose: Purpose, body: &Map<String, Value>) -> Checked {
    let null_clears = match purpose {
        Purpose::Whole => {
            require(body, &REQUIRED)?;
            false
        }
        Purpose::Patch => settings.unverified.null_clears,
    };
    each_member(body, |name, value| match name {
        "title" | "description" | "headers" | "security" if value.is_null() && null_clears => Ok(()),
        "identifier" => sized(value, 1..=30),
        "title" => sized(value, 0..=30),
        "description" => sized(value, 0..=200),
        "url" => url(value, &settings.unreachable),
        "events" => events(value, settings.deliveries.changes),
        "headers" => headers(value),
        "security" => security(value, null_clears),
        "enabled" => boolean(value),
        _ => unknown(),
    })
}

fn url(value: &Value, unreachable: &[Url]) -> Checked {
    let text = string(value)?;
    if !is_absolute_web_url(text) {
        return Err(Problem::new("must be an absolute http or https URL"));
    }
    match Url::parse(text) {
        Err(_) => Err(Problem::new("not a valid URL")),
        Ok(url) if unreachable.contains(&url) => Err(Problem::new("not reachable")),
        Ok(_) => Ok(()),
    }
}

/// What the URL parser would forgive and a schema's pattern does not: `http:/host`, white space, a
/// backslash before the host.
fn is_absolute_web_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let host_follows = rest.starts_with(|first| !matches!(first, '/' | '?' | '#' | '\\'));
    web && host_follows && !rest.contains(|c| matches!(c, '\0'..=' ' | '\x7f'))
}

fn events(value: &Value, changes: bool) -> Checked {
    each_item(value, |event| {
        let event = string(event)?;
        let known = PortEvent::DOCUMENTED.contains(&event) || (changes && CHANGES.contains(&event));
        if known { Ok(()) } else { Err(Problem::new("unknown event")) }
    })?;
    if value.as_array().is_some_and(Vec::is_empty) {
        return Err(Problem::new("must not be empty"));
    }
    Ok(())
}

fn headers(value: &Value) -> Checked {
    each_member(object(value)?, |name, value| {
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(Problem::new("not a valid header name"));
        }
        let control = |c: char| c != '\t' && (c < ' ' || c == '\x7f');
        if string(value)?.contains(control) {
            return Err(Problem::new("not a valid header value"));
        }
        Ok(())
    })
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&byte)
}

fn security(value: &Value, null_clears: bool) -> Checked {
    each_member(object(value)?, |name, value| match name {
        "secret" if value.is_null() && null_clears => Ok(()),
        "secret" => sized(value, 1..=usize::MAX),
        _ => unknown(),
    })
}
