//! What holds for any secret, body and time.

use port_webhooks_receiver::{Delivery, Signer, Verifier, VerifyErrorKind};
use proptest::prelude::*;

use crate::support::{TestClock, from_base64, from_hex, to_hex};

/// A secret that can be one.
fn secret() -> impl Strategy<Value = String> {
    "\\PC{1,80}".prop_filter("white space at an end", |secret| secret.trim() == secret && !secret.is_empty())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300)
}

/// What may be changed of a body.
#[derive(Clone, Debug)]
enum Change {
    Flip(usize, u8),
    Remove(usize),
    Insert(usize, u8),
}

impl Change {
    fn of(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut changed = body.to_vec();
        match *self {
            Self::Flip(_, 0) => return None,
            Self::Flip(at, bits) => *changed.get_mut(at % body.len().max(1))? ^= bits,
            Self::Remove(_) if body.is_empty() => return None,
            Self::Remove(at) => drop(changed.remove(at % body.len())),
            Self::Insert(at, byte) => changed.insert(at % (body.len() + 1), byte),
        }
        Some(changed)
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, bits)| Change::Flip(at, bits)),
        any::<usize>().prop_map(Change::Remove),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
    ]
}

/// A signer and the verifier for it, of each scheme that signs the body.
fn pairs(secret: &str, now: u64) -> Vec<(Signer, Verifier)> {
    let clock = TestClock::at(now);
    vec![
        (Signer::body(secret).build().unwrap(), Verifier::body(secret).build().unwrap()),
        (
            Signer::timestamped(secret).clock(clock.clone()).build().unwrap(),
            Verifier::timestamped(secret).clock(clock).build().unwrap(),
        ),
        (
            Signer::data_source_sha1(secret, "x-a").prefix("p").build().unwrap(),
            Verifier::data_source_sha1(secret, "x-a").prefix("p").build().unwrap(),
        ),
    ]
}

proptest! {
    #[test]
    fn what_is_signed_verifies(secret in secret(), body in body(), now in 1..=999_999_999_999_u64) {
        for (signer, verifier) in pairs(&secret, now) {
            let headers = signer.sign(&body);
            let verified = verifier.verify(&headers, &body).unwrap();
            prop_assert_eq!(verified.body(), &body[..]);
        }
    }

    #[test]
    fn any_change_to_the_body_fails(secret in secret(), body in body(), change in change()) {
        let Some(changed) = change.of(&body).filter(|changed| *changed != body) else { return Ok(()) };
        for (signer, verifier) in pairs(&secret, 1_700_000_000) {
            let error = verifier.verify(&signer.sign(&body), &changed).unwrap_err();
            prop_assert_eq!(error.kind(), VerifyErrorKind::InvalidSignature);
        }
    }

    #[test]
    fn another_secret_or_time_fails(secret in secret(), other in secret(), body in body()) {
        prop_assume!(secret != other);
        for ((signer, _), (_, verifier)) in pairs(&other, 1_700_000_000).iter().zip(pairs(&secret, 1_700_000_000)) {
            let error = verifier.verify(&signer.sign(&body), &body).unwrap_err();
            prop_assert_eq!(error.kind(), VerifyErrorKind::InvalidSignature);
        }
        let (signer, verifier) = pairs(&secret, 1_700_000_000).remove(1);
        let mut headers = signer.sign(&body);
        headers.insert("x-port-timestamp", http::HeaderValue::from_static("1700000001"));
        let error = verifier.verify(&headers, &body).unwrap_err();
        prop_assert_eq!(error.kind(), VerifyErrorKind::InvalidSignature);
    }

    /// As it was sent, and with its MAC written as the other scheme writes one.
    #[test]
    fn the_mac_of_one_scheme_never_passes_as_that_of_the_other(secret in secret(), body in body()) {
        let mut pairs = pairs(&secret, 1_700_000_000);
        let (timestamped_signer, timestamped) = pairs.remove(1);
        let (body_signer, of_body) = pairs.remove(0);
        let by_time = timestamped_signer.sign(&body);
        let by_body = body_signer.sign(&body);

        prop_assert_eq!(of_body.verify(&by_time, &body).unwrap_err().kind(), VerifyErrorKind::MalformedHeader);
        let mut with_time = by_body.clone();
        with_time.insert("x-port-timestamp", by_time["x-port-timestamp"].clone());
        prop_assert_eq!(timestamped.verify(&with_time, &body).unwrap_err().kind(), VerifyErrorKind::MalformedHeader);

        let mac_by_time = from_base64(by_time["x-port-signature"].to_str().unwrap().strip_prefix("v1,").unwrap());
        let as_hex = [("x-port-signature", format!("sha256={}", to_hex(&mac_by_time)))];
        prop_assert_eq!(of_body.verify_pairs(&as_hex, &body).unwrap_err().kind(), VerifyErrorKind::InvalidSignature);
        let mac_by_body = from_hex(by_body["x-port-signature"].to_str().unwrap().strip_prefix("sha256=").unwrap());
        let as_base64 = [
            ("x-port-timestamp", "1700000000".to_owned()),
            ("x-port-signature", format!("v1,{}", crate::support::to_base64(&mac_by_body))),
        ];
        prop_assert_eq!(timestamped.verify_pairs(&as_base64, &body).unwrap_err().kind(), VerifyErrorKind::InvalidSignature);

        // With the time moved into the body it is what the other scheme signs. Such a body is never JSON.
        let moved = [b"1700000000.", &body[..]].concat();
        prop_assert_eq!(of_body.verify(&by_time, &moved).unwrap_err().kind(), VerifyErrorKind::MalformedHeader);
        prop_assert!(Delivery::new(moved).json::<serde::de::IgnoredAny>().is_err());
    }

    /// Nothing that a header can hold makes a verifier panic, and nothing of it passes.
    #[test]
    fn any_headers_are_refused(
        timestamp in prop_oneof![Just(b"1700000000".to_vec()), prop::collection::vec(any::<u8>(), 0..20)],
        signature in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "(v1,|v2,|sha256=|sha1=|=|,| |[A-Za-z0-9+/]{0,44}){0,20}".prop_map(String::into_bytes),
        ],
        body in body(),
    ) {
        let headers = [("x-port-timestamp", &timestamp), ("x-port-signature", &signature), ("x-a", &signature)];
        for (_, verifier) in pairs("s3cret", 1_700_000_000) {
            prop_assert!(verifier.verify_pairs(&headers, &body).is_err());
        }
    }
}
