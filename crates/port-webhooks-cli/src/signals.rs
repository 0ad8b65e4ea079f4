//! The signals that stop the command.

use std::future::Future;
use std::io;
use std::process;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::terminal::note;

/// How long an aborted command may take to report which writes it has not done.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(crate) const CTRL_C: &str = "Ctrl-C";

#[derive(Clone, Copy, Default)]
struct Received {
    first: Option<&'static str>,
    ctrl_c: u32,
}

/// Whether the user wants the command to stop, and how urgently.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<Received>);

impl Interrupt {
    /// From now on the first signal only asks the command to stop. A second Ctrl-C aborts it, and ends the process even
    /// during a blocked write. A second SIGTERM or SIGHUP does not: these often arrive twice, from `timeout` or when a
    /// terminal is closed.
    pub(crate) fn listen() -> Result<Self> {
        let mut signals = Signals::listen()?;
        let (sender, receiver) = watch::channel(Received::default());
        tokio::spawn(async move {
            let mut ctrl_c = 0;
            while ctrl_c < 2 {
                let signal = signals.next().await;
                ctrl_c += u32::from(signal == CTRL_C);
                sender.send_modify(|received| {
                    received.first.get_or_insert(signal);
                    received.ctrl_c = ctrl_c;
                });
            }
            // A third Ctrl-C ends it at once.
            let _ = timeout(LAST_WORDS, async { while signals.next().await != CTRL_C {} }).await;
            process::exit(Exit::Interrupted as i32);
        });
        Ok(Self(receiver))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.borrow().first.is_some()
    }

    pub(crate) async fn wait(&self) {
        self.until(|received| received.first.is_some()).await;
    }

    async fn until(&self, condition: impl FnMut(&Received) -> bool) {
        let mut receiver = self.0.clone();
        // The sender lives as long as the process.
        let _ = receiver.wait_for(condition).await;
    }

    /// Finishes work that must not be left half done, also after a first signal. A second Ctrl-C aborts it; then nobody
    /// knows whether it was carried out.
    pub(crate) async fn finish<T>(&self, doing: &str, work: impl Future<Output = T>) -> Result<T> {
        tokio::pin!(work);
        if !self.is_set() {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = self.wait() => {}
            }
        }
        let received = *self.0.borrow();
        note(match received.first {
            Some(signal) if received.ctrl_c == 0 => format!("finishing first: {doing} (stopped by {signal})"),
            _ => format!("finishing first: {doing} (Ctrl-C again aborts it)"),
        });
        tokio::select! {
            biased;
            done = &mut work => Ok(done),
            () = self.until(|received| received.ctrl_c >= 2) => {
                let mut aborted = Failure::new(Exit::Interrupted, format!("aborted: {doing}"));
                aborted.in_doubt = true;
                Err(aborted.advice("it may have been carried out: check before trying again"))
            }
        }
    }
}

fn not_listening(error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, "cannot listen for signals").because(error)
}

/// The signals that stop a program.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let listen = |kind| signal(kind).map_err(|error| not_listening(&error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// The name of the next signal. The terminal sends SIGHUP when it is closed.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => CTRL_C,
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }
}

#[cfg(not(unix))]
pub(crate) struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn listen() -> Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self).map_err(|error| not_listening(&error))
    }

    pub(crate) async fn next(&mut self) -> &'static str {
        self.0.recv().await;
        CTRL_C
    }
}
