//! One client in several runtimes, of which some end, and some are no longer driven.

use fake_port::{FakePort, Recording, Script, ScriptedServer};
use port_webhooks::{ErrorKind, EventType, NewWebhook, Outcome, Webhooks};
use tokio::runtime::{Builder, Runtime};

use crate::support::{ManualClock, PAGE_URL, client_at, client_of};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A server in a runtime of its own, and a client of it with its clock.
fn served() -> (Runtime, FakePort, Webhooks, ManualClock) {
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let fake = server.block_on(FakePort::builder().record(Recording::All).serve()).unwrap();
    let clock = ManualClock::new();
    let hooks = client_of(&fake).clock(clock.clone()).build().unwrap().webhooks();
    (server, fake, hooks, clock)
}

fn new(identifier: &str) -> NewWebhook {
    NewWebhook::subscription(identifier, PAGE_URL).events([EventType::RunCreated])
}

#[test]
fn create_after_its_connections_runtime_ended_succeeds_once() {
    let (_server, fake, hooks, _) = served();
    for n in 0..20 {
        runtime().block_on(hooks.create(new(&format!("a-{n}"))).into_future()).unwrap();
    }
    assert_eq!((fake.ledger().len(), fake.tokens_issued()), (20, 1));
}

#[test]
fn create_on_an_undriven_connection_has_an_unknown_outcome() {
    let (_server, fake, hooks, clock) = served();
    let idle = runtime();
    idle.block_on(hooks.create(new("a")).into_future()).unwrap();
    let used = runtime();
    let error = used.block_on(async {
        let mut create = Box::pin(hooks.create(new("b")).into_future());
        assert!(futures_util::poll!(create.as_mut()).is_pending());
        clock.end_limits();
        create.await.unwrap_err()
    });
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown), "{error:?}");
    // That connection is not used again, and nothing is sent later.
    used.block_on(hooks.create(new("c")).into_future()).unwrap();
    idle.block_on(tokio::task::yield_now());
    let created = ["a", "b", "c"].map(|identifier| fake.webhook(identifier).is_some());
    assert_eq!(created, [true, false, true]);
}

#[test]
fn create_whose_runtime_ends_meanwhile_has_an_unknown_outcome() {
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let body = r#"{"ok":true,"webhooks":[]}"#;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let kept = Script::new().receive().send(head).send(body).receive().hang();
    let scripted = server.block_on(ScriptedServer::start([kept])).unwrap();
    let hooks = client_at(&scripted.uri()).build().unwrap().webhooks();
    let ending = runtime();
    ending.block_on(hooks.metadata().into_future()).unwrap();
    let used = runtime();
    let error = used.block_on(async {
        let mut create = Box::pin(hooks.create(new("a")).into_future());
        assert!(futures_util::poll!(create.as_mut()).is_pending());
        // The connection is driven until the server has the request.
        let received = async {
            while scripted.requests().len() < 2 {
                tokio::task::yield_now().await;
            }
        };
        std::thread::scope(|scope| scope.spawn(|| ending.block_on(received)).join().unwrap());
        ending.shutdown_background();
        create.await.unwrap_err()
    });
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Transport, Outcome::Unknown), "{error:?}");
}
