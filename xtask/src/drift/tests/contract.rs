//! The contract against itself with one thing changed: the change is named, and nothing else is.

use std::collections::BTreeSet;

use super::*;

/// The lines of what differs when a part of the contract is changed on the other side.
fn changed(pointer: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let here = contract();
    let mut there = here.clone();
    change(there.root.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")));
    lines(&compare(&here, &there, false))
}

fn remove(name: &'static str) -> impl FnOnce(&mut Value) {
    move |value| assert!(value.as_object_mut().unwrap().remove(name).is_some(), "no {name}")
}

fn set(name: &'static str, to: Value) -> impl FnOnce(&mut Value) {
    move |value| value[name] = to
}

fn push(to: Value) -> impl FnOnce(&mut Value) {
    move |value| value.as_array_mut().unwrap().push(to)
}

const SUBSCRIPTION: &str = "/components/schemas/NewSubscription";

#[test]
fn the_contract_does_not_differ_from_itself() {
    assert_eq!(between(&contract(), &contract()), [""; 0]);
}

#[test]
fn a_field_that_is_removed_or_added_is_named() {
    assert_eq!(
        changed(&format!("{SUBSCRIPTION}/properties"), remove("headers")),
        [
            "only here field POST /v1/webhooks request (1).headers: object",
            "only here field PUT /v1/webhooks/{identifier} request (1).headers: object",
        ]
    );
    assert_eq!(
        changed("/components/schemas/WebhookMetadata/properties", set("owner", json!({ "type": "string" }))),
        [1, 2, 3].map(|branch| {
            let key = ["webhooks", "integrations", "items"][branch - 1];
            format!(
                "only there field GET /v1/webhooks/metadata response 200 ({branch}).{key}[].owner: string"
            )
        })
    );
}

#[test]
fn a_value_that_is_added_or_removed_is_named() {
    assert_eq!(
        changed("/components/schemas/EventType/enum", push(json!("scorecard.updated")))
            .into_iter()
            .filter(|line| line.contains("request"))
            .collect::<Vec<_>>(),
        [
            "only there value PATCH /v1/webhooks/{identifier} request (1).events[]: \"scorecard.updated\"",
            "only there value POST /v1/webhooks request (1).events[]: \"scorecard.updated\"",
            "only there value PUT /v1/webhooks/{identifier} request (1).events[]: \"scorecard.updated\"",
        ]
    );
    assert_eq!(
        changed("/components/schemas/DataSourceSecurity/properties/signatureAlgorithm", |value| {
            *value = json!({ "type": "string", "nullable": true, "enum": ["sha256", "plain"] });
        }),
        ["PATCH /v1/webhooks/{identifier}", "POST /v1/webhooks", "PUT /v1/webhooks/{identifier}"].map(
            |route| format!("only here value {route} request (2).security.signatureAlgorithm: \"sha1\"")
        )
    );
}

#[test]
fn what_becomes_required_or_no_longer_is_is_named() {
    assert_eq!(
        changed(&format!("{SUBSCRIPTION}/required"), push(json!("title"))),
        [
            "only there required POST /v1/webhooks request (1).title",
            "only there required PUT /v1/webhooks/{identifier} request (1).title",
        ]
    );
    assert_eq!(
        changed("/components/schemas/AccessToken", remove("required")),
        ["only here required POST /v1/auth/access_token response 200 .accessToken"]
    );
}

#[test]
fn a_type_a_limit_and_a_null_that_change_are_named() {
    assert_eq!(
        changed("/components/schemas/AccessToken/properties/expiresIn", set("type", json!("string"))),
        ["different type POST /v1/auth/access_token response 200 .expiresIn: number -> string"]
    );
    assert_eq!(
        changed("/components/schemas/DataSourcePatch/properties/description", set("maxLength", json!(500))),
        ["different maxLength PATCH /v1/webhooks/{identifier} request (2).description: 200 -> 500"]
    );
    assert_eq!(
        changed("/components/schemas/SubscriptionPatch/properties/title", remove("nullable")),
        ["only here null PATCH /v1/webhooks/{identifier} request (1).title"]
    );
    assert_eq!(
        changed("/components/schemas/SubscriptionPatch", remove("additionalProperties")),
        ["different other fields PATCH /v1/webhooks/{identifier} request (1): refused -> allowed"]
    );
}

#[test]
fn routes_parameters_and_responses_that_change_are_named() {
    let webhook = "/paths/~1v1~1webhooks~1{identifier}";
    assert_eq!(changed(webhook, remove("put")), ["only here route PUT /v1/webhooks/{identifier}"]);
    assert_eq!(
        changed("/paths", set("/v1/webhooks/{identifier}/deliveries", json!({ "get": {} }))),
        ["only there route GET /v1/webhooks/{identifier}/deliveries"]
    );
    assert_eq!(
        changed("/paths/~1v1~1webhooks/get/parameters", push(json!({ "in": "query", "name": "after" }))),
        ["only there parameter GET /v1/webhooks query after"]
    );
    assert_eq!(
        changed("/components/parameters/PerPage/schema", set("maximum", json!(500))),
        ["different maximum GET /v1/webhooks query per_page: 100 -> 500"]
    );
    assert_eq!(
        changed(&format!("{webhook}/delete/responses"), remove("204")),
        ["only here response DELETE /v1/webhooks/{identifier} response 204"]
    );
    assert_eq!(
        changed("/components/responses/TooManyRequests/headers", remove("Retry-After")).len(),
        8,
        "once for each route"
    );
    assert_eq!(
        changed("/paths/~1v1~1webhooks/get", set("security", json!([]))),
        ["different authentication GET /v1/webhooks: required -> none"]
    );
    assert_eq!(
        changed("/servers/3", set("url", json!("https://api.ap.port.io"))),
        ["only there server https://api.ap.port.io", "only here server https://api.us.getport.io"]
    );
}

/// The branches of a mapping differ in the constants of a field alone, and stay what they are.
#[test]
fn a_change_inside_of_a_branch_is_named_in_that_branch() {
    let mapping = "/components/schemas/DeletingMapping/properties/filter";
    assert_eq!(
        changed(mapping, set("maxLength", json!(9))),
        ["PATCH /v1/webhooks/{identifier}", "POST /v1/webhooks", "PUT /v1/webhooks/{identifier}"]
            .map(|route| format!("only there maxLength {route} request (2).mappings[](2).filter: 9"))
    );
    let found = changed("/components/schemas/NewMapping/oneOf", |branches| {
        branches.as_array_mut().unwrap().reverse();
    });
    assert_eq!(found, [""; 0], "the order of branches says nothing");
}

/// Every field of every schema that a route leads to.
#[test]
fn whichever_field_is_removed_is_named() {
    let here = short_contract();
    let mut silent = BTreeSet::new();
    for (name, schema) in here.root["components"]["schemas"].as_object().unwrap() {
        for field in schema["properties"].as_object().into_iter().flatten().map(|(field, _)| field) {
            let mut there = here.clone();
            let properties = &mut there.root["components"]["schemas"][name]["properties"];
            properties.as_object_mut().unwrap().remove(field);
            let found = lines(&compare(&here, &there, false));
            let is_named =
                |line: &String| line.starts_with("only here field ") && line.contains(&format!(".{field}: "));
            if !found.iter().all(is_named) {
                // A branch without the field that tells it from others is another branch.
                assert!(
                    found.iter().any(|line| line.contains(" branch ") || is_named(line)),
                    "{name}.{field}: {found:?}"
                );
            }
            if found.is_empty() {
                silent.insert(name.as_str());
            }
        }
    }
    // What Port sends is described under `callbacks`, which are not compared.
    let delivered = [
        "Change",
        "ChangeDiff",
        "DeliveredAction",
        "DeliveredBlueprint",
        "DeliveredEntity",
        "DeliveredRun",
        "Delivery",
        "DeliveryContext",
        "DeliveryData",
        "Invocation",
        "InvocationPayload",
        "InvokedAction",
        "LiveEntity",
        "Trigger",
        "TriggerData",
        "TriggeredBy",
        "TriggeredRun",
        "User",
    ];
    assert_eq!(silent, BTreeSet::from(delivered));
}
