//! Property tests whose body is asynchronous.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};

/// At least this many cases, and more if `PORT_WEBHOOKS_CASES` says so. What fails is kept beside the tests.
pub fn property_config(cases: u32) -> Config {
    let least = std::env::var("PORT_WEBHOOKS_CASES").map_or(0, |text| text.parse().unwrap());
    let cases = cases.max(least);
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions.txt");
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(place)) as _);
    Config { cases, failure_persistence, ..Config::default() }
}

/// Runs a property on one runtime. What fails is shrunk, and kept beside the tests.
pub fn property<S: Strategy>(
    cases: u32,
    strategy: &S,
    mut test: impl AsyncFnMut(S::Value) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let test = std::cell::RefCell::new(&mut test);
    let result = TestRunner::new(property_config(cases))
        .run(strategy, |value| runtime.block_on((test.borrow_mut())(value)));
    if let Err(error) = result {
        panic!("{error}");
    }
}
