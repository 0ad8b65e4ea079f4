//! `listen`: what comes is verified, shown and passed on.
#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use fake_port::{Deliveries, Fault, PortEvent, Route, SigningScheme};
use http::Method;
use serde_json::{Value, json};

use crate::interrupting::held;
use crate::support::receiver::answering;
use crate::support::{Ran, Running, World, command, terminal};

/// A receiver and its address. Nothing of it needs an account.
pub(crate) fn listen(directory: &std::path::Path, arguments: &[&str]) -> (Running, String) {
    let mut command = command(directory);
    command.env("SECRET", "hidden-secret").arg("listen").args(arguments);
    let mut running = Running::start(command);
    let address = running.told("listening at http://");
    (running, address)
}

/// Sends bytes; returns the status and what came after it.
pub(crate) fn send(address: &str, request: &[u8]) -> String {
    try_send(address, request).unwrap()
}

/// An error means that the command has ended, or ends.
fn try_send(address: &str, request: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

pub(crate) fn post(address: &str, headers: &str, body: &[u8]) -> String {
    let head = format!(
        "POST /hook?token=hidden HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    send(address, &[head.as_bytes(), body].concat())
}

/// What signs a body, as the command itself says.
pub(crate) fn signed(directory: &std::path::Path, body: &str, arguments: &[&str]) -> String {
    let mut command = command(directory);
    command.args(["sign", "--secret", "hidden-secret"]).args(arguments);
    Ran::of(command, body).done().replace('\n', "\r\n")
}

pub(crate) const BODY: &str =
    "{\"source\":\"port\", \"event\":\"run.completed\",\r\n \"data\":{\"run\":{\"id\":\"r_1\"}}}\n";

#[test]
fn deliveries_are_shown_with_what_is_known_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let (running, address) =
        listen(directory.path(), &["--secret", "old", "--secret-from-env", "SECRET", "--max-body", "200"]);
    let signature = signed(directory.path(), BODY, &[]);
    assert!(post(&address, &signature, BODY.as_bytes()).starts_with("HTTP/1.1 204 "));
    assert!(post(&address, &signature, b"{}").starts_with("HTTP/1.1 401 "));
    assert!(post(&address, "", BODY.as_bytes()).starts_with("HTTP/1.1 401 "));
    let not_json = signed(directory.path(), "\u{1b}[2J", &[]);
    assert!(post(&address, &not_json, b"\x1b[2J").starts_with("HTTP/1.1 204 "));
    assert!(post(&address, "", &[b' '; 201]).starts_with("HTTP/1.1 413 "));
    let options = format!("OPTIONS / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let answer = send(&address, options.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    assert!(answer.contains("\r\nallow: GET, POST, PUT, PATCH, DELETE\r\n"), "{answer}");
    running.interrupt();
    let ran = running.end();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(without_times(&ran.out));
}

/// What changed, who did it, and the run.
#[test]
fn live_deliveries_are_shown_readably() {
    let directory = tempfile::tempdir().unwrap();
    let (running, address) = listen(directory.path(), &[]);
    for body in [
        r#"{"action":"UPDATE","resourceType":"entity","status":"SUCCESS",
            "trigger":{"by":{"orgId":"o","userId":"u_1"},"origin":"API","at":"2026-01-02T03:04:05.006Z"},
            "context":{"entity":"pay","blueprint":"svc","runId":"r_0"},
            "diff":{"before":{"identifier":"pay","properties":{"x":1,"gone":[1],"same":{"a":null}}},
                    "after":{"identifier":"pay","properties":{"x":2,"new\u001b[2J":"b","same":{"a":null}}}}}"#,
        r#"{"action":"CREATE","resourceType":"entity","context":{"entity":"pay","blueprint":"svc"},
            "trigger":{"by":{"byPort":true}},"diff":{"before":null,"after":{"identifier":"pay"}}}"#,
        r#"{"action":"scale","resourceType":"run","context":{"entity":null,"blueprint":"svc","runId":"r_1"},
            "trigger":{"by":{"userId":"u_1","user":{"email":"ann@example.com"}},"origin":"UI"},
            "payload":{"properties":{"replicas":3}}}"#,
        r#"{"inputs":null,"trigger":{"by":{"userId":"u_1"},"origin":"AUTOMATION"},"entity":null,
            "event":{"action":"UPDATE","resourceType":"entity","context":{"blueprintIdentifier":"svc","entityIdentifier":"pay"},
                     "diff":{"before":{"title":"A"},"after":{"title":"B"}}},
            "action":{"identifier":"on-svc"},"run":{"id":"r_2"}}"#,
        r#"{"replicas":3,"port_context":{"runId":"r_3"}}"#,
    ] {
        assert!(post(&address, "", body.as_bytes()).starts_with("HTTP/1.1 204 "));
    }
    let many = (0..30).map(|at| format!("\"p{at}\":{at},")).collect::<Vec<_>>().concat();
    let many = format!(
        r#"{{"action":"DELETE","resourceType":"entity","context":{{}},"diff":{{"before":{{{many}"z":"{}"}},"after":null}}}}"#,
        "y".repeat(100)
    );
    assert!(post(&address, "RUN_ID: r_4\r\n", b"[1]").starts_with("HTTP/1.1 204 "));
    assert!(post(&address, "", many.as_bytes()).starts_with("HTTP/1.1 204 "));
    running.interrupt();
    let shown = without_times(&running.end().out);
    // The bodies themselves are shown, too.
    let summaries = shown
        .lines()
        .filter(|line| !line.starts_with("   ") && !matches!(line.trim(), "{" | "}" | "[" | "]"));
    insta::assert_snapshot!(summaries.collect::<Vec<_>>().join("\n"));
}

/// Whatever is signed is accepted: the signature is right.
#[test]
fn any_verified_body_and_method_is_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let (mut running, address) = listen(directory.path(), &["-o", "json", "--secret-from-env", "SECRET"]);
    for body in
        ["[1]", "null", "3", "", "not JSON", "{\"a\":\"\\ud800\"}", "{\"event\":1,\"event\":\"run.created\"}"]
    {
        for method in ["POST", "PUT", "PATCH", "DELETE", "GET"] {
            let signature = signed(directory.path(), body, &[]);
            let request = format!(
                "{method} / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n{signature}\r\n{body}",
                body.len()
            );
            let answer = send(&address, request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 204 "), "{method} {body}: {answer}");
            let told: Value = serde_json::from_str(&running.line()).unwrap();
            assert_eq!((&told["verdict"], &told["method"]), (&json!("verified"), &json!(method)));
        }
    }
}

/// The time stands at the beginning of a line.
fn without_times(text: &str) -> String {
    let line = |line: &str| match line.split_once("Z ") {
        Some((time, rest)) if time.starts_with("20") => format!("TIME {rest}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn programs_get_an_object_a_line() {
    let directory = tempfile::tempdir().unwrap();
    let (mut running, address) = listen(directory.path(), &["-o", "json", "--secret-from-env", "SECRET"]);
    post(&address, &format!("x-api-key: hidden\r\n{}", signed(directory.path(), BODY, &[])), BODY.as_bytes());
    let line = running.line();
    assert!(line.contains(r#""body":{"source":"port","event":"run.completed""#), "as it came: {line}");
    assert!(!line.contains("hidden"), "values of headers are not told: {line}");
    let mut told: Value = serde_json::from_str(&line).unwrap();
    assert!(told["receivedAt"].take().is_string());
    let expected = json!({
        "receivedAt": null, "method": "POST", "path": "/hook?********", "event": "run.completed", "shape": "event",
        "verdict": "verified",
        "headers": ["host", "connection", "content-length", "x-api-key", "x-port-signature"],
        "body": serde_json::from_str::<Value>(BODY).unwrap(), "answered": 204,
    });
    assert_eq!(told, expected);
    post(&address, "", b"\xff");
    let told: Value = serde_json::from_str(&running.line()).unwrap();
    assert_eq!((&told["verdict"], &told["text"]), (&json!("refused"), &json!("\u{fffd}")));
}

/// Signatures with a time are of now, which is the one that the receiver, another process, goes by.
#[allow(clippy::disallowed_methods)]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// From the fake's delivery, over the receiver, to another one: the signature holds at both.
#[test]
fn the_deliveries_of_a_port_are_received() {
    for (scheme, flag) in [(SigningScheme::Body, "body"), (SigningScheme::Timestamped, "timestamped")] {
        let world = World::with(|builder| {
            builder.clock(now).deliveries(Deliveries::new().scheme(scheme).attempts(1))
        });
        let directory = world.directory.path();
        let (mut inner, inner_address) =
            listen(directory, &["-o", "json", "--secret-from-env", "SECRET", "--scheme", flag]);
        let forward = format!("http://{inner_address}/");
        let outer = ["-o", "json", "--secret-from-env", "SECRET", "--scheme", flag, "--forward-to", &forward];
        let (mut outer, address) = listen(directory, &outer);
        let webhook = json!({
            "identifier": "a", "url": format!("http://{address}/"), "events": ["run.created"],
            "security": { "secret": "hidden-secret" },
        });
        world.fake.seed(webhook).unwrap();
        let run = json!({ "id": "r_1" });
        let good = world.block_on(world.fake.emit(PortEvent::run_created(run.clone())));
        assert!(good[0].is_delivered());
        for running in [&mut inner, &mut outer] {
            let told: Value = serde_json::from_str(&running.line()).unwrap();
            assert_eq!((&told["event"], &told["verdict"]), (&json!("run.created"), &json!("verified")));
        }
        let bad = [
            PortEvent::run_created(run.clone()).tampered(),
            PortEvent::run_created(run.clone()).wrong_secret(),
            PortEvent::run_created(run.clone()).unsigned(),
        ];
        for event in bad {
            let refused = world.block_on(world.fake.emit(event));
            assert_eq!(refused[0].attempts[0].status, Some(401));
        }
        let stale =
            world.block_on(world.fake.emit(PortEvent::run_created(run).stale(Duration::from_secs(3600))));
        assert_eq!(stale[0].is_delivered(), scheme == SigningScheme::Body, "the body scheme has no time");
    }
}

/// Half of them have sent nothing, half part of a request.
#[test]
fn delivery_is_answered_while_200_connections_are_open() {
    let directory = tempfile::tempdir().unwrap();
    let (running, address) = listen(directory.path(), &[]);
    let slow: Vec<_> = (0..200)
        .map(|count| {
            let mut stream = TcpStream::connect(&address).unwrap();
            if count % 2 == 0 {
                stream.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-le").unwrap();
            }
            stream
        })
        .collect();
    assert!(post(&address, "", b"{}").starts_with("HTTP/1.1 204 "));
    for stream in &slow {
        stream.set_nonblocking(true).unwrap();
        let error = stream.peek(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "it is still open");
    }
    // Nor do they delay the end.
    running.interrupt();
    let ran = running.end();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

/// As live Port and its agent send them; the answer goes all the way back.
#[test]
fn live_deliveries_of_a_port_are_received_and_answered() {
    let world = World::with(|builder| builder.clock(now));
    let (to, receiver) =
        answering("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"a\":1}");
    let secret = world.fake.client_secret();
    let flags = ["-o", "json", "--secret", secret, "--scheme", "timestamped", "--agent"];
    let (mut running, address) = listen(world.directory.path(), &flags);
    let mut deliver = |event: PortEvent| {
        let sent = world.block_on(world.fake.emit(event.to_url(format!("http://{address}/"))));
        assert!(sent[0].is_delivered(), "{sent:#?}");
        serde_json::from_str::<Value>(&running.line()).unwrap()
    };
    let entity = json!({ "identifier": "pay", "blueprint": "svc", "properties": { "x": "\u{e9}" } });
    let change = || PortEvent::change_create(entity.clone());
    let invocation = || PortEvent::invocation("scale", "r_1", entity.clone(), json!({ "replicas": 3 }));
    assert_eq!(deliver(change())["shape"], "change");
    assert_eq!(deliver(change().milliseconds().agent())["shape"], "change");
    assert_eq!(deliver(change().automation("on-svc", "r_2").agent())["runId"], "r_2");
    assert_eq!(deliver(invocation().milliseconds().method(Method::PUT))["runId"], "r_1");
    assert_eq!(deliver(invocation().agent().method(Method::GET))["text"], "");
    assert_eq!(deliver(PortEvent::json(json!([1])).agent().method(Method::PATCH))["body"], json!([1]));
    assert_eq!(deliver(PortEvent::bytes("\u{0}not JSON"))["shape"], "other");

    let to = to.to_string();
    let forward = [&flags[..], &["--forward-to", &to]].concat();
    let (_forwarding, address) = listen(world.directory.path(), &forward);
    let event = invocation().to_url(format!("http://{address}/")).agent();
    let sent = world.block_on(world.fake.emit(event));
    assert_eq!(sent[0].response(), Some(json!({ "a": 1 })));
    // The bytes as the agent sent them, which its signature is not of.
    let (_, body) = receiver.join().unwrap();
    assert_eq!(body, sent[0].body);
    assert!(String::from_utf8(body).unwrap().contains("\"replicas\": 3"));
}

fn register(world: &World, more: &[&str]) -> Running {
    let arguments = ["listen", "-o", "json", "--register", "--public-url", "http://localhost:1/hook"];
    world.start(&[&arguments[..], more].concat())
}

#[test]
fn a_webhook_lives_as_long_as_somebody_listens() {
    use rustix::process::Signal;

    for end in [Signal::INT, Signal::TERM, Signal::HUP] {
        let world = World::new();
        let mut running = register(&world, &["--event", "run.created, run.completed"]);
        running.told("listening at ");
        let made = world.fake.webhooks().remove(0);
        let name = made["identifier"].as_str().unwrap().to_owned();
        assert!(name.starts_with("listen-") && name.len() <= 30, "{name}");
        assert_eq!(made["events"], json!(["run.created", "run.completed"]));
        assert_eq!(made["url"], "http://localhost:1/hook");
        assert_eq!(made["security"]["secret"].as_str().unwrap().len(), 64);
        running.signal(end);
        let ran = running.end();
        let how = match end {
            Signal::TERM => "stopped by SIGTERM",
            Signal::HUP => "stopped by SIGHUP",
            _ => "Ctrl-C again aborts it",
        };
        let err = format!("finishing first: delete {name} ({how})\ndeleted webhook {name}\n");
        assert_eq!((ran.code, ran.err), (Some(0), err));
        assert!(world.fake.webhooks().is_empty());
    }
}

/// A terminal that is closed sends SIGHUP, and so does its shell.
#[test]
fn closed_terminal_leaves_no_webhook() {
    let world = World::new();
    for _ in 0..20 {
        // Long enough for the second signal to come meanwhile.
        world.fake.inject(Fault::slow(Duration::from_millis(200)).on([Route::Delete]));
        let Some(shell) = terminal::Shell::start(&world.command(&[])) else {
            eprintln!("skipped: `setsid` or `bash` is missing");
            return;
        };
        let mut shell = shell;
        let program = env!("CARGO_BIN_EXE_port-webhooks");
        shell.type_line(&format!("'{program}' listen --register --public-url http://localhost:1/hook"));
        shell.until("listening at http://");
        assert_eq!(world.fake.webhooks().len(), 1);
        shell.close();
        until(|| world.fake.webhooks().is_empty());
    }
    assert_eq!(world.fake.requests().of([Route::Create]).len(), 20);
}

/// Waits for something that another process does.
#[allow(clippy::disallowed_methods)] // Something that never happens fails the test instead of stopping it.
fn until(happened: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(60), "it does not happen");
        std::thread::yield_now();
    }
}

#[test]
fn what_is_secret_in_the_public_url_is_not_shown() {
    let world = World::new();
    let url = "https://me:hidden@tunnel.example/hook?token=hidden";
    let mut running = world.start(&["listen", "--register", "--public-url", url]);
    let told = running.told("registered webhook ");
    assert!(told.ends_with(" at https://********@tunnel.example/hook?********"), "{told}");
    assert_eq!(world.fake.webhooks()[0]["url"], url);
    running.told("listening at ");
    running.interrupt();
    let ran = running.end();
    assert!(ran.code == Some(0) && !ran.err.contains("hidden"), "{ran:#?}");
    for wrong in ["me:hidden@tunnel", "https://me:hidden@tun nel"] {
        let err = world.run(&["listen", "--register", "--public-url", wrong]).failed(2);
        assert!(!err.contains("hidden"), "{err}");
    }
}

/// Ctrl-C comes while a delivery is passed on: it gets its answer, is shown, and nothing else is taken.
#[test]
fn what_is_under_way_is_finished() {
    let world = World::new();
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/port", slow.local_addr().unwrap());
    let (running, address) = listen(world.directory.path(), &["--forward-to", &url]);
    let posting = std::thread::spawn({
        let address = address.clone();
        move || post(&address, "", br#"{"event":"run.created"}"#)
    });
    let (mut passed_on, _) = slow.accept().unwrap();
    let mut start = [0; 4];
    passed_on.read_exact(&mut start).unwrap();
    running.interrupt();
    // It takes no more: nobody listens there now.
    while TcpStream::connect(&address).is_ok() {}
    passed_on.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").unwrap();
    assert!(posting.join().unwrap().contains("202"));
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.out.contains("run.created"), "{ran:#?}");
}

/// The receiver behind it never answers, so it would wait until that takes too long.
#[test]
fn a_second_ctrl_c_ends_it_while_a_delivery_is_under_way() {
    let world = World::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/port", silent.local_addr().unwrap());
    let (running, address) = listen(world.directory.path(), &["--forward-to", &url]);
    let mut sender = TcpStream::connect(&address).unwrap();
    let request = format!("POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: 2\r\n\r\n{{}}");
    sender.write_all(request.as_bytes()).unwrap();
    let (mut passed_on, _) = silent.accept().unwrap();
    passed_on.read_exact(&mut [0; 4]).unwrap();
    running.interrupt();
    // It was heard: nobody listens there now.
    while TcpStream::connect(&address).is_ok() {}
    running.interrupt();
    let err = running.end().failed(130);
    assert!(
        err.ends_with("error: aborted: the deliveries under way\n  their senders got no answer\n"),
        "{err}"
    );
}

#[test]
fn a_webhook_goes_when_nobody_looks_any_more() {
    let world = World::with(|builder| builder.deliveries(Deliveries::new().attempts(1)));
    let mut running = register(&world, &[]);
    let address = running.told("listening at http://");
    running.close_output();
    // A test that starts a process at this moment may hold the pipe until it has, so that one delivery is still shown.
    while running.goes_on() {
        let _ = try_send(
            &address,
            b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}",
        );
    }
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(world.fake.webhooks().is_empty());
}

#[test]
fn a_webhook_goes_also_when_its_reader_pauses() {
    let world = World::new();
    let mut running = register(&world, &["--secret", "hidden-secret"]);
    let address = running.told("listening at http://");
    // More than a pipe holds.
    let body = format!("\"{}\"", "a".repeat(300_000));
    assert!(post(&address, &signed(world.directory.path(), &body, &[]), body.as_bytes()).contains(" 204 "));
    // The second is shown after the first, so by now the first is being written.
    post(&address, "", b"{}");
    running.interrupt();
    let name = running.told("deleted webhook ");
    assert!(name.starts_with("listen-"));
    assert!(world.fake.webhooks().is_empty());
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn a_webhook_that_may_be_there_is_removed() {
    let world = World::new();
    world.fake.inject(Fault::dropped().on([Route::Create]).applied());
    world.fake.inject(Fault::status(500).on([Route::Get]).always());
    let ran = register(&world, &[]).end();
    assert_eq!(ran.code, Some(10), "{ran:#?}");
    assert_eq!(world.fake.ledger().len(), 2, "created, and deleted");
    assert!(world.fake.webhooks().is_empty());
}

#[test]
fn ctrl_c_while_it_is_made_removes_it() {
    let world = World::new();
    world.fake.inject(held());
    let mut running = register(&world, &[]);
    while world.fake.webhooks().is_empty() {
        std::thread::yield_now();
    }
    running.interrupt();
    running.told("finishing first: create listen-");
    world.fake.clear_faults();
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(world.fake.webhooks().is_empty());
}

#[test]
fn a_second_ctrl_c_gives_the_removal_up_and_says_what_is_left() {
    let world = World::new();
    let mut running = register(&world, &[]);
    running.told("listening at ");
    world.fake.inject(Fault::hanging().on([Route::Delete]).always());
    running.interrupt();
    while world.fake.requests().of([Route::Delete]).is_empty() {
        std::thread::yield_now();
    }
    running.interrupt();
    let err = running.end().failed(130);
    assert!(err.contains("it may still exist: `port-webhooks delete listen-"), "{err}");
}

#[test]
fn one_that_is_refused_or_cannot_be_removed_is_told() {
    let world = World::live();
    register(&world, &[]).end().failed(7);
    let world = World::new();
    let mut running = register(&world, &[]);
    running.told("listening at ");
    world.fake.inject(Fault::status(403).on([Route::Delete]).always());
    running.interrupt();
    let err = running.end().failed(4);
    let name = world.fake.webhooks()[0]["identifier"].as_str().unwrap().to_owned();
    assert!(
        err.contains(&format!("it may still exist: `port-webhooks delete {name} --yes` deletes it")),
        "{err}"
    );
}

#[test]
fn what_is_wrong_is_found_before_anything_is_made() {
    let world = World::new();
    for arguments in [
        &["--forward-to", "ftp://a"][..],
        &["--forward-to", "elsewhere"],
        &["--secret", " a"],
        &["--secret-from-env", "NOT_SET"],
        &["--scheme", "timestamped", "--secret", "a", "--prefix", "x"],
        &["--signature-header", "a b", "--secret", "a"],
        &["--agent", "--secret", "a"],
        &["--event", "run.created,"],
        &["--host", "nowhere.invalid", "--event", "run.complete"],
    ] {
        register(&world, arguments).end().failed(2);
    }
    let url = "http://localhost:1/hook";
    let arguments = ["listen", "--register", "--public-url", url, "--event", "run.created, run.complete"];
    let err = world.run(&arguments).failed(2);
    assert_eq!(
        err,
        "error: --event: \"run.complete\" is not a documented event (Port at http://127.0.0.1:PORT)\n  did you mean run.completed? `port-webhooks events` lists them\n"
    );
    // Free when it was asked for; should somebody else have it by now, that is an error too.
    let own = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let ran = register(&world, &["--port", &own, "--forward-to", &format!("http://localhost:{own}/a")]).end();
    assert!(matches!(ran.code, Some(1 | 2)), "{ran:#?}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    register(&world, &["--port", &port]).end().failed(1);
    assert_eq!(world.requests(), 0);
}
