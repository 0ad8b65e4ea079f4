//! Why a command fails: one line that says what, and, where it helps, one that says what to do.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};

use port_webhooks::{Error, ErrorKind};

use crate::address;
use crate::exit::Exit;
use crate::terminal::printable;

/// Why a command fails.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    advice: Option<String>,
    exit: Exit,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { what: what.into(), advice: None, exit, source: None }
    }

    /// A flag, a file or a setting is wrong.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// What to do.
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// What to do, where nothing better is said.
    pub(crate) fn or_advice(mut self, advice: &str) -> Self {
        self.advice.get_or_insert_with(|| advice.to_owned());
        self
    }

    /// What the system says, in the same line: without it, nobody knows what to do.
    pub(crate) fn because(mut self, error: &std::io::Error) -> Self {
        self.what = format!("{}: {error}", self.what);
        self
    }

    pub(crate) fn caused_by(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The same, said of something: a file, a webhook.
    pub(crate) fn of(mut self, subject: impl fmt::Display) -> Self {
        self.what = format!("{subject}: {}", self.what);
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// What went wrong, in one line.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// The text for a person: what, what to do and, if asked for, each cause. A server's words may be in it, so what
    /// steers a terminal is taken out.
    pub(crate) fn text(&self, verbose: bool) -> String {
        let mut text = printable(&self.what).into_owned();
        if let Some(address) = address::get() {
            let _ = write!(text, " (Port at {address})");
        }
        if let Some(advice) = &self.advice {
            text.push_str("\n  ");
            text.push_str(&printable(advice));
        }
        if verbose {
            let mut source = self.source.as_deref().map(|source| source as &dyn StdError);
            while let Some(cause) = source {
                text.push_str("\n  caused by: ");
                text.push_str(&printable(&cause.to_string()));
                source = cause.source();
            }
        }
        text
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let advice = match error.kind() {
            ErrorKind::NotFound if error.identifier().is_some() => {
                Some("`port-webhooks list` shows the webhooks that exist")
            }
            ErrorKind::Conflict if error.status().is_some() => {
                Some("use another identifier, or `port-webhooks update` to change the existing webhook")
            }
            ErrorKind::Connect => Some("check PORT_BASE_URL or PORT_REGION, and the proxy"),
            _ => None,
        };
        // Why there is no token is what anybody needs to know first, unless it is said already.
        let token = error.source().and_then(|source| source.downcast_ref::<Error>());
        let token = token.filter(|_| error.kind() != ErrorKind::Authentication);
        let what = token.map_or_else(|| error.to_string(), |token| format!("{error}: {token}"));
        let mut failure = Self::new(Exit::from(&error), what);
        failure.advice = advice.map(str::to_owned);
        if error.source().is_some() {
            failure.source = Some(Box::new(CauseOf(error)));
        }
        failure
    }
}

/// The source of an error, which cannot be taken out of it.
#[derive(Debug)]
struct CauseOf(Error);

impl fmt::Display for CauseOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source().map_or(Ok(()), |source| write!(formatter, "{source}"))
    }
}

impl StdError for CauseOf {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()?.source()
    }
}
