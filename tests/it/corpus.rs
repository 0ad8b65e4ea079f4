//! The corpus of the fuzz targets, through the functions that they call.

use std::path::Path;

use crate::support::plain_http;

#[path = "../../fuzz/checks/client.rs"]
pub mod client;
#[path = "../../fuzz/checks/receiver.rs"]
mod receiver;

/// Runs each input of a target's corpus, and tells which one fails.
fn each(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut inputs: Vec<_> = corpus.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(inputs.len() > 10, "{}", corpus.display());
    for path in inputs {
        let input = std::fs::read(&path).unwrap();
        let result = std::panic::catch_unwind(|| check(&input));
        assert!(result.is_ok(), "{} fails: {:?}", path.display(), String::from_utf8_lossy(&input));
    }
}

#[test]
fn corpus_of_rate_limit_holds() {
    each("rate_limit", |input| client::rate_limit(input, plain_http));
}

#[test]
fn corpus_of_error_body_holds() {
    each("error_body", |input| client::error_body(input, plain_http()));
}

#[test]
fn corpus_of_token_body_holds() {
    each("token_body", |input| client::token_body(input, plain_http()));
}

#[test]
fn corpus_of_identifier_holds() {
    each("identifier", |input| {
        client::Identifiers::new(plain_http()).check(&String::from_utf8_lossy(input));
    });
}

#[test]
fn the_corpus_of_delivery_headers_holds() {
    each("delivery_headers", receiver::delivery_headers);
}

#[test]
fn the_corpus_of_delivery_payloads_holds() {
    each("delivery_payload", receiver::delivery_payload);
}
