//! What the fuzz targets in `fuzz/` run: they feed bytes to internals of the client, and assert what users rely on.
//! Only this module is open to them. The committed corpus runs as a test of this crate.
//!
//! The rules are written again here, as plainly as possible, and not taken from the code under test.

// A target panics to report a failure. Which functions are public depends on the build.
#![allow(clippy::panic, clippy::expect_used, clippy::missing_panics_doc)]
#![cfg_attr(not(fuzzing), allow(unreachable_pub))]

mod error_body;
mod identifier;
mod input;
mod rate_limit;
mod token_body;
pub(crate) mod wait;

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::sync::LazyLock;

use futures_util::FutureExt as _;
use port_webhooks_api::{self as api, Attempt, Reply};
use serde::de::DeserializeOwned;

use crate::Client;
use crate::client::Transport;
use crate::clock::Still;
use crate::error::{Error, Failure};
use crate::token;

pub use error_body::error_body;
#[cfg(test)]
pub(crate) use identifier::check as check_identifier;
pub use identifier::identifier;
#[cfg(test)]
pub(crate) use rate_limit::expected_hint;
pub use rate_limit::rate_limit;
pub use token_body::token_body;

/// A secret in every request.
const CANARY: &str = "c4nary-5ecret";

/// Bodies over this are not read.
const BODY_LIMIT: usize = 1024;

/// The settings of a client. Nothing is ever sent.
pub(crate) fn transport() -> &'static Transport {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let builder = Client::builder().access_token(CANARY).base_url("http://localhost:1");
        builder.clock(Still).max_response_body(BODY_LIMIT).build().expect("the settings are right")
    });
    &CLIENT.transport
}

/// What the generated client makes of a response in memory.
pub(crate) fn receive<T: DeserializeOwned>(
    response: http::Response<Vec<u8>>,
) -> Result<Reply<T>, api::Error> {
    let attempt = Attempt::new(BODY_LIMIT);
    let exchange = attempt.read(response.into());
    exchange.now_or_never().expect("a response in memory is ready at once")
}

/// Everything that can be printed of a failure.
fn shown(failure: Failure) -> String {
    let error = Error::of_call(failure, token::ABOUT.info(), 1);
    let mut shown = format!("{error}\n{error:?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        // Writing to a `String` does not fail.
        let _ = write!(shown, "\n{source}\n{source:?}");
        cause = source.source();
    }
    shown
}

/// Asserts that a text of a server is one line, and not too long.
fn assert_is_short_line(text: &str) {
    let length = text.chars().count();
    assert!(length <= 300 || (length == 301 && text.ends_with('…')), "{length} characters: {text:?}");
    assert!(!text.is_empty(), "an empty text");
    assert!(!text.chars().any(|c| c.is_control() || (c.is_whitespace() && c != ' ')), "{text:?}");
}

/// Asserts that a text of a server contains none of the secrets, nor a secret part of them.
fn assert_holds_no_secret(text: &str, secrets: &[&str]) {
    // The mark, alone or with its neighbours, may read like a secret.
    let parts_of_text: Vec<&str> = text.split("[redacted]").collect();
    for secret in secrets {
        let parts = secret.split([' ', ',', ';', '=', ':', '.']).filter(|part| part.len() >= 6);
        // A shorter secret is only a word.
        let whole = Some(*secret).filter(|secret| secret.len() >= 4);
        for hidden in whole.into_iter().chain(parts) {
            assert!(!parts_of_text.iter().any(|part| part.contains(hidden)), "{hidden:?} is in {text:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The corpus is not in the published package; without it nothing runs.
    fn run_corpus(target: &str, run: fn(&[u8])) {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
        if !fuzz.exists() {
            return;
        }
        let folder = fuzz.join("corpus").join(target);
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        assert!(!names.is_empty(), "{} is empty", folder.display());
        for name in names {
            let bytes = fs::read(&name).unwrap();
            let result = std::panic::catch_unwind(|| run(&bytes));
            assert!(result.is_ok(), "{} fails: {:?}", name.display(), String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn corpus_of_rate_limit() {
        run_corpus("rate_limit", rate_limit);
    }

    #[test]
    fn corpus_of_error_body() {
        run_corpus("error_body", error_body);
    }

    #[test]
    fn corpus_of_token_body() {
        run_corpus("token_body", token_body);
    }

    #[test]
    fn corpus_of_identifier() {
        run_corpus("identifier", identifier);
    }
}
