//! A webhook as a person declares it: fields by their names, in a file or by flags.

mod from_env;
mod order;
mod read;
mod server_owned;
mod shape;

use std::collections::BTreeSet;

use port_webhooks::{NewWebhook, WebhookPatch, WebhookReplacement};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

pub(crate) use from_env::{Reference, Unset};
pub(crate) use order::Ordered;
pub(crate) use read::{Files, Raw, read_all, read_one};
pub(crate) use server_owned::looks_like_data_source;

use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::known_fields::is_known;
use crate::mask;
use crate::terminal::{note, one_line};

/// A webhook as it is declared: what is not named is not spoken of, and null clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Document {
    /// Where it stands, for errors.
    pub(crate) origin: String,
    pub(crate) fields: Map<String, Value>,
    /// Paths of values that were read from variables, and must not be shown whatever they are called.
    hidden: BTreeSet<String>,
    /// Fields that were there and are the server's.
    pub(crate) left_out: Vec<String>,
}

impl Document {
    /// The webhook in a file. `unset` collects the variables that are not there, so that one error can name all.
    pub(crate) fn of(raw: Raw, environment: &Environment, unset: &mut Unset) -> Result<Self> {
        let Raw { place, value } = raw;
        let origin = place.start();
        let Value::Object(mut fields) = value else {
            return Err(Failure::usage(format!(
                "{origin}: not a webhook, which is a mapping of names to values"
            )));
        };
        let left_out = server_owned::take_out(&mut fields);
        let hidden =
            from_env::resolve(&mut fields, environment, unset).map_err(|failure| failure.of(&origin))?;
        Ok(Self { origin, fields, hidden, left_out })
    }

    /// Checks what can be known before anything is sent.
    pub(crate) fn check(&self) -> Result<()> {
        let named = |failure: Failure| match self.origin.as_str() {
            "" => failure,
            origin => failure.of(origin),
        };
        shape::check(&self.fields).map_err(named)?;
        mask::refuse(&self.fields).map_err(named)
    }

    /// The name by which the webhook is addressed, if it says one.
    pub(crate) fn identifier(&self) -> Option<&str> {
        self.fields.get("identifier").and_then(Value::as_str)
    }

    /// Whether the value at a path, such as `headers.X-Key`, must not be shown.
    pub(crate) fn is_hidden(&self, path: &str) -> bool {
        self.hidden.contains(path)
            || match path.split_once('.') {
                Some(("headers", _)) => true,
                Some(("security", member)) => mask::is_secret_member(member),
                _ => !is_known(path),
            }
    }

    /// The webhook that is meant: the one that was named, or the one that the file names. That these are two is a
    /// mistake, unless the webhook is to be renamed.
    pub(crate) fn target(&mut self, named: Option<&str>, rename: Option<&str>) -> Result<String> {
        let declared = self.identifier().map(str::to_owned);
        let target = match (named, &declared) {
            (Some(named), Some(declared)) if named != declared && rename != Some(declared) => {
                let what = format!("the file is for webhook \"{declared}\", not \"{named}\"");
                return Err(
                    Failure::usage(what).advice(format!("to rename the webhook, use --rename {declared}"))
                );
            }
            (Some(named), _) => named.to_owned(),
            (None, Some(declared)) => declared.clone(),
            (None, None) => {
                return Err(Failure::usage("no webhook given")
                    .advice("give its identifier as an argument or in the file"));
            }
        };
        if let Some(new) = rename {
            self.set("identifier", new);
        }
        Ok(target)
    }

    /// Leaves the URL out, which the server hands out to a data source. That it is one can be seen at Port alone, where
    /// the file does not tell.
    pub(crate) fn leave_url_out(&mut self) {
        if self.fields.remove("url").is_some() {
            self.left_out = vec!["url".to_owned()];
            self.tell_left_out();
        }
    }

    /// Says which fields were left out, because they are the server's.
    pub(crate) fn tell_left_out(&self) {
        if !self.left_out.is_empty() {
            let (origin, names) = (one_line(&self.origin), self.left_out.join(", "));
            note(format!("note: {origin}: ignored, since the server sets it: {names}"));
        }
    }

    /// Sets a field.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.hidden.remove(name);
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Sets a member of a field that has members.
    pub(crate) fn set_member(&mut self, name: &str, member: &str, value: Value) {
        let field = self.fields.entry(name).or_insert_with(|| json!({}));
        if !field.is_object() {
            *field = json!({});
        }
        if let Value::Object(members) = field {
            if name == "headers" {
                // One header, whatever the case of its letters.
                members.retain(|other, _| !other.eq_ignore_ascii_case(member));
            }
            members.insert(member.to_owned(), value);
        }
    }

    /// What a create takes. Null says what absence says. A data source has to say whether it is enabled, so it is
    /// unless it says otherwise.
    pub(crate) fn to_new(&self) -> Result<NewWebhook> {
        let mut fields = without_nulls(&self.fields);
        if looks_like_data_source(&fields) {
            fields.entry("enabled").or_insert(Value::Bool(true));
        }
        let mappings = fields.remove("mappings");
        let webhook: NewWebhook = typed(fields)?;
        Ok(match mappings {
            Some(mappings) => webhook.field("mappings", mappings),
            None => webhook,
        })
    }

    /// What a replacement takes. Null says what absence says.
    pub(crate) fn to_replacement(&self) -> Result<WebhookReplacement> {
        replacement(&self.fields)
    }

    /// What an update takes.
    pub(crate) fn to_patch(&self) -> Result<WebhookPatch> {
        patch(self.fields.clone())
    }
}

/// Fields as what a replacement takes. Null says what absence says.
pub(crate) fn replacement(fields: &Map<String, Value>) -> Result<WebhookReplacement> {
    let mut fields = without_nulls(fields);
    let mappings = fields.remove("mappings");
    let webhook: WebhookReplacement = typed(fields)?;
    Ok(match mappings {
        Some(mappings) => webhook.field("mappings", mappings),
        None => webhook,
    })
}

/// Fields as what an update takes.
pub(crate) fn patch(mut fields: Map<String, Value>) -> Result<WebhookPatch> {
    let mappings = fields.remove("mappings");
    let patch: WebhookPatch = typed(fields)?;
    Ok(match mappings {
        Some(mappings) => patch.field("mappings", mappings),
        None => patch,
    })
}

/// Mappings are left out of this: they go as they are, in whatever form.
fn typed<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T> {
    // The shape was checked; what the error says may repeat a secret.
    serde_json::from_value(Value::Object(fields))
        .map_err(|_| Failure::new(Exit::Usage, "not a valid webhook"))
}

fn without_nulls(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut kept: Map<String, Value> = fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(Value::Object(security)) = kept.get_mut("security") {
        security.retain(|_, value| !value.is_null());
    }
    kept
}
