//! The messages of failures, and the exit status of each kind.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use fake_port::{Ending, Fault, Hint, Route, Script, ScriptedServer};

use crate::support::{Ran, World, command, exit_statuses};

/// Everything but the request for a token.
const CALLS: [Route; 6] =
    [Route::List, Route::Get, Route::Create, Route::Update, Route::Replace, Route::Delete];

/// The kinds, one by one: what goes wrong, and the status.
#[test]
fn each_kind_has_its_status() {
    let created = ["create", "new", "--url", "https://a.example", "--event", "run.created"];
    let (mut errors, mut tried) = (String::new(), BTreeSet::new());
    let cases: [(&str, Option<Fault>, &[&str], i32); 14] = [
        ("forbidden", Some(Fault::status(403)), &["list"], 4),
        ("not found", None, &["get", "nope"], 5),
        ("conflict", None, &["create", "audit", "--url", "https://a.example", "--event", "run.created"], 6),
        ("refused", None, &["create", "b", "--url", "https://a.example", "--event", "run.made"], 7),
        ("too large", Some(Fault::status(413)), &created, 7),
        ("too many", Some(Fault::rate_limited(Hint::Seconds(3600))), &["list"], 8),
        ("failing", Some(Fault::status(500)), &["list"], 9),
        ("a create in doubt", Some(Fault::status(503)), &created, 9),
        ("a proxy's page", Some(Fault::status(200).text("text/html", "<h1>Hello</h1>")), &["list"], 9),
        ("redirected", Some(Fault::redirect("https://elsewhere.example")), &["list"], 9),
        ("not ok", Some(Fault::not_ok("quota", "too many webhooks")), &["list"], 9),
        ("another status", Some(Fault::status(418)), &["list"], 9),
        ("broken off", Some(Fault::broken_body(5, Ending::Reset)), &["list"], 10),
        ("closed", Some(Fault::dropped()), &["list"], 10),
    ];
    for (name, fault, arguments, status) in cases {
        let world = World::seeded();
        if let Some(fault) = fault {
            world.fake.inject(fault.on(CALLS).always());
        }
        let err = world.run(arguments).failed(status);
        tried.insert(status);
        assert!(err.lines().count() <= 2, "{name}: {err}");
        let _ = write!(errors, "{name}: {status}\n{err}\n");
    }
    insta::assert_snapshot!(errors);
    // Those that do not come from Port, and wrong credentials, have tests of their own.
    let others = [0, 1, 2, 3, 11, 130];
    let of_port = exit_statuses().into_iter().map(|(status, _)| status);
    assert_eq!(tried, of_port.filter(|status| !others.contains(status)).collect());
}

#[test]
fn credentials_that_port_does_not_take() {
    let world = World::new();
    let mut command = world.command(&["list"]);
    command.env("PORT_CLIENT_SECRET", "hidden-wrong-secret");
    let errors = Ran::of(command, "").failed(3);
    assert!(!errors.contains("hidden"), "{errors}");
    insta::assert_snapshot!(errors);
}

/// A command that seems to hang says what it waits for.
#[test]
fn rate_limit_waits_are_announced() {
    let world = World::seeded();
    world.fake.inject(Fault::rate_limited(Hint::Seconds(1)).on([Route::List]));
    let ran = world.run(&["list"]);
    let announced = ran.err.strip_prefix("waiting ").unwrap();
    assert!(
        announced.ends_with(" s before the next attempt: Port limits the rate of requests\n"),
        "{}",
        ran.err
    );
    ran.done();
}

#[test]
fn a_port_that_is_not_there() {
    let world = World::new();
    let silent = world.block_on(ScriptedServer::start([Script::new()])).unwrap();
    let gone = silent.uri();
    drop(silent);
    let mut command = world.command(&["list", "-v"]);
    command.env("PORT_BASE_URL", &gone);
    let errors = Ran::of(command, "").failed(10);
    insta::assert_snapshot!(errors.replace(&gone, "http://127.0.0.1:PORT"));
}

#[test]
fn an_answer_that_does_not_come() {
    let world = World::new();
    world.fake.inject(Fault::hanging().always());
    let errors = world.run(&["list", "--deadline", "1"]).failed(10);
    insta::assert_snapshot!(errors);
}

#[test]
fn causes_are_told_when_asked_for_and_no_secret_is() {
    let world = World::seeded();
    world.fake.inject(Fault::dropped().always());
    let ran = world.run(&[
        "update",
        "audit",
        "-v",
        "--log",
        "trace",
        "--secret",
        "hidden-new",
        "--header",
        "X=hidden-x",
    ]);
    let errors = ran.failed(10);
    assert!(errors.contains("\n  caused by: "), "{errors}");
    assert!(errors.contains("attempt finished"), "the log tells of attempts: {errors}");
    for secret in ["hidden", world.fake.client_secret(), "Bearer"] {
        assert!(!errors.contains(secret), "{errors}");
    }
    let quiet = world.run(&["update", "audit", "--title", "a"]).failed(10);
    assert!(!quiet.contains("caused by"), "{quiet}");
}

/// A server that repeats the request.
#[test]
fn a_secret_that_port_repeats_is_not_shown() {
    let world = World::seeded();
    let fault = Fault::status(422)
        .json(serde_json::json!({ "ok": false, "error": "invalid", "message": "hidden-new is too weak" }));
    world.fake.inject(fault.on(CALLS).always());
    let errors = world.run(&["update", "audit", "--secret", "hidden-new", "-v"]).failed(7);
    assert!(!errors.contains("hidden") && errors.contains("[withheld: it repeats a secret]"), "{errors}");
}

#[test]
fn words_that_are_not_known_are_told_in_two_lines() {
    let world = World::new();
    let mut errors = String::new();
    for arguments in [
        &["lst"][..],
        &["create", "--tilte", "a"],
        &["list", "-o", "xml"],
        &["apply"],
        &["apply", "hooks.yaml"],
        &["apply", "-f", "a.yaml", "b.yaml"],
        &["get", "a", "--deadline", "0"],
        &["update", "a", "--clear", "everything"],
        &["verify", "--secret", "a"],
        &["trigger", "--to", "http://localhost"],
        &["listen", "--register"],
        &["fake", "--port", "x"],
    ] {
        let err = world.run(arguments).failed(2);
        assert!(err.lines().count() <= 2, "{err}");
        let _ = write!(errors, "{arguments:?}\n{err}\n");
    }
    insta::assert_snapshot!(errors);
}

#[cfg(unix)]
#[test]
fn what_is_no_text_is_told() {
    use std::os::unix::ffi::OsStrExt as _;

    let world = World::new();
    let mut command = world.command(&["get"]);
    command.arg(std::ffi::OsStr::from_bytes(b"\xff"));
    let err = Ran::of(command, "").failed(2);
    assert!(err.contains("invalid UTF-8"), "{err}");
}

/// `command | head` is quiet, and what was begun is done.
#[cfg(unix)]
#[test]
fn a_reader_who_goes_away_is_no_error() {
    let world = World::seeded();
    let mut yaml = String::from("webhooks:\n");
    for number in 0..20 {
        let _ =
            writeln!(yaml, "- {{ identifier: n{number}, url: 'https://a.example', events: [run.created] }}");
    }
    world.file("hooks.yaml", &yaml);
    for arguments in ["list", "--help", "events -o json", "completions bash", "export", "apply -f hooks.yaml"]
    {
        let mut shell = Command::new("sh");
        let script = format!("'{}' {arguments} | :", env!("CARGO_BIN_EXE_port-webhooks"));
        let known = world.command(&[]);
        for (name, value) in known.get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        shell.args(["-c", &script]).current_dir(world.directory.path()).stdin(Stdio::null());
        let output = shell.output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("error") && !err.contains("panicked"), "{arguments}: {err}");
    }
    assert_eq!(world.fake.webhooks().len(), 22, "what was declared is there");
}

#[test]
fn no_backtrace_is_shown_to_users() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.env("RUST_BACKTRACE", "full").args(["list"]);
    let err = Ran::of(command, "").failed(2);
    insta::assert_snapshot!(err);
}

/// Each of these errors comes from a library, where its remedy is a method. [`Ran::of`] checks that none is named.
#[test]
fn errors_of_libraries_name_no_rust() {
    let world = World::seeded();
    world.file("runs.json", r#"{ "runs": [{ "id": "r_1" }] }"#);
    let send = ["send", "--url", "http://127.0.0.1:9/key", "--body", "-", "--header"];
    let with = |header| [&send[..], &[header]].concat();
    let cases: [(&[&str], &str); 6] = [
        (&["list", "--base-url", "http://port.example"], "PORT_ALLOW_PLAIN_HTTP=true allows it elsewhere"),
        (
            &["send", "--url", "http://port.example/key", "--body", "-"],
            "PORT_ALLOW_PLAIN_HTTP=true allows it",
        ),
        (&with("Authorization: hidden"), "header `authorization`: it is for the access token"),
        (&with("Host: hidden"), "header `host`: it follows from the URL"),
        (&with("Proxy-Authorization: hidden"), "credentials for a proxy belong in the proxy's URL"),
        (&["fake", "--seed", "runs.json"], "runs exist only in the profile `live`"),
    ];
    for (arguments, remedy) in cases {
        let err = Ran::of(world.command(arguments), "{}").failed(2);
        assert!(err.contains(remedy) && !err.contains("hidden"), "{err}");
    }
}
