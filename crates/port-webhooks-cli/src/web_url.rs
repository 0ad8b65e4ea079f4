//! URLs in flags. Their credentials, query and path may be secret.

use url::Url;

use crate::failure::{Failure, Result};
use crate::mask::MASK;

/// An absolute URL of http or https. An error does not repeat it.
pub(crate) fn parse(flag: &str, text: &str) -> Result<Url> {
    let url =
        Url::parse(text).map_err(|error| Failure::usage(format!("{flag}: not an absolute URL ({error})")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(Failure::usage(format!("{flag}: must be http or https"))),
    }
}

/// The URL for a person, with credentials and query masked.
pub(crate) fn masked(url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    let (scheme, host) = origin.split_once("://").unwrap_or(("", &origin));
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    let credentials = if has_credentials { format!("{MASK}@") } else { String::new() };
    let query = if url.query().is_some() { format!("?{MASK}") } else { String::new() };
    format!("{scheme}://{credentials}{host}{}{query}", url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_query_are_masked() {
        for (text, expected) in [
            ("https://a.example:8443/hook#hidden", "https://a.example:8443/hook"),
            ("https://me:hidden@a.example/?token=hidden", "https://********@a.example/?********"),
            ("http://hidden@a.example", "http://********@a.example/"),
        ] {
            assert_eq!(masked(&parse("--url", text).unwrap()), expected);
        }
    }
}
