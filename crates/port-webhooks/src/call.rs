//! One call: a token, an exchange, and a second exchange when the token was not taken.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use port_webhooks_api::{self as api, Answer, Attempt, ResponseValue};
use tracing::{Instrument as _, field};

use crate::answer::Reader;
use crate::client::{Client, Transport};
use crate::error::{CallInfo, Error, ErrorKind, Failure, Outcome};
use crate::request::Options;
use crate::token::Token;
use crate::{Result, identifier};

/// How an operation is sent and its answer read. Only operations of this crate implement it.
pub trait Run: fmt::Debug + Send + Sync + 'static {
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

    /// What is wrong with the arguments.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Sends the request once.
    fn exchange(
        &self,
        api: &api::Client,
    ) -> impl Future<Output = Result<ResponseValue<Self::Body>, api::Error>> + Send;

    /// What the caller gets of a success.
    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>)
    -> Result<Self::Answer, Failure>;
}

/// What names a call, in errors and in spans.
#[derive(Debug)]
pub struct About<'a> {
    /// As the contract names it.
    pub operation: &'static str,
    /// What is done, before the identifier.
    pub verb: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path, with `{identifier}` where the identifier stands.
    pub template: &'static str,
    /// The identifier of the webhook.
    pub identifier: Option<&'a str>,
}

impl About<'_> {
    fn info(&self) -> CallInfo {
        let (doing, path) = match self.identifier {
            None => (self.verb.to_owned(), self.template.to_owned()),
            Some(identifier) => (
                format!("{} {identifier:?}", self.verb),
                self.template
                    .replace("{identifier}", &identifier::encode(identifier)),
            ),
        };
        CallInfo {
            operation: self.operation,
            doing,
            path,
            idempotent: self.method != Method::POST,
            method: self.method.clone(),
        }
    }
}

/// Makes a call.
pub(crate) async fn run<O: Run>(client: &Client, operation: &O, options: &Options) -> Result<O::Answer> {
    let about = operation.about();
    let span = tracing::info_span!(
        "port_webhooks.call",
        otel.name = format_args!("{} {}", about.method, about.template),
        otel.kind = "client",
        http.request.method = %about.method,
        url.template = about.template,
        server.address = client.transport.host,
        port.operation = about.operation,
        port.webhook = about.identifier,
        http.response.status_code = field::Empty,
        port.trace_id = field::Empty,
        error.r#type = field::Empty,
    );
    let call = Call {
        client,
        operation,
        about,
        attempts: 0,
        query: options.query.clone().into(),
    };
    call.run(options.timeout).instrument(span).await
}

struct Call<'a, O> {
    client: &'a Client,
    operation: &'a O,
    about: About<'a>,
    attempts: u32,
    query: Arc<[(String, String)]>,
}

impl<O: Run> Call<'_, O> {
    async fn run(mut self, timeout: Option<Duration>) -> Result<O::Answer> {
        let transport = &self.client.transport;
        let ends_at = transport
            .clock
            .now()
            .checked_add(timeout.unwrap_or(transport.deadline));
        let result = match self.operation.check() {
            Ok(()) => self.exchanges(ends_at).await,
            Err(why) => Err(Failure::configuration(why)),
        };
        result.map_err(|failure| {
            let span = tracing::Span::current();
            span.record("error.type", field::debug(failure.kind));
            let error = Error::of_call(failure, self.about.info(), self.attempts);
            span.record("port.trace_id", error.trace_id());
            error
        })
    }

    async fn exchanges(&mut self, ends_at: Option<Instant>) -> Result<O::Answer, Failure> {
        let token = self.token(ends_at).await?;
        match self.exchange(&token, ends_at).await {
            Err(failure)
                if failure.status == Some(StatusCode::UNAUTHORIZED) && self.client.tokens.reject(&token) =>
            {
                tracing::debug!(
                    attempt = self.attempts,
                    "the token was not taken; sending again with another"
                );
                let token = self.token(ends_at).await?;
                self.exchange(&token, ends_at).await
            }
            result => result,
        }
    }

    async fn token(&self, ends_at: Option<Instant>) -> Result<Arc<Token>, Failure> {
        let left = self.time_left(ends_at)?;
        let token = tokio::time::timeout(left, self.client.tokens.get()).await;
        let token = token.map_err(|_| out_of_time("no access token came in time"))?;
        token.map_err(|error| {
            let what = match error.kind() {
                ErrorKind::Authentication => "Port does not take the client id and secret",
                _ => "no access token could be had",
            };
            let mut failure = Failure::new(error.kind(), Outcome::NotSent, what);
            failure.retry_after = error.retry_after();
            failure.transient = error.is_retryable();
            failure.caused_by(error)
        })
    }

    async fn exchange(&mut self, token: &Token, ends_at: Option<Instant>) -> Result<O::Answer, Failure> {
        let transport: &Transport = &self.client.transport;
        let timeout = transport.attempt_timeout.min(self.time_left(ends_at)?);
        let attempt = transport
            .attempt()
            .bearer(token.bearer())
            .query(Arc::clone(&self.query))
            .timeout(timeout);
        self.attempts += 1;
        let result = self.operation.exchange(&transport.api(attempt.clone())).await;
        let result = self.read(result.map(ResponseValue::into_inner), &attempt, token);
        let status = result
            .as_ref()
            .map_or_else(|failure| failure.status, |(_, answer)| Some(answer.status));
        if let Some(status) = status {
            tracing::Span::current().record("http.response.status_code", status.as_u16());
        }
        tracing::debug!(
            attempt = self.attempts,
            status = status.map(|status| status.as_u16()),
            error = result.as_ref().err().map(|failure| field::debug(failure.kind)),
            "exchanged",
        );
        result.map(|(answer, _)| answer)
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
        let reader = Reader {
            clock: &*self.client.transport.clock,
            reads,
            secrets,
        };
        let (body, answer) = reader.read(result, attempt)?;
        let value = self
            .operation
            .finish(body, &answer, &reader)
            .map_err(|f| reader.with_headers(f, &answer))?;
        Ok((value, answer))
    }

    fn time_left(&self, ends_at: Option<Instant>) -> Result<Duration, Failure> {
        let Some(ends_at) = ends_at else {
            return Ok(Duration::MAX);
        };
        let left = ends_at.saturating_duration_since(self.client.transport.clock.now());
        if left.is_zero() {
            Err(out_of_time("time was over before the request was sent"))
        } else {
            Ok(left)
        }
    }
}

fn out_of_time(what: &str) -> Failure {
    Failure::new(ErrorKind::Timeout, Outcome::NotSent, what).transient()
}

/// What is wrong with an identifier as a part of a path.
pub(crate) fn check_identifier(text: &str) -> Result<(), String> {
    match identifier::refusal(text) {
        None => Ok(()),
        Some(why) => Err(format!("the identifier can't be sent: {why}")),
    }
}
