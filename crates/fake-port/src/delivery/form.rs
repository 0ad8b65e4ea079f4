//! Events as JSON, for tests in other languages.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::event::PortEvent;

/// The most copies that the JSON form may ask for: all are made in memory before the first is sent.
const MOST_DUPLICATES: usize = 1000;
const ONE_BODY: &str = "an event has one body: `event` and `data`, `json`, `text`, `base64`, `change`, \
                        `invocation` or `triggerData`";

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // Independent members of a JSON object.
struct Form {
    event: Option<String>,
    #[serde(deserialize_with = "present")]
    data: Option<Value>,
    #[serde(deserialize_with = "present")]
    json: Option<Value>,
    text: Option<String>,
    base64: Option<String>,
    change: Option<Change>,
    invocation: Option<Triggered>,
    trigger_data: Option<Triggered>,
    forwarded: bool,
    set: BTreeMap<String, Value>,
    remove: Vec<String>,
    method: Option<String>,
    headers: BTreeMap<String, String>,
    url: Option<String>,
    to: Vec<String>,
    duplicated: usize,
    stale_seconds: u64,
    milliseconds: bool,
    agent: bool,
    tampered: bool,
    wrong_secret: bool,
    unsigned: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Change {
    Create(Map<String, Value>),
    Update(Diff),
    Delete(Map<String, Value>),
    Timer { blueprint: String, entity: String },
    Blueprint(Diff),
    Run(Diff),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Diff {
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
}

/// An invocation, or the trigger data of an action or, with a `change`, of an automation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Triggered {
    action: String,
    run_id: String,
    entity: Option<Map<String, Value>>,
    inputs: Option<Map<String, Value>>,
    change: Option<Change>,
}

impl Change {
    fn event(self) -> PortEvent {
        match self {
            Self::Create(entity) => PortEvent::change_create(entity.into()),
            Self::Update(Diff { before, after }) => PortEvent::change_update(before.into(), after.into()),
            Self::Delete(entity) => PortEvent::change_delete(entity.into()),
            Self::Timer { blueprint, entity } => PortEvent::change_timer(&blueprint, &entity),
            Self::Blueprint(Diff { before, after }) => {
                PortEvent::change_blueprint(before.into(), after.into())
            }
            Self::Run(Diff { before, after }) => PortEvent::change_run(before.into(), after.into()),
        }
    }
}

impl Triggered {
    fn event(self, make: fn(&str, &str, Value, Value) -> PortEvent) -> Result<PortEvent, String> {
        let Self { action, run_id, entity, inputs, change } = self;
        match change {
            None => Ok(make(&action, &run_id, entity.into(), inputs.unwrap_or_default().into())),
            Some(change) if entity.is_none() && inputs.is_none() => {
                Ok(change.event().automation(&action, &run_id))
            }
            Some(_) => {
                Err("triggerData: an automation has a `change`, and neither `entity` nor `inputs`".into())
            }
        }
    }
}

impl Form {
    /// The event with its body and nothing else.
    fn event(&mut self) -> Result<PortEvent, String> {
        let bodies = [
            self.event.take().zip(self.data.take()).map(|(event, data)| Ok(PortEvent::named(event, data))),
            self.json.take().map(|body| Ok(PortEvent::json(body))),
            self.text.take().map(|text| Ok(PortEvent::bytes(text))),
            self.base64.take().map(|text| match STANDARD.decode(text) {
                Ok(bytes) => Ok(PortEvent::bytes(bytes)),
                Err(error) => Err(format!("base64: {error}")),
            }),
            self.change.take().map(|change| Ok(change.event())),
            self.invocation.take().map(|run| match run.change {
                None => run.event(PortEvent::invocation),
                Some(_) => Err("invocation: it has no `change`".to_owned()),
            }),
            self.trigger_data.take().map(|run| run.event(PortEvent::trigger_data)),
        ];
        let mut bodies = bodies.into_iter().flatten();
        match (bodies.next(), bodies.next()) {
            (Some(body), None) => body,
            _ => Err(ONE_BODY.to_owned()),
        }
    }
}

impl TryFrom<Form> for PortEvent {
    type Error = String;

    fn try_from(mut form: Form) -> Result<Self, String> {
        if form.duplicated > MOST_DUPLICATES {
            return Err("`duplicated` is at most 1000".to_owned());
        }
        if form.event.is_some() != form.data.is_some() {
            return Err(ONE_BODY.to_owned());
        }
        if form.forwarded && form.change.is_none() {
            return Err("`forwarded` needs a `change`".to_owned());
        }
        if form.wrong_secret && form.unsigned {
            return Err("`unsigned` and `wrongSecret` exclude each other".to_owned());
        }
        let mut event = form.event()?;
        if form.forwarded {
            event = event.forwarded();
        }
        for (pointer, value) in form.set {
            event = event.with_edit(&pointer, Some(value)).map_err(|problem| format!("set: {problem}"))?;
        }
        for pointer in form.remove {
            event = event.with_edit(&pointer, None).map_err(|problem| format!("remove: {problem}"))?;
        }
        for (name, value) in form.headers {
            event = event.with_header(&name, &value)?;
        }
        if let Some(method) = form.method {
            event = event.with_method(method.as_str())?;
        }
        if let Some(url) = form.url {
            event = event.to_url(url);
        }
        event.to = form.to;
        event.duplicated = form.duplicated;
        event.stale = Duration::from_secs(form.stale_seconds);
        event.milliseconds = form.milliseconds;
        event.agent = form.agent;
        event.tampered = form.tampered;
        event.wrong_secret = form.wrong_secret;
        event.unsigned = form.unsigned;
        Ok(event)
    }
}

impl<'de> Deserialize<'de> for PortEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Form::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

/// A member that is present, even if it is null: `{"json": null}` has the body `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
