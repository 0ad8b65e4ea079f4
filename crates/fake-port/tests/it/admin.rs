//! The routes for tests in other languages.

use fake_port::{Builder, Deliveries, FakePort, Fault, FaultPlan, Profile, Recording};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, subscription};
use crate::deliveries::Receiver;

fn builder() -> Builder {
    FakePort::builder().record(Recording::Last(100)).admin(true)
}

async fn serve() -> FakePort {
    builder().webhook(subscription("a")).serve().await.unwrap()
}

async fn ask(port: &FakePort, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let response = send(port, method, path, body).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn send(port: &FakePort, method: &str, path: &str, body: Option<Value>) -> reqwest::Response {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = http.request(method, format!("{}/_fake{path}", port.uri()));
    if let Some(body) = body {
        request = request.body(body.to_string());
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    response
}

/// What a request that is served is answered with.
async fn served(port: &FakePort, method: &str, path: &str, body: Option<Value>) -> Value {
    let (status, answer) = ask(port, method, path, body).await;
    assert_eq!((status, &answer["ok"]), (200, &json!(true)), "{answer}");
    answer
}

/// The message of a request that is refused with this status.
async fn refused(port: &FakePort, method: &str, path: &str, body: Option<Value>, status: u16) -> String {
    let (got, answer) = ask(port, method, path, body).await;
    assert_eq!((got, &answer["ok"]), (status, &json!(false)), "{answer}");
    answer["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_says_what_it_is() {
    let port = builder().profile(Profile::Live).serve().await.unwrap();
    let about = served(&port, "GET", "", None).await;
    assert_eq!((&about["profile"], &about["clientId"]), (&json!("live"), &json!("fake-client-id")));
    assert_eq!(served(&port, "GET", "/", None).await["counts"]["connections"], 2);
    assert!(!about.to_string().contains(port.client_secret()));
}

#[tokio::test]
async fn admin_request_is_not_counted_recorded_or_made_to_fail() {
    let port = serve().await;
    port.inject(Fault::status(500).always());
    served(&port, "GET", "/counts", None).await;
    served(&port, "GET", "/requests", None).await;
    assert_eq!((port.counts().requests, port.counts().faults, port.requests().len()), (0, 0, 0));
}

#[tokio::test]
async fn the_routes_are_there_only_when_they_are_asked_for() {
    let port = FakePort::builder().serve().await.unwrap();
    assert_eq!(Client::of(&port).get("/_fake").await.refused(404, "not_found"), "no such route");
    let port = serve().await;
    assert_eq!(refused(&port, "GET", "/nothing", None, 404).await, "no such route of the fake");
    assert_eq!(refused(&port, "GET", "/webhooks/a", None, 404).await, "no such route of the fake");
    assert_eq!(Client::of(&port).get("/_fakes").await.refused(404, "not_found"), "no such route");
}

#[tokio::test]
async fn another_method_is_told_which_ones_the_route_knows() {
    let port = serve().await;
    for (path, allow) in [
        ("", "GET"),
        ("/webhooks", "GET, POST, PUT, DELETE"),
        ("/faults", "GET, POST, DELETE"),
        ("/faults/plan", "PUT, DELETE"),
        ("/faults/1", "DELETE"),
        ("/events", "POST"),
        ("/ingested", "GET"),
        ("/entities", "GET"),
        ("/deliveries", "GET, DELETE"),
        ("/requests", "GET, DELETE"),
        ("/ledger", "GET"),
        ("/counts", "GET"),
        ("/tokens", "POST"),
        ("/tokens/expire", "POST"),
        ("/tokens/revoke", "POST"),
        ("/clock", "POST"),
        ("/reset", "POST"),
    ] {
        assert_eq!(refused(&port, "PATCH", path, None, 405).await, "this route does not know this method");
        assert_eq!(send(&port, "PATCH", path, None).await.headers()["allow"], allow, "{path}");
        // The route has exactly the methods in its `Allow` header.
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let known = send(&port, method, path, None).await.status() != 405;
            assert_eq!(known, allow.split(", ").any(|allowed| allowed == method), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn pages_in_a_browser_are_refused() {
    let port = serve().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/_fake/webhooks", port.uri());
    for (name, value) in [("origin", "http://127.0.0.1:1"), ("host", "attacker.example.com")] {
        let response = http.delete(&url).header(name, value).send().await.unwrap();
        assert_eq!(response.status(), 403);
    }
    assert_eq!(port.webhooks().len(), 1);
}

#[tokio::test]
async fn webhooks_are_seeded_replaced_and_taken_away() {
    let port = serve().await;
    served(&port, "POST", "/webhooks", Some(subscription("b"))).await;
    served(&port, "POST", "/webhooks", Some(json!([subscription("c")]))).await;
    let file = served(&port, "POST", "/webhooks", Some(json!({ "webhooks": [subscription("d")] }))).await;
    assert_eq!(file["webhooks"], json!(port.webhooks()));
    assert_eq!(port.webhooks().len(), 4);
    let bad = json!([subscription("e"), subscription("a")]);
    let message = refused(&port, "POST", "/webhooks", Some(bad), 400).await;
    assert_eq!(message, "cannot store seed 1: identifier: another webhook has it");
    let message = refused(&port, "PUT", "/webhooks", Some(json!([{}])), 400).await;
    assert_eq!(message, "cannot store seed 0: identifier: is required");
    for bad in [json!(1), json!({ "webhooks": 1 }), json!({ "webhooks": [], "more": 1 })] {
        refused(&port, "PUT", "/webhooks", Some(bad), 400).await;
    }
    assert_eq!(port.webhooks().len(), 4, "all or none");

    let file = served(&port, "GET", "/webhooks", None).await;
    served(&port, "PUT", "/webhooks", Some(file.clone())).await;
    assert_eq!(file["webhooks"], json!(port.webhooks()), "what is answered can be given back");
    served(&port, "DELETE", "/webhooks", None).await;
    assert_eq!(port.webhooks(), Vec::<Value>::new());
    for body in [
        json!({ "ok": true, "integrations": [subscription("x")] }),
        json!({ "ok": true, "webhook": subscription("y") }),
    ] {
        served(&port, "POST", "/webhooks", Some(body)).await;
    }
    assert!(port.webhook("x").is_some() && port.webhook("y").is_some(), "a response of the API is a seed");
    let seeds = fake_port::parse_seeds(&file.to_string()).unwrap();
    served(&port, "PUT", "/webhooks", Some(json!(seeds))).await;
    assert_eq!(file["webhooks"], json!(port.webhooks()), "what is read is a seed file");
}

#[tokio::test]
async fn faults_are_injected_and_taken_back() {
    let port = serve().await;
    let client = Client::of(&port);
    let faults = json!([
        { "fault": { "status": { "code": 503 } }, "on": ["get"], "identifier": "a", "times": 2 },
        { "fault": { "rateLimited": { "hint": { "seconds": 7 } } }, "times": "always", "on": ["list"] },
    ]);
    let ids = served(&port, "POST", "/faults", Some(faults.clone())).await["ids"].clone();
    assert_eq!(client.get("/v1/webhooks/a").await.status, 503);
    assert_eq!(client.get("/v1/webhooks").await.headers["retry-after"], "7");
    let listed = served(&port, "GET", "/faults", None).await;
    assert_eq!(listed["faults"][0]["fault"]["fault"]["status"]["code"], 503);
    let found: Vec<_> =
        listed["faults"].as_array().unwrap().iter().map(|one| [&one["hits"], &one["left"]]).collect();
    assert_eq!(found, [[&json!(1), &json!(1)], [&json!(1), &json!("always")]]);
    served(&port, "DELETE", &format!("/faults/{}", ids[1]), None).await;
    assert_eq!(
        refused(&port, "DELETE", &format!("/faults/{}", ids[1]), None, 404).await,
        "no fault has this id"
    );
    assert_eq!(client.get("/v1/webhooks").await.status, 200);
    served(&port, "DELETE", "/faults", None).await;
    assert_eq!(client.get("/v1/webhooks/a").await.status, 200);

    served(
        &port,
        "POST",
        "/faults",
        Some(json!({ "fault": { "script": { "steps": ["hang"] } }, "on": ["token"] })),
    )
    .await;
    let plan = json!({ "seed": 7, "share": 1, "faults": [{ "fault": { "notOk": { "error": "e", "message": "m" } } }] });
    served(&port, "PUT", "/faults/plan", Some(plan)).await;
    assert_eq!(client.get("/v1/webhooks/a").await.body, json!({ "ok": false, "error": "e", "message": "m" }));
    assert_eq!(served(&port, "GET", "/faults", None).await["plan"]["seed"], 7);
}

#[tokio::test]
async fn bad_faults_are_refused_with_their_place() {
    let port = serve().await;
    for (fault, message) in [
        (json!({ "fault": { "status": { "code": 42 } } }), "status: 42 is not between 200 and 599"),
        (json!({ "fault": "drop", "on": ["steal"] }), "on[0]: unknown variant `steal`"),
        (json!({ "fault": "drop", "sometimes": 1 }), "sometimes: unknown field `sometimes`"),
        (json!({ "fault": "explode" }), "fault: unknown variant `explode`"),
        (json!({ "fault": "drop", "times": "twice" }), "times: expected a number of times or \"always\""),
        (
            json!({ "fault": { "status": { "code": 200, "headers": [["a", "b\n"]] } } }),
            "the value of the header a is not valid",
        ),
        (
            json!({ "fault": { "status": { "code": 200, "headers": ["authorization: hush, expected hush"] } } }),
            "fault.status.headers[0]: invalid type: string, expected",
        ),
        (json!({ "on": [] }), "missing field `fault`"),
        (
            json!({ "fault": { "paging": { "how": "ignored" } }, "on": ["get"] }),
            "paging: cannot apply to the operations",
        ),
    ] {
        let message_alone = refused(&port, "POST", "/faults", Some(fault.clone()), 400).await;
        assert!(message_alone.starts_with(message), "{message_alone}");
        let listed = refused(&port, "POST", "/faults", Some(json!([{ "fault": "drop" }, fault])), 400).await;
        assert!(listed.starts_with(&format!("[1]: {message}")), "{listed}");
        assert!(!listed.contains("hush"), "{listed}");
    }
    let plan = json!({ "seed": 1, "share": 2, "faults": [] });
    assert_eq!(
        refused(&port, "PUT", "/faults/plan", Some(plan), 400).await,
        "share: 2 is not between 0 and 1"
    );
    assert_eq!(served(&port, "GET", "/faults", None).await["faults"], json!([]));
}

#[tokio::test]
async fn events_are_emitted() {
    let receiver = Receiver::start().await;
    let port = builder().webhook(receiver.webhook("a")).serve().await.unwrap();
    let event = |number: u8| json!({ "event": "entity.created", "data": { "entity": { "number": number } } });
    let one = served(&port, "POST", "/events", Some(event(1))).await;
    assert_eq!(
        (&one["deliveries"][0]["outcome"], &one["deliveries"][0]["webhook"]),
        (&json!("delivered"), &json!("a"))
    );
    assert_eq!(one["deliveries"][0]["body"]["data"]["entity"]["number"], 1);
    assert_eq!(one["deliveries"][0]["headers"]["content-type"], json!(["application/json"]));
    served(&port, "POST", "/events", Some(json!([event(2), event(3)]))).await;
    served(&port, "POST", "/events", Some(json!({ "events": [event(4), event(5)], "order": "reversed" })))
        .await;
    let number = |request: &wiremock::Request| {
        request.body_json::<Value>().unwrap()["data"]["entity"]["number"].as_u64().unwrap()
    };
    assert!(receiver.received().await.iter().map(number).eq([1, 2, 3, 5, 4]));
    assert_eq!(served(&port, "GET", "/deliveries", None).await["deliveries"].as_array().unwrap().len(), 5);
    served(&port, "DELETE", "/deliveries", None).await;
    assert_eq!(served(&port, "GET", "/deliveries", None).await["deliveries"], json!([]));
    let many = vec![json!({ "json": 1, "duplicated": 1000 }); 10];
    let message = refused(&port, "POST", "/events", Some(json!(many)), 400).await;
    assert_eq!(message, "this could be more than 10000 deliveries");
    let message = refused(&port, "POST", "/events", Some(json!({ "event": "a" })), 400).await;
    assert_eq!(
        message,
        "an event has one body: `event` and `data`, `json`, `text`, `base64`, `change`, `invocation` or `triggerData`"
    );
    let message =
        refused(&port, "POST", "/events", Some(json!([event(1), { "json": 1, "more": 1 }])), 400).await;
    assert!(message.starts_with("[1]: more: unknown field `more`"), "{message}");
}

#[tokio::test]
async fn live_deliveries_are_emitted() {
    let receiver = Receiver::start().await;
    let live = builder().profile(fake_port::Profile::Live).credentials("id", "the-client-secret");
    let port = live.webhook(receiver.webhook("a")).serve().await.unwrap();
    let entity = json!({ "identifier": "pay", "blueprint": "svc" });
    let url = receiver.uri();
    let bodies = [
        (json!({ "change": { "create": entity }, "to": ["a"] }), "POST", "/action", json!("CREATE")),
        (
            json!({ "change": { "update": { "before": entity, "after": entity } } }),
            "POST",
            "/action",
            json!("UPDATE"),
        ),
        (json!({ "change": { "delete": entity } }), "POST", "/action", json!("DELETE")),
        (
            json!({ "change": { "timer": { "blueprint": "svc", "entity": "pay" } }, "method": "PATCH" }),
            "PATCH",
            "/context/entity",
            json!("pay"),
        ),
        (
            json!({ "change": { "blueprint": { "after": entity } } }),
            "POST",
            "/resourceType",
            json!("blueprint"),
        ),
        (
            json!({ "change": { "run": { "after": { "id": "r_1", "action": "scale" } } } }),
            "POST",
            "/context/runId",
            json!("r_1"),
        ),
        (
            json!({ "change": { "create": entity }, "forwarded": true }),
            "POST",
            "/context/entityIdentifier",
            json!("pay"),
        ),
        (
            json!({ "invocation": { "action": "scale", "runId": "r_1", "entity": entity, "inputs": { "n": 3 } } }),
            "POST",
            "/payload/properties/n",
            json!(3),
        ),
        (
            json!({ "triggerData": { "action": "scale", "runId": "r_1" }, "set": { "/inputs/n": 3 }, "remove": ["/run"] }),
            "POST",
            "/inputs/n",
            json!(3),
        ),
        (
            json!({ "triggerData": { "action": "on", "runId": "r_2", "change": { "create": entity } }, "agent": true }),
            "POST",
            "/event/diff/after/identifier",
            json!("pay"),
        ),
        (json!({ "json": [1, null] }), "POST", "/0", json!(1)),
        (json!({ "json": null, "method": "PUT", "headers": { "RUN_ID": "r_1" } }), "PUT", "", json!(null)),
        (json!({ "text": "not JSON" }), "POST", "", json!("not JSON")),
        (json!({ "text": "", "method": "DELETE" }), "DELETE", "", json!("")),
        (json!({ "base64": "eyJhIjoxfQ==", "milliseconds": true }), "POST", "/a", json!(1)),
    ];
    for (mut event, method, place, value) in bodies {
        if event.get("to").is_none() {
            event["url"] = json!(url);
        }
        let answer = served(&port, "POST", "/events", Some(event.clone())).await;
        let delivery = &answer["deliveries"][0];
        assert_eq!(
            (&delivery["outcome"], &delivery["method"]),
            (&json!("delivered"), &json!(method)),
            "{event}"
        );
        assert_eq!(delivery["body"].pointer(place), Some(&value), "{event} became {delivery}");
        assert_eq!(delivery["response"], "answered 200");
        let digits = delivery["headers"]["x-port-timestamp"][0].as_str().unwrap().len();
        assert_eq!(digits, if event.get("milliseconds").is_some() { 13 } else { 10 });
    }
    let sent = receiver.received().await;
    assert_eq!((sent.len(), sent[11].headers["run_id"].to_str().unwrap()), (15, "r_1"));
    assert!(String::from_utf8_lossy(&sent[9].body).starts_with("{\"action\": {"), "the agent's spaces");
}

#[tokio::test]
async fn a_wrong_live_delivery_is_refused_with_its_place() {
    let port = serve().await;
    for (event, problem) in [
        (json!({ "json": 1, "text": "" }), "an event has one body: "),
        (json!({ "text": "x", "forwarded": true }), "`forwarded` needs a `change`"),
        (json!({ "text": "x", "set": { "/a": 1 } }), "set: a body of bytes cannot be edited"),
        (
            json!({ "json": 1, "remove": ["a"] }),
            "remove: \"a\" is not a JSON pointer: it must begin with a slash",
        ),
        (json!({ "json": 1, "method": "HEAD" }), "method: must be one of POST, PUT, PATCH, GET, DELETE"),
        (json!({ "json": 1, "method": "no method" }), "method: must be one of POST, PUT, PATCH, GET, DELETE"),
        (json!({ "json": 1, "headers": { "a": "hush\n" } }), "headers: a header's value is not valid"),
        (json!({ "base64": "?" }), "base64: "),
        (json!({ "change": { "moved": {} } }), "change: unknown variant `moved`"),
        (json!({ "change": { "create": "pay" } }), "change.create: invalid type: string"),
        (json!({ "invocation": { "action": "scale" } }), "invocation: missing field `runId`"),
        (
            json!({ "triggerData": { "action": "a", "runId": "r", "inputs": {}, "change": { "create": {} } } }),
            "triggerData: an automation has a `change`, and neither `entity` nor `inputs`",
        ),
    ] {
        let message = refused(&port, "POST", "/events", Some(event.clone()), 400).await;
        assert!(message.starts_with(problem), "{event}: {message}");
    }
}

#[tokio::test]
async fn requests_are_read_back_without_credentials() {
    let port = serve().await;
    let client = Client::of(&port);
    client.ask_token(port.client_id(), port.client_secret()).await;
    client.get("/v1/webhooks/a?x=1").await;
    client.get("/v1/webhooks/b").await;
    client.post(subscription("c")).await;
    let all = served(&port, "GET", "/requests", None).await;
    for secret in [port.client_secret(), "fake-token-"] {
        assert!(!all.to_string().contains(secret), "{all}");
    }
    let requests = all["requests"].as_array().unwrap();
    assert_eq!((requests.len(), &requests[0]["body"]), (4, &json!("[masked]")));
    let get = &requests[1];
    assert_eq!(
        (&get["method"], &get["path"], &get["operation"]),
        (&json!("GET"), &json!("/v1/webhooks/a"), &json!("get"))
    );
    assert_eq!(
        (&get["query"], &get["identifier"], &get["status"]),
        (&json!([["x", "1"]]), &json!("a"), &json!(200))
    );
    assert_eq!((&get["headers"]["authorization"], &get["body"]), (&json!(["[masked]"]), &Value::Null));
    assert_eq!(requests[3]["body"]["identifier"], "c");
    for (query, numbers) in [
        ("operation=get", &[2, 3][..]),
        ("operation=get&status=404", &[3]),
        ("identifier=a", &[2]),
        ("status=201&operation=create", &[4]),
    ] {
        let some = served(&port, "GET", &format!("/requests?{query}"), None).await;
        let some = some["requests"].as_array().unwrap();
        assert!(
            some.iter().map(|one| one["number"].as_u64().unwrap()).eq(numbers.iter().copied()),
            "{query}"
        );
    }
    for (query, message) in
        [("color=red", "color: "), ("operation=x", "operation: "), ("status=x", "status: ")]
    {
        let text = refused(&port, "GET", &format!("/requests?{query}"), None, 400).await;
        assert!(text.starts_with(message), "{text}");
    }
    let ledger = served(&port, "GET", "/ledger", None).await;
    assert_eq!(
        (&ledger["ledger"][0]["operation"], &ledger["ledger"][0]["response"]),
        (&json!("create"), &json!("real"))
    );
    assert_eq!(served(&port, "GET", "/counts", None).await["counts"]["writes"], 1);
    served(&port, "DELETE", "/requests", None).await;
    assert!(port.requests().is_empty());
}

#[tokio::test]
async fn tokens_and_time_are_moved() {
    let port = serve().await;
    let token = served(&port, "POST", "/tokens", None).await["accessToken"].as_str().unwrap().to_owned();
    let client = Client::stranger(&port).with_token(token);
    assert_eq!(client.get("/v1/webhooks").await.status, 200);
    served(&port, "POST", "/clock", Some(json!({ "advanceSeconds": 10800.5 }))).await;
    assert_eq!(client.get("/v1/webhooks").await.status, 401);
    for route in ["/tokens/expire", "/tokens/revoke"] {
        let client = Client::of(&port);
        assert_eq!(client.get("/v1/webhooks").await.status, 200);
        served(&port, "POST", route, None).await;
        assert_eq!(client.get("/v1/webhooks").await.status, 401);
    }
    for bad in [
        json!({ "advanceSeconds": -1 }),
        json!({ "advanceSeconds": 1e300 }),
        json!({}),
        json!([]),
        json!({ "x": 1 }),
    ] {
        refused(&port, "POST", "/clock", Some(bad), 400).await;
    }
}

#[tokio::test]
async fn what_would_have_no_effect_is_refused() {
    let port = serve().await;
    for path in ["/reset", "/tokens", "/tokens/expire", "/tokens/revoke"] {
        let message = refused(&port, "POST", path, Some(json!({ "force": true })), 400).await;
        assert!(message.starts_with("force: unknown field `force`"), "{message}");
        served(&port, "POST", path, Some(json!({}))).await;
    }
    for (method, path, message) in [
        ("GET", "/ledger?page=1", "page: this route takes no query"),
        ("GET", "/requests?path=a", "path: not a filter; there are operation, identifier, status"),
        // Would forget all requests, not these alone.
        ("DELETE", "/requests?status=404", "status: this route takes no query"),
    ] {
        assert_eq!(refused(&port, method, path, None, 400).await, message);
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_or_too_long_is_refused() {
    let port = serve().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/_fake/webhooks", port.uri());
    let response = http.post(&url).body("{").send().await.unwrap();
    assert_eq!(response.status(), 400);
    let message = response.json::<Value>().await.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("the body is not valid JSON: "), "{message}");
    let response = http.post(&url).body(vec![b' '; 16 * 1024 * 1024 + 1]).send().await.unwrap();
    assert_eq!(response.status(), 413);
}

#[tokio::test]
async fn everything_is_as_at_the_start_after_a_reset() {
    let plan = FaultPlan::seeded(3).share(0.0);
    let port = builder()
        .webhook(subscription("a"))
        .faults(plan)
        .deliveries(Deliveries::new())
        .serve()
        .await
        .unwrap();
    let before = port.snapshot();
    let client = Client::of(&port);
    client.delete("/v1/webhooks/a").await;
    client.post(subscription("b")).await;
    port.inject(Fault::status(500).always());
    port.follow(FaultPlan::seeded(4));
    served(&port, "POST", "/clock", Some(json!({ "advanceSeconds": 1e6 }))).await;
    served(&port, "POST", "/reset", None).await;
    assert_eq!(port.snapshot(), before);
    assert_eq!((port.requests().len(), port.ledger().len(), port.counts().requests), (0, 0, 0));
    let faults = served(&port, "GET", "/faults", None).await;
    assert_eq!((&faults["faults"], &faults["plan"]["seed"]), (&json!([]), &json!(3)));
    assert_eq!(Client::of(&port).get("/v1/webhooks").await.identifiers("webhooks"), ["a"]);
    assert_eq!(client.get("/v1/webhooks").await.status, 401, "no old token is good, nor made again");
}
