//! The mask that is shown in place of a secret, and refused as a value.

use serde_json::{Map, Value};
use url::Url;

use crate::failure::{Failure, Result};

/// Shown in place of any secret, of whatever length.
pub(crate) const MASK: &str = "********";

/// The members of `security` that are not secret. An unknown one may be.
const SETTINGS: [&str; 4] =
    ["signatureHeaderName", "signatureAlgorithm", "signaturePrefix", "requestIdentifierPath"];

/// Whether a member of `security` must not be shown.
pub(crate) fn is_secret_member(name: &str) -> bool {
    !SETTINGS.contains(&name)
}

/// Parts of names of secret fields.
const SECRET_NAMES: [&str; 11] = [
    "auth",
    "cookie",
    "credential",
    "header",
    "key",
    "pass",
    "private",
    "secret",
    "signature",
    "signing",
    "token",
];

/// Whether an unknown field holds a secret, by its name.
pub(crate) fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Whether a URL has a part that may be secret: a password, a user name, which may be a token, a query or a fragment.
pub(crate) fn is_secret_url(url: &str) -> bool {
    mask_url(url) != url
}

/// A URL with the mask in place of its credentials, and of its query with the fragment.
pub(crate) fn mask_url(text: &str) -> String {
    // The query is masked even if the text is no URL, such as without a scheme.
    let is_secret = |c: char| c == '?' || c == '#' && text.contains("://");
    let text = match text.find(is_secret) {
        Some(at) if at + 1 < text.len() => format!("{}{MASK}", &text[..=at]),
        _ => text.to_owned(),
    };
    match Url::parse(&text) {
        Ok(mut url) if url.has_authority() && (!url.username().is_empty() || url.password().is_some()) => {
            let masked = url.set_password(None).and_then(|()| url.set_username(MASK));
            if masked.is_ok() { url.into() } else { text }
        }
        _ => text,
    }
}

/// The paths of masks: sent to Port, they would replace the real values.
pub(crate) fn masked(webhook: &Map<String, Value>) -> Vec<String> {
    let mut paths = Vec::new();
    webhook.iter().for_each(|(name, value)| find(name, value, &mut paths));
    paths
}

pub(crate) const IS_MASK: &str = "`********` is a mask, not the value";

pub(crate) fn refuse_text(name: &str, text: &str) -> Result<()> {
    if !is_mask(text) {
        return Ok(());
    }
    Err(Failure::usage(format!("{name}: {IS_MASK}")).advice("give the value itself"))
}

/// Whether a text is the mask, or a URL that was masked.
fn is_mask(text: &str) -> bool {
    let is_cut = text.split_once(['?', '#']).is_some_and(|(_, rest)| rest == MASK);
    text == MASK || is_cut || text.contains(&format!("{MASK}@"))
}

fn find(path: &str, value: &Value, paths: &mut Vec<String>) {
    match value {
        Value::String(text) if is_mask(text) => paths.push(path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| find(&format!("{path}[{at}]"), item, paths));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| find(&format!("{path}.{name}"), value, paths));
        }
        _ => {}
    }
}
