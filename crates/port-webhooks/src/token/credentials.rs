//! Tokens from Port's own route, for a client id and a client secret.

use std::time::{Duration, Instant};

use http::Method;
use port_webhooks_api::{self as api, AccessTokenRequest, Answer, Reply, Secret};

use super::{AccessToken, Token};
use crate::about::About;
use crate::answer::Reader;
use crate::client::Transport;
use crate::error::Failure;

/// What Port gives tokens for.
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
    // A second token does no harm.
    idempotent: true,
};

impl Credentials {
    /// Asks Port once.
    pub(super) async fn ask(&self, transport: &Transport) -> Result<(Token, Answer), Failure> {
        let asked_at = transport.clock.now();
        let request = AccessTokenRequest::new(&self.client_id, self.client_secret.clone());
        let result = transport.api(transport.attempt()).create_access_token(&request).await;
        self.read(transport, result, asked_at)
    }

    /// The token that an answer brings, if it brings one that can be sent.
    pub(crate) fn read(
        &self,
        transport: &Transport,
        result: Result<Reply<api::AccessToken>, api::Error>,
        asked_at: Instant,
    ) -> Result<(Token, Answer), Failure> {
        let secrets = || vec![self.client_secret.expose()];
        let reader = Reader { transport, reads: true, secrets: &secrets };
        let Reply { value: body, answer, .. } = reader.read(result)?;
        reader.done(body.ok, &answer).map_err(|failure| reader.with_headers(failure, &answer))?;
        let token = AccessToken { text: body.access_token, life: life(body.expires_in) };
        let token = Token::lasting(token, asked_at).map_err(|why| {
            reader.with_headers(reader.unreadable(&format!("contains a token that {why}")), &answer)
        })?;
        Ok((token, answer))
    }
}

/// How long a token lives, of whatever a server says. What is more than can be told is very long.
pub(crate) fn life(seconds: Option<f64>) -> Option<Duration> {
    seconds
        .filter(|seconds| *seconds > 0.0)
        .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
