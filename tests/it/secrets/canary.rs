//! Secrets that are easy to find, in whatever way they are written.

use std::error::Error as StdError;
use std::fmt::{Debug, Write as _};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use port_webhooks::Error;

use super::encodings::{self, bytes, units};

// Each begins and ends with a mark, so that a part is found too, and has what encodings change between them.
pub const CLIENT_SECRET: &str = r#"Xq7Canary"1+/<ü>&'\Vw5Yellow"#;
pub const TOKEN: &str = r#"Xq7Canary"2+/<~>&'\=Vw5Yellow"#;
pub const WEBHOOK_SECRET: &str = r#"Xq7Canary"3+/<ü>&'\Vw5Yellow"#;
pub const CREDENTIAL: &str = r#"Xq7Canary"4+/<ü>&'\Vw5Yellow"#;
pub const HEADER: &str = r#"Bearer Xq7Canary"4+/<ü>&'\Vw5Yellow"#;
pub const FIELD: &str = r#"Xq7Canary"5+/<ü>&'\Vw5Yellow"#;
/// One that fits in a host.
pub const HOST_TOKEN: &str = "Xq7Canary-6.Dotted.Vw5Yellow";

pub const CANARIES: [&str; 7] = [CLIENT_SECRET, TOKEN, WEBHOOK_SECRET, CREDENTIAL, HEADER, FIELD, HOST_TOKEN];

const MARKS: [&str; 2] = ["Xq7Canary", "Vw5Yellow"];

/// What a mark looks like in some encoding; letter case does not matter in the second list.
static FORMS: LazyLock<(Vec<String>, Vec<String>)> = LazyLock::new(|| {
    let (mut exact, mut any_case) = (Vec::new(), Vec::new());
    for mark in MARKS {
        for before in 0..3_usize {
            let text = [&[0; 3][..before], mark.as_bytes()].concat();
            // Characters that the neighbours have a share in are left out.
            let whole = (before * 8).div_ceil(6)..text.len() * 8 / 6;
            exact.push(STANDARD_NO_PAD.encode(&text)[whole].to_owned());
        }
        let each = |write: &dyn Fn(u8) -> String| mark.bytes().map(write).collect::<Vec<_>>().concat();
        any_case.extend([
            mark.to_owned(),
            mark.chars().rev().collect(),
            bytes(mark, "", false),
            bytes(mark, "%", false),
            bytes(mark, "%25", false),
            bytes(mark, "\\x", false),
            units(mark, "\\u", |_| true, false),
            each(&|byte| format!("\\u{{{byte:x}}}")),
            each(&|byte| format!("&#{byte};")),
            each(&|byte| format!("&#x{byte:x};")),
            format!("{:?}", mark.as_bytes()).trim_matches(['[', ']']).to_owned(),
        ]);
    }
    (exact, any_case.into_iter().map(|form| form.to_ascii_lowercase()).collect())
});

/// What gives a canary away in a text.
pub fn leak(text: &str) -> Option<&'static str> {
    let (exact, any_case) = &*FORMS;
    let small = text.to_ascii_lowercase();
    // Debug and JSON write a backslash twice.
    let plain = small.replace("\\\\", "\\");
    let exact = exact.iter().find(|form| text.contains(*form));
    exact
        .or_else(|| any_case.iter().find(|form| small.contains(*form) || plain.contains(*form)))
        .map(String::as_str)
}

#[track_caller]
pub fn assert_hidden(text: &str) {
    if let Some(form) = leak(text) {
        panic!("{form} is in: {text}");
    }
}

/// Everything that can be printed of a result.
pub fn printed<T: Debug>(result: &Result<T, Error>) -> String {
    let mut text = format!("{result:?}\n{result:#?}");
    if let Err(error) = result {
        let _ = write!(text, "\n{error}\n{error:#}");
        let said = (error.code(), error.message(), error.trace_id(), error.path(), error.rate_limit());
        let _ = write!(text, "\n{said:?}");
        let mut cause = error.source();
        while let Some(error) = cause {
            let _ = write!(text, "\n{error}\n{error:#}\n{error:?}\n{error:#?}");
            cause = error.source();
        }
    }
    text
}

#[test]
fn a_canary_is_found_in_every_encoding() {
    for canary in CANARIES {
        for (name, encode) in encodings::ALL {
            for text in [encode(canary), format!("{:?}", encode(canary)), encode(&format!("x{canary}y"))] {
                assert!(leak(&format!("a {text} b")).is_some(), "{canary} as {name}: {text}");
            }
        }
        for text in [canary.to_lowercase(), canary.to_uppercase(), canary.chars().rev().collect()] {
            assert!(leak(&text).is_some(), "{text}");
        }
        assert!(leak(&format!("{:?}", canary.as_bytes())).is_some());
    }
    for harmless in ["", "canary", "[redacted]", "Port answered 404 Not Found", "/v1/webhooks/a%2Fb"] {
        assert_eq!(leak(harmless), None, "{harmless}");
    }
}
