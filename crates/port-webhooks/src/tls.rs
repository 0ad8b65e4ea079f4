//! Whether there is TLS to speak, which depends on how the crate was built.

use url::Url;

use crate::error::Failure;

/// Whether there is TLS to speak. A caller's own HTTP client may bring what this crate does not.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[allow(clippy::unnecessary_wraps)] // as its twins do, which can fail
pub(crate) fn check(_: &Url) -> Result<(), Failure> {
    Ok(())
}

#[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls"))))]
pub(crate) fn check(_: &Url) -> Result<(), Failure> {
    // Without one reqwest panics, for plain http as well.
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
