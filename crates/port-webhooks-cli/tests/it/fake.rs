//! `fake`: a fake Port as a process. What each flag does is tested with the fake itself.
#![cfg(unix)]

use serde_json::Value;

use crate::support::{Ran, Running, command};

fn start(directory: &std::path::Path, arguments: &[&str]) -> (Running, [String; 3]) {
    let mut command = command(directory);
    command.arg("fake").args(arguments);
    let mut running = Running::start(command);
    let lines = [(); 3].map(|()| running.line());
    (running, lines)
}

#[test]
fn three_lines_are_all_that_a_client_needs() {
    let directory = tempfile::tempdir().unwrap();
    let seed = r#"[{"identifier":"github","title":"GitHub","enabled":true}]"#;
    std::fs::write(directory.path().join("seed.json"), seed).unwrap();
    let flags = [
        "--profile",
        "live",
        "--client-id",
        "me",
        "--client-secret",
        "mine",
        "--seed",
        "seed.json",
        "--rate-limit",
        "100/60",
        "--rate-limit-reset",
        "wait",
        "--record",
        "10",
        "--scheme",
        "timestamped",
        "--deliver-changes",
        "--deliver-anywhere",
        "--no-admin",
    ];
    for end in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let (running, [uri, id, secret]) = start(directory.path(), &flags);
        assert_eq!((id.as_str(), secret.as_str()), ("me", "mine"));
        let mut list = command(directory.path());
        list.env("PORT_BASE_URL", uri).env("PORT_CLIENT_ID", id).env("PORT_CLIENT_SECRET", secret);
        list.args(["list", "-o", "json"]);
        let list: Value = serde_json::from_str(&Ran::of(list, "").done()).unwrap();
        assert_eq!(list[0]["identifier"], "github");
        running.signal(end);
        let ran = running.end();
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""));
    }
}

#[test]
fn what_is_wrong_is_one_line() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("bad.json"), "{").unwrap();
    let (_running, [uri, ..]) = start(directory.path(), &[]);
    let port = uri.rsplit(':').next().unwrap();
    for (arguments, status, what) in [
        (&["--seed", "bad.json"][..], 2, "error: bad.json: not a file of webhooks: "),
        (&["--faults", "missing.json"], 2, "error: cannot read missing.json: "),
        (&["--port", port], 1, "error: cannot listen on 127.0.0.1:"),
        (&["--rate-limit", "x"], 2, "error: invalid value 'x' for '--rate-limit <REQUESTS/SECONDS>': "),
    ] {
        let mut command = command(directory.path());
        command.arg("fake").args(arguments);
        let err = Ran::of(command, "").failed(status);
        assert!(err.starts_with(what), "{err}");
    }
}
