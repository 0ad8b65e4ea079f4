//! `--log`: the logs of this project's crates, on standard error.

use std::io::{self, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::terminal::printable;

/// Standard error with control characters escaped: log lines contain names that servers and files chose.
struct Escaping;

impl Write for Escaping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        anstream::stderr().write_all(printable(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        anstream::stderr().flush()
    }
}

/// Logs of other crates may contain secrets, such as those about connections.
const OURS: [&str; 3] = ["port_webhooks", "port_webhooks_receiver", "fake_port"];

pub(crate) fn start(level: LevelFilter) {
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Escaping).with_ansi(false);
    let targets = Targets::new().with_targets(OURS.map(|target| (target, level)));
    // No other subscriber exists in this process.
    let _ = tracing_subscriber::registry().with(targets).with(lines).try_init();
}
