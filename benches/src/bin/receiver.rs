//! What it costs to verify and to parse a delivery, against the least that it could cost, in one run.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin receiver`

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};
use port_webhooks_benches::{Aim, Report, Row, Table, compare, subject};
use port_webhooks_receiver::{Delivery, Signer, Verifier, WallClock};
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

#[allow(clippy::disallowed_methods)] // the others read it too
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// A clock that is not read.
#[derive(Debug)]
struct Given(Duration);

impl WallClock for Given {
    fn now(&self) -> Duration {
        black_box(self.0)
    }
}

fn verify(size: usize, aims: [f64; 2]) -> Result<Table, Box<dyn std::error::Error>> {
    let body = "a delivery of text".repeat(size / 18 + 1).into_bytes()[..size].to_vec();
    let by_body = with_usual(Signer::body(SECRET).build()?.sign(&body));
    let of_body = Verifier::body(SECRET).build()?;
    let by_time = with_usual(Signer::timestamped(SECRET).build()?.sign(&body));
    let timestamped = Verifier::timestamped(SECRET).build()?;
    // To read the clock of the system is a good part of what a small delivery takes.
    let given = Verifier::timestamped(SECRET).clock(Given(Duration::from_secs(now().unsigned_abs()))).build()?;

    let svix = svix::webhooks::Webhook::from_bytes(SECRET.as_bytes().to_vec())?;
    let mut by_svix = with_usual(HeaderMap::new());
    let at = now();
    by_svix.insert("svix-id", HeaderValue::from_static("msg_1"));
    by_svix.insert("svix-timestamp", at.into());
    by_svix.insert("svix-signature", svix.sign("msg_1", at, &body)?.parse()?);
    let standard = standardwebhooks::Webhook::from_bytes(SECRET.as_bytes().to_vec())?;
    let mut by_standard = with_usual(HeaderMap::new());
    by_standard.insert("webhook-id", HeaderValue::from_static("msg_1"));
    by_standard.insert("webhook-timestamp", at.into());
    by_standard.insert("webhook-signature", standard.sign("msg_1", at, &body)?.parse()?);

    let mut table = compare(
        format!("verify {size} bytes"),
        &[
            subject("SHA-256 of the body", None, || {
                black_box(Sha256::digest(black_box(&body)));
            }),
            subject("body scheme", aims[0], || {
                assert!(of_body.verify(black_box(&by_body), black_box(&body)).is_ok());
            }),
            subject("timestamped scheme", aims[1], || {
                assert!(timestamped.verify(black_box(&by_time), black_box(&body)).is_ok());
            }),
            subject("the same, with a clock that is given", None, || {
                assert!(given.verify(black_box(&by_time), black_box(&body)).is_ok());
            }),
            subject("svix", None, || assert!(svix.verify(black_box(&body), black_box(&by_svix)).is_ok())),
            subject("standardwebhooks", None, || {
                assert!(standard.verify(black_box(&body), black_box(&by_standard)).is_ok());
            }),
        ],
    );
    let figure = |name: &str| table.rows.iter().find(|row| row.name == name).map_or(0.0, |row| row.value);
    let (svix, ours) = (figure("svix"), figure("timestamped scheme"));
    table.rows.push(
        Row::new("svix, compared with the timestamped scheme", svix, "ns")
            .ratio(svix / ours)
            .aim(Aim::RatioAtLeast(4.0)),
    );
    Ok(table)
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

fn parse() -> Table {
    compare(
        format!("parse the documented payload, {} bytes", PAYLOAD.len()),
        &[
            subject("serde_json::from_slice::<Value>", None, || {
                assert!(serde_json::from_slice::<serde_json::Value>(black_box(PAYLOAD)).is_ok());
            }),
            subject("Delivery::event_name", 2.0, || {
                assert!(Delivery::new(black_box(PAYLOAD)).event_name().is_some());
            }),
            subject("Delivery::event", None, || {
                assert!(Delivery::new(black_box(PAYLOAD)).documented().event.is_some());
            }),
        ],
    )
}

/// The bytes that verifying allocates. A few, or the body would have been copied.
fn allocations() -> Result<Table, Box<dyn std::error::Error>> {
    let mut table = Table::new("allocated by verifying 1,048,576 bytes", "");
    let body = vec![b'x'; 1024 * 1024];
    for (name, signer, verifier) in [
        ("body scheme", Signer::body(SECRET).build()?, Verifier::body(SECRET).build()?),
        ("timestamped scheme", Signer::timestamped(SECRET).build()?, Verifier::timestamped(SECRET).build()?),
    ] {
        let headers = with_usual(signer.sign(&body));
        let counted = allocation_counter::measure(|| assert!(verifier.verify(&headers, &body).is_ok()));
        table.rows.push(Row::new(name, counted.bytes_total as f64, "bytes").aim(Aim::AtMost(1000.0)));
    }
    Ok(table)
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut report = Report::new("receiver");
    for (size, aims) in
        [(300, [2.0, 2.5]), (4096, [1.1, 1.1]), (65_536, [1.03, 1.03]), (1_048_576, [1.03, 1.03])]
    {
        report.add(verify(size, aims)?);
    }
    report.add(parse());
    report.add(allocations()?);
    Ok(report.finish())
}
