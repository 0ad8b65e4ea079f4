//! Tokens from Port's token route, for a client id and a client secret.

use std::time::{Duration, Instant};

use http::Method;
use port_webhooks_api::{self as api, AccessTokenRequest, Answer, Reply, Secret};
use serde_json::Value;

use super::{AccessToken, Token};
use crate::about::About;
use crate::answer::Reader;
use crate::client::Transport;
use crate::error::Failure;

/// What Port exchanges for tokens.
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
}

pub(crate) const ABOUT: About<'static> = About {
    operation: "create_access_token",
    verb: "get an access token",
    method: Method::POST,
    template: "/v1/auth/access_token",
    identifier: None,
    // Two tokens do no harm.
    idempotent: true,
};

impl Credentials {
    /// Requests a token once.
    pub(super) async fn request(&self, transport: &Transport) -> Result<(Token, Answer), Failure> {
        let requested_at = transport.clock.now();
        let request = AccessTokenRequest::new(&self.client_id, self.client_secret.clone());
        let result = transport.api(transport.attempt()).create_access_token(&request).await;
        self.read(transport, result, requested_at)
    }

    /// The token in a response, if it can be sent.
    pub(crate) fn read(
        &self,
        transport: &Transport,
        result: Result<Reply<api::AccessToken>, api::Error>,
        requested_at: Instant,
    ) -> Result<(Token, Answer), Failure> {
        let secrets = || vec![self.client_secret.expose()];
        let reader = Reader { transport, reads: true, secrets: &secrets };
        let Reply { value: body, answer, .. } = reader.read(result)?;
        reader.check_ok(body.ok, &answer).map_err(|failure| reader.with_headers(failure, &answer))?;
        let text = body
            .access_token
            .ok_or_else(|| reader.with_headers(reader.unreadable("contains no token"), &answer))?;
        // Some servers write the number as a text, which does not fit the field.
        let as_text = body.extra.get("expiresIn").and_then(Value::as_str);
        let seconds = body.expires_in.or_else(|| as_text?.trim().parse().ok());
        let token = AccessToken { text, lifetime: lifetime(seconds) };
        let token = Token::expiring(token, requested_at).map_err(|why| {
            reader.with_headers(reader.unreadable(&format!("contains a token that {why}")), &answer)
        })?;
        Ok((token, answer))
    }
}

/// The lifetime of a token, for any number that a server sends: none if it makes no sense, the longest if it overflows.
pub(crate) fn lifetime(seconds: Option<f64>) -> Option<Duration> {
    seconds
        .filter(|seconds| *seconds > 0.0)
        .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
