//! What it costs to verify and to parse a delivery, against the least that it could cost.

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderValue};
use port_webhooks_receiver::{Delivery, Signer, Verifier};
use sha2::{Digest, Sha256};

const SECRET: &str = "port_client_secret_3f9a";

/// Headers as they come with a delivery, with these among them.
fn with_usual(own: HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "receiver.example.com"),
        ("user-agent", "port/1.0"),
        ("content-type", "application/json"),
        ("content-length", "300"),
        ("accept", "application/json, text/plain, */*"),
        ("accept-encoding", "gzip, compress, deflate, br"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-request-id", "0123456789abcdef0123456789abcdef"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.extend(own);
    headers
}

fn verify(criterion: &mut Criterion) {
    for size in [300, 4096, 65_536, 1_048_576] {
        let body = "a delivery of text".repeat(size / 18 + 1).into_bytes()[..size].to_vec();
        let mut group = criterion.benchmark_group(format!("verify {size} bytes"));
        group.bench_function("SHA-256 of the body", |bencher| {
            bencher.iter(|| Sha256::digest(black_box(&body)));
        });
        let (signer, verifier) = (Signer::body(SECRET).build(), Verifier::body(SECRET).build());
        let (headers, verifier) = (with_usual(signer.unwrap().sign(&body)), verifier.unwrap());
        group.bench_function("body scheme", |bencher| {
            bencher.iter(|| assert!(verifier.verify(black_box(&headers), black_box(&body)).is_ok()));
        });
        let (signer, verifier) = (Signer::timestamped(SECRET).build(), Verifier::timestamped(SECRET).build());
        let (signer, verifier) = (signer.unwrap(), verifier.unwrap());
        group.bench_function("timestamped scheme", |bencher| {
            let headers = with_usual(signer.sign(&body));
            bencher.iter(|| assert!(verifier.verify(black_box(&headers), black_box(&body)).is_ok()));
        });
        let standard = standardwebhooks::Webhook::from_bytes(SECRET.as_bytes().to_vec()).unwrap();
        group.bench_function("standardwebhooks", |bencher| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
            let mut headers = with_usual(HeaderMap::new());
            headers.insert("webhook-id", HeaderValue::from_static("msg_1"));
            headers.insert("webhook-timestamp", now.into());
            let signature = standard.sign("msg_1", now, &body).unwrap();
            headers.insert("webhook-signature", signature.parse().unwrap());
            bencher.iter(|| assert!(standard.verify(black_box(&body), black_box(&headers)).is_ok()));
        });
        group.finish();
    }
}

/// The payload of Port's documentation.
const PAYLOAD: &[u8] = br#"{
    "event": "entity.created",
    "timestamp": "2024-01-15T10:30:00Z",
    "data": {
        "entity": {
            "identifier": "payment-service",
            "title": "Payment Service",
            "blueprint": "service",
            "properties": {
                "language": "Python"
            }
        }
    },
    "organization": "your-org-id",
    "source": "port"
}"#;

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse the documented payload");
    group.bench_function("serde_json Value", |bencher| {
        bencher.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(PAYLOAD)).unwrap());
    });
    group.bench_function("event name", |bencher| {
        bencher.iter(|| assert!(Delivery::new(black_box(PAYLOAD)).event_name().is_some()));
    });
    group.bench_function("documented event", |bencher| {
        bencher.iter(|| assert!(Delivery::new(black_box(PAYLOAD)).documented().event.is_some()));
    });
    group.finish();
}

criterion_group!(benches, verify, parse);
criterion_main!(benches);
