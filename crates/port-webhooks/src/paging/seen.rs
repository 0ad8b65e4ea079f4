//! The webhooks that a stream has yielded, in memory that does not grow with the list.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use port_webhooks_api::Webhook;

/// How many of the first identifiers are remembered, and how many of the last ones at least. A list of no more than
/// both together yields no webhook twice, whatever the server does.
const REMEMBERED: usize = 4096;

/// 128 bits in place of an identifier, which can be long. A collision would lose a webhook: for 100,000 webhooks the
/// probability is below 1 in 10^28.
type Fingerprints = HashSet<u128>;

/// What is remembered of the pages so far.
///
/// A page without a new webhook ends the stream, so when a server repeats pages in a cycle, one page of the cycle has
/// to be remembered: `first` has it when the cycle includes the beginning, `anchor` otherwise.
#[derive(Default)]
pub(super) struct Seen {
    keys: [RandomState; 2],
    pages: u64,
    /// The first pages, until there are enough.
    first: Fingerprints,
    /// The pages after those. When one set is full, the other is cleared and they swap, so that the pages just before
    /// are always remembered as a whole.
    latest: [Fingerprints; 2],
    /// The last page whose number is a power of two, as in Brent's cycle detection: at some point it lies in the cycle,
    /// and is kept for longer than one round takes.
    anchor: Fingerprints,
}

impl Seen {
    /// The number of pages so far.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// Removes the webhooks of a page that were seen before, and remembers the page.
    pub(super) fn retain_new(&mut self, page: &mut Vec<Webhook>) {
        let mut all = Fingerprints::with_capacity(page.len());
        page.retain(|webhook| {
            let fingerprint = self.fingerprint(&webhook.identifier);
            all.insert(fingerprint) && !self.holds(fingerprint)
        });
        self.pages += 1;
        if self.first.len() < REMEMBERED {
            self.first.extend(&all);
        } else {
            if self.latest[0].len() >= REMEMBERED {
                self.latest.swap(0, 1);
                self.latest[0].clear();
                self.latest[0].reserve(REMEMBERED);
            }
            self.latest[0].extend(all.difference(&self.first));
        }
        if self.pages.is_power_of_two() {
            self.anchor = all;
        }
    }

    fn holds(&self, fingerprint: u128) -> bool {
        [&self.first, &self.anchor].into_iter().chain(&self.latest).any(|set| set.contains(&fingerprint))
    }

    fn fingerprint(&self, identifier: &str) -> u128 {
        let [high, low] = self.keys.each_ref().map(|key| u128::from(key.hash_one(identifier)));
        high << 64 | low
    }
}

#[cfg(test)]
mod tests;
