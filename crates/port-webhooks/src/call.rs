//! One call: a token, an exchange, a second exchange when the token was not taken, and all of it again where
//! that may help.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use port_webhooks_api::{self as api, Answer, Attempt, ResponseValue};
use serde::Serialize;
use tracing::{Instrument as _, Span, field};

use crate::answer::Reader;
use crate::client::{Client, Transport};
use crate::error::{CallInfo, Error, ErrorKind, Failure, Outcome};
use crate::request::sealed::Options;
use crate::retry::{self, Decision, Moment, Retry};
use crate::token::Token;
use crate::{Result, identifier};

/// The largest body that Port takes, in bytes: 1 MiB.
const MAX_REQUEST_BODY: usize = 1024 * 1024;

/// How an operation is sent and its answer read.
pub(crate) trait Run: Sync {
    /// What the generated client makes of the body.
    type Body: Send;
    /// What the caller gets.
    type Answer: Send;

    /// What names the call.
    fn about(&self) -> About<'_>;

    /// Texts in the request that must not be shown.
    fn secrets(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What is wrong with the arguments, before anything is sent.
    fn check(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Sends the request once.
    fn exchange(
        &self,
        api: &api::Client,
    ) -> impl Future<Output = Result<ResponseValue<Self::Body>, api::Error>> + Send;

    /// What the caller gets of a failure that shows that an attempt of the same call before, whose end is not
    /// known, was carried out.
    fn found_done(&self, _: &Failure) -> Option<Self::Answer> {
        None
    }

    /// What the caller gets of a success.
    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>)
    -> Result<Self::Answer, Failure>;
}

/// What names a call, in errors and in spans.
pub(crate) struct About<'a> {
    /// As the contract names it.
    pub(crate) operation: &'static str,
    /// What is done, before the identifier.
    pub(crate) verb: &'static str,
    pub(crate) method: Method,
    /// The path, with `{identifier}` where the identifier stands.
    pub(crate) template: &'static str,
    /// The identifier of the webhook.
    pub(crate) identifier: Option<&'a str>,
    /// Whether sending it twice leaves the same state as sending it once.
    pub(crate) idempotent: bool,
}

impl About<'_> {
    pub(crate) fn info(&self) -> CallInfo {
        let doing = match self.identifier {
            None => self.verb.to_owned(),
            Some(text) => format!("{} {:?}", self.verb, identifier::shorten(text)),
        };
        let path = match self.identifier {
            Some(text) if identifier::refusal(text).is_none() => {
                self.template.replace("{identifier}", &identifier::encode(text))
            }
            _ => self.template.to_owned(),
        };
        CallInfo {
            operation: self.operation,
            doing,
            path,
            idempotent: self.idempotent,
            method: self.method.clone(),
        }
    }

    /// The span of the call, with OpenTelemetry's names where it has one.
    pub(crate) fn span(&self, host: &str) -> Span {
        tracing::info_span!(
            "port_webhooks.call",
            otel.name = format_args!("{} {}", self.method, self.template),
            otel.kind = "client",
            http.request.method = %self.method,
            url.template = self.template,
            server.address = host,
            port.operation = self.operation,
            port.webhook = self.identifier.map(identifier::shorten),
            http.response.status_code = field::Empty,
            port.trace_id = field::Empty,
            error.r#type = field::Empty,
        )
    }
}

/// Makes a call.
pub(crate) async fn run<O: Run>(client: &Client, operation: &O, options: Options) -> Result<O::Answer> {
    let about = operation.about();
    let span = about.span(&client.transport.host);
    let retry = options.retry.unwrap_or_else(|| client.transport.retry.clone());
    let query = options.query.into();
    let call = Call { client, operation, about, retry, attempts: 0, query, span: span.clone() };
    call.run(options.timeout).instrument(span).await
}

/// Notes on a span how a call or an exchange ended. The span is handed in: the current one is the
/// caller's own when ours is filtered out.
pub(crate) fn note_error(span: &Span, error: &Error) {
    span.record("error.type", field::debug(error.kind()));
    span.record("port.trace_id", error.trace_id());
}

/// Notes an exchange.
pub(crate) fn note_exchange(
    span: &Span,
    attempt: u32,
    status: Option<StatusCode>,
    failure: Option<&Failure>,
) {
    let status = status.map(|status| status.as_u16());
    span.record("http.response.status_code", status);
    tracing::debug!(
        parent: span,
        attempt,
        status,
        error = failure.map(|failure| field::debug(failure.kind)),
        "exchanged",
    );
}

struct Call<'a, O> {
    client: &'a Client,
    operation: &'a O,
    about: About<'a>,
    retry: Retry,
    attempts: u32,
    query: Arc<[(String, String)]>,
    span: Span,
}

impl<O: Run> Call<'_, O> {
    async fn run(mut self, timeout: Option<Duration>) -> Result<O::Answer> {
        let transport = &self.client.transport;
        let began = transport.clock.now();
        let ends_at = began.checked_add(timeout.unwrap_or(transport.deadline));
        let result = match self.operation.check() {
            Ok(()) => self.tries(began, ends_at).await,
            Err(failure) => Err(failure),
        };
        result.map_err(|failure| {
            let error = Error::of_call(failure, self.about.info(), self.attempts);
            note_error(&self.span, &error);
            error
        })
    }

    /// Tries until there is an answer, or it is no use.
    async fn tries(&mut self, began: Instant, ends_at: Option<Instant>) -> Result<O::Answer, Failure> {
        let transport = &self.client.transport;
        transport.budget.earn();
        // Whether an attempt before may have been carried out.
        let mut unknown = false;
        let mut tries = 0;
        loop {
            let sent = self.attempts;
            let failure = match self.exchanges(ends_at).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if unknown && let Some(answer) = self.operation.found_done(&failure) {
                return Ok(answer);
            }
            tries += 1;
            let now = transport.clock.now();
            let moment = Moment {
                attempts: tries,
                passed: now.saturating_duration_since(began),
                left: self.time_left(ends_at).unwrap_or_default(),
                idempotent: self.about.idempotent,
            };
            unknown |= failure.outcome == Outcome::Unknown;
            // Without a token nothing was sent; the cache of tokens has tried for all.
            let was_sent = self.attempts > sent;
            match self.retry.decide(&moment, &failure, retry::random()) {
                Decision::Wait(wait) if was_sent && transport.budget.spend() => {
                    tracing::debug!(
                        parent: &self.span,
                        attempt = self.attempts,
                        wait = wait.as_secs_f64(),
                        reason = field::debug(failure.kind),
                        "sending again after a wait",
                    );
                    transport.clock.sleep(wait).await;
                }
                _ => return Err(after(failure, unknown)),
            }
        }
    }

    async fn exchanges(&mut self, ends_at: Option<Instant>) -> Result<O::Answer, Failure> {
        let token = self.token(ends_at).await?;
        match self.exchange(&token, ends_at).await {
            Err(failure)
                if failure.status == Some(StatusCode::UNAUTHORIZED) && self.client.tokens.reject(&token) =>
            {
                tracing::debug!(parent: &self.span, attempt = self.attempts, "the token was not taken; sending again with another");
                // Port has refused the request once, so it is more than not sent.
                let refused = |failure| Failure { outcome: Outcome::Refused, ..failure };
                let token = self.token(ends_at).await.map_err(refused)?;
                self.time_left(ends_at).map_err(refused)?;
                self.exchange(&token, ends_at).await
            }
            result => result,
        }
    }

    async fn token(&self, ends_at: Option<Instant>) -> Result<Arc<Token>, Failure> {
        let left = self.time_left(ends_at)?;
        let token = tokio::time::timeout(left, self.client.tokens.get()).await;
        let token = token.map_err(|_| out_of_time("no access token came in time"))?;
        token.map_err(no_token)
    }

    async fn exchange(&mut self, token: &Token, ends_at: Option<Instant>) -> Result<O::Answer, Failure> {
        let transport: &Transport = &self.client.transport;
        let timeout = transport.attempt_timeout.min(self.time_left(ends_at)?);
        let attempt =
            transport.attempt().bearer(token.bearer()).query(Arc::clone(&self.query)).timeout(timeout);
        self.attempts += 1;
        let result = self.operation.exchange(&transport.api(attempt.clone())).await;
        let result = self.read(result.map(ResponseValue::into_inner), &attempt, token);
        let (status, failure) = match &result {
            Ok((_, answer)) => (Some(answer.status), None),
            Err(failure) => (failure.status, Some(failure)),
        };
        note_exchange(&self.span, self.attempts, status, failure);
        result.map(|(value, _)| value)
    }

    fn read(
        &self,
        result: Result<O::Body, api::Error>,
        attempt: &Attempt,
        token: &Token,
    ) -> Result<(O::Answer, Answer), Failure> {
        let mut secrets = self.operation.secrets();
        secrets.push(token.secret());
        let reads = self.about.method == Method::GET;
        let reader = Reader { transport: &self.client.transport, reads, secrets };
        let (body, answer) = reader.read(result, attempt)?;
        let value =
            self.operation.finish(body, &answer, &reader).map_err(|f| reader.with_headers(f, &answer))?;
        Ok((value, answer))
    }

    fn time_left(&self, ends_at: Option<Instant>) -> Result<Duration, Failure> {
        let Some(ends_at) = ends_at else { return Ok(Duration::MAX) };
        let left = ends_at.saturating_duration_since(self.client.transport.clock.now());
        if left.is_zero() { Err(out_of_time("time was over before the request was sent")) } else { Ok(left) }
    }
}

/// A failure with what the attempts before it mean for its outcome.
fn after(failure: Failure, unknown: bool) -> Failure {
    match failure.outcome {
        Outcome::NotSent | Outcome::Refused if unknown => Failure { outcome: Outcome::Unknown, ..failure },
        _ => failure,
    }
}

fn out_of_time(what: &str) -> Failure {
    Failure::new(ErrorKind::Timeout, Outcome::NotSent, what).transient()
}

/// Why a call could not be made for want of a token.
///
/// A kind that would say something of the webhook, such as that it was not found, says nothing of it
/// here: it becomes one that does not. The cause keeps its own.
fn no_token(error: Error) -> Failure {
    let (kind, what) = match error.kind() {
        ErrorKind::Authentication | ErrorKind::Validation => {
            (ErrorKind::Authentication, "Port does not take the client id and secret")
        }
        ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::PayloadTooLarge
        | ErrorKind::Configuration
        | ErrorKind::Api => (ErrorKind::Api, "no access token could be had"),
        kind @ (ErrorKind::Permission
        | ErrorKind::RateLimited
        | ErrorKind::Server
        | ErrorKind::Timeout
        | ErrorKind::Connect
        | ErrorKind::Transport
        | ErrorKind::Decode
        | ErrorKind::Redirect) => (kind, "no access token could be had"),
    };
    let mut failure = Failure::new(kind, Outcome::NotSent, what);
    failure.retry_after = error.retry_after();
    failure.transient = error.is_retryable();
    failure.caused_by(error)
}

/// What is wrong with an identifier as a part of a path.
pub(crate) fn check_identifier(text: &str) -> Result<(), Failure> {
    match identifier::refusal(text) {
        None => Ok(()),
        Some(why) => Err(Failure::configuration(format!("the identifier can't be sent: {why}"))),
    }
}

/// What is wrong with the size of a body.
pub(crate) fn check_size(body: &impl Serialize) -> Result<(), Failure> {
    struct Count(usize);

    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(0);
    if serde_json::to_writer(&mut count, body).is_err() {
        return Err(Failure::configuration("the request can't be written as JSON"));
    }
    if count.0 > MAX_REQUEST_BODY {
        let what = format!("the request has {} bytes, and Port takes {MAX_REQUEST_BODY} at most", count.0);
        return Err(Failure::new(ErrorKind::PayloadTooLarge, Outcome::NotSent, what));
    }
    Ok(())
}
