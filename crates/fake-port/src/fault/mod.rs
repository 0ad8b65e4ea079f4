//! Faults: what goes wrong, for which requests, and how often.

mod body;
mod effect;
mod hint;
mod kind;
mod plan;
mod queue;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::{Call, Operation};
use crate::script::Script;

pub use hint::Hint;
pub use kind::{Ending, PagingFault};
pub use plan::{FaultPlan, PlanError};
pub use queue::FaultId;

use body::FaultBody;
pub(crate) use effect::{Act, broken_script, spoil};
pub(crate) use kind::Kind;
pub(crate) use queue::Faults;

/// Something that goes wrong with a request.
///
/// Made by one of the constructors, narrowed by [`on`](Self::on) and [`identifier`](Self::identifier), and
/// given to [`FakePort::inject`](crate::FakePort::inject) or to a [`FaultPlan`]. It befalls the next request
/// that it fits, unless [`times`](Self::times) or [`always`](Self::always) says otherwise.
///
/// A fault that takes the place of the answer (a status, a lost connection) is for a request that was not
/// carried out, unless [`applied`](Self::applied) is said. A fault that spoils the true answer is for a request
/// that was.
///
/// ```
/// # #[tokio::main]
/// # async fn main() {
/// use fake_port::{FakePort, Fault, Hint, Operation};
///
/// let port = FakePort::start().await;
/// port.inject(Fault::status(503).on([Operation::Get, Operation::List]).times(2));
/// port.inject(Fault::rate_limited(Hint::Seconds(3)));
/// port.inject(Fault::dropped().on([Operation::Create]).applied()); // created, but the answer is lost
/// # }
/// ```
///
/// In JSON, for plans and admin routes: `{"fault": {"status": {"code": 503}}, "on": ["get"], "times": 2}`.
/// Beside `fault` it takes `on`, `identifier`, `times` (a number or `"always"`), `delayMilliseconds` and
/// `applied`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    #[serde(rename = "fault")]
    kind: Kind,
    /// Any operation that the kind can befall when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on: Vec<Operation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    /// By default once when it is injected, always in a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<Times>,
    #[serde(default, skip_serializing_if = "is_zero")]
    delay_milliseconds: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    applied: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Forever {
    Always,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of times or \"always\"")]
enum Times {
    Number(u64),
    Forever(Forever),
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As serde calls it.
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What goes wrong.
impl Fault {
    fn new(kind: Kind) -> Self {
        Self { kind, on: Vec::new(), identifier: None, times: None, delay_milliseconds: 0, applied: false }
    }

    /// An answer of this status with a JSON error as Port writes it; below 300, with `{"ok":true}`.
    ///
    /// [`json`](Self::json), [`text`](Self::text) and [`empty`](Self::empty) change its body, and
    /// [`header`](Self::header) adds to its head.
    ///
    /// # Panics
    ///
    /// When the status is not between 200 and 599.
    pub fn status(code: u16) -> Self {
        Self::new(Kind::Status { code, headers: Vec::new(), body: FaultBody::default() }).checked()
    }

    /// A redirect (307) to this URL.
    pub fn redirect(location: &str) -> Self {
        Self::status(307).empty().header("location", location)
    }

    /// 429 with this hint when to come again.
    pub fn rate_limited(hint: Hint) -> Self {
        Self::new(Kind::RateLimited { hint })
    }

    /// 200 with `"ok":false` and this error and message.
    pub fn not_ok(error: &str, message: &str) -> Self {
        Self::new(Kind::NotOk { error: error.to_owned(), message: message.to_owned() })
    }

    /// The true answer, once the [`delay`](Self::delay) that should be given has passed.
    pub fn slow(delay: Duration) -> Self {
        Self::new(Kind::Answer).delay(delay)
    }

    /// The connection is closed without an answer. With a [`delay`](Self::delay) it needs the fake's own
    /// server: [`Builder::serve`](crate::Builder::serve).
    pub fn dropped() -> Self {
        Self::new(Kind::Drop)
    }

    /// No answer comes and the connection stays open.
    pub fn hanging() -> Self {
        Self::new(Kind::Hang)
    }

    /// The token of the request ends now, before its time, so the answer is 401.
    pub fn expired_token() -> Self {
        Self::new(Kind::ExpireToken)
    }

    /// The token of the request is taken back now, so the answer is 401.
    pub fn revoked_token() -> Self {
        Self::new(Kind::RevokeToken)
    }

    /// The list does not page as it should.
    pub fn paging(fault: PagingFault) -> Self {
        Self::new(Kind::Paging { how: fault })
    }

    /// The true answer with this merged into it: members of objects replace those of the same name, null
    /// takes one away. For instance `json!({ "expiresIn": null })` for a token.
    pub fn merged(patch: Value) -> Self {
        Self::new(Kind::Merge { answer: patch })
    }

    /// The true answer with what a future Port may add: a field around the webhooks, fields in each of them,
    /// an event that nobody knows and, in a data source, another integration type.
    pub fn unknown_fields() -> Self {
        Self::new(Kind::UnknownFields)
    }

    /// The true answer's body, ending after this many bytes as if that were all.
    pub fn truncated(keep: usize) -> Self {
        Self::new(Kind::Truncate { keep })
    }

    /// The true answer, compressed with gzip.
    pub fn compressed() -> Self {
        Self::new(Kind::Compress)
    }

    /// 200 with white space compressed with gzip, of this many bytes when it is unpacked.
    ///
    /// # Panics
    ///
    /// When that is more than 100 MiB.
    pub fn gzip_bomb(size: usize) -> Self {
        Self::new(Kind::GzipBomb { size }).checked()
    }

    /// The true answer's head and the first bytes of its body; then the connection is reset, is closed or
    /// says nothing more. Needs the fake's own server: [`Builder::serve`](crate::Builder::serve).
    pub fn broken_body(keep: usize, ending: Ending) -> Self {
        Self::new(Kind::BreakBody { keep, ending })
    }

    /// The connection is reset without an answer. Needs the fake's own server:
    /// [`Builder::serve`](crate::Builder::serve).
    pub fn reset() -> Self {
        Self::new(Kind::Reset)
    }

    /// 200 with a JSON body that never ends. Needs the fake's own server:
    /// [`Builder::serve`](crate::Builder::serve).
    pub fn endless_body() -> Self {
        Self::new(Kind::Endless)
    }

    /// The server plays this script instead of an answer. What the script receives first is the request that
    /// the fault befell. Needs the fake's own server: [`Builder::serve`](crate::Builder::serve).
    pub fn script(script: Script) -> Self {
        Self::new(Kind::Script { steps: script })
    }
}

/// The answer of a [`status`](Fault::status); without effect on other faults.
impl Fault {
    /// Adds a header.
    ///
    /// # Panics
    ///
    /// When the fault is not a [`status`](Self::status), or the name or value cannot stand in a header.
    #[allow(clippy::panic)] // A mistake in a test; documented.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match &mut self.kind {
            Kind::Status { headers, .. } => headers.push((name.to_owned(), value.to_owned())),
            other => panic!("a header was given to the fault {}", other.name()),
        }
        self.checked()
    }

    /// Gives the answer this JSON body.
    ///
    /// # Panics
    ///
    /// When the fault is not a [`status`](Self::status).
    pub fn json(self, body: Value) -> Self {
        self.body(FaultBody::Json(body))
    }

    /// Gives the answer this body, with the content type that is named: `text/html` for the page of a proxy.
    ///
    /// # Panics
    ///
    /// When the fault is not a [`status`](Self::status), or the type cannot stand in a header.
    pub fn text(self, content_type: &str, body: &str) -> Self {
        self.body(FaultBody::Text { content_type: content_type.to_owned(), text: body.to_owned() })
    }

    /// Takes the answer's body away.
    ///
    /// # Panics
    ///
    /// When the fault is not a [`status`](Self::status).
    pub fn empty(self) -> Self {
        self.body(FaultBody::Empty)
    }

    #[allow(clippy::panic)] // A mistake in a test; documented.
    fn body(mut self, new: FaultBody) -> Self {
        match &mut self.kind {
            Kind::Status { body, .. } => *body = new,
            other => panic!("a body was given to the fault {}", other.name()),
        }
        self.checked()
    }

    #[track_caller]
    #[allow(clippy::panic)] // A mistake in a test; documented.
    pub(crate) fn checked(self) -> Self {
        if let Err(problem) = self.check() {
            panic!("{problem}");
        }
        self
    }
}

/// Which requests it befalls, and how.
impl Fault {
    /// Only these operations. By default any that the fault makes sense for: paging faults befall lists,
    /// faults of a token any request but those for a token.
    pub fn on(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.on = operations.into_iter().collect();
        self
    }

    /// Only requests for this webhook: their path names it or, of a create, their body.
    pub fn identifier(mut self, identifier: &str) -> Self {
        self.identifier = Some(identifier.to_owned());
        self
    }

    /// The next so many requests. Default: one.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(Times::Number(times));
        self
    }

    /// Every request.
    pub fn always(mut self) -> Self {
        self.times = Some(Times::Forever(Forever::Always));
        self
    }

    /// Waits this long, in real time and whole milliseconds, before it answers.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_milliseconds = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Carries the request out before its answer is replaced or lost. A fault that spoils the true answer
    /// does so anyway.
    pub fn applied(mut self) -> Self {
        self.applied = true;
        self
    }

    fn fits(&self, call: Option<&Call>) -> bool {
        let Some(call) = call else {
            // No route: only a fault that names nothing.
            return self.on.is_empty() && self.identifier.is_none() && self.kind.befalls(None);
        };
        self.kind.befalls(Some(call.operation))
            && (self.on.is_empty() || self.on.contains(&call.operation))
            && (self.identifier.is_none() || self.identifier == call.identifier)
    }

    /// How often it may still befall a request, when it says so itself.
    fn count(&self) -> Option<u64> {
        match self.times {
            None => None,
            Some(Times::Number(number)) => Some(number),
            Some(Times::Forever(Forever::Always)) => Some(u64::MAX),
        }
    }

    /// Checks what the constructors would not have let through.
    pub(crate) fn check(&self) -> Result<(), String> {
        let possible = |operation: &Operation| {
            self.kind.befalls(Some(*operation)) && (self.identifier.is_none() || operation.names_a_webhook())
        };
        if !self.on.is_empty() && !self.on.iter().any(possible) {
            return Err(format!("{}: cannot befall the operations that it names", self.name()));
        }
        self.kind.check()
    }

    /// Whether only the fake's own server can do it.
    pub(crate) fn needs_own_server(&self) -> bool {
        // wiremock closes a connection at once.
        self.kind.needs_own_server() || (self.kind == Kind::Drop && self.delay_milliseconds > 0)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Whether the request is carried out.
    pub(crate) fn carries_out(&self) -> bool {
        self.applied || self.kind.needs_true_answer()
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.delay_milliseconds)
    }
}

/// The JSON error that stands for a status, as Port writes it.
fn error_body(code: u16) -> Bytes {
    let body = if code < 300 {
        json!({ "ok": true })
    } else {
        let reason = http::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
        let error = reason.unwrap_or("error").to_ascii_lowercase().replace(' ', "_");
        json!({ "ok": false, "error": error, "message": "a fault was injected" })
    };
    body.to_string().into()
}

#[cfg(test)]
mod tests;
