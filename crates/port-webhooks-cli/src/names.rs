//! Names of variables for the secrets that `export` does not write.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::document::reference;
use crate::mask::{is_secret_member, is_secret_url, sounds_secret};
use crate::webhook_fields::is_known;

/// Names of variables, each used once, in the order of their references.
#[derive(Default)]
pub(crate) struct VariableNames {
    list: Vec<String>,
    used: HashSet<String>,
}

impl VariableNames {
    /// Replaces each secret of a webhook by a reference to a variable.
    pub(crate) fn replace_secrets(&mut self, identifier: &str, webhook: &mut Map<String, Value>) {
        let prefix = format!("PORT_WEBHOOK_{}", upper(identifier));
        if let Some(Value::Object(headers)) = webhook.get_mut("headers") {
            // An empty value is no secret, and an empty variable counts as not set.
            for (name, value) in headers.iter_mut().filter(|(_, value)| *value != "") {
                *value = self.reference(&format!("{prefix}_HEADER_{}", upper(name)));
            }
        }
        if let Some(Value::Object(security)) = webhook.get_mut("security") {
            for (name, value) in
                security.iter_mut().filter(|(name, value)| is_secret_member(name) && !value.is_null())
            {
                *value = self.reference(&format!("{prefix}_{}", upper(name)));
            }
        }
        if let Some(url) = webhook.get_mut("url") {
            self.replace_texts(&format!("{prefix}_URL"), url, false);
        }
        for (name, value) in webhook.iter_mut().filter(|(name, _)| !is_known(name)) {
            self.replace_texts(&format!("{prefix}_{}", upper(name)), value, sounds_secret(name));
        }
    }

    /// Replaces strings that are secret by their own name or an outer one. Other types stay, since a variable is a string.
    fn replace_texts(&mut self, wanted: &str, value: &mut Value, secret: bool) {
        match value {
            Value::String(text) if text.is_empty() => {}
            Value::String(text) if secret || is_secret_url(text) => *value = self.reference(wanted),
            Value::Array(items) => {
                for item in items {
                    self.replace_texts(wanted, item, secret);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let secret = secret || sounds_secret(name);
                    self.replace_texts(&format!("{wanted}_{}", upper(name)), member, secret);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn into_list(self) -> Vec<String> {
        self.list
    }

    /// A reference to a new variable. Names that differ only in characters that a variable cannot have get a number.
    fn reference(&mut self, wanted: &str) -> Value {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.used.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        let reference = reference(&name);
        self.list.push(name);
        reference
    }
}

fn upper(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
