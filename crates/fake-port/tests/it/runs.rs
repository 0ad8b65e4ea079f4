//! Runs: invoking an action, and what services report.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_port::{Deliveries, FakePort, Fault, Profile, RequestLimit, Route, WriteResponse};
use serde_json::{Value, json};

use crate::client::Client;
use crate::deliveries::{Receiver, mac};

async fn fake() -> FakePort {
    let builder = FakePort::builder().profile(Profile::Live).admin(true);
    builder.run(json!({ "id": "r_1" })).run(json!({ "id": "wfnr_1" })).start().await.unwrap()
}

fn action(url: &str, more: &Value) -> Value {
    let mut action = json!({
        "identifier": "scale",
        "title": "Scale",
        "trigger": { "type": "self-service", "operation": "CREATE" },
        "invocationMethod": { "type": "WEBHOOK", "url": url },
    });
    for (pointer, value) in more.as_object().unwrap() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        action.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    action
}

fn set_of(port: &FakePort, id: &str) -> Vec<Value> {
    port.run(id).unwrap().history.iter().map(|change| json!(change.set)).collect()
}

#[tokio::test]
async fn report_changes_the_run_and_is_in_its_history() {
    let port = fake().await;
    let client = Client::of(&port);
    let progress = json!({ "statusLabel": "Building", "link": "https://a", "externalRunId": "b-1" });
    let answer = client.send("PATCH", "/v1/actions/runs/r_1?version=v2", progress).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["run"]["link"], json!(["https://a"]));
    assert_eq!(answer.body["run"]["endedAt"], Value::Null);
    let end = json!({ "status": "SUCCESS", "summary": "done" });
    let ended = client.send("PATCH", "/v1/actions/runs/r_1", end.clone()).await.body;
    assert_eq!(ended, client.get("/v1/actions/runs/r_1").await.body);
    assert!(ended["run"]["endedAt"].is_string());

    let run = port.run("r_1").unwrap();
    assert_eq!((run.status(), run.summary(), run.endings()), ("SUCCESS", Some("done"), 1));
    assert_eq!(run.history[1].set, *end.as_object().unwrap());
    assert_eq!((run.history[1].by.as_str(), run.history[1].request), ("fake-user-id", Some(2)));
    let write = &port.ledger()[1];
    assert_eq!((write.operation, write.identifier.as_str()), (Route::UpdateRun, "r_1"));
    assert_eq!(
        (&write.before.as_ref().unwrap()["status"], &write.after),
        (&json!("IN_PROGRESS"), &Some(json!(run.fields)))
    );
    port.requests().on("r_1").assert_order([Route::UpdateRun, Route::UpdateRun, Route::GetRun]);
}

#[tokio::test]
async fn run_that_has_ended_accepts_no_reports() {
    let port = fake().await;
    let client = Client::of(&port);
    let last = json!({ "message": "No quota", "terminationStatus": "FAILURE", "statusLabel": "Quota" });
    assert_eq!(client.send("POST", "/v1/actions/runs/r_1/logs", last.clone()).await.status, 201);
    let node = json!({ "status": "COMPLETED", "result": "FAILED", "output": { "n": 1 } });
    assert_eq!(client.send("PATCH", "/v1/workflows/nodes/runs/wfnr_1", node.clone()).await.status, 200);
    let ended = [port.run("r_1"), port.run("wfnr_1")];
    for (method, path, body) in [
        ("POST", "/v1/actions/runs/r_1/logs", last),
        ("POST", "/v1/actions/runs/r_1/logs", json!({ "message": "one more" })),
        ("PATCH", "/v1/actions/runs/r_1", json!({ "status": "FAILURE" })),
        ("PATCH", "/v1/actions/runs/r_1", json!({ "statusLabel": "late" })),
        ("PATCH", "/v1/workflows/nodes/runs/wfnr_1", node),
        (
            "POST",
            "/v1/workflows/nodes/runs/wfnr_1/logs",
            json!({ "logs": [{ "level": "INFO", "message": "x" }] }),
        ),
    ] {
        let message = client.send(method, path, body).await;
        assert_eq!(message.refused(409, "conflict"), "the run has ended", "{method} {path}");
    }
    assert_eq!([port.run("r_1"), port.run("wfnr_1")], ended);
    let [action, node] = ended.map(Option::unwrap);
    assert_eq!((action.status(), action.messages()), ("FAILURE", vec!["No quota"]));
    assert_eq!((node.status(), node.result()), ("COMPLETED", Some("FAILED")));
    assert_eq!(set_of(&port, "r_1"), [json!({ "status": "FAILURE", "statusLabel": "Quota" })]);
}

#[tokio::test]
async fn log_is_read_by_pages_in_the_order_of_writing() {
    let port = fake().await;
    let logs: Vec<_> = (0..60).map(|number| number.to_string()).collect();
    port.seed_run(json!({ "id": "r_2", "logs": logs })).unwrap();
    let client = Client::of(&port);
    for (query, from, to) in [
        ("", 0, 50),
        ("?limit=1", 0, 1),
        ("?limit=50&offset=50", 50, 60),
        ("?offset=58", 58, 60),
        ("?offset=60", 60, 60),
    ] {
        let page = client.get(&format!("/v1/actions/runs/r_2/logs{query}")).await.body;
        let found: Vec<_> =
            page["runLogs"].as_array().unwrap().iter().map(|log| log["message"].clone()).collect();
        assert_eq!(found, (from..to).map(|number| json!(number.to_string())).collect::<Vec<_>>(), "{query}");
    }
    let written =
        client.send("POST", "/v1/actions/runs/r_2/logs", json!({ "message": "one\ntwo" })).await.body;
    assert_eq!(
        (&written["runLog"]["message"], &written["runLog"]["runId"]),
        (&json!("one\ntwo"), &json!("r_2"))
    );
    let last = client.get("/v1/actions/runs/r_2/logs?offset=60").await.body;
    assert_eq!(last["runLogs"], json!([written["runLog"]]));
}

#[tokio::test]
async fn wrong_reports_are_rejected_and_change_nothing() {
    let port = fake().await;
    let client = Client::of(&port);
    let before = port.runs();
    let (run, node) = ("/v1/actions/runs/r_1", "/v1/workflows/nodes/runs/wfnr_1");
    for (method, path, body, message) in [
        ("PATCH", run, json!({ "status": "IN_PROGRESS" }), "status: must be one of SUCCESS, FAILURE"),
        ("PATCH", run, json!({ "color": 1 }), "color: unknown property"),
        ("PATCH", run, json!({ "summary": null }), "summary: must be a string"),
        ("PATCH", run, json!({ "link": 1 }), "link: must be a string or an array of strings"),
        ("PATCH", run, json!({ "link": ["a", 1] }), "link[1]: must be a string"),
        ("PATCH", run, json!({ "message": "x" }), "message: must be an object"),
        ("PATCH", run, json!([]), "body: must be an object"),
        ("PATCH", &format!("{run}?version=v3"), json!({}), "version: must be v1 or v2"),
        ("POST", &format!("{run}/logs"), json!({}), "message: is required"),
        ("POST", &format!("{run}/logs"), json!({ "message": 1 }), "message: must be a string"),
        (
            "POST",
            &format!("{run}/logs"),
            json!({ "message": "x", "terminationStatus": "DONE" }),
            "terminationStatus: must be one of SUCCESS, FAILURE",
        ),
        (
            "POST",
            &format!("{run}/logs"),
            json!({ "message": "x", "level": "INFO" }),
            "level: unknown property",
        ),
        ("GET", &format!("{run}/logs?limit=0"), json!({}), "limit: must be a whole number from 1 to 50"),
        ("GET", &format!("{run}/logs?limit=51"), json!({}), "limit: must be a whole number from 1 to 50"),
        ("GET", &format!("{run}/logs?offset=-1"), json!({}), "offset: must be a whole number from 0"),
        ("GET", "/v1/actions/runs?limit=1001", json!({}), "limit: must be a whole number from 1 to 1000"),
        (
            "PATCH",
            &format!("{run}/approval"),
            json!({ "status": "YES" }),
            "status: must be one of APPROVE, DECLINE",
        ),
        ("PATCH", &format!("{run}/approval"), json!({}), "status: is required"),
        ("PATCH", node, json!({ "status": "SUCCESS" }), "status: must be one of IN_PROGRESS, COMPLETED"),
        ("PATCH", node, json!({ "status": "COMPLETED" }), "result: is required with the status COMPLETED"),
        ("PATCH", node, json!({ "result": "SUCCESS" }), "status: must be COMPLETED with a result"),
        ("PATCH", node, json!({ "output": [] }), "output: must be an object"),
        ("POST", &format!("{node}/logs"), json!({ "logs": [] }), "logs: must not be empty"),
        (
            "POST",
            &format!("{node}/logs"),
            json!({ "logs": [{ "level": "INFO", "message": "a" }, { "level": "info", "message": "b" }] }),
            "logs[1].level: must be one of DEBUG, INFO, WARN, ERROR",
        ),
    ] {
        let answer = client.send(method, path, body).await;
        assert_eq!(answer.refused(422, "validation_error"), message, "{method} {path}");
    }
    let large = json!({ "message": "x".repeat(1024 * 1024) });
    client.send("POST", &format!("{run}/logs"), large).await.refused(413, "payload_too_large");
    let approval = client.send("PATCH", &format!("{run}/approval"), json!({ "status": "APPROVE" })).await;
    assert_eq!(approval.refused(409, "conflict"), "the run does not wait for approval");
    for (method, path) in [
        ("GET", "/v1/actions/runs/r_9"),
        ("PATCH", "/v1/actions/runs/r_9"),
        ("POST", "/v1/actions/runs/r_9/logs"),
        // Each kind of run has its own routes.
        ("PATCH", "/v1/actions/runs/wfnr_1"),
        ("PATCH", "/v1/workflows/nodes/runs/r_1"),
    ] {
        let answer = client.send(method, path, json!({ "message": {} })).await;
        assert!(matches!(answer.status, 404 | 422), "{method} {path}: {}", answer.body);
        let body = if path.ends_with("logs") { json!({ "message": "x" }) } else { json!({}) };
        client.send(method, path, body).await.refused(404, "not_found");
    }
    let methods = client.send("DELETE", run, json!({})).await;
    methods.refused(405, "method_not_allowed");
    assert_eq!(methods.headers["allow"], "GET, PATCH");
    client.get("/v1/actions/runs/r_1/other").await.refused(404, "not_found");
    assert_eq!(port.runs(), before);
    assert!(port.ledger().is_empty());
}

#[tokio::test]
async fn runs_are_found_by_external_id_newest_first() {
    let port = fake().await;
    for (id, external) in [("r_2", "b-1"), ("r_3", "b-2"), ("r_4", "b-1")] {
        port.seed_run(json!({ "id": id, "externalRunId": external })).unwrap();
    }
    let client = Client::of(&port);
    for (query, expected) in [
        ("?external_run_id=b-1", &["r_4", "r_2"][..]),
        ("?external_run_id=no", &[]),
        ("?limit=2", &["r_4", "r_3"]),
        ("", &["r_4", "r_3", "r_2", "r_1"]),
    ] {
        let body = client.get(&format!("/v1/actions/runs{query}")).await.body;
        let ids: Vec<_> =
            body["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{query}");
    }
}

#[tokio::test]
async fn invocation_is_rendered_and_signed_as_port_does() {
    let (port, receiver) = (fake().await, Receiver::start().await);
    let url = format!("{}/{{{{ .inputs.kind }}}}", receiver.uri());
    let action = action(
        &url,
        &json!({
            "/trigger/operation": "DAY-2",
            "/trigger/blueprintIdentifier": "service",
            "/trigger/userInputs": {
                "properties": { "kind": { "type": "string" }, "replicas": { "type": "number", "default": 3 } },
                "required": ["kind"],
            },
            "/invocationMethod/method": "PUT",
            "/invocationMethod/headers": { "RUN_ID": "{{ .run.id }}", "x-many": "{{ .inputs.replicas }}" },
            "/invocationMethod/body": {
                "{{ spreadValue() }}": "{{ .inputs }}",
                "on": "{{ .entity.identifier }}",
                "by": "{{ .trigger.by.orgId }}/{{ .trigger.operation }}",
                "wrong": "{{ .a.b[0 }}",
                "port_context": { "runId": "{{ .run.id }}", "blueprint": "{{ .action.blueprint }}" },
            },
        }),
    );
    let entity = json!({ "identifier": "pay", "blueprint": "service" });
    let invoked = port.invoke_on(action, json!({ "kind": "up" }), entity).await.unwrap();
    let id = invoked.run_id.as_str();
    let request = &receiver.received().await[0];
    assert_eq!((request.method.as_str(), request.url.path()), ("PUT", "/up"));
    assert_eq!(
        (&request.headers["run_id"], &request.headers["x-many"]),
        (&id.parse().unwrap(), &"3".parse().unwrap())
    );
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let context = json!({ "runId": id, "blueprint": "service" });
    assert_eq!(
        body,
        json!({ "kind": "up", "replicas": 3, "on": "pay", "by": "fake-org-id/DAY-2", "wrong": null, "port_context": context })
    );
    assert!(
        invoked.problems.len() == 1 && invoked.problems[0].contains("invocationMethod.body/wrong"),
        "{invoked:?}"
    );
    let timestamp = request.headers["x-port-timestamp"].to_str().unwrap();
    let signed = mac("fake-client-secret", &[timestamp.as_bytes(), b".", &request.body]);
    assert_eq!(
        request.headers["x-port-signature"].to_str().unwrap(),
        format!("v1,{}", STANDARD.encode(signed))
    );

    let run = port.run(id).unwrap();
    assert_eq!((run.status(), run.history.len()), ("IN_PROGRESS", 0));
    assert_eq!(run.fields["payload"]["body"], body);
    assert_eq!(
        (&run.fields["properties"]["replicas"], &run.fields["entity"]["identifier"]),
        (&json!(3), &json!("pay"))
    );
    assert_eq!(invoked.delivery.unwrap().run.as_deref(), Some(id));
    assert_eq!(port.deliveries().len(), 1);
}

#[tokio::test]
async fn invocation_without_a_template_has_the_default_body() {
    let (port, receiver) = (fake().await, Receiver::start().await);
    let invoked = port.invoke(action(&receiver.uri(), &json!({})), json!({ "n": 1 })).await.unwrap();
    let body: Value = serde_json::from_slice(&receiver.received().await[0].body).unwrap();
    assert_eq!((&body["action"], &body["context"]["runId"]), (&json!("scale"), &json!(invoked.run_id)));
    assert_eq!(
        (&body["payload"]["properties"], &body["payload"]["action"]["trigger"]),
        (&json!({ "n": 1 }), &json!("CREATE"))
    );
    assert_eq!(body["trigger"]["by"]["orgId"], "fake-org-id");

    for method in ["GET", "DELETE"] {
        let action = action(&receiver.uri(), &json!({ "/invocationMethod/method": method }));
        port.invoke(action, Value::Null).await.unwrap();
        assert!(receiver.received().await.last().unwrap().body.is_empty());
    }
    let agent = json!({ "/invocationMethod/agent": true, "/invocationMethod/body": { "a": 1, "b": "é" } });
    port.invoke(action(&receiver.uri(), &agent), Value::Null).await.unwrap();
    let request = receiver.received().await.pop().unwrap();
    assert_eq!(request.body, br#"{"a": 1, "b": "\u00e9"}"#);
    let timestamp = request.headers["x-port-timestamp"].to_str().unwrap();
    let signed = mac("fake-client-secret", &[timestamp.as_bytes(), b".", br#"{"a":1,"b":"\u00e9"}"#]);
    assert_eq!(
        request.headers["x-port-signature"].to_str().unwrap(),
        format!("v1,{}", STANDARD.encode(signed))
    );
}

#[tokio::test]
async fn answer_to_a_synchronized_invocation_ends_the_run() {
    let port = fake().await;
    let receiver = Receiver::answering([200, 302, 400, 503]).await;
    let synchronized = action(&receiver.uri(), &json!({ "/invocationMethod/synchronized": "{{ true }}" }));
    for (status, end) in [(200, "SUCCESS"), (302, "SUCCESS"), (400, "FAILURE"), (503, "FAILURE")] {
        let run = port.invoke(synchronized.clone(), Value::Null).await.unwrap().run_id;
        let run = port.run(&run).unwrap();
        assert_eq!((run.status(), run.endings()), (end, 1), "{status}");
        assert_eq!(run.response(), Some(&json!(format!("answered {status}"))));
        assert_eq!(run.history[0].by, "port");
    }
    drop(receiver);
    let nobody = action("http://127.0.0.1:1/", &json!({ "/invocationMethod/synchronized": true }));
    let run = port.invoke(nobody, Value::Null).await.unwrap().run_id;
    assert_eq!((port.run(&run).unwrap().status(), port.run(&run).unwrap().response()), ("FAILURE", None));
    // Of an asynchronous one it says nothing.
    let receiver = Receiver::answering([500]).await;
    let run = port.invoke(action(&receiver.uri(), &json!({})), Value::Null).await.unwrap().run_id;
    assert_eq!((port.run(&run).unwrap().status(), port.run(&run).unwrap().response()), ("IN_PROGRESS", None));
}

#[tokio::test]
async fn run_that_needs_approval_is_sent_once_it_is_approved() {
    let (port, receiver) = (fake().await, Receiver::start().await);
    let client = Client::of(&port);
    for required in [json!(true), json!({ "type": "ANY" })] {
        let waits = action(&receiver.uri(), &json!({ "/invocationMethod/synchronized": true }));
        let waits = json!({ "requiredApproval": required, "identifier": "a", "invocationMethod": waits["invocationMethod"] });
        let sent = receiver.received().await.len();
        let [yes, no] =
            [port.invoke(waits.clone(), Value::Null).await, port.invoke(waits, Value::Null).await]
                .map(|invoked| invoked.unwrap().run_id);
        assert_eq!(
            (port.run(&yes).unwrap().status(), receiver.received().await.len()),
            ("WAITING_FOR_APPROVAL", sent)
        );
        let path = |id: &str| format!("/v1/actions/runs/{id}/approval");
        let decline = json!({ "status": "DECLINE", "description": "Not now" });
        let declined = client.send("PATCH", &path(&no), decline).await;
        assert_eq!((declined.status, &declined.body["run"]["status"]), (201, &json!("DECLINED")));
        assert_eq!(declined.body["run"]["approval"]["description"], "Not now");
        let approved = client.send("PATCH", &path(&yes), json!({ "status": "APPROVE" })).await;
        assert_eq!((approved.status, &approved.body["run"]["approval"]["state"]), (201, &json!("APPROVED")));
        port.settled().await;
        assert_eq!(
            (port.run(&yes).unwrap().status(), port.run(&no).unwrap().status()),
            ("SUCCESS", "DECLINED")
        );
        assert_eq!(receiver.received().await.len(), sent + 1);
        client.send("PATCH", &path(&yes), json!({ "status": "APPROVE" })).await.refused(409, "conflict");
    }
}

#[tokio::test]
#[allow(clippy::too_many_lines)] // A table.
async fn wrong_definition_is_an_error_and_makes_no_run() {
    let port = fake().await;
    let url = "http://127.0.0.1:1/";
    let declared =
        json!({ "properties": { "n": {}, "key": { "encryption": "aes256-gcm" } }, "required": ["n"] });
    let with = |pointer: &str, value: Value| action(url, &json!({ pointer: value }));
    for (action, inputs, message) in [
        (json!([]), json!({}), "body: must be an object"),
        (json!({}), json!({}), "identifier: must be a text that is not empty"),
        (json!({ "identifier": "a" }), json!({}), "invocationMethod: is required"),
        (
            with("/trigger/type", json!("automation")),
            json!({}),
            "trigger.type: must be self-service: an automation sends an event, and has no run to invoke",
        ),
        (
            with("/trigger/operation", json!("UPDATE")),
            json!({}),
            "trigger: the operation must be one of CREATE, DAY-2, DELETE",
        ),
        (
            with("/trigger/operation", json!("DAY-2")),
            json!({}),
            "the operation DAY-2 needs an `entity`, an object with an `identifier`",
        ),
        (
            with("/invocationMethod/type", json!("GITHUB")),
            json!({}),
            "invocationMethod.type: must be WEBHOOK, the one backend that the fake calls",
        ),
        (with("/invocationMethod/url", json!(1)), json!({}), "invocationMethod.url: must be a string"),
        (
            with("/invocationMethod/url", json!("nowhere")),
            json!({}),
            "invocationMethod.url: must be an absolute URL",
        ),
        (
            with("/invocationMethod/url", json!("http://example.com")),
            json!({}),
            "invocationMethod.url: the url is not on this machine: see Deliveries::anywhere, --deliver-anywhere",
        ),
        (
            with("/invocationMethod/synchronised", json!(true)),
            json!({}),
            "invocationMethod.synchronised: unknown property",
        ),
        (
            with("/invocationMethod/synchronized", json!(1)),
            json!({}),
            "invocationMethod.synchronized: must be true, false or a template",
        ),
        (
            with("/invocationMethod/agent", json!("{{ .inputs }}")),
            json!({}),
            "invocationMethod.agent: must be true or false",
        ),
        (
            with("/invocationMethod/method", json!("TRACE")),
            json!({}),
            "invocationMethod.method: must be one of POST, PUT, PATCH, GET, DELETE",
        ),
        (
            with("/invocationMethod/headers", json!({ "a": 1 })),
            json!({}),
            "invocationMethod.headers: must be an object of strings",
        ),
        (
            with("/invocationMethod/headers", json!({ "a b": "hush" })),
            json!({}),
            "invocationMethod.headers: a header's name is not valid",
        ),
        (
            with("/invocationMethod/body", json!(7)),
            json!({}),
            "invocationMethod.body: must be an object, an array or a template",
        ),
        (
            with("/requiredApproval", json!("yes")),
            json!({}),
            "requiredApproval: must be true or false, or an object of the type ANY or ALL",
        ),
        (with("/trigger/userInputs", declared.clone()), json!({}), "the input \"n\" is required"),
        (
            with("/trigger/userInputs", declared.clone()),
            json!({ "n": 1, "m": 1 }),
            "the input \"m\" is not one of the action's `userInputs`",
        ),
        (
            with("/trigger/userInputs", declared),
            json!({ "n": 1, "key": "hush" }),
            "the input \"key\" is encrypted by Port, which the fake does not do",
        ),
        (action(url, &json!({})), json!(1), "the inputs must be an object"),
    ] {
        let error = port.invoke(action, inputs).await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot invoke the action: {message}"));
    }
    let braces = port.invoke(with("/invocationMethod/body", json!({ "a": "{{ .run" })), json!({})).await;
    assert!(braces.unwrap_err().to_string().starts_with("cannot invoke the action: invocationMethod.body: "));
    assert_eq!(port.runs().len(), 2);
    let documented = FakePort::start().await;
    let error = documented.invoke(action(url, &json!({})), Value::Null).await.unwrap_err();
    assert!(error.to_string().contains("the profile `live`"), "{error}");
    assert!(documented.seed_run(json!({})).unwrap_err().to_string().contains("profile `live`"));
    Client::of(&documented).get("/v1/actions/runs").await.refused(404, "not_found");
}

#[tokio::test]
async fn action_is_invoked_on_this_machine_only() {
    // A run that waits for approval has checked the URL and called nobody.
    let waiting = json!({ "/requiredApproval": true });
    let here = fake().await;
    let deliveries = Deliveries::new().anywhere();
    let anywhere = FakePort::builder().profile(Profile::Live).deliveries(deliveries).start().await.unwrap();
    let invoke = async |port: &FakePort, url: &str| {
        port.invoke(action(url, &waiting), json!({})).await.map_err(|error| error.to_string())
    };
    for local in [
        "http://127.0.0.1:80/a",
        "http://127.1.2.3",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]:8080",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://LOCALHOST.:1/",
        "http://a.localhost/",
    ] {
        assert!(invoke(&here, local).await.is_ok(), "{local}");
    }
    let reason = "cannot invoke the action: invocationMethod.url: the url is not on this machine: see Deliveries::anywhere, --deliver-anywhere";
    for foreign in [
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://[::ffff:10.0.0.1]/",
        "http://example.com/",
        "http://localhost.example.com/",
        "http://notlocalhost/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
    ] {
        assert_eq!(invoke(&here, foreign).await.unwrap_err(), reason, "{foreign}");
        assert!(invoke(&anywhere, foreign).await.is_ok(), "{foreign}");
    }
    for wrong in ["", "nowhere", "ftp://localhost/", "file:///etc/passwd", "data:,x"] {
        assert!(invoke(&anywhere, wrong).await.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn faults_limits_and_snapshots_include_runs() {
    let limit = RequestLimit::new(4, std::time::Duration::from_secs(60));
    let builder = FakePort::builder().profile(Profile::Live).rate_limit(limit);
    let port = builder.run(json!({ "id": "r_1" })).run(json!({ "id": "r_2" })).start().await.unwrap();
    let client = Client::of(&port);
    let before = port.snapshot();
    port.inject(Fault::status(503).on([Route::AddRunLog]).identifier("r_2").applied());
    let log = async |id: &str| {
        client.send("POST", &format!("/v1/actions/runs/{id}/logs"), json!({ "message": id })).await.status
    };
    assert_eq!((log("r_1").await, log("r_2").await, log("r_2").await), (201, 503, 201));
    assert_eq!(port.run("r_2").unwrap().messages(), ["r_2", "r_2"]);
    let responses: Vec<_> = port.ledger().iter().map(|write| write.response).collect();
    assert_eq!(responses, [WriteResponse::Real, WriteResponse::Replaced(503), WriteResponse::Real]);
    assert_eq!((log("r_1").await, log("r_1").await), (201, 429));
    port.restore(&before);
    assert!(port.run("r_2").unwrap().logs.is_empty());
    client.send("PATCH", "/v1/actions/runs/r_1", json!({ "status": "SUCCESS" })).await;
    port.reset();
    assert_eq!((port.runs().len(), port.run("r_1").unwrap().status()), (2, "IN_PROGRESS"));
}

#[tokio::test]
async fn other_languages_seed_invoke_and_read_runs() {
    let (port, receiver) = (fake().await, Receiver::start().await);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("{}/_fake{path}", port.uri());
    let ask = async |path: &str, body: Value| {
        let response = http.post(url(path)).body(body.to_string()).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    for (body, ids) in [
        (json!({ "id": "r_2" }), json!(["r_2"])),
        (json!([{ "id": "r_3" }, {}]), json!(["r_3", "r_fake000001"])),
        (json!({ "ok": true, "run": { "id": "r_4", "status": "SUCCESS" } }), json!(["r_4"])),
        (json!({ "runs": [{ "id": "r_5" }], "ok": true }), json!(["r_5"])),
    ] {
        assert_eq!(ask("/runs", body).await, (200, json!({ "ok": true, "ids": ids })));
    }
    for (body, problem) in [
        (json!({ "id": "r_2" }), "cannot store seed 0: id: another run has it"),
        (json!([{ "id": "r_6" }, { "id": "" }]), "cannot store seed 0: id: must not be empty"),
        (
            json!({ "id": "r_6", "logs": [1] }),
            "cannot store seed 0: logs: each must be a text, or an object with a message",
        ),
        (json!(1), "cannot store seed 0: must be an object"),
    ] {
        let (status, answer) = ask("/runs", body).await;
        assert_eq!((status, answer["message"].as_str().unwrap()), (400, problem));
    }
    let (status, invoked) =
        ask("/invoke", json!({ "action": action(&receiver.uri(), &json!({})), "inputs": { "n": 1 } })).await;
    assert_eq!((status, &invoked["run"]["fields"]["status"]), (200, &json!("IN_PROGRESS")), "{invoked}");
    assert_eq!(invoked["delivery"]["outcome"], "delivered");
    let (status, wrong) = ask("/invoke", json!({ "action": {} })).await;
    assert!(status == 400 && wrong["message"].as_str().unwrap().contains("identifier"), "{wrong}");
    let shown = async |query: &str| {
        http.get(url(&format!("/runs{query}"))).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let id = invoked["runId"].as_str().unwrap();
    assert_eq!(shown(&format!("?id={id}")).await["runs"], json!([port.run(id).unwrap()]));
    assert_eq!(shown("").await["runs"].as_array().unwrap().len(), port.runs().len());
    assert!(shown("?status=x").await["message"].as_str().unwrap().contains("not a filter"));
    let fields: BTreeMap<String, Value> =
        serde_json::from_value(shown("?id=r_4").await["runs"][0].clone()).unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["fields", "history", "id", "logs"]);
}

#[test]
fn seed_file_may_hold_webhooks_and_runs() {
    for (file, count) in [
        (json!({ "webhooks": [{ "identifier": "a" }], "runs": [{ "id": "r_1" }] }), 2),
        (json!({ "ok": true, "runs": [{ "id": "r_1" }] }), 1),
        (json!({ "ok": true, "run": { "id": "r_1" } }), 1),
    ] {
        let seeds = fake_port::parse_seeds(&file.to_string()).unwrap();
        assert_eq!(seeds.len(), count);
        let port = FakePort::builder().profile(Profile::Live).webhooks(seeds).start_blocking().unwrap();
        assert_eq!((port.webhooks().len() + 1, port.runs().len()), (count, 1));
    }
    assert!(fake_port::parse_seeds(r#"{"other":[],"runs":[]}"#).is_err());
}
