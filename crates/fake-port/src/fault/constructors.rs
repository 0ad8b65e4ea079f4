//! The constructors of faults.

use std::time::Duration;

use serde_json::Value;

use super::Fault;
use super::kind::{Ending, FaultBody, Hint, Kind, PagingFault};
use crate::script::Script;

/// The kinds of faults.
impl Fault {
    fn new(kind: Kind) -> Self {
        Self { kind, on: Vec::new(), identifier: None, times: None, delay_milliseconds: 0, applied: false }
    }

    /// A response of this status with a JSON error as Port writes it, or with `{"ok":true}` if the status is below 300.
    ///
    /// [`json`](Self::json), [`text`](Self::text) and [`empty`](Self::empty) change the body, and
    /// [`header`](Self::header) adds a header.
    ///
    /// # Panics
    ///
    /// When the status is not between 200 and 599.
    #[track_caller]
    pub fn status(code: u16) -> Self {
        Self::new(Kind::Status { code, headers: Vec::new(), body: FaultBody::default() }).checked()
    }

    /// A redirect (307) to this URL.
    ///
    /// # Panics
    ///
    /// When the URL is not valid as the value of a header.
    #[track_caller]
    pub fn redirect(location: &str) -> Self {
        Self::status(307).empty().header("location", location)
    }

    /// 429 with this hint when to try again.
    pub fn rate_limited(hint: Hint) -> Self {
        Self::new(Kind::RateLimited { hint })
    }

    /// 200 with `"ok":false` and this error and message.
    pub fn not_ok(error: &str, message: &str) -> Self {
        Self::new(Kind::NotOk { error: error.to_owned(), message: message.to_owned() })
    }

    /// The real response, after this delay.
    pub fn slow(delay: Duration) -> Self {
        Self::new(Kind::Answer).delay(delay)
    }

    /// The connection is closed without a response.
    pub fn dropped() -> Self {
        Self::new(Kind::Drop)
    }

    /// No response arrives and the connection stays open.
    pub fn hanging() -> Self {
        Self::new(Kind::Hang)
    }

    /// The token of the request expires now, so the response is 401.
    pub fn expired_token() -> Self {
        Self::new(Kind::ExpireToken)
    }

    /// The token of the request is revoked now, so the response is 401.
    pub fn revoked_token() -> Self {
        Self::new(Kind::RevokeToken)
    }

    /// A list with wrong pages.
    pub fn paging(fault: PagingFault) -> Self {
        Self::new(Kind::Paging { how: fault })
    }

    /// The real response with this JSON merge patch (RFC 7396) applied: members replace those of the same name, null
    /// removes one. For instance `json!({ "expiresIn": null })` for a token.
    pub fn merged(patch: Value) -> Self {
        Self::new(Kind::Merge { answer: patch })
    }

    /// The real response with what a future Port may add: a field beside the webhooks, a field in each of them, an
    /// unknown event and, in a data source, an unknown integration type.
    pub fn unknown_fields() -> Self {
        Self::new(Kind::UnknownFields)
    }

    /// The real response with only this many bytes of its body, and a `content-length` to match.
    pub fn truncated(keep: usize) -> Self {
        Self::new(Kind::Truncate { keep })
    }

    /// The real response, compressed with gzip.
    pub fn compressed() -> Self {
        Self::new(Kind::Compress)
    }

    /// 200 with white space that is compressed with gzip: this many bytes when decompressed.
    ///
    /// # Panics
    ///
    /// When that is more than 100 MiB.
    #[track_caller]
    pub fn gzip_bomb(size: usize) -> Self {
        Self::new(Kind::GzipBomb { size }).checked()
    }

    /// The head of the real response and the first bytes of its body; then the connection is reset, is closed or
    /// stalls.
    pub fn broken_body(keep: usize, ending: Ending) -> Self {
        Self::new(Kind::BreakBody { keep, ending })
    }

    /// The connection is reset without a response.
    pub fn reset() -> Self {
        Self::new(Kind::Reset)
    }

    /// 200 with a JSON body that never ends.
    pub fn endless_body() -> Self {
        Self::new(Kind::Endless)
    }

    /// The server plays this script instead of a response. The first request that the script receives is the one with the
    /// fault.
    pub fn script(script: Script) -> Self {
        Self::new(Kind::Script { steps: script })
    }
}

/// The response of a [`status`](Fault::status). With other faults these panic.
impl Fault {
    /// Adds a header.
    ///
    /// # Panics
    ///
    /// When the fault is not a [`status`](Self::status), or the name or value is not valid as a header.
    #[track_caller]
    #[allow(clippy::panic)] // A mistake in a test; documented.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match &mut self.kind {
            Kind::Status { headers, .. } => headers.push((name.to_owned(), value.to_owned())),
            other => panic!("only the fault status takes a header, not {}", other.name()),
        }
        self.checked()
    }

    /// Gives the response this JSON body.
    ///
    /// # Panics
    ///
    /// When the fault is not a [`status`](Self::status).
    #[track_caller]
    pub fn json(self, body: Value) -> Self {
        self.body(FaultBody::Json(body))
    }

    /// Gives the response this body with this content type, such as `text/html` for the page of a proxy.
    ///
    /// # Panics
    ///
    /// When the fault is not a [`status`](Self::status), or the type is not valid as the value of a header.
    #[track_caller]
    pub fn text(self, content_type: &str, body: &str) -> Self {
        self.body(FaultBody::Text { content_type: content_type.to_owned(), text: body.to_owned() })
    }

    /// Gives the response no body.
    ///
    /// # Panics
    ///
    /// When the fault is not a [`status`](Self::status).
    #[track_caller]
    pub fn empty(self) -> Self {
        self.body(FaultBody::Empty)
    }

    #[track_caller]
    #[allow(clippy::panic)] // A mistake in a test; documented.
    fn body(mut self, new: FaultBody) -> Self {
        match &mut self.kind {
            Kind::Status { body, .. } => *body = new,
            other => panic!("only the fault status takes a body, not {}", other.name()),
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
