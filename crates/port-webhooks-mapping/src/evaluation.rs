//! The evaluation of an event.

use std::fmt::{self, Display};
use std::rc::Rc;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::event::Event;
use crate::expression::Outcome;
use crate::json;
use crate::mappings::{Mapping, Mappings, Operation, Tree, Warning};
use crate::runner::{self, Evaluator, Settings};
use crate::value::Value;

/// How many items of `itemsToParse` count.
const ITEMS_MOST: usize = 500;

/// The result of an event: entities, and the reasons why other mappings and items gave none.
///
/// ```
/// use port_webhooks_mapping::{Event, Mappings, Reason};
/// use serde_json::json;
///
/// let mappings = Mappings::compile(&json!([{
///     "blueprint": "service",
///     "filter": ".body.action == \"created\"",
///     "entity": { "identifier": ".body.name", "properties": { "stars": ".body.stars | tonumber" } },
/// }]))?;
/// let evaluation = mappings.evaluate(&Event::from_value(&json!({ "body": { "action": "deleted" } }))?);
/// assert_eq!(evaluation.skipped[0].reason, Reason::FilterFalse);
///
/// let body = json!({ "action": "created", "name": "shop", "stars": "many" });
/// let entity = &mappings.evaluate(&Event::from_value(&json!({ "body": body }))?).entities[0];
/// assert_eq!(entity.identifier, "shop");
/// assert_eq!(entity.errors[0].field, "properties.stars"); // the property is null
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// In the order of mappings and items.
    pub entities: Vec<Entity>,
    /// Everything that did not become an entity.
    pub skipped: Vec<Skipped>,
    /// Parts of the mappings that Port accepts, but that cannot work for any event.
    pub warnings: Vec<Warning>,
}

/// An entity to write. Fields that the mapping does not have are left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Entity {
    /// The index of the mapping.
    pub mapping: usize,
    /// The index of the item, if the mapping has `itemsToParse`.
    pub item: Option<usize>,
    /// The identifier of the blueprint.
    pub blueprint: String,
    /// What is done with the entity.
    pub operation: Operation,
    /// Whether a delete also deletes entities that depend on this one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub delete_dependents: bool,
    /// A text, or a search object.
    pub identifier: Json,
    /// Any of these is null when its expression is null, has no result or fails; [`errors`](Self::errors) names the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Json>,
    /// The name of an icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Json>,
    /// The name of a team, a list of them, or a search object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Json>,
    /// By the identifier of the property.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Map<String, Json>>,
    /// Identifiers of entities, lists of them, or search objects, by the identifier of the relation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relations: Option<Map<String, Json>>,
    /// The expressions that failed.
    pub errors: Vec<FieldError>,
}

/// An expression that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldError {
    /// The field, such as `properties.url`.
    pub field: String,
    /// What jq says.
    pub message: String,
}

/// A mapping, or an item of it, that gave no entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Skipped {
    /// The index of the mapping.
    pub mapping: usize,
    /// The index of the item. Of those over the limit, the index of the first.
    pub item: Option<usize>,
    /// Why.
    pub reason: Reason,
    /// Why, for people: what the filter was, or what jq says.
    pub message: String,
    /// How many items these are, for [`Reason::Over500`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// Why there is no entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The filter was `false`.
    FilterFalse,
    /// The filter was something else than `true` and `false`, or had no result.
    FilterNotBoolean,
    /// The filter failed.
    FilterFailed,
    /// `itemsToParse` gave no array.
    ItemsNotArray,
    /// The identifier was null, or had no result.
    IdentifierNull,
    /// The identifier failed, or cannot be one.
    IdentifierFailed,
    /// Port takes the first 500 items of an event.
    #[serde(rename = "over_500")]
    Over500,
}

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::FilterFalse => "filter_false",
            Self::FilterNotBoolean => "filter_not_boolean",
            Self::FilterFailed => "filter_failed",
            Self::ItemsNotArray => "items_not_array",
            Self::IdentifierNull => "identifier_null",
            Self::IdentifierFailed => "identifier_failed",
            Self::Over500 => "over_500",
        })
    }
}

impl Mappings {
    /// What Port makes of an event.
    pub fn evaluate(&self, event: &Event) -> Evaluation {
        self.evaluate_with(event, &Settings::default())
    }

    /// What Port makes of an event, at a given time, or within another limit.
    pub fn evaluate_with(&self, event: &Event, settings: &Settings) -> Evaluation {
        let (compiled, json, numbers) =
            (self.compiled.clone(), event.json.clone(), settings.number_identifiers);
        let evaluation = runner::run(settings, move |evaluator| {
            // It has been read before, so that it can be read again.
            let context = json::parse_in_javascript(&json).unwrap_or(Value::Null);
            Evaluation::of(&compiled, evaluator, &context, numbers)
        });
        Evaluation { warnings: self.warnings.clone(), ..evaluation.unwrap_or_default() }
    }
}

/// A value with the expressions at its leaves evaluated.
fn tree(evaluator: &Evaluator, tree_: &Tree, context: &Value, errors: &mut Vec<FieldError>) -> Json {
    match tree_ {
        Tree::Constant(value) => value.clone(),
        Tree::Array(items) => items.iter().map(|item| tree(evaluator, item, context, errors)).collect(),
        Tree::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), tree(evaluator, value, context, errors)))
            .collect(),
        Tree::Expression(field) => match field.evaluate(evaluator, context) {
            Outcome::Value(value) => value.to_json(),
            Outcome::Absent => Json::Null,
            Outcome::Error(message) | Outcome::Raised(message) => {
                let field = field.name.trim_start_matches("entity.").to_owned();
                errors.push(FieldError { field, message });
                Json::Null
            }
        },
    }
}

impl Evaluation {
    pub(crate) fn of(mappings: &[Mapping], evaluator: &Evaluator, context: &Value, numbers: bool) -> Self {
        let mut evaluation = Self::default();
        for mapping in mappings {
            evaluation.apply(mapping, evaluator, context, numbers);
        }
        evaluation
    }

    fn skip(&mut self, mapping: &Mapping, item: Option<usize>, reason: Reason, message: impl Into<String>) {
        let (mapping, message) = (mapping.index, message.into());
        self.skipped.push(Skipped { mapping, item, reason, message, count: None });
    }

    fn apply(&mut self, mapping: &Mapping, evaluator: &Evaluator, context: &Value, numbers: bool) {
        let Some(items) = &mapping.items else {
            return self.entity(mapping, None, evaluator, context, numbers);
        };
        let items = match items.evaluate(evaluator, context) {
            Outcome::Value(Value::Array(items)) => items,
            Outcome::Value(other) => {
                let message = format!("itemsToParse gave no array, but {}", other.kind());
                return self.skip(mapping, None, Reason::ItemsNotArray, message);
            }
            Outcome::Absent => {
                return self.skip(mapping, None, Reason::ItemsNotArray, "itemsToParse gave no result");
            }
            Outcome::Error(message) | Outcome::Raised(message) => {
                return self.skip(mapping, None, Reason::ItemsNotArray, message);
            }
        };
        let Value::Object(context) = context else { return };
        let mut context = context.clone();
        for (index, item) in items.iter().take(ITEMS_MOST).enumerate() {
            Rc::make_mut(&mut context).insert("item".into(), item.clone());
            self.entity(mapping, Some(index), evaluator, &Value::Object(context.clone()), numbers);
        }
        if let Some(count) = items.len().checked_sub(ITEMS_MOST).filter(|count| *count > 0) {
            let message =
                format!("Port takes the first {ITEMS_MOST} items of an event, and drops the other {count}");
            self.skip(mapping, Some(ITEMS_MOST), Reason::Over500, message);
            if let Some(skipped) = self.skipped.last_mut() {
                skipped.count = Some(count);
            }
        }
    }

    fn entity(
        &mut self,
        mapping: &Mapping,
        item: Option<usize>,
        evaluator: &Evaluator,
        context: &Value,
        numbers: bool,
    ) {
        if let Some(filter) = &mapping.filter {
            let (reason, message) = match filter.evaluate(evaluator, context) {
                Outcome::Value(Value::Bool(true)) => (None, String::new()),
                Outcome::Value(Value::Bool(false)) => {
                    (Some(Reason::FilterFalse), "the filter is false".to_owned())
                }
                Outcome::Value(other) => {
                    let message = format!("the filter is not true, but {}", other.kind());
                    (Some(Reason::FilterNotBoolean), message)
                }
                Outcome::Absent => (Some(Reason::FilterNotBoolean), "the filter gave no result".to_owned()),
                Outcome::Error(message) | Outcome::Raised(message) => (Some(Reason::FilterFailed), message),
            };
            if let Some(reason) = reason {
                return self.skip(mapping, item, reason, message);
            }
        }
        let mut errors = Vec::new();
        let identifier =
            match (tree(evaluator, &mapping.identifier, context, &mut errors), &mapping.identifier) {
                (_, Tree::Expression(_)) if !errors.is_empty() => {
                    let message = errors.pop().map(|error| error.message).unwrap_or_default();
                    return self.skip(mapping, item, Reason::IdentifierFailed, message);
                }
                (Json::Null, _) => {
                    return self.skip(mapping, item, Reason::IdentifierNull, "the identifier is null");
                }
                (identifier @ Json::String(_), _) | (identifier @ Json::Object(_), Tree::Object(_)) => {
                    identifier
                }
                (Json::Number(number), _) if numbers => Json::String(number.to_string()),
                (other, _) => {
                    let message = format!("`{other}` cannot be an identifier, which is a text");
                    return self.skip(mapping, item, Reason::IdentifierFailed, message);
                }
            };
        // A delete needs nothing else.
        let with = |part: &Option<Tree>, errors: &mut Vec<FieldError>| {
            let part = part.as_ref().filter(|_| mapping.operation != Operation::Delete)?;
            Some(tree(evaluator, part, context, errors))
        };
        let title = with(&mapping.title, &mut errors);
        let icon = with(&mapping.icon, &mut errors);
        let team = with(&mapping.team, &mut errors);
        let mut members = |part: &Option<Vec<(String, Tree)>>| {
            let part = part.as_ref().filter(|_| mapping.operation != Operation::Delete)?;
            let members =
                part.iter().map(|(key, value)| (key.clone(), tree(evaluator, value, context, &mut errors)));
            Some(members.collect())
        };
        let (properties, relations) = (members(&mapping.properties), members(&mapping.relations));
        self.entities.push(Entity {
            mapping: mapping.index,
            item,
            blueprint: mapping.blueprint.clone(),
            operation: mapping.operation,
            delete_dependents: mapping.delete_dependents,
            identifier,
            title,
            icon,
            team,
            properties,
            relations,
            errors,
        });
    }
}
