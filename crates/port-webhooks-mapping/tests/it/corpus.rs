//! The corpus of the fuzz target of events, through the function that it calls.

use std::path::Path;

#[path = "../../../../fuzz/checks/mapping.rs"]
mod mapping;

#[test]
fn corpus_of_mapping_event_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/mapping_event");
    let inputs: Vec<_> = corpus.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(inputs.len() > 10, "{}", corpus.display());
    for path in inputs {
        let input = std::fs::read(&path).unwrap();
        let result = std::panic::catch_unwind(|| mapping::event(&input));
        assert!(result.is_ok(), "{} fails", path.display());
    }
}
