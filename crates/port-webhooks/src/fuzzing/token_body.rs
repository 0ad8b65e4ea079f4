//! A response of the token route becomes a token that expires, or an error without the token.

use std::time::Duration;

use http::StatusCode;
use port_webhooks_api::AccessToken;
use serde_json::Value;

use super::input::Input;
use super::{CANARY, receive, shown, transport};
use crate::clock::{Clock as _, Still};
use crate::error::{ErrorKind, Outcome};
use crate::token::Credentials;

/// Bytes as a 200 of the token route. The status in them is ignored.
pub fn token_body(bytes: &[u8]) {
    let input = Input::read(bytes);
    let credentials = Credentials { client_id: "id".to_owned(), client_secret: CANARY.into() };
    let result = receive::<AccessToken>(input.response(StatusCode::OK));
    let body: Value = serde_json::from_slice(input.body).unwrap_or_default();
    let said = body["accessToken"].as_str();
    match credentials.read(transport(), result, Still.now()) {
        Ok((token, _)) => {
            assert_ne!(body["ok"], false, "a token that was not issued");
            assert_eq!(Some(token.secret()), said);
            let sent = [b"Bearer ", token.secret().as_bytes()].concat();
            assert_eq!(token.bearer().as_bytes(), sent);
            assert!(token.bearer().is_sensitive());
            let (Some(renew_at), Some(expires_at)) = (token.renew_at, token.expires_at) else {
                panic!("a token that does not expire")
            };
            let life = expires_at.duration_since(Still.now());
            let said = &body["expiresIn"];
            let seconds = said.as_f64().or_else(|| said.as_str()?.trim().parse().ok());
            assert!(is_life(seconds, life), "{said} became {life:?}");
            assert!(!life.is_zero() && life <= Duration::from_secs(86_400), "{life:?}");
            assert!(renew_at <= expires_at && Still.now() <= renew_at, "{life:?}");
        }
        Err(failure) => {
            assert_eq!(failure.status, Some(StatusCode::OK));
            assert!(matches!(failure.kind, ErrorKind::Decode | ErrorKind::Other), "{:?}", failure.kind);
            assert_eq!(failure.outcome, Outcome::NotApplied);
            let shown = shown(failure);
            assert!(!shown.contains(CANARY), "{shown}");
            if let Some(token) = said.filter(|token| looks_like_one(token, &input)) {
                assert!(!shown.contains(token), "{token} is in {shown}");
            }
        }
    }
}

/// Whether a lifetime is the one that the server sent: at most a day, and a minute where that makes no sense.
fn is_life(said: Option<f64>, life: Duration) -> bool {
    let minute = Duration::from_secs(60);
    match said {
        Some(seconds) if seconds >= 86_400.0 => life == Duration::from_secs(86_400),
        Some(seconds) if seconds >= 1e-6 => life.abs_diff(Duration::from_secs_f64(seconds)).as_nanos() <= 1,
        // It may be rounded to nothing.
        Some(seconds) if seconds > 0.0 => life == minute || life <= Duration::from_micros(1),
        _ => life == minute,
    }
}

/// Whether a token can't be in our own texts, or in another part of the response, by chance.
fn looks_like_one(token: &str, input: &Input<'_>) -> bool {
    let is_repeated = |value: &http::HeaderValue| {
        value.as_bytes().windows(token.len()).any(|part| part == token.as_bytes())
    };
    token.len() >= 8
        && token.bytes().all(|byte| byte.is_ascii_graphic())
        && token.bytes().any(|byte| byte.is_ascii_digit())
        && token.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !input.headers.values().any(is_repeated)
}
