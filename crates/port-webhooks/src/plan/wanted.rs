//! A webhook as it should be.

use std::collections::BTreeSet;
use std::fmt;

use port_webhooks_api::{MappingOperation, NewWebhook, WebhookPatch};
use serde_json::{Map, Value};

use super::{to_map, typed};

/// A webhook as it should be, made of a [`NewWebhook`] or a [`WebhookPatch`]: fields that are set are compared, `null`
/// means that Port should have no value, and fields that are not set do not matter.
///
/// ```
/// use port_webhooks::{plan::{WantedWebhook, diff}, Webhook, WebhookPatch};
///
/// let wanted = WebhookPatch::new().identifier("audit").title("Audit log").clear_description();
/// let wanted = WantedWebhook::from(wanted);
/// let current: Webhook = serde_json::from_str(r#"{"identifier":"audit","description":"old","enabled":true}"#)?;
/// let paths: Vec<_> = diff(&wanted, &current).iter().map(|change| change.path().to_owned()).collect();
/// assert_eq!(paths, ["title", "description"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct WantedWebhook {
    pub(super) fields: Map<String, Value>,
    pub(super) not_compared: BTreeSet<String>,
    pub(super) exact: bool,
}

impl WantedWebhook {
    /// Says that the value at a path, such as `security.secret` or `headers.X-API-Key`, is set but not known here. It
    /// differs from nothing, and is never sent.
    #[must_use]
    pub fn not_compared(mut self, path: impl Into<String>) -> Self {
        self.not_compared.insert(path.into());
        self
    }

    /// Compares fields and members of `security` that are not set, too: Port should have no value in them, or the
    /// default. Fields that the contract does not name, and those that the server sets, still do not matter.
    #[must_use]
    pub fn exact(mut self, exact: bool) -> Self {
        self.exact = exact;
        self
    }

    /// The identifier, if one is set.
    pub fn identifier(&self) -> Option<&str> {
        self.fields.get("identifier").and_then(Value::as_str)
    }

    /// The fields that the contract does not name.
    pub(super) fn unknown_fields(&self) -> BTreeSet<&str> {
        let uncompared = self.not_compared.iter().map(|path| field_of(path));
        let fields = self.fields.keys().map(String::as_str).chain(uncompared);
        fields.filter(|field| !WebhookPatch::FIELDS.contains(field)).collect()
    }

    /// The paths of a field that are not compared.
    pub(super) fn uncompared_in<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a String> {
        self.not_compared.iter().filter(move |path| field_of(path) == field)
    }

    /// The value that a field should have. What an exact webhook does not set is cleared, or has its default.
    pub(super) fn target(&self, field: &str) -> Value {
        let value = self.fields.get(field).cloned();
        value.unwrap_or_else(|| if field == "enabled" { Value::Bool(true) } else { Value::Null })
    }

    /// The webhook to create. `null` means the same as absence there. The live contract requires `enabled`, so a data
    /// source is enabled unless the webhook says otherwise.
    pub(super) fn to_create(&self) -> Self {
        let mut fields = without_nulls(self.fields.clone());
        let has = |name: &str| fields.contains_key(name) || self.not_compared.contains(name);
        if !has("events") && !has("url") && !has("enabled") {
            fields.insert("enabled".to_owned(), Value::Bool(true));
        }
        Self { fields, ..self.clone() }
    }

    /// The body of a create.
    pub(super) fn into_new(self) -> NewWebhook {
        typed(self.fields, NewWebhook::field)
    }
}

impl From<NewWebhook> for WantedWebhook {
    fn from(new: NewWebhook) -> Self {
        Self { fields: with_operations_as_objects(to_map(&new)), ..Self::default() }
    }
}

impl From<WebhookPatch> for WantedWebhook {
    fn from(patch: WebhookPatch) -> Self {
        Self { fields: with_operations_as_objects(to_map(&patch)), ..Self::default() }
    }
}

/// Shows the names of the fields alone, since a value may be a secret.
impl fmt::Debug for WantedWebhook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WantedWebhook")
            .field("identifier", &self.identifier())
            .field("fields", &self.fields.keys().collect::<Vec<_>>())
            .field("not_compared", &self.not_compared)
            .field("exact", &self.exact)
            .finish()
    }
}

/// The operations of mappings as [`Mapping`](crate::types::Mapping) writes them, so that the short form is no difference.
fn with_operations_as_objects(mut fields: Map<String, Value>) -> Map<String, Value> {
    let mappings = fields.get_mut("mappings").and_then(Value::as_array_mut);
    for operation in mappings.into_iter().flatten().filter_map(|mapping| mapping.get_mut("operation")) {
        if operation.is_string() {
            *operation = Value::from(&MappingOperation::from(operation.take()));
        }
    }
    fields
}

pub(super) fn without_nulls(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|_, value| !value.is_null());
    if let Some(Value::Object(security)) = fields.get_mut("security") {
        security.retain(|_, value| !value.is_null());
    }
    fields
}

/// The field that a path is in. Only these two fields are compared by their members; any other name may have dots in it.
fn field_of(path: &str) -> &str {
    match path.split_once('.') {
        Some((field @ ("headers" | "security"), _)) => field,
        _ => path,
    }
}
