//! The mappings of a webhook, compiled.

use std::fmt::{self, Display};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::expression::{Compiled, Field};
use crate::parse::Hint;
use crate::regex;

/// The mappings of a webhook, compiled once for any number of events.
///
/// ```
/// use port_webhooks_mapping::{Event, Mappings};
/// use serde_json::json;
///
/// let mappings = Mappings::compile(&json!([{ "blueprint": "service", "entity": { "identifier": ".body.name" } }]))?;
/// let evaluation = mappings.evaluate(&Event::new(br#"{"name": "shop"}"#, [("content-type", "application/json")], [])?);
/// assert_eq!(evaluation.entities[0].identifier, "shop");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias("jq", "transform"))]
#[derive(Clone, Debug)]
pub struct Mappings {
    pub(crate) compiled: Arc<Vec<Mapping>>,
    pub(crate) warnings: Vec<Warning>,
}

#[derive(Debug)]
pub(crate) struct Mapping {
    /// Its index in the list.
    pub(crate) index: usize,
    pub(crate) blueprint: String,
    pub(crate) filter: Option<Field>,
    pub(crate) items: Option<Field>,
    pub(crate) operation: Operation,
    pub(crate) delete_dependents: bool,
    pub(crate) identifier: Tree,
    pub(crate) title: Option<Tree>,
    pub(crate) icon: Option<Tree>,
    pub(crate) team: Option<Tree>,
    pub(crate) properties: Option<Vec<(String, Tree)>>,
    pub(crate) relations: Option<Vec<(String, Tree)>>,
}

/// What Port does with an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Operation {
    /// Created, or updated if it exists.
    Create,
    /// Deleted.
    Delete,
}

/// A value with expressions at its leaves, as search objects are.
#[derive(Debug)]
pub(crate) enum Tree {
    Expression(Field),
    Constant(Json),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// An expression, or another part of a mapping, that Port does not accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CompileError {
    /// The index of the mapping. `None` where the mappings are no list.
    pub mapping: Option<usize>,
    /// Where in the mapping, such as `filter` or `entity.properties.url`. Empty where the mapping is no object.
    pub field: String,
    /// The character of the expression at which it is wrong, counted from 1. `None` where it is not about an expression.
    pub position: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl CompileError {
    /// The place in a webhook, such as `mappings[1].entity.title`.
    pub fn path(&self) -> String {
        let mapping = self.mapping.map_or(String::new(), |mapping| format!("[{mapping}]"));
        let dot = if self.field.is_empty() { "" } else { "." };
        format!("mappings{mapping}{dot}{}", self.field)
    }
}

impl Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.mapping {
            Some(mapping) => write!(f, "mapping {mapping}")?,
            None => f.write_str("mappings")?,
        }
        if !self.field.is_empty() {
            write!(f, ", {}", self.field)?;
        }
        if let Some(position) = self.position {
            write!(f, ", character {position}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// All mistakes in mappings, at least one.
///
/// ```
/// use port_webhooks_mapping::Mappings;
/// use serde_json::json;
///
/// let mappings = json!([{ "blueprint": "service", "entity": { "identifier": ".body.name", "title": "pick(.a)" } }]);
/// let errors = Mappings::compile(&mappings).unwrap_err();
/// assert_eq!(errors.0[0].path(), "mappings[0].entity.title");
/// assert_eq!(errors.0[0].message, "Port's jq has no function `pick/1`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompileErrors(pub Vec<CompileError>);

impl Display for CompileErrors {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Port would not evaluate these mappings as they are meant")?;
        self.0.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}

impl std::error::Error for CompileErrors {}

/// A part of a mapping that Port accepts, but that cannot work.
///
/// ```
/// use port_webhooks_mapping::{Event, Mappings};
/// use serde_json::json;
///
/// let mappings = json!([{ "blueprint": "service", "entity": { "identifier": ".headers.\"X-Event\"" } }]);
/// let evaluation = Mappings::compile(&mappings)?.evaluate(&Event::from_value(&json!({ "body": {} }))?);
/// assert_eq!(
///     evaluation.warnings[0].to_string(),
///     "mapping 0, entity.identifier: `X-Event` is never there: names of headers are lower case, `x-event`",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// The index of the mapping.
    pub mapping: usize,
    /// Where in the mapping.
    pub field: String,
    /// What to look at.
    pub message: String,
}

impl Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "mapping {}, {}: {}", self.mapping, self.field, self.message)
    }
}

impl Mappings {
    /// Compiles the `mappings` of a webhook.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, not the first only: expressions that Port's jq rejects or that call functions that it does
    /// not have, and mappings without blueprint or identifier.
    pub fn compile(mappings: &Json) -> Result<Self, CompileErrors> {
        let (mappings, errors) = Self::compile_as_port(mappings);
        if errors.is_empty() { Ok(mappings) } else { Err(CompileErrors(errors)) }
    }

    /// Compiles as Port does: it accepts any expression, and a wrong one fails in the evaluation.
    pub fn compile_as_port(mappings: &Json) -> (Self, Vec<CompileError>) {
        let mut compiler = Compiler::default();
        let mut all = Vec::new();
        if let Json::Array(list) = mappings {
            all.extend(list.iter().enumerate().filter_map(|(index, one)| compiler.mapping(index, one)));
        } else {
            let message = "a list was expected, with an object for each mapping".to_owned();
            compiler.errors.push(CompileError {
                mapping: None,
                field: String::new(),
                position: None,
                message,
            });
        }
        (Self { compiled: Arc::new(all), warnings: compiler.warnings }, compiler.errors)
    }

    /// Parts of the mappings that Port accepts, but that cannot work.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

#[derive(Default)]
struct Compiler {
    mapping: usize,
    /// The number of expressions so far.
    expressions: usize,
    has_items: bool,
    errors: Vec<CompileError>,
    warnings: Vec<Warning>,
}

impl Compiler {
    fn error(&mut self, field: &str, position: Option<usize>, message: impl Into<String>) {
        let error = CompileError {
            mapping: Some(self.mapping),
            field: field.to_owned(),
            position,
            message: message.into(),
        };
        self.errors.push(error);
    }

    fn warn(&mut self, field: &str, message: String) {
        self.warnings.push(Warning { mapping: self.mapping, field: field.to_owned(), message });
    }

    fn mapping(&mut self, index: usize, mapping: &Json) -> Option<Mapping> {
        self.mapping = index;
        let Json::Object(mapping) = mapping else {
            self.error("", None, "a mapping is an object");
            return None;
        };
        self.has_items = false;
        let items = mapping.get("itemsToParse").and_then(|items| self.text("itemsToParse", items));
        self.has_items = items.is_some();
        let filter = mapping.get("filter").and_then(|filter| self.text("filter", filter));
        let (operation, delete_dependents) = self.operation(mapping.get("operation"));
        let blueprint = mapping.get("blueprint").and_then(Json::as_str);
        if blueprint.is_none() {
            self.error("blueprint", None, "the identifier of a blueprint is missing");
        }
        let none = Map::new();
        let entity = mapping.get("entity").and_then(Json::as_object).unwrap_or(&none);
        let identifier =
            entity.get("identifier").map(|identifier| self.tree("entity.identifier", identifier));
        if identifier.is_none() {
            self.error("entity.identifier", None, "the expression for the identifier is missing");
        }
        let mut field =
            |name: &str| entity.get(name).map(|field| self.tree(&format!("entity.{name}"), field));
        let (title, icon, team) = (field("title"), field("icon"), field("team"));
        let properties = self.members(entity, "properties");
        let relations = self.members(entity, "relations");
        Some(Mapping {
            index,
            blueprint: blueprint?.to_owned(),
            filter,
            items,
            operation,
            delete_dependents,
            identifier: identifier?,
            title,
            icon,
            team,
            properties,
            relations,
        })
    }

    fn operation(&mut self, operation: Option<&Json>) -> (Operation, bool) {
        let (name, dependents) = match operation {
            None => return (Operation::Create, false),
            Some(Json::Object(operation)) => {
                (operation.get("type"), operation.get("deleteDependents") == Some(&true.into()))
            }
            operation => (operation, false),
        };
        match name.and_then(Json::as_str) {
            // Port's documentation also uses `upsert` and `update`.
            Some("create" | "upsert" | "update") => (Operation::Create, false),
            Some("delete") => (Operation::Delete, dependents),
            _ => {
                self.error(
                    "operation",
                    None,
                    "an operation is `create` or `delete`, or an object with that as its `type`",
                );
                (Operation::Create, false)
            }
        }
    }

    fn members(&mut self, entity: &Map<String, Json>, name: &str) -> Option<Vec<(String, Tree)>> {
        let Json::Object(members) = entity.get(name)? else {
            self.error(&format!("entity.{name}"), None, "this is an object with an expression for each key");
            return None;
        };
        let tree =
            |(key, value): (&String, &Json)| (key.clone(), self.tree(&format!("entity.{name}.{key}"), value));
        Some(members.iter().map(tree).collect())
    }

    fn tree(&mut self, name: &str, value: &Json) -> Tree {
        match value {
            Json::String(expression) => Tree::Expression(self.field(name, expression)),
            Json::Array(items) => {
                let tree = |(index, item)| self.tree(&format!("{name}[{index}]"), item);
                Tree::Array(items.iter().enumerate().map(tree).collect())
            }
            Json::Object(members) => {
                let tree = |(key, value): (&String, &Json)| {
                    (key.clone(), self.tree(&format!("{name}.{key}"), value))
                };
                Tree::Object(members.iter().map(tree).collect())
            }
            constant => Tree::Constant(constant.clone()),
        }
    }

    /// A field with one expression; null counts as no expression.
    fn text(&mut self, name: &str, value: &Json) -> Option<Field> {
        match value {
            Json::String(expression) => Some(self.field(name, expression)),
            Json::Null => None,
            _ => {
                self.error(name, None, "this is a text with a jq expression");
                None
            }
        }
    }

    fn field(&mut self, name: &str, text: &str) -> Field {
        let compiled = Compiled::new(text);
        let number = self.expressions;
        self.expressions += 1;
        let expression = compiled.map_err(|error| {
            self.error(name, Some(error.position), error.message.clone());
            error.to_string()
        });
        if let Ok(Compiled { hints, .. }) = &expression {
            for hint in hints {
                self.look_at(name, hint);
            }
        }
        Field { number, name: name.to_owned(), expression }
    }

    fn look_at(&mut self, name: &str, hint: &Hint) {
        match hint {
            Hint::Regex(pattern) => {
                if regex::compile(pattern, "").is_err() {
                    self.warn(name, format!("the regular expression `{pattern}` is not understood here, and fails"));
                }
            }
            Hint::Path(keys) => match keys.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["headers", header, ..] if header.chars().any(char::is_uppercase) => {
                    let lower = header.to_lowercase();
                    self.warn(name, format!("`{header}` is never there: names of headers are lower case, `{lower}`"));
                }
                ["item", ..] if !self.has_items => {
                    self.warn(name, "`.item` is always null: the mapping has no `itemsToParse`".to_owned());
                }
                ["body" | "headers" | "queryParams" | "item", ..] | [] => {}
                [key, ..] => self.warn(
                    name,
                    format!("`.{key}` is always null: an event has `.body`, `.headers`, `.queryParams` and `.item`"),
                ),
            },
        }
    }
}
