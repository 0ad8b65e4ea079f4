//! Headers and tokens. The limit is looked at, not used up.

use super::errors::named;
use crate::readings::yes;
use crate::report::{Outcome, settled};
use crate::session::{ResetForm, Session};

/// The least that there is to ask for.
const ONE: &str = "/v1/webhooks?page=1&per_page=1";
const NO_429: &str = "no 429 came, and a run provokes none, since the whole organization shares the limit";
const FIXED: &str = "needs a client id and secret, and the run has an access token";

/// On all answers that came before.
pub(crate) async fn trace_id(session: &mut Session) -> Outcome {
    let (traced, all) = (session.seen.traced, session.seen.answers);
    let value = match traced {
        _ if all == 0 => return Err("nothing was answered".to_owned()),
        0 => "no answer",
        _ if traced == all => "every answer",
        _ => "some answers",
    };
    settled(value, format!("x-trace-id on {traced} of {all} answers, errors among them"))
}

pub(crate) async fn reset(session: &mut Session) -> Outcome {
    let answer = session.get(ONE).await?;
    let reset = answer.number("x-ratelimit-reset").ok_or("no answer had x-ratelimit-reset")?;
    let window = answer.number("x-ratelimit-period");
    let period = window.map_or_else(|| "None".to_owned(), |window| window.to_string());
    let evidence = format!("x-ratelimit-reset {reset}, period {period}");
    match ResetForm::of(reset, window) {
        ResetForm::Milliseconds => settled("epoch milliseconds", evidence),
        ResetForm::Seconds => settled("epoch seconds", evidence),
        ResetForm::Wait if window.is_some() => settled("seconds to wait", evidence),
        ResetForm::Wait | ResetForm::Unclear => Err(format!("no reading fits: {evidence}")),
    }
}

pub(crate) async fn retry_after(session: &mut Session) -> Outcome {
    let answer = session.seen.limited.as_ref().ok_or(NO_429)?;
    let value = match answer.header("retry-after") {
        None => "not said",
        Some(text) if text.trim().parse::<u64>().is_ok() => "seconds",
        Some(text) if httpdate::parse_http_date(text).is_ok() => "date",
        Some(_) => return Err("retry-after is neither seconds nor a date".to_owned()),
    };
    settled(value, format!("a 429 came by itself: {}", answer.told()))
}

pub(crate) async fn limited(session: &mut Session) -> Outcome {
    named(session.seen.limited.as_ref().ok_or(NO_429)?, &[429])
}

pub(crate) async fn reissue_token(session: &mut Session) -> Outcome {
    let (first, _) = session.new_token().await?.ok_or(FIXED)?;
    let (second, answer) = session.new_token().await?.ok_or(FIXED)?;
    let how = if first == second { "equal" } else { "different" };
    settled(yes(first == second), format!("two requests for a token, {how} tokens: {}", answer.told()))
}

pub(crate) async fn token_rate(session: &mut Session) -> Outcome {
    // Twice, and once without: what others send at the same time would be taken for the token's.
    let mut seen = vec![remaining(session).await?, remaining(session).await?];
    for _ in 0..2 {
        session.new_token().await?.ok_or(FIXED)?;
        seen.push(remaining(session).await?);
    }
    let evidence = format!("x-ratelimit-remaining with lists alone {}, then {}", seen[0], seen[1])
        + &format!(", and after a token and a list each {} and {}", seen[2], seen[3]);
    let took: Option<Vec<u64>> = seen.windows(2).map(|pair| pair[0].checked_sub(pair[1])).collect();
    match took.as_deref() {
        Some([1, 1, 1]) => settled("nothing", evidence),
        Some([1, 2, 2]) => settled("one request", evidence),
        _ => Err(format!("others used the limit, or it was reset: {evidence}")),
    }
}

async fn remaining(session: &mut Session) -> Result<u64, String> {
    let answer = session.get(ONE).await?;
    answer.number("x-ratelimit-remaining").ok_or_else(|| "no answer had x-ratelimit-remaining".to_owned())
}
