//! `export`: writes the webhooks of Port as a file for `apply`.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::arguments::{ConnectionArguments, FileFormat, each_once};
use crate::document::reference;
use crate::failure::{Failure, Result};
use crate::mask::{is_secret_member, is_secret_url, sounds_secret};
use crate::output::Output;
use crate::show::to_text;
use crate::terminal::note;
use crate::webhook_fields::{Exact, is_known, remove_server_owned};
use crate::whole_file;

pub(crate) const EXAMPLES: &str = "\
Secrets and header values are written as `{ fromEnv: NAME }`; the names are listed on standard error.

Examples:
  port-webhooks export > webhooks.yaml
  port-webhooks export entity-created -o json
  # A file that only you can read:
  port-webhooks export --show-secrets --out backup.yaml";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Export these webhooks only
    #[arg(value_name = "IDENTIFIER")]
    identifiers: Vec<String>,
    /// File format
    #[arg(short, long, value_enum, default_value_t = FileFormat::Yaml)]
    output: FileFormat,
    /// Write to this file, or replace it, instead of writing to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write secrets and header values. Needs --out; only the owner can read that file
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    connection: ConnectionArguments,
}

/// A file for `apply`.
#[derive(Serialize)]
struct File {
    webhooks: Vec<Exact>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    if arguments.show_secrets && arguments.out.is_none() {
        return Err(Failure::usage("secrets are not written to standard output")
            .advice("use --out FILE: only its owner can read the file"));
    }
    if let Some(path) = &arguments.out
        && let Some(why) = whole_file::refusal(path)
    {
        return Err(Failure::usage(format!("--out: {} {why}", path.display()))
            .advice("name a new file or a regular one; to write to standard output, leave out --out and --show-secrets"));
    }
    let port = arguments.connection.open()?;
    let webhooks = if arguments.identifiers.is_empty() {
        port.ask(port.hooks.list()).collect().await?
    } else {
        port.get(&each_once(&arguments.identifiers)).await?
    };
    let mut names = VariableNames::default();
    let mut exported = Vec::new();
    for webhook in &webhooks {
        let mut exact = Exact::of(webhook)?;
        remove_server_owned(&mut exact.fields, webhook.is_data_source());
        exact.fields.retain(|_, value| !value.is_null());
        if !arguments.show_secrets {
            names.replace_secrets(&webhook.identifier, &mut exact.fields);
        }
        exported.push(exact);
    }
    write(arguments, &File { webhooks: exported })?;
    if !names.list.is_empty() {
        note("`apply` reads these from the environment:");
        for name in names.list {
            note(format!("  {name}"));
        }
    }
    Ok(())
}

fn write(arguments: &Arguments, file: &File) -> Result<()> {
    let text = to_text(arguments.output, file)?;
    let Some(path) = &arguments.out else { return Output::new().write(&text) };
    whole_file::write(path, &text, arguments.show_secrets)
}

/// Names of variables, each used once, in the order of their references.
#[derive(Default)]
struct VariableNames {
    list: Vec<String>,
    used: HashSet<String>,
}

impl VariableNames {
    /// Replaces each secret of a webhook by a reference to a variable.
    fn replace_secrets(&mut self, identifier: &str, webhook: &mut Map<String, Value>) {
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
