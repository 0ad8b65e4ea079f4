//! Checks the fields of a webhook by the JSON Schema, which is generated from the contract, and words the mistakes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::terminal::{one_line, shortened};
use crate::{secret_text, suggest};

/// The schema of the files that `apply` reads.
pub(crate) const SCHEMA: &str = include_str!("webhooks.schema.json");

/// The widest value that an error repeats.
const SHOWN: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Subscription,
    DataSource,
}

impl Kind {
    fn plural(self) -> &'static str {
        match self {
            Self::Subscription => "subscriptions",
            Self::DataSource => "data sources",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Subscription => Self::DataSource,
            Self::DataSource => Self::Subscription,
        }
    }
}

/// Something wrong with a field. It repeats no value that may be a secret.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mistake {
    /// Such as `headers.X-Key` or `events[1]`.
    pub(crate) path: String,
    pub(crate) what: String,
    pub(crate) hint: Option<String>,
    pub(crate) sort: Sort,
}

/// How sure a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// It fits no request: a wrong type, or a field in the wrong place.
    Shape,
    /// Port rejects it.
    Rule,
    /// A field or an event that is unknown and resembles no known one: Port may be newer than the contract. Also any
    /// mistake in mappings, since Port may accept more than the contract says.
    Unknown,
}

impl Mistake {
    pub(crate) fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), hint: None, sort: Sort::Rule }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(super) fn sort(self, sort: Sort) -> Self {
        Self { sort, ..self }
    }

    pub(crate) fn text(&self) -> String {
        if self.path.is_empty() {
            self.what.clone()
        } else {
            format!("{}: {}", one_line(&self.path), self.what)
        }
    }
}

/// The contract of each kind, as the JSON Schema has it.
struct Contract([Webhook; 2]);

/// The schema of a kind of webhook, its validator, and the fields that a new one needs.
struct Webhook {
    schema: Value,
    validator: Validator,
    required: Vec<String>,
}

static CONTRACT: LazyLock<Option<Contract>> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(SCHEMA).ok()?;
    let definitions = &schema["definitions"];
    let webhook = |name: &str| {
        let mut root = definitions[name].clone();
        root["definitions"] = definitions.clone();
        let validator = jsonschema::options().with_draft(Draft::Draft7).build(&root).ok()?;
        let required = serde_json::from_value(definitions[format!("New{name}")]["required"].clone()).ok()?;
        Some(Webhook { schema: root, validator, required })
    };
    Some(Contract([webhook("Subscription")?, webhook("DataSource")?]))
});

impl Contract {
    fn webhook(&self, kind: Kind) -> &Webhook {
        &self.0[kind as usize]
    }

    /// Whether a kind of webhook has a field, or a member of `security`.
    fn has(&self, kind: Kind, path: &str) -> bool {
        let properties = &self.webhook(kind).schema["properties"];
        match path.split_once('.') {
            Some(("security", member)) => properties["security"]["properties"].get(member).is_some(),
            _ => properties.get(path).is_some(),
        }
    }

    /// The fields that only this kind of webhook has.
    fn marks(&self, kind: Kind, fields: &Map<String, Value>) -> Vec<String> {
        let members = fields.get("security").and_then(Value::as_object).into_iter().flatten();
        let members = members.map(|(name, value)| (format!("security.{name}"), value));
        let fields = fields.iter().map(|(name, value)| (name.clone(), value)).chain(members);
        let is_mark = |path: &str| self.has(kind, path) && !self.has(kind.other(), path);
        fields.filter(|(path, value)| !value.is_null() && is_mark(path)).map(|(path, _)| path).collect()
    }

    /// The kind of a webhook by its fields, and the field that decides.
    fn kind(&self, fields: &Map<String, Value>) -> Option<(Kind, String)> {
        let subscription = self.marks(Kind::Subscription, fields);
        let data_source = self.marks(Kind::DataSource, fields);
        let has_events = subscription.iter().find(|mark| *mark == "events").cloned();
        match (has_events, subscription.len() >= data_source.len()) {
            (Some(events), _) => Some((Kind::Subscription, events)),
            (None, true) => Some((Kind::Subscription, subscription.into_iter().next()?)),
            (None, false) => Some((Kind::DataSource, data_source.into_iter().next()?)),
        }
    }

    /// The required fields that are not `present`. Without a deciding field, the webhook may be of either kind.
    fn missing(&self, kind: Option<Kind>, present: impl Fn(&str) -> bool) -> Vec<Mistake> {
        let missing = |kind| -> Vec<&str> {
            self.webhook(kind).required.iter().map(String::as_str).filter(|name| !present(name)).collect()
        };
        if let Some(kind) = kind {
            let what = format!("missing; {} need it", kind.plural());
            return missing(kind).into_iter().map(|name| Mistake::new(name, &what)).collect();
        }
        let (subscription, data_source) = (missing(Kind::Subscription), missing(Kind::DataSource));
        if subscription.is_empty() || data_source.is_empty() {
            return Vec::new();
        }
        let (subscription, data_source) = (subscription.join(" and "), data_source.join(" and "));
        let what =
            format!("missing: {subscription} (of a subscription), or {data_source} (of a data source)");
        vec![Mistake::new("", what)]
    }
}

/// The mistakes in the fields of a webhook. Its `kind` is known if Port has it. If it has to be `complete`, as a new one has,
/// required fields must be present. Mistakes at `unreadable` paths are left out, and values that `is_hidden` are not shown.
pub(crate) fn check(
    fields: &Map<String, Value>,
    kind: Option<Kind>,
    complete: bool,
    unreadable: &BTreeSet<String>,
    is_hidden: &dyn Fn(&str) -> bool,
) -> Result<Vec<Mistake>> {
    let broken = || Failure::new(Exit::Failed, "the built-in JSON Schema cannot be read");
    let contract = CONTRACT.as_ref().ok_or_else(broken)?;
    let decided = contract.kind(fields);
    let because = match (&decided, kind) {
        (_, Some(_)) => "as Port has it".to_owned(),
        (Some((_, mark)), None) => format!("since it has `{mark}`"),
        (None, None) => String::new(),
    };
    let kind = kind.or(decided.map(|(kind, _)| kind));
    // A webhook with common fields alone may be of either kind; subscriptions have more fields.
    let Webhook { schema, validator, .. } = contract.webhook(kind.unwrap_or(Kind::Subscription));
    let reader = Reader { contract, schema, kind, because, is_hidden };
    let instance = Value::Object(fields.clone());
    let mut mistakes: Vec<_> =
        validator.iter_errors(&instance).flat_map(|error| reader.mistakes(&error)).collect();
    if complete {
        let is_set = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
        let present = |name: &str| name == "identifier" || unreadable.contains(name) || is_set(name);
        mistakes.extend(contract.missing(kind, present));
    }
    mistakes.extend(badly_copied(fields));
    for mistake in &mut mistakes {
        if mistake.path.starts_with("mappings[") && mistake.path.contains('.') {
            mistake.sort = Sort::Unknown;
        }
    }
    // After a wrong type, other mistakes of the same value are noise.
    let is_shape = |mistake: &&Mistake| mistake.sort == Sort::Shape;
    let misshapen: Vec<_> = mistakes.iter().filter(is_shape).map(|mistake| mistake.path.clone()).collect();
    mistakes.retain(|mistake| {
        let is_noise = mistake.sort != Sort::Shape && misshapen.contains(&mistake.path);
        !is_noise && !unreadable.contains(&mistake.path)
    });
    Ok(mistakes)
}

/// Secrets and headers with traces of how they were copied, such as white space or a byte order mark.
fn badly_copied(fields: &Map<String, Value>) -> Vec<Mistake> {
    let secret = fields.get("security").and_then(|security| security.get("secret")).and_then(Value::as_str);
    let problem = secret.filter(|secret| !secret.is_empty()).and_then(secret_text::secret_problem);
    let mistake = problem.map(|what| {
        Mistake::new("security.secret", format!("{what}, so nothing can verify with it"))
            .hint("give the secret alone, as the receiver has it")
    });
    let headers = fields.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers = headers.filter_map(|(name, value)| {
        let what = secret_text::problem(value.as_str().filter(|text| !text.is_empty())?)?;
        Some(Mistake::new(format!("headers.{name}"), what).hint("give the value alone"))
    });
    mistake.into_iter().chain(headers).map(|mistake| mistake.sort(Sort::Shape)).collect()
}

struct Reader<'a> {
    contract: &'a Contract,
    schema: &'a Value,
    kind: Option<Kind>,
    because: String,
    is_hidden: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn mistakes(&self, error: &ValidationError<'_>) -> Vec<Mistake> {
        let path = path_of(error.instance_path());
        let one = |what: String| vec![Mistake::new(path.clone(), what)];
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().filter_map(|name| self.unknown_field(&path, name, error)).collect()
            }
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                self.of_the_nearest(&path, error, context)
            }
            ValidationErrorKind::Enum { options } => {
                vec![self.not_an_option(path.clone(), error.instance(), options)]
            }
            ValidationErrorKind::MaxLength { limit } => {
                let length = error.instance().as_str().map_or(0, |text| text.chars().count());
                one(format!("{length} characters, and Port accepts {limit}"))
            }
            ValidationErrorKind::MinLength { .. } => {
                let sort = if path == "security.secret" { Sort::Shape } else { Sort::Rule };
                vec![Mistake::new(path.clone(), "must not be empty").sort(sort)]
            }
            ValidationErrorKind::MinItems { limit } => one(format!("must have at least {limit}")),
            ValidationErrorKind::Pattern { .. } if path == "url" => {
                one("must be an absolute http or https URL".to_owned())
            }
            ValidationErrorKind::Pattern { .. } => one("contains characters that are not allowed".to_owned()),
            ValidationErrorKind::PropertyNames { error } => {
                let name = error.instance().as_str().unwrap_or_default();
                one(format!("`{}` is not a name that a header can have", shortened(&one_line(name), SHOWN)))
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                vec![Mistake::new(joined(&path, name), "missing")]
            }
            ValidationErrorKind::Type { .. } => vec![self.wrong_type(path.clone(), error)],
            _ => one("not valid".to_owned()),
        }
    }

    /// The mistakes by the nearest form: of those with the type of the value, the one with the fewest mistakes.
    fn of_the_nearest(
        &self,
        path: &str,
        error: &ValidationError<'_>,
        forms: &[Vec<ValidationError<'static>>],
    ) -> Vec<Mistake> {
        let is_of_type = |errors: &&Vec<ValidationError<'static>>| {
            let here = |inner: &ValidationError<'_>| inner.instance_path() == error.instance_path();
            !errors
                .iter()
                .any(|inner| here(inner) && matches!(inner.kind(), ValidationErrorKind::Type { .. }))
        };
        let all = |errors: &Vec<ValidationError<'static>>| -> Vec<Mistake> {
            errors.iter().flat_map(|inner| self.mistakes(inner)).collect()
        };
        let nearest = forms.iter().filter(is_of_type).map(all).min_by_key(Vec::len);
        nearest.unwrap_or_else(|| {
            let mut types: Vec<_> = forms.iter().flatten().filter_map(|inner| self.expected(inner)).collect();
            types.dedup();
            vec![Mistake::new(path, format!("must be {}", types.join(" or "))).sort(Sort::Shape)]
        })
    }

    fn unknown_field(&self, parent: &str, name: &str, error: &ValidationError<'_>) -> Option<Mistake> {
        let path = joined(parent, name);
        if let Some(kind) = self.kind.filter(|kind| self.contract.has(kind.other(), &path)) {
            let what = format!(
                "a field of {}, and this webhook is one of the {}",
                kind.other().plural(),
                kind.plural()
            );
            return Some(Mistake::new(path, format!("{what} {}", self.because)));
        }
        if self.kind.is_none() && self.contract.has(Kind::DataSource, &path) {
            // Null does not decide which contract the webhook follows.
            return None;
        }
        let mistake = Mistake::new(path, "unknown field");
        if parent.is_empty() && self.contract.has(Kind::DataSource, &format!("security.{name}")) {
            return Some(mistake.hint("put it under `security`").sort(Sort::Shape));
        }
        let siblings = error.schema_path().as_str().strip_suffix("/additionalProperties");
        let siblings = siblings.and_then(|place| self.schema.pointer(&format!("{place}/properties")));
        let of_the_other = self.contract.webhook(Kind::DataSource).schema["properties"].as_object();
        let of_the_other = of_the_other.filter(|_| parent.is_empty()).into_iter().flatten();
        let known = siblings.and_then(Value::as_object).into_iter().flatten().chain(of_the_other);
        Some(match suggest::closest(name, known.map(|(name, _)| name.as_str())) {
            Some(near) => mistake.hint(format!("did you mean `{near}`?")),
            None => mistake.sort(Sort::Unknown),
        })
    }

    fn not_an_option(&self, path: String, value: &Value, options: &Value) -> Mistake {
        let options: Vec<_> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let text = value.as_str().unwrap_or_default();
        let shown = if (self.is_hidden)(path.split('[').next().unwrap_or_default()) {
            String::new()
        } else {
            format!(" `{}`", shortened(&one_line(text), SHOWN))
        };
        let is_event = path.starts_with("events[");
        let what = if is_event { format!("unknown event{shown}") } else { format!("unknown value{shown}") };
        let mistake = Mistake::new(path, what);
        match suggest::closest(text, options.iter().copied()) {
            Some(near) => mistake.hint(format!("did you mean `{near}`?")),
            None if is_event => mistake.hint("`port-webhooks events` lists the events").sort(Sort::Unknown),
            None => mistake.hint(format!("one of {}", options.join(", "))),
        }
    }

    fn wrong_type(&self, path: String, error: &ValidationError<'_>) -> Mistake {
        let expected = self.expected(error).unwrap_or("of another type");
        let mistake = Mistake::new(path, format!("must be {expected}")).sort(Sort::Shape);
        let is_plain = matches!(error.instance().as_ref(), Value::Number(_) | Value::Bool(_));
        if is_plain && expected == "a string" { mistake.hint("put the value in quotes") } else { mistake }
    }

    fn expected(&self, error: &ValidationError<'_>) -> Option<&'static str> {
        if !matches!(error.kind(), ValidationErrorKind::Type { .. }) {
            return None;
        }
        let types = self.schema.pointer(error.schema_path().as_str())?;
        let name = types.as_str().or_else(|| types.as_array()?.first()?.as_str())?;
        Some(match name {
            "array" => "a list",
            "boolean" => "true or false",
            "object" => "a mapping",
            "string" => "a string",
            _ => "of another type",
        })
    }
}

/// A path as files and plans have it.
fn path_of(location: &Location) -> String {
    location.iter().fold(String::new(), |path, segment| match segment {
        LocationSegment::Index(index) => format!("{path}[{index}]"),
        LocationSegment::Property(name) => joined(&path, &name),
    })
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
