//! A call that was made, and what its caller got.

use std::fmt;

use fake_port::Route;
use port_webhooks::{Error, ErrorKind, Outcome};
use serde_json::Value;

pub struct Call {
    /// Its number in its history. Every request of it carries the number.
    pub number: u64,
    pub operation: Route,
    /// The webhook of the call. `None` for a list.
    pub identifier: Option<String>,
    /// What was sent.
    pub asked: Value,
    pub reconcile: bool,
    /// Whether a list came in pages.
    pub paged: bool,
    /// How many attempts its policy allows.
    pub attempts: usize,
    /// Its attempts, as the client saw them.
    pub seen: Vec<AttemptEnd>,
    pub result: CallResult,
    /// Whether a request of it may still be on its way: it was given up before it arrived.
    pub unsettled: bool,
}

/// One attempt and its end.
#[derive(Debug)]
pub struct AttemptEnd {
    /// As the contract names it.
    pub operation: &'static str,
    pub status: Option<u16>,
    pub error: Option<ErrorKind>,
}

pub enum CallResult {
    Webhook(Value),
    Deleted(bool),
    Listed(Vec<Value>),
    Failed { kind: ErrorKind, outcome: Outcome, attempts: u32, text: String },
}

impl CallResult {
    pub fn of<T>(result: Result<T, Error>, success: impl FnOnce(T) -> Self) -> Self {
        result.map_or_else(
            |error| Self::Failed {
                kind: error.kind(),
                outcome: error.outcome(),
                attempts: error.attempts(),
                text: error.to_string(),
            },
            success,
        )
    }

    /// What it means for what the call wanted, for an error.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Failed { outcome, .. } => Some(*outcome),
            Self::Webhook(_) | Self::Deleted(_) | Self::Listed(_) => None,
        }
    }
}

impl fmt::Display for CallResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webhook(webhook) => write!(f, "Ok({webhook})"),
            Self::Deleted(gone) => write!(f, "Ok({gone})"),
            Self::Listed(webhooks) => {
                let names: Vec<_> = webhooks.iter().map(|webhook| &webhook["identifier"]).collect();
                write!(f, "Ok({names:?})")
            }
            Self::Failed { kind, outcome, attempts, text } => {
                write!(f, "{kind:?}, {outcome:?}, {attempts} attempts: {text}")
            }
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, operation, attempts, .. } = self;
        write!(f, "call {number}: {operation}")?;
        if let Some(identifier) = &self.identifier {
            write!(f, " {identifier:?}")?;
        }
        if !self.asked.is_null() {
            write!(f, " {}", self.asked)?;
        }
        let more =
            [(self.reconcile, ", reconciled"), (self.paged, ", paged"), (self.unsettled, ", unsettled")];
        for (_, what) in more.into_iter().filter(|(is, _)| *is) {
            f.write_str(what)?;
        }
        writeln!(f, ", at most {attempts} attempts")?;
        for AttemptEnd { operation, status, error } in &self.seen {
            writeln!(f, "  {operation}: {status:?} {error:?}")?;
        }
        write!(f, "result {}", self.result)
    }
}
