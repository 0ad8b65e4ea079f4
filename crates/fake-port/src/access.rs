//! Who may send requests: programs that address the fake by an allowed name, and no page that a browser shows.

use std::net::IpAddr;

use http::Request;
use http::header::{HOST, ORIGIN};
use url::Host;

/// The names of the fake beside `localhost` and the loopback addresses.
#[derive(Debug)]
pub(crate) struct Access {
    names: Vec<Host>,
    /// Where it listens. A wildcard is no name.
    address: IpAddr,
}

impl Access {
    pub(crate) fn new(names: Vec<Host>, address: IpAddr) -> Self {
        Self { names, address }
    }

    /// Rejects what a browser sends for a page from elsewhere: it names the page's origin, or the name by which the
    /// page has itself resolved to this machine.
    pub(crate) fn check<B>(&self, request: &Request<B>) -> Result<(), &'static str> {
        let mut origins = request.headers().get_all(ORIGIN).iter();
        let allowed = |origin: &str| {
            origin
                .split_once("://")
                .and_then(|(_, host)| parse(host))
                .is_some_and(|host| self.names.contains(&host))
        };
        if !origins.all(|origin| origin.to_str().is_ok_and(allowed)) {
            return Err(
                "requests from pages in a browser, which have an origin header, are rejected unless the \
                        origin's host is allowed: Builder::allow_host, --allow-host",
            );
        }
        let mut hosts = request.headers().get_all(HOST).iter();
        let one = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().is_ok_and(|host| self.names_the_fake(host)),
            _ => false,
        };
        if !one || !request.uri().authority().is_none_or(|authority| self.names_the_fake(authority.as_str()))
        {
            return Err("the host header must be localhost, a loopback address, or a name that is allowed: \
                        Builder::allow_host, --allow-host");
        }
        Ok(())
    }

    fn names_the_fake(&self, host: &str) -> bool {
        parse(host).is_some_and(|host| match &host {
            Host::Ipv4(address) if address.is_loopback() => true,
            Host::Ipv6(address) if address.is_loopback() => true,
            Host::Domain(name) if name == "localhost" => true,
            _ => {
                let own = !self.address.is_unspecified() && host == host_of(self.address);
                own || self.names.contains(&host)
            }
        })
    }
}

/// A host name or address without a port; an IPv6 address may be in brackets. There are no wildcards.
pub(crate) fn parse_name(name: &str) -> Option<Host> {
    let domain = || Host::parse(name).ok().filter(|_| !name.contains('*'));
    name.parse().map(host_of).ok().or_else(domain)
}

fn host_of(address: IpAddr) -> Host {
    match address {
        IpAddr::V4(address) => Host::Ipv4(address),
        IpAddr::V6(address) => Host::Ipv6(address),
    }
}

/// The host of `host` or `host:port`.
fn parse(host: &str) -> Option<Host> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    Host::parse(name).ok()
}
