//! Forwards a delivery, and returns the response of its receiver.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use port_webhooks::types::Secret;

use super::report::Forwarded;
use crate::agent;
use crate::arguments::SchemeArguments;
use crate::failure::{Failure, Result};
use crate::post::{MAX_BODY, ResponseBody, Target};
use crate::signals::Interrupt;

/// The headers that belong to one connection, beside those that `connection` names (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Sends the request to the target: method and body unchanged, and the headers that do not belong to the connection.
pub(super) async fn forward(
    target: &Target,
    method: &Method,
    headers: &HeaderMap,
    body: Bytes,
    interrupt: &Interrupt,
) -> (Response, Forwarded) {
    let mut headers = end_to_end(headers);
    // The next connection gets its own.
    for name in [CONTENT_LENGTH, EXPECT, HOST] {
        headers.remove(name);
    }
    let received = match target.send(method.clone(), headers, body).await {
        Ok(received) => received,
        Err(failure) => return bad_gateway(failure.what().to_owned()),
    };
    let status = received.status;
    let name = target.name();
    let (body, whole) = match received.body {
        _ if status.is_informational() => return bad_gateway(format!("{name} answered {status}")),
        ResponseBody::TooLarge => {
            return bad_gateway(format!("{name} answered {status} with more than {MAX_BODY} bytes"));
        }
        ResponseBody::Whole(body) => (Body::from(body.clone()), Some(body)),
        ResponseBody::Stream(start, rest) => (stream(start, rest, interrupt.clone()), None),
    };
    let mut response = (status, body).into_response();
    *response.headers_mut() = end_to_end(&received.headers);
    let forwarded = Forwarded::Answered {
        milliseconds: received.milliseconds,
        status: status.as_u16(),
        streamed: whole.is_none(),
        headers: received.headers,
        body: whole.unwrap_or_default(),
    };
    (response, forwarded)
}

/// Sends deliveries again, for a person who looks at them.
pub(crate) struct Forwarder {
    pub(crate) target: Target,
    /// `None` without a secret.
    pub(crate) signer: Option<Resigner>,
    pub(crate) interrupt: Interrupt,
}

/// Signs in the scheme in which deliveries are verified.
pub(crate) struct Resigner {
    pub(crate) scheme: SchemeArguments,
    pub(crate) secret: Secret,
    /// Deliveries are those of the agent.
    pub(crate) agent: bool,
}

impl Forwarder {
    /// Sends a delivery with the headers that it had, or with a new signature. Returns the headers, too.
    pub(crate) async fn send(
        &self,
        method: &Method,
        headers: &HeaderMap,
        body: Bytes,
        anew: bool,
    ) -> Result<(HeaderMap, Forwarded)> {
        let mut headers = headers.clone();
        if anew {
            let signer = self.signer.as_ref().ok_or_else(|| {
                Failure::usage("there is no secret to sign with: give --secret-from-env or --secret-file")
            })?;
            headers.extend(signer.sign(&headers, &body)?);
        }
        let (_, forwarded) = forward(&self.target, method, &headers, body, &self.interrupt).await;
        Ok((headers, forwarded))
    }
}

impl Resigner {
    /// The new signature. The timestamp has the unit of the old one: one in milliseconds has 13 digits.
    fn sign(&self, headers: &HeaderMap, body: &[u8]) -> Result<HeaderMap> {
        let has_milliseconds = self.scheme.is_timestamped()
            && headers.get(self.scheme.timestamp_header()).is_some_and(|time| time.len() >= 13);
        let signer = self.scheme.signer(&self.secret, has_milliseconds)?;
        Ok(if self.agent { signer.sign(&agent::signed(body)) } else { signer.sign(body) })
    }
}

fn bad_gateway(error: String) -> (Response, Forwarded) {
    (StatusCode::BAD_GATEWAY.into_response(), Forwarded::Failed { error })
}

/// Passes chunks on as they arrive. A signal breaks the body off, so that the sender notices.
fn stream(start: Bytes, rest: reqwest::Response, interrupt: Interrupt) -> Body {
    let start = (!start.is_empty()).then_some(start);
    Body::from_stream(stream::unfold((start, rest, interrupt), |(start, mut rest, interrupt)| async move {
        let next = if let Some(start) = start {
            Some(Ok(start))
        } else {
            tokio::select! {
                biased;
                () = interrupt.wait() => Some(Err(io::Error::other("listen ends"))),
                chunk = rest.chunk() => chunk.map_err(io::Error::other).transpose(),
            }
        };
        next.map(|next| (next, (None, rest, interrupt)))
    }))
}

fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    for name in named.flat_map(|names| names.split(',')).map(str::trim) {
        kept.remove(name);
    }
    for name in HOP_BY_HOP {
        kept.remove(name);
    }
    kept
}
