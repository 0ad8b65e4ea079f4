//! Ctrl-C, and the signal that CI and containers stop a command with.

use std::future::Future;
use std::process;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::terminal::note;

/// How long a command that was given up may take to say what it leaves.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Whether somebody wants the command to stop, and how often they said so.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<u32>);

impl Interrupt {
    /// From here on the first signal ends nothing by itself: the command ends when it can. The second gives it up, and
    /// ends the process wherever it is, such as in a write that its reader does not take.
    pub(crate) fn listen() -> Result<Self> {
        let mut signals = Signals::new()
            .map_err(|error| Failure::new(Exit::Failed, "cannot listen for Ctrl-C").because(&error))?;
        let (sender, receiver) = watch::channel(0);
        tokio::spawn(async move {
            for _ in 0..2 {
                signals.next().await;
                sender.send_modify(|times| *times += 1);
            }
            // Or until a third one.
            let _ = timeout(LAST_WORDS, signals.next()).await;
            process::exit(Exit::Interrupted as i32);
        });
        Ok(Self(receiver))
    }

    /// Whether it was asked for.
    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Waits until it is asked for.
    pub(crate) async fn wait(&self) {
        self.times(1).await;
    }

    async fn times(&self, times: u32) {
        let mut receiver = self.0.clone();
        // The sender lives as long as the process.
        let _ = receiver.wait_for(|count| *count >= times).await;
    }

    /// Ends what must not be left half done. The first Ctrl-C is noted, for the caller to look at; the second gives it
    /// up, and then it may have been carried out or not.
    pub(crate) async fn finish<T>(&self, doing: &str, work: impl Future<Output = T>) -> Result<T> {
        tokio::pin!(work);
        if !self.is_set() {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = self.times(1) => note(format!("finishing first: {doing} (Ctrl-C again aborts it)")),
            }
        }
        tokio::select! {
            biased;
            done = &mut work => Ok(done),
            () = self.times(2) => {
                let aborted = Failure::new(Exit::Interrupted, format!("aborted: {doing}"));
                Err(aborted.advice("it may have been carried out: check before trying again"))
            }
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// The terminal was closed.
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
