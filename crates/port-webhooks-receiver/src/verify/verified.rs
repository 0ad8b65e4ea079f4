//! What holds once a delivery is verified.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::macs::Macs;
use crate::delivery::{Delivery, DeliveryRef, ParseError};
use crate::replay_key::ReplayKey;
use crate::scheme::Scheme;

/// A body that somebody has signed who knows a secret.
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
    /// The body as it came, and as it was signed.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// How it is signed.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The time that was signed, in seconds since 1970, in the timestamped scheme.
    pub fn timestamp(&self) -> Option<u64> {
        self.time.map(|time| time.signed)
    }

    /// Which secret it is signed with: its index in the order in which the builder was given them. Once no
    /// delivery is signed with the old secret any more, the old secret can be removed.
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }

    /// What tells this delivery from others: the scheme and the MAC. There is one by each secret, whichever
    /// were shown: a delivery that is signed with two is the same when it is shown again with either.
    pub fn replay_keys(&self) -> impl Iterator<Item = ReplayKey> + '_ {
        let scheme = self.scheme;
        self.macs.iter().map(move |mac| ReplayKey::new(scheme, mac))
    }

    /// How long the signature stays good, from the time that was signed, in either direction. `None` where it
    /// does so for ever.
    pub(crate) fn fresh_for(&self) -> Option<Duration> {
        self.time.map(|time| Duration::from_secs(time.tolerance))
    }

    /// The delivery in the body.
    ///
    /// # Errors
    /// Like those of [`Delivery::from_slice`].
    pub fn delivery(&self) -> Result<Delivery, ParseError> {
        Delivery::from_slice(self.body)
    }

    /// The delivery in the body, borrowed from it and read as far as its top level.
    ///
    /// # Errors
    /// Like those of [`DeliveryRef::from_slice`].
    pub fn delivery_ref(&self) -> Result<DeliveryRef<'a>, ParseError> {
        DeliveryRef::from_slice(self.body)
    }

    /// The body as a type of your own, for automations whose body has a shape of your own. One leading byte
    /// order mark is left out.
    ///
    /// # Errors
    /// When the body is empty, is not UTF-8, is no JSON, is not of that type, or has a key, at any depth, that is
    /// the JSON parser's own.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        crate::delivery::from_slice(self.body)
    }
}

/// The body is told by its length, and the MAC is not: with it, the delivery could be made again.
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
