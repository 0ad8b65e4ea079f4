//! The thread of a client for programs without an async runtime. Feature `blocking`.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::{io, process};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use crate::Result;
use crate::error::{Error, ErrorKind, Failure, Outcome};

/// A thread with a runtime. Dropping it ends the thread.
pub(crate) struct Worker {
    runtime: Handle,
    /// The process that the thread is in.
    process: u32,
    /// The runtime runs until this is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(crate) fn start() -> Result<Self> {
        let failed = |what: &str, error: io::Error| {
            Error::without_call(Failure::configuration(format!("cannot start {what}")).caused_by(error))
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed("the runtime of a blocking client", error))?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("port-webhooks".to_owned()).spawn(move || {
            // Nothing is sent: the sender is dropped.
            let _ = runtime.block_on(stopped);
            // Does not wait for a host name that is still being looked up.
            runtime.shutdown_background();
        });
        let thread = thread.map_err(|error| failed("the thread of a blocking client", error))?;
        Ok(Self { runtime: handle, process: process::id(), stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn runtime(&self) -> Handle {
        self.runtime.clone()
    }

    /// Runs a future on the thread, and waits for its output.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T> {
        if self.is_of_another_process() {
            return Err(unusable(
                "this process was forked after it was built: build a client after the fork",
            ));
        }
        if self.is_current() {
            return Err(unusable(
                "it is called by its own observer or token provider, which would never end",
            ));
        }
        let (done, result) = mpsc::sync_channel(1);
        let work = async move {
            // The work is dropped first, so that the caller's client is the last.
            let output = work.await;
            // It fails only when the caller has stopped waiting.
            let _ = done.send(output);
        };
        self.runtime.spawn(work.in_current_span().with_current_subscriber());
        result.recv().map_err(|_| {
            let what = "the call was abandoned: it panicked on the thread of the blocking client";
            Error::without_call(Failure::new(ErrorKind::Transport, Outcome::Unknown, what))
        })
    }

    fn is_of_another_process(&self) -> bool {
        self.process != process::id()
    }

    fn is_current(&self) -> bool {
        self.thread.as_ref().is_some_and(|worker| worker.thread().id() == thread::current().id())
    }
}

fn unusable(why: &str) -> Error {
    Error::without_call(Failure::configuration(format!("the blocking client cannot be used here: {why}")))
}

impl Drop for Worker {
    fn drop(&mut self) {
        let can_wait = !self.is_of_another_process() && !self.is_current();
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && can_wait
        {
            // The thread does not panic: a panic of a task ends that task alone.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_after_fork_fails_and_names_the_fork() {
        let mut worker = Worker::start().unwrap();
        worker.process += 1;
        let error = worker.run(async {}).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
        assert!(error.to_string().contains("build a client after the fork"), "{error}");
    }

    #[test]
    fn worker_that_its_own_thread_drops_does_not_wait_for_itself() {
        let worker = Worker::start().unwrap();
        let (dropped, waiting) = mpsc::channel();
        worker.runtime().spawn(async move {
            drop(worker);
            dropped.send(()).unwrap();
        });
        waiting.recv().unwrap();
    }
}
