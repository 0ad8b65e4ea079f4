//! Reading back what happened.

use fake_port::{FakePort, Fault, Recording, Route};
use serde_json::json;

use crate::client::{Client, subscription};

async fn some_requests() -> FakePort {
    let port = FakePort::builder().webhook(subscription("a")).start().await.unwrap();
    let client = Client::of(&port);
    client.ask_token(port.client_id(), port.client_secret()).await;
    client.post(subscription("b")).await;
    client.get("/v1/webhooks/b").await;
    client.get("/v1/webhooks/missing").await;
    client.get("/v1/webhooks?page=1&per_page=5").await;
    port.inject(Fault::status(503));
    client.patch("a", json!({ "title": "New" })).await;
    client.get("/v1/nothing").await;
    port
}

/// The message of an assertion that fails.
fn failure(assertion: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(assertion)).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

#[tokio::test]
async fn requests_are_filtered_by_what_they_are() {
    let port = some_requests().await;
    port.requests().assert_count(7);
    port.requests().of([Route::Get]).assert_count(2);
    port.requests().of([Route::Get, Route::List]).assert_count(3);
    port.requests().of(Route::WRITES).assert_count(2);
    port.requests().of([Route::Get]).on("b").assert_count(1);
    port.requests().answered(404).assert_count(2);
    port.requests().faulty().on("a").assert_count(1);
    port.requests().matching("with a page", |request| request.query("page").is_some()).assert_count(1);
    port.requests().of([Route::Delete]).assert_count(0);
    let identifiers: Vec<_> =
        port.requests().of([Route::Get]).into_iter().map(|one| one.identifier).collect();
    assert_eq!(identifiers, [Some("b".to_owned()), Some("missing".to_owned())]);
}

#[tokio::test]
async fn the_order_is_checked_with_as_much_as_is_said() {
    let port = some_requests().await;
    let gets = port.requests().of([Route::Get]);
    gets.assert_order([Route::Get, Route::Get]);
    gets.assert_order([(Route::Get, "b"), (Route::Get, "missing")]);
    gets.assert_order([(Route::Get, 200), (Route::Get, 404)]);
    for wrong in [&["b"][..], &["missing", "b"], &["b", "missing", "b"], &[]] {
        let expected = wrong.iter().map(|identifier| (Route::Get, *identifier));
        failure(|| gets.assert_order(expected));
    }
}

#[tokio::test]
async fn a_failure_tells_what_was_expected_and_what_arrived() {
    let port = some_requests().await;
    let gets = port.requests().of([Route::Get]).on("b").answered(500);
    assert_eq!(
        failure(|| gets.assert_count(2)),
        "\
expected 2 requests of get on \"b\" answered 500, found 0
arrived:
    1. POST /v1/auth/access_token (token) -> 200
    2. POST /v1/webhooks (create) -> 201
    3. GET /v1/webhooks/b (get) -> 200
    4. GET /v1/webhooks/missing (get) -> 404
    5. GET /v1/webhooks?page=1&per_page=5 (list) -> 200
    6. PATCH /v1/webhooks/a (update) -> 503 [fault: status]
    7. GET /v1/nothing (no such route) -> 404"
    );
    let reads = port.requests().of([Route::Get, Route::List]);
    assert_eq!(
        failure(|| reads.assert_order([(Route::Get, "b"), (Route::Get, "a")])),
        "\
expected in this order of get or list:
  get \"b\"
  get \"a\"   <- another request came
  nothing   <- request 5 came
arrived:
    1. POST /v1/auth/access_token (token) -> 200
    2. POST /v1/webhooks (create) -> 201
*   3. GET /v1/webhooks/b (get) -> 200
*   4. GET /v1/webhooks/missing (get) -> 404
*   5. GET /v1/webhooks?page=1&per_page=5 (list) -> 200
    6. PATCH /v1/webhooks/a (update) -> 503 [fault: status]
    7. GET /v1/nothing (no such route) -> 404"
    );
    port.clear_requests();
    assert_eq!(
        failure(|| port.requests().assert_order([(Route::Get, 404)])),
        "expected in this order:\n  get -> 404   <- did not come\narrived:\n  nothing"
    );
}

#[tokio::test]
async fn counts_are_kept_whatever_is_recorded() {
    let port = some_requests().await;
    port.clear_requests();
    let counts = port.counts();
    assert_eq!((counts.requests, counts.token_requests, counts.tokens_issued), (7, 1, 1));
    assert_eq!((counts.writes, counts.faults, counts.rate_limited), (1, 1, 0));
    assert_eq!(counts.tokens_issued, port.tokens_issued());
}

#[tokio::test]
async fn a_snapshot_brings_everything_back() {
    let port = FakePort::builder().webhook(subscription("a")).start().await.unwrap();
    let (client, before) = (Client::of(&port), port.snapshot());
    client.post(subscription("b")).await;
    client.delete("/v1/webhooks/a").await;
    port.revoke_tokens();
    assert_ne!(port.snapshot(), before);
    assert_eq!(port.snapshot().webhooks(), port.webhooks());
    port.restore(&before);
    assert_eq!(port.snapshot(), before);
    assert_eq!(client.get("/v1/webhooks").await.identifiers("webhooks"), ["a"], "the token is good again");

    let late = Client::of(&port);
    port.restore(&before);
    assert_eq!(Client::of(&port).get("/v1/webhooks").await.status, 200);
    assert_eq!(late.get("/v1/webhooks").await.status, 401, "a token from after it is not made again");
}

#[tokio::test]
async fn only_the_last_are_kept_when_that_is_said() {
    for (recording, numbers) in [
        (Recording::Off, &[][..]),
        (Recording::Last(0), &[]),
        (Recording::Last(2), &[3, 4]),
        (Recording::Last(9), &[1, 2, 3, 4]),
        (Recording::All, &[1, 2, 3, 4]),
    ] {
        for port in [
            FakePort::builder().record(recording).start().await.unwrap(),
            FakePort::builder().record(recording).serve().await.unwrap(),
        ] {
            let client = Client::of(&port);
            for identifier in ["a", "b", "c", "d"] {
                client.post(subscription(identifier)).await;
            }
            assert!(port.requests().iter().map(|request| request.number).eq(numbers.iter().copied()));
            assert!(port.ledger().iter().map(|write| write.request).eq(numbers.iter().copied()));
            assert_eq!((port.counts().requests, port.counts().writes), (4, 4));
        }
    }
}
