//! What has to hold for any input of the receiver. The fuzz targets and a test of the workspace call the same
//! functions.

use std::time::Duration;

use port_webhooks_receiver::{Delivery, Live, Signer, Verifier, WallClock};
use serde::de::IgnoredAny;
use serde_json::Value;

const SECRET: &str = "s3cret";
const NOW: Duration = Duration::from_secs(1_700_000_000);

#[derive(Debug)]
struct Fixed;

impl WallClock for Fixed {
    fn now(&self) -> Duration {
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
    let in_milliseconds = Signer::timestamped(SECRET).milliseconds().build().unwrap();
    let mut accepted = 0;
    for (verifier, signer) in pairs {
        let Ok(verified) = verifier.verify_pairs(&headers, body) else { continue };
        accepted += 1;
        let time = verified.timestamp().unwrap_or_default();
        assert!(verified.timestamp().is_none_or(|time| time.abs_diff(NOW) <= Duration::from_secs(300)));
        let milliseconds = timestamp.trim_ascii().len() == 13;
        let signed = if milliseconds && verified.timestamp().is_some() { &in_milliseconds } else { &signer }
            .sign_at(time, body);
        let signed = signed["x-port-signature"].to_str().unwrap().to_ascii_lowercase();
        let shown = String::from_utf8_lossy(signature).to_ascii_lowercase();
        assert!(shown.contains(&signed), "{shown} has no {signed}");
    }
    assert!(accepted <= 1);
}

/// A body. Nothing panics, only JSON is read as JSON, and the event is the one of the JSON.
pub fn delivery_payload(input: &[u8]) {
    let delivery = Delivery::new(input.to_vec());
    let typed = match delivery.live() {
        Live::Change(change) => serde_json::to_value(change),
        Live::Invocation(invocation) => serde_json::to_value(invocation),
        Live::TriggerData(data) => serde_json::to_value(data),
        _ => serde_json::to_value(delivery.documented()),
    };
    assert!(typed.is_ok());
    let _ = (delivery.event(), delivery.run_id(), delivery.caused_by_run(), delivery.data("entity"));

    let json = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let read = delivery.json::<Value>();
    if let (Ok(value), Ok(read)) = (serde_json::from_slice::<Value>(json), &read) {
        assert_eq!(delivery.event_name(), value.get("event").and_then(Value::as_str));
        assert_eq!(read.is_object(), value.is_object());
    }
    assert!(read.is_err() || serde_json::from_slice::<IgnoredAny>(json).is_ok());
}
