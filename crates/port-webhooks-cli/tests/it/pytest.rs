//! The test for pytest in the guide to the fake, run by pytest.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn mapping_is_tested_by_pytest_as_the_guide_shows() {
    // CI names one in an environment of its own.
    let pytest = std::env::var_os("PORT_WEBHOOKS_PYTEST").unwrap_or_else(|| "pytest".into());
    let named = std::env::var_os("PORT_WEBHOOKS_PYTEST").is_some();
    match Command::new(&pytest).arg("--version").output() {
        Ok(output) if output.status.success() => {}
        found => {
            assert!(!named, "{} does not run: {found:?}", pytest.display());
            return println!("not run: there is no pytest");
        }
    }
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fake-port/guides/testing-with-the-fake.md");
    let guide = fs::read_to_string(guide).unwrap();
    let (_, test) = guide.split_once("```python\nimport json, subprocess").unwrap();
    let (test, _) = test.split_once("```").unwrap();

    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("test_guide.py"), format!("import json, subprocess{test}")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_port-webhooks")).parent().unwrap();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = [program.to_owned()].into_iter().chain(std::env::split_paths(&paths));
    let output = Command::new(pytest)
        .args(["-q", "-p", "no:cacheprovider"])
        .current_dir(directory.path())
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("no_proxy", "*")
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && out.contains("1 passed"), "{out}");
}
