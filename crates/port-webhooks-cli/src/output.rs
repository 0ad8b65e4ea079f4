//! Standard output, for results. Everything else goes to standard error.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// Standard output. After its reader, such as `head`, has closed it, the rest is dropped without an error, so that the
/// command finishes what it has begun.
pub(crate) struct Output {
    out: AutoStream<io::StdoutLock<'static>>,
    closed: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        // A lock cannot tell whether it belongs to a terminal.
        let choice = match ColorChoice::global() {
            ColorChoice::Auto => AutoStream::choice(&io::stdout()),
            choice => choice,
        };
        Self { out: AutoStream::new(io::stdout().lock(), choice), closed: false }
    }

    /// Writes a text and the end of its line, at once.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> Result<()> {
        let text = text.as_ref();
        self.write(&format!("{text}\n"))
    }

    /// Writes a text that includes its line end.
    pub(crate) fn write(&mut self, text: &str) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(Failure::new(Exit::Failed, "cannot write to standard output").because(&error)),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }
}
