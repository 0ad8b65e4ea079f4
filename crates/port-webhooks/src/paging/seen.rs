//! Which webhooks a stream has brought already, in memory that does not grow with the list.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use port_webhooks_api::Webhook;

/// So many identifiers of the beginning are remembered to the end, and so many of the latest ones at least. A
/// list of no more than both together has no webhook twice, whatever the server does.
const REMEMBERED: usize = 4096;

/// 128 bits in place of an identifier, so that one of a megabyte takes no more than another. Two that are alike
/// would lose a webhook: for 100,000 webhooks the odds of that are under one in 10^28.
type Fingerprints = HashSet<u128>;

/// What is remembered of the pages so far.
///
/// A page that holds nothing new ends a stream, so whatever a circle of pages comes back to has to be remembered:
/// for one that comes back to the beginning that is `first`, for any other `anchor`.
#[derive(Default)]
pub(super) struct Seen {
    keys: [RandomState; 2],
    pages: u64,
    /// The first pages, until they have as many as are remembered.
    first: Fingerprints,
    /// The pages after those. When there are enough in one set, the other is forgotten and they change places, so
    /// that the neighbours of a page are always known as a whole.
    latest: [Fingerprints; 2],
    /// One page, always that whose number was last a power of two. From some page on it lies in the circle, and is
    /// kept for longer than one turn takes.
    anchor: Fingerprints,
}

impl Seen {
    /// How many pages there were.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// Takes away the webhooks of a page that were seen before, and remembers all of it.
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
