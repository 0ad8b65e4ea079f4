//! What headers say. The limit is looked at, not used up.

use crate::report::{Outcome, Settled};
use crate::session::{ResetForm, Session};

const NO_429: &str = "no 429 came, and a run provokes none, since the whole organization shares the limit";

pub(crate) fn trace_id(session: &Session) -> Outcome {
    let (traced, all) = (session.seen.traced, session.seen.answers);
    if all == 0 {
        return Err("nothing was answered".to_owned());
    }
    let value = match traced {
        0 => "no answer",
        _ if traced == all => "every answer",
        _ => "some answers",
    };
    Ok(Settled::new(value, format!("x-trace-id on {traced} of {all} answers, errors among them")))
}

pub(crate) async fn reset(session: &mut Session) -> Outcome {
    let answer = session.list(&[("per_page", "1"), ("page", "1")]).await?;
    let reset = answer.number("x-ratelimit-reset").ok_or("no answer had x-ratelimit-reset")?;
    let window = answer.number("x-ratelimit-period");
    let evidence =
        format!("x-ratelimit-reset {reset}, period {window:?}").replace("Some(", "").replace(')', "");
    let value = match ResetForm::of(reset, window) {
        ResetForm::Milliseconds => "epoch milliseconds",
        ResetForm::Seconds => "epoch seconds",
        ResetForm::Wait if window.is_some() => "seconds to wait",
        ResetForm::Wait | ResetForm::Unclear => return Err(format!("no reading fits: {evidence}")),
    };
    Ok(Settled::new(value, evidence))
}

pub(crate) fn retry_after(session: &Session) -> Outcome {
    let answer = session.seen.limited.as_ref().ok_or(NO_429)?;
    let value = match answer.header("retry-after") {
        None => "not said",
        Some(text) if text.trim().parse::<u64>().is_ok() => "seconds",
        Some(text) if httpdate::parse_http_date(text).is_ok() => "date",
        Some(_) => return Err("retry-after is neither seconds nor a date".to_owned()),
    };
    Ok(Settled::new(value, format!("a 429 came by itself: {}", answer.told())))
}

pub(crate) fn limited(session: &Session) -> Outcome {
    let answer = session.seen.limited.as_ref().ok_or(NO_429)?;
    super::errors::named(answer, &[429])
}
