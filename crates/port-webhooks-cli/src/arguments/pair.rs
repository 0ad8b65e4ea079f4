//! `NAME=VALUE`. No error repeats the text: what stands in the wrong place may be a secret.

use http::HeaderName;

use crate::failure::{Failure, Result};

/// A name and a value.
pub(crate) fn name_and_value<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim(), value)),
        _ => Err(Failure::usage(format!("{flag}: expected NAME=VALUE"))),
    }
}

/// The name of a header, and what stands for its value.
pub(crate) fn header_and_value<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    let (name, value) = name_and_value(flag, text)?;
    // `Authorization: Bearer abc=` has a sign, too, and before it the credential.
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(Failure::usage(format!("{flag}: the part before `=` is not the name of a header"))
            .advice("write NAME=VALUE, not NAME: VALUE"));
    }
    Ok((name, value))
}
