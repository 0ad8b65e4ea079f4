//! Where deliveries may go.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

const NOT_HERE: &str = "the url is not on this machine: see Deliveries::anywhere, --deliver-anywhere";

/// The parsed URL of a webhook, if deliveries to it are allowed.
pub(crate) fn target(text: &str, anywhere: bool) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "the url is not a URL")?;
    match url.scheme() {
        "http" => {}
        "https" if cfg!(feature = "https") => {}
        "https" => return Err("calling an https URL needs the feature `https` of the crate fake-port"),
        _ => return Err("the url is neither http nor https"),
    }
    let local = match url.host() {
        Some(Host::Ipv4(address)) => is_loopback(address.into()),
        Some(Host::Ipv6(address)) => is_loopback(address.into()),
        Some(Host::Domain(name)) => is_local_name(name),
        None => false,
    };
    if local || anywhere { Ok(url) } else { Err(NOT_HERE) }
}

/// The URL without its password.
pub(super) fn shown(text: &str) -> String {
    // A text that is not a URL may hold a password anywhere.
    let Ok(mut url) = Url::parse(text) else { return "not a URL".to_owned() };
    if url.username().is_empty() && url.password().is_none() {
        return text.to_owned();
    }
    // A URL that cannot have a password has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn is_local_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Resolves local names to this machine without asking the system.
#[derive(Debug)]
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Addrs = if is_local_name(name.as_str()) {
                let local = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
                Box::new(local.into_iter().map(|address| SocketAddr::new(address, 0)))
            } else {
                let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
                Box::new(found.into_iter())
            };
            Ok(addresses)
        })
    }
}
