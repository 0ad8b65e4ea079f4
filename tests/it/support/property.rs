//! Property tests whose body is asynchronous.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};

/// Runs a property on one runtime. What fails is shrunk, and kept beside the tests.
pub fn property<S: Strategy>(
    cases: u32,
    strategy: &S,
    mut test: impl AsyncFnMut(S::Value) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut config = Config::with_cases(cases);
    config.failure_persistence = Some(Box::new(FileFailurePersistence::Direct(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/proptest-regressions.txt"
    ))));
    let test = std::cell::RefCell::new(&mut test);
    let result = TestRunner::new(config).run(strategy, |value| runtime.block_on((test.borrow_mut())(value)));
    if let Err(error) = result {
        panic!("{error}");
    }
}
