//! Why a command fails: one line for the failure and, where it helps, one for the remedy.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt::Write as _;

use port_webhooks::{Error, ErrorKind, Outcome, types::Report as RunReport};
use serde::Serialize;

use crate::address;
use crate::exit::Exit;
use crate::terminal::printable;
use crate::tree::to_json_line;

#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// File and line, if the failure belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(rename = "message")]
    what: String,
    #[serde(rename = "hint", skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    #[serde(skip)]
    exit: Exit,
    /// Where the request went, if not to the API.
    #[serde(skip)]
    address: Option<String>,
    #[serde(skip)]
    causes: Vec<String>,
    /// Whether the write that failed may have been carried out.
    #[serde(skip)]
    pub(crate) in_doubt: bool,
    /// The single mistakes of a failure that joins several.
    #[serde(rename = "mistakes", skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Failure>,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            place: None,
            what: what.into(),
            advice: None,
            exit,
            address: None,
            causes: Vec::new(),
            in_doubt: false,
            parts: Vec::new(),
        }
    }

    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Fails if there are mistakes.
    pub(crate) fn check(mistakes: Vec<Self>, consequence: &str) -> Result<()> {
        if mistakes.is_empty() { Ok(()) } else { Err(Self::joined(mistakes, consequence)) }
    }

    /// Mistakes as one failure.
    pub(crate) fn joined(mut failures: Vec<Self>, consequence: &str) -> Self {
        if failures.len() == 1
            && let Some(failure) = failures.pop()
        {
            return failure;
        }
        failures.sort_by_cached_key(|failure| {
            let (file, line) = failure.place.as_deref()?.rsplit_once(':')?;
            Some((file.to_owned(), line.parse::<usize>().ok()?))
        });
        let what = format!("{} mistakes; {consequence}", failures.len());
        // Advice that is the same for all of them is given once.
        let mut advice = None;
        if failures.iter().all(|failure| failure.advice == failures[0].advice) {
            for failure in &mut failures {
                advice = failure.advice.take();
            }
        }
        Self { parts: failures, advice, ..Self::usage(what) }
    }

    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// What to do, unless the failure has advice already.
    pub(crate) fn or_advice(mut self, advice: &str) -> Self {
        self.advice.get_or_insert_with(|| advice.to_owned());
        self
    }

    pub(crate) fn because(mut self, error: &std::io::Error) -> Self {
        self.what = format!("{}: {error}", self.what);
        self
    }

    /// The error that `--verbose` shows, with its causes.
    pub(crate) fn caused_by(mut self, error: &dyn StdError) -> Self {
        self.causes = chain(error);
        self
    }

    /// Names where the request went, in place of the address of the API.
    pub(crate) fn sent_to(mut self, address: String) -> Self {
        self.address = Some(address);
        self
    }

    fn address(&self) -> Option<&str> {
        match &self.address {
            Some(address) => Some(address),
            None => address::get(),
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// The text for a person: failure, advice and, with `--verbose`, each cause. It may quote a server, so control
    /// characters are escaped.
    pub(crate) fn text(&self, verbose: bool) -> String {
        let mut text = printable(&self.placed()).into_owned();
        if let Some(address) = self.address() {
            let _ = write!(text, " (Port at {address})");
        }
        for part in &self.parts {
            let _ = write!(text, "\n  {}", printable(&part.placed()));
            if let Some(advice) = &part.advice {
                let _ = write!(text, "; {}", printable(advice));
            }
        }
        if let Some(advice) = &self.advice {
            let _ = write!(text, "\n  {}", printable(advice));
        }
        if verbose {
            for cause in &self.causes {
                let _ = write!(text, "\n  caused by: {}", printable(cause));
            }
        }
        text
    }

    /// One line of JSON for a program, with the notes that were held back.
    pub(crate) fn json(&self, notes: &[String]) -> String {
        let (kind, exit_status) = (self.exit, self.exit as u8);
        let report = Report { kind, failure: self, exit_status, address: self.address(), notes };
        to_json_line(&BTreeMap::from([("error", report)])).unwrap_or_default()
    }

    fn placed(&self) -> String {
        let place = self.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        place + &self.what
    }
}

/// A failure as `-o json` writes it. The README has its form.
#[derive(Serialize)]
struct Report<'a> {
    kind: Exit,
    #[serde(flatten)]
    failure: &'a Failure,
    exit_status: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let is_of_a_run = error.operation().is_some_and(|operation| operation.contains("_run"));
        let advice = match error.kind() {
            _ if error.operation() == Some("send_event") => None,
            ErrorKind::RunEnded => Some("`port-webhooks run get` shows how it ended"),
            ErrorKind::Conflict if is_of_a_run => Some("`port-webhooks run get` shows its status"),
            ErrorKind::NotFound if is_of_a_run && error.status().is_some() => {
                Some("check the id, and whether these credentials are of the run's organization")
            }
            ErrorKind::NotFound if error.identifier().is_some() => {
                Some("`port-webhooks list` shows the webhooks that exist")
            }
            ErrorKind::Conflict if error.status().is_some() => {
                Some("use another identifier, or `port-webhooks update` to change the existing webhook")
            }
            ErrorKind::Connect => Some("check PORT_BASE_URL or PORT_REGION, and the proxy"),
            _ => None,
        };
        // A failed token request explains the failure of the call, unless the call's error says it already.
        let token = error.source().and_then(|source| source.downcast_ref::<Error>());
        let is_said = |token: &&Error| {
            matches!(token.kind(), ErrorKind::Connect | ErrorKind::Transport | ErrorKind::NotFound)
        };
        let token = token.filter(|token| error.kind() != ErrorKind::Authentication && !is_said(token));
        let what = token.map_or_else(|| error.to_string(), |token| format!("{error}: {token}"));
        let causes = error.source().map(chain).unwrap_or_default();
        let in_doubt = error.outcome() == Outcome::Unknown;
        Self { advice: advice.map(str::to_owned), causes, in_doubt, ..Self::new(Exit::from(&error), what) }
    }
}

/// An incomplete report: Port does not have all lines and the end of the run, or may not have them.
impl From<RunReport> for Failure {
    fn from(report: RunReport) -> Self {
        let what = report.to_string();
        let has_lines = report.lines_reported + report.lines_unknown + report.lines_lost > 0;
        match report.error {
            Some(error) if has_lines => Self { what, ..Self::from(error) },
            Some(error) => Self::from(error),
            None => Self::new(Exit::Failed, what),
        }
    }
}

fn chain(error: &dyn StdError) -> Vec<String> {
    std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect()
}
