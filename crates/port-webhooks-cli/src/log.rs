//! `--log`: what the crates of this project tell, on standard error.

use std::io::{self, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::terminal::printable;

/// Standard error, without what steers a terminal: names that servers and files give are in the lines.
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

/// Ours alone: what others would tell of a connection has not been looked through for secrets.
const OURS: [&str; 3] = ["port_webhooks", "port_webhooks_receiver", "fake_port"];

/// Logs from this level up.
pub(crate) fn start(level: LevelFilter) {
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Escaping).with_ansi(false);
    let targets = Targets::new().with_targets(OURS.map(|target| (target, level)));
    // There is no other in this process that could have been first.
    let _ = tracing_subscriber::registry().with(targets).with(lines).try_init();
}
