//! Faults that every server can play, each seen on the wire.

use std::collections::HashSet;
use std::io::Read;
use std::pin::pin;
use std::time::Duration;

use fake_port::{
    Builder, FakePort, Fault, FaultPlan, Hint, PagingFault, Profile, RequestLimit, Route, WriteResponse,
};
use flate2::read::GzDecoder;
use futures_util::future::select;
use serde_json::{Value, json};

use crate::client::{Client, subscription};

/// 2023-11-14T22:13:20Z.
const NOW: u64 = 1_700_000_000;

async fn launch() -> FakePort {
    frozen().webhook(subscription("a")).start().await.unwrap()
}

fn frozen() -> Builder {
    FakePort::builder().clock(|| std::time::UNIX_EPOCH + Duration::from_secs(NOW))
}

/// What came back, as text.
struct Raw {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

async fn send(port: &FakePort, method: &str, path: &str, body: Option<Value>) -> reqwest::Result<Raw> {
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let mut request = http.request(method.parse().unwrap(), format!("{}{path}", port.uri()));
    request = request.bearer_auth(port.issue_token());
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Raw { status, headers, body: response.bytes().await?.to_vec() })
}

async fn get(port: &FakePort) -> Raw {
    send(port, "GET", "/v1/webhooks/a", None).await.unwrap()
}

#[tokio::test]
async fn a_fault_applies_to_the_next_requests_that_it_fits() {
    let port = launch().await;
    let fault = port.inject(Fault::status(503).on([Route::Get]).identifier("a").times(2));
    for (path, status) in [
        ("/v1/webhooks", 200),
        ("/v1/webhooks/b", 404),
        ("/v1/webhooks/%61", 503),
        ("/v1/webhooks/metadata", 200),
        ("/v1/webhooks/a", 503),
        ("/v1/webhooks/a", 200),
    ] {
        assert_eq!(send(&port, "GET", path, None).await.unwrap().status, status, "{path}");
    }
    assert_eq!(port.hits(fault), Some(2));
    assert_eq!(port.counts().faults, 2);
    let found: Vec<_> =
        port.requests().faulty().iter().map(|request| (request.number, request.fault)).collect();
    assert_eq!(found, [(3, Some("status")), (5, Some("status"))]);
}

#[tokio::test]
async fn a_create_is_for_the_webhook_in_its_body() {
    let port = launch().await;
    port.inject(Fault::status(503).identifier("b").times(2));
    let create = |identifier| send(&port, "POST", "/v1/webhooks", Some(subscription(identifier)));
    assert_eq!(create("c").await.unwrap().status, 201);
    assert_eq!(create("b").await.unwrap().status, 503);
    assert_eq!(send(&port, "GET", "/v1/webhooks/b", None).await.unwrap().status, 503);
    assert_eq!(create("b").await.unwrap().status, 201);
    port.requests().on("b").assert_order([Route::Create, Route::Get, Route::Create]);
}

#[tokio::test]
async fn a_fault_that_can_apply_to_nothing_is_refused() {
    let port = launch().await;
    for fault in [
        Fault::paging(PagingFault::Ignored).on([Route::Get]),
        Fault::expired_token().on([Route::Token]),
        Fault::paging(PagingFault::Ignored).identifier("a"),
        Fault::status(500).on([Route::List, Route::Token]).identifier("a"),
    ] {
        let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| port.inject(fault)));
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        assert!(message.ends_with(": cannot apply to the operations that it names"), "{message}");
    }
    let plan = || FaultPlan::seeded(1).faults([Fault::dropped(), Fault::revoked_token().on([Route::Token])]);
    let problem = "faults[1]: revokeToken: cannot apply to the operations that it names";
    let error = FakePort::builder().faults(plan()).start().await.unwrap_err();
    assert_eq!(error.to_string(), format!("the plan of faults cannot be followed: {problem}"));
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| port.follow(plan())));
    assert_eq!(*refused.unwrap_err().downcast::<String>().unwrap(), problem);
}

#[tokio::test]
async fn every_kind_in_the_readme_is_read_written_and_applied() {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("The kinds:\n\n```json\n").unwrap();
    let (list, _) = rest.split_once("```").unwrap();
    let port = launch().await;
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    // Some of them close the connection.
    let http = http.pool_max_idle_per_host(0).build().unwrap();
    let mut names = HashSet::new();
    for kind in serde_json::from_str::<Vec<Value>>(list).unwrap() {
        let fault: Fault = serde_json::from_value(json!({ "fault": kind }))
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        let written = json!(fault);
        assert_eq!(serde_json::from_value::<Fault>(written.clone()).unwrap(), fault, "{written}");
        let id = port.inject(fault);
        let request = http.get(format!("{}/v1/webhooks", port.uri())).bearer_auth(port.issue_token());
        // One of them never responds.
        let applied = async {
            while port.hits(id) == Some(0) {
                tokio::task::yield_now().await;
            }
        };
        select(pin!(request.send()), pin!(applied)).await;
        let name = kind.as_str().unwrap_or_else(|| kind.as_object().unwrap().keys().next().unwrap());
        assert_eq!(port.requests().last().unwrap().fault, Some(name), "{kind}");
        names.insert(name.to_owned());
        port.clear_faults();
    }
    assert_eq!(names.len(), 18, "each kind is there: {names:?}");
}

#[test]
fn what_narrows_a_fault_is_read_and_written() {
    let json = json!({
        "fault": "drop", "on": ["create"], "identifier": "a", "times": 3, "delayMilliseconds": 5, "applied": true,
    });
    let fault: Fault = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(json!(fault), json);
    assert_eq!(json!(Fault::dropped().always()), json!({ "fault": "drop", "times": "always" }));
}

#[test]
fn share_of_a_plan_lies_between_none_and_all() {
    for (share, taken) in [(-1.0, 0.0), (0.3, 0.3), (7.0, 1.0), (f64::NAN, 0.0), (f64::INFINITY, 1.0)] {
        assert_eq!(json!(FaultPlan::seeded(1).share(share))["share"], taken);
    }
}

#[tokio::test]
async fn first_fitting_fault_applies_and_each_can_be_withdrawn() {
    let port = launch().await;
    let always = port.inject(Fault::status(500).always());
    port.inject(Fault::status(502));
    assert_eq!(get(&port).await.status, 500);
    assert_eq!(get(&port).await.status, 500);
    port.withdraw(always);
    assert_eq!(port.hits(always), None);
    assert_eq!(get(&port).await.status, 502);
    assert_eq!(get(&port).await.status, 200);
    port.inject(Fault::status(500).always());
    port.follow(FaultPlan::seeded(1).share(1.0).faults([Fault::status(501)]));
    port.clear_faults();
    assert_eq!(get(&port).await.status, 200);
}

#[tokio::test]
async fn a_status_comes_with_json_with_text_or_with_nothing() {
    let port = launch().await;
    port.inject(Fault::status(503));
    let raw = get(&port).await;
    assert_eq!(raw.header("content-type"), Some("application/json; charset=utf-8"));
    let error = json!({ "ok": false, "error": "service_unavailable", "message": "a fault was injected" });
    assert_eq!(raw.json(), error);
    assert!(raw.header("x-trace-id").is_some());

    port.inject(Fault::status(502).text("text/html", "<h1>Bad gateway</h1>").header("server", "proxy"));
    let raw = get(&port).await;
    assert_eq!((raw.status, raw.body.as_slice()), (502, b"<h1>Bad gateway</h1>".as_slice()));
    assert_eq!(raw.header("content-type"), Some("text/html"));
    assert_eq!(raw.header("server"), Some("proxy"));

    port.inject(Fault::status(204).empty());
    let raw = get(&port).await;
    assert_eq!((raw.status, raw.body.len(), raw.header("content-type")), (204, 0, None));

    port.inject(Fault::status(418).json(json!([1])));
    assert_eq!(get(&port).await.json(), json!([1]));

    port.inject(Fault::redirect("https://elsewhere.example.com/x"));
    let raw = get(&port).await;
    assert_eq!((raw.status, raw.header("location")), (307, Some("https://elsewhere.example.com/x")));
}

#[tokio::test]
async fn a_429_gives_its_hint_in_every_form() {
    let port = launch().await;
    for (hint, name, value) in [
        (Hint::Seconds(3), "retry-after", "3"),
        (Hint::Date(3), "retry-after", "Tue, 14 Nov 2023 22:13:23 GMT"),
        (Hint::ResetEpoch(3), "x-ratelimit-reset", "1700000003"),
        (Hint::ResetEpochMilliseconds(3), "x-ratelimit-reset", "1700000003000"),
        (Hint::ResetWait(3), "x-ratelimit-reset", "3"),
        (Hint::Header("retry-after".into(), "-1".into()), "retry-after", "-1"),
        (Hint::Header("retry-after".into(), String::new()), "retry-after", ""),
    ] {
        port.inject(Fault::rate_limited(hint.clone()));
        let raw = get(&port).await;
        assert_eq!((raw.status, raw.header(name)), (429, Some(value)), "{hint:?}");
        assert_eq!(raw.header("date"), Some("Tue, 14 Nov 2023 22:13:20 GMT"));
        assert_eq!(raw.json()["ok"], false);
    }
    port.inject(Fault::rate_limited(Hint::None));
    let raw = get(&port).await;
    assert_eq!((raw.status, raw.header("retry-after"), raw.header("x-ratelimit-reset")), (429, None, None));
}

#[tokio::test]
async fn a_hint_stands_before_the_limit_that_is_kept() {
    let limit = RequestLimit::new(10, Duration::from_secs(60));
    let port = frozen().rate_limit(limit).start().await.unwrap();
    port.inject(Fault::rate_limited(Hint::ResetWait(7)));
    let raw = get(&port).await;
    assert_eq!(raw.headers.get_all("x-ratelimit-reset").iter().collect::<Vec<_>>(), ["7"]);
    assert_eq!(raw.header("x-ratelimit-limit"), Some("10"));
}

#[tokio::test]
async fn a_connection_is_dropped_before_the_answer() {
    let port = launch().await;
    port.inject(Fault::dropped().on([Route::Create]));
    let error = send(&port, "POST", "/v1/webhooks", Some(subscription("b"))).await.err().unwrap();
    assert!(error.is_request() && !error.is_timeout() && !error.is_connect(), "{error:?}");
    assert_eq!(port.webhook("b"), None, "nothing was carried out");
    assert_eq!(port.ledger(), []);
    let lost = port.requests().of([Route::Create]);
    lost.assert_count(1);
    assert_eq!((lost[0].status, lost[0].fault), (None, Some("drop")));
    assert_eq!(get(&port).await.status, 200, "the server goes on");
}

#[tokio::test]
async fn the_answer_of_an_applied_write_is_lost() {
    let port = launch().await;
    port.inject(Fault::dropped().on([Route::Create]).applied());
    assert!(send(&port, "POST", "/v1/webhooks", Some(subscription("b"))).await.is_err());
    assert!(port.webhook("b").is_some());
    port.inject(Fault::status(502).on([Route::Delete]).applied());
    assert_eq!(send(&port, "DELETE", "/v1/webhooks/b", None).await.unwrap().status, 502);
    assert_eq!(port.webhook("b"), None);
    port.inject(Fault::status(503).on([Route::Delete]));
    assert_eq!(send(&port, "DELETE", "/v1/webhooks/a", None).await.unwrap().status, 503);
    assert!(port.webhook("a").is_some(), "not applied unless that is said");
    port.inject(Fault::truncated(5).on([Route::Update]));
    send(&port, "PATCH", "/v1/webhooks/a", Some(json!({ "title": "New" }))).await.unwrap();
    assert_eq!(send(&port, "PATCH", "/v1/webhooks/a", Some(json!({}))).await.unwrap().status, 200);

    let ledger = port.ledger();
    let found: Vec<_> = ledger.iter().map(|write| (write.request, write.operation, write.response)).collect();
    assert_eq!(
        found,
        [
            (1, Route::Create, WriteResponse::Lost),
            (2, Route::Delete, WriteResponse::Replaced(502)),
            (4, Route::Update, WriteResponse::Lost),
            (5, Route::Update, WriteResponse::Real),
        ]
    );
    assert_eq!((&ledger[0].before, ledger[0].identifier.as_str()), (&None, "b"));
    assert_eq!(ledger[0].after, ledger[1].before);
    assert_eq!(ledger[1].after, None);
    assert_eq!(ledger[2].before.as_ref().unwrap()["title"], "Entities");
    assert_eq!(ledger[2].after.as_ref().unwrap()["title"], "New");
    assert_eq!(port.counts().writes, 4);
}

#[tokio::test]
async fn a_write_that_is_refused_is_not_in_the_ledger() {
    let port = launch().await;
    for (method, path, body) in [
        ("POST", "/v1/webhooks", subscription("a")),
        ("PATCH", "/v1/webhooks/b", json!({})),
        ("PATCH", "/v1/webhooks/a", json!({ "title": 1 })),
        ("DELETE", "/v1/webhooks/b", json!({})),
    ] {
        assert!(send(&port, method, path, Some(body)).await.unwrap().status >= 400);
    }
    assert_eq!((port.ledger(), port.counts().writes), (vec![], 0));
}

#[tokio::test]
async fn a_token_ends_before_its_time() {
    let port = launch().await;
    for (fault, why) in [
        (Fault::expired_token(), "the token has expired"),
        (Fault::revoked_token(), "the token is not known"),
    ] {
        let (client, other) = (Client::of(&port), Client::of(&port));
        port.inject(fault);
        let asked = client.ask_token(port.client_id(), port.client_secret()).await;
        assert_eq!(asked.status, 200, "a request for a token shows none");
        assert_eq!(client.get("/v1/webhooks/a").await.refused(401, "unauthorized"), why);
        assert_eq!(
            client.get("/v1/webhooks/a").await.refused(401, "unauthorized"),
            why,
            "it is gone for good"
        );
        assert_eq!(other.get("/v1/webhooks/a").await.status, 200, "no other token is");
    }
}

#[tokio::test]
async fn ok_is_false_in_a_200() {
    let port = launch().await;
    port.inject(Fault::not_ok("quota", "too many webhooks"));
    let raw = get(&port).await;
    assert_eq!(raw.status, 200);
    assert_eq!(raw.json(), json!({ "ok": false, "error": "quota", "message": "too many webhooks" }));
}

#[tokio::test]
async fn lists_do_not_page_as_they_should() {
    let port =
        FakePort::builder().webhooks((0..5).map(|n| subscription(&n.to_string()))).start().await.unwrap();
    let client = Client::of(&port);
    for (fault, pages) in [
        (PagingFault::Ignored, [&["0", "1", "2", "3", "4"][..]; 3]),
        (PagingFault::Capped(1), [&["0"], &["1"], &["2"]]),
        (PagingFault::Capped(0), [&["0"], &["1"], &["2"]]),
        (PagingFault::Repeated, [&["0", "1"], &["1", "2"], &["2", "3"]]),
        (PagingFault::Cyclic, [&["0", "1"], &["2", "3"], &["4"]]),
    ] {
        let id = port.inject(Fault::paging(fault).always());
        assert_eq!(client.get("/v1/webhooks/0").await.status, 200);
        assert_eq!(port.hits(id), Some(0), "only a list has pages");
        for (at, page) in pages.iter().enumerate() {
            let answer = client.get(&format!("/v1/webhooks?page={}&per_page=2", at + 1)).await;
            assert_eq!(answer.identifiers("webhooks"), *page, "{fault:?}");
        }
        if fault == PagingFault::Cyclic {
            let answer = client.get("/v1/webhooks?page=4&per_page=2").await;
            assert_eq!(answer.identifiers("webhooks"), ["0", "1"]);
        }
        let whole = client.get("/v1/webhooks").await;
        let all = if let PagingFault::Capped(most) = fault { most.max(1) } else { 5 };
        assert_eq!(whole.identifiers("webhooks").len(), all, "{fault:?} of a request without pages");
        port.clear_faults();
    }
    port.restore(&FakePort::start().await.snapshot());
    port.inject(Fault::paging(PagingFault::Cyclic));
    assert!(
        client.with_token(port.issue_token()).get("/v1/webhooks").await.identifiers("webhooks").is_empty()
    );
}

#[tokio::test]
async fn answers_hold_what_nobody_knows_yet() {
    let port = launch().await;
    port.inject(Fault::unknown_fields().times(2));
    let one = get(&port).await.json();
    assert!(one["futureField"].is_object() && one["webhook"]["futureField"].is_array(), "{one}");
    assert_eq!(one["webhook"]["events"], json!(["entity.created", "entity.updated", "future.event"]));
    let list = send(&port, "GET", "/v1/webhooks", None).await.unwrap().json();
    assert_eq!(list["webhooks"][0], one["webhook"]);
    assert!(port.webhook("a").unwrap().get("futureField").is_none(), "the webhook itself has none");

    let port = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    port.seed(json!({ "identifier": "a", "title": "A", "enabled": true })).unwrap();
    port.inject(Fault::unknown_fields());
    let one = get(&port).await.json();
    assert_eq!(one["integration"]["integrationType"], "future");
}

#[tokio::test]
async fn answers_are_altered() {
    let port = launch().await;
    port.inject(Fault::merged(json!({ "webhook": { "url": null, "title": { "a": 1 } }, "more": [2] })));
    let one = get(&port).await.json();
    assert_eq!((&one["webhook"]["title"], &one["more"]), (&json!({ "a": 1 }), &json!([2])));
    assert!(one["webhook"].get("url").is_none() && one["ok"] == true);

    port.inject(Fault::merged(json!({ "expiresIn": null })).on([Route::Token]));
    let token = Client::stranger(&port).ask_token(port.client_id(), port.client_secret()).await;
    assert!(token.body["accessToken"].is_string() && token.body.get("expiresIn").is_none(), "{}", token.body);

    port.inject(Fault::truncated(9));
    let raw = get(&port).await;
    assert_eq!((raw.status, raw.body.as_slice()), (200, br#"{"ok":tru"#.as_slice()));
    assert_eq!(raw.header("content-length"), Some("9"));
}

#[tokio::test]
async fn answers_are_compressed() {
    let port = launch().await;
    let plain = get(&port).await.body;
    port.inject(Fault::compressed());
    let raw = get(&port).await;
    assert_eq!(raw.header("content-encoding"), Some("gzip"));
    let mut unpacked = Vec::new();
    GzDecoder::new(raw.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);

    port.inject(Fault::gzip_bomb(5_000_000));
    let raw = get(&port).await;
    assert!(raw.body.len() < 10_000);
    let mut unpacked = Vec::new();
    GzDecoder::new(raw.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked.len(), 5_000_000);
}

#[tokio::test]
async fn an_answer_is_late_or_never_comes() {
    let port = launch().await;
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(50)).build().unwrap();
    for fault in [
        Fault::slow(Duration::from_secs(3600)),
        Fault::status(503).delay(Duration::from_secs(3600)),
        Fault::hanging(),
    ] {
        port.inject(fault.on([Route::Create]));
        let request = http.post(format!("{}/v1/webhooks", port.uri())).bearer_auth(port.issue_token());
        let error = request.json(&subscription("late")).send().await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
    }
    let found: Vec<_> =
        port.requests().iter().map(|request| (request.status, request.fault.unwrap())).collect();
    assert_eq!(found, [(Some(201), "answer"), (Some(503), "status"), (None, "hang")]);
    assert!(port.webhook("late").is_some(), "the first was carried out, then its answer was late");

    port.inject(Fault::slow(Duration::from_millis(1)));
    assert_eq!(get(&port).await.status, 200);
}

#[tokio::test]
async fn delayed_response_is_sent_when_faults_are_cleared() {
    let port = launch().await;
    port.inject(Fault::slow(Duration::MAX));
    let clear = async {
        while port.requests().of([Route::Get]).is_empty() {
            tokio::task::yield_now().await;
        }
        port.clear_faults();
    };
    assert_eq!(tokio::join!(get(&port), clear).0.status, 200);
}

/// The faults that were applied to 60 requests of several kinds.
async fn faulty(plan: FaultPlan) -> Vec<(u64, &'static str)> {
    let port = FakePort::builder().webhook(subscription("a")).faults(plan).start().await.unwrap();
    let client = Client::of(&port);
    for round in 0..20 {
        client.get("/v1/webhooks/a").await;
        client.patch("a", json!({ "title": round.to_string() })).await;
        client.get("/v1/webhooks").await;
    }
    port.requests().faulty().iter().map(|request| (request.number, request.fault.unwrap())).collect()
}

#[tokio::test]
async fn an_injected_fault_takes_nothing_from_a_plan() {
    let port = launch().await;
    port.follow(FaultPlan::seeded(1).share(1.0).faults([Fault::status(503).times(1)]));
    port.inject(Fault::status(500));
    for status in [500, 503, 200] {
        assert_eq!(get(&port).await.status, status);
    }
}

#[tokio::test]
async fn a_fault_that_changes_nothing_is_told_so() {
    let port = launch().await;
    port.inject(Fault::truncated(1_000_000).on([Route::Update]));
    send(&port, "PATCH", "/v1/webhooks/a", Some(json!({ "title": "New" }))).await.unwrap();
    assert_eq!(port.ledger()[0].response, WriteResponse::Real);
    port.inject(Fault::status(500).header("content-type", "text/plain"));
    assert_eq!(get(&port).await.headers.get_all("content-type").iter().collect::<Vec<_>>(), ["text/plain"]);
    let spent = port.inject(Fault::status(500));
    assert_eq!((get(&port).await.status, port.hits(spent)), (500, Some(1)));
}

#[tokio::test]
async fn a_plan_is_replayed_exactly_from_its_seed() {
    let plan = |seed| {
        FaultPlan::seeded(seed).share(0.3).faults([
            Fault::status(503),
            Fault::not_ok("no", "no"),
            Fault::rate_limited(Hint::None).on([Route::List]),
            Fault::unknown_fields().times(1),
        ])
    };
    let first = faulty(plan(7)).await;
    assert_eq!(faulty(plan(7)).await, first);
    assert_ne!(faulty(plan(8)).await, first);
    assert!((5..30).contains(&first.len()), "about a third, less what fits no request: {first:?}");
    let kinds = |name| first.iter().filter(|(_, kind)| *kind == name).count();
    assert!(kinds("status") > 0 && kinds("notOk") > 0 && kinds("unknownFields") <= 1, "{first:?}");
    let lists: Vec<_> = first.iter().filter(|(_, kind)| *kind == "rateLimited").collect();
    assert!(lists.iter().all(|(number, _)| number % 3 == 0), "{first:?}");
    // The sequence itself is part of what a seed promises: a new version must not choose others.
    assert_eq!(first[..3], [(6, "unknownFields"), (12, "rateLimited"), (13, "notOk")]);

    assert_eq!(faulty(plan(7).share(0.0)).await, []);
    let all = faulty(FaultPlan::seeded(1).share(1.0).faults([Fault::status(500)])).await;
    assert_eq!(all.len(), 60);
    let some = faulty(FaultPlan::seeded(1).share(1.0).faults([Fault::status(500).times(2)])).await;
    assert_eq!(some, [(1, "status"), (2, "status")]);
}
