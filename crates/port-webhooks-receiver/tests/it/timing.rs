//! Whether the time that a wrong signature takes tells where it is wrong. Statistical, and slow: by a flag.
//!
//! `cargo test --release -p port-webhooks-receiver --test it -- --ignored --nocapture timing`

use std::hint::black_box;
use std::time::Instant;

use port_webhooks_receiver::{Signer, Verifier};

use crate::support::{from_base64, to_base64, to_hex};

const SAMPLES: usize = 1_000_000;
/// Beyond this the two would be told apart; what is usual for such tests is 4.5, and a shared machine is not quiet.
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

/// Measures the two in turns whose order is drawn, and leaves out what an interruption has spoiled.
#[allow(clippy::disallowed_methods, clippy::cast_precision_loss)] // time is what is measured
fn compare(mut first: impl FnMut(), mut last: impl FnMut()) -> f64 {
    let mut measure = |of_first: bool| {
        let start = Instant::now();
        if of_first {
            first();
        } else {
            last();
        }
        start.elapsed().as_nanos() as f64
    };
    let mut warm: Vec<f64> = (0..20_000).map(|at| measure(at % 2 == 0)).collect();
    warm.sort_by(f64::total_cmp);
    let most = 2.0 * warm[warm.len() / 2];
    let mut moments = [Moments::default(), Moments::default()];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..SAMPLES {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let of_first = random.is_multiple_of(2);
        let time = measure(of_first);
        if time < most {
            moments[usize::from(of_first)].add(time);
        }
    }
    moments[1].t(&moments[0])
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
    let mac = crate::support::from_hex(headers["x-port-signature"].to_str().unwrap());
    let [first, last] =
        [0, 31].map(|at| [("x-port-signature", format!("sha256={}", to_hex(&wrong(&mac, at))))]);
    let verify = |headers| drop(black_box(verifier.verify(black_box(headers), black_box(&body))));
    let of_body = compare(|| verify(&first), || verify(&last));

    let verifier = Verifier::timestamped("s3cret").build().unwrap();
    let headers = Signer::timestamped("s3cret").build().unwrap().sign(&body);
    let mac = from_base64(headers["x-port-signature"].to_str().unwrap().strip_prefix("v1,").unwrap());
    let time = headers["x-port-timestamp"].to_str().unwrap();
    let [first, last] = [0, 31].map(|at| {
        [
            ("x-port-timestamp", time.to_owned()),
            ("x-port-signature", format!("v1,{}", to_base64(&wrong(&mac, at)))),
        ]
    });
    let verify = |headers| drop(black_box(verifier.verify(black_box(headers), black_box(&body))));
    let timestamped = compare(|| verify(&first), || verify(&last));

    // What the test is worth: a comparison that stops at the first difference is told apart.
    let (secret, first, last) = (vec![7_u8; 4096], vec![8_u8; 4096], [vec![7_u8; 4095], vec![8]].concat());
    let naive =
        |shown: &[u8]| black_box(black_box(&secret).iter().zip(black_box(shown)).all(|(a, b)| a == b));
    let of_naive = compare(|| assert!(!naive(&first)), || assert!(!naive(&last)));

    println!(
        "t of {SAMPLES} samples: body {of_body:.2}, timestamped {timestamped:.2}, a naive comparison {of_naive:.2}"
    );
    assert!(of_body.abs() < MOST && timestamped.abs() < MOST);
    assert!(of_naive.abs() > MOST);
}
