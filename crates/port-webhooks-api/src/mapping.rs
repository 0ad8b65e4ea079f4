//! How deliveries to a data source become entities. Live contract.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::{EntityQuery, Mapping, MappingEntity};

impl Mapping {
    /// A mapping that creates entities of a blueprint. `identifier` is the jq expression, or the query, for the
    /// identifier of an entity.
    ///
    /// ```
    /// use port_webhooks_api::Mapping;
    ///
    /// let mapping = Mapping::create("incident", ".body.id");
    /// assert_eq!(serde_json::to_value(mapping)?, serde_json::json!({
    ///     "blueprint": "incident", "operation": { "type": "create" }, "entity": { "identifier": ".body.id" },
    /// }));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn create(blueprint: impl Into<String>, identifier: impl Into<JqOrQuery>) -> Self {
        Self::new(blueprint.into(), identifier.into(), MappingOperation::Create)
    }

    /// A mapping that deletes entities of a blueprint. `identifier` is the jq expression for the identifier of an
    /// entity.
    pub fn delete(blueprint: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self::new(
            blueprint.into(),
            JqOrQuery::Jq(identifier.into()),
            MappingOperation::Delete { delete_dependents: None },
        )
    }

    fn new(blueprint: String, identifier: JqOrQuery, operation: MappingOperation) -> Self {
        Self {
            blueprint: Some(blueprint),
            operation: Some(operation),
            entity: Some(MappingEntity { identifier: Some(identifier), ..MappingEntity::default() }),
            ..Self::default()
        }
    }
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
