//! One attempt of a delivery.

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::RequestBuilder;

use super::record::DeliveryAttempt;

/// As much of an answer's body is kept.
const KEPT: usize = 64 * 1024;

/// Sends a request and reads its answer.
pub(super) async fn attempt(request: RequestBuilder, waited: Duration) -> DeliveryAttempt {
    #[allow(clippy::disallowed_methods)] // How long a socket took is told, and nothing is decided by it.
    let start = Instant::now();
    let (status, body, error) = match request.send().await {
        Err(error) => (None, String::new(), Some(reason(error))),
        Ok(mut response) => {
            let status = Some(response.status().as_u16());
            let mut body = Vec::new();
            let error = loop {
                match response.chunk().await {
                    Ok(Some(chunk)) if body.len() + chunk.len() <= KEPT => body.extend_from_slice(&chunk),
                    Ok(Some(chunk)) => {
                        body.extend_from_slice(&chunk[..KEPT - body.len()]);
                        break None;
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(reason(error)),
                }
            };
            (status, String::from_utf8_lossy(&body).into_owned(), error)
        }
    };
    DeliveryAttempt { status, error, body, duration: start.elapsed(), waited }
}

/// Why an attempt failed. The URL is left out: it may hold a password.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let error = error.without_url();
    let mut root: &dyn Error = &error;
    while let Some(source) = root.source() {
        root = source;
    }
    let what = if error.is_connect() { "cannot connect" } else { "no whole answer" };
    format!("{what}: {root}")
}
