//! The entities that events have made.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// By blueprint and identifier, in the order of their creation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entities(IndexMap<(String, String), Map<String, Value>>);

impl Entities {
    /// The entities of a blueprint, or all.
    pub(crate) fn of(&self, blueprint: Option<&str>) -> Vec<Value> {
        let fits = |of: &str| blueprint.is_none_or(|blueprint| blueprint == of);
        let chosen = self.0.iter().filter(|((of, _), _)| fits(of));
        chosen.map(|(_, entity)| Value::Object(entity.clone())).collect()
    }

    /// Carries out what a mapping gave: creates an entity, updates the one with the identifier, or deletes it.
    pub(crate) fn write(&mut self, write: &Value) {
        let (Some(blueprint), Some(identifier)) = (write["blueprint"].as_str(), write["identifier"].as_str())
        else {
            return;
        };
        let key = (blueprint.to_owned(), identifier.to_owned());
        if write["operation"] == "delete" {
            self.0.shift_remove(&key);
            return;
        }
        let entity = self.0.entry(key).or_insert_with(|| {
            let new = [("blueprint", json!(blueprint)), ("identifier", json!(identifier))];
            let empty = [("properties", json!({})), ("relations", json!({}))];
            new.into_iter().chain(empty).map(|(name, value)| (name.to_owned(), value)).collect()
        });
        for name in ["title", "icon", "team"] {
            if let Some(value) = write.get(name) {
                entity.insert(name.to_owned(), value.clone());
            }
        }
        for name in ["properties", "relations"] {
            let (Some(Value::Object(old)), Value::Object(new)) = (entity.get_mut(name), &write[name]) else {
                continue;
            };
            old.extend(new.clone());
        }
    }
}
