//! What has to hold for any input of the receiver. The fuzz targets and a test of the workspace call the same
//! functions.

use port_webhooks_receiver::{Clock, Delivery, DeliveryRef, Signer, Verifier};
use serde_json::Value;

const SECRET: &str = "s3cret";
const NOW: u64 = 1_700_000_000;

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> u64 {
        NOW
    }
}

/// A timestamp, a signature and a body, with line ends between the three. Nothing panics; what verifies is
/// what the signer would have signed; and one verifier at most takes it.
pub fn delivery_headers(input: &[u8]) {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let [timestamp, signature, body] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let headers = [("x-port-timestamp", timestamp), ("X-Port-Signature", signature)];
    let pairs = [
        (Verifier::body(SECRET).build().unwrap(), Signer::body(SECRET).build().unwrap()),
        (
            Verifier::timestamped(SECRET).clock(Fixed).build().unwrap(),
            Signer::timestamped(SECRET).build().unwrap(),
        ),
        (
            Verifier::data_source_sha1(SECRET, "x-port-signature").prefix("sha1=").build().unwrap(),
            Signer::data_source_sha1(SECRET, "x-port-signature").prefix("sha1=").build().unwrap(),
        ),
    ];
    let mut taken = 0;
    for (verifier, signer) in pairs {
        let Ok(verified) = verifier.verify(&headers, body) else { continue };
        taken += 1;
        let time = verified.timestamp().unwrap_or_default();
        assert!(verified.timestamp().is_none_or(|time| time.abs_diff(NOW) <= 300));
        let signed = signer.sign_at(time, body);
        let signed = signed["x-port-signature"].to_str().unwrap().to_ascii_lowercase();
        let shown = String::from_utf8_lossy(signature).to_ascii_lowercase();
        assert!(shown.contains(&signed), "{shown} has no {signed}");
    }
    assert!(taken <= 1);
}

/// A body. Nothing panics; what is a delivery is an object of JSON, and is kept whole; and the borrowed form
/// agrees.
pub fn delivery_payload(input: &[u8]) {
    let borrowed = DeliveryRef::from_slice(input);
    let Ok(delivery) = Delivery::from_slice(input) else { return };
    let borrowed = borrowed.unwrap();
    assert_eq!(borrowed.event_type(), delivery.event);
    assert_eq!(borrowed.fields().count(), delivery.extra.len());
    let _ = delivery.event();

    let json = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let Value::Object(mut read) = serde_json::from_slice(json).unwrap() else {
        panic!("a delivery is an object");
    };
    let Value::Object(written) = serde_json::to_value(&delivery).unwrap() else {
        panic!("written as it was read")
    };
    // Null is told from absent in unknown fields alone, and below the top level.
    read.retain(|name, value| written.contains_key(name) || !value.is_null());
    assert_eq!(read.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>());
    for (name, value) in &delivery.extra as &serde_json::Map<String, Value> {
        assert_eq!(&read[name], value);
    }
}
