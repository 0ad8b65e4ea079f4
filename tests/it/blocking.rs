//! The blocking client, in programs with and without a runtime.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use fake_port::{FakePort, Fault, Route};
use http::Method;
use port_webhooks::{
    Error, ErrorKind, EventType, NewWebhook, Outcome, WebhookPatch, Webhooks,
    types::{AccessToken, Attempt, Ensured, Observer},
};
use serde_json::{Value, json};

use crate::support::{Log, client_of};

fn fake() -> FakePort {
    FakePort::builder().start_blocking().unwrap()
}

fn hooks(fake: &FakePort) -> Webhooks {
    client_of(fake).build_blocking().unwrap().webhooks()
}

fn seed(fake: &FakePort, count: usize) -> BTreeSet<String> {
    let names: BTreeSet<_> = (0..count).map(|n| format!("hook-{n}")).collect();
    fake.seed_all(names.iter().map(|identifier| json!({ "identifier": identifier }))).unwrap();
    names
}

fn new(identifier: &str) -> NewWebhook {
    NewWebhook::subscription(identifier, "https://a.example").events([EventType::RunCreated])
}

#[test]
fn every_call_works_without_a_runtime() {
    let fake = fake();
    let port = client_of(&fake).build_blocking().unwrap();
    let hooks = port.webhooks();
    assert!(hooks.get("a").optional().wait().unwrap().is_none());
    fake.inject(Fault::dropped().on([Route::Create]).applied());
    assert_eq!(hooks.create(new("a")).reconcile(true).wait().unwrap().identifier, "a");
    assert!(matches!(hooks.ensure(new("a")).wait().unwrap(), Ensured::Unchanged(_)));
    let patch = WebhookPatch::new().title("A");
    assert_eq!(hooks.update("a", patch).wait().unwrap().title.as_deref(), Some("A"));
    let whole = hooks.get("a").query("include", "stats").wait().unwrap().into_replacement();
    assert_eq!(hooks.replace("a", whole.title("B")).wait().unwrap().title.as_deref(), Some("B"));
    assert_eq!(hooks.metadata().wait().unwrap()[0].identifier, "a");
    assert_eq!(hooks.list().page(1).per_page(10).wait().unwrap().webhooks.len(), 1);
    let raw = port
        .request(Method::PATCH, "/v1/webhooks/{identifier}")
        .parameter("a")
        .json(&json!({ "title": "C" }));
    let raw = raw.idempotent(true).header("X-Request-Id", "7f0c").returning::<Value>().wait().unwrap();
    assert_eq!(raw["webhook"]["title"], "C");
    assert!(port.request(Method::GET, "/v1/webhooks").wait().unwrap().status.is_success());
    assert!(hooks.delete("a").wait().unwrap());
    let error = hooks.get("a").wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Outcome::NotApplied));
    assert!(fake.webhooks().is_empty());
}

#[test]
fn iterator_yields_every_webhook_once() {
    let fake = fake();
    let names = seed(&fake, 25);
    for prefetch in [1, 4] {
        let all = hooks(&fake).list().per_page(4).iter().prefetch(prefetch);
        let all: Vec<_> = all.map(|webhook| webhook.unwrap().identifier).collect();
        assert_eq!(all.len(), 25);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), names);
    }
}

#[test]
fn iterator_requests_pages_when_they_are_needed() {
    let fake = fake();
    seed(&fake, 25);
    let mut all = hooks(&fake).list().per_page(10).iter();
    fake.requests().of([Route::List]).assert_count(0);
    assert!(all.by_ref().take(10).all(|webhook| webhook.is_ok()));
    fake.requests().of([Route::List]).assert_count(1);
}

#[test]
fn iterator_after_an_error_ends() {
    let fake = fake();
    seed(&fake, 25);
    let mut all = hooks(&fake).list().per_page(10).iter();
    assert!(all.by_ref().take(10).all(|webhook| webhook.is_ok()));
    fake.inject(Fault::status(403).on([Route::List]));
    assert_eq!(all.next().unwrap().unwrap_err().kind(), ErrorKind::Permission);
    assert!(all.next().is_none() && all.next().is_none());
}

#[tokio::test(flavor = "current_thread")]
async fn call_within_an_async_runtime_ends() {
    let fake = FakePort::start().await;
    let hooks = hooks(&fake);
    hooks.create(new("a")).wait().unwrap();
    assert_eq!(hooks.list().iter().count(), 1);
}

#[test]
fn waiting_with_a_client_without_a_thread_fails() {
    let port = port_webhooks::Client::builder().access_token("token").build().unwrap();
    let hooks = port.webhooks();
    let failed = hooks.get("a").wait().unwrap_err();
    let of_list = hooks.list().iter().next().unwrap().unwrap_err();
    let of_drain = port.runs().drain_blocking(std::time::Duration::ZERO).unwrap_err();
    for error in [failed, of_list, of_drain] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
        assert!(error.to_string().contains("`build_blocking`"), "{error}");
    }
}

#[test]
fn clones_are_used_by_many_threads_at_once() {
    let fake = fake();
    let port = client_of(&fake).build_blocking().unwrap();
    thread::scope(|scope| {
        for n in 0..8 {
            let hooks = port.clone().webhooks();
            scope.spawn(move || hooks.create(new(&format!("hook-{n}"))).wait().unwrap());
        }
    });
    assert_eq!(fake.webhooks().len(), 8);
    assert_eq!(fake.tokens_issued(), 1);
}

/// Says that its thread has ended.
struct Ended(Arc<AtomicBool>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

thread_local! {
    static ENDED: RefCell<Option<Ended>> = const { RefCell::new(None) };
}

#[test]
fn dropping_the_last_clone_ends_the_thread() {
    let fake = fake();
    let ended = Arc::new(AtomicBool::new(false));
    let (token, flag) = (fake.issue_token(), Arc::clone(&ended));
    let provider = move || {
        let (token, flag) = (token.clone(), Arc::clone(&flag));
        async move {
            ENDED.with_borrow_mut(|ended| *ended = Some(Ended(flag)));
            Ok(AccessToken::new(token))
        }
    };
    let port = client_of(&fake).token_provider_fn(provider).build_blocking().unwrap();
    let mut all = port.webhooks().list().iter();
    assert!(all.next().is_none());
    drop(port);
    assert!(!ended.load(Ordering::SeqCst), "the iterator still needs the thread");
    drop(all);
    assert!(ended.load(Ordering::SeqCst));
}

/// Calls a client, or panics, for each attempt.
#[derive(Default)]
struct Caller {
    hooks: Mutex<Option<Webhooks>>,
    error: Mutex<Option<Error>>,
}

impl Observer for Caller {
    fn attempted(&self, _: &Attempt<'_>) {
        let hooks = self.hooks.lock().unwrap().take().unwrap();
        *self.error.lock().unwrap() = hooks.get("a").wait().err();
    }
}

#[test]
fn call_by_its_own_observer_fails_instead_of_hanging() {
    let fake = fake();
    let caller = Arc::new(Caller::default());
    let builder = client_of(&fake).access_token(fake.issue_token()).observer(Arc::clone(&caller));
    let hooks = builder.build_blocking().unwrap().webhooks();
    *caller.hooks.lock().unwrap() = Some(hooks.clone());
    hooks.list().wait().unwrap();
    let error = caller.error.lock().unwrap().take().unwrap();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
    assert!(error.to_string().contains("own observer"), "{error}");
}

#[test]
fn observer_that_panics_fails_the_call_and_no_other() {
    let fake = fake();
    let caller = Arc::new(Caller::default());
    let builder = client_of(&fake).access_token(fake.issue_token()).observer(Arc::clone(&caller));
    let hooks = builder.build_blocking().unwrap().webhooks();
    let error = hooks.list().wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Transport, Outcome::Unknown));
    assert!(error.to_string().contains("panicked"), "{error}");
    let error = hooks.list().iter().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[test]
fn call_is_traced_in_the_span_of_its_caller() {
    let fake = fake();
    let hooks = hooks(&fake);
    let log = Log::default();
    let recording = log.record();
    tracing::info_span!("nightly_job").in_scope(|| hooks.list().wait()).unwrap();
    drop(recording);
    let text = log.text();
    assert!(text.contains("nightly_job:port_webhooks.call"), "{text}");
}
