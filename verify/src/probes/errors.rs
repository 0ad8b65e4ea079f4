//! Errors, headers and tokens. The rate limit is looked at, not used up.

use reqwest::Method;
use serde_json::json;

use super::joined;
use crate::Result;
use crate::response::{Response, UNEXPECTED};
use crate::session::{EPOCH_MILLISECONDS, EPOCH_SECONDS, Session};
use crate::webhooks::{ANY, WEBHOOKS};

/// The largest body that is accepted, as Port describes it.
const LARGEST: usize = 1024 * 1024;
/// The smallest response.
const ONE: &str = "/v1/webhooks?page=1&per_page=1";
const FIXED: &str = "needs a client id and secret, and the run has an access token";

pub(super) async fn invalid(session: &mut Session) -> Result<Response> {
    session.create(ANY, json!({ "enabled": "yes" })).await?.expect(&[400, 422])
}

pub(super) async fn unauthorized(session: &mut Session) -> Result<Response> {
    session.send(session.to(Method::GET, WEBHOOKS).bearer_auth("not-a-token")).await?.expect(&[401, 403])
}

pub(super) async fn not_found(session: &mut Session) -> Result<Response> {
    session.on(&session.unused(), Method::GET, None).await?.expect(&[404])
}

/// POST to a webhook that this run created, so that a server that does accept it harms nobody.
pub(super) async fn method(session: &mut Session) -> Result<Response> {
    let (_, identifier) = session.existing(ANY).await?;
    session.on(&identifier, Method::POST, Some(json!({}))).await?.expect(&[405, 404])
}

/// The same body was accepted before, so that the identifier is what is wrong with it.
pub(super) async fn conflict(session: &mut Session) -> Result<Response> {
    let (kind, identifier) = session.existing(ANY).await?;
    session.create(kind, json!({ "identifier": identifier })).await?.expect(&[409, 400, 422])
}

/// A 422 could be because the description is too long.
pub(super) async fn too_large(session: &mut Session) -> Result<Response> {
    session.create(ANY, json!({ "description": "x".repeat(LARGEST) })).await?.expect(&[413])
}

/// The first 429, if one came by itself; it is evidence.
pub(super) fn rate_limited(session: &mut Session) -> Result<Response> {
    let no_429 = "no 429 came, and a run provokes none, since the whole organization shares the limit";
    let first = session.log.iter().find(|response| response.status == 429).ok_or(no_429)?.clone();
    session.log.push(first.clone());
    Ok(first)
}

/// Whether `error` is an object.
pub(super) async fn object(session: &mut Session) -> Result<String> {
    let mut answers = Vec::new();
    for response in [unauthorized(session).await?, not_found(session).await?, invalid(session).await?] {
        let error = &response.body["error"];
        if !(error.is_object() || error.is_string()) {
            return Err(UNEXPECTED.to_owned());
        }
        answers.push((format!("for {}", response.status), error.is_object()));
    }
    Ok(joined(&answers))
}

pub(super) fn retry_after(session: &mut Session) -> Result<&'static str> {
    match rate_limited(session)?.header("retry-after") {
        None => Ok("not said"),
        Some(text) if text.trim().parse::<u64>().is_ok() => Ok("seconds"),
        Some(text) if httpdate::parse_http_date(text).is_ok() => Ok("date"),
        Some(_) => Err("retry-after is neither seconds nor a date".to_owned()),
    }
}

/// A wait is not longer than the window.
pub(super) async fn reset(session: &mut Session) -> Result<&'static str> {
    let response = session.get(ONE).await?;
    let reset = response.number("x-ratelimit-reset")?;
    let window = response.number("x-ratelimit-period").ok();
    session.note(&format!("x-ratelimit-reset {reset}, period {window:?}"));
    match reset {
        EPOCH_MILLISECONDS.. => Ok("epoch milliseconds"),
        EPOCH_SECONDS.. => Ok("epoch seconds"),
        _ if window.is_some_and(|window| reset <= window) => Ok("seconds to wait"),
        _ => Err("no reading fits".to_owned()),
    }
}

/// Looks at all responses before this probe, errors among them.
pub(super) fn trace_id(session: &Session) -> Result<&'static str> {
    let traced = session.log.iter().filter(|response| response.header("x-trace-id").is_some()).count();
    match session.log.len() {
        0 => Err("there was no response".to_owned()),
        _ if traced == 0 => Ok("no answer"),
        all => Ok(if traced == all { "every answer" } else { "some answers" }),
    }
}

pub(super) async fn reissue_token(session: &mut Session) -> Result<bool> {
    let first = session.log_in().await?.ok_or(FIXED)?;
    Ok(first == session.log_in().await?.ok_or(FIXED)?)
}

/// Two lists come first, to see that nobody else uses the limit at the same time.
pub(super) async fn token_rate(session: &mut Session) -> Result<&'static str> {
    let mut left = Vec::new();
    for with_token in [false, false, true, true] {
        if with_token {
            session.log_in().await?.ok_or(FIXED)?;
        }
        left.push(session.get(ONE).await?.number("x-ratelimit-remaining")?);
        session.note(&format!("x-ratelimit-remaining {}", left[left.len() - 1]));
    }
    let used: Vec<_> = left.iter().map(|now| left[0].checked_sub(*now)).collect();
    match used[..] {
        [_, Some(1), Some(2), Some(3)] => Ok("nothing"),
        [_, Some(1), Some(3), Some(5)] => Ok("one request"),
        _ => Err("others used the limit, or it was reset".to_owned()),
    }
}
