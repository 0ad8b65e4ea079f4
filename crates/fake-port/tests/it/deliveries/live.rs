//! What live Port sends: shapes, methods, timestamps, the agent's bytes, and what the receiver answers.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_port::{
    Builder, Deliveries, DeliveryOutcome, FakePort, PortEvent, Profile, Script, ScriptedServer, SigningScheme,
};
use http::Method;
use serde_json::{Value, json};

use super::receiver::{Receiver, header, mac, signature};

const SECRET: &str = "the-client-secret";
/// 2023-11-14T22:13:20.123Z.
const NOW: u64 = 1_700_000_000_123;

fn live() -> Builder {
    let clock = || UNIX_EPOCH + Duration::from_millis(NOW);
    FakePort::builder().profile(Profile::Live).credentials("id", SECRET).organization("org_1").clock(clock)
}

/// What a receiver got, after its signature was checked over these bytes.
fn assert_signed(request: &wiremock::Request, signed: &[u8], timestamp: &str) {
    assert_eq!(header(request, "x-port-timestamp"), Some(timestamp));
    let sent = header(request, "x-port-signature").unwrap().strip_prefix("v1,").unwrap();
    assert_eq!(STANDARD.decode(sent).unwrap(), mac(SECRET, &[timestamp.as_bytes(), b".", signed]));
}

/// The one request that an event becomes.
async fn sent(event: PortEvent) -> wiremock::Request {
    let receiver = Receiver::start().await;
    let port = live().start().await.unwrap();
    let deliveries = port.emit(event.to_url(receiver.uri())).await;
    let mut requests = receiver.received().await;
    assert_eq!((deliveries.len(), requests.len()), (1, 1), "{deliveries:?}");
    assert!(deliveries[0].is_delivered());
    assert_eq!((deliveries[0].webhook.as_deref(), deliveries[0].event.as_deref()), (None, None));
    assert_eq!(
        (&deliveries[0].method, &deliveries[0].body[..]),
        (&requests[0].method, &requests[0].body[..])
    );
    requests.remove(0)
}

/// The JSON that an event becomes.
async fn body(event: PortEvent) -> Value {
    let request = sent(event).await;
    assert_signed(&request, &request.body, "1700000000");
    request.body_json().unwrap()
}

fn pay(replicas: u8) -> Value {
    json!({ "identifier": "pay", "blueprint": "svc", "properties": { "replicas": replicas } })
}

fn by_the_user(origin: &str) -> Value {
    let user = json!({ "id": "fake-user-id", "email": "fake-user@example.com", "firstName": "Fake", "lastName": "User" });
    let by = json!({ "orgId": "org_1", "userId": "fake-user-id", "user": user });
    json!({ "by": by, "origin": origin, "at": "2023-11-14T22:13:20.123Z" })
}

#[tokio::test]
async fn a_change_of_an_entity_has_both_states() {
    for (event, action, before, after) in [
        (PortEvent::change_create(pay(1)), "CREATE", Value::Null, pay(1)),
        (PortEvent::change_update(pay(1), pay(2)), "UPDATE", pay(1), pay(2)),
        (PortEvent::change_delete(pay(2)), "DELETE", pay(2), Value::Null),
    ] {
        let expected = json!({
            "action": action, "resourceType": "entity", "status": "SUCCESS",
            "trigger": by_the_user("API"),
            "context": { "blueprint": "svc", "entity": "pay" },
            "diff": { "before": before, "after": after },
        });
        assert_eq!(body(event).await, expected);
    }
}

#[tokio::test]
async fn other_changes_have_their_own_fields() {
    let timer = body(PortEvent::change_timer("svc", "pay")).await;
    let by = json!({ "by": { "byPort": true, "orgId": "org_1" }, "origin": "API", "at": "2023-11-14T22:13:20.123Z" });
    let expected = json!({
        "action": "TIMER_EXPIRED", "resourceType": "entity", "status": "SUCCESS", "trigger": by,
        "context": { "blueprint": "svc", "entity": "pay" },
    });
    assert_eq!(timer, expected);

    let blueprint = body(PortEvent::change_blueprint(Value::Null, json!({ "identifier": "svc" }))).await;
    assert_eq!((&blueprint["action"], &blueprint["resourceType"]), (&json!("CREATE"), &json!("blueprint")));
    assert_eq!(blueprint["context"], json!({ "blueprint": "svc", "entity": null }));
    assert_eq!(blueprint["diff"], json!({ "before": null, "after": { "identifier": "svc" } }));

    let run = json!({ "id": "r_1", "status": "IN_PROGRESS", "action": "scale", "blueprint": { "identifier": "svc" } });
    let change = body(PortEvent::change_run(Value::Null, run.clone())).await;
    assert_eq!(
        [&change["action"], &change["resourceType"], &change["status"]],
        [&json!("scale"), &json!("run"), &json!("TRIGGERED")]
    );
    assert_eq!(change["context"], json!({ "blueprint": "svc", "entity": null, "runId": "r_1" }));
    assert_eq!(change["diff"]["after"], run);
}

#[tokio::test]
async fn an_invocation_has_its_run_entity_and_inputs() {
    let invocation = PortEvent::invocation("scale", "r_1", pay(1), json!({ "replicas": 3 }));
    let expected = json!({
        "action": "scale", "resourceType": "run", "status": "TRIGGERED",
        "trigger": by_the_user("UI"),
        "context": { "entity": "pay", "blueprint": "svc", "runId": "r_1" },
        "payload": {
            "entity": pay(1),
            "action": { "invocationMethod": { "type": "WEBHOOK" }, "trigger": "DAY-2" },
            "properties": { "replicas": 3 },
            "censoredProperties": [],
        },
    });
    assert_eq!(body(invocation).await, expected);
    let create = body(PortEvent::invocation("new", "r_1", Value::Null, json!({}))).await;
    assert_eq!(create["context"], json!({ "entity": null, "blueprint": null, "runId": "r_1" }));
    assert_eq!(
        [&create["payload"]["entity"], &create["payload"]["action"]["trigger"]],
        [&json!(null), &json!("CREATE")]
    );
}

#[tokio::test]
async fn trigger_data_is_of_a_user_or_an_automation() {
    let mut trigger = by_the_user("UI");
    trigger["operation"] = json!("DAY-2");
    let expected = json!({
        "inputs": { "replicas": 3 }, "trigger": trigger, "event": null, "entity": pay(1),
        "action": { "identifier": "scale", "blueprint": "svc", "encryptedProperties": [] },
        "run": { "id": "r_1" },
    });
    assert_eq!(
        body(PortEvent::trigger_data("scale", "r_1", pay(1), json!({ "replicas": 3 }))).await,
        expected
    );

    let by = json!({ "orgId": "org_1", "userId": "fake-user-id" });
    let event = json!({
        "action": "UPDATE", "resourceType": "entity", "trigger": by_the_user("API"),
        "context": { "blueprintIdentifier": "svc", "entityIdentifier": "pay", "propertyIdentifier": null },
        "diff": { "before": pay(1), "after": pay(2) },
    });
    let expected = json!({
        "inputs": null, "event": event, "entity": null,
        "trigger": { "by": by, "origin": "AUTOMATION", "at": "2023-11-14T22:13:20.123Z" },
        "action": { "identifier": "on-svc" }, "run": { "id": "r_2" },
    });
    let change = || PortEvent::change_update(pay(1), pay(2));
    assert_eq!(body(change().automation("on-svc", "r_2")).await, expected);
    assert_eq!(body(change().forwarded()).await, event, "what the template `{{{{ .event }}}}` sends");

    let run = |status: &str| json!({ "id": "r_1", "status": status, "action": { "identifier": "scale" } });
    let event = body(PortEvent::change_run(run("IN_PROGRESS"), run("SUCCESS")).forwarded()).await;
    assert_eq!((&event["action"], &event["resourceType"]), (&json!("UPDATE"), &json!("run")));
    assert_eq!(event["context"], json!({ "action": { "identifier": "scale" } }));
    assert_eq!(event["diff"]["after"]["status"], "SUCCESS");
}

#[tokio::test]
async fn any_part_of_a_body_can_be_set_or_removed() {
    let event = PortEvent::invocation("scale", "r_1", pay(1), json!({}))
        .set("/trigger/by/user/email", json!("ann@example.com"))
        .set("/trigger/at", json!("2026-01-02T05:04:05+02:00"))
        .set("/payload/properties/token", json!("x"))
        .remove("/status");
    let body = body(event).await;
    assert_eq!(body["trigger"]["by"]["user"]["email"], "ann@example.com");
    assert_eq!(body["trigger"]["at"], "2026-01-02T05:04:05+02:00");
    assert_eq!((&body["payload"]["properties"], body.get("status")), (&json!({ "token": "x" }), None));
}

#[tokio::test]
async fn edits_reach_every_place() {
    let receiver = Receiver::start().await;
    let port = live().start().await.unwrap();
    for (pointer, value, expected) in [
        ("/a/b", Some(json!(2)), json!({ "a": { "b": 2 }, "l": [1, 2], "n": null })),
        ("/n/x/y", Some(json!(1)), json!({ "a": { "b": 1 }, "l": [1, 2], "n": { "x": { "y": 1 } } })),
        ("/l/0", Some(json!(9)), json!({ "a": { "b": 1 }, "l": [9, 2], "n": null })),
        ("/l/-", Some(json!(9)), json!({ "a": { "b": 1 }, "l": [1, 2, 9], "n": null })),
        ("/l/9", Some(json!(9)), json!({ "a": { "b": 1 }, "l": { "9": 9 }, "n": null })),
        ("/a~1b/~0", Some(json!(9)), json!({ "a": { "b": 1 }, "a/b": { "~": 9 }, "l": [1, 2], "n": null })),
        ("/", Some(json!(9)), json!({ "": 9, "a": { "b": 1 }, "l": [1, 2], "n": null })),
        ("", Some(json!([])), json!([])),
        ("/a/b", None, json!({ "a": {}, "l": [1, 2], "n": null })),
        ("/l/0", None, json!({ "a": { "b": 1 }, "l": [2], "n": null })),
        ("/l/7", None, json!({ "a": { "b": 1 }, "l": [1, 2], "n": null })),
        ("/n/x", None, json!({ "a": { "b": 1 }, "l": [1, 2], "n": null })),
        ("/x/y", None, json!({ "a": { "b": 1 }, "l": [1, 2], "n": null })),
        ("", None, Value::Null),
    ] {
        let event = PortEvent::json(json!({ "a": { "b": 1 }, "l": [1, 2], "n": null }));
        let event = match value {
            Some(value) => event.set(pointer, value),
            None => event.remove(pointer),
        };
        let deliveries = port.emit(event.to_url(receiver.uri())).await;
        assert_eq!(serde_json::from_slice::<Value>(&deliveries[0].body).unwrap(), expected, "{pointer}");
    }
}

#[tokio::test]
async fn bodies_and_methods_arrive_as_given() {
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::GET, Method::DELETE] {
        for bytes in ["[{\"op\":\"replace\"}]", "7", "\"text\"", "null", "", "not JSON", "{\"a\":1,\"a\":2 }"]
        {
            let request = sent(PortEvent::bytes(bytes).method(method.clone())).await;
            assert_eq!((&request.method, &request.body[..]), (&method, bytes.as_bytes()));
            assert_signed(&request, bytes.as_bytes(), "1700000000");
            assert_eq!(header(&request, "content-type").is_some(), !bytes.is_empty());
        }
        let request = sent(PortEvent::change_create(pay(1)).method(method.clone())).await;
        let without = [Method::GET, Method::DELETE].contains(&method);
        assert_eq!((&request.method, request.body.is_empty()), (&method, without));
        assert_signed(&request, &request.body, "1700000000");
    }
}

#[tokio::test]
async fn a_timestamp_is_in_seconds_or_milliseconds() {
    let request = sent(PortEvent::json(json!({})).milliseconds()).await;
    assert_signed(&request, b"{}", "1700000000123");
    let stale = PortEvent::json(json!({})).milliseconds().stale(Duration::from_secs(600));
    assert_signed(&sent(stale).await, b"{}", "1699999400123");

    let receiver = Receiver::start().await;
    let port = live().deliveries(Deliveries::new().milliseconds()).start().await.unwrap();
    port.emit(PortEvent::json(json!({})).to_url(receiver.uri())).await;
    assert_signed(&receiver.received().await[0], b"{}", "1700000000123");
}

#[tokio::test]
async fn the_agent_signs_other_bytes_than_it_sends() {
    // Both texts were written by Python's `json.dumps`.
    let body = json!({ "a": [1, 2.5, null, true], "b": { "c:,": "é😀\u{7f}\n\"\\/\":," }, "d": {}, "e": [] });
    let request = sent(PortEvent::json(body).agent()).await;
    let signed =
        br#"{"a":[1,2.5,null,true],"b":{"c:,":"\u00e9\ud83d\ude00\u007f\n\"\\/\":,"},"d":{},"e":[]}"#;
    assert_signed(&request, signed, "1700000000");
    assert_eq!(
        String::from_utf8_lossy(&request.body),
        r#"{"a": [1, 2.5, null, true], "b": {"c:,": "\u00e9\ud83d\ude00\u007f\n\"\\/\":,"}, "d": {}, "e": []}"#
    );

    let event = || PortEvent::json(json!({ "a": [1, "é, x: y"], "b": null })).agent();
    let signed = br#"{"a":[1,"\u00e9, x: y"],"b":null}"#;
    let request = sent(event()).await;
    assert_eq!(request.body, br#"{"a": [1, "\u00e9, x: y"], "b": null}"#);
    assert_signed(&request, signed, "1700000000");
    for bytes in ["", "not JSON"] {
        let request = sent(PortEvent::bytes(bytes).agent()).await;
        assert_eq!(request.body, bytes.as_bytes());
        assert_signed(&request, bytes.as_bytes(), "1700000000");
    }
    // What differs in white space alone would not be tampered with for a receiver that allows for the agent.
    let request = sent(event().tampered()).await;
    assert_eq!(request.body, br#"{"a": [1, "\u00e9, x: y"], "b": null, "tampered": true}"#);
    assert_signed(&request, signed, "1700000000");
    for (event, tampered) in [
        (PortEvent::json(json!([1])), "[[1]]"),
        (PortEvent::json(json!(1)), "[1]"),
        (PortEvent::bytes(""), "x"),
    ] {
        let request = sent(event.agent().tampered()).await;
        assert_eq!(String::from_utf8_lossy(&request.body), tampered);
    }
}

#[tokio::test]
async fn headers_of_an_action_are_sent_and_not_shown() {
    let receiver = Receiver::start().await;
    let port = live().start().await.unwrap();
    let event = PortEvent::json(json!({}))
        .header("Authorization", "Bearer hush")
        .header("RUN_ID", "r_1")
        .header("Content-Type", "application/x")
        .header("X-Port-Signature", "v1,forged")
        .header("Host", "elsewhere.example.com")
        .to_url(receiver.uri().replace("//", "//me:hush@"));
    let shown = format!("{event:?}");
    let deliveries = port.emit(event).await;
    let request = &receiver.received().await[0];
    assert_eq!(header(request, "run_id"), Some("r_1"));
    assert_eq!(header(request, "content-type"), Some("application/x"));
    assert_signed(request, b"{}", "1700000000");
    let shown = format!("{shown} {deliveries:?} {}", json!(deliveries));
    assert!(!shown.contains("hush"), "{shown}");
}

#[tokio::test]
async fn an_answer_is_read_back_with_status_and_body() {
    for (status, answer, response, delivered) in [
        (200, r#"{"replicas":3}"#, json!({ "replicas": 3 }), true),
        (201, "[1]", json!([1]), true),
        (200, "done", json!("done"), true),
        (202, "", json!(""), true),
        (422, r#"{"error":"too many"}"#, json!({ "error": "too many" }), false),
    ] {
        let receiver = ScriptedServer::start([Script::response(status, answer)]).await.unwrap();
        let port = live().start().await.unwrap();
        let event = PortEvent::invocation("scale", "r_1", pay(1), json!({})).to_url(receiver.uri());
        let deliveries = port.emit(event).await;
        let delivery = &deliveries[0];
        assert_eq!((delivery.status(), delivery.response()), (Some(status), Some(response.clone())));
        assert_eq!((delivery.is_delivered(), delivery.attempts.len()), (delivered, 1), "it is called once");
        assert_eq!(json!(deliveries)[0]["response"], response);
        assert_eq!(port.deliveries()[0].response(), Some(response));
    }
    let gone = ScriptedServer::start([]).await.unwrap().uri();
    let port = live().deliveries(Deliveries::new().attempts(2)).start().await.unwrap();
    let deliveries = port.emit(PortEvent::bytes("").to_url(gone)).await;
    assert_eq!((deliveries[0].status(), deliveries[0].response()), (None, None));
    assert_eq!(deliveries[0].attempts.len(), 2, "as often as was asked for");
    let deliveries = port.emit(PortEvent::bytes("").to_url("http://192.0.2.1")).await;
    assert!(matches!(deliveries[0].outcome, DeliveryOutcome::Refused(_)));
}

#[tokio::test]
async fn a_url_and_named_webhooks_get_it_and_nobody_else() {
    let receiver = Receiver::start().await;
    let webhooks = ["a", "b"].map(|identifier| receiver.webhook(identifier));
    let port = FakePort::builder().credentials("id", SECRET).webhooks(webhooks).start().await.unwrap();
    let event = || PortEvent::entity_created(json!({})).to_url(format!("{}/url", receiver.uri()));
    port.emit(event()).await;
    port.emit(event().to("b").duplicated(1)).await;
    let mut paths: Vec<_> =
        receiver.received().await.iter().map(|request| request.url.path().to_owned()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/b", "/b", "/url", "/url", "/url"]);
    for request in receiver.received().await {
        let of_the_webhook = (request.url.path() == "/b").then(|| signature("s3cret", &request.body));
        let sent = header(&request, "x-port-signature").map(str::to_owned);
        assert!(of_the_webhook.is_none_or(|expected| sent == Some(expected)));
        assert_eq!(header(&request, "x-port-timestamp").is_some(), request.url.path() == "/url");
    }
}

#[tokio::test]
async fn live_webhooks_are_called_with_the_client_secret() {
    let receiver = Receiver::start().await;
    let port = live().webhook(receiver.webhook("a")).start().await.unwrap();
    port.emit(PortEvent::change_create(pay(1)).to("a")).await;
    let request = &receiver.received().await[0];
    assert_signed(request, &request.body, "1700000000");

    let port = live().deliveries(Deliveries::new().scheme(SigningScheme::Body)).start().await.unwrap();
    port.emit(PortEvent::bytes("x").to_url(receiver.uri())).await;
    let request = &receiver.received().await[1];
    assert_eq!(header(request, "x-port-signature"), Some(signature(SECRET, b"x").as_str()));
}

#[test]
fn a_mistake_in_an_event_is_named() {
    type Make = fn(PortEvent) -> PortEvent;
    for (make, problem) in [
        (
            (|event| event.method(Method::HEAD)) as Make,
            "method: must be one of POST, PUT, PATCH, GET, DELETE",
        ),
        (|event| event.header("a b", "c"), "headers: a header's name is not valid"),
        (|event| event.header("a", "hush\n"), "headers: a header's value is not valid"),
        (|event| event.set("a/b", json!(1)), "\"a/b\" is not a JSON pointer: it must begin with a slash"),
        (|_| PortEvent::bytes("{}").remove("/a"), "a body of bytes cannot be edited"),
    ] {
        let panicked = std::panic::catch_unwind(|| make(PortEvent::json(json!({})))).unwrap_err();
        assert_eq!(panicked.downcast_ref::<String>().map(String::as_str), Some(problem));
    }
}
