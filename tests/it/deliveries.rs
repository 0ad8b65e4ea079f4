//! Deliveries are readable whatever Port sends: a value that does not fit harms no other, and nothing is lost.

use port_webhooks_api::{
    Change, Delivery, EventType, Invocation, LiveEntity, Timestamp, TriggerData, TriggeredBy,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::{contract, property_config};

/// The examples of one callback.
fn examples(callback: &str) -> Vec<&'static Value> {
    let (_, operation) = contract::callbacks().find(|(name, _)| *name == callback).unwrap();
    let examples = operation.pointer("/requestBody/content/application~1json/examples").unwrap();
    examples.as_object().unwrap().values().map(|example| &contract::resolve(example)["value"]).collect()
}

fn example<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_value(contract::document()["components"]["examples"][name]["value"].clone()).unwrap()
}

/// Every place below a value, as a JSON pointer.
fn places(value: &Value) -> Vec<String> {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let below = |(key, value): (String, &Value)| {
        std::iter::once(format!("/{key}"))
            .chain(places(value).into_iter().map(|place| format!("/{key}{place}")))
            .collect::<Vec<_>>()
    };
    members.into_iter().flat_map(below).collect()
}

/// JSON whose keys are mostly those of the contract.
fn json() -> BoxedStrategy<Value> {
    let schemas = contract::document()["components"]["schemas"].as_object().unwrap().values();
    let known: Vec<String> = schemas
        .filter_map(|schema| schema["properties"].as_object())
        .flat_map(|p| p.keys().cloned())
        .collect();
    let key = prop_oneof![4 => select(known), 1 => "[a-z]{0,4}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            3 => prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

/// A delivery is an object; what is in it is Port's to choose.
fn is_read_and_kept<T: DeserializeOwned + Serialize>(value: &Value) -> Result<(), TestCaseError> {
    let read = serde_json::from_str::<T>(&value.to_string());
    prop_assert_eq!(read.is_ok(), value.is_object(), "{:?} of {}", read.err(), value);
    if let Ok(read) = read {
        prop_assert_eq!(&serde_json::to_value(read).unwrap(), value);
    }
    Ok(())
}

fn every_type_reads(value: &Value) -> Result<(), TestCaseError> {
    is_read_and_kept::<Change>(value)?;
    is_read_and_kept::<Invocation>(value)?;
    is_read_and_kept::<TriggerData>(value)?;
    is_read_and_kept::<Delivery>(value)
}

proptest! {
    #![proptest_config(property_config(1_000))]

    #[test]
    fn any_object_is_read_and_written_back(value in json()) {
        every_type_reads(&value)?;
    }

    #[test]
    fn any_value_at_any_place_of_an_example_is_kept(
        callback in select(contract::callbacks().map(|(name, _)| name).collect::<Vec<_>>()),
        example in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        value in json(),
    ) {
        let mut body = (*example.get(&examples(callback))).clone();
        let place = place.get(&places(&body)).clone();
        *body.pointer_mut(&place).unwrap() = value;
        every_type_reads(&body)?;
    }
}

type Field<T> = (&'static str, fn(&T) -> Option<Value>);

/// Puts wrong values into each of these fields and the objects around it. It is absent then, and the others are not.
fn one_wrong_value_harms_no_other<T: DeserializeOwned>(body: &Value, fields: &[Field<T>]) {
    let read = |body: &Value| serde_json::from_value::<T>(body.clone()).unwrap();
    for (place, field) in fields {
        assert_eq!(field(&read(body)).as_ref(), body.pointer(place), "{place}");
    }
    let around = |place: &'static str| place.match_indices('/').skip(1).map(|(end, _)| &place[..end]);
    for wrong_place in fields.iter().flat_map(|(place, _)| around(place).chain([*place])) {
        for wrong_value in [json!(null), json!(7), json!([{ "a": 1 }, 7]), json!({ "\u{0}": {} })] {
            let mut wrong = body.clone();
            *wrong.pointer_mut(wrong_place).unwrap() = wrong_value;
            let read = read(&wrong);
            for (place, field) in fields {
                let is_below =
                    place.strip_prefix(wrong_place).is_some_and(|rest| !rest.starts_with(|c| c != '/'));
                let expected = body.pointer(place).filter(|_| !is_below);
                assert_eq!(field(&read).as_ref(), expected, "{place} after {wrong_place}");
            }
        }
    }
}

fn text(text: Option<&str>) -> Option<Value> {
    text.map(Value::from)
}

#[test]
fn a_wrong_value_in_a_change_harms_no_other() {
    let body = json!({
        "action": "UPDATE", "resourceType": "entity",
        "trigger": { "by": { "userId": "u", "byPort": false, "user": { "providers": ["a"] } }, "at": "now" },
        "context": { "entityIdentifier": "e", "runId": "r" },
        "diff": { "after": { "title": "T", "team": ["t"], "properties": { "x": "y" }, "updatedAt": "now" } },
    });
    one_wrong_value_harms_no_other::<Change>(
        &body,
        &[
            ("/action", |change| text(change.action.as_deref())),
            ("/resourceType", |change| text(change.resource_type.as_deref())),
            ("/trigger/at", |change| text(change.trigger.as_ref()?.at.as_ref().map(Timestamp::as_str))),
            ("/trigger/by/userId", |change| text(change.triggered_by()?.user_id.as_deref())),
            ("/trigger/by/byPort", |change| change.triggered_by()?.by_port.map(Value::from)),
            ("/trigger/by/user/providers", |change| {
                change.triggered_by()?.user.as_ref()?.providers.clone().map(Value::from)
            }),
            ("/context/entityIdentifier", |change| text(change.entity_identifier())),
            ("/context/runId", |change| text(change.caused_by_run())),
            ("/diff/after/title", |change| text(change.after()?.title.as_deref())),
            ("/diff/after/team", |change| change.after()?.team.clone().map(Value::from)),
            ("/diff/after/updatedAt", |change| {
                text(change.after()?.updated_at.as_ref().map(Timestamp::as_str))
            }),
        ],
    );
}

#[test]
fn a_wrong_value_in_an_invocation_harms_no_other() {
    let body = json!({
        "action": "scale",
        "trigger": { "by": { "user": { "email": "kim@example.com" } } },
        "context": { "blueprint": "b" },
        "payload": { "entity": { "title": "T" }, "action": { "trigger": "DAY-2" }, "censoredProperties": ["p"] },
    });
    one_wrong_value_harms_no_other::<Invocation>(
        &body,
        &[
            ("/action", |invocation| text(invocation.action.as_deref())),
            ("/trigger/by/user/email", |invocation| text(invocation.triggered_by()?.email())),
            ("/context/blueprint", |invocation| text(invocation.blueprint_identifier())),
            ("/payload/entity/title", |invocation| text(invocation.entity()?.title.as_deref())),
            ("/payload/action/trigger", |invocation| {
                text(invocation.payload.as_ref()?.action.as_ref()?.trigger.as_deref())
            }),
            ("/payload/censoredProperties", |invocation| {
                invocation.payload.as_ref()?.censored_properties.clone().map(Value::from)
            }),
        ],
    );
}

#[test]
fn a_wrong_value_in_trigger_data_harms_no_other() {
    let body = json!({
        "trigger": { "operation": "CREATE" },
        "event": { "action": "UPDATE", "diff": { "before": { "title": "B" }, "after": { "title": "A" } } },
        "action": { "identifier": "a", "encryptedProperties": ["p"] },
        "run": { "id": "r" },
    });
    one_wrong_value_harms_no_other::<TriggerData>(
        &body,
        &[
            ("/trigger/operation", |data| text(data.trigger.as_ref()?.operation.as_deref())),
            ("/event/action", |data| text(data.event.as_ref()?.action.as_deref())),
            ("/event/diff/before/title", |data| text(data.event.as_ref()?.before()?.title.as_deref())),
            ("/event/diff/after/title", |data| text(data.event.as_ref()?.after()?.title.as_deref())),
            ("/action/identifier", |data| text(data.action.as_ref()?.identifier.as_deref())),
            ("/action/encryptedProperties", |data| {
                data.action.as_ref()?.encrypted_properties.clone().map(Value::from)
            }),
            ("/run/id", |data| text(data.run.as_ref()?.id.as_deref())),
        ],
    );
}

#[test]
fn a_wrong_value_in_a_documented_event_harms_no_other() {
    let body = json!({
        "event": "run.created", "timestamp": "now", "organization": "o", "source": "port",
        "data": { "entity": { "title": "T" }, "run": { "id": "r", "status": "s" } },
    });
    one_wrong_value_harms_no_other::<Delivery>(
        &body,
        &[
            ("/event", |delivery| text(delivery.event.as_ref().map(EventType::as_str))),
            ("/timestamp", |delivery| text(delivery.timestamp.as_ref().map(Timestamp::as_str))),
            ("/organization", |delivery| text(delivery.organization.as_deref())),
            ("/source", |delivery| text(delivery.source.as_deref())),
            ("/data/entity/title", |delivery| {
                text(delivery.data.as_ref()?.entity.as_ref()?.title.as_deref())
            }),
            ("/data/run/id", |delivery| text(delivery.data.as_ref()?.run.as_ref()?.id.as_deref())),
            ("/data/run/status", |delivery| text(delivery.data.as_ref()?.run.as_ref()?.status.as_deref())),
        ],
    );
}

#[test]
fn repeated_keys_do_not_hide_the_rest() {
    let change: Change = serde_json::from_str(
        r#"{ "action": "A", "x": 1, "action": "B", "x": 2, "context": { "runId": "r" } }"#,
    )
    .unwrap();
    assert_eq!((change.action.as_deref(), change.caused_by_run()), (Some("B"), Some("r")));
    assert_eq!(change.extra["x"], 2);
}

#[test]
fn a_delivery_that_is_no_object_is_an_error() {
    for json in ["[]", "[null, null]", "null", "7", r#""text""#] {
        assert!(serde_json::from_str::<Change>(json).is_err(), "{json}");
    }
}

#[test]
fn every_example_fits_the_fields_of_its_type() {
    let names = |extra: &port_webhooks_api::ExtraFields| {
        extra.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    for example in examples("change") {
        let change: Change = serde_json::from_value(example.clone()).unwrap();
        assert!(change.extra.is_empty() && change.trigger.unwrap().extra.is_empty(), "{example}");
    }
    for example in examples("invocation") {
        let invocation: Invocation = serde_json::from_value(example.clone()).unwrap();
        let payload = invocation.payload.unwrap();
        let nulls: &[&str] = if payload.entity.is_none() { &["entity"] } else { &[] };
        assert_eq!((names(&invocation.extra), names(&payload.extra).as_slice() == nulls), (vec![], true));
    }
    for example in examples("triggerData") {
        let data: TriggerData = serde_json::from_value(example.clone()).unwrap();
        let nulls: &[&str] = if data.event.is_none() { &["event"] } else { &["entity", "inputs"] };
        assert_eq!(names(&data.extra), nulls, "{example}");
    }
}

#[test]
fn what_changed_takes_one_line_to_read() {
    let change: Change = example("ForwardedEvent");
    assert_eq!(change.before().and_then(|entity| entity.property("replicas")), Some(&json!(2)));
    assert_eq!(change.after().and_then(|entity| entity.property("replicas")), Some(&json!(3)));
    assert_eq!(change.entity_identifier(), Some("payment-service"));
    assert_eq!(change.blueprint_identifier(), Some("service"));
    assert_eq!(change.triggered_by().and_then(|by| by.user_id.as_deref()), Some("user_b2"));

    let change: Change = example("EntityUpdate");
    assert_eq!(change.entity().and_then(|entity| entity.relation("system")), Some(&json!("billing")));
    assert_eq!(change.caused_by_run(), None);
    assert_eq!(example::<Change>("EntityCreation").caused_by_run(), Some("run_d4"));

    let change: Change = example("EntityDeletion");
    assert_eq!(change.after(), None);
    assert_eq!(change.entity().and_then(|entity| entity.identifier.as_deref()), Some("payment-service"));

    let change: Change = example("TimerExpiration");
    assert_eq!((change.entity(), change.entity_identifier()), (None, Some("payment-service")));
}

#[test]
fn a_run_or_blueprint_that_changed_is_not_an_entity() {
    for name in ["RunChange", "BlueprintChange"] {
        let change: Change = example(name);
        assert_eq!((change.before(), change.after(), change.entity()), (None, None, None), "{name}");
        let after: LiveEntity = change.diff.unwrap().after.unwrap();
        let sent: Value = example(name);
        assert_eq!(serde_json::to_value(after).unwrap(), sent["diff"]["after"]);
    }
}

#[test]
fn inputs_entity_and_user_take_one_line_to_read() {
    let invocation: Invocation = example("Invocation");
    assert_eq!(invocation.input("replicas"), Some(&json!(3)));
    assert_eq!(invocation.entity().and_then(|entity| entity.property("replicas")), Some(&json!(2)));
    assert_eq!(invocation.entity_identifier(), Some("payment-service"));
    assert_eq!(invocation.blueprint_identifier(), Some("service"));
    assert_eq!(invocation.triggered_by().and_then(TriggeredBy::email), Some("kim@example.com"));
    assert_eq!(example::<Invocation>("TemplatedInvocation").entity(), None);

    let data: TriggerData = example("ActionTriggerData");
    assert_eq!(data.input("replicas"), Some(&json!(3)));
    assert_eq!(data.entity().and_then(|entity| entity.property("replicas")), Some(&json!(2)));
    assert_eq!(data.triggered_by().and_then(TriggeredBy::email), Some("kim@example.com"));

    let data: TriggerData = example("AutomationTriggerData");
    assert_eq!(data.entity().and_then(|entity| entity.property("replicas")), Some(&json!(3)));
    let creating: TriggerData = serde_json::from_value(json!({ "entity": {}, "event": null })).unwrap();
    assert_eq!(creating.entity(), None);
}
