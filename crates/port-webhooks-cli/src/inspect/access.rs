//! Who may use the page: a browser on this machine that shows the page itself.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use url::{Host, Url};

/// Headers of every response, beside the content security policy of the page.
const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Rejects what a browser sends for another page: that page's origin, or the name by which it has itself resolved to this
/// machine.
pub(super) async fn check(request: Request, next: Next) -> Response {
    let mut response = match refusal(&request) {
        Some(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn refusal(request: &Request) -> Option<&'static str> {
    let Some(host) = only(request.headers(), HOST) else {
        return Some("the Host header is missing or repeated\n");
    };
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    if !is_loopback(host) || authority.is_some_and(|authority| authority != host) {
        return Some("the Host header must be localhost or a loopback address\n");
    }
    let own = request.headers().get(ORIGIN).is_none()
        || only(request.headers(), ORIGIN).and_then(|origin| origin.strip_prefix("http://")) == Some(host);
    if !own {
        return Some("requests from other pages are rejected, by their Origin header\n");
    }
    // Another page may link to this one, but not load anything from it. Browsers send no Origin header with each request.
    let header = |name| request.headers().get(name).map(HeaderValue::as_bytes);
    let is_other = header("sec-fetch-site").is_some_and(|site| site != b"same-origin" && site != b"none");
    let is_link = request.uri().path() == "/" && header("sec-fetch-mode") == Some(b"navigate");
    (is_other && !is_link)
        .then_some("requests from other pages are rejected, by their Sec-Fetch-Site header\n")
}

/// The value of a header that is not repeated.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether `host` or `host:port` is this machine by name or address. The port may differ: that of an SSH tunnel does.
fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    let is_local = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    // Nothing else than a host and a port.
    is_local
        && url.path() == "/"
        && url.username().is_empty()
        && url.password().is_none()
        && !host.contains('@')
}
