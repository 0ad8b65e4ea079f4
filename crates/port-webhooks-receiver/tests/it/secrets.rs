//! No secret is in any text that the receiver makes.

use std::fmt::Debug;

use port_webhooks_receiver::{ReplayGuard, Signer, Verifier};

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
    let refused = verifier.verify(&[("x-port-signature", SECRET)], body).unwrap_err();
    let plain = Verifier::data_source_plain(SECRET, "x-a");
    let unsendable = Signer::data_source_plain("hunter2\nhunter2", "x-a").build().unwrap_err();
    let parse = verifier.verify(&signer.sign(br#"{"event":"hunter2" "#), br#"{"event":"hunter2" "#).unwrap();
    let parse = parse.delivery().unwrap_err();
    let wrong = port_webhooks_receiver::Delivery::from_slice(br#"{"data":"hunter2"}"#).unwrap_err();
    let store = port_webhooks_receiver::RedisStore::new("redis://:hunter2@127.0.0.1:1").unwrap();
    let shown: [&dyn Debug; 16] = [
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
    assert!(
        format!("{:?}", port_webhooks_receiver::Delivery::from_slice(body).unwrap()).contains("password")
    );
}
