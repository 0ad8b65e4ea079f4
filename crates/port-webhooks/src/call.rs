//! One call: a token, an exchange, a second exchange when the token was not taken, and all of it again where
//! that may help.

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

    /// The JSON of the body, if there is one, or what is wrong with the arguments. It is asked for before anything is
    /// sent.
    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }

    /// Sends the request once.
    fn exchange(
        &self,
        api: &api::Client,
    ) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> + Send;

    /// What the caller gets of a failure that is an answer. What it says depends on whether an attempt of the
    /// same call before, whose end is not known, may have been carried out.
    fn as_answer(&self, _: &Failure, _unknown: bool) -> Option<Self::Answer> {
        None
    }

    /// What the caller gets of a success.
    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>)
    -> Result<Self::Answer, Failure>;
}

/// Makes a call.
pub(crate) async fn run<O: Run>(client: &Client, operation: &O, options: &Options) -> Result<O::Answer> {
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
    /// Whether a 401 was answered with a new token already.
    renewed: bool,
    status: Option<StatusCode>,
    /// Written once, however often it is sent.
    body: Option<Bytes>,
    span: Span,
}

impl<O: Run> Call<'_, O> {
    async fn run(&mut self) -> Result<O::Answer> {
        let result =
            self.tries().await.map_err(|failure| Error::of_call(failure, self.about.info(), self.attempts));
        observe::end(&self.span, self.status, self.attempts, result.as_ref().err());
        result
    }

    /// Tries until there is an answer, or it is no use.
    async fn tries(&mut self) -> Result<O::Answer, Failure> {
        self.body = self.operation.prepare()?;
        let transport = &self.client.transport;
        let retry = self.options.retry.as_ref().unwrap_or(&transport.retry);
        let began = transport.clock.now();
        transport.budget.earn();
        // Whether an attempt before may have been carried out.
        let mut unknown = false;
        let mut tries = 0;
        loop {
            let sent = self.attempts;
            let failure = match self.exchanges().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if let Some(answer) = self.operation.as_answer(&failure, unknown) {
                return Ok(answer);
            }
            tries += 1;
            let moment = Moment {
                attempts: tries,
                passed: transport.clock.now().saturating_duration_since(began),
                left: self.deadline.left(),
                idempotent: self.about.idempotent,
            };
            unknown |= failure.outcome == Outcome::Unknown;
            // Without a token nothing was sent; the cache of tokens has tried for all.
            let was_sent = self.attempts > sent;
            match retry.decide(&moment, &failure, retry::random()) {
                Decision::Wait(wait) if was_sent && transport.budget.spend() => {
                    let operation = self.about.operation;
                    observe::wait(&self.span, transport, operation, self.attempts, wait, &failure);
                    transport.clock.sleep(wait).await;
                }
                Decision::Wait(_) if was_sent => {
                    tracing::debug!(parent: &self.span, attempt = self.attempts, "retry budget exhausted");
                    return Err(after(failure, unknown));
                }
                Decision::Wait(_) | Decision::GiveUp => return Err(after(failure, unknown)),
            }
        }
    }

    /// Sends the request, and again with another token when Port does not take this one.
    async fn exchanges(&mut self) -> Result<O::Answer, Failure> {
        {
            let token = self.token().await?;
            let result = self.exchange(&token).await;
            if !self.is_to_be_renewed(&token, &result) {
                return result;
            }
        }
        self.renewed = true;
        tracing::debug!(parent: &self.span, attempt = self.attempts, "token rejected, retrying with a new one");
        // Port has refused the request once, so it is more than not sent.
        let refused = |failure| Failure { outcome: Outcome::Refused, ..failure };
        let token = self.token().await.map_err(refused)?;
        self.time_left().map_err(refused)?;
        self.exchange(&token).await
    }

    fn is_to_be_renewed(&self, token: &Arc<Token>, result: &Result<O::Answer, Failure>) -> bool {
        let is_refused =
            result.as_ref().is_err_and(|failure| failure.status == Some(StatusCode::UNAUTHORIZED));
        is_refused && self.client.tokens.reject(token) && !self.renewed
    }

    async fn token(&self) -> Result<Arc<Token>, Failure> {
        let left = self.time_left()?;
        let mut token = pin!(self.client.tokens.get());
        // It is there already, as a rule: no timer is set then.
        if let Poll::Ready(token) = poll_fn(|context| Poll::Ready(token.as_mut().poll(context))).await {
            return token.map_err(no_token);
        }
        let token = tokio::time::timeout(left, token).await;
        token.map_err(|_| out_of_time("no access token was obtained in time"))?.map_err(no_token)
    }

    async fn exchange(&mut self, token: &Token) -> Result<O::Answer, Failure> {
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
    ) -> Result<(O::Answer, Answer), Failure> {
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
        // A provider of the caller's own has no operation.
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
        | ErrorKind::Api => (ErrorKind::Api, "no access token could be obtained"),
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

    /// Rust copies a future whenever it is handed on, and each call in flight holds one.
    #[test]
    fn a_call_under_way_is_small() {
        let client = Client::builder().access_token("token").build().unwrap();
        let get = Get { identifier: "a".to_owned() };
        let size = size_of_val(&run(&client, &get, &Options::default()));
        assert!(size <= 1200, "{size} bytes");
    }
}
