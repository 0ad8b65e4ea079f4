//! The signed time of a delivery.

use std::fmt;
use std::time::Duration;

/// A time since 1970, in the unit in which it is written. `Display` writes what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignedTime {
    Seconds(u64),
    Milliseconds(u64),
}

impl SignedTime {
    /// Up to 12 digits are seconds and 13 are milliseconds. The first digit is not 0.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        if text.len() > 13 || !matches!(text.first(), Some(b'1'..=b'9')) {
            return None;
        }
        let mut digits = text.iter().map(|byte| byte.is_ascii_digit().then(|| u64::from(byte - b'0')));
        let number = digits.try_fold(0, |number, digit| Some(10 * number + digit?))?;
        Some(if text.len() == 13 { Self::Milliseconds(number) } else { Self::Seconds(number) })
    }

    /// This time, in seconds or milliseconds, rounded down.
    pub(crate) fn new(since_1970: Duration, milliseconds: bool) -> Self {
        if milliseconds {
            Self::Milliseconds(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
        } else {
            Self::Seconds(since_1970.as_secs())
        }
    }

    pub(crate) fn since_1970(self) -> Duration {
        match self {
            Self::Seconds(seconds) => Duration::from_secs(seconds),
            Self::Milliseconds(milliseconds) => Duration::from_millis(milliseconds),
        }
    }

    /// The current time in the unit of this one, rounded down: a fraction of a second makes no whole second too old.
    pub(crate) fn in_same_unit(self, now: Duration) -> Duration {
        Self::new(now, matches!(self, Self::Milliseconds(_))).since_1970()
    }
}

impl fmt::Display for SignedTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Seconds(number) | Self::Milliseconds(number)) = self;
        number.fmt(formatter)
    }
}
