//! Everything that is traced, as text.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::subscriber::{DefaultGuard, NoSubscriber, set_default};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Records everything that is traced on this thread, by whatever task, at every level.
    #[must_use]
    pub fn record(&self) -> DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        record_with(subscriber)
    }
}

/// Records what is traced on this thread, with a subscriber.
///
/// A second subscriber lives as long as the tests: while there is only one, `tracing` asks that of the thread which
/// reaches a span or event first, so that another test's thread, which has none, could turn it off for all.
#[must_use]
pub fn record_with(subscriber: impl Subscriber + Send + Sync + 'static) -> DefaultGuard {
    static SECOND: OnceLock<Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| Dispatch::new(NoSubscriber::new()));
    set_default(subscriber)
}
