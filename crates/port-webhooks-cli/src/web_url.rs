//! URLs in flags. Their credentials, query and path may be secret.

use url::Url;

use crate::failure::{Failure, Result};

/// An absolute URL of http or https. An error does not repeat it.
pub(crate) fn parse(flag: &str, text: &str) -> Result<Url> {
    let url =
        Url::parse(text).map_err(|error| Failure::usage(format!("{flag}: not an absolute URL ({error})")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(Failure::usage(format!("{flag}: must be http or https"))),
    }
}
