//! Sends a call: a token, an attempt, a second attempt when the token is rejected, and retries of all that.

pub(crate) mod exchange;
pub(crate) mod observe;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod token;
#[cfg(feature = "trace-context")]
mod trace_context;
#[cfg(feature = "blocking")]
pub(crate) mod worker;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;
use std::time::{Duration, Instant};

use http::StatusCode;
use port_webhooks_api::Call;
use port_webhooks_api::exchange::Response;
use tracing::{Instrument as _, Span};

use crate::Result;
use crate::clock::{Clock, within};
use crate::error::{CallInfo, Error, ErrorKind, Failure, Outcome};
use crate::headers::Headers;

use self::exchange::{ExchangeOptions, Transport};
use self::response::{ResponseReader, Success};
use self::retry::{Budget, Decision, Progress, Retry};
use self::token::{Token, Tokens};

/// The largest body that Port's API accepts, in bytes.
pub(crate) const MAX_REQUEST_BODY: usize = 1024 * 1024;

/// What all clones of a client share.
pub(crate) struct Engine {
    pub(crate) transport: Arc<Transport>,
    pub(crate) tokens: Tokens,
    pub(crate) budget: Budget,
    pub(crate) reconcile_creates: bool,
    /// Whether the server has been seen to honor page numbers.
    pub(crate) server_pages: AtomicBool,
}

/// The options of one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallOptions {
    /// Query parameters beside those of the operation.
    pub(crate) query: Vec<(String, String)>,
    /// Headers beside those of the client.
    pub(crate) headers: Headers,
    /// `None`: that of the client. So for `retry`.
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: Option<Retry>,
}

impl Engine {
    pub(crate) fn new(tokens: Tokens, transport: Arc<Transport>, reconcile_creates: bool) -> Self {
        let server_pages = AtomicBool::new(false);
        Self { transport, tokens, budget: Budget::default(), reconcile_creates, server_pages }
    }

    /// Makes a call.
    pub(crate) async fn send<S: Success>(&self, call: &Call<S>, options: &CallOptions) -> Result<S> {
        let span = observe::span(call, &self.transport.base_url);
        let mut sending = Sending {
            engine: self,
            call,
            options,
            deadline: self.deadline(options),
            attempts: 0,
            renewed: false,
            status: None,
            span: span.clone(),
        };
        sending.run().instrument(span).await
    }

    /// The deadline of a call that starts now.
    pub(crate) fn deadline(&self, options: &CallOptions) -> Deadline<'_> {
        let clock = &*self.transport.clock;
        let limit = options.deadline.unwrap_or(self.transport.deadline);
        Deadline { clock, began: clock.now(), limit }
    }
}

/// The time for a call.
pub(crate) struct Deadline<'a> {
    clock: &'a dyn Clock,
    began: Instant,
    limit: Duration,
}

impl Deadline<'_> {
    fn passed(&self) -> Duration {
        self.clock.now().saturating_duration_since(self.began)
    }

    /// The time left; zero after the end.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.passed())
    }
}

/// A call that is being made.
struct Sending<'a, S> {
    engine: &'a Engine,
    call: &'a Call<S>,
    options: &'a CallOptions,
    deadline: Deadline<'a>,
    attempts: u32,
    /// Whether a 401 has led to a new token. That happens once in a call.
    renewed: bool,
    /// Of the last attempt.
    status: Option<StatusCode>,
    span: Span,
}

impl<S: Success> Sending<'_, S> {
    async fn run(&mut self) -> Result<S> {
        let result = self.send_with_retries().await;
        observe::end(&self.span, self.status, self.attempts);
        result.map_err(|failure| {
            let error = Error::of_call(failure, CallInfo::new(self.call), self.attempts);
            observe::record_error(&self.span, &error);
            error
        })
    }

    async fn send_with_retries(&mut self) -> Result<S, Failure> {
        check(self.call, self.engine.transport.max_request_body)?;
        self.options.headers.check()?;
        let transport = &self.engine.transport;
        let retry = self.options.retry.as_ref().unwrap_or(&transport.retry);
        self.engine.budget.earn();
        // Whether an earlier attempt may have been applied.
        let mut in_doubt = false;
        let mut tries = 0;
        loop {
            let sent = self.attempts;
            let failure = match self.send_with_renewal().await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            if let Some(value) = S::from_failure(&failure, in_doubt) {
                return Ok(value);
            }
            tries += 1;
            let progress = Progress {
                attempts: tries,
                passed: self.deadline.passed(),
                left: self.deadline.left(),
                idempotent: self.call.idempotent,
            };
            in_doubt |= failure.outcome == Outcome::Unknown;
            // Without a token nothing was sent, and the token cache has retried already.
            let was_sent = self.attempts > sent;
            match retry.decide(&progress, &failure, retry::random()) {
                Decision::Wait(wait) if was_sent && self.engine.budget.spend() => {
                    let operation = self.call.operation;
                    transport.reporter.wait(&self.span, operation, self.attempts, wait, &failure);
                    transport.clock.sleep(wait).await;
                }
                decision => {
                    if was_sent && decision != Decision::GiveUp {
                        tracing::debug!(parent: &self.span, attempt = self.attempts, "retry budget exhausted");
                    }
                    return Err(if in_doubt { failure.in_doubt() } else { failure });
                }
            }
        }
    }

    /// Sends the request, and once more with a new token when Port rejects the first one.
    async fn send_with_renewal(&mut self) -> Result<S, Failure> {
        if !self.call.authenticated {
            return self.send_once(None).await;
        }
        {
            let token = self.token().await?;
            let result = self.send_once(Some(&token)).await;
            if !self.should_renew(&token, &result) {
                return result;
            }
        }
        self.renewed = true;
        tracing::debug!(parent: &self.span, attempt = self.attempts, "token rejected, retrying with a new one");
        // Port has rejected the request once, so `NotSent` would be wrong.
        let rejected = |failure| Failure { outcome: Outcome::NotApplied, ..failure };
        let token = self.token().await.map_err(rejected)?;
        self.time_left().map_err(rejected)?;
        self.send_once(Some(&token)).await
    }

    /// Whether a new token may help. A rejected token is forgotten in any case.
    fn should_renew(&self, token: &Arc<Token>, result: &Result<S, Failure>) -> bool {
        let is_rejected =
            result.as_ref().is_err_and(|failure| failure.status == Some(StatusCode::UNAUTHORIZED));
        is_rejected && self.engine.tokens.reject(token) && !self.renewed
    }

    async fn token(&self) -> Result<Arc<Token>, Failure> {
        let left = self.time_left()?;
        let mut token = pin!(self.engine.tokens.get());
        // Usually there is one already, and no timer is needed.
        if let Poll::Ready(token) = poll_fn(|context| Poll::Ready(token.as_mut().poll(context))).await {
            return token.map_err(token::no_token);
        }
        let mut limit = self.engine.transport.clock.timeout(left);
        let token = within(&mut limit, token).await;
        token.ok_or_else(|| out_of_time("no access token was obtained in time"))?.map_err(token::no_token)
    }

    async fn send_once(&mut self, token: Option<&Token>) -> Result<S, Failure> {
        let transport: &Transport = &self.engine.transport;
        let options = ExchangeOptions {
            bearer: token.map(Token::bearer),
            query: &self.options.query,
            headers: Some(&self.options.headers),
            timeout: transport.attempt_timeout.min(self.time_left()?),
        };
        self.attempts += 1;
        let began = transport.clock.now();
        let sent = exchange::send(transport, self.call, options).await;
        let reads = self.call.method.is_safe() && self.call.idempotent;
        let headers = Some(&self.options.headers);
        let token = token.map(Token::secret);
        let reader = ResponseReader { transport, call: self.call, reads, token, headers };
        let response = match sent {
            Ok(response) => response,
            Err(error) => {
                let failure = reader.no_response(error);
                self.report(began, Err(&failure));
                return Err(failure);
            }
        };
        let result = reader.read(&response);
        self.report(began, result.as_ref().map(|_| Some(&response)));
        result
    }

    fn report(&mut self, began: Instant, result: Result<Option<&Response>, &Failure>) {
        let (reporter, operation) = (&self.engine.transport.reporter, self.call.operation);
        self.status = reporter.attempt(&self.span, operation, self.attempts, began, result);
    }

    fn time_left(&self) -> Result<Duration, Failure> {
        let left = self.deadline.left();
        if left.is_zero() {
            Err(out_of_time("the deadline passed before the request was sent"))
        } else {
            Ok(left)
        }
    }
}

/// Rejects a call that cannot be sent.
pub(crate) fn check<T>(call: &Call<T>, max_body: usize) -> Result<(), Failure> {
    if let Some(why) = call.invalid() {
        return Err(Failure::configuration(why));
    }
    match call.body.as_ref().map(bytes::Bytes::len) {
        Some(length) if length > max_body => {
            let what = format!("the request is {length} bytes; Port accepts at most {max_body}");
            Err(Failure::new(ErrorKind::PayloadTooLarge, Outcome::NotSent, what))
        }
        _ => Ok(()),
    }
}

fn out_of_time(what: &str) -> Failure {
    Failure::new(ErrorKind::Timeout, Outcome::NotSent, what).transient()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Client;

    /// Each call in flight holds this future, and Rust copies a future when it moves it.
    #[test]
    fn a_call_in_flight_is_small() {
        let client = Client::builder().access_token("token").build().unwrap();
        let get = port_webhooks_api::operations::get_webhook("a").returning::<port_webhooks_api::Webhook>();
        let size = size_of_val(&client.engine.send(&get, &CallOptions::default()));
        assert!(size <= 1200, "{size} bytes");
    }
}
