//! Authentication: the token route and the check of every other request.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::clock::later;
use crate::request::Request;
use crate::response::{self, Rejection, Response};
use crate::state::State;
use crate::validate::{non_null_string, only, require};

const CREDENTIALS: [&str; 2] = ["clientId", "clientSecret"];

/// Serves the token route.
pub(crate) fn issue(state: &mut State, body: &Map<String, Value>) -> Result<Response, Rejection> {
    only(body, &CREDENTIALS)?;
    require(body, &CREDENTIALS)?;
    let id = non_null_string(body, "clientId")?;
    let secret = non_null_string(body, "clientSecret")?;
    let settings = &state.settings;
    if (id, secret) != (settings.client_id.as_str(), settings.client_secret.as_str()) {
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
