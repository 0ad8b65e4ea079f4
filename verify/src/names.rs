//! The identifiers of the webhooks of a run: a prefix, a random mark, and the purpose of the webhook.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

const PREFIX: &str = "pw-verify-";
const MARK: usize = 8;

/// Makes the identifiers of one run.
#[derive(Debug, Clone)]
pub struct Names(String);

impl Names {
    /// With a mark that no other run has.
    pub fn random() -> Self {
        // The standard library has no other source of randomness.
        let number = RandomState::new().build_hasher().finish() & 0xffff_ffff;
        Self(format!("{number:08x}"))
    }

    /// The identifier of the webhook that is for this; with up to 11 characters it is within Port's 30.
    pub fn of(&self, what: &str) -> String {
        format!("{PREFIX}{}-{what}", self.0)
    }
}

/// Whether a run has made the webhook of this identifier. Nothing else is ever removed.
pub fn is_ours(identifier: &str) -> bool {
    let Some((mark, what)) = identifier.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    mark.len() == MARK && mark.bytes().all(hex) && !what.is_empty()
}
