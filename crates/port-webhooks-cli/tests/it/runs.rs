//! Runs of actions: read, and reported on by scripts.
#![cfg(unix)]

use std::fs::File;
use std::io::Write as _;
use std::process::Command;

use fake_port::{Fault, Route};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Ran, Running, World};

fn world() -> World {
    let world = World::live();
    for id in ["r_1", "wfnr_1"] {
        world.fake.seed_run(json!({ "id": id, "properties": { "password": "hunter2", "size": 3 } })).unwrap();
    }
    world
}

/// The status and the summary.
fn end(world: &World, id: &str) -> (String, Option<String>) {
    let run = world.fake.run(id).unwrap();
    (run.status().to_owned(), run.summary().map(str::to_owned))
}

fn lines(world: &World, id: &str) -> Vec<String> {
    let run = world.fake.run(id).unwrap();
    run.messages().iter().flat_map(|message| message.lines().map(str::to_owned)).collect()
}

fn exec(world: &World, script: &str) -> Ran {
    world.run(&["run", "exec", "r_1", "--", "sh", "-c", script])
}

#[test]
fn run_is_shown_without_its_inputs() {
    let world = world();
    let shown = world.run(&["run", "get", "r_1"]).done();
    assert!(shown.starts_with("r_1\n") && shown.contains("  status            IN_PROGRESS\n"), "{shown}");
    for format in ["table", "json", "yaml"] {
        let shown = world.run(&["run", "get", "r_1", "-o", format]).done();
        assert!(shown.contains("password") && !shown.contains("hunter2"), "{shown}");
    }
    let shown = world.run(&["run", "get", "r_1", "-o", "json", "--show-secrets"]).done();
    let run: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(run["properties"], json!({ "password": "hunter2", "size": 3 }));
}

#[test]
fn update_sets_fields_and_leaves_the_run_open() {
    let world = world();
    let update =
        ["run", "update", "r_1", "--label", "Building", "--link", "https://a", "--link", "https://b"];
    world.run(&[&update[..], &["--external-id", "b-1", "--summary", "half"]].concat()).done();
    let fields = world.fake.run("r_1").unwrap().fields;
    assert_eq!(fields["statusLabel"], "Building");
    assert_eq!(fields["link"], json!(["https://a", "https://b"]));
    assert_eq!((&fields["externalRunId"], &fields["summary"]), (&json!("b-1"), &json!("half")));
    assert_eq!(fields["status"], "IN_PROGRESS");
}

#[test]
fn messages_are_logged_and_listed() {
    let world = world();
    let logged = world.run(&["run", "log", "r_1", "one\ntwo"]);
    assert_eq!(logged.err, "run r_1: 1 line logged; the run is still open (Port at http://127.0.0.1:PORT)\n");
    world.run(&["run", "log", "r_1", "no quota", "--fail", "--summary", "why"]).done();
    assert_eq!(world.run(&["run", "logs", "r_1"]).done(), "one\ntwo\nno quota\n");
    let logs = world.run(&["run", "logs", "r_1", "-o", "json"]).done();
    let logs: Value = serde_json::from_str(&logs).unwrap();
    assert_eq!(logs[1]["message"], "no quota");
    assert_eq!(end(&world, "r_1"), ("FAILURE".to_owned(), Some("why".to_owned())));
}

#[test]
fn end_is_reported_as_text_and_as_json() {
    let world = world();
    let ended = world.run(&["run", "succeed", "r_1", "--summary", "done"]);
    assert_eq!(ended.err, "run r_1: ended as SUCCESS (Port at http://127.0.0.1:PORT)\n");
    assert_eq!(end(&world, "r_1"), ("SUCCESS".to_owned(), Some("done".to_owned())));
    let failed = world.run(&["run", "fail", "wfnr_1", "--summary", "no quota", "-o", "json"]).done();
    let report: Value = serde_json::from_str(&failed).unwrap();
    assert_eq!(
        (&report["run"], &report["end"], &report["status"]),
        (&json!("wfnr_1"), &json!("reported"), &json!("FAILURE"))
    );
    assert_eq!(report["lines"], json!({ "reported": 1, "unknown": 0, "lost": 0 }));
    let node = world.fake.run("wfnr_1").unwrap();
    assert_eq!((node.result(), node.messages()), (Some("FAILED"), vec!["no quota"]));
}

#[test]
fn run_that_has_ended_is_a_conflict_that_says_so() {
    let world = world();
    world.run(&["run", "succeed", "r_1"]).done();
    let calls: [&[&str]; 4] =
        [&["succeed", "r_1"], &["fail", "r_1"], &["log", "r_1", "x"], &["update", "r_1", "--label", "x"]];
    for call in calls {
        let err = world.run(&[&["run"], call].concat()).failed(6);
        assert!(err.contains("the run has ended, and Port accepts no more reports on it"), "{err}");
        assert!(err.contains("\n  `port-webhooks run get` shows how it ended\n"), "{err}");
    }
    assert_eq!(end(&world, "r_1").0, "SUCCESS");
    // The command is run all the same, and its status counts.
    let ran = exec(&world, "echo out");
    assert_eq!((ran.code, &*ran.out), (Some(0), "out\n"));
    assert!(ran.err.starts_with("warning: ") && ran.err.contains("the run has ended"), "{}", ran.err);
}

#[test]
fn run_is_approved_or_declined_once() {
    let world = world();
    for (id, decision) in [("r_2", &["approve"][..]), ("r_3", &["decline", "--reason", "not today"])] {
        world.fake.seed_run(json!({ "id": id, "status": "WAITING_FOR_APPROVAL" })).unwrap();
        let decide = [&["run"], decision, &[id]].concat();
        world.run(&decide).done();
        let err = world.run(&decide).failed(6);
        assert!(
            err.contains("does not wait for approval") && err.contains("`port-webhooks run get`"),
            "{err}"
        );
    }
    assert_eq!((end(&world, "r_2").0, end(&world, "r_3").0), ("IN_PROGRESS".into(), "DECLINED".into()));
}

#[test]
fn followed_lines_leave_the_run_open_or_end_it() {
    let world = world();
    let follow = ["run", "log", "r_1", "--follow"];
    let ran = world.run_with(&follow, "one\ntwo\nno line end");
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.err.starts_with("run r_1: 3 lines logged; the run is still open"), "{}", ran.err);
    assert_eq!(lines(&world, "r_1"), ["one", "two", "no line end"]);
    assert_eq!(end(&world, "r_1").0, "IN_PROGRESS");
    world.run_with(&[&follow[..], &["--succeed", "--summary", "all"]].concat(), "three\n").done();
    assert_eq!(end(&world, "r_1"), ("SUCCESS".to_owned(), Some("all".to_owned())));
    world.run_with(&["run", "log", "wfnr_1", "--follow", "--fail"], "four\n").done();
    assert_eq!(world.fake.run("wfnr_1").unwrap().result(), Some("FAILED"));
}

/// Lines are sent before the input ends; Ctrl-C ends the run as failed, if it was to end.
#[test]
fn interrupted_follow_sends_its_lines_and_fails_the_run() {
    for (end_with, status) in [("--succeed", "FAILURE"), ("--log=error", "IN_PROGRESS")] {
        let world = world();
        let (input, mut writer) = std::io::pipe().unwrap();
        let command = world.command(&["run", "log", "r_1", "--follow", end_with]);
        let follow = Running::start_with(command, input);
        writer.write_all(b"one\ntwo").unwrap();
        while lines(&world, "r_1").is_empty() {
            std::thread::yield_now();
        }
        follow.interrupt();
        let err = follow.end().failed(130);
        assert!(err.contains("stopped before the end of standard input"), "{err}");
        // The rest of a line has no end yet, but may have arrived.
        assert_eq!(lines(&world, "r_1")[0], "one");
        assert_eq!(end(&world, "r_1").0, status);
    }
}

#[test]
fn exec_passes_output_on_and_ends_the_run_by_the_status() {
    let world = world();
    let script = r"printf '10%%\r100%%\n\033[31mred\033[0m \377\nlast'; exit 3";
    let ran = world.command(&["run", "exec", "r_1", "--", "sh", "-c", script]).output().unwrap();
    assert_eq!(ran.status.code(), Some(3));
    assert_eq!(ran.stdout, b"10%\r100%\n\x1b[31mred\x1b[0m \xff\nlast");
    assert!(ran.stderr.starts_with(b"run r_1: ended as FAILURE, with 3 lines (Port at http://127.0.0.1:"));
    assert_eq!(lines(&world, "r_1"), ["100%", "red \u{fffd}", "last"]);
    assert_eq!(end(&world, "r_1"), ("FAILURE".to_owned(), Some("sh exited with status 3".to_owned())));

    let world = self::world();
    let ran = exec(&world, "echo out; echo err >&2; echo $PORT_RUN_ID");
    assert_eq!((ran.code, &*ran.out), (Some(0), "out\nr_1\n"));
    assert!(ran.err.starts_with("err\n"), "{}", ran.err);
    let mut logged = lines(&world, "r_1");
    logged.sort();
    assert_eq!(logged, ["err", "out", "r_1"]);
    assert_eq!(end(&world, "r_1"), ("SUCCESS".to_owned(), None));
}

#[test]
fn exec_of_what_cannot_be_started_fails_the_run() {
    for (program, code, why) in [("no-such-program", 127, "No such file"), ("/", 126, "ermission denied")] {
        let world = world();
        let ran = world.run(&["run", "exec", "r_1", "--", program, "hidden-argument"]);
        assert_eq!(ran.code, Some(code), "{ran:#?}");
        let (status, summary) = end(&world, "r_1");
        assert_eq!(status, "FAILURE");
        let summary = summary.unwrap();
        assert!(summary.contains(program) && summary.contains(why), "{summary}");
        assert!(ran.err.starts_with(&summary) && !ran.err.contains("hidden-argument"), "{}", ran.err);
    }
}

#[test]
fn signals_are_passed_on_and_the_run_says_which_one() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15), (Signal::HUP, 1)] {
        let world = world();
        let script = "echo ready; exec tail -f /dev/null";
        let mut exec = world.start(&["run", "exec", "r_1", "--", "sh", "-c", script]);
        assert_eq!(exec.line(), "ready");
        exec.signal(signal);
        let ran = exec.end();
        assert_eq!(ran.code, Some(128 + number), "{ran:#?}");
        let why = format!("sh was terminated by signal {number}");
        assert_eq!(end(&world, "r_1"), ("FAILURE".to_owned(), Some(why)));
        assert_eq!(lines(&world, "r_1"), ["ready"]);
    }
}

/// A command that ends by itself after a signal is reported by its status.
#[test]
fn exec_of_a_command_that_handles_a_signal_reports_its_status() {
    let world = world();
    let script = "trap 'echo cleaned; exit 5' TERM; echo ready; while :; do :; done";
    let mut exec = world.start(&["run", "exec", "r_1", "--", "sh", "-c", script]);
    assert_eq!(exec.line(), "ready");
    exec.signal(Signal::TERM);
    let ran = exec.end();
    assert_eq!((ran.code, &*ran.out), (Some(5), "cleaned\n"));
    assert_eq!(lines(&world, "r_1"), ["ready", "cleaned"]);
}

#[test]
fn secrets_are_masked_in_the_log_and_not_in_the_output() {
    let world = world();
    let secret = world.fake.client_secret().to_owned();
    let mut command = world.command(&["run", "exec", "r_1", "--mask", "PIN", "--", "sh", "-c"]);
    command.arg("echo $API_TOKEN $PIN $PORT_CLIENT_SECRET; echo \"$DEPLOY_KEY\"; echo $KEY $OTHER");
    command.env("API_TOKEN", "tok-123456").env("PIN", "4711").env("DEPLOY_KEY", "-- begin --\nabcdefgh\nend");
    let ran = Ran::of(
        {
            command.env("KEY", "yes").env("OTHER", "visible-value");
            command
        },
        "",
    );
    assert!(ran.out.starts_with(&format!("tok-123456 4711 {secret}\n-- begin --\nabcdefgh\n")), "{ran:#?}");
    let masked = ["******** ******** ********", "********", "********", "end", "yes visible-value"];
    assert_eq!(lines(&world, "r_1"), masked);

    // What is followed is masked as well.
    let world = self::world();
    let mut command = world.command(&["run", "log", "r_1", "-f"]);
    command.env("API_TOKEN", "tok-123456");
    Ran::of(command, "a tok-123456 b\n").done();
    assert_eq!(lines(&world, "r_1"), ["a ******** b"]);
}

/// A line without an end is logged in pieces, none of which ends within a secret or a character.
#[test]
fn long_lines_are_cut_outside_of_secrets_and_characters() {
    for (padding, unit) in [(65_530, "x"), (65_536 - 9, "x"), (65_536, "x"), (21_845, "\u{20ac}")] {
        let world = world();
        let mut command = world.command(&["run", "log", "r_1", "-f"]);
        command.env("API_TOKEN", "tok-123456");
        let before = unit.repeat(padding);
        Ran::of(command, &format!("{before}tok-123456{}", "y".repeat(70_000))).done();
        let logged = world.fake.run("r_1").unwrap().messages().concat();
        assert_eq!(logged.replace('\n', ""), format!("{before}********{}", "y".repeat(70_000)));
    }
}

#[test]
fn exec_keeps_the_status_of_the_command_when_port_is_down() {
    let world = world();
    let exec = ["run", "exec", "r_1", "--deadline", "1", "--base-url", "http://127.0.0.1:1", "--"];
    let ran = world.run(&[&exec[..], &["sh", "-c", "echo out; exit 7"]].concat());
    assert_eq!((ran.code, &*ran.out), (Some(7), "out\n"));
    assert!(
        ran.err.starts_with("warning: run \"r_1\": end not reported; 0 lines reported, 0 unknown, 1 lost: "),
        "{}",
        ran.err
    );
    let err =
        world.run(&["run", "fail", "r_1", "--deadline", "1", "--base-url", "http://127.0.0.1:1"]).failed(10);
    assert!(err.contains("connection refused") && err.contains("(Port at http://127.0.0.1:"), "{err}");
}

#[test]
fn line_that_port_may_have_is_not_sent_again() {
    let world = world();
    world.fake.inject(Fault::status(503).applied().on([Route::AddRunLog]));
    let err = world.run(&["run", "log", "r_1", "one"]).failed(9);
    assert!(err.contains("0 lines reported, 1 unknown, 0 lost"), "{err}");
    assert_eq!(lines(&world, "r_1"), ["one"]);
}

/// A process that the command leaves behind keeps its output open.
#[test]
fn processes_that_the_command_leaves_are_not_waited_for() {
    let world = world();
    let fifo = world.directory.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let ran = exec(&world, "cat < fifo & echo started");
    assert_eq!((ran.code, &*ran.out), (Some(0), "started\n"));
    assert_eq!(end(&world, "r_1").0, "SUCCESS");
    drop(File::options().write(true).open(fifo).unwrap());
}

#[test]
fn report_of_exec_is_json_on_standard_error() {
    let world = world();
    let ran = world.run(&["run", "exec", "r_1", "-o", "json", "--", "echo", "-o", "yaml"]);
    assert_eq!((ran.code, &*ran.out), (Some(0), "-o yaml\n"));
    let report: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!((&report["end"], &report["lines"]["reported"]), (&json!("reported"), &json!(1)));
}

#[test]
fn mistakes_are_found_before_anything_is_run_or_sent() {
    let world = world();
    let mistakes: [(&[&str], &str); 11] = [
        (&["get", ""], "the id of the run is empty; is the variable set?"),
        (&["succeed", " "], "the id of the run is empty; is the variable set?"),
        (&["get", "wfnr_1"], "get is for runs of actions, not for workflow nodes"),
        (&["approve", "wfnr_1"], "approve is for runs of actions, not for workflow nodes"),
        (&["update", "r_1"], "nothing to set: give --label, --link, --summary or --external-id"),
        (&["log", "r_1"], "<MESSAGE|--follow>"),
        (&["log", "r_1", "x", "--follow"], "cannot be used with"),
        (&["log", "r_1", "x", "--summary", "y"], "<--succeed|--fail>"),
        (&["exec", "r_1", "touch", "made"], "unexpected argument"),
        (
            &["exec", "r_1", "--query", "a=b", "--", "touch", "made"],
            "--query: reports on runs take no query parameters",
        ),
        (&["exec", "r_1", "--mask", "NOT_SET", "--", "touch", "made"], "--mask NOT_SET: not set, or empty"),
    ];
    for (mistake, what) in mistakes {
        let err = world.run(&[&["run"], mistake].concat()).failed(2);
        assert!(err.contains(what), "{mistake:?}: {err}");
    }
    assert_eq!(world.requests(), 0);
    assert!(!world.directory.path().join("made").exists());
    let err = world.run(&["run", "get", "r_9"]).failed(5);
    assert!(err.contains("check the id"), "{err}");
}
