//! A delivery whose signature is right.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::macs::Macs;
use crate::delivery::{Delivery, DeliveryRef, ParseError};
use crate::replay_key::ReplayKey;
use crate::scheme::Scheme;

/// A body whose signature is right. Made by [`Verifier::verify`](crate::Verifier::verify).
#[derive(Clone)]
pub struct Verified<'a> {
    pub(super) body: &'a [u8],
    pub(super) scheme: Scheme,
    pub(super) time: Option<Time>,
    pub(super) secret_index: usize,
    /// By all secrets, whether they were shown or not.
    pub(super) macs: Macs,
}

/// A time that is signed, in seconds since 1970, and how many seconds it may be from now.
#[derive(Clone, Copy)]
pub(super) struct Time {
    pub(super) signed: u64,
    pub(super) tolerance: u64,
}

impl<'a> Verified<'a> {
    /// The body as it came.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The scheme that it is signed in.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The signed time in seconds since 1970; only in the timestamped scheme.
    pub fn timestamp(&self) -> Option<u64> {
        self.time.map(|time| time.signed)
    }

    /// Which secret it is signed with: its index in the order in which the builder was given them. Once no
    /// delivery is signed with the old secret any more, the old secret can be removed.
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }

    /// What identifies this delivery: the scheme and the MAC. There is one key for each secret, whichever secret the
    /// delivery was signed with, so that it is the same delivery when it comes again signed with another one.
    pub fn replay_keys(&self) -> impl Iterator<Item = ReplayKey> + '_ {
        let scheme = self.scheme;
        self.macs.iter().map(move |mac| ReplayKey::new(scheme, mac))
    }

    /// How long the signature is valid before and after the signed time. `None` where it does not expire.
    pub(crate) fn fresh_for(&self) -> Option<Duration> {
        self.time.map(|time| Duration::from_secs(time.tolerance))
    }

    /// The delivery in the body.
    ///
    /// # Errors
    /// Those of [`Delivery::from_slice`].
    pub fn delivery(&self) -> Result<Delivery, ParseError> {
        Delivery::from_slice(self.body)
    }

    /// The delivery in the body, borrowed from it; only its top level is parsed.
    ///
    /// # Errors
    /// Those of [`DeliveryRef::from_slice`].
    pub fn delivery_ref(&self) -> Result<DeliveryRef<'a>, ParseError> {
        DeliveryRef::from_slice(self.body)
    }

    /// The body as a type of yours, for automations with a body of your own shape. A leading byte order mark is
    /// skipped.
    ///
    /// # Errors
    /// When the body is empty, not UTF-8, not JSON or not of that type, or a key at any depth begins with
    /// `$serde_json::private::`, which is reserved by the JSON parser.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        crate::delivery::from_slice(self.body)
    }
}

/// Of the body only the length is shown, and the MACs are not: with one, the delivery could be forged again.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verified")
            .field("scheme", &self.scheme)
            .field("timestamp", &self.timestamp())
            .field("secret_index", &self.secret_index)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
