//! What `--help` says.

use crate::support::{Ran, command, commands, exit_statuses};

fn run(arguments: &[&str]) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    // Secrets that help must not show as defaults.
    command.env("PORT_CLIENT_ID", "hidden-id").env("PORT_CLIENT_SECRET", "hidden").args(arguments);
    Ran::of(command, "")
}

#[test]
fn help_of_the_whole() {
    let help = run(&["--help"]).done();
    insta::assert_snapshot!(help);
}

#[test]
fn help_of_each_command() {
    for name in commands() {
        let help = run(&[&name, "--help"]).done();
        assert!(help.contains("Examples:\n  port-webhooks "), "{name} has examples");
        assert!(!help.contains("hidden"), "{name}: {help}");
        insta::assert_snapshot!(format!("help_of_{name}"), help);
    }
    insta::assert_snapshot!("help_of_map_test", run(&["map", "test", "--help"]).done());
    for name in ["get", "logs", "log", "update", "succeed", "fail", "approve", "decline", "exec"] {
        let help = run(&["run", name, "--help"]).done();
        assert!(help.contains("Examples:\n  port-webhooks run ") || name == "log", "{help}");
        assert!(!help.contains("hidden"), "{help}");
        if ["log", "exec"].contains(&name) {
            insta::assert_snapshot!(format!("help_of_run_{name}"), help);
        }
    }
}

#[test]
fn without_a_command_help_is_shown_and_it_is_a_mistake() {
    let ran = run(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.out.is_empty() && ran.err.contains("Usage: port-webhooks"), "{ran:#?}");
}

#[test]
fn version_is_printed() {
    assert_eq!(run(&["--version"]).done(), format!("port-webhooks {}\n", env!("CARGO_PKG_VERSION")));
}

/// The table of the README is the one of `--help`.
#[test]
fn exit_statuses_are_those_of_the_readme() {
    let readme = include_str!("../../README.md");
    let rows: Vec<_> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .filter_map(|(status, meaning)| Some((status.parse().ok()?, meaning.to_owned())))
        .collect();
    assert_eq!(rows, exit_statuses());
}
