//! The settings of a data source: other headers, prefixes and algorithms, each of which has to be asked for.

use std::collections::HashSet;

use port_webhooks_receiver::{ConfigErrorKind, Scheme, Signer, Verifier, VerifyErrorKind};

const BODY: &[u8] = b"Hello, World!";

#[test]
fn sha256_with_a_header_and_a_prefix_of_its_own() {
    // GitHub's published example.
    let verifier = Verifier::data_source_sha256("It's a Secret to Everybody", "X-Hub-Signature-256")
        .prefix("sha256=")
        .build()
        .unwrap();
    let value = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let verified = verifier.verify_pairs(&[("x-hub-signature-256", value)], BODY).unwrap();
    assert_eq!(verified.scheme(), Scheme::Body);

    // Without a prefix the value is hex alone.
    let bare = Verifier::data_source_sha256("It's a Secret to Everybody", "x-signature").build().unwrap();
    assert!(bare.verify_pairs(&[("x-signature", &value[7..])], BODY).is_ok());
    let error = bare.verify_pairs(&[("x-signature", value)], BODY).unwrap_err();
    assert_eq!(error.kind(), VerifyErrorKind::MalformedHeader);
    let error = bare.verify_pairs(&[("x-signature", "sha1=00")], BODY).unwrap_err();
    assert_eq!(error.kind(), VerifyErrorKind::UnsupportedAlgorithm);
}

#[test]
fn sha1_is_taken_only_where_it_is_asked_for() {
    let verifier = Verifier::data_source_sha1("It's a Secret to Everybody", "x-hub-signature")
        .prefix("sha1=")
        .build()
        .unwrap();
    // Made with Python's `hmac`.
    let value = "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59";
    let verified = verifier.verify_pairs(&[("x-hub-signature", value)], BODY).unwrap();
    assert_eq!(verified.scheme(), Scheme::Sha1);
    for (value, expected) in [
        ("sha1=01dc10d0c83e72ed246219cdd91669667fe2ca58", VerifyErrorKind::InvalidSignature),
        ("sha1=01dc10d0c83e72ed246219cdd91669667fe2ca5", VerifyErrorKind::MalformedHeader),
        ("01dc10d0c83e72ed246219cdd91669667fe2ca59", VerifyErrorKind::MalformedHeader),
        ("sha256=01dc10d0c83e72ed246219cdd91669667fe2ca59", VerifyErrorKind::UnsupportedAlgorithm),
    ] {
        let error = verifier.verify_pairs(&[("x-hub-signature", value)], BODY).unwrap_err();
        assert_eq!(error.kind(), expected, "{value}");
    }
    let body = Verifier::body("It's a Secret to Everybody").header("x-hub-signature").build().unwrap();
    let error = body.verify_pairs(&[("x-hub-signature", value)], BODY).unwrap_err();
    assert_eq!(error.kind(), VerifyErrorKind::UnsupportedAlgorithm);
}

#[test]
fn plain_is_equality_with_a_secret() {
    let verifier = Verifier::data_source_plain("t0ken", "x-gitlab-token")
        .secret("старый")
        .prefix("Token ")
        .build()
        .unwrap();
    for (value, expected) in [
        ("Token t0ken", Ok(0)),
        ("  Token t0ken\t", Ok(0)),
        ("Token старый", Ok(1)),
        ("Token t0ken2", Err(VerifyErrorKind::InvalidSignature)),
        ("Token t0ke", Err(VerifyErrorKind::InvalidSignature)),
        ("Token T0KEN", Err(VerifyErrorKind::InvalidSignature)),
        ("token t0ken", Err(VerifyErrorKind::MalformedHeader)),
        ("t0ken", Err(VerifyErrorKind::MalformedHeader)),
        ("Token ", Err(VerifyErrorKind::MalformedHeader)),
        ("", Err(VerifyErrorKind::MalformedHeader)),
    ] {
        let verified = verifier.verify_pairs(&[("x-gitlab-token", value)], BODY);
        let outcome = verified.map(|verified| verified.secret_index()).map_err(|error| error.kind());
        assert_eq!(outcome, expected, "{value:?}");
    }
    // Without a prefix: nothing is no secret, nor is what is too long to be one.
    let bare = Verifier::data_source_plain("t0ken", "x-token").build().unwrap();
    for (value, expected) in [
        ("", VerifyErrorKind::MalformedHeader),
        (&"s".repeat(4096), VerifyErrorKind::InvalidSignature),
        (&"s".repeat(4097), VerifyErrorKind::MalformedHeader),
    ] {
        let error = bare.verify_pairs(&[("x-token", value)], BODY).unwrap_err();
        assert_eq!(error.kind(), expected, "{}", value.len());
    }
    let signer = Signer::data_source_plain("line\nfeed", "x-token").build();
    assert_eq!(signer.unwrap_err().kind(), ConfigErrorKind::PlainSecret);
    for secret in ["line\nfeed", &"s".repeat(4097)] {
        let verifier = Verifier::data_source_plain(secret, "x-token").build();
        assert_eq!(verifier.unwrap_err().kind(), ConfigErrorKind::PlainSecret);
    }
    assert!(Verifier::data_source_plain("s".repeat(4096), "x-token").build().is_ok());
}

/// For a log, and for a store that several schemes share: a secret may serve two of them.
#[test]
fn schemes_have_names_and_replay_keys_of_their_own() {
    let (secret, header) = ("s3cret", "x-port-signature");
    let all = [
        (Scheme::Body, Signer::body(secret).build(), Verifier::body(secret).build()),
        (Scheme::Timestamped, Signer::timestamped(secret).build(), Verifier::timestamped(secret).build()),
        (
            Scheme::Sha1,
            Signer::data_source_sha1(secret, header).build(),
            Verifier::data_source_sha1(secret, header).build(),
        ),
        (
            Scheme::Plain,
            Signer::data_source_plain(secret, header).build(),
            Verifier::data_source_plain(secret, header).build(),
        ),
    ];
    let mut first_bytes = HashSet::new();
    for (scheme, signer, verifier) in all {
        let headers = signer.unwrap().sign(BODY);
        let verifier = verifier.unwrap();
        let key = verifier.verify(&headers, BODY).unwrap().replay_keys().next().unwrap();
        assert!(first_bytes.insert(key.as_bytes()[0]), "{scheme}");
        assert_eq!(scheme.to_string(), format!("{scheme:?}").to_lowercase());
        assert_eq!(scheme.as_str(), scheme.to_string());
    }
}

#[test]
fn each_signer_satisfies_its_own_verifier_and_no_other() {
    let (secret, header) = ("s3cret", "x-port-signature");
    let signers = [
        Signer::body(secret).build().unwrap(),
        Signer::timestamped(secret).build().unwrap(),
        Signer::data_source_sha1(secret, header).prefix("sha1=").build().unwrap(),
        Signer::data_source_plain(secret, header).build().unwrap(),
    ];
    let verifiers = [
        Verifier::body(secret).build().unwrap(),
        Verifier::timestamped(secret).build().unwrap(),
        Verifier::data_source_sha1(secret, header).prefix("sha1=").build().unwrap(),
        Verifier::data_source_plain(secret, header).build().unwrap(),
    ];
    for signer in &signers {
        let headers = signer.sign(BODY);
        for verifier in &verifiers {
            let verified = verifier.verify(&headers, BODY);
            assert_eq!(verified.is_ok(), signer.scheme() == verifier.scheme(), "{signer:?} {verifier:?}");
        }
        assert!(headers.values().any(http::HeaderValue::is_sensitive));
    }
}
