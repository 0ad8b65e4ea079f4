//! Headers and tokens. The limit is looked at, not used up.

use crate::response::Response;
use crate::session::{ResetForm, Session};

/// The smallest response.
const ONE: &str = "/v1/webhooks?page=1&per_page=1";
const FIXED: &str = "needs a client id and secret, and the run has an access token";

/// Looks at all responses before this probe, errors among them.
pub(super) fn trace_id(session: &mut Session) -> Result<String, String> {
    let traced = |response: &&Response| response.header("x-trace-id").is_some();
    let value = match session.log.iter().filter(traced).count() {
        _ if session.log.is_empty() => return Err("there was no response".to_owned()),
        0 => "no answer",
        traced if traced == session.log.len() => "every answer",
        _ => "some answers",
    };
    Ok(value.to_owned())
}

pub(super) async fn reset(session: &mut Session) -> Result<String, String> {
    let response = session.get(ONE).await?;
    let reset = response.number("x-ratelimit-reset")?;
    let window = response.number("x-ratelimit-period").ok();
    session.note(&format!("x-ratelimit-reset {reset}, period {window:?}"));
    match ResetForm::of(reset, window) {
        ResetForm::Milliseconds => Ok("epoch milliseconds".to_owned()),
        ResetForm::Seconds => Ok("epoch seconds".to_owned()),
        ResetForm::Wait if window.is_some() => Ok("seconds to wait".to_owned()),
        ResetForm::Wait | ResetForm::Unclear => Err("no reading fits".to_owned()),
    }
}

/// The first 429, if one came by itself; it is evidence.
fn first_429(session: &mut Session) -> Result<Response, String> {
    let no_429 = "no 429 came, and a run provokes none, since the whole organization shares the limit";
    let first = session.log.iter().find(|response| response.status == 429).ok_or(no_429)?.clone();
    session.log.push(first.clone());
    Ok(first)
}

pub(super) fn retry_after(session: &mut Session) -> Result<String, String> {
    let value = match first_429(session)?.header("retry-after") {
        None => "not said",
        Some(text) if text.trim().parse::<u64>().is_ok() => "seconds",
        Some(text) if httpdate::parse_http_date(text).is_ok() => "date",
        Some(_) => return Err("retry-after is neither seconds nor a date".to_owned()),
    };
    Ok(value.to_owned())
}

pub(super) fn limited(session: &mut Session) -> Result<String, String> {
    first_429(session)?.error(&[429])
}

pub(super) async fn reissue_token(session: &mut Session) -> Result<String, String> {
    let first = session.log_in().await?.ok_or(FIXED)?;
    let second = session.log_in().await?.ok_or(FIXED)?;
    Ok((first == second).to_string())
}

/// Two lists come first, to see that nobody else uses the limit at the same time.
pub(super) async fn token_rate(session: &mut Session) -> Result<String, String> {
    let mut remaining = Vec::new();
    for with_token in [false, false, true, true] {
        if with_token {
            session.log_in().await?.ok_or(FIXED)?;
        }
        let left = session.get(ONE).await?.number("x-ratelimit-remaining")?;
        session.note(&format!("x-ratelimit-remaining {left}"));
        remaining.push(left);
    }
    let used: Option<Vec<u64>> = remaining.windows(2).map(|pair| pair[0].checked_sub(pair[1])).collect();
    match used.as_deref() {
        Some([1, 1, 1]) => Ok("nothing".to_owned()),
        Some([1, 2, 2]) => Ok("one request".to_owned()),
        _ => Err("others used the limit, or it was reset".to_owned()),
    }
}
