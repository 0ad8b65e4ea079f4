//! The body of a reply: a value that a fault may change, until it is written.

use serde_json::{Map, Value};

use crate::stored::Stored;

/// What a body is made of.
#[derive(Debug)]
pub(crate) enum Body {
    Json(Value),
    /// A stored webhook in an envelope.
    One(&'static str, Stored),
    /// Several of them.
    Many(&'static str, Vec<Stored>),
}

impl Body {
    /// Lets it be changed.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Value)) {
        let object = |webhook: Stored| Value::Object(webhook.into_webhook());
        let mut value = match std::mem::replace(self, Self::Json(Value::Null)) {
            Self::Json(value) => value,
            Self::One(key, webhook) => envelope(key, object(webhook)),
            Self::Many(key, webhooks) => envelope(key, webhooks.into_iter().map(object).collect()),
        };
        change(&mut value);
        *self = Self::Json(value);
    }

    /// Writes it.
    pub(crate) fn into_json(self) -> String {
        match self {
            Self::Json(value) => value.to_string(),
            Self::One(key, webhook) => wrap(key, |json| json.push_str(webhook.json())),
            Self::Many(key, webhooks) => wrap(key, |json| {
                json.reserve(webhooks.iter().map(|webhook| webhook.json().len() + 1).sum::<usize>() + 16);
                json.push('[');
                for (at, webhook) in webhooks.iter().enumerate() {
                    if at > 0 {
                        json.push(',');
                    }
                    json.push_str(webhook.json());
                }
                json.push(']');
            }),
        }
    }
}

/// The envelope of success.
pub(super) fn envelope(key: &str, content: Value) -> Value {
    let mut envelope = Map::new();
    envelope.insert("ok".to_owned(), Value::Bool(true));
    envelope.insert(key.to_owned(), content);
    Value::Object(envelope)
}

/// The envelope around what is JSON already.
fn wrap(key: &str, write: impl FnOnce(&mut String)) -> String {
    const HOLE: &str = "null";
    // Which of the two members comes first depends on the features of serde_json.
    let mut json = envelope(key, Value::Null).to_string();
    let rest = json.find(HOLE).map(|at| json.split_off(at)).unwrap_or_default();
    write(&mut json);
    json.push_str(rest.strip_prefix(HOLE).unwrap_or_default());
    json
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_what_can_be_changed() {
        let stored = |name: &str| Stored::new([("identifier".to_owned(), json!(name))].into_iter().collect());
        let bodies = || {
            ["webhook", "integration"].into_iter().flat_map(move |key| {
                let many = |names: &[&str]| Body::Many(key, names.iter().map(|name| stored(name)).collect());
                [Body::One(key, stored("null \"a\"")), many(&[]), many(&["a"]), many(&["a", "null"])]
            })
        };
        for (written, mut changed) in bodies().zip(bodies()) {
            changed.change(|_| {});
            assert!(matches!(changed, Body::Json(_)));
            assert_eq!(written.into_json(), changed.into_json());
        }
    }
}
