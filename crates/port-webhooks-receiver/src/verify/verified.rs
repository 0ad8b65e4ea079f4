//! A delivery whose signature is right.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::delivery::Delivery;
use crate::mac::MacBytes;
use crate::replay_key::{self, ReplayKey};
use crate::scheme::Scheme;
use crate::timestamp::SignedTime;

/// A body whose signature is right. Made by [`Verifier::verify`](crate::Verifier::verify).
///
/// ```
/// use port_webhooks_receiver::{Signer, Verifier};
///
/// let verifier = Verifier::body("the-new-secret").secret("the-old-secret").build()?;
/// let body = br#"{"event":"run.created"}"#;
/// let headers = Signer::body("the-old-secret").build()?.sign(body);
///
/// let verified = verifier.verify(&headers, body)?;
/// assert_eq!(verified.secret_index(), 1); // still signed with the old secret
/// assert_eq!(verified.delivery().event_name(), Some("run.created"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verified<'a> {
    pub(super) body: Cow<'a, [u8]>,
    pub(super) scheme: Scheme,
    pub(super) freshness: Option<Freshness>,
    pub(super) secret_index: usize,
    /// By all secrets, whichever the delivery was signed with.
    pub(super) macs: Vec<MacBytes>,
}

/// A signed time, and how far it may be from now.
#[derive(Clone, Copy)]
pub(super) struct Freshness {
    pub(super) signed: SignedTime,
    pub(super) tolerance: Duration,
}

impl<'a> Verified<'a> {
    /// The body that is signed: the bytes as they came, or without white space if the verifier
    /// [removes it](crate::TimestampedBuilder::agent).
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body by value. It is borrowed unless white space was removed.
    pub fn into_body(self) -> Cow<'a, [u8]> {
        self.body
    }

    /// The signature scheme of the delivery.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The signed time, since 1970; only in the timestamped scheme.
    pub fn timestamp(&self) -> Option<Duration> {
        self.freshness.map(|freshness| freshness.signed.since_1970())
    }

    /// Which secret it is signed with: its index in the order in which the builder was given them. Once no
    /// delivery is signed with the old secret any more, the old secret can be removed.
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }

    /// What identifies this delivery: the scheme and the MAC. There is one key for each secret, whichever secret the
    /// delivery was signed with, so that a copy that is signed with another secret is recognized.
    pub fn replay_keys(&self) -> impl Iterator<Item = ReplayKey> + '_ {
        self.macs.iter().map(|mac| ReplayKey::new(self.scheme, mac))
    }

    /// 64 hex digits that identify this delivery in your own database, to handle it once there. Copies of the delivery
    /// have the same text, in any later version of this crate and whichever secret they are signed with; other
    /// deliveries have another. No signature can be derived from it.
    ///
    /// In schemes without a timestamp two bodies of the same bytes are one delivery.
    ///
    /// ```
    /// use port_webhooks_receiver::{Signer, Verifier};
    ///
    /// let verifier = Verifier::body("new-secret").secret("old-secret").build()?;
    /// let by_old = Signer::body("old-secret").build()?.sign(b"{}");
    /// let by_new = Signer::body("new-secret").build()?.sign(b"{}");
    /// assert_eq!(
    ///     verifier.verify(&by_old, b"{}")?.idempotency_key(),
    ///     verifier.verify(&by_new, b"{}")?.idempotency_key(),
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn idempotency_key(&self) -> String {
        let timestamp = self.freshness.map(|freshness| freshness.signed.to_string());
        replay_key::idempotency_key(self.scheme, timestamp.as_deref(), &self.body)
    }

    /// How long the signature is valid before and after the signed time. `None` where it does not expire.
    pub(crate) fn fresh_for(&self) -> Option<Duration> {
        self.freshness.map(|freshness| freshness.tolerance)
    }

    /// The delivery in the body. Copies the body: [`Delivery::new`] takes one that you own.
    pub fn delivery(&self) -> Delivery {
        Delivery::new(self.body.to_vec())
    }
}

/// Of the body only the length is shown. The MACs are not shown: with one, the delivery could be forged again.
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
