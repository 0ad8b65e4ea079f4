//! Posts a body to a URL that the user named, and to no other.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use url::{Host, Url};

use crate::clock::Stopwatch;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::web_url;

/// What is read of an answer at most.
const MAX_ANSWER: usize = 1024 * 1024;

/// A URL to post to.
pub(crate) struct Target {
    url: Url,
    http: reqwest::Client,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// As much of it as is read.
    pub(crate) body: Bytes,
    pub(crate) milliseconds: u128,
}

impl Target {
    /// Checks the URL that a flag named.
    pub(crate) fn new(flag: &str, url: &str, timeout: Duration) -> Result<Self> {
        let url = web_url::parse(flag, url)?;
        let mut http = reqwest::Client::builder()
            .http1_only()
            // Where it leads was not named by the user.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .timeout(timeout);
        if url.scheme() == "http" {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Failure::new(Exit::Failed, "cannot set up the HTTP client").caused_by(error.without_url())
        })?;
        Ok(Self { url, http })
    }

    /// Posts these bytes with these headers.
    pub(crate) async fn post(&self, headers: HeaderMap, body: Bytes) -> Result<Answer> {
        let failed = |error: reqwest::Error| {
            let what = if error.is_timeout() { "no answer in time" } else { "cannot be reached" };
            Failure::new(Exit::Unreachable, format!("{}: {what}", self.name())).caused_by(error.without_url())
        };
        let watch = Stopwatch::start();
        let request = self.http.post(self.url.clone()).headers(headers).body(body);
        let mut response = request.send().await.map_err(failed)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            let left = MAX_ANSWER - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(left)]);
            if body.len() == MAX_ANSWER {
                break;
            }
        }
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: body.freeze(),
            milliseconds: watch.milliseconds(),
        })
    }

    /// Whether what is posted would come back to this address of this machine.
    pub(crate) fn is_at(&self, address: SocketAddr) -> bool {
        let is_here = match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(host)) => IpAddr::from(host).is_loopback(),
            Some(Host::Ipv6(host)) => IpAddr::from(host).is_loopback(),
            None => false,
        };
        is_here && self.url.port_or_known_default() == Some(address.port())
    }

    /// The address for a person, without the path and the credentials, which may be secret.
    pub(crate) fn name(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}
