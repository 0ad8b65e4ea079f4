//! Deliveries of live Port: verified, read, and received by the router.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use port_webhooks_receiver::{Delivery, Live, Received, ReceiverLayer, ReplayGuard, Verifier};
use serde::Deserialize;
use tower::ServiceExt;

use crate::support::{TestClock, from_base64};

#[derive(Deserialize)]
struct File {
    secret: String,
    tolerance: u64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    method: String,
    headers: Vec<(String, String)>,
    body_b64: String,
    clock: u64,
    verify: String,
    verify_agent: String,
    shape: Option<String>,
    run_id: Option<String>,
    caused_by_run: Option<String>,
}

fn file() -> File {
    let mut file: serde_json::Value = serde_json::from_str(include_str!("../fixtures/live.json")).unwrap();
    for case in file["cases"].as_array_mut().unwrap() {
        let headers = case["headers"].as_object().unwrap();
        case["headers"] = headers.iter().map(|(name, value)| serde_json::json!([name, value])).collect();
    }
    serde_json::from_value(file).unwrap()
}

impl File {
    fn verifier(&self, case: &Case, agent: bool) -> Verifier {
        Verifier::timestamped(&self.secret)
            .tolerance(Duration::from_secs(self.tolerance))
            .clock(TestClock::at(case.clock))
            .agent(agent)
            .build()
            .unwrap()
    }
}

impl Case {
    fn headers(&self) -> HeaderMap {
        let pair =
            |(name, value): &(String, String)| (HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        self.headers.iter().map(pair).collect()
    }

    fn assert_read(&self, delivery: &Delivery) {
        let shape = match delivery.live() {
            Live::Change(_) => "change",
            Live::Invocation(_) => "invocation",
            Live::TriggerData(_) => "trigger data",
            _ => "other",
        };
        assert_eq!(Some(shape), self.shape.as_deref(), "{}", self.name);
        assert_eq!(delivery.run_id(), self.run_id.as_deref(), "{}", self.name);
        assert_eq!(delivery.caused_by_run(), self.caused_by_run.as_deref(), "{}", self.name);
    }
}

#[test]
fn each_live_delivery_is_verified_and_read() {
    let file = file();
    assert_eq!(file.cases.len(), 32);
    for case in &file.cases {
        let body = from_base64(&case.body_b64);
        for (agent, expected) in [(false, &case.verify), (true, &case.verify_agent)] {
            let outcome = match file.verifier(case, agent).verify(&case.headers(), &body) {
                Ok(verified) => {
                    case.assert_read(&verified.delivery());
                    "ok"
                }
                Err(error) => error.kind().as_str(),
            };
            assert_eq!(outcome, expected, "{} agent: {agent}", case.name);
        }
    }
}

#[tokio::test]
async fn each_live_delivery_reaches_the_handler_of_the_router() {
    let file = file();
    for case in &file.cases {
        for (agent, expected) in [(false, &case.verify), (true, &case.verify_agent)] {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let app = ReceiverLayer::new(file.verifier(case, agent)).replay(ReplayGuard::in_memory()).router(
                "/port",
                {
                    let seen = Arc::clone(&seen);
                    move |received: Received| async move {
                        seen.lock().unwrap().push(received);
                        (StatusCode::CREATED, "the result")
                    }
                },
            );
            let mut request = Request::new(Body::from(from_base64(&case.body_b64)));
            *request.method_mut() = case.method.parse().unwrap();
            *request.uri_mut() = "/port".parse().unwrap();
            *request.headers_mut() = case.headers();
            let response = app.oneshot(request).await.unwrap();
            let expected = if expected == "ok" { StatusCode::CREATED } else { StatusCode::UNAUTHORIZED };
            assert_eq!(response.status(), expected, "{} agent: {agent}", case.name);
            for received in seen.lock().unwrap().iter() {
                case.assert_read(received.delivery());
                assert_eq!(received.method().as_str(), case.method);
                let header = case.headers.iter().find(|(name, _)| name == "RUN_ID");
                assert_eq!(received.unsigned_run_id(), header.map(|(_, id)| id.as_str()), "{}", case.name);
            }
            assert_eq!(seen.lock().unwrap().len(), usize::from(expected == StatusCode::CREATED));
        }
    }
}

#[tokio::test]
async fn router_takes_five_methods_with_and_without_a_body() {
    let verifier = || Verifier::body("s3cret").build().unwrap();
    let signer = port_webhooks_receiver::Signer::body("s3cret").build().unwrap();
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        for body in ["", "{}"] {
            let app = ReceiverLayer::new(verifier())
                .router("/port", |received: Received| async move { received.method().to_string() });
            let mut request = Request::new(Body::from(body));
            *request.method_mut() = method.clone();
            *request.uri_mut() = "/port".parse().unwrap();
            *request.headers_mut() = signer.sign(body.as_bytes());
            let expected =
                if method == Method::OPTIONS { StatusCode::METHOD_NOT_ALLOWED } else { StatusCode::OK };
            assert_eq!(app.oneshot(request).await.unwrap().status(), expected, "{method} {body:?}");
        }
    }
}

/// One line each, for what handlers need most.
#[test]
fn typed_views_have_what_changed_who_did_it_and_the_inputs() {
    let file = file();
    let of = |name: &str| {
        let case = file.cases.iter().find(|case| case.name == name).unwrap();
        Delivery::new(from_base64(&case.body_b64))
    };
    let delivery = of("change-update");
    let Live::Change(change) = delivery.live() else { panic!("{delivery:?}") };
    assert_eq!(change.after().and_then(|entity| entity.property("x")), Some(&2.into()));
    assert_eq!(change.triggered_by().and_then(|by| by.user_id.as_deref()), Some("u_1"));

    let delivery = of("invocation");
    let Live::Invocation(invocation) = delivery.live() else { panic!("{delivery:?}") };
    assert_eq!(invocation.input("replicas"), Some(&3.into()));
    assert_eq!(invocation.entity().and_then(|entity| entity.identifier.as_deref()), Some("pay"));
    assert_eq!(invocation.triggered_by().and_then(|by| by.email()), Some("ann@example.com"));

    let delivery = of("trigger-data-self-service");
    let Live::TriggerData(data) = delivery.live() else { panic!("{delivery:?}") };
    assert_eq!(data.input("replicas"), Some(&3.into()));
}

#[test]
fn wrong_fields_do_not_decide_the_shape() {
    let shape = |body: &str| format!("{:?}", Delivery::new(body.to_owned()).live());
    for (body, expected) in [
        (r#"{"payload":{},"context":{},"action":""}"#, "Invocation"),
        (r#"{"payload":{},"context":{},"action":"a","trigger":{},"run":{},"event":null}"#, "Invocation"),
        (r#"{"payload":[],"context":{},"action":"a","resourceType":"run"}"#, "Change"),
        (r#"{"payload":{},"context":[],"action":"a","resourceType":"run"}"#, "Other"),
        (r#"{"trigger":{},"run":{},"event":null}"#, "TriggerData"),
        (r#"{"trigger":{},"run":{},"event":{}}"#, "TriggerData"),
        (r#"{"trigger":{},"run":{},"event":"a"}"#, "Other"),
        (r#"{"trigger":{},"run":{}}"#, "Other"),
        (r#"{"trigger":{},"run":null,"event":null}"#, "Other"),
        (r#"{"action":"a","resourceType":"x","context":{},"status":5,"diff":[],"event":"e"}"#, "Change"),
        (r#"{"action":"a","resourceType":null,"context":{}}"#, "Other"),
        (r#"[{"action":"a","resourceType":"x","context":{}}]"#, "Other"),
        ("", "Other"),
    ] {
        assert!(shape(body).starts_with(expected), "{body}: {}", shape(body));
    }
}

#[test]
fn run_id_is_the_first_text_in_order() {
    for (body, run, cause) in [
        (r#"{"trigger":{},"run":{"id":"1"},"event":null,"context":{"runId":"2"}}"#, Some("1"), None),
        (r#"{"trigger":{},"run":{"id":""},"event":null,"context":{"runId":"2"}}"#, Some("2"), None),
        (r#"{"trigger":{},"run":{"id":7},"event":null,"runId":"4"}"#, Some("4"), None),
        (r#"{"run":{"id":"1"},"port_context":{"runId":"","run_id":"3"},"runId":"4"}"#, Some("3"), None),
        (r#"{"context":{"runId":null},"port_context":{"runId":"2","run_id":"3"}}"#, Some("2"), None),
        (r#"{"context":"x","port_context":[],"RUN_ID":"6","run_id":"5"}"#, Some("5"), None),
        (r#"{"runId":["4"],"run_id":null,"RUN_ID":"6"}"#, Some("6"), None),
        (r#"{"payload":{},"context":{"runId":"2"},"action":"a"}"#, Some("2"), None),
        (r#"{"action":"a","resourceType":"x","context":{"runId":"2"},"runId":"4"}"#, Some("4"), Some("2")),
        (r#"{"action":"a","resourceType":"x","context":{"runId":"2"}}"#, None, Some("2")),
        (r#"{"action":"a","resourceType":"x","context":{"runId":""}}"#, None, None),
        (r#"["runId"]"#, None, None),
        ("", None, None),
    ] {
        let delivery = Delivery::new(body);
        assert_eq!((delivery.run_id(), delivery.caused_by_run()), (run, cause), "{body}");
    }
}
