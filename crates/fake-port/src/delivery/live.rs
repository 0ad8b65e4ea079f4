//! Bodies that live Port sends: changes, invocations and trigger data. Values that a test does not give are invented.

use serde_json::{Map, Value, json};

/// The user who triggers changes and runs, and made live webhooks.
pub(crate) const USER: &str = "fake-user-id";

/// A change of an entity: created when `before` is null, deleted when `after` is null, else updated.
pub(super) fn entity_change(before: &Value, after: &Value) -> Value {
    let thing = if after.is_null() { before } else { after };
    let context = json!({ "blueprint": thing["blueprint"], "entity": thing["identifier"] });
    change(action(before, after), "entity", "SUCCESS", &context, before, after)
}

/// A change of a blueprint, in the form of a change of an entity.
pub(super) fn blueprint_change(before: &Value, after: &Value) -> Value {
    let thing = if after.is_null() { before } else { after };
    let context = json!({ "blueprint": thing["identifier"], "entity": null });
    change(action(before, after), "blueprint", "SUCCESS", &context, before, after)
}

/// A change of a run, which bears the name of its action.
pub(super) fn run_change(before: &Value, after: &Value) -> Value {
    let run = if after.is_null() { before } else { after };
    let name = run["action"].as_str().or_else(|| run["action"]["identifier"].as_str());
    let name = name.unwrap_or_default().to_owned();
    let blueprint = run["blueprint"].get("identifier").unwrap_or(&run["blueprint"]);
    let context = json!({ "blueprint": blueprint, "entity": run["entity"], "runId": run["id"] });
    change(&name, "run", "TRIGGERED", &context, before, after)
}

/// A timer that has expired. It has no `diff`, and Port triggered it.
pub(super) fn timer(blueprint: &str, entity: &str) -> Value {
    json!({
        "action": "TIMER_EXPIRED",
        "resourceType": "entity",
        "status": "SUCCESS",
        "trigger": { "by": { "byPort": true }, "origin": "API" },
        "context": { "blueprint": blueprint, "entity": entity },
    })
}

/// The body of an action without a template.
pub(crate) fn invocation(action: &str, run: &str, entity: &Value, inputs: &Value) -> Value {
    json!({
        "action": action,
        "resourceType": "run",
        "status": "TRIGGERED",
        "trigger": by_a_user("UI"),
        "context": { "entity": entity["identifier"], "blueprint": entity["blueprint"], "runId": run },
        "payload": {
            "action": { "invocationMethod": { "type": "WEBHOOK" }, "trigger": operation(entity) },
            "entity": entity,
            "properties": inputs,
            "censoredProperties": [],
        },
    })
}

/// Trigger data of a self-service action.
pub(crate) fn trigger_data(action: &str, run: &str, entity: &Value, inputs: &Value) -> Value {
    let mut trigger = by_a_user("UI");
    let empty = json!({});
    trigger["operation"] = json!(operation(entity));
    json!({
        "inputs": inputs,
        "trigger": trigger,
        "event": null,
        "action": { "identifier": action, "blueprint": entity["blueprint"], "encryptedProperties": [] },
        "entity": if entity.is_null() { &empty } else { entity },
        "run": { "id": run },
    })
}

/// Trigger data of an automation, for this event.
pub(super) fn automation(identifier: &str, run: &str, event: &Value) -> Value {
    json!({
        "inputs": null,
        "trigger": { "by": { "userId": USER }, "origin": "AUTOMATION" },
        "event": event,
        "entity": null,
        "action": { "identifier": identifier },
        "run": { "id": run },
    })
}

/// A change in the form in which automations see it: without `status`, and with the long names in `context`. That of a
/// run has its action in `context`, and what happened to the run in `action`.
pub(super) fn as_event(mut change: Value) -> Value {
    const NAMES: [(&str, &str); 3] = [
        ("blueprint", "blueprintIdentifier"),
        ("entity", "entityIdentifier"),
        ("property", "propertyIdentifier"),
    ];
    let kind = if change["resourceType"] == "run" {
        Some(action(&change["diff"]["before"], &change["diff"]["after"]))
    } else {
        None
    };
    let Some(members) = change.as_object_mut() else { return change };
    members.remove("status");
    if let Some(kind) = kind {
        let name = members.insert("action".to_owned(), json!(kind));
        members.insert("context".to_owned(), json!({ "action": { "identifier": name } }));
        members.insert("id".to_owned(), json!("fake-event-id"));
    } else if let Some(context) = members.get_mut("context").and_then(Value::as_object_mut) {
        for (short, long) in NAMES {
            let value = context.remove(short).unwrap_or_default();
            context.entry(long).or_insert(value);
        }
    }
    change
}

/// Adds the time and the organization to the `trigger` of a body.
pub(crate) fn stamp(body: &mut Value, time: &str, organization: &str) {
    for place in ["/trigger", "/event/trigger"] {
        let Some(trigger) = body.pointer_mut(place).and_then(Value::as_object_mut) else { continue };
        trigger.insert("at".to_owned(), json!(time));
        if let Some(by) = trigger.get_mut("by").and_then(Value::as_object_mut) {
            by.insert("orgId".to_owned(), json!(organization));
        }
    }
}

/// Sets or removes the value at a JSON pointer. Setting makes objects on the way where they are missing.
pub(super) fn edit(body: &mut Value, pointer: &str, value: Option<Value>) {
    let parent = pointer.rsplit_once('/').and_then(|(parent, last)| Some((body.pointer_mut(parent)?, last)));
    match (value, parent) {
        (Some(value), _) => {
            *pointer.split('/').skip(1).fold(body, |place, step| member(place, &unescaped(step))) = value;
        }
        (None, Some((Value::Object(members), last))) => drop(members.remove(&unescaped(last))),
        (None, Some((Value::Array(items), last))) => {
            if let Some(index) = last.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        (None, None) if pointer.is_empty() => *body = Value::Null,
        (None, _) => {}
    }
}

/// The item or member of this name, added where it is missing. A value that has neither items nor members becomes an object.
fn member<'a>(place: &'a mut Value, name: &str) -> &'a mut Value {
    let index = match place {
        Value::Array(items) => {
            let index = if name == "-" { Some(items.len()) } else { name.parse().ok() };
            index.filter(|index| *index <= items.len())
        }
        _ => None,
    };
    if index.is_none() && !place.is_object() {
        *place = Value::Object(Map::new());
    }
    match (place, index) {
        (Value::Array(items), Some(index)) => {
            if index == items.len() {
                items.push(Value::Null);
            }
            &mut items[index]
        }
        (place, _) => &mut place[name],
    }
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn change(
    action: &str,
    resource_type: &str,
    status: &str,
    context: &Value,
    before: &Value,
    after: &Value,
) -> Value {
    json!({
        "action": action,
        "resourceType": resource_type,
        "status": status,
        "trigger": by_a_user("API"),
        "context": context,
        "diff": { "before": before, "after": after },
    })
}

fn action(before: &Value, after: &Value) -> &'static str {
    match (before, after) {
        (Value::Null, _) => "CREATE",
        (_, Value::Null) => "DELETE",
        _ => "UPDATE",
    }
}

fn operation(entity: &Value) -> &'static str {
    if entity.is_null() { "CREATE" } else { "DAY-2" }
}

fn by_a_user(origin: &str) -> Value {
    let user =
        json!({ "id": USER, "email": "fake-user@example.com", "firstName": "Fake", "lastName": "User" });
    json!({ "by": { "userId": USER, "user": user }, "origin": origin })
}
