//! JSON and YAML as one kind of value.

use serde_json::{Map, Value};
use serde_norway::Value as Yaml;

/// Turns a value of YAML, of which that of JSON is a part, into one of JSON. An error says where, and repeats no value.
pub(super) fn from_yaml(mut yaml: Yaml) -> Result<Value, String> {
    yaml.apply_merge().map_err(|_| "invalid merge (`<<`)".to_owned())?;
    convert("", yaml)
}

fn convert(path: &str, yaml: Yaml) -> Result<Value, String> {
    match yaml {
        Yaml::Null => Ok(Value::Null),
        Yaml::Bool(truth) => Ok(Value::Bool(truth)),
        Yaml::Number(number) => {
            number_of(&number).ok_or_else(|| at(path, "a number that JSON cannot express"))
        }
        Yaml::String(text) => Ok(Value::String(text)),
        Yaml::Sequence(items) => items
            .into_iter()
            .enumerate()
            .map(|(place, item)| convert(&format!("{path}[{place}]"), item))
            .collect(),
        Yaml::Mapping(members) => {
            let mut object = Map::new();
            for (name, value) in members {
                let Yaml::String(name) = name else {
                    return Err(at(path, "a name that is not a string: put it in quotes"));
                };
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                object.insert(name, convert(&inner, value)?);
            }
            Ok(Value::Object(object))
        }
        Yaml::Tagged(_) => Err(at(path, "tags (`!…`) are not supported")),
    }
}

fn number_of(number: &serde_norway::Number) -> Option<Value> {
    if let Some(number) = number.as_u64() {
        return Some(number.into());
    }
    if let Some(number) = number.as_i64() {
        return Some(number.into());
    }
    serde_json::Number::from_f64(number.as_f64()?).map(Value::Number)
}

fn at(path: &str, what: &str) -> String {
    if path.is_empty() { what.to_owned() } else { format!("{path}: {what}") }
}
