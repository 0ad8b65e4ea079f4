//! Which bodies a server takes: the rules for requests, as a table.

use fake_port::Profile;
use port_webhooks::EventType;
use serde_json::Value;

use super::port::{Body, Port};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Write {
    Create,
    Replace,
    Update,
}

pub fn takes(port: &Port, write: Write, body: &Body) -> bool {
    let required: &[&str] = match (write, port.profile) {
        (Write::Update, _) => &[],
        (_, Profile::Live) => &["title", "enabled"],
        (_, _) => &["identifier", "url", "events"],
    };
    let null_clears = write == Write::Update && port.unverified.null_clears;
    let takes_field = |name: &str, value: &Value| match port.profile {
        Profile::Live => data_source(name, value),
        _ => subscription(name, value, null_clears),
    };
    required.iter().all(|name| body.contains_key(*name))
        && body.iter().all(|(name, value)| common(name, value).unwrap_or_else(|| takes_field(name, value)))
}

/// The fields with one rule in both contracts, unless they are null.
fn common(name: &str, value: &Value) -> Option<bool> {
    match name {
        _ if value.is_null() => None,
        "identifier" => Some(is_text(value, 1, 30)),
        "title" => Some(is_text(value, 0, 30)),
        "description" => Some(is_text(value, 0, 200)),
        "enabled" => Some(value.is_boolean()),
        _ => None,
    }
}

fn subscription(name: &str, value: &Value, null_clears: bool) -> bool {
    match name {
        "title" | "description" | "headers" | "security" if value.is_null() => null_clears,
        "url" => value.as_str().is_some_and(|url| url.starts_with("https://") || url.starts_with("http://")),
        "events" => value.as_array().is_some_and(|events| {
            let known =
                |event: &Value| EventType::KNOWN.iter().any(|known| Some(known.as_str()) == event.as_str());
            !events.is_empty() && events.iter().all(known)
        }),
        "headers" => members(value, |name, value| !name.contains(' ') && value.is_string()),
        "security" => members(value, |name, value| {
            name == "secret" && (is_text(value, 1, usize::MAX) || value.is_null() && null_clears)
        }),
        _ => false,
    }
}

fn data_source(name: &str, value: &Value) -> bool {
    match name {
        "icon" => value.is_string(),
        "mappings" => value.is_array(),
        "integrationType" => value == "custom" || value == "template",
        "security" => members(value, |name, value| match name {
            "signatureAlgorithm" => value.is_null() || value == "sha1" || value == "sha256",
            "secret" | "signatureHeaderName" | "signaturePrefix" | "requestIdentifierPath" => {
                value.is_null() || value.is_string()
            }
            _ => false,
        }),
        _ => false,
    }
}

fn members(value: &Value, take: impl Fn(&str, &Value) -> bool) -> bool {
    value.as_object().is_some_and(|members| members.iter().all(|(name, value)| take(name, value)))
}

fn is_text(value: &Value, shortest: usize, longest: usize) -> bool {
    value.as_str().is_some_and(|text| (shortest..=longest).contains(&text.chars().count()))
}
