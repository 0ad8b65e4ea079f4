//! Traces of copying that no secret, header value or setting contains.

use crate::failure::{Failure, Result};
use crate::mask;
use crate::terminal::steers;

/// Rejects such a value. The error names `origin`, such as a variable, and does not repeat the value.
pub(crate) fn check(origin: &str, text: &str) -> Result<()> {
    reject(origin, problem(text), text)
}

/// Rejects such a secret, and one that nothing could verify with.
pub(crate) fn check_secret(origin: &str, text: &str) -> Result<()> {
    reject(origin, secret_problem(text), text)
}

fn reject(origin: &str, problem: Option<&str>, text: &str) -> Result<()> {
    let Some(problem) = problem else { return mask::refuse_text(origin, text) };
    Err(Failure::usage(format!("{origin}: {problem}"))
        .advice("give the value alone, as Port or its receiver shows it"))
}

/// What is wrong with the secret of a webhook, if nothing could verify with it.
pub(crate) fn secret_problem(text: &str) -> Option<&'static str> {
    let is_padded = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    problem(text).or(is_padded.then_some("begins or ends with white space"))
}

/// What shows that a text was copied with more than the value.
pub(crate) fn problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.contains(['\n', '\r']) {
        Some("contains a line break")
    } else if text.contains('\u{feff}') {
        Some("contains a byte order mark")
    } else if text.contains(char::is_control) {
        Some("contains a control character")
    } else if text.contains(steers) {
        Some("contains an invisible character")
    } else {
        None
    }
}
