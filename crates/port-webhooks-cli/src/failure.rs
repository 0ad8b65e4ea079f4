//! Why a command fails: one line that says what, and, where it helps, one that says what to do.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Write as _};

use port_webhooks::{Error, ErrorKind};
use serde::Serialize;
use serde_json::json;

use crate::address;
use crate::exit::Exit;
use crate::terminal::printable;
use crate::tree::to_json_line;

/// Why a command fails.
#[derive(Debug)]
pub(crate) struct Failure {
    /// File and line, where it is about one.
    place: Option<String>,
    what: String,
    advice: Option<String>,
    exit: Exit,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// Where there are several, each of them.
    parts: Vec<Failure>,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { place: None, what: what.into(), advice: None, exit, source: None, parts: Vec::new() }
    }

    /// A flag, a file or a setting is wrong.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Several mistakes as one failure; none, if there are none.
    pub(crate) fn of_all(mut failures: Vec<Self>, consequence: &str) -> Option<Self> {
        match failures.len() {
            0 => None,
            1 => failures.pop(),
            count => {
                let line = |failure: &Self| {
                    let (file, line) = failure.place.as_deref()?.rsplit_once(':')?;
                    Some((file.to_owned(), line.parse::<usize>().ok()?))
                };
                failures.sort_by_cached_key(line);
                let what = format!("{count} mistakes; {consequence}");
                // What is to be done about all of them is said once.
                let advice = failures.first().and_then(|first| first.advice.clone());
                let advice = advice
                    .filter(|advice| failures.iter().all(|failure| failure.advice.as_ref() == Some(advice)));
                if advice.is_some() {
                    for failure in &mut failures {
                        failure.advice = None;
                    }
                }
                Some(Self { parts: failures, advice, ..Self::usage(what) })
            }
        }
    }

    /// Several mistakes as one failure.
    pub(crate) fn joined(failures: Vec<Self>, consequence: &str) -> Self {
        Self::of_all(failures, consequence).unwrap_or_else(|| Self::usage(consequence))
    }

    /// File and line of a mistake.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
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
        let mut text = printable(&self.placed()).into_owned();
        if let Some(address) = address::get() {
            let _ = write!(text, " (Port at {address})");
        }
        for part in &self.parts {
            let _ = write!(text, "\n  {}", printable(&part.placed()));
            if let Some(advice) = &part.advice {
                let _ = write!(text, "; {}", printable(advice));
            }
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

/// A failure as `-o json` writes it. The README has its form.
#[derive(Serialize)]
struct Report<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    exit_status: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mistakes: Vec<Part<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

/// One of several mistakes.
#[derive(Serialize)]
struct Part<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl Failure {
    /// One line of JSON for a program, with what was noted before.
    pub(crate) fn json(&self, notes: &[String]) -> String {
        let report = Report {
            kind: self.exit.name(),
            message: &self.what,
            place: self.place.as_deref(),
            hint: self.advice.as_deref(),
            exit_status: self.exit as u8,
            address: address::get(),
            mistakes: self.parts.iter().map(Self::part).collect(),
            notes,
        };
        to_json_line(&json!({ "error": report })).unwrap_or_default()
    }

    fn part(&self) -> Part<'_> {
        Part { place: self.place.as_deref(), message: &self.what, hint: self.advice.as_deref() }
    }

    /// What went wrong, after its place.
    fn placed(&self) -> Cow<'_, str> {
        match &self.place {
            Some(place) => format!("{place}: {}", self.what).into(),
            None => self.what.as_str().into(),
        }
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
