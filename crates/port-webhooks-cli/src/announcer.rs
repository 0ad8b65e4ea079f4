//! Tells people why the command waits.

use std::time::Duration;

use port_webhooks::{ErrorKind, Observer, Waiting};

use crate::terminal::note;

/// Shorter waits are not announced.
const NOTICEABLE: Duration = Duration::from_secs(1);

pub(crate) struct Announcer;

impl Observer for Announcer {
    fn waiting(&self, wait: &Waiting<'_>) {
        if wait.wait < NOTICEABLE {
            return;
        }
        let seconds = wait.wait.as_millis().div_ceil(1000);
        let why =
            if wait.reason == ErrorKind::RateLimited { "Port limits the rate of requests" } else { wait.why };
        note(format!("waiting {seconds} s before the next attempt: {why}"));
    }
}
