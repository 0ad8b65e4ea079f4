//! Verifies an event by the `security` of its webhook. It shares no code with anything that signs.

use hmac::{Hmac, KeyInit, Mac};
use hmac_sha256::HMAC;
use http::{HeaderMap, HeaderName};
use serde_json::Value;
use sha1::Sha1;

use crate::json::hex;

/// A member of `security`. Null and an empty text are the same as none.
fn member<'a>(security: Option<&'a Value>, name: &str) -> Option<&'a str> {
    security?.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The header of the signature.
pub(crate) fn header(security: Option<&Value>) -> Option<HeaderName> {
    HeaderName::try_from(member(security, "signatureHeaderName")?).ok()
}

/// Checks the signature of an event. An error says why it is rejected, without the secret or a signature.
pub(crate) fn verify(security: Option<&Value>, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let member = |name| member(security, name);
    let names = ["secret", "signatureHeaderName", "signatureAlgorithm"];
    let [Some(secret), Some(header), Some(algorithm)] = names.map(member) else {
        return match names.into_iter().find(|name| member(name).is_none()) {
            Some(missing) if names.into_iter().any(|name| member(name).is_some()) => {
                Err(format!("the webhook's security has no {missing}"))
            }
            _ => Ok(()),
        };
    };
    let signature = match algorithm {
        "plain" => secret.to_owned(),
        "sha256" => hex(&HMAC::mac(body, secret)),
        "sha1" => {
            let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).map_err(|error| error.to_string())?;
            hex(&mac.chain_update(body).finalize().into_bytes())
        }
        _ => return Err(format!("the webhook's security has an unknown signatureAlgorithm, {algorithm:?}")),
    };
    let expected = format!("{}{signature}", member("signaturePrefix").unwrap_or_default());
    let mut values = headers.get_all(header).iter();
    match (values.next(), values.next()) {
        (None, _) => Err(format!("the header {header} is missing")),
        (Some(value), None) if value.as_bytes() == expected.as_bytes() => Ok(()),
        (Some(_), None) => Err(format!("the signature in the header {header} does not match")),
        (Some(_), Some(_)) => Err(format!("the header {header} is repeated")),
    }
}
