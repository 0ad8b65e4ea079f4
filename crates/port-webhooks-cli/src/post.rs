//! Sends requests to a URL that the user named, and to no other.

use std::env;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use clap::Args;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use port_webhooks::connect_error::{self, ConnectError};
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};

use crate::clock::Stopwatch;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::{input, web_url};

/// The largest response body that is read as a whole.
pub(crate) const MAX_BODY: usize = 1024 * 1024;
/// A response body that takes longer is a stream.
const WHOLE_WITHIN: Duration = Duration::from_secs(1);
/// The time limit of looking up the host before anything is sent.
const LOOKUP: Duration = Duration::from_secs(2);

/// The variables with a proxy for https.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// What to do about a certificate that is not trusted.
pub(crate) const UNTRUSTED: &str =
    "--ca-file FILE trusts the certificates of a file, --accept-self-signed any of this machine";

/// Which certificates are accepted.
#[derive(Args, Clone, Debug)]
pub(crate) struct TlsArguments {
    /// File with the certificates (PEM) to trust instead of the system's; repeatable
    #[arg(long, value_name = "FILE")]
    ca_file: Vec<PathBuf>,
    /// Accept any certificate, such as a self-signed one; only for a URL of this machine (loopback)
    #[arg(long, conflicts_with = "ca_file")]
    accept_self_signed: bool,
}

impl TlsArguments {
    pub(crate) fn is_empty(&self) -> bool {
        self.ca_file.is_empty() && !self.accept_self_signed
    }

    /// A client of `url` that accepts these certificates; one of this machine is called directly. `flag` names the URL in
    /// errors.
    fn http(&self, flag: &str, url: &Url, addresses: &[SocketAddr]) -> Result<reqwest::ClientBuilder> {
        if !self.is_empty() && url.scheme() == "http" {
            let what = format!("--ca-file and --accept-self-signed need an https:// URL in {flag}");
            return Err(Failure::usage(what));
        }
        let is_loopback = is_loopback(addresses);
        if self.accept_self_signed && !is_loopback {
            return Err(Failure::usage(format!("--accept-self-signed: {flag} is not on this machine"))
                .advice("--ca-file FILE trusts the certificates of a file"));
        }
        let mut http = reqwest::Client::builder();
        if is_loopback && let Some(host) = url.host_str() {
            http = http.no_proxy().resolve_to_addrs(host, addresses);
        }
        if self.accept_self_signed {
            http = http.tls_danger_accept_invalid_certs(true);
        } else if !self.ca_file.is_empty() {
            http = http.tls_certs_only(self.certificates()?);
        }
        Ok(http)
    }

    /// A client of the URL that a flag names, if flags say which certificates to accept.
    pub(crate) async fn http_of(&self, flag: &str, url: &str) -> Result<Option<reqwest::ClientBuilder>> {
        if self.is_empty() {
            return Ok(None);
        }
        let url = web_url::parse(flag, url)?;
        self.http(flag, &url, &addresses(&url).await).map(Some)
    }

    fn certificates(&self) -> Result<Vec<reqwest::Certificate>> {
        let mut all = Vec::new();
        for path in &self.ca_file {
            let pem = input::read(path)?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
            if certificates.is_empty() {
                let name = input::name(path);
                return Err(Failure::usage(format!("--ca-file: {name} has no certificate in PEM form")));
            }
            all.extend(certificates);
        }
        Ok(all)
    }
}

#[derive(Clone)]
pub(crate) struct Target {
    url: Url,
    /// The addresses of its host; empty if the lookup fails.
    addresses: Vec<SocketAddr>,
    timeout: Duration,
    may_use_proxy: bool,
    http: reqwest::Client,
}

pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ResponseBody,
    pub(crate) milliseconds: u128,
}

pub(crate) enum ResponseBody {
    Whole(Bytes),
    /// Longer than [`MAX_BODY`].
    TooLarge,
    /// Not complete yet: its beginning, and the response that yields the rest.
    Stream(Bytes, reqwest::Response),
}

impl Target {
    /// Checks the URL that a flag named.
    pub(crate) async fn new(flag: &str, text: &str, timeout: Duration, tls: &TlsArguments) -> Result<Self> {
        let url = parse(flag, text)?;
        let addresses = addresses(&url).await;
        let is_loopback = is_loopback(&addresses);
        let mut http = tls
            .http(flag, &url, &addresses)?
            .http1_only()
            // The user did not name the target of a redirect.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false);
        let may_use_proxy = !is_loopback
            && url.scheme() == "https"
            && PROXY_VARIABLES.iter().any(|name| env::var_os(name).is_some());
        if !may_use_proxy {
            http = http.no_proxy();
        }
        if url.scheme() == "http" {
            // Works without certificates of the system, too.
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(|error| {
            Failure::new(Exit::Failed, format!("{flag}: cannot set up TLS: {}", ConnectError::of(&error)))
                .advice("--ca-file FILE names the certificates to trust")
                .caused_by(&error.without_url())
        })?;
        Ok(Self { url, addresses, timeout, may_use_proxy, http })
    }

    pub(crate) async fn send(&self, method: Method, headers: HeaderMap, body: Bytes) -> Result<Response> {
        match timeout(self.timeout, self.exchange(method, headers, body)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let why = ConnectError::of(&error);
                let failure = self.unreachable(&why).caused_by(&error.without_url());
                Err(match why {
                    _ if self.may_use_proxy => {
                        failure.advice("the environment names a proxy for https, which may be what fails")
                    }
                    ConnectError::Certificate(_) => failure.advice(UNTRUSTED),
                    _ => failure,
                })
            }
            Err(_) => Err(self.unreachable(format!("no answer within {} s", self.timeout.as_secs()))),
        }
    }

    fn unreachable(&self, why: impl Display) -> Failure {
        Failure::new(Exit::Unreachable, format!("{} cannot be reached: {why}", self.name()))
    }

    async fn exchange(&self, method: Method, headers: HeaderMap, body: Bytes) -> reqwest::Result<Response> {
        let watch = Stopwatch::start();
        let request = self.http.request(method, self.url.clone()).headers(headers).body(body);
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await?;
        Ok(Response { status, headers, body, milliseconds: watch.milliseconds() })
    }

    /// Whether requests would come back to a listener with this port on this machine.
    pub(crate) fn is_at(&self, port: u16) -> bool {
        self.addresses.iter().any(|address| address.port() == port && is_of_this_machine(address.ip()))
    }

    /// Scheme, host and port, without the path and the credentials, which may be secret.
    pub(crate) fn name(&self) -> String {
        connect_error::server(&self.url)
    }
}

/// An absolute URL; `http://` may be omitted for this machine.
fn parse(flag: &str, text: &str) -> Result<Url> {
    if text.contains("://") {
        return web_url::parse(flag, text);
    }
    match web_url::parse(flag, &format!("http://{text}")) {
        Ok(url) if literal(&url).is_some_and(|found| found.iter().copied().all(reaches_loopback)) => Ok(url),
        _ => Err(Failure::usage(format!("{flag}: the URL has no http:// or https://"))
            .advice("write http://HOST:PORT/PATH; only localhost:PORT and the like can do without")),
    }
}

/// The addresses of a host that needs no lookup.
fn literal(url: &Url) -> Option<Vec<IpAddr>> {
    match url.host()? {
        Host::Ipv4(ip) => Some(vec![ip.into()]),
        Host::Ipv6(ip) => Some(vec![ip.into()]),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            (name == "localhost" || name.ends_with(".localhost"))
                .then(|| vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
        }
    }
}

/// Whether a host is this machine. Nothing is known of one without addresses.
fn is_loopback(addresses: &[SocketAddr]) -> bool {
    !addresses.is_empty() && addresses.iter().all(|address| reaches_loopback(address.ip()))
}

async fn addresses(url: &Url) -> Vec<SocketAddr> {
    let port = url.port_or_known_default().unwrap_or_default();
    if let Some(found) = literal(url) {
        return found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    }
    let host = url.host_str().unwrap_or_default();
    match timeout(LOOKUP, lookup_host((host, port))).await {
        Ok(Ok(found)) => found.collect(),
        // The request will fail with the reason.
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

/// Whether a connection stays on this machine: those to an unspecified address do, too.
fn reaches_loopback(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ip.is_loopback() || ip.is_unspecified()
}

/// Only addresses of this machine can be bound.
fn is_of_this_machine(ip: IpAddr) -> bool {
    reaches_loopback(ip) || UdpSocket::bind((ip, 0)).is_ok()
}

async fn read(mut response: reqwest::Response) -> reqwest::Result<ResponseBody> {
    if response.content_length().is_some_and(|length| length > MAX_BODY as u64) {
        return Ok(ResponseBody::TooLarge);
    }
    let mut body = BytesMut::new();
    let is_event_stream = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"text/event-stream"));
    if is_event_stream {
        return Ok(ResponseBody::Stream(Bytes::new(), response));
    }
    let whole = timeout(WHOLE_WITHIN, async {
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                return Ok(false);
            }
        }
        reqwest::Result::Ok(true)
    })
    .await;
    match whole {
        Ok(Ok(true)) => Ok(ResponseBody::Whole(body.freeze())),
        Ok(Ok(false)) => Ok(ResponseBody::TooLarge),
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(ResponseBody::Stream(body.freeze(), response)),
    }
}
