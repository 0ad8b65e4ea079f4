//! Authentication: the token route and the check of every other request.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::clock::later;
use crate::request::Request;
use crate::response::{self, Rejection, Response};
use crate::state::State;
use crate::validate;

/// Serves the token route.
pub(crate) fn issue(state: &mut State, body: &Map<String, Value>) -> Result<Response, Rejection> {
    validate::body(&validate::CREDENTIALS, body)?;
    let settings = &state.settings;
    if body["clientId"] != settings.client_id || body["clientSecret"] != settings.client_secret {
        return Err(unauthorized("unknown client id or wrong client secret"));
    }

    let now = state.data.clock.now();
    let tokens = &mut state.data.tokens;
    let reusable = if settings.unverified.reissue_token { tokens.reusable(now) } else { None };
    let (token, end) = reusable.unwrap_or_else(|| {
        let end = later(now, settings.token_lifetime);
        (tokens.add(end), end)
    });
    tokens.grant(&token);
    state.counts.tokens_issued += 1;
    Ok(response::token(&token, (end - now).num_seconds()))
}

/// Checks the bearer token of a request.
pub(crate) fn authenticate(state: &State, request: &Request) -> Result<(), Rejection> {
    let token = request.bearer().ok_or_else(|| unauthorized("no bearer token"))?;
    match state.data.tokens.end(token) {
        None => Err(unauthorized("the token is not known")),
        Some(end) if end <= state.data.clock.now() => Err(unauthorized("the token has expired")),
        Some(_) => Ok(()),
    }
}

fn unauthorized(message: &str) -> Rejection {
    Rejection::new(StatusCode::UNAUTHORIZED, message)
}
