//! Time limits.

use clap::builder::RangedU64ValueParser;
use clap::value_parser;

/// From a second to a day.
pub(crate) fn seconds() -> RangedU64ValueParser {
    value_parser!(u64).range(1..=86_400)
}
