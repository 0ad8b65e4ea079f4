//! `trigger`: deliveries without any account.
#![cfg(unix)]

use serde_json::{Value, json};

use crate::support::receiver::answering;
use crate::support::{Ran, Running, command, possible_values};

/// A receiver that tells what comes, and the address of it.
fn receiver(arguments: &[&str]) -> (tempfile::TempDir, Running, String) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.args(["listen", "-o", "json"]).args(arguments);
    let mut running = Running::start(command);
    let address = running.told("listening at ");
    (directory, running, address)
}

fn trigger(directory: &std::path::Path, arguments: &[&str], input: &str) -> Ran {
    let mut command = command(directory);
    command.arg("trigger").args(arguments);
    Ran::of(command, input)
}

fn events_as_json() -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.args(["events", "-o", "json"]);
    Ran::of(command, "").done()
}

fn told(running: &mut Running) -> Value {
    serde_json::from_str(&running.line()).unwrap()
}

#[test]
fn each_event_is_sent_signed_and_the_answer_shown() {
    let (directory, mut running, to) = receiver(&["--secret", "s3cret"]);
    for event in port_webhooks::EventType::KNOWN {
        let ran = trigger(directory.path(), &[event.as_str(), "--to", &to, "--secret", "s3cret"], "");
        assert_eq!(ran.err, "");
        assert!(ran.done().starts_with("204 No Content in "));
        let told = told(&mut running);
        assert_eq!((&told["event"], &told["verdict"]), (&json!(event.as_str()), &json!("verified")));
        assert_eq!(told["body"]["source"], "port");
        assert_ne!(told["body"]["timestamp"], "2024-01-15T10:30:00Z", "it is of now");
    }
}

/// The deliveries of live Port: in seconds and milliseconds, by each method, directly and as the agent sends them.
#[test]
fn live_deliveries_are_sent_in_every_way() {
    let scheme = ["--secret", "s3cret", "--scheme", "timestamped"];
    let (directory, mut running, to) = receiver(&[&scheme[..], &["--agent"]].concat());
    let (_plain_directory, mut plain, plain_to) = receiver(&scheme);
    let methods = possible_values("trigger", "--method <METHOD>");
    let all = [
        ("change.created", "change", None),
        ("change.updated", "change", None),
        ("change.deleted", "change", None),
        ("change.timer", "change", None),
        ("change.blueprint", "change", None),
        ("change.run", "change", None),
        ("invocation", "invocation", Some("run-123")),
        ("trigger-data", "trigger data", Some("run-123")),
        ("trigger-data.automation", "trigger data", Some("run-456")),
        ("invocation.inputs", "other", Some("run-123")),
    ];
    let list: Value = serde_json::from_str(&events_as_json()).unwrap();
    let live = list.as_array().unwrap().iter().filter(|event| event["shape"] != "event");
    let names: Vec<_> = live.map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, all.map(|(name, ..)| name), "all that the command lists");
    for (count, (name, shape, run)) in all.into_iter().enumerate() {
        let method = &methods[count % methods.len()];
        let typed = if count % 2 == 0 { method.clone() } else { method.to_lowercase() };
        let flags = [&[name, "--method", &typed][..], &scheme].concat();
        let flags = if count % 2 == 0 { [&flags[..], &["--milliseconds"]].concat() } else { flags };
        trigger(directory.path(), &[&flags[..], &["--to", &plain_to]].concat(), "").done();
        let direct = told(&mut plain);
        trigger(directory.path(), &[&flags[..], &["--agent", "--to", &to]].concat(), "").done();
        let by_agent = told(&mut running);
        for told in [&direct, &by_agent] {
            assert_eq!((&told["verdict"], &told["shape"]), (&json!("verified"), &json!(shape)), "{name}");
            assert_eq!(told["method"], **method);
            assert_eq!(told["runId"], json!(run));
            let cause = (name == "change.run").then_some("run-123");
            assert_eq!(told["causedByRun"], json!(cause));
            assert_eq!(told["event"], Value::Null);
        }
        assert_eq!(direct["body"]["action"], by_agent["body"]["action"]);
        // The agent sends another body than it signs.
        trigger(directory.path(), &[&flags[..], &["--agent", "--to", &plain_to]].concat(), "").failed(1);
        assert_eq!(told(&mut plain)["verdict"], "refused");
    }
}

/// The expected texts are the output of Python's `json.dumps`, with the agent's separators and with the default ones.
#[test]
fn agent_signs_and_sends_json_as_python_writes_it() {
    let scheme = ["--secret", "s3cret", "--scheme", "timestamped"];
    let directory = tempfile::tempdir().unwrap();
    for (body, compact, spaced) in [
        (
            "{\n \"a\" : [1,2.5, {}],\t\"b\":\"x, y: \\\"z\\\" \\\\\" }",
            r#"{"a":[1,2.5,{}],"b":"x, y: \"z\" \\"}"#,
            r#"{"a": [1, 2.5, {}], "b": "x, y: \"z\" \\"}"#,
        ),
        ("{\"\u{e9}\":\"\u{1f600}\"}", r#"{"\u00e9":"\ud83d\ude00"}"#, r#"{"\u00e9": "\ud83d\ude00"}"#),
        ("", "", ""),
        ("not, json", "not, json", "not, json"),
    ] {
        let (to, receiver) = answering("HTTP/1.1 204 No Content\r\n\r\n");
        let to = to.to_string();
        let flags = ["--file", "-", "--agent", "--to", &to];
        trigger(directory.path(), &[&flags[..], &scheme].concat(), body).done();
        let (head, sent) = receiver.join().unwrap();
        assert_eq!(String::from_utf8(sent).unwrap(), spaced);
        let signature: Vec<_> = head.lines().filter(|line| line.starts_with("x-port-")).collect();
        std::fs::write(directory.path().join("headers"), signature.join("\n")).unwrap();
        let mut verify = command(directory.path());
        verify.args(["verify", "--headers", "headers"]).args(scheme);
        Ran::of(verify, compact).done();
    }
}

#[test]
fn get_and_delete_can_be_sent_without_a_body() {
    let (directory, mut running, to) =
        receiver(&["--secret", "s3cret", "--scheme", "timestamped", "--agent"]);
    for method in ["GET", "DELETE"] {
        for agent in [&[][..], &["--agent"]] {
            let flags = ["--method", method, "--to", &to, "--secret", "s3cret", "--scheme", "timestamped"];
            trigger(directory.path(), &[&flags[..], agent].concat(), "").done();
            let told = told(&mut running);
            assert_eq!((&told["verdict"], &told["text"]), (&json!("verified"), &json!("")));
        }
    }
    let err = trigger(directory.path(), &["--to", &to], "").failed(2);
    assert!(err.contains("nothing to send: name an event"), "{err}");
}

#[test]
fn every_scheme_is_spoken() {
    for scheme in possible_values("trigger", "--scheme <SCHEME>") {
        let more: &[&str] = match &*scheme {
            "body" => &["--prefix", "sha-256=", "--signature-header", "x-hub"],
            "timestamped" => &["--timestamp-header", "x-time"],
            "sha1" => &["--prefix", "sha1=", "--signature-header", "x-hub-signature"],
            "plain" => &["--signature-header", "x-token"],
            other => panic!("{other} is not tested"),
        };
        let flags = [&["--secret", "s3cret", "--scheme", &scheme], more].concat();
        let (directory, mut running, to) = receiver(&flags);
        trigger(directory.path(), &[&["run.created", "--to", &to][..], &flags].concat(), "").done();
        assert_eq!(told(&mut running)["verdict"], "verified", "{scheme}");
        let wrong =
            flags.iter().map(|flag| if *flag == "s3cret" { "other" } else { flag }).collect::<Vec<_>>();
        trigger(directory.path(), &[&["run.created", "--to", &to][..], &wrong].concat(), "").failed(1);
        assert_eq!(told(&mut running)["reason"], format!("signature does not match ({})", header(more)));
    }
}

fn header<'a>(flags: &[&'a str]) -> &'a str {
    let at = flags.iter().position(|flag| *flag == "--signature-header");
    at.map_or("x-port-signature", |at| flags[at + 1])
}

#[test]
fn a_file_is_sent_byte_by_byte() {
    let (directory, mut running, to) = receiver(&["--secret", "s3cret"]);
    let odd = "\u{feff}{ \"b\":1,\r\n\t\"a\":2 }\n\n";
    std::fs::write(directory.path().join("body"), odd).unwrap();
    let headers = ["--header", "X-Own=a=b", "--header", "content-type=text/odd"];
    for file in ["body", "-"] {
        let flags = ["--file", file, "--to", &to, "--secret", "s3cret"];
        trigger(directory.path(), &[&flags[..], &headers].concat(), odd).done();
        let told = told(&mut running);
        assert_eq!((&told["verdict"], &told["body"]), (&json!("verified"), &json!({ "b": 1, "a": 2 })));
        assert!(told["headers"].as_array().unwrap().contains(&json!("x-own")));
    }
    std::fs::write(directory.path().join("named"), r#"{"event":"scorecard.created"}"#).unwrap();
    let flags = ["scorecard.created", "--file", "named", "--to", &to, "--secret", "s3cret"];
    trigger(directory.path(), &flags, "").done();
    assert_eq!(told(&mut running)["event"], "scorecard.created");
}

#[test]
fn what_does_not_work_is_told() {
    let (directory, _running, to) = receiver(&["--secret", "s3cret"]);
    let ran = trigger(directory.path(), &["run.created", "--to", &to], "");
    assert!(ran.out.starts_with("401 Unauthorized in "), "{ran:#?}");
    assert!(ran.err.starts_with("not signed: "), "{ran:#?}");
    ran.failed(1);
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/hidden", listener.local_addr().unwrap())
    };
    let err = trigger(directory.path(), &["run.created", "--to", &gone], "").failed(10);
    assert!(err.contains("cannot be reached") && !err.contains("hidden"), "{err}");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    let err = trigger(directory.path(), &["run.created", "--to", &silent, "--timeout", "1"], "").failed(10);
    assert!(err.contains("cannot be reached: no answer within 1 s"), "{err}");
    std::fs::write(directory.path().join("other"), r#"{"event":"run.completed"}"#).unwrap();
    for arguments in [
        &["run.made", "--to", &to][..],
        &["run.created", "--to", "elsewhere"],
        &["run.created", "--to", "file:///etc/passwd"],
        &["--file", "missing", "--to", &to],
        &["run.created", "--to", &to, "--secret", ""],
        &["run.created", "--to", &to, "--secret", " hidden"],
        &["run.created", "--to", &to, "--secret", "********"],
        &["run.created", "--to", &to, "--header", "hidden"],
        &["run.created", "--to", &to, "--header", "a b=hidden"],
        &["run.created", "--to", &to, "--header", "a=hidden\n"],
        &["run.created", "--to", &to, "--header", "a=********"],
        &["run.created", "--to", &to, "--file", "other"],
        &["invocation", "--to", &to, "--file", "other"],
        &["run.created", "--to", &to, "--method", "TRACE"],
        &["run.created", "--to", &to, "--agent", "--secret", "s3cret"],
        &["run.created", "--to", &to, "--milliseconds", "--secret", "s3cret"],
    ] {
        let err = trigger(directory.path(), arguments, "").failed(2);
        assert!(!err.contains("hidden"), "{arguments:?}: {err}");
    }
}
