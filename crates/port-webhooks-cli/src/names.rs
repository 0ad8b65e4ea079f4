//! Names of variables for the values that a file does not hold.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::Reference;
use crate::mask::{is_secret_member, is_secret_url, sounds_secret};
use crate::webhook_fields::is_known;

/// The names that were given, each once.
#[derive(Default)]
pub(crate) struct Names {
    given: Vec<String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// Puts a reference in the place of each secret of a webhook.
    pub(crate) fn take_values(&mut self, identifier: &str, webhook: &mut Map<String, Value>) {
        let prefix = format!("PORT_WEBHOOK_{}", upper(identifier));
        if let Some(Value::Object(headers)) = webhook.get_mut("headers") {
            // What is empty is no secret, and a variable that is empty counts as none.
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
            self.take_texts(&format!("{prefix}_URL"), url, false);
        }
        for (name, value) in webhook.iter_mut().filter(|(name, _)| !is_known(name)) {
            self.take_texts(&format!("{prefix}_{}", upper(name)), value, sounds_secret(name));
        }
    }

    /// Puts references in the place of texts that are secret by their name, or by the name of what they are in. Other
    /// values stay: a variable holds a text.
    fn take_texts(&mut self, wanted: &str, value: &mut Value, secret: bool) {
        match value {
            Value::String(text) if text.is_empty() => {}
            Value::String(text) if secret || is_secret_url(text) => *value = self.reference(wanted),
            Value::Array(items) => {
                for item in items {
                    self.take_texts(wanted, item, secret);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let secret = secret || sounds_secret(name);
                    self.take_texts(&format!("{wanted}_{}", upper(name)), member, secret);
                }
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }

    /// The names, in the order of the file.
    pub(crate) fn into_list(self) -> Vec<String> {
        self.given
    }

    /// Two webhooks whose names differ in letters that a variable cannot have get two variables.
    fn reference(&mut self, wanted: &str) -> Value {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        let reference = Value::from(Reference(&name));
        self.given.push(name);
        reference
    }
}

fn upper(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_value_gets_a_name_of_its_own() {
        let mut names = Names::default();
        let mut both = ["a-b", "a.b"].map(|identifier| {
            let mut webhook = Map::from_iter([("security".to_owned(), json!({ "secret": "s" }))]);
            names.take_values(identifier, &mut webhook);
            Value::Object(webhook)
        });
        assert_eq!(
            both[0].take(),
            json!({ "security": { "secret": { "fromEnv": "PORT_WEBHOOK_A_B_SECRET" } } })
        );
        assert_eq!(
            both[1].take(),
            json!({ "security": { "secret": { "fromEnv": "PORT_WEBHOOK_A_B_SECRET_2" } } })
        );
        assert_eq!(names.into_list(), ["PORT_WEBHOOK_A_B_SECRET", "PORT_WEBHOOK_A_B_SECRET_2"]);
    }

    #[test]
    fn what_is_not_known_is_kept_and_what_sounds_secret_is_not_shown() {
        let Value::Object(mut webhook) = json!({
            "category": "audit", "retries": 3, "apiKey": "hidden", "tokens": 7, "authRequired": true,
            "delivery": {
                "timeout": 5, "auth": { "user": "hidden", "next": ["hidden", "hidden"], "none": null },
                "proxy": "https://me:hidden@proxy.example", "headers": { "X-A": "hidden" }, "secret": "",
            },
        }) else {
            panic!("an object")
        };
        Names::default().take_values("a", &mut webhook);
        let name = |name: &str| json!({ "fromEnv": name });
        let expected = json!({
            "category": "audit", "retries": 3, "apiKey": name("PORT_WEBHOOK_A_APIKEY"),
            "tokens": 7, "authRequired": true,
            "delivery": {
                "timeout": 5,
                "auth": {
                    "user": name("PORT_WEBHOOK_A_DELIVERY_AUTH_USER"),
                    "next": [name("PORT_WEBHOOK_A_DELIVERY_AUTH_NEXT"), name("PORT_WEBHOOK_A_DELIVERY_AUTH_NEXT_2")],
                    "none": null,
                },
                "proxy": name("PORT_WEBHOOK_A_DELIVERY_PROXY"),
                "headers": { "X-A": name("PORT_WEBHOOK_A_DELIVERY_HEADERS_X_A") },
                "secret": "",
            },
        });
        assert_eq!(Value::Object(webhook), expected);
    }
}
