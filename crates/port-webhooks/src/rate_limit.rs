//! The rate limit that a response reports, and how long it asks to wait.

use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use crate::clock::Clock;

const RESET: &str = "x-ratelimit-reset";

/// Up to this, a reset is a number of seconds to wait: a day.
const LONGEST_DELTA: u64 = 86_400;
/// A hint is at most a century, so that it can be added to any time.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);
const EPOCH_SECONDS: u64 = 1_000_000_000;
const EPOCH_MILLISECONDS: u64 = 1_000_000_000_000;

/// The organization's rate limit, as a response reports it in the headers `x-ratelimit-limit`, `-period`, `-remaining`
/// and `-reset` of Port's documentation.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use port_webhooks::{Client, Retry};
///
/// # let fake = fake_port::FakePort::builder().rate_limit("1/60".parse()?).start().await?;
/// # let port = Client::builder().access_token(fake.issue_token()).base_url(fake.uri());
/// let port = port.retry(Retry::none()).build()?;
/// # port.webhooks().list().await?;
/// // The limit is one request a minute, and this is the second one.
/// let error = port.webhooks().list().await.unwrap_err();
/// let limit = error.rate_limit().ok_or("no rate limit")?;
/// assert_eq!((limit.limit, limit.remaining), (Some(1), Some(0)));
/// # Ok(())
/// # }
/// ```
#[doc(alias("429", "throttling", "x-ratelimit-remaining", "rate limiting", "quota"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The number of requests allowed in a period.
    pub limit: Option<u64>,
    /// The length of a period.
    pub period: Option<Duration>,
    /// The number of requests left in this period.
    pub remaining: Option<u64>,
    /// The time until the next period begins. Port's documents disagree on the header's unit, so its size decides:
    /// milliseconds or seconds since 1970, or, up to 86,400 (a day), seconds from now. An HTTP date is read, too.
    pub reset: Option<Duration>,
}

impl RateLimit {
    /// The rate limit in a response, if there is one.
    pub(crate) fn read(headers: &HeaderMap, clock: &dyn Clock) -> Option<Self> {
        let number = |name| digits(text(headers, name)?);
        let limit = Self {
            limit: number("x-ratelimit-limit"),
            period: text(headers, "x-ratelimit-period").and_then(seconds).map(Duration::from_secs),
            remaining: number("x-ratelimit-remaining"),
            reset: reset(headers, || now(headers, clock)),
        };
        let silent = Self { limit: None, period: None, remaining: None, reset: None };
        (limit != silent).then_some(limit)
    }
}

/// How long a response asks to wait, if it does. Zero or a point in the past is no hint.
///
/// `Retry-After` has precedence; of several the longest counts. `x-ratelimit-reset` counts only with a 429.
pub(crate) fn retry_after(status: StatusCode, headers: &HeaderMap, clock: &dyn Clock) -> Option<Duration> {
    let now = || now(headers, clock);
    let after = after(headers, now).filter(|after| !after.is_zero());
    let hint =
        after.or_else(|| if status == StatusCode::TOO_MANY_REQUESTS { reset(headers, now) } else { None });
    hint.filter(|hint| !hint.is_zero()).map(|hint| hint.min(LONGEST))
}

fn after(headers: &HeaderMap, now: impl Fn() -> SystemTime) -> Option<Duration> {
    let values = headers.get_all(RETRY_AFTER).iter().filter_map(|value| value.to_str().ok());
    let wait = |value| seconds(value).map(Duration::from_secs).or_else(|| Some(until(date(value)?, now())));
    values.map(str::trim).filter_map(wait).max()
}

fn reset(headers: &HeaderMap, now: impl Fn() -> SystemTime) -> Option<Duration> {
    let value = text(headers, RESET)?;
    let Some(reset) = seconds(value) else {
        return Some(until(date(value)?, now()));
    };
    let at = match reset {
        EPOCH_MILLISECONDS.. => Duration::from_millis(reset),
        EPOCH_SECONDS.. => Duration::from_secs(reset),
        ..=LONGEST_DELTA => return Some(Duration::from_secs(reset)),
        _ => return None,
    };
    Some(until(SystemTime::UNIX_EPOCH.checked_add(at)?, now()))
}

/// The time of a response: its `Date`, which cancels a skew of our clock, or else now.
fn now(headers: &HeaderMap, clock: &dyn Clock) -> SystemTime {
    text(headers, DATE.as_str()).and_then(date).unwrap_or_else(|| clock.wall())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A number of ASCII digits alone (`parse` accepts a sign). A number out of range is the largest.
fn digits(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// A number of seconds. A fraction is rounded up, so that no wait is shorter than the server asks for. One part may be
/// missing, as in `.5` and `5.`.
fn seconds(text: &str) -> Option<u64> {
    let (whole, fraction) = match text.split_once('.') {
        None => (text, "0"),
        Some(("", fraction)) => ("0", fraction),
        Some((whole, "")) => (whole, "0"),
        Some(parts) => parts,
    };
    let rounded_up = u64::from(digits(fraction)? > 0);
    digits(whole).map(|whole| whole.saturating_add(rounded_up))
}

/// An HTTP date, in any case. Some servers write its zone in another way than `GMT`.
fn date(text: &str) -> Option<SystemTime> {
    const ZONES: [&str; 8] = ["gmt", "utc", "ut", "z", "+0000", "-0000", "+00:00", "-00:00"];
    let text = text.to_ascii_lowercase();
    let without_zone = ZONES.into_iter().find_map(|zone| text.strip_suffix(zone));
    let mut date = String::with_capacity(text.len());
    for character in without_zone.unwrap_or(&text).trim_end().chars() {
        let begins_a_word = !date.ends_with(|before: char| before.is_ascii_alphabetic());
        date.push(if begins_a_word { character.to_ascii_uppercase() } else { character });
    }
    // One of the three forms has no zone.
    if without_zone.is_some() {
        date.push_str(" GMT");
    }
    httpdate::parse_http_date(&date).ok()
}

/// Zero for a point in the past.
fn until(at: SystemTime, now: SystemTime) -> Duration {
    at.duration_since(now).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_util::ManualClock;

    fn hint(status: u16, headers: &[(&str, &str)]) -> Option<u64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
        }
        retry_after(StatusCode::from_u16(status).unwrap(), &map, &ManualClock::new())
            .map(|hint| hint.as_secs())
    }

    #[test]
    fn each_form_of_a_hint() {
        type Case = (&'static [(&'static str, &'static str)], Option<u64>);
        let table: &[Case] = &[
            (&[], None),
            (&[("retry-after", "7")], Some(7)),
            (&[("retry-after", " 7 ")], Some(7)),
            (&[("retry-after", "0")], None),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "+5")], None),
            (&[("retry-after", "1e9")], None),
            (&[("retry-after", "")], None),
            (&[("retry-after", "100000000000000000000")], Some(3_153_600_000)),
            (&[("retry-after", "100000000000000000000.5")], Some(3_153_600_000)),
            (&[("retry-after", "1.5")], Some(2)),
            (&[("retry-after", "0.001")], Some(1)),
            (&[("retry-after", "2.000")], Some(2)),
            (&[("retry-after", "0.0")], None),
            (&[("retry-after", ".5")], Some(1)),
            (&[("retry-after", "5.")], Some(5)),
            (&[("retry-after", ".")], None),
            (&[("retry-after", "1.5.5")], None),
            (&[("retry-after", "1,5")], None),
            (&[("retry-after", "-1.5")], None),
            (&[("retry-after", "Mon, 15 Jan 2024 10:30:30 UTC")], Some(30)),
            (&[("retry-after", "Mon, 15 Jan 2024 10:30:30 +0000")], Some(30)),
            (&[("retry-after", "Mon, 15 Jan 2024 10:30:30 +0100")], None),
            (&[("retry-after", "Mon, 15 Jan 2024 10:30:30 -0000")], Some(30)),
            (&[("retry-after", "Mon, 15 Jan 2024 10:30:30 +00:00")], Some(30)),
            (&[("retry-after", "Mon, 15 Jan 2024 10:30:30 UT")], Some(30)),
            (&[("retry-after", "Mon, 15 Jan 2024 10:30:30Z")], Some(30)),
            (&[("retry-after", "mon, 15 jan 2024 10:30:30 gmt")], Some(30)),
            (&[("retry-after", "MON, 15 JAN 2024 10:30:30 GMT")], Some(30)),
            (&[("retry-after", "Monday, 15-Jan-24 10:30:30 GMT")], Some(30)),
            (&[("retry-after", "Mon Jan 15 10:30:30 2024")], Some(30)),
            (
                &[("retry-after", "7"), ("retry-after", "soon"), ("retry-after", "9"), ("retry-after", "8")],
                Some(9),
            ),
            (
                &[
                    ("retry-after", "Mon, 15 Jan 2024 10:30:30 GMT"),
                    ("date", "Mon, 15 Jan 2024 10:30:10 UTC"),
                ],
                Some(20),
            ),
            (&[("retry-after", "Mon, 15 Jan 2024 10:30:30 GMT")], Some(30)),
            (&[("retry-after", "Mon, 15 Jan 2024 10:29:30 GMT")], None),
            (&[("retry-after", "Mon, 15 Jan 2024 10:29:30 GMT"), ("x-ratelimit-reset", "9")], Some(9)),
            (&[("retry-after", "0"), ("x-ratelimit-reset", "9")], Some(9)),
            (&[("retry-after", "0"), ("x-ratelimit-reset", "0")], None),
            (&[("x-ratelimit-reset", "Mon, 15 Jan 2024 10:30:30 GMT")], Some(30)),
            // The response's date has precedence over our clock.
            (
                &[
                    ("retry-after", "Mon, 15 Jan 2024 10:30:30 GMT"),
                    ("date", "Mon, 15 Jan 2024 10:30:10 GMT"),
                ],
                Some(20),
            ),
            (&[("retry-after", "7"), ("x-ratelimit-reset", "9")], Some(7)),
            (&[("retry-after", "soon"), ("x-ratelimit-reset", "9")], Some(9)),
            (&[("x-ratelimit-reset", "9")], Some(9)),
            (&[("x-ratelimit-reset", "8.2")], Some(9)),
            (&[("x-ratelimit-reset", "1705314644.2")], Some(45)),
            (&[("x-ratelimit-reset", "86400")], Some(86_400)),
            (&[("x-ratelimit-reset", "86401")], None),
            (&[("x-ratelimit-reset", "1705314645")], Some(45)),
            (&[("x-ratelimit-reset", "1705314645000")], Some(45)),
            (&[("x-ratelimit-reset", "1705314500")], None),
        ];
        for (headers, expected) in table {
            assert_eq!(hint(429, headers), *expected, "{headers:?}");
        }
    }

    #[test]
    fn a_reset_on_another_status_is_no_hint() {
        assert_eq!(hint(503, &[("x-ratelimit-reset", "9")]), None);
        assert_eq!(hint(503, &[("retry-after", "9")]), Some(9));
    }

    #[test]
    fn each_header_of_a_rate_limit_counts_alone() {
        let read = |headers: &[(&str, &str)]| {
            let headers =
                headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            RateLimit::read(&headers, &ManualClock::new())
        };
        let silent = RateLimit { limit: None, period: None, remaining: None, reset: None };
        assert_eq!(read(&[("date", "Mon, 15 Jan 2024 10:30:10 GMT")]), None);
        assert_eq!(read(&[("x-ratelimit-limit", "many")]), None);
        for nothing in ["", ".", "soon"] {
            assert_eq!(read(&[("x-ratelimit-reset", nothing)]), None);
        }
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (name, value, expected) in [
            ("x-ratelimit-limit", "9", RateLimit { limit: Some(9), ..silent }),
            ("x-ratelimit-period", "9", RateLimit { period: seconds(9), ..silent }),
            ("x-ratelimit-remaining", "0", RateLimit { remaining: Some(0), ..silent }),
            ("x-ratelimit-reset", "0", RateLimit { reset: seconds(0), ..silent }),
            ("x-ratelimit-reset", "1705314645", RateLimit { reset: seconds(45), ..silent }),
        ] {
            assert_eq!(read(&[(name, value)]), Some(expected), "{name}");
        }
    }
}
