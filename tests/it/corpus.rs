//! The corpus of the fuzz targets, through the functions that they call.

use std::path::Path;

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
        assert!(result.is_ok(), "{}", path.display());
    }
}

#[test]
fn the_corpus_of_delivery_headers_holds() {
    each("delivery_headers", receiver::delivery_headers);
}

#[test]
fn the_corpus_of_delivery_payloads_holds() {
    each("delivery_payload", receiver::delivery_payload);
}
