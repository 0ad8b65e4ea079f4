//! Nothing lost or doubled: random histories in which a tenth of the requests go wrong, and the fake's ledger
//! against what callers were told.
//!
//! `PORT_WEBHOOKS_OPERATIONS=1000000` looks longer. A history that fails tells its seed, and
//! `PORT_WEBHOOKS_HISTORY` plays that one alone, again and again: each worker does the same and meets the same faults. Who comes
//! first among workers is not decided by the seed, nor which request for a token goes wrong.

mod belief;
mod call;
mod dice;
pub mod faults;
mod judge;
mod player;
mod step;
mod summary;
mod trial;

use std::env;

use tokio::task::JoinSet;

use summary::Summary;

/// The most operations in one history.
const LONGEST: u64 = 500;
/// How many histories are played at a time. More would make attempts time out that are on their way.
const AT_ONCE: usize = 6;
/// Histories that have shown a mistake once.
const REGRESSIONS: [u64; 0] = [];

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, which is not a number")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled() {
    let operations = number("PORT_WEBHOOKS_OPERATIONS").unwrap_or(100_000);
    let random = std::iter::repeat_with(dice::seed).map(|seed| seed >> 16);
    let histories = usize::try_from(operations.div_ceil(LONGEST)).unwrap();
    let seeds = REGRESSIONS.into_iter().chain(random).take(histories);
    let mut seeds: Box<dyn Iterator<Item = u64>> = match number("PORT_WEBHOOKS_HISTORY") {
        Some(seed) => Box::new(std::iter::repeat_n(seed, histories)),
        None => Box::new(seeds),
    };
    let mut sum = Summary::default();
    let mut playing = JoinSet::new();
    loop {
        while playing.len() < AT_ONCE
            && let Some(seed) = seeds.next()
        {
            playing.spawn(async move { (seed, Box::pin(player::play(seed, LONGEST)).await) });
        }
        let Some(played) = playing.join_next().await else { break };
        match played.unwrap() {
            (_, Ok(summary)) => sum.add(&summary),
            (seed, Err(broken)) => {
                panic!("in the history {seed} (PORT_WEBHOOKS_HISTORY={seed} plays it again)\n{broken}")
            }
        }
    }
    println!("{sum}");
    assert!(sum.faults() * 20 > sum.requests, "fewer requests went wrong than one in twenty");
}
