//! Events that a third party posts to the `url` of a data source.

use fake_port::{EventOutcome, FakePort, Fault, IngestedEvent, Profile, RequestLimit, Route};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;

use crate::client::Client;

const PUSH: &str = r#"{"repository":{"name":"shop"}}"#;
// Of PUSH with the key `s3cret`, by Python's hmac.
const SHA256: &str = "9ed55998baed8661a85ab2223de37d5649a2c697f49176a3fff1620eca3ee26e";
const SHA1: &str = "100f9e7a3513f3bfc798e329bf94196cccedf2e7";

fn github() -> Value {
    json!({
        "identifier": "github",
        "title": "GitHub",
        "enabled": true,
        "mappings": [{
            "blueprint": "service",
            "entity": {
                "identifier": ".body.repository.name",
                "title": ".body.repository.title",
                "properties": { "event": ".headers.\"x-github-event\"", "region": ".queryParams.region" },
            },
        }],
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut webhook = github();
    webhook[member] = value;
    webhook
}

async fn fake(webhook: Value) -> FakePort {
    FakePort::builder().profile(Profile::Live).webhook(webhook).admin(true).start().await.unwrap()
}

fn url(fake: &FakePort) -> String {
    fake.webhook("github").unwrap()["url"].as_str().unwrap().to_owned()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn event(fake: &FakePort, body: impl Into<reqwest::Body>) -> RequestBuilder {
    http().post(url(fake)).body(body)
}

/// Posts an event and returns what became of it.
async fn taken(fake: &FakePort, request: RequestBuilder) -> IngestedEvent {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(response.json::<Value>().await.unwrap(), json!({ "ok": true }));
    fake.events("github").pop().unwrap()
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.as_ref().map(Response::status).unwrap().as_u16()
}

fn names(fake: &FakePort) -> Vec<Value> {
    fake.entities("service").iter().map(|entity| entity["identifier"].clone()).collect()
}

#[tokio::test]
async fn event_becomes_an_entity_by_body_headers_and_query() {
    let fake = fake(github()).await;
    assert!(url(&fake).starts_with(&format!("{}/ingest/", fake.uri())));
    let request =
        http().post(format!("{}?region=eu", url(&fake))).body(PUSH).header("X-GitHub-Event", "push");
    let event = taken(&fake, request).await;
    let properties = json!({ "event": "push", "region": "eu" });
    let entity = json!({
        "blueprint": "service", "identifier": "shop", "title": null, "properties": properties, "relations": {},
    });
    assert_eq!(fake.entities("service"), [entity]);
    assert!(fake.entities("other").is_empty());
    assert_eq!((event.outcome, event.message), (EventOutcome::Evaluated, None));
    assert_eq!((&event.entities[0]["operation"], &event.skipped), (&json!("create"), &Vec::new()));
    assert_eq!(event.body, json!({ "repository": { "name": "shop" } }));
    let request = &fake.requests().of([Route::Ingest]).on("github").answered(202)[0];
    assert_eq!(request.number, event.number);
}

#[tokio::test]
async fn webhook_created_through_the_api_receives_events() {
    let fake = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    let answer = Client::of(&fake).post(github()).await;
    assert_eq!(answer.body["integration"]["url"], url(&fake));
    taken(&fake, event(&fake, PUSH)).await;
    assert_eq!(names(&fake), ["shop"]);
}

#[tokio::test]
async fn later_events_merge_and_delete_in_the_order_of_mappings() {
    let entity = |properties: Value| json!({ "identifier": ".item.id", "title": ".item.title", "properties": properties });
    let mappings = json!([
        { "blueprint": "service", "itemsToParse": ".body", "filter": ".item.gone | not",
          "entity": entity(json!({ "a": ".item.a", "once": ".item.id" })) },
        { "blueprint": "service", "itemsToParse": ".body", "filter": ".item.b != null",
          "entity": { "identifier": ".item.id", "properties": { "b": ".item.b" }, "relations": { "on": ".item.on" } } },
        { "blueprint": "service", "itemsToParse": ".body", "filter": ".item.gone", "operation": "delete",
          "entity": { "identifier": ".item.id" } },
    ]);
    let fake = fake(with("mappings", mappings)).await;
    let first = json!([{ "id": "x", "title": "X", "a": 1, "b": 2, "on": "y" }, { "id": "z" }, { "a": 3 }]);
    let event_ = taken(&fake, event(&fake, first.to_string())).await;
    assert_eq!(event_.entities.len(), 3);
    let reasons: Vec<_> =
        event_.skipped.iter().map(|one| (&one["mapping"], &one["item"], &one["reason"])).collect();
    assert!(reasons.contains(&(&json!(0), &json!(2), &json!("identifier_null"))), "{reasons:?}");
    let properties = json!({ "a": 1, "b": 2, "once": "x" });
    let x = json!({
        "blueprint": "service", "identifier": "x", "title": "X", "properties": properties, "relations": { "on": "y" },
    });
    assert_eq!(fake.entities("service")[0], x);
    assert_eq!(names(&fake), ["x", "z"]);

    taken(&fake, event(&fake, json!([{ "id": "x", "b": 5 }, { "id": "z", "gone": true }]).to_string())).await;
    let properties = json!({ "a": null, "b": 5, "once": "x" });
    let x = json!({
        "blueprint": "service", "identifier": "x", "title": null, "properties": properties, "relations": { "on": null },
    });
    assert_eq!(fake.entities("service"), [x]);
}

#[tokio::test]
async fn signature_is_verified_by_the_webhooks_security() {
    let sha256 = format!("sha256={SHA256}");
    let wrong = "does not match";
    for (algorithm, prefix, sent, rejected) in [
        ("sha256", json!("sha256="), vec![sha256.as_str()], None),
        ("sha256", json!(null), vec![SHA256], None),
        ("sha1", json!(""), vec![SHA1], None),
        ("plain", json!(null), vec!["s3cret"], None),
        ("plain", json!("Bearer "), vec!["Bearer s3cret"], None),
        ("sha256", json!("sha256="), vec![SHA256], Some(wrong)),
        ("sha256", json!(null), vec![SHA1], Some(wrong)),
        ("sha1", json!(null), vec![SHA256], Some(wrong)),
        ("plain", json!(null), vec!["secret"], Some(wrong)),
        ("plain", json!(null), vec![""], Some(wrong)),
        ("plain", json!(null), vec!["s3cret2"], Some(wrong)),
        ("sha256", json!(null), vec![&SHA256[..63]], Some(wrong)),
        ("sha256", json!(null), vec![], Some("the header X-Sig is missing")),
        ("plain", json!(null), vec!["s3cret", "s3cret"], Some("the header X-Sig is repeated")),
        ("md5", json!(null), vec![""], Some("unknown signatureAlgorithm, \"md5\"")),
    ] {
        let case = format!("{algorithm} {prefix} {sent:?}");
        let security = json!({
            "secret": "s3cret", "signatureHeaderName": "X-Sig", "signatureAlgorithm": algorithm, "signaturePrefix": prefix,
        });
        let fake = fake(with("security", security)).await;
        let request =
            sent.into_iter().fold(event(&fake, PUSH), |request, value| request.header("x-sig", value));
        let event = taken(&fake, request).await;
        let Some(rejected) = rejected else {
            assert_eq!(
                (event.outcome, names(&fake)),
                (EventOutcome::Evaluated, vec![json!("shop")]),
                "{case}"
            );
            continue;
        };
        assert_eq!((event.outcome, names(&fake)), (EventOutcome::SignatureRejected, vec![]), "{case}");
        let message = event.message.unwrap();
        assert!(message.contains(rejected) && !message.contains("s3cret"), "{case}: {message}");
    }
}

#[tokio::test]
async fn incomplete_security_accepts_no_event() {
    for (security, missing) in [
        (json!({ "secret": "s3cret" }), Some("signatureHeaderName")),
        (json!({ "secret": "s3cret", "signatureHeaderName": "X-Sig" }), Some("signatureAlgorithm")),
        (
            json!({ "secret": "", "signatureHeaderName": "X-Sig", "signatureAlgorithm": "plain" }),
            Some("secret"),
        ),
        (json!({ "secret": "", "signatureHeaderName": null }), None),
        (json!({ "requestIdentifierPath": ".body.id" }), None),
        (json!({}), None),
        (json!(null), None),
    ] {
        let fake = fake(with("security", security.clone())).await;
        let event = taken(&fake, event(&fake, PUSH).header("x-sig", "s3cret")).await;
        let expected =
            if missing.is_some() { EventOutcome::SignatureRejected } else { EventOutcome::Evaluated };
        assert_eq!(event.outcome, expected, "{security}");
        if let Some(missing) = missing {
            assert_eq!(event.message.unwrap(), format!("the webhook's security has no {missing}"));
        }
    }
}

#[tokio::test]
async fn plain_secret_is_masked_in_recorded_requests() {
    let security =
        json!({ "secret": "hush-hush", "signatureHeaderName": "X-Sig", "signatureAlgorithm": "plain" });
    let fake = fake(with("security", security)).await;
    taken(&fake, event(&fake, PUSH).header("x-sig", "hush-hush")).await;
    assert!(!format!("{:?} {:?}", fake.requests(), fake.events("github")).contains("hush"));
    let recorded = http().get(format!("{}/_fake/requests", fake.uri())).send().await.unwrap();
    let recorded: Value = recorded.json().await.unwrap();
    assert_eq!(recorded["requests"][0]["headers"]["x-sig"], json!(["[masked]"]));
}

#[tokio::test]
async fn disabled_webhook_drops_its_events() {
    let fake = fake(with("enabled", json!(false))).await;
    let dropped = taken(&fake, event(&fake, PUSH)).await;
    assert_eq!((dropped.outcome, names(&fake)), (EventOutcome::Disabled, vec![]));
    Client::of(&fake).patch("github", json!({ "enabled": true })).await;
    taken(&fake, event(&fake, PUSH)).await;
    assert_eq!(names(&fake), ["shop"]);
}

#[tokio::test]
async fn body_over_512_kib_is_too_large() {
    let fake = fake(github()).await;
    let body = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    assert_eq!(status(event(&fake, body(512 * 1024))).await, 202);
    let response = event(&fake, body(512 * 1024 + 1)).send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(response.json::<Value>().await.unwrap()["message"], "the body is over 512 KiB");
    assert_eq!(fake.events("github").len(), 1);
}

#[tokio::test]
async fn address_without_a_data_source_is_not_found() {
    let live = fake(github()).await;
    let client = Client::stranger(&live);
    let message = client.send("POST", "/ingest/unknown", json!({})).await;
    assert_eq!(message.refused(404, "not_found"), "no data source has the key in this path");
    for path in ["/ingest", "/ingest/", "/ingest/a/b"] {
        assert_eq!(client.send("POST", path, json!({})).await.refused(404, "not_found"), "no such route");
    }
    assert_eq!(status(http().get(url(&live))).await, 405);
    Client::of(&live).delete("/v1/webhooks/github").await;
    assert_eq!(status(http().post(url_of_key(&live, "fakeWebhookKey000001"))).await, 404);

    let documented =
        FakePort::builder().webhook(json!({ "identifier": "a", "webhookKey": "k" })).start().await.unwrap();
    let answer = Client::stranger(&documented).send("POST", "/ingest/k", json!({})).await;
    assert_eq!(answer.refused(404, "not_found"), "no such route");
    assert!(documented.events("a").is_empty());
}

fn url_of_key(fake: &FakePort, key: &str) -> String {
    format!("{}/ingest/{key}", fake.uri())
}

#[tokio::test]
async fn repeated_request_identifier_has_no_effect() {
    let security = json!({ "requestIdentifierPath": ".headers[\"x-delivery\"] // .body.delivery" });
    let fake = fake(with("security", security)).await;
    let post = async |body: Value, delivery: Option<&str>| {
        let request = event(&fake, body.to_string());
        let request = match delivery {
            Some(delivery) => request.header("x-delivery", delivery),
            None => request,
        };
        taken(&fake, request).await
    };
    let named = |name: &str| json!({ "repository": { "name": name } });
    assert_eq!(post(named("a"), Some("1")).await.outcome, EventOutcome::Evaluated);
    let repeated = post(named("b"), Some("1")).await;
    assert_eq!((repeated.outcome, repeated.entities.len()), (EventOutcome::Repeated, 0));
    assert_eq!(repeated.message.unwrap(), "an earlier event had the request identifier \"1\"");
    // A number is the same as its text, and null names nothing.
    assert_eq!(post(json!({ "delivery": 1 }), None).await.outcome, EventOutcome::Repeated);
    for name in ["c", "d"] {
        let event = post(named(name), None).await;
        assert_eq!(event.outcome, EventOutcome::Evaluated);
        assert_eq!(event.message.unwrap(), "requestIdentifierPath gave null");
    }
    assert_eq!(names(&fake), ["a", "c", "d"]);
    fake.reset();
    assert_eq!((names(&fake), fake.events("github")), (vec![], vec![]));
    assert_eq!(post(named("b"), Some("1")).await.outcome, EventOutcome::Evaluated);
}

#[tokio::test]
async fn event_rejected_by_its_signature_is_not_remembered() {
    let security = json!({
        "secret": "s3cret", "signatureHeaderName": "x-sig", "signatureAlgorithm": "plain",
        "requestIdentifierPath": ".body.repository.name",
    });
    let fake = fake(with("security", security)).await;
    for (signature, outcome) in [
        ("wrong", EventOutcome::SignatureRejected),
        ("s3cret", EventOutcome::Evaluated),
        ("s3cret", EventOutcome::Repeated),
    ] {
        assert_eq!(taken(&fake, event(&fake, PUSH).header("x-sig", signature)).await.outcome, outcome);
    }
}

#[tokio::test]
async fn event_evaluated_after_a_reset_is_not_kept() {
    let slow = json!([{
        "blueprint": "service",
        "filter": "[range(100000)] | length > 0",
        "entity": { "identifier": ".body.repository.name" },
    }]);
    let fake = fake(with("mappings", slow)).await;
    let mut sent = pin!(event(&fake, PUSH).send());
    // Until the event is accepted, which is before it is evaluated.
    while fake.counts().requests == 0 {
        assert!(futures_util::poll!(sent.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    fake.reset();
    assert_eq!(sent.await.unwrap().status(), 202);
    assert_eq!((fake.events("github").len(), names(&fake).len()), (0, 0));
}

#[tokio::test]
async fn body_that_is_not_json_is_accepted_without_effect() {
    let fake = fake(github()).await;
    for body in ["not json", "", "{} {}"] {
        let event = taken(&fake, event(&fake, body)).await;
        assert_eq!((event.outcome, event.body), (EventOutcome::NotJson, json!(body)));
        assert!(event.message.unwrap().starts_with("cannot read the event: "));
    }
    assert_eq!(names(&fake), Vec::<Value>::new());
}

#[tokio::test]
async fn expression_that_is_wrong_is_named_in_the_event() {
    let mappings = json!([
        { "blueprint": "service", "entity": { "identifier": ".body.repository.name", "properties": { "bad": "(" } } },
        { "blueprint": "service", "entity": { "identifier": ".body.repository | error(\"no\")" } },
        { "blueprint": "service", "entity": { "identifier": { "combinator": "and", "rules": [] } } },
    ]);
    let fake = fake(with("mappings", mappings)).await;
    let event = taken(&fake, event(&fake, PUSH)).await;
    let message = event.message.unwrap();
    assert!(message.starts_with("mapping 0, entity.properties.bad, character 2: "), "{message}");
    assert_eq!(event.entities[0]["errors"][0]["field"], "properties.bad");
    assert_eq!(fake.entities("service")[0]["properties"], json!({ "bad": null }));
    let reasons: Vec<_> = event.skipped.iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["identifier_failed", "identifier_search"]);
}

#[tokio::test]
async fn faults_apply_to_the_ingest_address() {
    let security = json!({ "requestIdentifierPath": ".headers[\"x-delivery\"]" });
    let fake = fake(with("security", security)).await;
    let send = || event(&fake, PUSH).header("x-delivery", "1");
    fake.inject(Fault::status(503).on([Route::Ingest]).identifier("github"));
    assert_eq!(status(send()).await, 503);
    assert!(fake.events("github").is_empty(), "it was not carried out");
    // The event is taken and its response lost, so the sender sends it again.
    fake.inject(Fault::dropped().on([Route::Ingest]).applied());
    send().send().await.unwrap_err();
    assert_eq!(status(send()).await, 202);
    let outcomes: Vec<_> = fake.events("github").iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [EventOutcome::Evaluated, EventOutcome::Repeated]);
    assert_eq!(names(&fake), ["shop"]);
    // A fault of tokens cannot apply.
    fake.inject(Fault::revoked_token());
    assert_eq!(status(send()).await, 202);
    assert_eq!(fake.counts().faults, 2);
}

#[tokio::test]
async fn rate_limit_of_the_api_does_not_count_events() {
    let limit = RequestLimit::new(1, Duration::from_secs(60));
    let builder = FakePort::builder().profile(Profile::Live).webhook(github()).rate_limit(limit);
    let fake = builder.start().await.unwrap();
    for _ in 0..3 {
        let response = event(&fake, PUSH).send().await.unwrap();
        assert_eq!(response.status(), 202);
        assert!(response.headers().get("x-ratelimit-limit").is_none());
    }
    assert_eq!(Client::of(&fake).get("/v1/webhooks").await.status, 200);
    assert_eq!(Client::of(&fake).get("/v1/webhooks").await.status, 429);
}

#[tokio::test]
async fn seed_saved_from_port_gets_the_address_of_the_fake() {
    let fake = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    for (identifier, saved, kept) in [
        ("eu", "https://ingest.port.io/k-1", false),
        ("us", "https://ingest.us.getport.io/k-1", false),
        ("own", "https://ingest.port.io.example.com/k-1", true),
    ] {
        fake.seed(json!({ "identifier": identifier, "webhookKey": "k-1", "url": saved })).unwrap();
        let url = fake.webhook(identifier).unwrap()["url"].clone();
        assert_eq!(url == saved, kept, "{url}");
        if !kept {
            assert_eq!(status(http().post(url.as_str().unwrap()).body("{}")).await, 202);
        }
    }
}

#[tokio::test]
async fn snapshot_has_the_entities() {
    let fake = fake(github()).await;
    let empty = fake.snapshot();
    taken(&fake, event(&fake, PUSH)).await;
    let full = fake.snapshot();
    fake.restore(&empty);
    assert_eq!(names(&fake), Vec::<Value>::new());
    fake.restore(&full);
    assert_eq!(names(&fake), ["shop"]);
}

#[tokio::test]
async fn other_languages_read_events_and_entities_back() {
    let fake = fake(github()).await;
    taken(&fake, event(&fake, PUSH)).await;
    let get = async |path: &str| {
        let response = http().get(format!("{}/_fake{path}", fake.uri())).send().await.unwrap();
        response.json::<Value>().await.unwrap()
    };
    let events = get("/ingested?identifier=github").await;
    assert_eq!(events, get("/ingested").await);
    assert_eq!(events["events"], json!(fake.events("github")));
    let event = &events["events"][0];
    assert_eq!((&event["outcome"], &event["webhook"]), (&json!("evaluated"), &json!("github")));
    assert_eq!(get("/ingested?identifier=other").await["events"], json!([]));
    assert_eq!(get("/entities?blueprint=service").await["entities"], json!(fake.entities("service")));
    assert_eq!(get("/entities").await["entities"][0]["identifier"], "shop");
    assert_eq!(get("/entities?blueprint=other").await["entities"], json!([]));
    let message = get("/entities?identifier=shop").await["message"].clone();
    assert_eq!(message, "identifier: not a filter; there are blueprint");
}

#[tokio::test]
async fn now_of_an_expression_is_the_fakes_clock() {
    let mapping = json!([{
        "blueprint": "service",
        "entity": { "identifier": ".body.repository.name", "properties": { "at": "now | todate" } },
    }]);
    let start = std::time::UNIX_EPOCH + Duration::from_secs(1_768_473_000);
    let builder = FakePort::builder().profile(Profile::Live).clock(move || start);
    let fake = builder.webhook(with("mappings", mapping)).start().await.unwrap();
    fake.advance(Duration::from_secs(60));
    taken(&fake, event(&fake, PUSH)).await;
    assert_eq!(fake.entities("service")[0]["properties"]["at"], "2026-01-15T10:31:00Z");
}
