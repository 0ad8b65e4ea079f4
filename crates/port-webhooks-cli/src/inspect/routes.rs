//! The page and its routes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::middleware::from_fn;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use fake_port::{DeliveryOutcome, PortEvent};
use futures_util::{StreamExt as _, stream};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::log::{Log, MOST, Original};
use super::state::parts;
use super::{Source, access, entry};
use crate::listen::{Forwarded, Forwarder};

const PAGE: &str = include_str!("page.html");
/// Stands in the page where the nonce of its script and its style belongs.
const NONCE: &str = "{{nonce}}";

struct Shared {
    log: Arc<Log>,
    source: Source,
    /// Tells this run of the command from an earlier one at the same address.
    run: String,
}

pub(super) fn router(log: Arc<Log>, source: Source) -> Router {
    let run = random().unwrap_or_default();
    Router::new()
        .route("/", get(page))
        .route("/events", get(events))
        .route("/state", get(state))
        .route("/entries/{id}/{how}", post(send_again))
        .layer(from_fn(access::check))
        .with_state(Arc::new(Shared { log, source, run }))
}

/// The page, whose script and style are the only ones that run: by a nonce that nobody can guess.
async fn page() -> Response {
    let Ok(nonce) = random() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'"
    );
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (CONTENT_SECURITY_POLICY, policy)];
    (headers, PAGE.replace(NONCE, &nonce)).into_response()
}

/// 64 random bits in 16 digits.
fn random() -> Result<String, getrandom::Error> {
    getrandom::u64().map(|bits| format!("{bits:016x}"))
}

/// The entries that are kept, and then each as it arrives. `changed` says that the state of the fake may have changed.
async fn events(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> impl IntoResponse {
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = seen.and_then(|id| id.strip_prefix(&shared.run)?.strip_prefix('-')?.parse().ok());
    let (again, anew, fake) = match &shared.source {
        Source::Receiver(None) => (false, false, false),
        Source::Receiver(Some(forwarder)) => (true, forwarder.signer.is_some(), false),
        Source::Fake(_) => (true, true, true),
    };
    let hello = json!({
        "run": shared.run, "fake": fake, "address": shared.log.address(), "again": again, "anew": anew, "most": MOST,
        "last": shared.log.last(), "showsSecrets": shared.log.masker.shows_secrets(),
    });
    let hello = Event::default().event("hello").data(hello.to_string());
    let version = shared.log.watch();
    let live =
        stream::unfold((shared, version, seen.unwrap_or(0)), |(shared, mut version, seen)| async move {
            version.mark_unchanged();
            if shared.log.after(seen).is_none() {
                version.changed().await.ok()?;
            }
            let (event, seen) = match shared.log.after(seen) {
                Some((id, json, oldest)) => {
                    let data = format!(r#"{{"id":{id},"oldest":{oldest},"entry":{json}}}"#);
                    (Event::default().event("entry").id(format!("{}-{id}", shared.run)).data(data), id)
                }
                None => (Event::default().event("changed").data("{}"), seen),
            };
            Some((event, (shared, version, seen)))
        });
    Sse::new(stream::iter([hello]).chain(live).map(Ok::<_, Infallible>)).keep_alive(KeepAlive::default())
}

/// The state of the fake.
async fn state(State(shared): State<Arc<Shared>>) -> Response {
    match &shared.source {
        Source::Fake(fake) => {
            let overview = shared.log.masker.overview(fake.overview());
            json_response(StatusCode::OK, &json!(parts(overview)))
        }
        Source::Receiver(_) => problem(StatusCode::NOT_FOUND, "only a fake has a state"),
    }
}

/// Sends a delivery again: `as-it-was`, or `signed-anew`.
async fn send_again(State(shared): State<Arc<Shared>>, Path((id, how)): Path<(u64, String)>) -> Response {
    let anew = match how.as_str() {
        "as-it-was" => false,
        "signed-anew" => true,
        _ => return problem(StatusCode::NOT_FOUND, "deliveries are sent again as-it-was or signed-anew"),
    };
    let Some(original) = shared.log.original(id) else {
        return problem(
            StatusCode::NOT_FOUND,
            "it cannot be sent again: it is no delivery, or no longer kept",
        );
    };
    let sent = match (&shared.source, original) {
        (Source::Fake(fake), Original::Sent(delivery)) => {
            let event = if anew { PortEvent::again(&delivery) } else { PortEvent::replay(&delivery) };
            match fake.emit(event).await.first().map(|sent| (sent.status(), &sent.outcome)) {
                Some((_, DeliveryOutcome::Refused(reason))) => Err(format!("not sent: {reason}")),
                Some((Some(status), _)) => Ok(status.to_string()),
                Some((None, _)) => Ok("no answer".to_owned()),
                None => Err("not sent: the webhook was deleted or is disabled".to_owned()),
            }
        }
        (Source::Receiver(Some(forwarder)), original) => {
            forward_again(&shared.log, forwarder, &original, anew).await
        }
        _ => Err("there is nowhere to send it: give --forward-to".to_owned()),
    };
    match sent {
        Ok(told) => json_response(StatusCode::OK, &json!({ "sent": told })),
        Err(reason) => problem(StatusCode::CONFLICT, &reason),
    }
}

/// Sends a delivery that `listen` received to the target, and enters that.
async fn forward_again(
    log: &Log,
    forwarder: &Forwarder,
    original: &Original,
    anew: bool,
) -> Result<String, String> {
    let Original::Received { method, headers, body } = original else {
        return Err("it is not a delivery that was received".to_owned());
    };
    let (headers, ended) =
        forwarder.send(method, headers, body.clone(), anew).await.map_err(|failure| failure.text(false))?;
    let how = if anew { "signed anew" } else { "as it was" };
    let to = forwarder.target.name();
    let entry = entry::sent_again(method, &headers, body, &ended, how, &to, &log.masker);
    log.push(entry, Some(Original::Received { method: method.clone(), headers, body: body.clone() }));
    match ended {
        Forwarded::Answered { status, .. } => Ok(status.to_string()),
        Forwarded::Failed { error } => Err(error),
    }
}

fn problem(status: StatusCode, text: &str) -> Response {
    json_response(status, &json!({ "error": text }))
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
