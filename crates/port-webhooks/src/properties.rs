//! Property tests of internals. A failing case is shrunk, and kept in `proptest-regressions.txt`.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestRunner};
use serde_json::Value;

use crate::answer::Reader;
use crate::error::{ErrorKind, Failure, Outcome};
use crate::fuzzing::wait::{self, Growth, Policy};
use crate::fuzzing::{check_identifier, expected_hint, receive, transport};
use crate::retry::{Decision, Moment, Retry, Strategy as Growing};

fn property<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value)) {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions.txt");
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(place)) as _);
    // Without optimization, the default takes most of a test's time.
    let rng_algorithm = RngAlgorithm::XorShift;
    let config = Config { cases, failure_persistence, rng_algorithm, ..Config::default() };
    let result = TestRunner::new(config).run(strategy, |value| {
        test(value);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn a_wait_lies_in_its_interval() {
    const CASES: u32 = 100_000;
    let [hinted, too_long, unhinted] = [const { Cell::new(0_u32) }; 3];
    property(CASES, &(answers(), policies(), moments(), 0.0..=1.0), |(answer, policy, now, random)| {
        let (status, headers, reads) = answer;
        let failure = refusal(status, headers, reads);
        let counter = match (failure.retry_after, wait::check(&policy, &now, &failure, random)) {
            (Some(_), Decision::Wait(_)) => &hinted,
            (Some(_), Decision::GiveUp) => &too_long,
            (None, Decision::Wait(_)) => &unhinted,
            (None, Decision::GiveUp) => return,
        };
        counter.set(counter.get() + 1);
    });
    for drawn in [hinted, too_long, unhinted] {
        assert!(drawn.get() > CASES / 20, "too few cases of a kind are drawn: {}", drawn.get());
    }
}

#[test]
fn waits_grow_without_overflow() {
    let kinds = select(vec![ErrorKind::RateLimited, ErrorKind::Server, ErrorKind::Connect]);
    let strategies = prop_oneof![
        Just(Growing::Exponential),
        Just(Growing::Constant),
        times().prop_map(|wait| Growing::custom(move |_| wait)),
        times().prop_map(|wait| Growing::custom(move |attempt| wait.saturating_mul(attempt))),
    ];
    let attempts = prop_oneof![0..70_u32, any::<u32>(), Just(u32::MAX)];
    let drawn = (attempts, times(), times(), strategies, kinds, any::<bool>(), 0.0..=1.0);
    property(20_000, &drawn, |(attempts, base, cap, strategy, kind, jitter, random)| {
        let is_custom = matches!(strategy, Growing::Custom(_));
        let retry = Retry::new().attempts(u32::MAX).base(base).cap(cap).jitter(jitter).strategy(strategy);
        let failure = Failure::new(kind, Outcome::NotApplied, "").transient();
        let longest = retry.backoff(&failure, attempts);
        assert!(longest <= cap, "{longest:?}");
        if !is_custom {
            assert!(retry.backoff(&failure, attempts.saturating_add(1)) >= longest, "waits shrink");
            assert!(longest >= base.min(cap), "{longest:?}");
        }
        let now = Moment { attempts, passed: Duration::ZERO, left: Duration::MAX, idempotent: true };
        if let Decision::Wait(wait) = retry.decide(&now, &failure, random) {
            assert!(wait <= longest, "{wait:?} is longer than {longest:?}");
        }
    });
}

/// `PORT_WEBHOOKS_IDENTIFIERS` sets the number of cases: ten million take a minute or two with `--release`.
#[test]
fn an_identifier_is_one_segment_or_refused() {
    let cases = std::env::var("PORT_WEBHOOKS_IDENTIFIERS").map_or(10_000, |text| text.parse().unwrap());
    let pieces = vec![
        "a", ".", "..", "/", "\\", "%", "%2e", "%2F", "%5c", "%00", "?", "#", " ", "+", "&", "=", ";", ":",
        "@", "\"", "'", "<", ">", "{", "}", "|", "^", "`", "~", "[", "]", "é", "名", "😀", "．", "\t", "\n",
        "\0", "\u{7f}", "\u{85}", "\u{a0}", "\u{202e}", "\u{feff}", "metadata", "https://",
    ];
    let pieces = select(pieces);
    let identifiers = prop_oneof![
        3 => prop::collection::vec(pieces.clone(), 1..6).prop_map(|pieces| pieces.concat()),
        2 => prop::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
        // About as long as allowed.
        1 => (pieces, 1000..1030_usize).prop_map(|(piece, length)| piece.repeat(length.div_ceil(piece.len()))),
    ];
    property(cases, &identifiers, |identifier| check_identifier(&identifier));
}

/// The failure for a status and headers, with the hint that they contain.
fn refusal(status: u16, headers: HeaderMap, reads: bool) -> Failure {
    let status = StatusCode::from_u16(status).unwrap();
    let hint = expected_hint(status, &headers);
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let result = receive::<Value>(response);
    let reader = Reader { transport: transport(), reads, secrets: &Vec::new };
    let failure = reader.read(result).err().unwrap();
    assert_eq!(failure.retry_after, hint);
    failure
}

/// A status that is retried, the headers with it, and whether the call only reads.
fn answers() -> impl Strategy<Value = (u16, HeaderMap, bool)> {
    let statuses = prop_oneof![3 => Just(429_u16), 5 => select(vec![408_u16, 500, 502, 503, 504])];
    let names = select(vec!["retry-after", "retry-after", "x-ratelimit-reset", "date"]);
    let headers = prop_oneof![
        1 => Just(Vec::new()),
        4 => prop::collection::vec((names, values()), 1..4),
    ];
    let headers = headers.prop_map(|headers| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_str(&value).unwrap());
        }
        map
    });
    (statuses, headers, any::<bool>())
}

/// Hints of every form, most of them near the longest wait; the clock stands at 1,705,314,600.
fn values() -> impl Strategy<Value = Arc<str>> {
    let about_now = || 1_705_314_590..1_705_314_670_u64;
    let date = |at| httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(at));
    prop_oneof![
        6 => (0..70_u64).prop_map(|seconds| seconds.to_string().into()),
        4 => about_now().prop_map(move |at| date(at).into()),
        2 => about_now().prop_map(|at| at.to_string().into()),
        2 => (about_now(), 0..1000_u64).prop_map(|(at, part)| (at * 1000 + part).to_string().into()),
        1 => any::<u64>().prop_map(|number| number.to_string().into()),
        1 => (0..253_402_300_800_u64).prop_map(move |at| date(at).into()),
        1 => select(vec!["", "-1", "+5", "1e9", "0x7", "7.5", "7,8", "7.", "0.001", "Mon, 15 Jan 2024 10:30:30 UTC", "soon", "100000000000000000000", "86400", "86401"])
            .prop_map(Arc::from),
    ]
}

fn policies() -> impl Strategy<Value = Policy> {
    let growth = prop_oneof![
        3 => Just(Growth::Doubling),
        1 => Just(Growth::Level),
        1 => times().prop_map(Growth::Times),
    ];
    let attempts = prop_oneof![1 => 0..3_u32, 3 => 3..9_u32];
    let deadline = prop_oneof![3 => Just(None), 1 => times().prop_map(Some)];
    (attempts, times(), times(), any::<bool>(), deadline, growth).prop_map(
        |(attempts, base, cap, jitter, deadline, growth)| Policy {
            attempts,
            base,
            cap,
            jitter,
            deadline,
            growth,
        },
    )
}

fn moments() -> impl Strategy<Value = Moment> {
    let attempts = prop_oneof![6 => 1..5_u32, 1 => any::<u32>().prop_map(|attempts| attempts.max(1))];
    let passed = prop_oneof![3 => (0..9_000_u64).prop_map(Duration::from_millis), 1 => times()];
    let left = prop_oneof![3 => (9_000..99_000_u64).prop_map(Duration::from_millis), 1 => times()];
    let idempotent = prop::bool::weighted(0.8);
    (attempts, passed, left, idempotent).prop_map(|(attempts, passed, left, idempotent)| Moment {
        attempts,
        passed,
        left,
        idempotent,
    })
}

/// Mostly realistic times; also zero, and the longest there is.
fn times() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => (0..70_000_u64).prop_map(Duration::from_millis),
        2 => (0..70_000_000_000_u64).prop_map(Duration::from_nanos),
        1 => any::<u64>().prop_map(Duration::from_nanos),
        1 => select(vec![Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(u64::MAX), Duration::MAX]),
    ]
}
