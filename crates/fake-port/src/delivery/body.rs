//! The bytes of a body: those that are signed, and those that are sent.

use std::io::{self, Write};

use bytes::Bytes;
use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Serializer, Value, json};

/// A body before it becomes bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Json(Value),
    /// Sent as they are, by the agent too.
    Bytes(Bytes),
}

/// The two may differ: the agent signs other bytes than it sends, and a body can be tampered with.
pub(super) struct Encoded {
    pub(super) signed: Bytes,
    pub(super) sent: Bytes,
}

impl Body {
    pub(super) fn encode(self, agent: bool, tampered: bool) -> Encoded {
        let signed = self.bytes(agent, false);
        let sent = match (agent, tampered) {
            (false, false) => signed.clone(),
            (_, true) => self.tampered().bytes(agent, agent),
            (true, false) => self.bytes(true, true),
        };
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

/// JSON as Python writes it: non-ASCII characters escaped, and with spaces unless it is told to be compact.
fn python(value: &Value, spaced: bool) -> Bytes {
    let mut bytes = Vec::new();
    // Writing a value to memory does not fail.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, Python { spaced }));
    bytes.into()
}

struct Python {
    spaced: bool,
}

impl Python {
    fn separate<W: ?Sized + Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        match (first, self.spaced) {
            (true, _) => Ok(()),
            (false, true) => writer.write_all(b", "),
            (false, false) => writer.write_all(b","),
        }
    }
}

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.spaced { b": " } else { b":" })
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        for char in text.chars() {
            if (' '..='~').contains(&char) {
                write!(writer, "{char}")?;
            } else {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both texts were written by Python's `json.dumps`.
    #[test]
    fn the_agent_writes_json_as_python_does() {
        let value = json!({ "a": [1, 2.5, null, true], "b": { "c": "é😀\u{7f}\n\"\\/" }, "d": {}, "e": [] });
        let encoded = Body::Json(value).encode(true, false);
        assert_eq!(
            encoded.signed,
            r#"{"a":[1,2.5,null,true],"b":{"c":"\u00e9\ud83d\ude00\u007f\n\"\\/"},"d":{},"e":[]}"#
        );
        assert_eq!(
            encoded.sent,
            r#"{"a": [1, 2.5, null, true], "b": {"c": "\u00e9\ud83d\ude00\u007f\n\"\\/"}, "d": {}, "e": []}"#
        );
    }
}
