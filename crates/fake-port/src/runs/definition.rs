//! The definition of an action, and the request that Port makes of it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use url::Url;

use super::InvokeError;
use crate::clock::timestamp;
use crate::delivery::{self, PortEvent};
use crate::validate::Rule::Where;
use crate::validate::{self, Members, Problem, TEXT};

const OPERATIONS: [&str; 3] = ["CREATE", "DAY-2", "DELETE"];

impl From<Problem> for InvokeError {
    fn from(problem: Problem) -> Self {
        Self(problem.to_string())
    }
}

/// An action with the inputs and the entity of one invocation.
#[derive(Debug)]
pub(crate) struct Definition {
    identifier: String,
    title: Value,
    blueprint: Value,
    operation: &'static str,
    approval: Value,
    method: Map<String, Value>,
    inputs: Map<String, Value>,
    entity: Value,
}

/// An action, rendered for one run.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// The run as it begins.
    pub(crate) fields: Map<String, Value>,
    pub(crate) invocation: PortEvent,
    /// Whether the run waits for approval.
    pub(crate) waits: bool,
    /// The expressions that failed.
    pub(crate) problems: Vec<String>,
}

impl Definition {
    /// Reads a definition, and checks the inputs and the entity by it.
    pub(crate) fn read(action: &Value, inputs: Value, entity: Value) -> Result<Self, InvokeError> {
        let fields = action.as_object().ok_or_else(|| Problem::new("must be an object"))?;
        let identifier = fields.get("identifier").and_then(Value::as_str).unwrap_or_default();
        if identifier.is_empty() {
            return Err(Problem::at("identifier", "must be a text that is not empty").into());
        }
        let trigger = fields.get("trigger").unwrap_or(&Value::Null);
        if trigger["type"].as_str().is_some_and(|kind| kind != "self-service") {
            let rule = "must be self-service: an automation sends an event, and has no run to invoke";
            return Err(Problem::at("type", rule).in_member("trigger").into());
        }
        // The old form has the operation alone, and the inputs beside it.
        let operation = match trigger.get("operation").unwrap_or(trigger) {
            Value::String(name) => OPERATIONS.into_iter().find(|known| known == name).ok_or_else(|| {
                Problem::at("trigger", format!("the operation must be one of {}", OPERATIONS.join(", ")))
            })?,
            _ if entity.is_null() => "CREATE",
            _ => "DAY-2",
        };
        let has_entity = entity.is_object() && entity["identifier"].is_string();
        match (operation, entity.is_null()) {
            ("CREATE", false) => {
                return Err(InvokeError("an action that creates takes no entity".to_owned()));
            }
            ("DAY-2" | "DELETE", _) if !has_entity => {
                let rule = "needs an `entity`, an object with an `identifier`";
                return Err(InvokeError(format!("the operation {operation} {rule}")));
            }
            _ => {}
        }
        let user_inputs = trigger.get("userInputs").or_else(|| fields.get("userInputs"));
        let places = [&trigger["blueprintIdentifier"], &action["blueprint"], &entity["blueprint"]];
        let blueprint = places.into_iter().find(|name| name.is_string()).cloned().unwrap_or_default();
        Ok(Self {
            identifier: identifier.to_owned(),
            title: fields.get("title").cloned().unwrap_or_default(),
            blueprint,
            operation,
            approval: approval(fields.get("requiredApproval"))?,
            method: invocation_method(fields)?,
            inputs: checked_inputs(user_inputs, inputs)?,
            entity,
        })
    }

    /// The trigger data, which the templates are rendered from.
    pub(crate) fn trigger_data(&self, run: &str, now: DateTime<Utc>, organization: &str) -> Value {
        let inputs = Value::Object(self.inputs.clone());
        let mut data = delivery::trigger_data(&self.identifier, run, &self.entity, &inputs);
        data["trigger"]["operation"] = json!(self.operation);
        data["action"]["blueprint"] = self.blueprint.clone();
        delivery::stamp(&mut data, &timestamp(now), organization);
        data
    }

    /// Renders the definition for the run of these trigger data. The service must be on this machine, unless it may be
    /// anywhere.
    pub(crate) fn render(
        self,
        data: &Value,
        now: DateTime<Utc>,
        anywhere: bool,
    ) -> Result<Rendered, InvokeError> {
        let mut problems = Vec::new();
        let rendered = render(&self.method, data, now, &mut problems)?;
        let member = |name: &str| rendered.get(name).unwrap_or(&Value::Null);
        let wrong = |name, rule| InvokeError::from(Problem::at(name, rule).in_member("invocationMethod"));
        let text = |name, default| match member(name) {
            Value::Null => Ok(default),
            Value::String(text) => Ok(text.as_str()),
            _ => Err(wrong(name, "must be a string")),
        };
        let flag = |name| match member(name) {
            Value::Null => Ok(false),
            Value::Bool(flag) => Ok(*flag),
            Value::String(text) if text == "true" || text == "false" => Ok(text == "true"),
            _ => Err(wrong(name, "must be true or false")),
        };
        let (url, method) = (text("url", "")?.to_owned(), text("method", "POST")?);
        let (agent, synchronized) = (flag("agent")?, flag("synchronized")?);
        if Url::parse(&url).is_err() {
            return Err(wrong("url", "must be an absolute URL"));
        }
        delivery::target(&url, anywhere).map_err(|reason| wrong("url", reason))?;

        let run = data["run"]["id"].as_str().unwrap_or_default();
        let sent = json!({
            "type": "WEBHOOK", "url": url, "agent": agent, "synchronized": synchronized, "method": method,
        });
        let body = match member("body") {
            _ if matches!(method, "GET" | "DELETE") => None,
            Value::Null => Some(self.default_body(run, data, &sent)),
            body => Some(body.clone()),
        };
        let event = body.clone().map_or_else(|| PortEvent::bytes(""), PortEvent::json);
        let of_the_method = |problem| InvokeError(format!("invocationMethod.{problem}"));
        let mut event = event.to_url(&url).of_run(run).with_method(method).map_err(of_the_method)?;
        if agent {
            event = event.agent();
        }
        let headers = member("headers").as_object();
        for (name, value) in headers.into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            event = event.with_header(name, &value).map_err(of_the_method)?;
        }

        let waits = self.approval != false;
        let mut payload = sent;
        payload["headers"] = json!(headers.cloned().unwrap_or_default());
        payload["body"] = json!(body);
        let mut fields = json!({
            "status": if waits { "WAITING_FOR_APPROVAL" } else { "IN_PROGRESS" },
            "action": { "identifier": self.identifier, "title": self.title },
            "properties": self.inputs,
            "source": "UI",
            "requiredApproval": self.approval,
            "payload": payload,
        });
        if self.blueprint.is_string() {
            fields["blueprint"] = json!({ "identifier": self.blueprint });
        }
        if !self.entity.is_null() {
            fields["entity"] =
                json!({ "identifier": self.entity["identifier"], "title": self.entity["title"] });
        }
        let fields = fields.as_object().cloned().unwrap_or_default();
        Ok(Rendered { fields, invocation: event, waits, problems })
    }

    /// The body of an action that has no template for it.
    fn default_body(&self, run: &str, data: &Value, method: &Value) -> Value {
        let inputs = Value::Object(self.inputs.clone());
        let mut body = delivery::invocation(&self.identifier, run, &self.entity, &inputs);
        body["trigger"] = data["trigger"].clone();
        if let Some(trigger) = body["trigger"].as_object_mut() {
            trigger.remove("operation");
        }
        body["context"]["blueprint"] = self.blueprint.clone();
        body["payload"]["action"] = json!({ "invocationMethod": method, "trigger": self.operation });
        body
    }
}

/// Whether a run has to be approved.
fn approval(required: Option<&Value>) -> Result<Value, Problem> {
    match required {
        None | Some(Value::Null) => Ok(json!(false)),
        Some(Value::Bool(required)) => Ok(json!(required)),
        Some(Value::Object(form)) if form.get("type").is_some_and(|kind| kind == "ANY" || kind == "ALL") => {
            Ok(json!(form))
        }
        Some(_) => {
            Err(Problem::at("requiredApproval", "must be true or false, or an object of the type ANY or ALL"))
        }
    }
}

/// The `invocationMethod` of an action. Any member but `type` may be a template.
const INVOCATION_METHOD: Members = Members(
    &["type", "url"],
    &[
        ("type", Where(|kind| kind == "WEBHOOK", "must be WEBHOOK, the one backend that the fake calls")),
        ("url", TEXT),
        ("method", TEXT),
        ("agent", Where(is_flag, "must be true, false or a template")),
        ("synchronized", Where(is_flag, "must be true, false or a template")),
        ("headers", Where(are_headers, "must be an object of strings")),
        ("body", Where(is_body, "must be an object, an array or a template")),
    ],
);

fn is_flag(value: &Value) -> bool {
    value.is_boolean() || value.is_string()
}

fn are_headers(value: &Value) -> bool {
    value.as_object().is_some_and(|headers| headers.values().all(Value::is_string))
}

fn is_body(value: &Value) -> bool {
    value.is_object() || value.is_array() || value.as_str().is_some_and(|text| text.contains("{{"))
}

fn invocation_method(action: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let place = "invocationMethod";
    let method = action.get(place).ok_or_else(|| Problem::at(place, "is required"))?;
    let method = method.as_object().ok_or_else(|| Problem::at(place, "must be an object"))?;
    validate::body(&INVOCATION_METHOD, method).map_err(|problem| problem.in_member(place))?;
    Ok(method.clone())
}

/// The inputs with defaults, if they are those that the action has.
fn checked_inputs(declared: Option<&Value>, inputs: Value) -> Result<Map<String, Value>, InvokeError> {
    let mut inputs = match inputs {
        Value::Null => Map::new(),
        Value::Object(inputs) => inputs,
        _ => return Err(InvokeError("the inputs must be an object".to_owned())),
    };
    let Some(declared) = declared else { return Ok(inputs) };
    let wrong = |name: &str, problem: &str| Err(InvokeError(format!("the input {name:?} {problem}")));
    if let Some(properties) = declared["properties"].as_object() {
        if let Some(name) = inputs.keys().find(|name| !properties.contains_key(*name)) {
            return wrong(name, "is not one of the action's `userInputs`");
        }
        for (name, property) in properties {
            if property.get("encryption").is_some_and(|kind| !kind.is_null()) && inputs.contains_key(name) {
                return wrong(name, "is encrypted by Port, which the fake does not do");
            }
            // A default can be an expression, which the portal evaluates in its form.
            if let Some(default) = property.get("default").filter(|default| default["jqQuery"].is_null()) {
                inputs.entry(name.clone()).or_insert_with(|| default.clone());
            }
        }
    }
    let required = declared["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    match required.into_iter().find(|name| !inputs.contains_key(*name)) {
        Some(name) => wrong(name, "is required"),
        None => Ok(inputs),
    }
}

/// Renders the members that may be templates. Expressions that failed are added to `problems`.
#[cfg(feature = "mappings")]
fn render(
    method: &Map<String, Value>,
    data: &Value,
    now: DateTime<Utc>,
    problems: &mut Vec<String>,
) -> Result<Map<String, Value>, InvokeError> {
    let mut settings = port_webhooks_mapping::Settings::default();
    settings.now = Some(now.into());
    let mut all = Map::new();
    for (name, template) in method {
        let rendered = port_webhooks_mapping::Template::compile(template)
            .and_then(|template| template.render_with(data.to_string(), &settings))
            .map_err(|error| InvokeError(format!("invocationMethod.{name}: {error}")))?;
        problems.extend(
            rendered
                .errors
                .iter()
                .map(|error| format!("invocationMethod.{name}{}: {}", error.field, error.message)),
        );
        all.insert(name.clone(), rendered.value.unwrap_or_default());
    }
    Ok(all)
}

#[cfg(not(feature = "mappings"))]
fn render(
    method: &Map<String, Value>,
    _: &Value,
    _: DateTime<Utc>,
    _: &mut Vec<String>,
) -> Result<Map<String, Value>, InvokeError> {
    if let Some((name, _)) = method.iter().find(|(_, value)| value.to_string().contains("{{")) {
        return Err(InvokeError(format!(
            "invocationMethod.{name} is a template, and fake-port was built without the feature `mappings`"
        )));
    }
    Ok(method.clone())
}
