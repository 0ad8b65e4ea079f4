//! The `{{ … }}` of bodies, headers and URLs of actions and automations.

use std::fmt::{self, Display};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::evaluation::FieldError;
use crate::expression::{Compiled, Field, Outcome, is_space};
use crate::json;
use crate::runner::{self, Evaluator, Settings};
use crate::value::{Value, digits, plain, until_nul};

/// A template, compiled once for any number of data.
///
/// ```
/// use port_webhooks_mapping::Template;
/// use serde_json::json;
///
/// let template = Template::compile(&json!({"run": "{{ .run.id }}", "text": "by {{ .trigger.by.user.email }}"}))?;
/// let rendered = template.render(&json!({"run": {"id": "r_1"}, "trigger": {"by": {"user": {"email": "a@b.c"}}}}))?;
/// assert_eq!(rendered.value, Some(json!({"run": "r_1", "text": "by a@b.c"})));
/// # Ok::<(), port_webhooks_mapping::TemplateError>(())
/// ```
#[doc(alias("jq", "mustache", "payload"))]
#[derive(Clone, Debug)]
pub struct Template(Arc<Node>);

/// A rendered template.
///
/// ```
/// use serde_json::json;
///
/// let rendered = port_webhooks_mapping::render(&json!({ "stars": "{{ .stars | tonumber }}" }), &json!({ "stars": "many" }))?;
/// assert_eq!(rendered.value, Some(json!({ "stars": null })));
/// assert_eq!(rendered.errors[0].field, "/stars");
/// # Ok::<(), port_webhooks_mapping::TemplateError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Rendered {
    /// `None` where the template is one expression that gives no result. In an object such a member is left out, and in an
    /// array the item is null.
    pub value: Option<Json>,
    /// The expressions that failed, which are null in the value. `field` is the place as a JSON pointer, or `key of` one.
    pub errors: Vec<FieldError>,
}

/// A template that Port cannot render, for its braces or its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError(String);

impl Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

/// Renders a template once.
///
/// # Errors
///
/// As [`Template::compile`] and [`Template::render`].
///
/// ```
/// use serde_json::json;
///
/// let rendered = port_webhooks_mapping::render(&json!("run {{ .run.id }}"), &json!({ "run": { "id": "r_1" } }))?;
/// assert_eq!(rendered.value, Some(json!("run r_1")));
/// # Ok::<(), port_webhooks_mapping::TemplateError>(())
/// ```
pub fn render(template: &Json, data: &Json) -> Result<Rendered, TemplateError> {
    Template::compile(template)?.render(data)
}

enum Node {
    Constant(Json),
    /// A single expression, whose result keeps its type.
    Whole(Field),
    /// A text with expressions in it, each with the text before it, and the text behind the last.
    Text(Vec<(String, Field)>, String),
    Array(Vec<Node>),
    Object(Vec<(Key, Node)>),
}

enum Key {
    /// `{{ spreadValue() }}`, and its place.
    Spread(String),
    Key(Node, String),
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("..")
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Where the expressions of a text are: by the rules of Port's library, step by step.
fn expressions(text: &str) -> Result<Vec<(usize, usize)>, TemplateError> {
    let bytes = text.as_bytes();
    let twice = |at: usize, brace: u8| at > 0 && bytes[at] == brace && bytes[at - 1] == brace;
    let (mut found, mut quote, mut start) = (Vec::new(), None, None);
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if start.is_some() && byte == b'\\' {
            at += 1;
        }
        if start.is_some() && matches!(byte, b'"' | b'\'') {
            match quote {
                None => quote = Some(byte),
                Some(open) if open == byte => quote = None,
                Some(_) => {}
            }
        } else if quote.is_none() && byte == b'{' && twice(at.min(bytes.len() - 1), b'{') {
            if let Some(start) = start {
                let place = start - 2;
                return Err(TemplateError(format!("there is `{{{{` at {} inside that at {place}", at - 1)));
            }
            start = Some(at + 1);
            // Of three in a row the last one belongs to the expression.
            at += usize::from(bytes.get(at + 1) == Some(&b'{'));
        } else if quote.is_none() && byte == b'}' && twice(at.min(bytes.len() - 1), b'}') {
            let Some(from) = start.take() else {
                return Err(TemplateError(format!("there is `}}}}` at {} without `{{{{` before it", at - 1)));
            };
            found.push((from, at - 1));
            at += usize::from(bytes.get(at + 1) == Some(&b'}'));
        }
        at += 1;
    }
    match start {
        Some(start) => {
            Err(TemplateError(format!("there is `{{{{` at {} without `}}}}` behind it", start - 2)))
        }
        None => Ok(found),
    }
}

#[derive(Default)]
struct Compiler {
    pieces: usize,
}

impl Compiler {
    fn node(&mut self, template: &Json, place: &str) -> Result<Node, TemplateError> {
        Ok(match template {
            Json::String(text) => self.text(text, place)?,
            Json::Array(items) => {
                let node = |(index, item)| self.node(item, &format!("{place}/{index}"));
                Node::Array(items.iter().enumerate().map(node).collect::<Result<_, _>>()?)
            }
            Json::Object(members) => {
                let node = |(key, value): (&String, &Json)| {
                    let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
                    let spread = trim(key).strip_prefix("{{").and_then(|key| key.strip_suffix("}}"));
                    let spread =
                        spread.and_then(|key| trim(key).strip_prefix("spreadValue(")?.strip_suffix(')'));
                    let key = match spread {
                        Some(arguments) if trim(arguments).is_empty() => Key::Spread(place.clone()),
                        _ => {
                            let place = format!("key of {place}");
                            Key::Key(self.text(key, &place)?, place)
                        }
                    };
                    Ok((key, self.node(value, &place)?))
                };
                Node::Object(members.iter().map(node).collect::<Result<_, _>>()?)
            }
            constant => Node::Constant(constant.clone()),
        })
    }

    fn text(&mut self, text: &str, place: &str) -> Result<Node, TemplateError> {
        let wrong = |TemplateError(message)| {
            let place = if place.is_empty() { "the template" } else { place };
            TemplateError(format!("{place}: {message}"))
        };
        let found = expressions(text).map_err(wrong)?;
        let mut pieces = Vec::new();
        let mut behind = 0;
        for (start, end) in &found {
            let expression = Compiled::new(&text[*start..*end]).map_err(|error| error.to_string());
            let piece = Field { number: self.pieces, name: place.to_owned(), expression };
            self.pieces += 1;
            pieces.push((text[behind..start - 2].to_owned(), piece));
            behind = end + 2;
        }
        let trimmed = trim(text);
        if pieces.len() == 1 && trimmed.starts_with("{{") && trimmed.ends_with("}}") {
            return Ok(pieces.pop().map_or(Node::Constant(Json::Null), |(_, piece)| Node::Whole(piece)));
        }
        if pieces.is_empty() {
            return Ok(Node::Constant(text.into()));
        }
        Ok(Node::Text(pieces, text[behind..].to_owned()))
    }
}

impl Template {
    /// Compiles a template: any JSON, with `{{ expression }}` in texts and keys.
    ///
    /// An expression that is wrong is no error here: Port renders it as null, and so does [`render`](Self::render), which names it.
    /// Of keys that are rendered to the same text the last one counts, in the order of the value, which for
    /// `serde_json::Value` is alphabetical.
    ///
    /// # Errors
    ///
    /// For braces that do not match.
    pub fn compile(template: &Json) -> Result<Self, TemplateError> {
        Ok(Self(Arc::new(Compiler::default().node(template, "")?)))
    }

    /// What Port would send for these data.
    ///
    /// # Errors
    ///
    /// For a key that is neither text nor null, and for a `spreadValue()` of what is not an object.
    pub fn render(&self, data: &Json) -> Result<Rendered, TemplateError> {
        self.render_with(data.to_string(), &Settings::default())
    }

    /// What Port would send for data that are JSON as a text, whose keys keep their order, at a given time, or within
    /// another limit.
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render), and for what is not JSON.
    pub fn render_with(
        &self,
        data: impl Into<String>,
        settings: &Settings,
    ) -> Result<Rendered, TemplateError> {
        let (node, data): (_, String) = (self.0.clone(), data.into());
        let rendered = runner::run(settings, move |evaluator| {
            let data = json::parse_in_javascript(&data)
                .map_err(|message| TemplateError(format!("cannot read the data: {message}")))?;
            let mut errors = Vec::new();
            let value = node.render(evaluator, &data, &mut errors)?.map(|value| value.to_json());
            Ok(Rendered { value, errors })
        });
        rendered.unwrap_or_else(|| Err(TemplateError("there is no thread to render in".to_owned())))
    }
}

fn evaluate(
    field: &Field,
    evaluator: &Evaluator,
    data: &Value,
    errors: &mut Vec<FieldError>,
) -> Option<Value> {
    let (value, message) = match field.evaluate(evaluator, data) {
        Outcome::Value(value) => return Some(value),
        Outcome::Absent => return None,
        Outcome::Error(message) => (Some(Value::Null), message),
        Outcome::Raised(message) => (None, message),
    };
    errors.push(FieldError { field: field.name.clone(), message });
    value
}

impl Node {
    fn render(
        &self,
        evaluator: &Evaluator,
        data: &Value,
        errors: &mut Vec<FieldError>,
    ) -> Result<Option<Value>, TemplateError> {
        Ok(Some(match self {
            Self::Constant(constant) => from_json(constant),
            Self::Whole(piece) => return Ok(evaluate(piece, evaluator, data, errors)),
            Self::Text(pieces, last) => {
                let mut text = String::new();
                for (before, piece) in pieces {
                    text.push_str(before);
                    match evaluate(piece, evaluator, data, errors) {
                        Some(Value::Text(value)) => {
                            text.push_str(until_nul(&value));
                        }
                        Some(value) => stringify(&value, &mut text),
                        None => text.push_str("undefined"),
                    }
                }
                text.push_str(last);
                text.into()
            }
            Self::Array(items) => {
                let mut array = Vec::new();
                for item in items {
                    array.push(item.render(evaluator, data, errors)?.unwrap_or(Value::Null));
                }
                array.into_iter().collect()
            }
            Self::Object(members) => {
                let mut map = crate::value::Map::new();
                for (key, value) in members {
                    match key {
                        Key::Spread(place) => match value.render(evaluator, data, errors)? {
                            Some(Value::Object(members)) => {
                                map.extend(members.iter().map(|(key, value)| (key.clone(), value.clone())));
                            }
                            other => {
                                let shown = other.map_or("no result".into(), |other| other.to_string());
                                return Err(TemplateError(format!(
                                    "{place}: spreadValue() needs an object, not {shown}"
                                )));
                            }
                        },
                        Key::Key(key, place) => match key.render(evaluator, data, errors)? {
                            None | Some(Value::Null) => {}
                            Some(Value::Text(key)) if key.is_empty() => {}
                            Some(Value::Text(key)) => {
                                match value.render(evaluator, data, errors)? {
                                    Some(value) => map.insert(key, value),
                                    None => map.shift_remove(&key),
                                };
                            }
                            Some(other) => {
                                return Err(TemplateError(format!(
                                    "{place}: a key is a text or null, not {other}"
                                )));
                            }
                        },
                    }
                }
                Value::Object(map.into())
            }
        }))
    }
}

fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(map) => Value::Object(std::rc::Rc::new(
            map.iter().map(|(key, value)| (key.as_str().into(), from_json(value))).collect(),
        )),
    }
}

/// JSON as JavaScript writes it: keys that are indices come first, and numbers have their own form.
fn stringify(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&number_text(*number)),
        Value::Text(text) => out.push_str(&Json::from(until_nul(text)).to_string()),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                stringify(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| json::javascript_order(key));
            out.push('{');
            for (at, (key, value)) in members.into_iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                out.push_str(&Json::from(until_nul(key)).to_string());
                out.push(':');
                stringify(value, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn number_text(number: f64) -> String {
    if !number.is_finite() {
        return "null".to_owned();
    }
    let (digits, exponent) = digits(number);
    let sign = if number < 0.0 { "-" } else { "" };
    if (-6..21).contains(&exponent) {
        return format!("{sign}{}", plain(&digits, exponent));
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}e{exponent:+}")
}
