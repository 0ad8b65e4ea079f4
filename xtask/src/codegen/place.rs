//! A part of the contract that knows where it stands.

use std::fmt::Display;

use anyhow::{Result, bail};
use serde_json::Value;

pub(super) const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// An operation of a contract.
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    pub(super) method: &'static str,
    /// What all operations of the path have in common.
    pub(super) item: Place<'a>,
    pub(super) place: Place<'a>,
}

/// The operations of a contract.
pub(super) fn operations<'a>(root: &Place<'a>) -> Result<Vec<Operation<'a>>> {
    let mut operations = Vec::new();
    for (path, item) in root.at("paths").members()? {
        for method in METHODS {
            let item = item.clone();
            operations.extend(item.get(method).map(|place| Operation { path, method, item, place }));
        }
    }
    Ok(operations)
}

impl<'a> Operation<'a> {
    /// Its parameters, and those of its path.
    pub(super) fn parameters(&self) -> Result<Vec<Place<'a>>> {
        let parameters = self.item.at("parameters").items()?.into_iter();
        let parameters = parameters.chain(self.place.at("parameters").items()?);
        parameters.map(|parameter| parameter.target("parameters")).collect()
    }
}

/// A value of the contract, and where it is.
#[derive(Clone)]
pub(super) struct Place<'a> {
    pub(super) document: &'a Value,
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> Place<'a> {
    pub(super) fn root(document: &'a Value) -> Self {
        Self { document, value: document, pointer: "#".to_owned() }
    }

    /// The member of this key. A missing one is null.
    pub(super) fn at(&self, key: &str) -> Self {
        self.below(key, self.value.get(key).unwrap_or(&Value::Null))
    }

    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.value.get(key).map(|value| self.below(key, value))
    }

    fn below(&self, key: impl Display, value: &'a Value) -> Self {
        let key = key.to_string().replace('~', "~0").replace('/', "~1");
        Self { document: self.document, value, pointer: format!("{}/{key}", self.pointer) }
    }

    /// The last part of the place.
    pub(super) fn name(&self) -> &str {
        self.pointer.rsplit('/').next().unwrap_or_default()
    }

    /// The text of this key. A missing one is empty.
    pub(super) fn text(&self, key: &str) -> &'a str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The members of this object. Null has none.
    pub(super) fn members(&self) -> Result<Vec<(&'a str, Self)>> {
        match self.value {
            Value::Object(members) => {
                Ok(members.iter().map(|(key, value)| (&**key, self.below(key, value))).collect())
            }
            Value::Null => Ok(Vec::new()),
            _ => self.refuse("not an object", "write an object"),
        }
    }

    /// The items of this list. Null has none.
    pub(super) fn items(&self) -> Result<Vec<Self>> {
        match self.value {
            Value::Array(items) => {
                Ok(items.iter().enumerate().map(|(index, value)| self.below(index, value)).collect())
            }
            Value::Null => Ok(Vec::new()),
            _ => self.refuse("not a list", "write a list"),
        }
    }

    /// Refuses members other than these.
    pub(super) fn only(&self, keys: &[&str], remedy: impl Display) -> Result<()> {
        match self.members()?.into_iter().find(|(key, _)| !keys.contains(key)) {
            Some((key, member)) => member.refuse(format!("`{key}` is not supported here"), remedy),
            None => Ok(()),
        }
    }

    /// What a reference into this part of the components stands for. Anything else stands for itself.
    pub(super) fn target(self, part: &str) -> Result<Self> {
        if self.value.get("$ref").is_none() {
            return Ok(self);
        }
        let name = self.reference(part)?;
        Ok(Place::root(self.document).at("components").at(part).at(name))
    }

    /// The name that a reference into this part of the components has.
    pub(super) fn reference(&self, part: &str) -> Result<&'a str> {
        self.only(&["$ref"], "write it where the reference leads to")?;
        let name = self.text("$ref").strip_prefix(&format!("#/components/{part}/"));
        match name.filter(|name| !name.is_empty() && !name.contains(['/', '~', '%'])) {
            Some(name) => Ok(name),
            None => self.refuse(
                format!("a reference to something in components/{part} is expected"),
                format!("write `$ref: '#/components/{part}/Name'`"),
            ),
        }
    }

    /// An error at this place.
    pub(super) fn refuse<T>(&self, fault: impl Display, remedy: impl Display) -> Result<T> {
        bail!("at {}: {fault}; {remedy}", self.pointer)
    }
}
