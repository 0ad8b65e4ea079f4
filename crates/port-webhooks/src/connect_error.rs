//! Why a request got no response, in words for a person. Knows nothing of calls.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use url::Url;

/// Why a request got no response. `Display` is a short reason, such as `connection refused`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// No program listens on the port.
    Refused,
    /// The host has no address.
    UnknownHost,
    /// The certificate of the server is not trusted.
    Certificate(String),
    /// The server does not speak TLS, but the URL is https.
    NotTls,
    /// TLS failed in another way.
    Tls(String),
    /// The response is not HTTP/1.1, as when the URL of a TLS server is http.
    NotHttp,
    /// The server closed the connection during the exchange.
    Closed,
    /// The connection was reset.
    Reset,
    /// A time limit passed.
    TimedOut,
    /// Anything else, in the words of the library that reports it.
    Other(String),
}

impl ConnectError {
    /// Finds the reason in the causes of an error.
    pub fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        causes(error)
            .find_map(classify)
            .unwrap_or_else(|| Self::Other(causes(error).last().unwrap_or(error).to_string()))
    }

    /// Whether the same request may succeed later. What a server speaks, and its certificate, rarely change.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Certificate(_) | Self::NotTls | Self::Tls(_))
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Refused => "connection refused",
            Self::UnknownHost => "unknown host",
            Self::Certificate(why) => return write!(formatter, "its certificate is not trusted: {why}"),
            Self::NotTls => "it does not speak TLS: is it http?",
            Self::Tls(why) => return write!(formatter, "TLS failed: {why}"),
            Self::NotHttp => "its response is not HTTP/1.1: is it https?",
            Self::Closed => "it closed the connection before the response was complete",
            Self::Reset => "connection reset",
            Self::TimedOut => "it did not respond in time",
            Self::Other(why) => why,
        })
    }
}

/// Scheme, host and port: no credentials, path or query, which may be secret.
pub fn server(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}://{}:{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// The causes of an error, from the outside in.
pub fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| {
        // `source` of an I/O error skips the error that it wraps.
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| cause.source())
    })
}

fn classify(cause: &(dyn StdError + 'static)) -> Option<ConnectError> {
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        return match error {
            error if error.is_incomplete_message() => Some(ConnectError::Closed),
            error if error.is_parse() => Some(ConnectError::NotHttp),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::ConnectionRefused => Some(ConnectError::Refused),
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                Some(ConnectError::Reset)
            }
            io::ErrorKind::UnexpectedEof => Some(ConnectError::Closed),
            io::ErrorKind::TimedOut => Some(ConnectError::TimedOut),
            _ => None,
        };
    }
    of_rustls(cause).or_else(|| of_text(cause))
}

#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
fn of_rustls(cause: &(dyn StdError + 'static)) -> Option<ConnectError> {
    use rustls::{CertificateError, Error};

    Some(match cause.downcast_ref()? {
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            ConnectError::Certificate("no trusted issuer signed it".to_owned())
        }
        Error::InvalidCertificate(error) => {
            let text = error.to_string();
            // Most self-signed certificates are like this, and the text is the name of a variant.
            let is_authority = text.contains("CaUsedAsEndEntity");
            let why = if is_authority { "it is that of a certificate authority".to_owned() } else { text };
            ConnectError::Certificate(why)
        }
        Error::InvalidMessage(_) => ConnectError::NotTls,
        error => ConnectError::Tls(error.to_string()),
    })
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
fn of_rustls(_: &(dyn StdError + 'static)) -> Option<ConnectError> {
    None
}

/// Of a TLS library whose types are not known here, such as the platform's.
fn of_text(cause: &(dyn StdError + 'static)) -> Option<ConnectError> {
    let text = cause.to_string();
    if text.contains("certificate") {
        // In the words of OpenSSL.
        let is_unsigned = text.contains("self-signed") || text.contains("issuer certificate");
        let why = if is_unsigned { "no trusted issuer signed it".to_owned() } else { text };
        Some(ConnectError::Certificate(why))
    } else if text.contains("wrong version number") {
        Some(ConnectError::NotTls)
    } else if text == "dns error" {
        // hyper-util does not export its type.
        Some(ConnectError::UnknownHost)
    } else {
        None
    }
}
