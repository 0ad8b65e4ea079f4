//! Whether the time that a wrong signature takes tells where it is wrong. Statistical, and slow: by a flag.
//!
//! `cargo test --release -p port-webhooks-receiver --test it -- --ignored --nocapture timing`

use std::hint::black_box;
use std::time::Instant;

use port_webhooks_receiver::{Signer, Verifier};

use crate::support::{from_base64, from_hex, to_base64, to_hex};

const SAMPLES: usize = 1_000_000;
/// Beyond this the two would be told apart; what is usual for such tests is 4.5, and a shared machine is not
/// quiet.
const MOST: f64 = 10.0;

/// Mean and variance, one value after another.
#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let off = value - self.mean;
        self.mean += off / self.count;
        self.squares += off * (value - self.mean);
    }

    /// Welch's t.
    fn t(&self, other: &Self) -> f64 {
        let error = |moments: &Self| moments.squares / (moments.count - 1.0) / moments.count;
        (self.mean - other.mean) / (error(self) + error(other)).sqrt()
    }
}

/// Measures the two in turns whose order is drawn, and leaves out what an interruption has spoiled. Both are
/// shown from the same place in memory: the address of a value changes the time.
#[allow(clippy::disallowed_methods, clippy::cast_precision_loss)] // time is what is measured
fn compare(values: [&[u8]; 2], show: impl Fn(&[u8])) -> f64 {
    let mut shown = values[0].to_vec();
    let mut measure = |which: usize| {
        // Both are read, and one is taken without a branch.
        let mask = black_box(u8::from(which == 0)).wrapping_neg();
        for (at, byte) in shown.iter_mut().enumerate() {
            *byte = black_box(values[0][at] & mask | values[1][at] & !mask);
        }
        let start = Instant::now();
        show(black_box(&shown));
        start.elapsed().as_nanos() as f64
    };
    let mut warm: Vec<f64> = (0..20_000).map(|at| measure(at % 2)).collect();
    warm.sort_by(f64::total_cmp);
    let most = 2.0 * warm[warm.len() / 2];
    let mut moments = [Moments::default(), Moments::default()];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..SAMPLES {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let which = usize::from(random & 64 == 0);
        let time = measure(which);
        if time < most {
            moments[which].add(time);
        }
    }
    moments[0].t(&moments[1])
}

#[test]
#[ignore = "takes half a minute, and a quiet machine"]
fn timing_does_not_tell_where_a_signature_is_wrong() {
    let body = vec![b'x'; 300];
    let wrong = |mac: &[u8], at: usize| {
        let mut mac = mac.to_vec();
        mac[at] ^= 1;
        mac
    };

    let verifier = Verifier::body("s3cret").build().unwrap();
    let headers = Signer::body("s3cret").prefix("").build().unwrap().sign(&body);
    let mac = from_hex(headers["x-port-signature"].to_str().unwrap());
    let [first, last] = [0, 31].map(|at| format!("sha256={}", to_hex(&wrong(&mac, at))));
    let of_body = compare([first.as_bytes(), last.as_bytes()], |value| {
        assert!(verifier.verify_pairs(&[("x-port-signature", value)], black_box(&body)).is_err());
    });

    let verifier = Verifier::timestamped("s3cret").build().unwrap();
    let headers = Signer::timestamped("s3cret").build().unwrap().sign(&body);
    let mac = from_base64(headers["x-port-signature"].to_str().unwrap().strip_prefix("v1,").unwrap());
    let time = headers["x-port-timestamp"].as_bytes();
    let [first, last] = [0, 31].map(|at| format!("v1,{}", to_base64(&wrong(&mac, at))));
    let timestamped = compare([first.as_bytes(), last.as_bytes()], |value| {
        let headers = [("x-port-timestamp", time), ("x-port-signature", value)];
        assert!(verifier.verify_pairs(&headers, black_box(&body)).is_err());
    });

    // The test works: it detects a comparison that stops at the first difference.
    let (first, last) = ([&[8][..], &mac[1..]].concat(), [&mac[..31], &[!mac[31]]].concat());
    let of_naive = compare([&first, &last], |shown| {
        assert!(!black_box(&mac).iter().zip(shown).all(|(one, other)| black_box(one == other)));
    });

    println!(
        "t of {SAMPLES} samples: body {of_body:.2}, timestamped {timestamped:.2}, a naive comparison {of_naive:.2}"
    );
    assert!(of_body.abs() < MOST && timestamped.abs() < MOST);
    assert!(of_naive.abs() > MOST);
}
