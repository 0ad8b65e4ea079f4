//! The bytes of a body: those that are signed, and those that are sent.

use std::fmt::Write;

use bytes::Bytes;
use serde_json::{Value, json};

/// A body before it becomes bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Json(Value),
    /// Sent as they are, by the agent too.
    Bytes(Bytes),
}

/// The bytes may differ: the agent signs other bytes than it sends, and a body can be tampered with.
pub(super) struct Encoded {
    pub(super) signed: Bytes,
    pub(super) sent: Bytes,
}

impl Body {
    pub(super) fn encode(self, agent: bool, tampered: bool) -> Encoded {
        let signed = self.bytes(agent, false);
        let sent = if tampered { self.tampered() } else { self }.bytes(agent, agent);
        Encoded { signed, sent }
    }

    fn bytes(&self, ascii: bool, spaced: bool) -> Bytes {
        match self {
            Self::Json(value) if ascii => python(value, spaced),
            Self::Json(value) => value.to_string().into(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }

    /// Another body, which differs in more than white space. JSON stays JSON.
    fn tampered(self) -> Self {
        match self {
            Self::Json(Value::Object(mut members)) => {
                let tampered = members.get("tampered") != Some(&Value::Bool(true));
                members.insert("tampered".to_owned(), json!(tampered));
                Self::Json(Value::Object(members))
            }
            Self::Json(other) => Self::Json(json!([other])),
            Self::Bytes(bytes) => Self::Bytes([&bytes[..], b"x"].concat().into()),
        }
    }
}

/// JSON as Python writes it: with every character escaped that is not printable ASCII, and compact, or with a space after
/// each comma and colon.
fn python(value: &Value, spaced: bool) -> Bytes {
    let mut text = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for char in value.to_string().chars() {
        if (' '..='~').contains(&char) {
            text.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
        if spaced && !quoted && matches!(char, ',' | ':') {
            text.push(' ');
        }
        quoted ^= char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
    }
    text.into()
}
