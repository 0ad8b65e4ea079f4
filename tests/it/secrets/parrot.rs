//! A server that repeats the request, as the error page of a proxy may, in every encoding and every part of a response.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use port_webhooks::Client;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::canary::{CLIENT_SECRET, TOKEN, assert_hidden, leak, printed};
use super::drive::{every_call, panics_hide};
use super::encodings::{self, Encoding};
use super::watch::Watcher;
use crate::support::{Log, ManualClock};

const STATUSES: [u16; 15] = [200, 201, 302, 400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 502, 503];

/// Where it says it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Json,
    Page,
    ContentType,
}

/// What it says, and how.
#[derive(Clone, Copy)]
struct Manner {
    status: u16,
    encoding: Encoding,
    place: Place,
}

/// Every secret that a request carried: credentials in headers, and all that is in the body.
fn secrets_in(request: &Request) -> Vec<String> {
    let bearer = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    let mut secrets: Vec<String> = bearer.into_iter().map(str::to_owned).collect();
    secrets.extend(bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned));
    let mut waiting: Vec<Value> = serde_json::from_slice(&request.body).into_iter().collect();
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) => secrets.push(text),
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => waiting.extend(members.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    secrets.retain(|text| leak(text).is_some());
    secrets
}

fn answer(manner: Manner, request: &Request) -> ResponseTemplate {
    let encode = manner.encoding.1;
    let secrets = secrets_in(request);
    let encoded: Vec<String> = secrets.iter().map(|text| encode(text)).collect();
    let encoded = encoded.join(" ");
    // All in one, as a dump of the request would be.
    let dump = encode(&format!("id:{};", secrets.join(";id:")));
    let mut response = ResponseTemplate::new(manner.status);
    let location = format!("https://elsewhere.example.com/{encoded}?token={encoded}");
    for (name, value) in [
        ("x-trace-id", &encoded),
        ("location", &location),
        ("retry-after", &encoded),
        ("x-ratelimit-reset", &encoded),
    ] {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            response = response.append_header(HeaderName::from_static(name), value);
        }
    }
    match manner.place {
        Place::Json => {
            let webhook = json!({ "identifier": 5, "title": encoded, "events": dump });
            response.set_body_json(json!({
                "ok": false, "error": encoded, "message": dump, "webhook": webhook, "webhooks": encoded,
                "accessToken": [encoded],
            }))
        }
        Place::Page => response.set_body_raw(format!("<h1>{encoded}</h1> {dump}"), "text/html"),
        Place::ContentType => {
            let kind = HeaderValue::from_bytes(format!("text/x; of={encoded}").as_bytes());
            let kind = kind.unwrap_or(HeaderValue::from_static("text/x"));
            // Given a text as its body, the server would set its own type.
            response.set_body_bytes(dump).insert_header(HeaderName::from_static("content-type"), kind)
        }
    }
}

/// The server, with how it is to answer.
async fn parrot() -> (MockServer, Arc<Mutex<Manner>>) {
    let manner = Manner { status: 200, encoding: encodings::ALL[0], place: Place::Json };
    let manner = Arc::new(Mutex::new(manner));
    let server = MockServer::start().await;
    let how = Arc::clone(&manner);
    Mock::given(wiremock::matchers::any())
        .respond_with(move |request: &Request| answer(*how.lock().unwrap(), request))
        .mount(&server)
        .await;
    (server, manner)
}

/// Each encoding in each place, with the statuses in turn. Only errors of a success name the content type.
fn manners() -> impl Iterator<Item = Manner> {
    let places = [Place::Json, Place::Page, Place::ContentType];
    let pairs = places.into_iter().flat_map(|place| encodings::ALL.map(|encoding| (place, encoding)));
    let statuses = STATUSES.into_iter().cycle();
    pairs.zip(statuses).map(|((place, encoding), status)| {
        let status = if place == Place::ContentType { 200 } else { status };
        Manner { status, encoding, place }
    })
}

#[tokio::test]
async fn a_server_that_repeats_what_it_is_told_shows_no_secret() {
    let (server, manner) = parrot().await;
    let (log, watcher) = (Log::default(), Watcher::default());
    let recording = log.record();
    let clock = ManualClock::new();
    let builder = || Client::builder().base_url(server.uri()).clock(clock.clone()).observer(watcher.clone());
    let hooks = builder().access_token(TOKEN).build().unwrap().webhooks();
    let port = builder().credentials("id", CLIENT_SECRET).build().unwrap();
    let mut errors = Vec::new();
    for how in manners() {
        *manner.lock().unwrap() = how;
        errors.extend(every_call(&hooks).await);
        let result = port.webhooks().list().await;
        assert_hidden(&printed(&result));
        errors.extend(result.err());
        // Credentials that are refused are not tried again for a while.
        clock.advance(Duration::from_secs(60));
    }
    drop(recording);
    assert!(log.text().contains("port_webhooks.call") && watcher.text().contains("create_access_token"));
    assert_hidden(&log.text());
    assert_hidden(&watcher.text());
    panics_hide(errors);
}
