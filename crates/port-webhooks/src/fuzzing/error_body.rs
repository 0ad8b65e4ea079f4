//! The error of any response that is no success.

use http::StatusCode;
use serde_json::Value;

use super::input::Input;
use super::{BODY_LIMIT, CANARY, assert_holds_no_secret, assert_is_short_line, receive, shown, transport};
use crate::answer::Reader;
use crate::error::{ErrorKind, Failure, Outcome};

/// Bytes as a response with a status from 300 to 599.
pub fn error_body(bytes: &[u8]) {
    let input = Input::read(bytes);
    let status = StatusCode::from_u16(300 + input.status.as_u16() % 300).unwrap_or(input.status);
    for reads in [true, false] {
        check(&input, status, reads);
    }
}

fn check(input: &Input<'_>, status: StatusCode, reads: bool) {
    let mut secrets = vec![CANARY];
    secrets.extend(&input.secrets);
    let result = receive::<Value>(input.response(status));
    let reader = Reader { transport: transport(), reads, secrets: &|| secrets.clone() };
    let Err(failure) = reader.read(result) else { panic!("{status} is a success") };

    assert_eq!(failure.status, Some(status));
    assert_eq!((failure.kind, failure.outcome), meaning(status, reads), "{status}");
    let again = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
    assert_eq!(failure.is_retryable(true), again, "{status}");
    let mut encodings = input.headers.get_all("content-encoding").iter();
    let is_encoded = encodings.any(|value| {
        let value = value.as_bytes().trim_ascii();
        !value.is_empty() && !value.eq_ignore_ascii_case(b"identity")
    });
    if is_encoded || input.body.len() > BODY_LIMIT {
        assert!(failure.code.is_none() && failure.message.is_none(), "a body that is not read has a text");
    }
    for text in [&failure.code, &failure.message].into_iter().flatten() {
        assert_is_short_line(text);
        assert_holds_no_secret(text, &secrets);
    }
    if let Some(text) = failure.trace_id.as_ref().filter(|text| !text.is_empty()) {
        assert_is_short_line(text);
        assert_holds_no_secret(text, &secrets);
    }
    assert!(!failure.what.chars().any(char::is_control), "{:?}", failure.what);
    if failure.kind == ErrorKind::Redirect {
        assert_names_no_secret_host(&failure, &secrets);
    }
    let shown = shown(failure);
    assert!(!shown.contains(CANARY), "{shown}");
}

/// The kind and outcome of a status.
fn meaning(status: StatusCode, reads: bool) -> (ErrorKind, Outcome) {
    let unknown = if reads { Outcome::NotApplied } else { Outcome::Unknown };
    let code = status.as_u16();
    if code < 400 && code != 304 {
        (ErrorKind::Redirect, Outcome::NotApplied)
    } else if code == 408 || code >= 500 {
        (ErrorKind::Server, unknown)
    } else {
        let kind = match code {
            400 | 422 => ErrorKind::Validation,
            401 => ErrorKind::Authentication,
            403 => ErrorKind::Permission,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            413 => ErrorKind::PayloadTooLarge,
            429 => ErrorKind::RateLimited,
            _ => ErrorKind::Other,
        };
        (kind, Outcome::NotApplied)
    }
}

/// The error of a redirect has its host, which can contain a secret.
fn assert_names_no_secret_host(failure: &Failure, secrets: &[&str]) {
    const OWN: &str = "the response is a redirect to a host that contains a secret, which is not followed";
    let is_in_hosts = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    for secret in secrets.iter().filter(|secret| secret.len() >= 4 && secret.bytes().all(is_in_hosts)) {
        assert!(OWN.contains(secret) || !failure.what.contains(secret), "{secret} is in {}", failure.what);
    }
}
