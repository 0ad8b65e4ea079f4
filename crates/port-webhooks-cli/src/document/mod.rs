//! A webhook as a person declares it: fields by their names, in a file or by flags.

pub(crate) mod check;
mod from_env;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use port_webhooks::{NewWebhook, WebhookPatch, plan::WantedWebhook, types::WebhookReplacement};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

pub(crate) use check::{Kind, Mistake, SCHEMA, Sort};
pub(crate) use from_env::reference;
pub(crate) use read::{EVENT, EXPECTED, read_one};
use read::{Files, Source, read_all};

use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::mask;
use crate::terminal::{note, one_line};
use crate::webhook_fields::{is_known, looks_like_data_source, remove_server_owned};

/// The webhooks that files declare, and the mistakes in the files: what cannot be read, and identifiers that are declared
/// twice. With `may_be_comments` a file of comments alone has no webhooks; otherwise it is a mistake, like an empty file.
pub(crate) fn declared(
    paths: &[PathBuf],
    may_be_comments: bool,
    environment: &Environment,
) -> (Vec<Document>, Vec<Failure>) {
    let Files { webhooks, mistakes: mut failures } = read_all(paths, may_be_comments);
    let mut documents: Vec<Document> = Vec::new();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for source in webhooks {
        let Some(document) = Document::read(source, environment, &mut failures) else { continue };
        if let Some(identifier) = document.identifier() {
            let place = document.origin();
            if let Some(other) = places.get(identifier) {
                let what = format!("declared twice: also in {other}");
                failures.push(document.failure(Mistake::new("identifier", what)));
            }
            places.entry(identifier.to_owned()).or_insert(place);
        }
        documents.push(document);
    }
    (documents, failures)
}

/// A declared webhook. A missing field stays as it is, and null clears a field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    /// The webhook in its file. `None` if flags alone declare it.
    source: Option<Source>,
    pub(crate) fields: Map<String, Value>,
    /// Paths of values from variables, which are never shown.
    hidden: BTreeSet<String>,
    /// Paths of references to variables that are not set, and the names of the variables.
    unset: BTreeMap<String, String>,
    /// Paths of unreadable values, which have been reported.
    unreadable: BTreeSet<String>,
    /// Fields that were removed because the server sets them.
    left_out: Vec<String>,
}

impl Document {
    /// Reads a webhook of a file. Adds unreadable values to `failures`, and returns `None` if the value is no webhook. A
    /// variable that is not set is not a mistake yet.
    pub(crate) fn read(
        source: Source,
        environment: &Environment,
        failures: &mut Vec<Failure>,
    ) -> Option<Self> {
        let (value, mistakes) = source.value();
        let (mut unreadable, found): (BTreeSet<_>, Vec<_>) = mistakes.into_iter().unzip();
        failures.extend(found);
        let Value::Object(mut fields) = value else {
            if unreadable.is_empty() {
                let what = "not a webhook, which is a mapping of names to values";
                failures.push(Failure::usage(what).at(source.start()));
            }
            return None;
        };
        let is_data_source = looks_like_data_source(&fields);
        let left_out = remove_server_owned(&mut fields, is_data_source);
        let from_env::Resolved { hidden, unset, mistakes } = from_env::resolve(&mut fields, environment);
        unreadable.extend(mistakes.iter().map(|mistake| mistake.path.clone()));
        let document = Self { source: Some(source), fields, hidden, unset, unreadable, left_out };
        failures.extend(mistakes.into_iter().map(|mistake| document.failure(mistake)));
        Some(document)
    }

    /// All mistakes by the contract, for a new webhook or one that Port has, and all masks.
    pub(crate) fn mistakes(&self, kind: Option<Kind>, complete: bool) -> Result<Vec<Mistake>> {
        const HINT: &str =
            "leave it out, or give the value or `{ fromEnv: NAME }`; `--show-secrets` shows real values";
        let is_hidden = |path: &str| self.is_hidden(path);
        let mut mistakes = check::check(&self.fields, kind, complete, &self.unreadable, &is_hidden)?;
        let masked = mask::masked(&self.fields).into_iter();
        mistakes.extend(masked.map(|path| Mistake::new(path, mask::IS_MASK).hint(HINT).sort(Sort::Shape)));
        Ok(mistakes)
    }

    pub(crate) fn variable_of(&self, path: &str) -> Option<&str> {
        self.unset.iter().find(|(other, _)| field_of(other) == path).map(|(_, name)| name.as_str())
    }

    pub(crate) fn missing_variables(&self) -> impl Iterator<Item = Mistake> {
        self.unset.iter().map(|(path, name)| {
            Mistake::new(path, format!("{name} is not set"))
                .hint("set variables in the environment or in the file .env of this directory")
        })
    }

    /// Checks what every request needs: correct types, no masks, all variables set, and a usable secret. Port judges the
    /// rest, but a likely slip is noted.
    pub(crate) fn check(&self) -> Result<()> {
        let mut failures = self.misshapen()?;
        failures.extend(self.missing_variables().map(|mistake| self.failure(mistake)));
        Failure::check(failures, "nothing was sent")
    }

    /// What fits no request. A likely slip is noted.
    pub(crate) fn misshapen(&self) -> Result<Vec<Failure>> {
        let mut failures = Vec::new();
        for mistake in self.mistakes(None, false)? {
            match &mistake.hint {
                _ if mistake.sort == Sort::Shape => failures.push(self.failure(mistake)),
                Some(hint) if hint.starts_with("did you mean") => {
                    note(format!("note: {}; {hint}", mistake.text()));
                }
                _ => {}
            }
        }
        Ok(failures)
    }

    pub(crate) fn failure(&self, mistake: Mistake) -> Failure {
        let failure = Failure::usage(mistake.text());
        let failure = match mistake.hint {
            Some(hint) => failure.advice(hint),
            None => failure,
        };
        if self.source.is_some() { failure.at(self.place_of(&mistake.path)) } else { failure }
    }

    /// File and line of the value at a path, such as `headers.X-Key` or `mappings[0].filter`.
    pub(crate) fn place_of(&self, path: &str) -> String {
        self.source.as_ref().map(|source| source.place_of(path)).unwrap_or_default()
    }

    pub(crate) fn origin(&self) -> String {
        self.source.as_ref().map(Source::start).unwrap_or_default()
    }

    /// The webhook that `apply` wants. Values of variables that are not set are not compared.
    pub(crate) fn wanted(&self, exact: bool) -> Result<WantedWebhook> {
        let mut fields = self.fields.clone();
        for path in self.unset.keys() {
            match path.split_once('.') {
                Some((field @ ("headers" | "security"), member)) => {
                    let members = fields.get_mut(field).and_then(Value::as_object_mut);
                    members.and_then(|members| members.remove(member))
                }
                _ => fields.remove(field_of(path)),
            };
        }
        let wanted = WantedWebhook::from(patch(fields)?).exact(exact);
        Ok(self.unset.keys().fold(wanted, |wanted, path| wanted.not_compared(field_of(path))))
    }

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

    /// The identifier of the webhook to change: `named`, or that of the file. If they differ, the webhook must be renamed.
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

    pub(crate) fn note_left_out(&self) {
        self.note_ignored(&self.left_out);
    }

    pub(crate) fn note_ignored(&self, names: &[String]) {
        if !names.is_empty() {
            let (origin, names) = (one_line(&self.origin()), names.join(", "));
            note(format!("note: {origin}: ignored, since the server sets it: {names}"));
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.hidden.remove(name);
        self.unset.remove(name);
        self.fields.insert(name.to_owned(), value.into());
    }

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
            let path = format!("{name}.{member}");
            self.unset.retain(|other, _| !other.eq_ignore_ascii_case(&path));
        }
    }

    /// The body of a create. Null is the same as absence. A data source has to say whether it is enabled; by default it
    /// is.
    pub(crate) fn to_new(&self) -> Result<NewWebhook> {
        let mut fields = without_nulls(&self.fields);
        if looks_like_data_source(&fields) {
            fields.entry("enabled").or_insert(Value::Bool(true));
        }
        request(fields, |webhook: NewWebhook, mappings| webhook.field("mappings", mappings))
    }

    /// The body of a replacement. Null is the same as absence.
    pub(crate) fn to_replacement(&self) -> Result<WebhookReplacement> {
        let fields = without_nulls(&self.fields);
        request(fields, |webhook: WebhookReplacement, mappings| webhook.field("mappings", mappings))
    }

    pub(crate) fn to_patch(&self) -> Result<WebhookPatch> {
        patch(self.fields.clone())
    }
}

fn patch(fields: Map<String, Value>) -> Result<WebhookPatch> {
    request(fields, |patch: WebhookPatch, mappings| patch.field("mappings", mappings))
}

/// Fields as the body of a request. Mappings are sent as they are, in whatever form.
fn request<T: DeserializeOwned>(mut fields: Map<String, Value>, set: impl Fn(T, Value) -> T) -> Result<T> {
    let mappings = fields.remove("mappings");
    // The shape was checked. The text of the error may repeat a secret.
    let request = serde_json::from_value(Value::Object(fields))
        .map_err(|_| Failure::new(Exit::Usage, "not a valid webhook"))?;
    Ok(match mappings {
        Some(mappings) => set(request, mappings),
        None => request,
    })
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

/// The smallest part that is compared: a member of `headers` or `security`, or else a whole field.
fn field_of(path: &str) -> &str {
    match path.split_once('.') {
        Some(("headers" | "security", _)) => path,
        _ => path.split_once(['.', '[']).map_or(path, |(field, _)| field),
    }
}
