//! What a response means: the one place that interprets it.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use port_webhooks_api::exchange::{self, BodyError, Response};
use port_webhooks_api::{Call, JsonError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::base_url::Region;
use crate::connect_error::{self, ConnectError};
use crate::error::{ErrorKind, Failure, Outcome};
use crate::headers::Headers;
use crate::rate_limit::{self, RateLimit};
use crate::redact;

use super::exchange::{ExchangeError, Transport};

/// The operations that a 409 rejects because the run has ended.
const REPORTS: [&str; 4] = ["add_node_run_logs", "add_run_log", "update_node_run", "update_run"];

/// What a call returns, and how it is made of the body of a success.
pub trait Success: Sized + Send + 'static {
    /// The JSON of the body.
    type Envelope: DeserializeOwned;

    /// Whether the caller alone knows what the body contains, so that `"ok": false` is looked for in any JSON.
    const IS_RAW: bool = false;

    /// The value in an envelope.
    fn from_envelope(envelope: Self::Envelope) -> Result<Self, Unusable>;

    /// The value of a 2xx, or what is wrong with it, if its body does not matter.
    fn from_head(_: &Response) -> Option<Result<Self, Failure>> {
        None
    }

    /// The value, if it is the response itself, whatever its content type.
    fn from_response(_: &Response, _body: &Bytes) -> Option<Self> {
        None
    }

    /// The value of a failure that is a result, such as a 404 after an attempt that may have deleted the webhook.
    /// `in_doubt` is whether an earlier attempt of the call may have been applied.
    fn from_failure(_: &Failure, _in_doubt: bool) -> Option<Self> {
        None
    }
}

impl<T: Success> Success for Option<T> {
    type Envelope = T::Envelope;

    fn from_envelope(envelope: T::Envelope) -> Result<Self, Unusable> {
        T::from_envelope(envelope).map(Some)
    }

    const IS_RAW: bool = T::IS_RAW;

    fn from_response(response: &Response, body: &Bytes) -> Option<Self> {
        T::from_response(response, body).map(Some)
    }

    fn from_failure(failure: &Failure, in_doubt: bool) -> Option<Self> {
        T::from_failure(failure, in_doubt).map(Some).or(failure.is_missing.then_some(None))
    }
}

/// Why a success has no value, although its JSON fits.
#[derive(Debug)]
pub enum Unusable {
    /// It says `"ok": false`.
    NotOk,
    /// Something is missing or wrong, for a message.
    Missing(&'static str),
}

/// Fails when an envelope says `"ok": false`.
pub(crate) fn check_ok(ok: Option<bool>) -> Result<(), Unusable> {
    if ok == Some(false) { Err(Unusable::NotOk) } else { Ok(()) }
}

/// Reads the response of a call.
pub(crate) struct ResponseReader<'a, T> {
    pub(crate) transport: &'a Transport,
    pub(crate) call: &'a Call<T>,
    /// Whether the call only reads, also by what its caller says, so that nothing can have changed at Port.
    pub(crate) reads: bool,
    /// The token that was sent.
    pub(crate) token: Option<&'a str>,
    /// The headers that the call added.
    pub(crate) headers: Option<&'a Headers>,
}

impl<T> ResponseReader<'_, T> {
    /// The value of a success, or what went wrong.
    pub(crate) fn read<S: Success>(&self, response: &Response) -> Result<S, Failure> {
        self.value(response).map_err(|failure| self.with_headers(failure, response))
    }

    fn value<S: Success>(&self, response: &Response) -> Result<S, Failure> {
        let status = response.status;
        // A 304 names no other place.
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            return Err(self.redirect(response));
        }
        if !status.is_success() {
            return Err(self.rejection(response));
        }
        if let Some(result) = S::from_head(response) {
            return result;
        }
        let is_json = is_json(&response.headers);
        let body = response.body.as_ref().map_err(|error| self.unread(error, is_json))?;
        if S::IS_RAW
            && is_json
            && let Some(failure) = self.not_ok(body)
        {
            return Err(failure);
        }
        if let Some(value) = S::from_response(response, body) {
            return Ok(value);
        }
        if !body.is_empty() && !is_json {
            return Err(self.not_from_port(response));
        }
        match exchange::parse(body).map(S::from_envelope) {
            // Where a body can be missing, it would be read like an empty one.
            Ok(_) if body.trim_ascii() == b"null" && !S::IS_RAW => {
                Err(self.unreadable("is `null`").maybe_past_the_end())
            }
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Unusable::Missing(what))) => Err(self.unreadable(what).maybe_past_the_end()),
            Ok(Err(Unusable::NotOk)) => {
                Err(self.not_ok(body).unwrap_or_else(|| self.unreadable("cannot be parsed")))
            }
            Err(_) if body.is_empty() => {
                let failure = self.unreadable("is empty");
                // Another empty success may have lost its body.
                let has_no_content = status == StatusCode::NO_CONTENT;
                Err(if has_no_content { failure.maybe_past_the_end() } else { failure })
            }
            Err(error) => {
                let failure = self.not_ok(body).unwrap_or_else(|| self.unparsable(error));
                Err(if has_nothing(body) { failure.maybe_past_the_end() } else { failure })
            }
        }
    }

    /// A success whose body could not be read. Without JSON it may be from a proxy.
    fn unread(&self, error: &BodyError, is_json: bool) -> Failure {
        let applied = if is_json { self.applied() } else { self.unknown() };
        let failure = |kind, what: &str| Failure::new(kind, applied, what);
        match error {
            BodyError::TimedOut => {
                failure(ErrorKind::Timeout, "the response did not end in time").transient()
            }
            BodyError::Interrupted(error) if error.is_timeout() => {
                failure(ErrorKind::Timeout, "the response did not end in time").transient()
            }
            BodyError::Interrupted(_) => {
                failure(ErrorKind::Transport, "the connection broke during the response").transient()
            }
            error => failure(ErrorKind::Decode, &format!("Port answered, but the response {error}")),
        }
    }

    /// The failure that a body with `"ok": false` reports.
    fn not_ok(&self, body: &[u8]) -> Option<Failure> {
        let body: Value = JsonError::parse(body).ok()?;
        (body.get("ok") == Some(&Value::Bool(false))).then(|| {
            let mut failure =
                Failure::new(ErrorKind::NotOk, Outcome::NotApplied, r#"Port answered with "ok": false"#);
            (failure.code, failure.message) = self.code_and_message(&body);
            failure
        })
    }

    /// A failure with what the response's head says: status, rate limit and trace id.
    pub(crate) fn with_headers(&self, mut failure: Failure, response: &Response) -> Failure {
        let headers = &response.headers;
        failure.status = Some(response.status);
        failure.rate_limit = RateLimit::read(headers, &*self.transport.clock);
        failure.trace_id = headers.get("x-trace-id").and_then(|id| id.to_str().ok()).map(|id| self.clean(id));
        failure
    }

    /// A success whose body cannot be used: the call was applied.
    pub(crate) fn unreadable(&self, why: &str) -> Failure {
        Failure::new(ErrorKind::Decode, self.applied(), format!("Port answered, but the response {why}"))
    }

    /// A success whose body does not parse. One that ends early may be complete next time.
    fn unparsable(&self, error: JsonError) -> Failure {
        let at = error.path().map(|path| format!(" at `{}`", self.clean(path))).unwrap_or_default();
        let failure = self.unreadable(&format!("cannot be parsed{at}"));
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
    pub(crate) fn no_response(&self, error: ExchangeError) -> Failure {
        let timed_out =
            || Failure::new(ErrorKind::Timeout, self.unknown(), "no response in time").transient();
        let error = match error {
            ExchangeError::Request(why) => {
                return Failure::configuration(format!("the request cannot be built: {why}"));
            }
            ExchangeError::TimedOut => return timed_out(),
            ExchangeError::NoResponse(error) => error,
        };
        let server = connect_error::server(&self.transport.base_url);
        let failure = if error.is_builder() {
            Failure::configuration("the request cannot be built")
        } else if error.is_connect() {
            let why = ConnectError::of(&error);
            let what = format!("{server} cannot be reached: {why}");
            let failure = Failure::new(ErrorKind::Connect, Outcome::NotSent, what);
            if why.is_transient() { failure.transient() } else { failure }
        } else if error.is_timeout() {
            timed_out()
        } else {
            let what = match ConnectError::of(&error) {
                why @ ConnectError::NotHttp => format!("no response from {server}: {why}"),
                _ => format!("the connection to {server} broke before the response"),
            };
            Failure::new(ErrorKind::Transport, self.unknown(), what).transient()
        };
        failure.caused_by(error)
    }

    /// A success that is not JSON.
    fn not_from_port(&self, response: &Response) -> Failure {
        let kind = response
            .headers
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or("of an unreadable type");
        let kind = self.clean(kind);
        let what = format!("the response is {kind}, not JSON, so something other than Port sent it");
        Failure::new(ErrorKind::Decode, self.unknown(), what)
    }

    /// A redirect, with its host, which helps to correct the base URL.
    fn redirect(&self, response: &Response) -> Failure {
        let location = response.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let target = location.and_then(|location| self.transport.base_url.join(location).ok());
        let to = match target.as_ref().and_then(Url::host_str) {
            None => String::new(),
            Some(host) if self.is_in_host(host) => " to a host that contains a secret".to_owned(),
            Some(host) => format!(" to {host}"),
        };
        let what = format!("the response is a redirect{to} ({}), which is not followed", response.status);
        // 303 is what a server sends after it has processed a request.
        let processed = response.status == StatusCode::SEE_OTHER;
        Failure::new(ErrorKind::Redirect, if processed { self.unknown() } else { Outcome::NotApplied }, what)
    }

    /// A status that is neither a success nor a redirect.
    fn rejection(&self, response: &Response) -> Failure {
        let status = response.status;
        let kind = match kind_of(status) {
            ErrorKind::Conflict if REPORTS.contains(&self.call.operation) => ErrorKind::RunEnded,
            kind => kind,
        };
        let outcome = if kind == ErrorKind::Server { self.unknown() } else { Outcome::NotApplied };
        let mut failure = Failure::new(kind, outcome, format!("Port answered {status}"));
        if kind == ErrorKind::RunEnded {
            failure.what = format!("the run has ended, and Port accepts no more reports on it ({status})");
        }
        failure.transient = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
        failure.may_be_past_the_end = matches!(status.as_u16(), 404 | 422);
        failure.retry_after = rate_limit::retry_after(status, &response.headers, &*self.transport.clock);
        let body = response.body.as_deref().unwrap_or_default();
        match JsonError::parse::<Value>(body) {
            Ok(body) => {
                (failure.code, failure.message) = self.code_and_message(&body);
                // A 404 of something else, as at a wrong base URL, says nothing of a webhook. Frameworks write an `error`, too.
                let is_from_port = body.get("ok") == Some(&Value::Bool(false));
                failure.is_missing = kind == ErrorKind::NotFound && is_from_port;
            }
            Err(_) => {
                failure.message = clean_text(&String::from_utf8_lossy(body), &self.secrets());
            }
        }
        let base_url = self.transport.base_url.as_str().trim_end_matches('/');
        let [eu, us] = [Region::Eu, Region::Us].map(Region::base_url);
        let is_api = self.transport.target.is_none();
        if is_api && kind == ErrorKind::NotFound && !failure.is_missing && base_url != eu && base_url != us {
            failure.what = format!(
                "{status} from something other than Port: is the base URL wrong? It is {}; usual are {eu} and {us}",
                self.clean(base_url)
            );
        }
        failure
    }

    /// The secrets in the request, which the server may repeat. Only a failure needs them.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = self.call.secrets();
        secrets.extend(self.token.map(str::to_owned));
        secrets.extend(self.transport.headers.secrets());
        secrets.extend(self.transport.target.iter().flat_map(|target| target.secrets.clone()));
        secrets.extend(self.headers.into_iter().flat_map(Headers::secrets));
        secrets
    }

    /// A text of the server, without secrets.
    fn clean(&self, text: &str) -> String {
        redact::clean(text, &self.secrets())
    }

    fn is_in_host(&self, host: &str) -> bool {
        redact::is_in_host(host, &self.secrets())
    }

    /// The error code and message of Port, whose `error` is an object with both on some routes, or of a gateway that
    /// answers with `application/problem+json`. A token in the body is a secret, too.
    fn code_and_message(&self, body: &Value) -> (Option<String>, Option<String>) {
        let mut secrets = self.secrets();
        secrets.extend(body.get("accessToken").and_then(Value::as_str).map(str::to_owned));
        let text = |value: Option<&Value>| match value? {
            Value::String(text) => clean_text(text, &secrets),
            Value::Array(items) => {
                let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                let texts: Vec<String> = items.iter().map(text).collect();
                clean_text(&texts.join("; "), &secrets)
            }
            _ => None,
        };
        // What is wrong, field by field, is an object in some places.
        let text_or_fields = |value: Option<&Value>| match value? {
            Value::Object(fields) if !fields.is_empty() => clean_text(&value?.to_string(), &secrets),
            _ => text(value),
        };
        let error = body.get("error");
        let part = |name: &str| error.and_then(|error| error.get(name));
        let code = text(error).or_else(|| text(part("name"))).or_else(|| text(part("code")));
        let code = code.or_else(|| text(body.get("title")));
        let message = text_or_fields(body.get("message")).or_else(|| text_or_fields(part("message")));
        let message =
            message.or_else(|| text(body.get("detail"))).or_else(|| text_or_fields(body.get("errors")));
        let message = message.or_else(|| text(Some(body)));
        (code, message)
    }
}

/// A text of the server without secrets, if anything is left.
fn clean_text(text: &str, secrets: &[String]) -> Option<String> {
    let text = redact::clean(text, secrets);
    (!text.is_empty()).then_some(text)
}

/// Whether a body, or the list in it, is something empty that is no list of webhooks.
fn has_nothing(body: &[u8]) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    JsonError::parse::<Value>(body).is_ok_and(|body| is_empty(body.get("webhooks").unwrap_or(&body)))
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
    ["application/json", "text/json"].iter().any(|json| essence.eq_ignore_ascii_case(json))
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}
