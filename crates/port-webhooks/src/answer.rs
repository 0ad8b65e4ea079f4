//! What the response of one exchange means.

use std::error::Error as StdError;
use std::io;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use port_webhooks_api::{self as api, Answer, JsonError, Reply, Why};
use serde_json::Value;
use url::Url;

use crate::client::Transport;
use crate::error::{ErrorKind, Failure, Outcome};
use crate::rate_limit::{self, RateLimit};
use crate::redact;

/// Reads the response of a call.
pub(crate) struct Reader<'a> {
    pub(crate) transport: &'a Transport,
    /// Whether the call only reads, so that nothing can have changed at Port.
    pub(crate) reads: bool,
    /// The secrets in the request, which the server may repeat. Only a failure needs them, so this is a function.
    pub(crate) secrets: &'a dyn Fn() -> Vec<&'a str>,
}

impl Reader<'_> {
    /// The value of a success with its response, or what went wrong.
    pub(crate) fn read<T>(&self, result: Result<Reply<T>, api::Error>) -> Result<Reply<T>, Failure> {
        match result {
            Ok(reply) if reply.answer.body.is_empty() || is_json(&reply.answer.headers) => Ok(reply),
            Ok(reply) => Err(self.no_value(&reply.answer, None)),
            Err(api::Error::NoValue(no_value)) => Err(self.no_value(&no_value.answer, Some(no_value.why))),
            Err(error) => Err(self.no_answer(error)),
        }
    }

    /// Why a response has no value, or one that is not from Port.
    fn no_value(&self, answer: &Answer, why: Option<Why>) -> Failure {
        // A 304 names no other place.
        if answer.status.is_redirection() && answer.status != StatusCode::NOT_MODIFIED {
            return self.with_headers(self.redirect(answer), answer);
        }
        if !answer.status.is_success() {
            return self.rejection(answer);
        }
        let is_complete = matches!(why, None | Some(Why::Json(_)));
        let failure = match why {
            Some(Why::TooLarge) => self.unreadable("is larger than the limit"),
            Some(Why::Encoded) => self.unreadable("has a content encoding that was not requested"),
            Some(Why::ReservedKey) => self.unreadable("has a key that the JSON parser reserves for itself"),
            Some(Why::Interrupted(error)) => self.interrupted(error),
            Some(Why::Json(_)) if answer.body.is_empty() => {
                let failure = self.unreadable("is empty");
                // Another empty success may have lost its body.
                let has_no_content = answer.status == StatusCode::NO_CONTENT;
                if has_no_content { failure.maybe_past_the_end() } else { failure }
            }
            Some(Why::Json(error)) if is_json(&answer.headers) => {
                self.not_ok(&answer.body).unwrap_or_else(|| self.unparsable(error))
            }
            _ => self.not_from_port(answer),
        };
        let mut failure = self.with_headers(failure, answer);
        // A success that is neither JSON nor empty may be from a proxy.
        let from_port = is_json(&answer.headers) || is_complete && answer.body.is_empty();
        if failure.outcome == Outcome::Applied && !from_port {
            failure.outcome = self.unknown();
        }
        failure
    }

    /// Fails when the body of a success says `"ok": false`.
    pub(crate) fn check_ok(&self, ok: Option<bool>, answer: &Answer) -> Result<(), Failure> {
        if ok != Some(false) {
            return Ok(());
        }
        Err(self.not_ok(&answer.body).unwrap_or_else(|| self.unreadable("can't be parsed")))
    }

    /// The failure that a body with `"ok": false` reports.
    fn not_ok(&self, body: &[u8]) -> Option<Failure> {
        let body: Value = JsonError::parse(body).ok()?;
        (body.get("ok") == Some(&Value::Bool(false))).then(|| {
            let mut failure =
                Failure::new(ErrorKind::Other, Outcome::NotApplied, r#"Port answered with "ok": false"#);
            (failure.code, failure.message) = self.code_and_message(&body);
            failure
        })
    }

    /// A failure with what the response's head says: status, rate limit and trace id.
    pub(crate) fn with_headers(&self, mut failure: Failure, answer: &Answer) -> Failure {
        failure.status = Some(answer.status);
        failure.rate_limit = RateLimit::read(&answer.headers, &*self.transport.clock);
        failure.trace_id =
            answer.headers.get("x-trace-id").and_then(|id| id.to_str().ok()).map(|id| self.clean(id));
        failure
    }

    /// A success whose body can't be used: the call was applied.
    pub(crate) fn unreadable(&self, why: &str) -> Failure {
        Failure::new(ErrorKind::Decode, self.applied(), format!("Port answered, but the response {why}"))
    }

    /// A success whose body does not parse. One that ends early may be complete next time.
    fn unparsable(&self, error: JsonError) -> Failure {
        let at = error.path().map(|path| format!(" at `{}`", self.clean(path))).unwrap_or_default();
        let failure = self.unreadable(&format!("can't be parsed{at}"));
        let failure = if error.ends_early() { failure.transient() } else { failure };
        failure.caused_by(error)
    }

    fn applied(&self) -> Outcome {
        if self.reads { Outcome::NotApplied } else { Outcome::Applied }
    }

    fn unknown(&self) -> Outcome {
        if self.reads { Outcome::NotApplied } else { Outcome::Unknown }
    }

    /// An exchange without a response.
    fn no_answer(&self, error: api::Error) -> Failure {
        let error = match error {
            api::Error::NoAnswer(error) => error,
            other => return Failure::configuration("the request can't be built").caused_by(other),
        };
        let failure = if error.is_builder() {
            Failure::configuration("the request can't be built")
        } else if error.is_connect() {
            let failure = Failure::new(ErrorKind::Connect, Outcome::NotSent, "no connection could be made");
            if is_certificate(&error) { failure } else { failure.transient() }
        } else if error.is_timeout() {
            Failure::new(ErrorKind::Timeout, self.unknown(), "no response in time").transient()
        } else {
            let what = "the connection broke before the response";
            Failure::new(ErrorKind::Transport, self.unknown(), what).transient()
        };
        failure.caused_by(error)
    }

    /// A success whose body broke off.
    fn interrupted(&self, error: reqwest::Error) -> Failure {
        let (kind, what) = if error.is_timeout() {
            (ErrorKind::Timeout, "the response did not end in time")
        } else {
            (ErrorKind::Transport, "the connection broke during the response")
        };
        Failure::new(kind, self.applied(), what).transient().caused_by(error)
    }

    /// A success that is not JSON.
    fn not_from_port(&self, answer: &Answer) -> Failure {
        let kind = answer
            .headers
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or("of an unreadable type");
        let kind = self.clean(kind);
        let what = format!("the response is {kind}, not JSON, so something other than Port sent it");
        Failure::new(ErrorKind::Decode, self.unknown(), what)
    }

    /// A redirect, with its host, which helps to correct the base URL.
    fn redirect(&self, answer: &Answer) -> Failure {
        let location = answer.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let target = location.and_then(|location| self.transport.base_url.join(location).ok());
        let to = match target.as_ref().and_then(Url::host_str) {
            None => String::new(),
            Some(host) if redact::is_in_host(host, &(self.secrets)()) => {
                " to a host that contains a secret".to_owned()
            }
            Some(host) => format!(" to {host}"),
        };
        let what = format!("the response is a redirect{to} ({}), which is not followed", answer.status);
        // 303 is what a server sends after it has processed a request.
        let processed = answer.status == StatusCode::SEE_OTHER;
        Failure::new(ErrorKind::Redirect, if processed { self.unknown() } else { Outcome::NotApplied }, what)
    }

    /// A status that is neither a success nor a redirect.
    fn rejection(&self, answer: &Answer) -> Failure {
        let status = answer.status;
        let kind = kind_of(status);
        let outcome = if kind == ErrorKind::Server { self.unknown() } else { Outcome::NotApplied };
        let mut failure = Failure::new(kind, outcome, format!("Port answered {status}"));
        failure.transient = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
        failure.may_be_past_the_end = matches!(status.as_u16(), 404 | 422);
        failure.retry_after = rate_limit::retry_after(status, &answer.headers, &*self.transport.clock);
        (failure.code, failure.message) = match JsonError::parse::<Value>(&answer.body) {
            Ok(body) => self.code_and_message(&body),
            Err(_) => (None, clean_text(&String::from_utf8_lossy(&answer.body), &(self.secrets)())),
        };
        self.with_headers(failure, answer)
    }

    /// A text of the server, without secrets.
    fn clean(&self, text: &str) -> String {
        redact::clean(text, &(self.secrets)())
    }

    /// The error code and message of Port, whose `error` is an object with both on some routes, or of a gateway that
    /// answers with `application/problem+json`. A token in the body is a secret, too.
    fn code_and_message(&self, body: &Value) -> (Option<String>, Option<String>) {
        let mut secrets = (self.secrets)();
        secrets.extend(body.get("accessToken").and_then(Value::as_str));
        let text = |value: Option<&Value>| match value? {
            Value::String(text) => clean_text(text, &secrets),
            Value::Array(items) => {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                clean_text(&texts.join("; "), &secrets)
            }
            _ => None,
        };
        let error = body.get("error");
        let part = |name: &str| error.and_then(|error| error.get(name));
        let code = text(error).or_else(|| text(part("name"))).or_else(|| text(part("code")));
        let code = code.or_else(|| text(body.get("title")));
        let message = text(body.get("message")).or_else(|| text(part("message")));
        let message = message.or_else(|| text(body.get("detail")));
        (code, message)
    }
}

/// A text of the server without secrets, if anything is left.
fn clean_text(text: &str, secrets: &[&str]) -> Option<String> {
    let text = redact::clean(text, secrets);
    (!text.is_empty()).then_some(text)
}

fn kind_of(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        400 | 422 => ErrorKind::Validation,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        413 => ErrorKind::PayloadTooLarge,
        429 => ErrorKind::RateLimited,
        408 | 500..=599 => ErrorKind::Server,
        _ => ErrorKind::Other,
    }
}

/// Whether the content type is JSON. A missing or empty one counts as JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let Ok(kind) = kind.to_str() else { return false };
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.is_empty() {
        return true;
    }
    let suffix = essence.len().checked_sub("+json".len()).and_then(|at| essence.get(at..));
    essence.eq_ignore_ascii_case("application/json")
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

/// Whether a connection failed because of the server's certificate, which a retry does not change.
fn is_certificate(error: &(dyn StdError + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
        // `source` of an I/O error skips the error that it wraps.
        || io.and_then(io::Error::get_ref).is_some_and(|inner| is_certificate(inner))
        || error.source().is_some_and(is_certificate)
}
