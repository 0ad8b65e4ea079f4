//! Every fault of the fake with every call, and servers that are none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fake_port::{FakePort, Fault, Recording, Route, Script};
use port_webhooks::{Client, Retry, Webhooks, types::Clock};
use serde_json::json;

use super::canary::{CLIENT_SECRET, FIELD, HEADER, TOKEN, WEBHOOK_SECRET, assert_hidden, leak, printed};
use super::drive::{every_call, panics_hide};
use super::watch::Watcher;
use crate::histories::faults::{anywhere, of_lists, of_reads, of_writes};
use crate::support::{Log, ManualClock, PAGE_URL, StallClock, Stalls, client_of, play};

/// The time limit of an attempt. It ends when the server stalls the attempt.
const SHORT: Duration = Duration::from_millis(25);

/// How many of the requests that a server has received are stalled.
type StallsOf = fn(usize) -> Stalls;

fn quick(builder: port_webhooks::ClientBuilder, clock: &(impl Clock + Clone), watcher: &Watcher) -> Webhooks {
    let builder = builder.clock(clock.clone()).attempt_timeout(SHORT).max_response_body(8 * 1024);
    builder.retry(Retry::new().attempts(2)).observer(watcher.clone()).build().unwrap().webhooks()
}

/// A fake whose true answers are full of secrets.
async fn fake() -> Arc<FakePort> {
    let webhook = |identifier: &str| {
        json!({
            "identifier": identifier, "url": PAGE_URL, "events": ["run.created"], "vault": FIELD,
            "headers": { "Authorization": HEADER }, "security": { "secret": WEBHOOK_SECRET, "next": FIELD },
        })
    };
    let fake = FakePort::builder().credentials("id", CLIENT_SECRET).webhooks(["a", "b"].map(webhook));
    Arc::new(fake.record(Recording::All).serve().await.unwrap())
}

#[tokio::test]
async fn no_fault_shows_a_secret() {
    let (log, watcher) = (Log::default(), Watcher::default());
    let recording = log.record();
    let mut errors = Vec::new();
    let mut faults: Vec<Fault> = Vec::new();
    for (_, fault) in of_reads().into_iter().chain(of_lists()).chain(of_writes(Route::Update)) {
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    let fake = fake().await;
    let stalling = Arc::clone(&fake);
    let hangs = Arc::new(AtomicBool::new(false));
    let body_hangs = Arc::clone(&hangs);
    let clock = StallClock::new(SHORT, move || {
        if body_hangs.load(Ordering::SeqCst) { Stalls::with_bodies(&stalling) } else { Stalls::of(&stalling) }
    });
    let shown = client_of(&fake).build().unwrap().webhooks().get("a").await.unwrap();
    assert!(leak(&serde_json::to_string(&shown).unwrap()).is_some(), "there is something to hide");
    assert_hidden(&format!("{shown:?}"));
    let start = fake.snapshot();
    let hooks = quick(client_of(&fake), &clock, &watcher);
    for fault in faults {
        hangs.store(format!("{fault:?}").contains("Hang"), Ordering::SeqCst);
        fake.inject(fault.always());
        errors.extend(every_call(&hooks).await);
        fake.clear_faults();
        fake.clear_requests();
        fake.restore(&start);
        clock.advance(Duration::from_secs(60));
    }
    for (_, fault) in anywhere().into_iter().filter(|(name, _)| !name.ends_with("token")) {
        // Without one.
        hangs.store(format!("{fault:?}").contains("Hang"), Ordering::SeqCst);
        fake.revoke_tokens();
        fake.inject(fault.on([Route::Token]).always());
        let result = hooks.get("a").await;
        assert_hidden(&printed(&result));
        errors.extend(result.err());
        fake.clear_faults();
        fake.clear_requests();
        clock.advance(Duration::from_secs(60));
    }
    drop(recording);
    assert!(errors.len() > 500 && log.text().contains("port_webhooks.call"));
    assert_hidden(&log.text());
    assert_hidden(&watcher.text());
    panics_hide(errors);
}

#[tokio::test]
async fn a_server_that_is_none_is_shown_no_secret_of() {
    let (log, watcher) = (Log::default(), Watcher::default());
    let recording = log.record();
    let body =
        json!({ "ok": true, "webhook": { "identifier": "a", "security": { "secret": WEBHOOK_SECRET } } });
    let body = body.to_string();
    let odd = [
        format!("HTTP/1.1 200 {WEBHOOK_SECRET}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\n{WEBHOOK_SECRET}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nx-trace-id: {TOKEN}\r\ncontent-length: x\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-length: 8\r\n\r\n{TOKEN}"),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{TOKEN}\r\n"),
        TOKEN.to_owned(),
    ];
    let end: StallsOf = |_| Stalls { requests: 0, bodies: 0 };
    let scripts: [(Script, StallsOf); 9] = [
        (Script::response(200, body[..body.len() - 3].to_owned()), end),
        (Script::broken_body(body.clone(), body.len() - 3), end),
        (Script::stalled_body(body.clone(), body.len() - 3), |bodies| Stalls { requests: 0, bodies }),
        (Script::endless_body(), end),
        (Script::gzip_bomb(100_000), end),
        (Script::silence(), |requests| Stalls { requests, bodies: 0 }),
        (Script::not_http(), end),
        (Script::new().receive(), end),
        (Script::new().reset(), end),
    ];
    let odd = odd.into_iter().map(|bytes| (Script::new().receive().send(bytes), end));
    let mut errors = Vec::new();
    for (script, stalls) in scripts.into_iter().chain(odd) {
        let server = Arc::new(play(script).await);
        let stalling = Arc::clone(&server);
        let clock = StallClock::new(SHORT, move || stalls(stalling.requests().len()));
        errors.extend(
            every_call(&quick(
                Client::builder().access_token(TOKEN).base_url(server.uri()),
                &clock,
                &watcher,
            ))
            .await,
        );
        let credentials = Client::builder().credentials("id", CLIENT_SECRET).base_url(server.uri());
        errors.extend(quick(credentials, &clock, &watcher).list().await.err());
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = Client::builder().access_token(TOKEN).base_url(format!("http://{nobody}"));
    errors.extend(every_call(&quick(nowhere, &ManualClock::new(), &watcher)).await);
    drop(recording);
    assert_hidden(&log.text());
    assert_hidden(&watcher.text());
    panics_hide(errors);
}
