//! The webhooks that a stream has yielded.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use port_webhooks_api::Webhook;

/// 128 bits in place of an identifier, which can be long. A collision would lose a webhook: for 100,000 webhooks the
/// probability is below 1 in 10^28. A set takes 20 to 40 bytes for each, and up to 60 while it grows.
#[derive(Default)]
pub(super) struct Seen {
    keys: [RandomState; 2],
    hashes: HashSet<u128>,
    pages: u64,
}

impl Seen {
    /// The number of pages so far.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// Removes the webhooks of a page that were seen before, and remembers the others.
    pub(super) fn retain_new(&mut self, page: &mut Vec<Webhook>) {
        self.pages += 1;
        page.retain(|webhook| {
            let [high, low] = self.keys.each_ref().map(|key| u128::from(key.hash_one(&webhook.identifier)));
            self.hashes.insert(high << 64 | low)
        });
    }
}
