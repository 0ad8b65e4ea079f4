//! Flags for the fields that most webhooks have.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::{SecretArguments, event, header_and_value};
use crate::document::{Document, read_one};
use crate::environment::{Environment, shown};
use crate::failure::{Failure, Result};
use crate::mask::MASK;
use crate::secret_text;

/// The fields of a webhook. A flag overrides the file.
#[derive(Args, Clone, Debug)]
pub(crate) struct FieldArguments {
    /// JSON or YAML file with the webhook; `-` is standard input. Flags override it
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// URL that Port sends deliveries to
    #[arg(long, value_name = "URL", help_heading = "Fields")]
    url: Option<String>,
    /// Event to deliver, such as entity.created; comma-separated or repeated
    #[arg(
        long = "event",
        value_name = "EVENT",
        value_delimiter = ',',
        value_parser = event(),
        hide_possible_values = true,
        help_heading = "Fields"
    )]
    events: Vec<String>,
    /// Title, as Port shows it
    #[arg(long, value_name = "TEXT", help_heading = "Fields")]
    title: Option<String>,
    /// Description
    #[arg(long, value_name = "TEXT", help_heading = "Fields")]
    description: Option<String>,
    /// Name of an icon of Port (data sources)
    #[arg(long, value_name = "NAME", help_heading = "Fields")]
    icon: Option<String>,
    /// Enable or disable the webhook
    #[arg(
        long,
        value_name = "BOOLEAN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        help_heading = "Fields"
    )]
    enabled: Option<bool>,
    /// Header to send with each delivery; repeatable. Other users of this machine can see it in the list of processes:
    /// prefer --header-from-env for credentials
    #[arg(long = "header", value_name = "NAME=VALUE", allow_hyphen_values = true, help_heading = "Fields")]
    headers: Vec<String>,
    /// Header to send, and the variable that holds its value; repeatable
    #[arg(long = "header-from-env", value_name = "NAME=VARIABLE", help_heading = "Fields")]
    headers_from_env: Vec<String>,
    #[command(flatten)]
    secret: SecretArguments,
}

/// The fields that an update can clear. The secret is a member of `security`.
pub(crate) const CLEARABLE: [&str; 6] = ["title", "description", "icon", "headers", "secret", "security"];

impl FieldArguments {
    /// The webhook of the file, with the flags over it. Nothing is checked yet.
    pub(crate) fn read(&self, environment: &Environment) -> Result<Document> {
        let mut document = match &self.file {
            Some(path) => {
                let mut failures = Vec::new();
                let document = Document::read(read_one(path)?, environment, &mut failures);
                if !failures.is_empty() {
                    let others = document.as_ref().map(Document::misshapen).transpose()?;
                    failures.extend(others.into_iter().flatten());
                }
                Failure::check(failures, "nothing was sent")?;
                document.unwrap_or_default()
            }
            None => Document::default(),
        };
        let texts = [
            ("url", &self.url),
            ("title", &self.title),
            ("description", &self.description),
            ("icon", &self.icon),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                document.set(name, text.as_str());
            }
        }
        if !self.events.is_empty() {
            document.set("events", self.events.clone());
        }
        if let Some(enabled) = self.enabled {
            document.set("enabled", enabled);
        }
        for header in &self.headers {
            let (name, value) = header_and_value("--header", header)?;
            check_header("--header", value)?;
            document.set_member("headers", name, Value::from(value));
        }
        for header in &self.headers_from_env {
            let (name, variable) = header_and_value("--header-from-env", header)?;
            let value = environment.needed(variable)?;
            check_header(shown(variable), &value)?;
            document.set_member("headers", name, Value::from(value));
        }
        if let Some(secret) = self.secret.read(environment)? {
            document.set_member("security", "secret", Value::from(secret.expose()));
        }
        Ok(document)
    }
}

/// Rejects a header value that has traces of how it was copied. It may be empty; the mask is rejected later, with its
/// field.
fn check_header(name: &str, value: &str) -> Result<()> {
    if value.is_empty() || value == MASK { Ok(()) } else { secret_text::check(name, value) }
}

/// Sets fields of [`CLEARABLE`] to null. One that is also set is a contradiction.
pub(crate) fn clear(document: &mut Document, fields: &[String]) -> Result<()> {
    for name in fields {
        let is_secret = name == "secret";
        let field = if is_secret { "security" } else { name };
        let set = document.fields.get(field);
        let set = if is_secret { set.and_then(|members| members.get("secret")) } else { set };
        if set.is_some_and(|value| !value.is_null()) {
            return Err(Failure::usage(format!("{field}: both set and cleared")));
        }
        if is_secret {
            document.set_member("security", "secret", Value::Null);
        } else {
            document.set(field, Value::Null);
        }
    }
    Ok(())
}
