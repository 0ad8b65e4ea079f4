//! The parts of a mapping that the generator cannot write well. Live contract.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::ExtraFields;

/// A query over entities.
///
/// ```
/// use port_webhooks_api::{EntityQuery, Mapping};
/// use serde_json::json;
///
/// // The service whose property `repository` has the name in the event.
/// let rule = json!({ "property": "repository", "operator": "=", "value": ".body.repository.name" });
/// let query = EntityQuery::new("and", rule.as_object().cloned());
/// let mapping = serde_json::to_value(Mapping::create("service", query))?;
/// assert_eq!(mapping["entity"]["identifier"], json!({ "combinator": "and", "rules": [rule] }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias("search", "relation"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntityQuery {
    /// How the rules combine, such as `and`.
    pub combinator: String,
    /// The rules.
    pub rules: Vec<Map<String, Value>>,
    /// Fields that the contract does not name, kept as received.
    #[serde(flatten)]
    pub extra: ExtraFields,
}

impl EntityQuery {
    /// A query with rules that `combinator` combines, such as `and`.
    pub fn new(combinator: impl Into<String>, rules: impl IntoIterator<Item = Map<String, Value>>) -> Self {
        Self { combinator: combinator.into(), rules: rules.into_iter().collect(), extra: Map::new().into() }
    }
}

/// Whether a mapping creates entities or deletes them.
///
/// Read from `"create"` as well as from `{"type":"create"}`, and written as an object, the only form in Port's published
/// OpenAPI description. An unknown operation is kept.
///
/// ```
/// use port_webhooks_api::MappingOperation;
///
/// let operation: MappingOperation = serde_json::from_str(r#""delete""#)?;
/// assert_eq!(operation, MappingOperation::Delete { delete_dependents: None });
/// assert_eq!(serde_json::to_string(&operation)?, r#"{"type":"delete"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MappingOperation {
    /// Entities are created or updated.
    Create,
    /// Entities are deleted.
    Delete {
        /// Whether entities that depend on the deleted one are deleted, too.
        delete_dependents: Option<bool>,
    },
    /// Any other operation, such as `{"type":"upsert"}`.
    Other(Value),
}

impl From<Value> for MappingOperation {
    fn from(value: Value) -> Self {
        let value = if value.is_string() { json!({ "type": value }) } else { value };
        let known =
            value.as_object().and_then(|members| match (members.get("type")?.as_str()?, members.len()) {
                ("create", 1) => Some(Self::Create),
                ("delete", 1) => Some(Self::Delete { delete_dependents: None }),
                ("delete", 2) => {
                    let delete_dependents = Some(members.get("deleteDependents")?.as_bool()?);
                    Some(Self::Delete { delete_dependents })
                }
                _ => None,
            });
        known.unwrap_or(Self::Other(value))
    }
}

impl From<&MappingOperation> for Value {
    fn from(operation: &MappingOperation) -> Self {
        match operation {
            MappingOperation::Create => json!({ "type": "create" }),
            MappingOperation::Delete { delete_dependents: None } => json!({ "type": "delete" }),
            MappingOperation::Delete { delete_dependents: Some(dependents) } => {
                json!({ "type": "delete", "deleteDependents": dependents })
            }
            MappingOperation::Other(value) => value.clone(),
        }
    }
}

impl Serialize for MappingOperation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for MappingOperation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

/// A jq expression, a query over entities, or an unknown form.
///
/// ```
/// use port_webhooks_api::JqOrQuery;
///
/// let identifier: JqOrQuery = serde_json::from_str(r#"".body.id""#)?;
/// assert_eq!(identifier, JqOrQuery::from(".body.id"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "jq")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum JqOrQuery {
    /// A jq expression.
    Jq(String),
    /// A query over entities.
    Query(EntityQuery),
    /// Any other form.
    Other(Value),
}

impl From<&str> for JqOrQuery {
    fn from(expression: &str) -> Self {
        Self::Jq(expression.to_owned())
    }
}

impl From<String> for JqOrQuery {
    fn from(expression: String) -> Self {
        Self::Jq(expression)
    }
}

impl From<EntityQuery> for JqOrQuery {
    fn from(query: EntityQuery) -> Self {
        Self::Query(query)
    }
}
