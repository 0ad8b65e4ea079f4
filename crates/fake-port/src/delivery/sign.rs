//! Signatures of deliveries. Nothing here is shared with any code that verifies them.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::HMAC;

/// The signature of the documented scheme.
pub(super) fn body_signature(secret: &str, body: &[u8]) -> String {
    HMAC::mac(body, secret).iter().fold("sha256=".to_owned(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The signature of the timestamped scheme.
pub(super) fn timestamped_signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let signed = [timestamp.as_bytes(), b".", body].concat();
    format!("v1,{}", STANDARD.encode(HMAC::mac(signed, secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_scheme_is_hmac_of_rfc_4231() {
        let zeros = "\u{b}".repeat(20);
        for (secret, body, mac) in [
            (zeros.as_str(), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                "Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ] {
            assert_eq!(body_signature(secret, body.as_bytes()), format!("sha256={mac}"));
        }
    }

    /// Made with Python's `hmac` and compared with OpenSSL.
    #[test]
    fn the_timestamped_scheme_signs_timestamp_and_body() {
        let body = concat!(
            r#"{"action":"create","resourceType":"run","status":"TRIGGERED","#,
            r#""context":{"runId":"r_abc123","entity":null},"payload":{"n":1.0}}"#
        );
        assert_eq!(
            timestamped_signature("port_client_secret_3f9a", "1700000000", body.as_bytes()),
            "v1,FcChL3KbTFVBoq5JfQi9ScJcDBWb8K7kyP00jJxhNaY="
        );
    }
}
