//! One call: a token, an exchange, a second exchange when the token is rejected, and retries of all that.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use port_webhooks_api::{self as api, Answer, Reply};
use tracing::{Instrument as _, Span};

use crate::Result;
use crate::about::About;
use crate::answer::Reader;
use crate::client::{Client, Transport};
use crate::clock::Deadline;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::observe::{self, Exchange};
use crate::request::sealed::Options;
use crate::retry::{self, Decision, Moment};
use crate::token::Token;

/// How an operation is sent, and its response read.
pub(crate) trait Run: Sync {
    /// The response body, as the generated client parses it.
    type Body: Send;
    /// What the caller gets.
    type Value: Send;

    /// The description of the call.
    fn about(&self) -> About<'_>;

    /// The secrets in the request.
    fn secrets(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Validates the arguments and serializes the body, if there is one. Called once, before anything is sent.
    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }

    /// Sends the request once.
    fn exchange(
        &self,
        api: &api::Client,
    ) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> + Send;

    /// The value of a failure that is a result, such as a 404 after an attempt that may have deleted the webhook.
    /// `unknown` is whether an earlier attempt of the call may have been applied.
    fn recover(&self, _: &Failure, _unknown: bool) -> Option<Self::Value> {
        None
    }

    /// The value of a success.
    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Self::Value, Failure>;
}

/// Makes a call.
pub(crate) async fn run<O: Run>(client: &Client, operation: &O, options: &Options) -> Result<O::Value> {
    let about = operation.about();
    let span = about.span(client.transport.host());
    let mut call = Call {
        client,
        operation,
        options,
        about,
        deadline: client.transport.deadline(options.timeout),
        attempts: 0,
        renewed: false,
        status: None,
        body: None,
        span: span.clone(),
    };
    call.run().instrument(span).await
}

struct Call<'a, O> {
    client: &'a Client,
    operation: &'a O,
    options: &'a Options,
    about: About<'a>,
    deadline: Deadline<'a>,
    attempts: u32,
    /// Whether a 401 has led to a new token. That happens once in a call.
    renewed: bool,
    /// Of the last attempt.
    status: Option<StatusCode>,
    /// Serialized once, however often it is sent.
    body: Option<Bytes>,
    span: Span,
}

impl<O: Run> Call<'_, O> {
    async fn run(&mut self) -> Result<O::Value> {
        let result = self.send_with_retries().await;
        let result = result.map_err(|failure| Error::of_call(failure, self.about.info(), self.attempts));
        observe::end(&self.span, self.status, self.attempts, result.as_ref().err());
        result
    }

    async fn send_with_retries(&mut self) -> Result<O::Value, Failure> {
        self.body = self.operation.prepare()?;
        let transport = &self.client.transport;
        let retry = self.options.retry.as_ref().unwrap_or(&transport.retry);
        let began = transport.clock.now();
        transport.budget.earn();
        // Whether an earlier attempt may have been applied.
        let mut unknown = false;
        let mut tries = 0;
        loop {
            let sent = self.attempts;
            let failure = match self.send_with_renewal().await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            if let Some(value) = self.operation.recover(&failure, unknown) {
                return Ok(value);
            }
            tries += 1;
            let moment = Moment {
                attempts: tries,
                passed: transport.clock.now().saturating_duration_since(began),
                left: self.deadline.left(),
                idempotent: self.about.idempotent,
            };
            unknown |= failure.outcome == Outcome::Unknown;
            // Without a token nothing was sent, and the token cache has retried already.
            let was_sent = self.attempts > sent;
            match retry.decide(&moment, &failure, retry::random()) {
                Decision::Wait(wait) if was_sent && transport.budget.spend() => {
                    let operation = self.about.operation;
                    observe::wait(&self.span, transport, operation, self.attempts, wait, &failure);
                    transport.clock.sleep(wait).await;
                }
                Decision::Wait(_) if was_sent => {
                    tracing::debug!(parent: &self.span, attempt = self.attempts, "retry budget exhausted");
                    return Err(with_earlier(failure, unknown));
                }
                Decision::Wait(_) | Decision::GiveUp => return Err(with_earlier(failure, unknown)),
            }
        }
    }

    /// Sends the request, and once more with a new token when Port rejects the first one.
    async fn send_with_renewal(&mut self) -> Result<O::Value, Failure> {
        {
            let token = self.token().await?;
            let result = self.send_once(&token).await;
            if !self.should_renew(&token, &result) {
                return result;
            }
        }
        self.renewed = true;
        tracing::debug!(parent: &self.span, attempt = self.attempts, "token rejected, retrying with a new one");
        // Port has rejected the request once, so `NotSent` would be wrong.
        let refused = |failure| Failure { outcome: Outcome::NotApplied, ..failure };
        let token = self.token().await.map_err(refused)?;
        self.time_left().map_err(refused)?;
        self.send_once(&token).await
    }

    /// Whether a new token may help. A rejected token is forgotten in any case.
    fn should_renew(&self, token: &Arc<Token>, result: &Result<O::Value, Failure>) -> bool {
        let is_rejected =
            result.as_ref().is_err_and(|failure| failure.status == Some(StatusCode::UNAUTHORIZED));
        is_rejected && self.client.tokens.reject(token) && !self.renewed
    }

    async fn token(&self) -> Result<Arc<Token>, Failure> {
        let left = self.time_left()?;
        let mut token = pin!(self.client.tokens.get());
        // Usually there is one already, and no timer is needed.
        if let Poll::Ready(token) = poll_fn(|context| Poll::Ready(token.as_mut().poll(context))).await {
            return token.map_err(no_token);
        }
        let token = tokio::time::timeout(left, token).await;
        token.map_err(|_| out_of_time("no access token was obtained in time"))?.map_err(no_token)
    }

    async fn send_once(&mut self, token: &Token) -> Result<O::Value, Failure> {
        let transport: &Transport = &self.client.transport;
        let timeout = transport.attempt_timeout.min(self.time_left()?);
        let attempt = transport
            .attempt()
            .bearer(token.bearer())
            .query(self.options.query.clone())
            .body(self.body.clone())
            .timeout(timeout);
        self.attempts += 1;
        let began = transport.clock.now();
        let result = self.operation.exchange(&transport.api(attempt)).await;
        let result = self.read(result, token);
        let exchange = Exchange {
            operation: self.about.operation,
            attempt: self.attempts,
            began,
            result: result.as_ref().map(|(_, answer)| Some(answer)),
        };
        self.status = observe::exchange(&self.span, transport, &exchange);
        result.map(|(value, _)| value)
    }

    fn read(
        &self,
        result: Result<Reply<O::Body>, api::Error>,
        token: &Token,
    ) -> Result<(O::Value, Answer), Failure> {
        let secrets = || [self.operation.secrets(), vec![token.secret()]].concat();
        let reads = self.about.method == Method::GET;
        let reader = Reader { transport: &self.client.transport, reads, secrets: &secrets };
        let Reply { value: body, answer, .. } = reader.read(result)?;
        let value =
            self.operation.finish(body, &answer, &reader).map_err(|f| reader.with_headers(f, &answer))?;
        Ok((value, answer))
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

/// The last failure of a call. Its outcome is unknown when an earlier attempt may have been applied.
fn with_earlier(failure: Failure, unknown: bool) -> Failure {
    match failure.outcome {
        Outcome::NotSent | Outcome::NotApplied if unknown => Failure { outcome: Outcome::Unknown, ..failure },
        _ => failure,
    }
}

fn out_of_time(what: &str) -> Failure {
    Failure::new(ErrorKind::Timeout, Outcome::NotSent, what).transient()
}

/// Why a call has no token.
///
/// A kind that would say something about the webhook, such as `NotFound`, is replaced. The source keeps its own.
fn no_token(error: Error) -> Failure {
    let (kind, what) = match error.kind() {
        // The error of a token provider has no operation.
        ErrorKind::Authentication if error.operation().is_none() => {
            (ErrorKind::Authentication, "no access token could be obtained")
        }
        ErrorKind::Authentication | ErrorKind::Validation => {
            (ErrorKind::Authentication, "Port rejected the client id and secret")
        }
        ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::PayloadTooLarge
        | ErrorKind::Configuration
        | ErrorKind::Other => (ErrorKind::Other, "no access token could be obtained"),
        kind @ (ErrorKind::Permission
        | ErrorKind::RateLimited
        | ErrorKind::Server
        | ErrorKind::Timeout
        | ErrorKind::Connect
        | ErrorKind::Transport
        | ErrorKind::Decode
        | ErrorKind::Redirect) => (kind, "no access token could be obtained"),
    };
    let mut failure = Failure::new(kind, Outcome::NotSent, what);
    failure.retry_after = error.retry_after();
    failure.transient = error.is_retryable();
    failure.caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::Get;

    /// Each call in flight holds this future, and Rust copies a future when it moves it.
    #[test]
    fn a_call_in_flight_is_small() {
        let client = Client::builder().access_token("token").build().unwrap();
        let get = Get { identifier: "a".to_owned() };
        let size = size_of_val(&run(&client, &get, &Options::default()));
        assert!(size <= 1200, "{size} bytes");
    }
}
