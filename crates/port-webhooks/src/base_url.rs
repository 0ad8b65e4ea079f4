//! The base URL, the only one that requests go to, and those of Port's regions.

use url::{Host, Url};

/// Whether plain http is allowed to other machines.
#[derive(Clone, Copy)]
pub(crate) struct PlainHttp {
    pub(crate) is_allowed: bool,
    /// What allows it, for a message.
    pub(crate) setting: &'static str,
}

/// The base URL, or what is wrong with it. The message does not repeat the text, which may contain credentials.
pub(crate) fn parse(text: &str, plain_http: PlainHttp) -> Result<Url, String> {
    let mut url = parse_any(text, plain_http)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must have neither a query nor a fragment".to_owned());
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
    url.set_path(&path);
    Ok(url)
}

/// A URL that requests may go to, or what is wrong with it, without its text.
pub(crate) fn parse_any(text: &str, plain_http: PlainHttp) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("not an absolute URL ({error})"))?;
    match url.scheme() {
        "https" => {}
        "http" if plain_http.is_allowed || is_loopback(&url) => {}
        "http" => {
            return Err(format!(
                "must be https; plain http is for loopback addresses only: {} allows it elsewhere",
                plain_http.setting
            ));
        }
        _ => return Err("must begin with https://".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain credentials".to_owned());
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The region in which an organization is hosted.
///
/// ```
/// use port_webhooks::{Client, types::Region};
///
/// let port = Client::builder().region(Region::Us).access_token("token").build()?;
/// assert_eq!(port.base_url(), "https://api.us.port.io");
/// # Ok::<(), port_webhooks::Error>(())
/// ```
#[doc(alias("eu", "us", "data center"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Region {
    /// Europe, `https://api.port.io`.
    #[default]
    Eu,
    /// United States, `https://api.us.port.io`.
    Us,
}

impl Region {
    /// The base URL of Port's API in this region.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Eu => "https://api.port.io",
            Self::Us => "https://api.us.port.io",
        }
    }

    /// Where data sources in this region take events; the path is the key of the data source.
    #[cfg(feature = "ingest")]
    pub(crate) fn ingest_url(self) -> &'static str {
        match self {
            Self::Eu => "https://ingest.port.io",
            Self::Us => "https://ingest.us.port.io",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "eu" => Some(Self::Eu),
            "us" => Some(Self::Us),
            _ => None,
        }
    }
}
