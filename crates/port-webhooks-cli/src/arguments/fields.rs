//! Flags for the fields that most webhooks have.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{SecretArguments, header_and_value};
use crate::document::{Document, Unset, read_one};
use crate::environment::Environment;
use crate::failure::{Failure, Result};

/// The fields of a webhook. A flag goes before what the file says.
#[derive(Args, Clone, Debug)]
pub(crate) struct FieldArguments {
    /// Read the webhook from a file, JSON or YAML; `-` is standard input. Flags go before what it says
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Where Port sends deliveries
    #[arg(long, value_name = "URL", help_heading = "Fields")]
    url: Option<String>,
    /// An event that the webhook is called for, such as entity.created; several with commas, or several times
    #[arg(long = "event", value_name = "EVENT", value_delimiter = ',', help_heading = "Fields")]
    events: Vec<String>,
    /// The title, as the portal shows it
    #[arg(long, value_name = "TEXT", help_heading = "Fields")]
    title: Option<String>,
    /// What the webhook is for
    #[arg(long, value_name = "TEXT", help_heading = "Fields")]
    description: Option<String>,
    /// The icon, by its name in the portal (data sources)
    #[arg(long, value_name = "NAME", help_heading = "Fields")]
    icon: Option<String>,
    /// Whether deliveries are sent, or taken
    #[arg(
        long,
        value_name = "BOOLEAN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        help_heading = "Fields"
    )]
    enabled: Option<bool>,
    /// A header that goes with each delivery. Other users of this machine can see it in the list of processes: prefer
    /// --header-from-env for a credential
    #[arg(long = "header", value_name = "NAME=VALUE", allow_hyphen_values = true, help_heading = "Fields")]
    headers: Vec<String>,
    /// A header, and the variable that holds its value
    #[arg(long = "header-from-env", value_name = "NAME=VARIABLE", help_heading = "Fields")]
    headers_from_env: Vec<String>,
    #[command(flatten)]
    secret: SecretArguments,
}

/// A field that an update can clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Clearable {
    Title,
    Description,
    Icon,
    Headers,
    Secret,
    Security,
}

impl FieldArguments {
    /// What the file says, and the flags over it. Nothing is checked yet.
    pub(crate) fn read(&self, environment: &Environment) -> Result<Document> {
        let mut document = match &self.file {
            Some(path) => {
                let mut unset = Unset::default();
                let document = Document::of(read_one(path)?, environment, &mut unset)?;
                unset.check()?;
                document
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
        if !self.headers.is_empty() {
            environment.check_own("the value of a header is from a flag")?;
        }
        for header in &self.headers {
            let (name, value) = header_and_value("--header", header)?;
            document.set_member("headers", name, Value::from(value));
        }
        for header in &self.headers_from_env {
            let (name, variable) = header_and_value("--header-from-env", header)?;
            document.set_member("headers", name, Value::from(environment.needed(variable)?));
        }
        if let Some(secret) = self.secret.read(environment)? {
            document.set_member("security", "secret", Value::from(secret.expose()));
        }
        Ok(document)
    }
}

/// Sets fields to null; one that is set as well is a contradiction.
pub(crate) fn clear(document: &mut Document, fields: &[Clearable]) -> Result<()> {
    for field in fields {
        let (name, member) = match field {
            Clearable::Title => ("title", None),
            Clearable::Description => ("description", None),
            Clearable::Icon => ("icon", None),
            Clearable::Headers => ("headers", None),
            Clearable::Security => ("security", None),
            Clearable::Secret => ("security", Some("secret")),
        };
        let there = document.fields.get(name);
        let set = match member {
            Some(member) => there.and_then(|members| members.get(member)),
            None => there,
        };
        if set.is_some_and(|value| !value.is_null()) {
            return Err(Failure::usage(format!("{name}: is set and cleared at once")));
        }
        match member {
            Some(member) => document.set_member(name, member, Value::Null),
            None => document.set(name, Value::Null),
        }
    }
    Ok(())
}
