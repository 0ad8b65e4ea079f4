//! What has to be done so that Port has the webhooks that are wanted. Pure: nothing here sends anything.

mod diff;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use port_webhooks_api::{NewWebhook, Webhook, WebhookPatch, WebhookReplacement, operations};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use diff::{Change, ChangeKind, diff};
pub use wanted::WantedWebhook;

use crate::Result;
use crate::engine;
use crate::error::{Error, Failure, shorten};

/// What to do so that Port has the webhooks that are wanted: creates first, then changes, then deletes, then the webhooks
/// that stay as they are.
///
/// ```
/// use port_webhooks::{plan::{Action, Plan}, EventType, NewWebhook, Webhook};
///
/// let current: Webhook = serde_json::from_str(
///     r#"{"identifier":"audit","url":"https://old.example","events":["run.created"]}"#,
/// )?;
/// let wanted = NewWebhook::subscription("audit", "https://new.example").events([EventType::RunCreated]);
///
/// let plan = Plan::new([wanted], &[current])?;
/// let step = &plan.steps()[0];
/// assert_eq!(step.identifier(), "audit");
/// assert!(matches!(step.action(), Action::Update(_)));
/// assert_eq!(step.changes()[0].path(), "url");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias("reconcile", "declarative", "sync"))]
#[derive(Clone, Debug)]
pub struct Plan {
    steps: Vec<Step>,
}

impl Plan {
    /// Compares the webhooks that are wanted with those that Port has. Webhooks that are not wanted stay; see
    /// [`delete`](Self::delete).
    ///
    /// # Errors
    /// - [`Configuration`](crate::ErrorKind::Configuration) when a wanted webhook has no identifier, or two have the same.
    /// - [`PayloadTooLarge`](crate::ErrorKind::PayloadTooLarge) when the request of a step is larger than 1 MiB.
    pub fn new<W: Into<WantedWebhook>>(
        wanted: impl IntoIterator<Item = W>,
        current: &[Webhook],
    ) -> Result<Self> {
        let found: BTreeMap<&str, &Webhook> =
            current.iter().map(|webhook| (webhook.identifier.as_str(), webhook)).collect();
        let mut seen = BTreeSet::new();
        let mut steps = Vec::new();
        for wanted in wanted {
            let wanted = wanted.into();
            let Some(identifier) = wanted.identifier().map(str::to_owned) else {
                return Err(invalid("a wanted webhook has no identifier"));
            };
            let current = found.get(identifier.as_str()).copied();
            let step = Step::new(&identifier, &wanted, current);
            if !seen.insert(identifier) {
                return Err(invalid(format!(
                    "two wanted webhooks have the identifier {:?}",
                    step.identifier
                )));
            }
            step.check_size()?;
            steps.push(step);
        }
        // Stable: steps of one kind keep their order.
        steps.sort_by_key(|step| step.action.place());
        Ok(Self { steps })
    }

    /// Adds the deletion of webhooks. One that another step of the plan concerns is not deleted.
    #[must_use]
    pub fn delete(mut self, identifiers: impl IntoIterator<Item = String>) -> Self {
        for identifier in identifiers {
            if !self.steps.iter().any(|step| step.identifier == identifier) {
                let (changes, ignored) = (Vec::new(), Vec::new());
                self.steps.push(Step { identifier, action: Action::Delete, changes, ignored });
            }
        }
        self.steps.sort_by_key(|step| step.action.place());
        self
    }

    /// All steps, those included that do nothing.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps that do something.
    pub fn pending(&self) -> &[Step] {
        let end = self.steps.partition_point(|step| !matches!(step.action, Action::Nothing));
        &self.steps[..end]
    }
}

/// What to do with one webhook.
#[derive(Clone, Debug)]
pub struct Step {
    identifier: String,
    pub(crate) action: Action,
    changes: Vec<Change>,
    ignored: Vec<String>,
}

/// How a step is carried out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Action {
    /// By [`Webhooks::create`](crate::Webhooks::create).
    Create(Box<NewWebhook>),
    /// By [`Webhooks::update`](crate::Webhooks::update).
    Update(Box<WebhookPatch>),
    /// By [`Webhooks::replace`](crate::Webhooks::replace): the live contract accepts `null` in `security` alone, so any
    /// other field of a data source is cleared by a replacement that leaves the field out.
    Replace(Box<WebhookReplacement>),
    /// By [`Webhooks::delete`](crate::Webhooks::delete).
    Delete,
    /// The webhook is as it should be.
    Nothing,
}

impl Action {
    /// The place of such a step in a plan.
    fn place(&self) -> u8 {
        match self {
            Self::Create(_) => 0,
            Self::Update(_) | Self::Replace(_) => 1,
            Self::Delete => 2,
            Self::Nothing => 3,
        }
    }
}

impl Step {
    /// The step for one webhook, which Port has or not.
    pub(crate) fn new(identifier: &str, wanted: &WantedWebhook, current: Option<&Webhook>) -> Self {
        let Some(current) = current else {
            let new = wanted.to_create();
            let changes = diff::changes(&new, None);
            let action = Action::Create(Box::new(new.into_new()));
            return Self { identifier: identifier.to_owned(), action, changes, ignored: Vec::new() };
        };
        let changes = diff(wanted, current);
        let is_pending = changes.iter().any(Change::is_pending);
        let action = if is_pending { update(wanted, &changes, current) } else { Action::Nothing };
        let ignores_url = current.is_data_source() && wanted.fields.contains_key("url");
        let ignored = ignores_url.then(|| "url".to_owned()).into_iter().collect();
        Self { identifier: identifier.to_owned(), action, changes, ignored }
    }

    /// The identifier of the webhook.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// What to do.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// What differs. A step that does nothing has only changes that are
    /// [not compared](ChangeKind::NotCompared).
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Wanted fields that are ignored because the server sets them: the `url` of a data source.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Rejects a request that Port would reject, before the steps before it are carried out.
    fn check_size(&self) -> Result<()> {
        let call = match &self.action {
            Action::Create(new) => operations::create_webhook(new),
            Action::Update(patch) => operations::update_webhook(&self.identifier, patch),
            Action::Replace(whole) => operations::replace_webhook(&self.identifier, whole),
            Action::Delete | Action::Nothing => return Ok(()),
        };
        engine::check(&call, engine::MAX_REQUEST_BODY).map_err(|mut failure| {
            failure.what = format!("webhook {:?}: {}", shorten(&self.identifier), failure.what);
            Error::without_call(failure)
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.action {
            Action::Create(_) => "create",
            Action::Update(_) | Action::Replace(_) => "change",
            Action::Delete => "delete",
            Action::Nothing => "leave",
        };
        write!(formatter, "{verb} {}", self.identifier)
    }
}

fn invalid(what: impl Into<String>) -> Error {
    Error::without_call(Failure::configuration(what))
}

/// The request that makes a webhook what is wanted.
fn update(wanted: &WantedWebhook, changes: &[Change], current: &Webhook) -> Action {
    let is_pending = |path: &str| changes.iter().any(|change| change.is_pending() && change.path() == path);
    let mut target = Map::new();
    for change in changes.iter().filter(|change| change.is_pending()) {
        let field = change.field();
        let value = match (field, wanted.target(field)) {
            ("security", Value::Object(members)) => {
                let members = members.into_iter().filter(|(name, _)| is_pending(&format!("security.{name}")));
                Value::Object(members.collect())
            }
            // Headers are sent as a whole, so one that is not compared is sent as Port has it.
            ("headers", Value::Object(headers)) => with_kept_headers(headers, changes, current),
            (_, value) => value,
        };
        target.insert(field.to_owned(), value);
    }
    if current.is_data_source() && target.values().any(Value::is_null) {
        Action::Replace(Box::new(changed_whole(current, target)))
    } else {
        Action::Update(Box::new(typed(target, WebhookPatch::field)))
    }
}

fn with_kept_headers(mut headers: Map<String, Value>, changes: &[Change], current: &Webhook) -> Value {
    for change in changes.iter().filter(|change| change.field() == "headers" && !change.is_pending()) {
        let Some(name) = change.path().strip_prefix("headers.") else { continue };
        if let Some(value) = current.headers.as_ref().and_then(|headers| headers.get(name)) {
            headers.insert(name.to_owned(), Value::from(value.expose()));
        }
    }
    Value::Object(headers)
}

/// The whole of a data source, changed.
fn changed_whole(current: &Webhook, changed: Map<String, Value>) -> WebhookReplacement {
    let mut fields = to_map(&current.clone().into_replacement());
    for (name, value) in changed {
        match (fields.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if name == "security" => old.extend(new),
            (_, value) => {
                fields.insert(name, value);
            }
        }
    }
    typed(wanted::without_nulls(fields), WebhookReplacement::field)
}

/// Fields as the body of a request. Mappings stay in the form in which they are wanted; so does every field when one has
/// a type that the body cannot hold.
fn typed<T: Default + DeserializeOwned>(mut fields: Map<String, Value>, set: fn(T, String, Value) -> T) -> T {
    let mappings = fields.remove_entry("mappings");
    let (body, rest) = match serde_json::from_value(Value::Object(fields.clone())) {
        Ok(body) => (body, Map::new()),
        Err(_) => (T::default(), fields),
    };
    rest.into_iter().chain(mappings).fold(body, |body, (name, value)| set(body, name, value))
}

/// The fields of a webhook, or of the body of a request.
fn to_map(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
