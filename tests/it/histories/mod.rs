//! Nothing lost or doubled: random histories in which a tenth of the requests go wrong, and the fake's ledger
//! against what calls reported.
//!
//! `PORT_WEBHOOKS_OPERATIONS=1000000` looks longer. A history that fails reports its seed, and `PORT_WEBHOOKS_HISTORY`
//! replays that one alone, again and again. A history with an even seed has one worker and replays exactly: the same
//! requests, in the same order, with the same faults. One with an odd seed has four workers at the same time: each makes
//! the same calls and meets the same faults, but the order among the workers may differ, and the faults of token requests.

mod belief;
mod call;
mod dice;
pub mod faults;
mod judge;
mod player;
mod runs;
mod step;
mod summary;
mod trial;

use std::{env, iter, panic};

use tokio::task::JoinSet;

use summary::Summary;

/// The most operations in one history.
const LONGEST: u64 = 500;
/// How many histories are played at a time, each on its own thread, which it keeps busy.
const AT_ONCE: usize = 2;

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, which is not a number")))
}

#[tokio::test]
async fn nothing_is_lost_or_doubled() {
    let operations = number("PORT_WEBHOOKS_OPERATIONS").unwrap_or(5_000);
    let histories = usize::try_from(operations.div_ceil(LONGEST)).unwrap();
    let replayed = number("PORT_WEBHOOKS_HISTORY");
    let mut seeds = iter::repeat_with(|| replayed.unwrap_or_else(dice::seed)).take(histories);
    let mut sum = Summary::default();
    let mut playing = JoinSet::new();
    loop {
        while playing.len() < AT_ONCE
            && let Some(seed) = seeds.next()
        {
            let play = move || panic::catch_unwind(|| player::play(seed, LONGEST));
            playing.spawn_blocking(move || (seed, play().unwrap_or_else(|_| Err("it panicked".to_owned()))));
        }
        let Some(played) = playing.join_next().await else { break };
        match played.unwrap() {
            (_, Ok(played)) => sum.note(&played),
            (seed, Err(broken)) => {
                panic!("in the history {seed} (PORT_WEBHOOKS_HISTORY={seed} replays it)\n{broken}")
            }
        }
    }
    println!("{sum}");
    assert!(sum.faults() * 20 > sum.requests, "fewer requests went wrong than one in twenty");
}

#[test]
fn history_of_one_worker_replays_exactly() {
    let steps = |seed| player::play(seed, 150).unwrap().steps();
    let first = steps(2024);
    assert!(first.iter().filter(|step| step.contains("[fault: ")).count() > 10, "{first:#?}");
    assert_eq!(steps(2024), first);
    assert_ne!(steps(2026), first);
}
