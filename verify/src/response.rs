//! A response with its request, and the parts that may be shown: its status, its shape, and the names of errors.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::Result;

/// How many characters of a shape are shown.
const LONGEST: usize = 160;
/// The members whose text is a name, and nobody's data.
const NAMES: [&str; 3] = ["error", "name", "tokenType"];

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Response {
    /// Method and query of the request.
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null when it is not JSON.
    pub(crate) body: Value,
}

impl Response {
    pub(crate) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the request was accepted; `false` if it was rejected as wrong. Any other response has another cause.
    pub(crate) fn accepted(&self) -> Result<bool> {
        match self.status {
            200..300 => Ok(true),
            400 | 422 => Ok(false),
            _ => Err(UNEXPECTED.to_owned()),
        }
    }

    pub(crate) fn expect_ok(self) -> Result<Self> {
        if self.ok() { Ok(self) } else { Err(UNEXPECTED.to_owned()) }
    }

    /// A response with one of the statuses that can be the answer to a question.
    pub(crate) fn expect(self, statuses: &[u16]) -> Result<Self> {
        if statuses.contains(&self.status) { Ok(self) } else { Err(UNEXPECTED.to_owned()) }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64> {
        let number = self.header(name).and_then(|text| text.trim().parse().ok());
        number.ok_or_else(|| format!("the response has no {name}"))
    }

    /// The one webhook in a success, with its key.
    pub(crate) fn webhook(&self) -> Option<(&String, &Value)> {
        let mut members = self.body.as_object().filter(|_| self.ok())?.iter();
        members.find(|(_, value)| value.get("identifier").is_some())
    }

    /// The identifiers of the webhooks in a success, with the key of the list: of several, the longest one.
    pub(crate) fn list(&self) -> Option<(&str, Vec<&str>)> {
        let members = self.body.as_object().filter(|_| self.ok())?.iter();
        let lists = members.filter_map(|(key, value)| {
            let items = value.as_array()?.iter();
            Some((key.as_str(), items.map(|item| item["identifier"].as_str()).collect::<Option<Vec<_>>>()?))
        });
        lists.max_by_key(|(_, identifiers)| identifiers.len())
    }

    /// The status with the name of the error.
    pub(crate) fn error(&self) -> Result<String> {
        Ok(format!("{} {}", self.status, self.error_name()?))
    }

    /// The name of an error, whichever form it has.
    pub(crate) fn error_name(&self) -> Result<String> {
        let error = &self.body["error"];
        let name = error.as_str().or_else(|| error["name"].as_str());
        name.map(word).ok_or_else(|| "the error has no name".to_owned())
    }

    /// Status and shape. In the shape, every text but the name of an error is `…`.
    pub(crate) fn summary(&self) -> String {
        if self.body.is_null() {
            return self.status.to_string();
        }
        let shape = masked(&self.body, false).to_string();
        let end = if shape.chars().count() > LONGEST { "…" } else { "" };
        format!("{} {}{end}", self.status, shape.chars().take(LONGEST).collect::<String>())
    }
}

/// The reason of a probe for which a response had another cause than what it asks; the evidence has the response.
pub(crate) const UNEXPECTED: &str = "unexpected response";

fn masked(value: &Value, named: bool) -> Value {
    match value {
        Value::String(text) if named => Value::from(word(text)),
        Value::String(_) => Value::from("…"),
        Value::Array(items) => items.iter().take(1).map(|item| masked(item, false)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (word(name), masked(member, NAMES.contains(&name.as_str()))))
            .collect(),
        other => other.clone(),
    }
}

/// A name that the server uses; any other text could be somebody's data, and becomes `…`.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    if (1..=40).contains(&text.len()) && text.chars().all(plain) { text.to_owned() } else { "…".to_owned() }
}
