//! The signals that stop the command.

use std::future::Future;
use std::process;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::terminal::note;

/// How long an aborted command may take to say what it leaves.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The signals so far.
#[derive(Clone, Copy, Default)]
struct Received {
    /// The first one.
    first: Option<Signal>,
    ctrl_c: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    CtrlC,
    #[cfg(unix)]
    Terminate,
    /// The terminal was closed.
    #[cfg(unix)]
    Hangup,
}

/// Whether somebody wants the command to stop, and how urgently.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<Received>);

impl Interrupt {
    /// From here on the first signal ends nothing by itself: the command ends when it can. Only a second Ctrl-C aborts
    /// it, and ends the process wherever it is, such as in a write that its reader does not take. SIGTERM and SIGHUP
    /// often arrive twice without anybody asking twice: from `timeout`, or when a terminal is closed.
    pub(crate) fn listen() -> Result<Self> {
        let mut signals = Signals::new()
            .map_err(|error| Failure::new(Exit::Failed, "cannot listen for signals").because(&error))?;
        let (sender, receiver) = watch::channel(Received::default());
        tokio::spawn(async move {
            let mut ctrl_c = 0;
            while ctrl_c < 2 {
                let signal = signals.next().await;
                ctrl_c += u32::from(signal == Signal::CtrlC);
                sender.send_modify(|received| {
                    received.first.get_or_insert(signal);
                    received.ctrl_c = ctrl_c;
                });
            }
            // Or until a third Ctrl-C.
            let _ = timeout(LAST_WORDS, async { while signals.next().await != Signal::CtrlC {} }).await;
            process::exit(Exit::Interrupted as i32);
        });
        Ok(Self(receiver))
    }

    /// Whether the command is to stop.
    pub(crate) fn is_set(&self) -> bool {
        self.0.borrow().first.is_some()
    }

    /// Waits until the command is to stop.
    pub(crate) async fn wait(&self) {
        self.until(|received| received.first.is_some()).await;
    }

    async fn until(&self, condition: impl FnMut(&Received) -> bool) {
        let mut receiver = self.0.clone();
        // The sender lives as long as the process.
        let _ = receiver.wait_for(condition).await;
    }

    /// Ends what must not be left half done. A first signal is noted, for the caller to look at; a second Ctrl-C aborts
    /// the work, and then it may have been carried out or not.
    pub(crate) async fn finish<T>(&self, doing: &str, work: impl Future<Output = T>) -> Result<T> {
        tokio::pin!(work);
        if !self.is_set() {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = self.wait() => {}
            }
        }
        note(self.finishing(doing));
        tokio::select! {
            biased;
            done = &mut work => Ok(done),
            () = self.until(|received| received.ctrl_c >= 2) => {
                let aborted = Failure::new(Exit::Interrupted, format!("aborted: {doing}"));
                Err(aborted.advice("it may have been carried out: check before trying again"))
            }
        }
    }

    fn finishing(&self, doing: &str) -> String {
        let received = *self.0.borrow();
        let how = match received.first {
            #[cfg(unix)]
            Some(Signal::Terminate) if received.ctrl_c == 0 => "stopped by SIGTERM",
            #[cfg(unix)]
            Some(Signal::Hangup) if received.ctrl_c == 0 => "stopped by SIGHUP",
            _ => "Ctrl-C again aborts it",
        };
        format!("finishing first: {doing} ({how})")
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
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

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::CtrlC,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.hangup.recv() => Signal::Hangup,
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

    async fn next(&mut self) -> Signal {
        self.0.recv().await;
        Signal::CtrlC
    }
}
