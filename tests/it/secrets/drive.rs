//! Makes every call there is, with secrets in everything that can hold one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use port_webhooks::{
    Error, NewWebhook, Outcome, WebhookPatch, Webhooks,
    types::{Security, SecurityPatch, WebhookReplacement},
};
use serde_json::json;

use super::canary::{FIELD, HEADER, WEBHOOK_SECRET, assert_hidden, printed};
use crate::support::PAGE_URL;

pub fn new() -> NewWebhook {
    NewWebhook::subscription("a", PAGE_URL)
        .events(["run.created"])
        .header("Authorization", HEADER)
        .secret(WEBHOOK_SECRET)
}

pub fn replacement() -> WebhookReplacement {
    let mut security = Security::with_secret(WEBHOOK_SECRET);
    security.extra.insert("next", json!([{ "key": FIELD }]));
    WebhookReplacement::data_source("A").header("Authorization", HEADER).security(security)
}

pub fn patch() -> WebhookPatch {
    let mut security = SecurityPatch::new().secret(WEBHOOK_SECRET);
    security.extra.insert("next", json!(FIELD));
    WebhookPatch::new().headers([("Authorization", HEADER)]).security(security)
}

/// Each call once, and what is printed of how it ends. Whatever that is, nothing of a secret is in it.
pub async fn every_call(hooks: &Webhooks) -> Vec<Error> {
    let mut errors = Vec::new();
    macro_rules! call {
        ($($request:expr),+ $(,)?) => {
            $(
                let request = $request;
                assert_hidden(&format!("{request:?} {request:#?}"));
                let result = request.await;
                assert_hidden(&printed(&result));
                errors.extend(result.err());
            )+
        };
    }
    call!(
        hooks.get("a"),
        hooks.list(),
        hooks.list().page(1).query("key", "value"),
        hooks.metadata(),
        hooks.create(new()),
        hooks.create(new().field("note", FIELD)),
        hooks.create(new()).reconcile(true),
        hooks.update("a", patch()),
        hooks.update("a", WebhookPatch::new().secret(WEBHOOK_SECRET).field("note", json!({ "in": FIELD }))),
        hooks.replace("a", replacement()),
        hooks.replace("a", WebhookReplacement::subscription("a", PAGE_URL).events(["x"]).header("K", HEADER)),
        hooks.delete("a"),
    );
    let mut stream = hooks.list().per_page(1).stream();
    let mut pages = hooks.list().per_page(1).pages();
    assert_hidden(&format!("{stream:?} {pages:?} {stream:#?} {pages:#?}"));
    let (webhook, page) = (stream.try_next().await, pages.try_next().await);
    assert_hidden(&(printed(&webhook) + &printed(&page)));
    errors.extend(webhook.err().into_iter().chain(page.err()));
    errors
}

/// What people print without meaning to: the message of an `unwrap` that fails. Each kind of error once.
#[allow(clippy::expect_used)] // its message is what is looked at
pub fn panics_hide(errors: Vec<Error>) {
    let mut seen: Vec<(port_webhooks::ErrorKind, Outcome)> = Vec::new();
    for error in errors {
        if seen.contains(&(error.kind(), error.outcome())) {
            continue;
        }
        seen.push((error.kind(), error.outcome()));
        let result = || Err::<(), _>(error.clone());
        let unwrapped = catch_unwind(AssertUnwindSafe(|| result().unwrap()));
        let expected = catch_unwind(AssertUnwindSafe(|| result().expect("a webhook")));
        for panic in [unwrapped, expected] {
            assert_hidden(message(&*panic.unwrap_err()));
        }
    }
}

/// What a panic says.
pub fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().unwrap()
}
