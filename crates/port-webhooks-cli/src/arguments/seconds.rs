//! Time limits, and times.

use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::value_parser;

/// From a second to a day.
pub(crate) fn seconds() -> RangedU64ValueParser {
    value_parser!(u64).range(1..=86_400)
}

/// A time since 1970: 13 digits are milliseconds, fewer are seconds, as in a delivery.
pub(crate) fn since_1970(text: &str) -> Result<Duration, &'static str> {
    let digits = text.len();
    match text.parse() {
        Ok(time) if digits == 13 => Ok(Duration::from_millis(time)),
        Ok(time) if digits < 13 => Ok(Duration::from_secs(time)),
        _ => Err("not a time since 1970, in up to 12 digits (seconds) or 13 (milliseconds)"),
    }
}
