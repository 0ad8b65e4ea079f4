//! Who may use these routes: programs on this machine, and no page that a browser shows.

use std::net::IpAddr;

use http::StatusCode;
use http::header::{HOST, ORIGIN};

use super::Refusal;
use crate::request::Request;

/// Refuses what a browser sends for a page from elsewhere: it names the page's origin, or the name by which the
/// page has itself resolved to this machine.
pub(super) fn check(request: &Request) -> Result<(), Refusal> {
    let refused = |message: &str| Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", message));
    if request.headers.contains_key(ORIGIN) {
        return refused("these routes are not for pages in a browser");
    }
    let mut hosts = request.headers.get_all(HOST).iter();
    if let (Some(host), None) = (hosts.next(), hosts.next())
        && host.to_str().is_ok_and(is_this_machine)
    {
        return Ok(());
    }
    refused("the host header must name this machine: an address of it, or localhost")
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for host in
            ["127.0.0.1", "127.0.0.1:80", "127.9.9.9:1", "localhost", "LocalHost:8", "[::1]", "[::1]:80"]
        {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "10.0.0.1:80",
            "127.0.0.1.example.com:80",
            "a@127.0.0.1",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
