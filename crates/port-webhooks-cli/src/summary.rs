//! A delivery in a few lines, for a person.

use port_webhooks_receiver::{Change, Delivery, DeliveryContext, Live, Trigger};
use serde_json::{Map, Value};

use crate::terminal::{GREEN, RED, YELLOW, one_line, shortened, styled};

/// The most lines on what changed, or on inputs.
const LINES: usize = 20;
const VALUE: usize = 60;

static NULL: Value = Value::Null;

/// The kind of a delivery and its subject, in one line.
pub(crate) fn title(delivery: &Delivery) -> String {
    let title = match delivery.live() {
        Live::Change(change) => format!("change: {}", changed(change)),
        Live::Invocation(invocation) => {
            let action = invocation.action.as_deref().unwrap_or_default();
            format!("invocation: {action}{}", subject(" on ", invocation.context.as_ref()))
        }
        Live::TriggerData(data) => {
            let action = data.action.as_ref().and_then(|action| action.identifier.as_deref());
            let entity = || data.entity().and_then(|entity| entity.identifier.as_deref());
            let about = match &data.event {
                Some(event) => format!(": {}", changed(event)),
                None => entity().map(|entity| format!(" on {entity}")).unwrap_or_default(),
            };
            format!("trigger data: {}{about}", action.unwrap_or("an action"))
        }
        _ => delivery.event_name().unwrap_or("no event").to_owned(),
    };
    one_line(&title)
}

/// The object of a documented event; the user, the run, the changes and the inputs of a live delivery.
pub(crate) fn details(delivery: &Delivery) -> Vec<String> {
    let mut details = object(delivery);
    let (trigger, diff, inputs) = match delivery.live() {
        Live::Change(change) => (change.trigger.as_ref(), "/diff", None),
        Live::Invocation(invocation) => (invocation.trigger.as_ref(), "", invocation.inputs()),
        Live::TriggerData(data) => (data.trigger.as_ref(), "/event/diff", data.inputs.as_ref()),
        _ => (None, "", None),
    };
    details.extend(trigger.and_then(who));
    if let Some(run) = delivery.run_id() {
        details.push(format!("run {}", one_line(run)));
    }
    if let Some(run) = delivery.caused_by_run() {
        details.push(format!("caused by run {}", one_line(run)));
    }
    if !diff.is_empty()
        && let Ok(body) = delivery.json::<Value>()
        && let Some(diff) = body.pointer(diff)
    {
        let mut lines = Vec::new();
        let side = |name| diff.get(name).unwrap_or(&NULL);
        compare("", side("before"), side("after"), &mut lines);
        details.extend(first_lines(lines));
    }
    let input = |(name, value): (&String, &Value)| format!("input {}: {}", one_line(name), shown(value));
    details.extend(first_lines(inputs.into_iter().flatten().map(input).collect()));
    details
}

/// The object that an event is about, such as `data.run` of `run.completed`, and its members.
fn object(delivery: &Delivery) -> Vec<String> {
    let kind = delivery.event_name().and_then(|event| event.split('.').next());
    let Some((kind, object)) = kind.and_then(|kind| Some((kind, delivery.data(kind)?))) else {
        return Vec::new();
    };
    let key = if object.contains_key("identifier") { "identifier" } else { "id" };
    let identifier = object.get(key).and_then(Value::as_str);
    let heading = format!("{kind} {}", identifier.unwrap_or_default());
    let mut lines = vec![one_line(&heading).trim_end().to_owned()];
    for (member, value) in object {
        if identifier.is_none() || member != key {
            list(member, value, &mut lines);
        }
    }
    first_lines(lines)
}

/// A line for each value in `value`, by its place.
fn list(place: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                list(&format!("{place}.{name}"), value, lines);
            }
        }
        value => lines.push(format!("{}: {}", one_line(place), shown(value))),
    }
}

fn changed(change: &Change) -> String {
    let action = change.action.as_deref().unwrap_or("changed");
    let kind = change.resource_type.as_deref().unwrap_or_default();
    format!("{action} {kind}{}", subject(" ", change.context.as_ref()))
}

/// The entity with its blueprint, or the blueprint alone.
fn subject(before: &str, context: Option<&DeliveryContext>) -> String {
    let blueprint = context.and_then(DeliveryContext::blueprint_identifier);
    match (blueprint, context.and_then(DeliveryContext::entity_identifier)) {
        (Some(blueprint), Some(entity)) => format!("{before}{blueprint}/{entity}"),
        (Some(name), None) | (None, Some(name)) => format!("{before}{name}"),
        (None, None) => String::new(),
    }
}

fn who(trigger: &Trigger) -> Option<String> {
    let by = trigger.by.as_ref();
    let named = by.and_then(|by| by.email().or(by.user_id.as_deref()).or(by.app_id.as_deref()));
    let who = named.or_else(|| by.is_some_and(|by| by.by_port == Some(true)).then_some("Port"));
    let origin = trigger.origin.as_deref();
    let text = match (who, origin) {
        (Some(who), Some(origin)) => format!("by {who}, from {origin}"),
        (Some(who), None) => format!("by {who}"),
        (None, Some(origin)) => format!("from {origin}"),
        (None, None) => return None,
    };
    Some(one_line(&text))
}

/// A line for each value that differs, by its place.
fn compare(place: &str, before: &Value, after: &Value, lines: &mut Vec<String>) {
    let none = Map::new();
    let members = match (before, after) {
        (Value::Object(before), Value::Object(after)) => Some((before, after)),
        (Value::Object(before), Value::Null) => Some((before, &none)),
        (Value::Null, Value::Object(after)) => Some((&none, after)),
        _ => None,
    };
    if let Some((before, after)) = members {
        let added = after.keys().filter(|name| !before.contains_key(*name));
        for name in before.keys().chain(added) {
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            compare(&place, before.get(name).unwrap_or(&NULL), after.get(name).unwrap_or(&NULL), lines);
        }
    } else if before != after {
        let place = one_line(place);
        lines.push(match (before, after) {
            (Value::Null, after) => styled(GREEN, format!("+ {place}: {}", shown(after))),
            (before, Value::Null) => styled(RED, format!("- {place}: {}", shown(before))),
            (before, after) => styled(YELLOW, format!("~ {place}: {} -> {}", shown(before), shown(after))),
        });
    }
}

fn shown(value: &Value) -> String {
    shortened(&one_line(&value.to_string()), VALUE)
}

fn first_lines(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > LINES {
        let left = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(format!("… and {left} more"));
    }
    lines
}
