//! What stands for a secret when it is shown, and is refused when it comes back.

use serde_json::{Map, Value};
use url::Url;

use crate::failure::{Failure, Result};

/// Stands for a value. It says nothing of the value, not its length either.
pub(crate) const MASK: &str = "********";

/// The members of `security` that are settings, and no secrets. One that is not known may be a secret.
const SETTINGS: [&str; 4] =
    ["signatureHeaderName", "signatureAlgorithm", "signaturePrefix", "requestIdentifierPath"];

/// Whether a member of `security` must not be shown.
pub(crate) fn is_secret_member(name: &str) -> bool {
    !SETTINGS.contains(&name)
}

/// What the name of a field has in it that holds a secret, or several of them.
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

/// Whether a field that is not known holds a secret, by its name.
pub(crate) fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Whether a URL has in it what may be secret: a password, a user name, which some servers take for a token, or a query.
pub(crate) fn is_secret_url(url: &str) -> bool {
    mask_url(url) != url
}

/// A URL with the mask in the place of its credentials and of its query.
pub(crate) fn mask_url(text: &str) -> String {
    // Also of a text that is no URL, because its scheme is missing.
    let text = match text.split_once('?') {
        Some((before, query)) if !query.is_empty() => format!("{before}?{MASK}"),
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

/// Where the mask stands and a value is meant: it would take the place of the true one.
pub(crate) fn masked(webhook: &Map<String, Value>) -> Vec<String> {
    let mut paths = Vec::new();
    webhook.iter().for_each(|(name, value)| find(name, value, &mut paths));
    paths
}

/// What is said of the mask where a value is meant.
pub(crate) const IS_MASK: &str = "`********` is a mask, not the value";

/// Refuses the mask as a value of its own.
pub(crate) fn refuse_text(name: &str, text: &str) -> Result<()> {
    if !is_mask(text) {
        return Ok(());
    }
    Err(Failure::usage(format!("{name}: {IS_MASK}")).advice("give the value itself"))
}

/// A URL that was shown has the mask for its credentials or its query.
fn is_mask(text: &str) -> bool {
    let has_masked_query = text.split_once('?').is_some_and(|(_, query)| query == MASK);
    text == MASK || has_masked_query || text.contains(&format!("{MASK}@"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => panic!("an object"),
        }
    }

    #[test]
    fn user_name_and_query_of_a_url_may_be_a_token() {
        for (url, masked) in [
            ("https://example.com", "https://example.com"),
            ("https://hidden@example.com/a", "https://********@example.com/a"),
            ("https://me:hidden@example.com/a", "https://********@example.com/a"),
            ("https://example.com/a?token=hidden", "https://example.com/a?********"),
            ("https://example.com?hidden#a", "https://example.com?********"),
            ("https://me:hidden@example.com/?hidden", "https://********@example.com/?********"),
            ("example.com/a?token=hidden", "example.com/a?********"),
            ("https://example.com/?", "https://example.com/?"),
        ] {
            assert_eq!(mask_url(url), masked);
            assert_eq!(refuse_text("url", masked).is_err(), masked.contains(MASK));
        }
    }

    #[test]
    fn what_was_masked_is_refused_wherever_it_is() {
        for webhook in [
            json!({ "headers": { "X-Key": MASK } }),
            json!({ "security": { "secret": MASK } }),
            json!({ "url": "https://me:********@example.com" }),
            json!({ "url": "********@example.com" }),
            json!({ "url": mask_url("https://me:hidden@example.com/a b") }),
            json!({ "url": mask_url("https://hidden@example.com/") }),
            json!({ "title": MASK }),
            json!({ "future": [{ "key": MASK }] }),
        ] {
            assert_eq!(masked(&object(webhook.clone())).len(), 1, "{webhook}");
        }
        let fine = json!({ "headers": { "X-Key": "*********" }, "url": "https://example.com/********" });
        assert!(masked(&object(fine)).is_empty());
    }
}
