//! The limit of requests in a window of time.

use std::time::{Duration, UNIX_EPOCH};

use fake_port::{Builder, FakePort, RequestLimit, Reset};

use crate::client::{Client, Response, subscription};

fn frozen(limit: RequestLimit) -> Builder {
    FakePort::builder()
        .webhook(subscription("a"))
        .clock(|| UNIX_EPOCH + Duration::from_secs(1_700_000_000))
        .rate_limit(limit)
}

/// What an answer tells of the limit: status, remaining, reset, retry-after.
fn limit_of(answer: &Response) -> (u16, &str, &str, Option<&str>) {
    let header = |name| answer.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!((header("x-ratelimit-limit"), header("x-ratelimit-period")), (Some("2"), Some("60")));
    let (remaining, reset) = (header("x-ratelimit-remaining"), header("x-ratelimit-reset"));
    (answer.status, remaining.unwrap(), reset.unwrap(), header("retry-after"))
}

#[tokio::test]
async fn every_response_has_the_limit_and_excess_is_refused() {
    let port = frozen(RequestLimit::new(2, Duration::from_secs(60))).start().await.unwrap();
    let (one, other) = (Client::of(&port), Client::of(&port));
    let path = "/v1/webhooks/a";
    let token = one.ask_token(port.client_id(), port.client_secret()).await;
    assert_eq!(limit_of(&token), (200, "2", "1700000060", None), "a request for a token takes none");
    assert_eq!(limit_of(&Client::stranger(&port).get(path).await).0, 401);
    assert_eq!(limit_of(&one.get(path).await), (200, "1", "1700000060", None));
    port.advance(Duration::from_secs(20));
    assert_eq!(
        limit_of(&other.get("/v1/webhooks/b").await),
        (404, "0", "1700000060", None),
        "all clients share it"
    );
    let beyond = one.delete(path).await;
    assert_eq!(limit_of(&beyond), (429, "0", "1700000060", None));
    beyond.refused(429, "rate_limited");
    assert!(port.webhook("a").is_some(), "a refused request changes nothing");
    assert_eq!(port.counts().rate_limited, 1);
    port.advance(Duration::from_secs(40));
    assert_eq!(limit_of(&one.get(path).await), (200, "1", "1700000120", None), "a new window has begun");
    port.advance(Duration::from_secs(60));
    let token = one.ask_token(port.client_id(), port.client_secret()).await;
    assert_eq!(limit_of(&token), (200, "2", "1700000180", None), "it has ended, and no other has begun");
}

#[tokio::test]
async fn the_reset_has_the_form_that_is_asked_for() {
    for (reset, value) in [
        (Reset::EpochSeconds, "1700000060"),
        (Reset::EpochMilliseconds, "1700000060000"),
        (Reset::SecondsToWait, "45"),
    ] {
        let limit = RequestLimit::new(2, Duration::from_secs(60)).reset(reset).retry_after(true);
        let port = frozen(limit).start().await.unwrap();
        let client = Client::of(&port);
        client.get("/v1/webhooks/a").await;
        port.advance(Duration::from_secs(15));
        assert_eq!(limit_of(&client.get("/v1/webhooks/a").await), (200, "0", value, None));
        assert_eq!(limit_of(&client.get("/v1/webhooks/a").await), (429, "0", value, Some("45")));
    }
}

#[tokio::test]
async fn reset_is_not_before_the_next_window() {
    for (reset, asked_at, value) in [
        (Reset::EpochSeconds, 500, "1700000011"),
        (Reset::EpochMilliseconds, 500, "1700000010001"),
        (Reset::SecondsToWait, 500, "10"),
        (Reset::SecondsToWait, 9_999, "1"),
    ] {
        let limit = RequestLimit::new(1, Duration::from_secs(10)).reset(reset);
        let port = frozen(limit).start().await.unwrap();
        let client = Client::of(&port);
        port.advance(Duration::from_nanos(1));
        client.get("/v1/webhooks/a").await;
        port.advance(Duration::from_millis(asked_at));
        let refused = client.get("/v1/webhooks/a").await;
        assert_eq!(refused.headers["x-ratelimit-reset"], value, "{reset:?}");
    }
}

#[test]
fn limit_is_read_from_text() {
    assert_eq!("0/1".parse(), Ok(RequestLimit::new(0, Duration::from_secs(1))));
    for bad in ["", "1", "1/", "/1", "1/0", "-1/1", "+1/1", "1/1s", "1/1/1", "4294967296/1", " 1/1"] {
        assert!(bad.parse::<RequestLimit>().is_err(), "{bad}");
    }
}
