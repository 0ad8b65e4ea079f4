//! Rows 8 to 16, 23 to 28, 31 to 33 and 42: error responses, and responses that cannot be read.

use fake_port::{Fault, Route};
use port_webhooks::{
    ErrorKind, EventType, NewWebhook, Outcome, Webhook, WebhookPatch, Webhooks, types::WebhookReplacement,
};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::cell::{End, Expected, Fails, Method, World, all, lost_answer, passes, second_time_lucky, stays};
use crate::support::{PAGE_URL, always};

use ErrorKind::{
    Conflict, Decode, NotFound, NotOk, PayloadTooLarge, Permission, Redirect, Server, Validation,
};

/// Something that is not Port answered, so nothing is known of a write.
fn not_port(kind: ErrorKind) -> [Expected; 3] {
    [
        (1, Fails(kind, Outcome::NotApplied)),
        (1, Fails(kind, Outcome::Unknown)),
        (1, Fails(kind, Outcome::Unknown)),
    ]
}

pub async fn r08_json_ends_early(method: Method) {
    let world = World::new().await;
    world.expect(method, Fault::truncated(5).always(), lost_answer(2, Decode)).await;
    let world = World::new().await;
    if method.reads() {
        world.expect(method, Fault::truncated(5), second_time_lucky()).await;
    }
    // Of the wrong shape it is the same another time.
    let world = World::new().await;
    let wrong = Fault::status(200).text("application/json", "[]").always();
    world.expect(method, wrong, lost_answer(1, Decode)).await;
}

pub async fn r09_something_else_answers(method: Method) {
    let page = Fault::status(200).text("text/html", "<h1>Log in</h1>").always();
    World::new().await.expect(method, page, not_port(Decode)).await;
}

pub async fn r12_forbidden(method: Method) {
    let world = World::new().await;
    world.expect(method, Fault::status(403).always(), all(1, Permission)).await;
    assert_eq!(world.asked_for_tokens(), 0);
}

pub async fn r13_not_found(method: Method) {
    World::new().await.expect(method, Fault::status(404).always(), all(1, NotFound)).await;
    // A webhook that is missing after an attempt with an unknown outcome counts as deleted.
    if method == Method::Delete {
        for lost in [Fault::dropped().applied(), Fault::reset().applied(), Fault::status(503).applied()] {
            let world = World::new().await;
            world.expect(method, lost, second_time_lucky()).await;
            assert_eq!(world.fake.ledger().len(), 1);
            let error = method.call(&world.hooks).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.outcome()),
                (NotFound, Outcome::NotApplied),
                "another call knows nothing"
            );
        }
    }
}

pub async fn r14_conflict(method: Method) {
    World::new().await.expect(method, Fault::status(409).always(), all(1, Conflict)).await;
}

pub async fn r15_too_large(method: Method) {
    let world = World::new().await;
    world.expect(method, Fault::status(413).always(), all(1, PayloadTooLarge)).await;
    world.fake.clear_faults();
    world.fake.clear_requests();
    if method == Method::Delete {
        return;
    }
    let error = send(method, &world.hooks, &"x".repeat(1024 * 1024)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (PayloadTooLarge, Outcome::NotSent));
    assert_eq!((error.attempts(), world.fake.requests().len()), (0, 0));
    // What is as large as Port takes is sent, and refused for what is in it.
    let error = send(method, &world.hooks, &"x".repeat(1024 * 1024 - 200)).await.unwrap_err();
    assert_eq!((error.kind(), world.sent(method)), (Validation, 1));
}

/// A call with a description.
pub(super) async fn send(
    method: Method,
    hooks: &Webhooks,
    description: &str,
) -> Result<Webhook, port_webhooks::Error> {
    let events = [EventType::RunCreated];
    match method {
        Method::Create => {
            let webhook = NewWebhook::subscription("b", PAGE_URL).events(events).description(description);
            hooks.create(webhook).await
        }
        Method::Update => hooks.update("a", WebhookPatch::new().description(description)).await,
        Method::Replace => {
            let whole =
                WebhookReplacement::subscription("a", PAGE_URL).events(events).description(description);
            hooks.replace("a", whole).await
        }
        Method::Get => hooks.get("a").await,
        Method::List | Method::Delete => unreachable!("{method:?} answers with something else"),
    }
}

pub async fn r16_invalid(method: Method) {
    for status in [400, 422] {
        World::new().await.expect(method, Fault::status(status).always(), all(1, Validation)).await;
    }
}

pub async fn r23_server_error_once(method: Method) {
    for status in [408, 500, 502, 503, 504] {
        World::new().await.expect(method, Fault::status(status), passes(Server)).await;
    }
}

pub async fn r23a_other_server_error(method: Method) {
    for status in [501, 505, 511, 599] {
        World::new().await.expect(method, Fault::status(status).always(), not_port(Server)).await;
    }
}

pub async fn r24_server_error_for_ever(method: Method) {
    let world = World::new().await;
    let error = world.expect(method, Fault::status(503).always(), stays(Server)).await.unwrap();
    assert_eq!(error.status().unwrap(), 503);

    // When the budget is empty, nothing is sent again.
    let world = World::new().await;
    world.fake.inject(Fault::status(503).always().on([Route::Metadata]));
    for _ in 0..12 {
        world.hooks.metadata().await.unwrap_err();
    }
    world.expect(method, Fault::status(503).always(), not_port(Server)).await;
}

pub async fn r25_not_ok(method: Method) {
    let world = World::new().await;
    let fault = Fault::not_ok("quota", "too many webhooks").always();
    let mut expected = all(1, NotOk);
    if method == Method::Delete {
        expected[2] = (1, End::False);
    }
    if let Some(error) = world.expect(method, fault, expected).await {
        assert_eq!((error.code(), error.message()), (Some("quota"), Some("too many webhooks")));
    }
}

pub async fn r26_empty(method: Method) {
    for status in [204, 200] {
        let mut expected = lost_answer(1, Decode);
        if method == Method::Delete {
            expected[2] = (1, End::Ok);
        }
        World::new().await.expect(method, Fault::status(status).empty().always(), expected).await;
    }
}

/// The webhook in the answer of a method.
async fn answer(method: Method, hooks: &Webhooks) -> Webhook {
    match method {
        Method::List => {
            hooks.list().await.unwrap().into_iter().find(|webhook| webhook.identifier == "a").unwrap()
        }
        method => send(method, hooks, "short").await.unwrap(),
    }
}

pub async fn r27_unknown_field(method: Method) {
    let world = World::new().await;
    let future = json!({ "identifier": "a", "url": PAGE_URL, "events": ["run.created"],
        "fieldOfTomorrow": { "team": "payments" }, "security": { "secret": "s", "keyId": 7 } });
    world.fake.inject(changed(method, &future));
    let webhook = answer(method, &world.hooks).await;
    assert_eq!(webhook.extra["fieldOfTomorrow"], json!({ "team": "payments" }));
    // What is written back has it all.
    let back = serde_json::to_value(webhook.into_replacement()).unwrap();
    assert_eq!(
        (&back["fieldOfTomorrow"], &back["security"]),
        (&future["fieldOfTomorrow"], &future["security"])
    );
    assert_eq!(world.sent(method), 1);

    // So do all digits of numbers.
    let extra = r#""limits":[12345678901234567890123,{"share":0.1234567890123456789}]"#;
    let webhook = format!(r#"{{"identifier":"a",{extra}}}"#);
    let body = format!(r#"{{"ok":true,"webhook":{webhook},"webhooks":[{webhook}]}}"#);
    world.fake.clear_faults();
    world.fake.inject(Fault::status(200).text("application/json", &body).on([method.operation()]));
    let webhook = answer(method, &world.hooks).await;
    world.hooks.replace("a", webhook.into_replacement()).await.unwrap_err();
    let requests = world.fake.requests().of([Route::Replace]);
    let sent = std::str::from_utf8(&requests.last().unwrap().body).unwrap();
    assert!(sent.contains(extra), "{sent}");
}

pub async fn r28_unknown_value(method: Method) {
    let world = World::new().await;
    let future = json!({ "identifier": "a", "url": PAGE_URL, "events": ["run.created", "team.created"],
        "integrationType": "native", "security": { "signatureAlgorithm": "sha512" } });
    world.fake.inject(changed(method, &future));
    let webhook = answer(method, &world.hooks).await;
    assert_eq!(webhook.events.as_ref().unwrap()[1].as_str(), "team.created");
    let back = serde_json::to_value(webhook.into_replacement()).unwrap();
    for field in ["events", "integrationType", "security"] {
        assert_eq!(back[field], future[field], "{field}");
    }
    assert_eq!(world.sent(method), 1);
}

/// A fault that lets a webhook stand in the answer.
fn changed(method: Method, webhook: &serde_json::Value) -> Fault {
    let body = match method {
        Method::List => json!({ "ok": true, "webhooks": [webhook] }),
        _ => json!({ "ok": true, "webhook": webhook }),
    };
    Fault::status(200).json(body).applied().on([method.operation()])
}

pub async fn r31_redirect(method: Method) {
    let elsewhere = always(ResponseTemplate::new(200)).await;
    let world = World::new().await;
    for status in [300, 301, 302, 303, 305, 307, 308] {
        let target = format!("{}/v1/webhooks", elsewhere.uri());
        let fault = Fault::status(status).header("location", &target).always();
        // See Other is what a server says of what was done.
        let expected = if status == 303 { not_port(Redirect) } else { all(1, Redirect) };
        let error = world.expect(method, fault, expected).await.unwrap();
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
        world.fake.clear_faults();
    }
    // Another scheme on the same host, another host, and the same place.
    for target in ["https://127.0.0.1/v1/webhooks", "https://elsewhere.example.com/", "/v1/webhooks"] {
        let error = world.expect(method, Fault::redirect(target), all(1, Redirect)).await.unwrap();
        let host = if target.contains("elsewhere") { "elsewhere.example.com" } else { "127.0.0.1" };
        assert!(error.to_string().contains(host), "{error}");
    }
    // The request for a token, which carries the client's secret, goes nowhere else either.
    let cold = World::cold(|builder| builder).await;
    let away = Fault::redirect(&format!("{}/v1/auth/access_token", elsewhere.uri()));
    cold.fake.inject(away.always().on([Route::Token]));
    let error = method.call(&cold.hooks).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (Redirect, Outcome::NotSent));
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

pub async fn r32_body_over_the_limit(method: Method) {
    // Its length is declared: nothing of it is read.
    let declared = Fault::status(200).json(json!({ "ok": true, "filler": "x".repeat(70_000) })).always();
    for fault in [declared, Fault::endless_body().always()] {
        let world = World::with(|builder| builder.max_response_body(65_536)).await;
        let error = world.expect(method, fault, lost_answer(1, Decode)).await.unwrap();
        assert!(error.to_string().contains("is larger than the limit"), "{error}");
    }
}

pub async fn r33_compressed_bomb(method: Method) {
    let world = World::new().await;
    let error =
        world.expect(method, Fault::gzip_bomb(50_000_000).always(), lost_answer(1, Decode)).await.unwrap();
    assert!(error.to_string().contains("has a content encoding"), "{error}");
    assert!(world.fake.requests().iter().all(|request| request.header("accept-encoding").is_none()));
}

pub async fn r42_page_of_a_proxy(method: Method) {
    let page = format!("<html>\n<h1>502 Bad Gateway</h1>{}</html>", "x".repeat(2000));
    let world = World::new().await;
    let error =
        world.expect(method, Fault::status(502).text("text/html", &page).always(), stays(Server)).await;
    let error = error.unwrap();
    let message = error.message().unwrap();
    assert!(
        message.starts_with("<html> <h1>502 Bad Gateway</h1>x") && message.chars().count() == 301,
        "{message}"
    );
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (502, None));
    let world = World::new().await;
    world.expect(method, Fault::status(502).text("text/html", &page), passes(Server)).await;
}
