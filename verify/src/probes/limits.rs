//! Headers and tokens. The limit is looked at, not used up.

use crate::Result;
use crate::response::Response;
use crate::session::{EPOCH_MILLISECONDS, EPOCH_SECONDS, Session};

/// The smallest response.
const ONE: &str = "/v1/webhooks?page=1&per_page=1";
const FIXED: &str = "needs a client id and secret, and the run has an access token";

/// Looks at all responses before this probe, errors among them.
pub(super) fn trace_id(session: &Session) -> Result<&'static str> {
    let traced = |response: &&Response| response.header("x-trace-id").is_some();
    match session.log.iter().filter(traced).count() {
        _ if session.log.is_empty() => Err("there was no response".to_owned()),
        0 => Ok("no answer"),
        traced if traced == session.log.len() => Ok("every answer"),
        _ => Ok("some answers"),
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

/// The first 429, if one came by itself; it is evidence.
pub(super) fn first_429(session: &mut Session) -> Result<Response> {
    let no_429 = "no 429 came, and a run provokes none, since the whole organization shares the limit";
    let first = session.log.iter().find(|response| response.status == 429).ok_or(no_429)?.clone();
    session.log.push(first.clone());
    Ok(first)
}

pub(super) fn retry_after(session: &mut Session) -> Result<&'static str> {
    match first_429(session)?.header("retry-after") {
        None => Ok("not said"),
        Some(text) if text.trim().parse::<u64>().is_ok() => Ok("seconds"),
        Some(text) if httpdate::parse_http_date(text).is_ok() => Ok("date"),
        Some(_) => Err("retry-after is neither seconds nor a date".to_owned()),
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
