//! Futures that are dropped half-way.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Polls a future so often, each time when it asks for it, and drops it then. Nothing when it did not end.
pub async fn poll_times<F: Future>(future: F, most: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0;
    poll_fn(|context| {
        if polls == most {
            return Poll::Ready(None);
        }
        polls += 1;
        let polled = future.as_mut().poll(context).map(Some);
        if polls == most && polled.is_pending() { Poll::Ready(None) } else { polled }
    })
    .await
}
