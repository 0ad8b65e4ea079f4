//! Whether this build has TLS, which depends on features.

use url::Url;

use crate::error::Failure;

/// Fails where there is no TLS. Not for a caller's own HTTP client, which may bring it.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[allow(clippy::unnecessary_wraps)] // the other variants can fail
pub(crate) fn check(_: &Url) -> Result<(), Failure> {
    Ok(())
}

#[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls"))))]
pub(crate) fn check(_: &Url) -> Result<(), Failure> {
    // Without one, reqwest panics, even for plain http.
    if rustls::crypto::CryptoProvider::get_default().is_some() {
        return Ok(());
    }
    Err(Failure::configuration(
        "TLS: install a CryptoProvider of rustls first; the feature rustls-no-provider brings none",
    ))
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
pub(crate) fn check(base_url: &Url) -> Result<(), Failure> {
    if base_url.scheme() == "http" {
        return Ok(());
    }
    Err(Failure::configuration(
        "TLS: this build has no TLS; enable the feature rustls, rustls-no-provider or native-tls",
    ))
}
