//! No secret is in any text that the receiver makes.

use std::fmt::Debug;

use port_webhooks_receiver::{Delivery, Received, ReplayGuard, Signer, Verifier};

const SECRET: &str = "hunter2-hunter2";

#[tokio::test]
async fn no_secret_and_no_signature_is_in_any_debug_or_error() {
    let body = br#"{"event":"run.created","password":"hunter2-hunter2"}"#;
    let verifier = Verifier::body(SECRET).secret("hunter2-older").build().unwrap();
    let signer = Signer::body(SECRET).build().unwrap();
    let headers = signer.sign(body);
    let signature = headers["x-port-signature"].to_str().unwrap().to_owned();
    let verified = verifier.verify(&headers, body).unwrap();
    let guard = ReplayGuard::in_memory();
    let admission = guard.admit(&verified).await.unwrap();
    let key = verified.replay_keys().next().unwrap();
    assert_eq!(format!("{key:?}"), "ReplayKey([redacted])");
    let refused = verifier.verify_pairs(&[("x-port-signature", SECRET)], body).unwrap_err();
    let plain = Verifier::data_source_plain(SECRET, "x-a");
    let unsendable = Signer::data_source_plain("hunter2\nhunter2", "x-a").build().unwrap_err();
    let delivery = verified.delivery();
    let parse = Delivery::new(r#"{"event":"hunter2" "#).json::<u8>().unwrap_err();
    let wrong = Delivery::new(r#"{"data":"hunter2"}"#).json::<u8>().unwrap_err();
    let received = Received::for_tests(&body[..]);
    let store = port_webhooks_receiver::RedisStore::new("redis://:hunter2@127.0.0.1:1").unwrap();
    let shown: [&dyn Debug; 18] = [
        &verifier,
        &signer,
        &headers,
        &verified,
        &admission,
        &guard,
        &key,
        &refused,
        &plain,
        &plain.clone().build().unwrap(),
        &Verifier::timestamped(SECRET),
        &Verifier::timestamped(SECRET).build().unwrap(),
        &unsendable,
        &delivery,
        &received,
        &parse,
        &wrong,
        &store,
    ];
    for value in shown {
        let text = format!("{value:?} {value:#?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!text.contains(&signature[7..]), "{text}");
    }
    for error in [refused.to_string(), unsendable.to_string(), parse.to_string(), wrong.to_string()] {
        assert!(!error.contains("hunter2"), "{error}");
    }
}
