//! Hides secrets before anything is sent to the page.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};
use port_webhooks::{Webhook, types::Secret};
use serde_json::{Value, json};

use super::members;
use crate::mask::{MASK, mask_url, sounds_secret};

/// A shorter secret would be masked in the middle of other words.
const SHORTEST: usize = 8;

/// Parts of names of members that hold secrets, in lower case and without separators.
const PARTS: [&str; 13] = [
    "accesskey",
    "apikey",
    "authorization",
    "clientkey",
    "cookie",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "token",
    "webhookkey",
];

/// What is masked on the page.
pub(crate) struct Masker {
    /// Nothing is masked.
    shows_secrets: bool,
    secrets: Vec<Secret>,
    /// The header of the signature, and whether it holds the secret itself, as in the scheme `plain`.
    signature_header: String,
    is_plain: bool,
}

impl Masker {
    pub(crate) fn new(
        shows_secrets: bool,
        secrets: &[Secret],
        signature_header: &str,
        is_plain: bool,
    ) -> Self {
        let secrets = secrets.iter().filter(|secret| secret.expose().len() >= SHORTEST).cloned().collect();
        Self { shows_secrets, secrets, signature_header: signature_header.to_lowercase(), is_plain }
    }

    pub(super) fn shows_secrets(&self) -> bool {
        self.shows_secrets
    }

    /// The value of a header. The fake marks those of webhooks as sensitive.
    pub(super) fn header(&self, name: &HeaderName, value: &HeaderValue) -> String {
        let is_secret = if self.signature_header == name.as_str() {
            self.is_plain
        } else {
            sounds_secret(name.as_str()) || value.is_sensitive()
        };
        if is_secret && !self.shows_secrets {
            return MASK.to_owned();
        }
        self.value(&String::from_utf8_lossy(value.as_bytes()))
    }

    /// The query of a URL with its question mark, whose values may be secret.
    pub(super) fn query(&self, query: Option<&str>) -> String {
        match query {
            None => String::new(),
            Some(query) if self.shows_secrets => format!("?{query}"),
            Some(_) => format!("?{MASK}"),
        }
    }

    pub(super) fn url(&self, url: &str) -> String {
        if self.shows_secrets { url.to_owned() } else { self.text(&mask_key(&mask_url(url))) }
    }

    /// A body; unchanged if it has no secret.
    pub(super) fn body(&self, bytes: &[u8]) -> Vec<u8> {
        if self.shows_secrets {
            return bytes.to_vec();
        }
        let masked = members::masked(bytes, MASK, is_secret_member, |text| self.value(text));
        let mut body = Vec::with_capacity(masked.len());
        for chunk in masked.utf8_chunks() {
            body.extend(self.text(chunk.valid()).into_bytes());
            body.extend(chunk.invalid());
        }
        body
    }

    /// The value of a query parameter of this name.
    pub(super) fn member(&self, name: &str, value: &str) -> String {
        if !self.shows_secrets && is_secret_member(name) { MASK.to_owned() } else { self.text(value) }
    }

    /// The state of the fake.
    pub(super) fn overview(&self, mut overview: Value) -> Value {
        if self.shows_secrets {
            return overview;
        }
        for webhook in overview["webhooks"].as_array_mut().into_iter().flatten() {
            *webhook = serde_json::from_value::<Webhook>(webhook.take())
                .ok()
                .and_then(|webhook| serde_json::to_value(webhook.redacted()).ok())
                .unwrap_or_else(|| json!(MASK));
        }
        // Its names are those of tokens.
        let counts = overview["counts"].take();
        let masked = self.body(overview.to_string().as_bytes());
        let mut overview = serde_json::from_slice(&masked).unwrap_or_else(|_| json!({}));
        overview["counts"] = counts;
        overview
    }

    /// A text that is not the whole body; it may be a URL or JSON.
    fn value(&self, text: &str) -> String {
        let is_url = (text.contains("://") || text.starts_with('/')) && !text.contains(char::is_whitespace);
        if is_url {
            self.url(text)
        } else {
            String::from_utf8_lossy(&self.body(text.as_bytes())).into_owned()
        }
    }

    /// A text without the secrets that are known.
    pub(super) fn text(&self, text: &str) -> String {
        let secrets = self.secrets.iter().filter(|_| !self.shows_secrets);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret.expose(), MASK))
    }
}

/// Masks the key of a data source at the end of its URL, such as `https://ingest.port.io/KEY`, or `/ingest/KEY` of the fake.
fn mask_key(url: &str) -> Cow<'_, str> {
    let path = "/ingest/";
    let start = url.find(path).map(|at| at + path.len()).or_else(|| {
        let host = url.find("://ingest.")? + "://".len();
        Some(host + url[host..].find('/')? + 1)
    });
    match start {
        Some(start) if start < url.len() => format!("{}{MASK}", &url[..start]).into(),
        _ => url.into(),
    }
}

fn is_secret_member(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    matches!(&*name, "auth" | "headers" | "pass" | "pwd") || PARTS.iter().any(|part| name.contains(part))
}
