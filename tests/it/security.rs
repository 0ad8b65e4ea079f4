//! The tests that `SECURITY.md` and `docs/stability.md` name exist; and tests for lines of theirs that have none elsewhere.

use std::fs;
use std::path::Path;

use port_webhooks::{ErrorKind, Outcome};
use wiremock::ResponseTemplate;

use crate::support::{always, client_at, markdown};

/// Holds each row of the tables with these columns to a test that is in the file to which it links.
fn hold(page: &str, columns: [&str; 3], at_least: usize) {
    let directory = Path::new(page).parent().unwrap();
    let rows = markdown::rows(&markdown::read(page), columns);
    for row in &rows {
        let [what, .., held] = row.as_slice() else { panic!("a row has {} cells", row.len()) };
        assert!(!held.links.is_empty(), "nothing holds: {}", what.text);
        for (path, name) in &held.links {
            let file = markdown::read(directory.join(path));
            if Path::new(path).extension().is_some_and(|extension| extension == "rs") {
                let (before, _) =
                    file.split_once(&format!("fn {name}(")).unwrap_or_else(|| panic!("{path} has no {name}"));
                let attributes = before.rsplit("\n}").next().unwrap();
                let is_test = attributes.contains("test");
                // A row of the matrix is made a test for each method by the macro of its table.
                assert!(is_test || path.contains("it/matrix/"), "{name} of {path} is not run");
            }
        }
    }
    assert!(rows.len() >= at_least, "{} rows: were they read?", rows.len());
}

#[test]
fn every_line_is_held_by_a_test_that_is_there() {
    hold("SECURITY.md", ["threat", "what is done", "held by"], 30);
    hold("docs/stability.md", ["what", "where it is written", "held by"], 15);
}

#[tokio::test]
async fn an_answer_of_brackets_alone_overflows_nothing() {
    for deep in [
        "[".repeat(1_000_000),
        r#"{"webhook":"#.repeat(100_000),
        format!(r#"{{"x":{}"#, "[".repeat(1_000_000)),
    ] {
        for status in [200, 404, 503] {
            let answer = ResponseTemplate::new(status).set_body_raw(deep.clone(), "application/json");
            let server = always(answer).await;
            let hooks = client_at(&server.uri()).build().unwrap().webhooks();
            let expected = match status {
                200 => ErrorKind::Decode,
                404 => ErrorKind::NotFound,
                _ => ErrorKind::Server,
            };
            let error = hooks.get("a").await.unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (expected, Outcome::NotApplied));
            assert!(error.to_string().len() < 1000, "it is not repeated: {} bytes", error.to_string().len());
        }
    }
}

#[test]
fn no_crate_may_use_unsafe() {
    let workspace = markdown::read("Cargo.toml");
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"));
    let mut crates = vec!["tests".into(), "verify".into(), "xtask".into()];
    for entry in fs::read_dir(markdown::root().join("crates")).unwrap() {
        crates.push(Path::new("crates").join(entry.unwrap().file_name()));
    }
    assert!(crates.len() >= 8, "{crates:?}");
    for directory in crates {
        let manifest = markdown::read(directory.join("Cargo.toml"));
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{}", directory.display());
        assert!(!manifest.contains("\n[lints.rust]"), "{}", directory.display());
    }
}
