//! How long a response asks to wait, and whether the client waits that long.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::input::Input;
use super::wait::{self, Growth, Policy};
use super::{receive, transport};
use crate::answer::Reader;
use crate::clock::{Clock as _, Still};
use crate::error::Failure;
use crate::rate_limit::{RateLimit, retry_after};
use crate::retry::Moment;

const CENTURY: i128 = 100 * 365 * 86_400 * 1000;

/// Bytes as the head of a response.
pub fn rate_limit(bytes: &[u8]) {
    let input = Input::read(bytes);
    let hint = retry_after(input.status, &input.headers, &Still);
    assert_eq!(hint, expected_hint(input.status, &input.headers), "{:?}", input.headers);
    let limit = RateLimit::read(&input.headers, &Still);
    assert_eq!(limit, expected_limit(&input.headers), "{:?}", input.headers);

    let Some(failure) = refusal(&input) else { return };
    assert_eq!(failure.rate_limit, limit);
    let is_redirect = input.status.is_redirection() && input.status != StatusCode::NOT_MODIFIED;
    assert_eq!(failure.retry_after, hint.filter(|_| !is_redirect));
    let (base, cap) = (Duration::from_millis(50), Duration::from_secs(20));
    let policies = [
        (true, Growth::Doubling),
        (false, Growth::Doubling),
        (true, Growth::Level),
        (true, Growth::Times(Duration::from_secs(7))),
    ];
    for left in times_about(hint.unwrap_or_default()) {
        for random in [0.0, 0.5, 1.0] {
            for (jitter, growth) in policies {
                let policy = Policy { attempts: 3, base, cap, jitter, deadline: None, growth };
                let now = Moment { attempts: 1, passed: Duration::ZERO, left, idempotent: true };
                wait::check(&policy, &now, &failure, random);
            }
        }
    }
}

/// The failure that a response is, if it is no success.
pub(super) fn refusal(input: &Input<'_>) -> Option<Failure> {
    if !(300..600).contains(&input.status.as_u16()) {
        return None;
    }
    let result = receive::<Value>(input.response(input.status));
    Reader { transport: transport(), reads: true, secrets: &Vec::new }.read(result).err()
}

/// Time limits around the one in which a wait of this length just fits.
fn times_about(hint: Duration) -> [Duration; 8] {
    let (instant, second) = (Duration::from_nanos(1), Duration::from_secs(1));
    let longer = |more| hint.saturating_add(more);
    [
        Duration::ZERO,
        hint,
        longer(second).saturating_sub(instant),
        longer(second),
        longer(second + instant),
        longer(hint / 20),
        longer(second * 60),
        Duration::MAX,
    ]
}

/// The rules: `Retry-After` first, as seconds or as a date; then, with a 429, `x-ratelimit-reset`.
pub(crate) fn expected_hint(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let seconds = seconds(headers, "retry-after").map(|seconds| seconds * 1000);
    let until = || date(headers, "retry-after").map(|at| at - now(headers));
    let reset = || if status.as_u16() == 429 { reset(headers) } else { None };
    let hint = seconds.or_else(until).or_else(reset)?;
    (hint > 0).then(|| milliseconds(hint.min(CENTURY)))
}

fn expected_limit(headers: &HeaderMap) -> Option<RateLimit> {
    let count = |name| number(headers, name).map(|number| u64::try_from(number).unwrap_or(u64::MAX));
    let limit = RateLimit {
        limit: count("x-ratelimit-limit"),
        period: seconds(headers, "x-ratelimit-period")
            .map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX))),
        remaining: count("x-ratelimit-remaining"),
        reset: reset(headers).map(|reset| milliseconds(reset.max(0))),
    };
    let RateLimit { limit: requests, period, remaining, reset } = limit;
    (requests.is_some() || period.is_some() || remaining.is_some() || reset.is_some()).then_some(limit)
}

/// In milliseconds from now.
fn reset(headers: &HeaderMap) -> Option<i128> {
    let reset = seconds(headers, "x-ratelimit-reset")?;
    if reset >= 1_000_000_000_000 {
        Some(reset - now(headers))
    } else if reset >= 1_000_000_000 {
        Some(reset * 1000 - now(headers))
    } else if reset <= 86_400 {
        Some(reset * 1000)
    } else {
        None
    }
}

/// In milliseconds since 1970.
fn now(headers: &HeaderMap) -> i128 {
    date(headers, "date").or_else(|| since_1970(Still.wall())).unwrap_or_default()
}

fn date(headers: &HeaderMap, name: &str) -> Option<i128> {
    let text = str::from_utf8(value(headers, name)?).ok()?;
    let (start, zone) = text.rsplit_once(' ').unwrap_or((text, ""));
    let text = if matches!(zone, "UTC" | "+0000") { format!("{start} GMT") } else { text.to_owned() };
    since_1970(httpdate::parse_http_date(&text).ok()?)
}

fn since_1970(time: std::time::SystemTime) -> Option<i128> {
    i128::try_from(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Digits, or digits with a fraction, which is rounded up.
fn seconds(headers: &HeaderMap, name: &str) -> Option<i128> {
    let value = value(headers, name)?;
    match value.iter().position(|byte| *byte == b'.') {
        None => digits(value),
        Some(dot) => {
            let more = i128::from(digits(&value[dot + 1..])? > 0);
            Some((digits(&value[..dot])? + more).min(u64::MAX.into()))
        }
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<i128> {
    digits(value(headers, name)?)
}

/// Digits and nothing else, up to the largest `u64`.
fn digits(digits: &[u8]) -> Option<i128> {
    let most = i128::from(u64::MAX);
    let add = |number: i128, digit: &u8| (number * 10 + i128::from(digit - b'0')).min(most);
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, add))
}

/// The first header of a name counts.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    headers.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value.as_bytes().trim_ascii())
}

fn milliseconds(time: i128) -> Duration {
    Duration::from_millis(u64::try_from(time).unwrap_or(u64::MAX))
}
