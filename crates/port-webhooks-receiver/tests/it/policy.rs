//! What follows from the policy of the verifier, beyond its vectors.

use std::time::Duration;

use port_webhooks_receiver::{
    ConfigErrorKind, Scheme, Signer, TimestampedBuilder, Verifier, VerifyErrorKind,
};

use crate::support::TestClock;

const SECRET: &str = "s3cret";
const NOW: u64 = 1_700_000_000;
const BODY: &[u8] = b"{}";

type Header = (&'static str, Vec<u8>);

fn timestamped() -> Verifier {
    Verifier::timestamped(SECRET).clock(TestClock::at(NOW)).build().unwrap()
}

/// A signature of `BODY` at a time, as the token of the header.
fn token(time: u64) -> String {
    let headers = Signer::timestamped(SECRET).build().unwrap().sign_at(Duration::from_secs(time), BODY);
    headers["x-port-signature"].to_str().unwrap().to_owned()
}

fn hex() -> String {
    let headers = Signer::body(SECRET).prefix("").build().unwrap().sign(BODY);
    headers["x-port-signature"].to_str().unwrap().to_owned()
}

fn shown(timestamp: &str, signature: impl AsRef<[u8]>) -> Vec<Header> {
    vec![
        ("x-port-timestamp", timestamp.as_bytes().to_vec()),
        ("x-port-signature", signature.as_ref().to_vec()),
    ]
}

fn kind(verifier: &Verifier, headers: &[Header]) -> Result<(), VerifyErrorKind> {
    verifier.verify_pairs(headers, BODY).map(|_| ()).map_err(|error| error.kind())
}

/// What comes of a signature header in the timestamped scheme.
fn of_tokens(signature: impl AsRef<[u8]>) -> Result<(), VerifyErrorKind> {
    kind(&timestamped(), &shown("1700000000", signature))
}

#[test]
fn signature_header_has_at_most_4096_bytes_and_16_tokens() {
    let good = token(NOW);
    let with = |more: usize| format!("{good} {}", vec!["v2,x"; more].join(" "));
    assert_eq!(of_tokens(with(15)), Ok(()));
    assert_eq!(of_tokens(with(16)), Err(VerifyErrorKind::MalformedHeader));
    // Two spaces hold an empty token.
    assert_eq!(of_tokens(format!("{}{good}", "x ".repeat(15))), Ok(()));
    assert_eq!(of_tokens(format!("x{}{good}", " ".repeat(15))), Ok(()));
    assert_eq!(of_tokens(format!("x{}{good}", " ".repeat(16))), Err(VerifyErrorKind::MalformedHeader));

    let of_length = |length: usize| format!("{good} v2,{}", "x".repeat(length - good.len() - 4));
    assert_eq!(of_length(4096).len(), 4096);
    assert_eq!(of_tokens(of_length(4096)), Ok(()));
    assert_eq!(of_tokens(of_length(4097)), Err(VerifyErrorKind::MalformedHeader));
    // White space around the value is no part of it.
    assert_eq!(of_tokens(format!("\t {} ", of_length(4096))), Ok(()));
}

#[test]
fn invalid_tokens_beside_a_signature_are_skipped() {
    let good = token(NOW);
    for other in ["", "v1,", "v2,abc", "V1,abc", "nonsense", "v1,AAAA", ",", "v1", "\u{7f}", "sha256=00"] {
        assert_eq!(of_tokens(format!("{other} {good}")), Ok(()), "{other:?}");
        assert_eq!(of_tokens(format!("{good} {other}")), Ok(()), "{other:?}");
    }
    assert_eq!(of_tokens([good.as_bytes(), b" \xff\xfe"].concat()), Ok(()));
    // Only single spaces part tokens.
    for glue in ["\t", ",", ";", "\u{a0}"] {
        assert_eq!(
            of_tokens(format!("{good}{glue}{good}")),
            Err(VerifyErrorKind::MalformedHeader),
            "{glue:?}"
        );
    }
}

#[test]
fn a_signature_may_be_shown_with_others_and_more_than_once() {
    let (good, wrong) = (token(NOW), token(NOW + 1));
    for all in [[&good, &good], [&good, &wrong], [&wrong, &good]] {
        assert_eq!(of_tokens(format!("{} {}", all[0], all[1])), Ok(()), "{all:?}");
    }
    assert_eq!(of_tokens(format!("{good} {good} {good}")), Ok(()));
    assert_eq!(of_tokens(format!("{wrong} {wrong}")), Err(VerifyErrorKind::InvalidSignature));
}

#[test]
fn tokens_are_unsupported_only_if_all_have_another_version() {
    for other in ["v2,abc", "v1a,abc", "V1,abc", "v2,", "v10,x", "v2,a v3,b", "v1.1,x", "V2,x v2,y V3,z"] {
        assert_eq!(of_tokens(other), Err(VerifyErrorKind::UnsupportedVersion), "{other:?}");
    }
    for broken in [
        "",
        "v2",
        "v2,a  v3,b",
        "v2,a v1,",
        "v1,abc",
        "v,abc",
        ",abc",
        "t=1,v1=abc",
        "abc",
        "v2,a nonsense",
        "v 2,a",
    ] {
        assert_eq!(of_tokens(broken), Err(VerifyErrorKind::MalformedHeader), "{broken:?}");
    }
}

#[test]
fn a_signature_has_one_text() {
    let good = token(NOW);
    let mac = good.strip_prefix("v1,").unwrap();
    let url_safe = mac.replace('+', "-").replace('/', "_");
    let unpadded = mac.trim_end_matches('=');
    let mut others = vec![
        format!("{mac}="),
        format!("{unpadded}=="),
        unpadded.to_owned(),
        format!("{mac}\n"),
        format!("={unpadded}"),
        format!("{}{mac}", "AAAA"),
    ];
    if url_safe != mac {
        others.push(url_safe);
    }
    // A second byte that is no digit does not make up for the first.
    others.push(format!("{}??{}", &mac[..20], &mac[22..]));
    // The last digit before the padding has two bits that belong to no byte.
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let last = unpadded.chars().last().unwrap();
    let value = digits.find(last).unwrap();
    for spare in 1..4 {
        let digit = digits.chars().nth(value + spare).unwrap();
        others.push(format!("{}{digit}=", &unpadded[..42]));
    }
    for other in others {
        assert_eq!(of_tokens(format!("v1,{other}")), Err(VerifyErrorKind::MalformedHeader), "{other:?}");
    }
}

#[test]
fn timestamp_is_one_to_thirteen_digits_not_beginning_with_0() {
    for (timestamp, expected) in [
        ("1700000000", Ok(())),
        ("0", Err(VerifyErrorKind::InvalidTimestamp)),
        ("01700000000", Err(VerifyErrorKind::InvalidTimestamp)),
        ("1700000000000", Err(VerifyErrorKind::InvalidSignature)),
        ("9999999999999", Err(VerifyErrorKind::TimestampInFuture)),
        ("1000000000000", Err(VerifyErrorKind::TimestampTooOld)),
        ("0170000000000", Err(VerifyErrorKind::InvalidTimestamp)),
        ("17000000000000", Err(VerifyErrorKind::InvalidTimestamp)),
        ("170000000000a", Err(VerifyErrorKind::InvalidTimestamp)),
        ("999999999999", Err(VerifyErrorKind::TimestampInFuture)),
        ("1", Err(VerifyErrorKind::TimestampTooOld)),
        ("1700000000 1700000000", Err(VerifyErrorKind::InvalidTimestamp)),
        ("1700000000.0", Err(VerifyErrorKind::InvalidTimestamp)),
        ("1_700_000_000", Err(VerifyErrorKind::InvalidTimestamp)),
        ("1700000000\u{b}", Err(VerifyErrorKind::InvalidTimestamp)),
        ("1700000000:", Err(VerifyErrorKind::InvalidTimestamp)),
        ("1700000000/", Err(VerifyErrorKind::InvalidTimestamp)),
        ("１７００００００００", Err(VerifyErrorKind::InvalidTimestamp)),
        ("18446744073709551616", Err(VerifyErrorKind::InvalidTimestamp)),
    ] {
        assert_eq!(kind(&timestamped(), &shown(timestamp, token(NOW))), expected, "{timestamp:?}");
    }
}

#[test]
fn freshness_is_inclusive_and_a_miss_says_by_how_much() {
    for (tolerance, off_by, fresh) in
        [(0, 0, true), (0, 1, false), (300, 300, true), (300, 301, false), (u64::MAX, 1_699_999_999, true)]
    {
        for (time, late) in [
            (NOW - off_by, VerifyErrorKind::TimestampTooOld),
            (NOW + off_by, VerifyErrorKind::TimestampInFuture),
        ] {
            let verifier = Verifier::timestamped(SECRET)
                .clock(TestClock::at(NOW))
                .tolerance(Duration::from_secs(tolerance))
                .build()
                .unwrap();
            let headers = shown(&time.to_string(), token(time));
            match verifier.verify_pairs(&headers, BODY) {
                Ok(verified) => {
                    assert!(fresh, "{time} within {tolerance}");
                    assert_eq!(verified.timestamp(), Some(Duration::from_secs(time)));
                    assert_eq!(verified.scheme(), Scheme::Timestamped);
                }
                Err(error) => {
                    assert!(!fresh, "{time} within {tolerance}: {error}");
                    assert_eq!((error.kind(), error.off_by()), (late, Some(Duration::from_secs(off_by))));
                }
            }
        }
    }
    // A clock that has never been set.
    let verifier = Verifier::timestamped(SECRET).clock(TestClock::at(0)).build().unwrap();
    assert_eq!(kind(&verifier, &shown("1700000000", token(NOW))), Err(VerifyErrorKind::TimestampInFuture));
    let verifier = Verifier::timestamped(SECRET).clock(TestClock::at(u64::MAX)).build().unwrap();
    assert_eq!(kind(&verifier, &shown("1700000000", token(NOW))), Err(VerifyErrorKind::TimestampTooOld));
}

/// A clock between two milliseconds of the next second.
fn verdict_at(
    nanos: u64,
    signer: TimestampedBuilder<Signer>,
    time: Duration,
) -> Result<Duration, VerifyErrorKind> {
    let clock = TestClock::at_time(Duration::from_secs(NOW) + Duration::from_nanos(nanos));
    let verifier = Verifier::timestamped(SECRET).clock(clock).build().unwrap();
    let headers = signer.build().unwrap().sign_at(time, BODY);
    verifier
        .verify(&headers, BODY)
        .map(|verified| verified.timestamp().unwrap())
        .map_err(|error| error.kind())
}

#[test]
fn milliseconds_are_compared_exactly() {
    let now = 1000 * NOW + 500;
    let verdict = |milliseconds| {
        let time = Duration::from_millis(milliseconds);
        verdict_at(500_000_000, Signer::timestamped(SECRET).milliseconds(), time)
    };
    assert_eq!(verdict(now - 300_000), Ok(Duration::from_millis(now - 300_000)));
    assert_eq!(verdict(now + 300_000), Ok(Duration::from_millis(now + 300_000)));
    assert_eq!(verdict(now - 300_001), Err(VerifyErrorKind::TimestampTooOld));
    assert_eq!(verdict(now + 300_001), Err(VerifyErrorKind::TimestampInFuture));
}

#[test]
fn fraction_of_a_second_does_not_age_a_timestamp_in_seconds() {
    let verdict = |age| {
        verdict_at(999_999_999, Signer::timestamped(SECRET), Duration::from_secs(NOW - age)).map(|_| ())
    };
    assert_eq!(verdict(300), Ok(()));
    assert_eq!(verdict(301), Err(VerifyErrorKind::TimestampTooOld));
}

#[test]
fn agent_removes_white_space_outside_of_strings_only() {
    let signer = Signer::timestamped(SECRET).build().unwrap();
    let clock = || TestClock::at(NOW);
    let with = Verifier::timestamped(SECRET).clock(clock()).agent(true).build().unwrap();
    let without = Verifier::timestamped(SECRET).clock(clock()).build().unwrap();
    let deep = "[".repeat(10_000);
    let deep_end = "]".repeat(10_000);
    for (sent, signed) in [
        (r#"{"a": 1, "b": [true, null]}"#.to_owned(), r#"{"a":1,"b":[true,null]}"#.to_owned()),
        ("\r\n[ 1\t,\n2 ]\n".to_owned(), "[1,2]".to_owned()),
        (r#"{"a b": " \" \\", "c": "\\\"  "}"#.to_owned(), r#"{"a b":" \" \\","c":"\\\"  "}"#.to_owned()),
        (r#"{"a": "\ud800 x", "n": 1e999}"#.to_owned(), r#"{"a":"\ud800 x","n":1e999}"#.to_owned()),
        (r#" "a text" "#.to_owned(), r#""a text""#.to_owned()),
        (format!("{deep} {deep_end}"), format!("{deep}{deep_end}")),
    ] {
        let headers = signer.sign_at(Duration::from_secs(NOW), signed.as_bytes());
        assert_eq!(with.verify(&headers, sent.as_bytes()).unwrap().body(), signed.as_bytes(), "{sent:.60}");
        assert_eq!(with.verify(&headers, signed.as_bytes()).unwrap().body(), signed.as_bytes(), "{sent:.60}");
        assert!(without.verify(&headers, sent.as_bytes()).is_err(), "{sent:.60}");
    }
    // A body that is not JSON is verified as it is.
    for body in [&b""[..], b" ", b"a = b", b"{ \"a\": 1", b"[1] [2]", b"\xff [ ]", b"{ 'a': 1 }", b"[\x0c1]"]
    {
        let headers = signer.sign_at(Duration::from_secs(NOW), body);
        assert_eq!(with.verify(&headers, body).unwrap().body(), body);
    }
    // The body that arrives is limited.
    let small = Verifier::timestamped(SECRET).clock(clock()).agent(true).max_body(4).build().unwrap();
    let headers = signer.sign_at(Duration::from_secs(NOW), b"[1]");
    assert!(small.verify(&headers, b"[1] ").is_ok());
    assert_eq!(small.verify(&headers, b"[ 1 ]").unwrap_err().kind(), VerifyErrorKind::BodyTooLarge);
}

/// Each line has all the faults of the lines below it, and its own fault is reported.
#[test]
fn several_faults_are_reported_by_the_first_in_order() {
    let old = "1600000000";
    let wrong = token(NOW + 1);
    let verifier = Verifier::timestamped(SECRET).clock(TestClock::at(NOW)).max_body(1).build().unwrap();
    assert_eq!(kind(&verifier, &[]), Err(VerifyErrorKind::BodyTooLarge));
    let verifier = timestamped();
    let mut twice = shown(old, "nonsense");
    twice.push(("X-Port-Signature", b"nonsense".to_vec()));
    for (headers, expected) in [
        (shown(old, "nonsense")[1..].to_vec(), VerifyErrorKind::MissingHeader),
        (twice, VerifyErrorKind::DuplicateHeader),
        (shown("old", &wrong), VerifyErrorKind::InvalidTimestamp),
        (shown(old, "nonsense"), VerifyErrorKind::MalformedHeader),
        (shown(old, &wrong), VerifyErrorKind::TimestampTooOld),
        (shown("1700000000", &wrong), VerifyErrorKind::InvalidSignature),
    ] {
        assert_eq!(kind(&verifier, &headers), Err(expected));
    }
}

#[test]
fn repeated_header_is_rejected_even_with_equal_values() {
    let mut headers = shown("1700000000", token(NOW));
    headers.push(("X-PORT-TIMESTAMP", b"1700000000".to_vec()));
    assert_eq!(kind(&timestamped(), &headers), Err(VerifyErrorKind::DuplicateHeader));
    let value = format!("sha256={}", hex());
    let verifier = Verifier::body(SECRET).build().unwrap();
    let once = [("X-Port-Signature", value.as_str()), ("x-other", "a"), ("x-other", "a")];
    assert!(verifier.verify_pairs(&once, BODY).is_ok(), "names are found in any case, and others may repeat");
    let twice = [("x-port-signature", value.as_str()), ("x-port-signature", value.as_str())];
    let error = verifier.verify_pairs(&twice, BODY).unwrap_err();
    assert_eq!(error.kind(), VerifyErrorKind::DuplicateHeader);
    assert_eq!(error.header().unwrap(), "x-port-signature");
}

#[test]
fn the_body_scheme_takes_one_value_to_the_letter() {
    let verifier = Verifier::body(SECRET).build().unwrap();
    let of = |value: &[u8]| kind(&verifier, &[("x-port-signature", value.to_vec())]);
    let hex = hex();
    assert_eq!(of(format!("sha256={hex}").as_bytes()), Ok(()));
    assert_eq!(of(format!(" \tsha256={hex}\t ").as_bytes()), Ok(()));
    assert_eq!(of(format!("sha256={}", hex.to_uppercase()).as_bytes()), Ok(()));
    for algorithm in ["sha1=", "sha224=", "sha384=", "sha512=", "md5="] {
        assert_eq!(of(format!("{algorithm}{hex}").as_bytes()), Err(VerifyErrorKind::UnsupportedAlgorithm));
        assert_eq!(of(algorithm.as_bytes()), Err(VerifyErrorKind::UnsupportedAlgorithm));
    }
    for value in [
        hex.clone(),
        String::new(),
        format!("sha256= {hex}"),
        format!("sha256:{hex}"),
        format!("sha256={hex},"),
        format!("sha256={hex} sha256={hex}"),
        format!("SHA1={hex}"),
        format!("sha3={hex}"),
        format!("x sha1={hex}"),
        format!("sha256={}g", &hex[..63]),
        format!("sha256={}", &hex[..62]),
        token(NOW),
    ] {
        assert_eq!(of(value.as_bytes()), Err(VerifyErrorKind::MalformedHeader), "{value:?}");
    }
    // Bytes that are no text, and those just beside the digits. A second one does not make up for the first.
    for byte in [0_u8, b'/', b':', b'@', b'G', b'`', b'g', 0x7f, 0x80, 0xb0, 0xff] {
        let mut value = format!("sha256={hex}").into_bytes();
        for at in [20, 30] {
            value[at] = byte;
            assert_eq!(of(&value), Err(VerifyErrorKind::MalformedHeader), "{byte}");
        }
    }
}

#[test]
fn body_limit_is_inclusive_and_checked_before_hashing() {
    let verifier = Verifier::body(SECRET).max_body(2).build().unwrap();
    let headers = Signer::body(SECRET).build().unwrap().sign(BODY);
    assert!(verifier.verify(&headers, BODY).is_ok());
    assert_eq!(verifier.verify(&headers, b"{ }").unwrap_err().kind(), VerifyErrorKind::BodyTooLarge);
    let largest = Verifier::body(SECRET).build().unwrap();
    assert_eq!(largest.max_body(), 1_048_576);
    assert_eq!(
        largest.verify(&http::HeaderMap::new(), &vec![0; 1_048_577]).unwrap_err().kind(),
        VerifyErrorKind::BodyTooLarge
    );
    assert_eq!(
        largest.verify(&http::HeaderMap::new(), &vec![0; 1_048_576]).unwrap_err().kind(),
        VerifyErrorKind::MissingHeader
    );
}

#[test]
fn every_secret_is_tried_and_the_match_is_reported() {
    let verifier = Verifier::body("new").secret("old").secret("older").build().unwrap();
    for (place, secret) in ["new", "old", "older"].into_iter().enumerate() {
        let headers = Signer::body(secret).build().unwrap().sign(BODY);
        assert_eq!(verifier.verify(&headers, BODY).unwrap().secret_index(), place);
    }
    let headers = Signer::body("other").build().unwrap().sign(BODY);
    assert_eq!(verifier.verify(&headers, BODY).unwrap_err().kind(), VerifyErrorKind::InvalidSignature);
}

#[test]
fn wrong_settings_are_found_when_the_verifier_is_built() {
    let of = |secret: &str| Verifier::body(secret).build().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(of(""), Err(ConfigErrorKind::EmptySecret));
    for secret in [
        " ",
        " a",
        "a ",
        "a\n",
        "\ta",
        "a\r\n",
        "a\u{a0}",
        "\u{2003}a",
        "a\u{b}",
        "\u{feff}a",
        "a\u{feff}",
        "\u{200b}a",
        "a\u{2060}",
    ] {
        assert_eq!(of(secret), Err(ConfigErrorKind::SecretWhitespace), "{secret:?}");
        let signer = Signer::timestamped(secret).build();
        assert_eq!(signer.unwrap_err().kind(), ConfigErrorKind::SecretWhitespace, "{secret:?}");
    }
    for secret in ["a", "a b", "a\nb", "a\u{feff}b", "пароль", "\u{0}"] {
        assert_eq!(of(secret), Ok(()), "{secret:?}");
    }
    let error = Verifier::timestamped("good").secret("").build().unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ConfigErrorKind::EmptySecret, "secret 2 is empty")
    );

    let header = |name: &str| Verifier::body("a").header(name).build().map_err(|error| error.kind());
    assert!(header("X-Hub-Signature-256").is_ok());
    for name in ["", "a b", "a:", "é"] {
        assert_eq!(header(name).unwrap_err(), ConfigErrorKind::HeaderName, "{name:?}");
    }
    let same = Verifier::timestamped("a").timestamp_header("X-Port-Signature").build();
    assert_eq!(same.unwrap_err().kind(), ConfigErrorKind::HeaderName);
    for prefix in [" a", "\ta", "a\n", "\0"] {
        let error = Verifier::body("a").prefix(prefix).build().unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Prefix, "{prefix:?}");
    }
}

#[test]
fn errors_say_what_is_wrong_and_repeat_nothing() {
    let headers = shown("1600000000", token(1_600_000_000));
    let error = timestamped().verify_pairs(&headers, BODY).unwrap_err();
    assert_eq!(error.to_string(), "the timestamp is too old, off by 100000000 s (x-port-timestamp)");
    let error = timestamped().verify_pairs(&headers[1..], BODY).unwrap_err();
    assert_eq!(error.to_string(), "header missing (x-port-timestamp)");
}

#[test]
fn a_verifier_and_what_it_verified_show_their_settings() {
    let of_body = Verifier::body(SECRET).secret("older").prefix("a=").max_body(9).build().unwrap();
    assert_eq!(
        format!("{of_body:?}"),
        r#"Verifier { scheme: Body, header: "x-port-signature", prefix: "a=", secrets: 2, max_body: 9 }"#
    );
    for (one, three) in [
        (
            Verifier::data_source_sha1("a", "x-a"),
            Verifier::data_source_sha1("a", "x-a").secret("b").secret("c"),
        ),
        (
            Verifier::data_source_plain("a", "x-a"),
            Verifier::data_source_plain("a", "x-a").secret("b").secret("c"),
        ),
    ] {
        assert!(format!("{:?}", one.build().unwrap()).contains("secrets: 1"));
        assert!(format!("{:?}", three.build().unwrap()).contains("secrets: 3"));
    }
    let timestamped = format!("{:?}", timestamped());
    for shown in [r#"timestamp_header: "x-port-timestamp""#, "tolerance: 300s", "agent: false", "secrets: 1"]
    {
        assert!(timestamped.contains(shown), "{timestamped}");
    }

    let verifier = self::timestamped();
    let verified =
        verifier.verify_pairs(&shown("1700000000", token(NOW)), BODY).map(|verified| format!("{verified:?}"));
    assert_eq!(
        verified.unwrap(),
        "Verified { scheme: Timestamped, timestamp: Some(1700000000s), secret_index: 0, body: 2 bytes, .. }"
    );
}
