//! Reads JSON.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Kind, MAX_DEPTH, Mistake, NODE_SIZE, Node, TOO_DEEP};

/// The value of a text.
///
/// # Errors
/// Invalid JSON, values that are nested too deeply, and more than `limit` bytes of values.
pub(crate) fn from_json(text: &str, limit: usize) -> Result<Node, Mistake> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        let what = format!("{} (column {})", not_json(&error), error.column());
        Mistake::new(error.line(), what)
    })?;
    if let Some(line) = too_deep(text) {
        return Err(Mistake::new(line, TOO_DEEP));
    }
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
    Reader { text, breaks, left: limit }.node(raw, 0)
}

/// The text of a syntax error, which repeats nothing of the input, without its place.
fn not_json(error: &serde_json::Error) -> String {
    let what = error.to_string();
    format!("not valid JSON: {}", what.split(" at line ").next().unwrap_or_default())
}

/// The line on which valid JSON is nested too deeply.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut line, mut in_text, mut is_escaped) = (0, 1, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_text = !in_text,
            b'\n' => line += 1,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth -= 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(line);
        }
    }
    None
}

struct Reader<'a> {
    text: &'a str,
    breaks: Vec<usize>,
    left: usize,
}

impl<'a> Reader<'a> {
    /// Reads a value, below names of `path` bytes together.
    fn node(&mut self, raw: &'a RawValue, path: usize) -> Result<Node, Mistake> {
        let source = raw.get();
        // `source` is a slice of `text`.
        let at = (source.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let line = self.breaks.partition_point(|end| *end < at) + 1;
        let failed = |error: serde_json::Error| Mistake::new(line, not_json(&error));
        let is_inner = source.starts_with(['{', '[']);
        self.left = self
            .left
            .checked_sub(NODE_SIZE + path + if is_inner { 0 } else { source.len() })
            .ok_or_else(|| Mistake::new(line, "too many values"))?;
        let kind = match source.as_bytes().first() {
            Some(b'{') => {
                let members: Members<'a> = serde_json::from_str(source).map_err(failed)?;
                let member = |(name, raw): (String, _)| {
                    let member = self.node(raw, path + name.len())?;
                    Ok((name, member))
                };
                Kind::mapping(members.0.into_iter().map(member).collect::<Result<_, Mistake>>()?)
            }
            Some(b'[') => {
                let items: Vec<&'a RawValue> = serde_json::from_str(source).map_err(failed)?;
                let items = items.into_iter().map(|raw| self.node(raw, path));
                Kind::List(items.collect::<Result<_, _>>()?)
            }
            Some(b'"') => Kind::Text(serde_json::from_str(source).map_err(failed)?),
            Some(b't') => Kind::Bool(true),
            Some(b'f') => Kind::Bool(false),
            Some(b'n') => Kind::Null,
            _ => Kind::Number(source.to_owned()),
        };
        Ok(Node::new(line, kind))
    }
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Collect).map(Self)
    }
}
