//! `send`: an event for a data source.

use std::net::SocketAddr;
use std::process::Command;

use fake_port::EventOutcome;
use serde_json::{Value, json};

use crate::support::receiver::{self, answering};
use crate::support::{Ran, World, command};

const BODY: &str = "{\"ref\": \"main\"}\n";
/// HMAC-SHA256 of the body with `hidden-secret`, by Python.
const SIGNATURE: &str = "a179c58fb5a6d22c6fd3717f556bac60e9bb3554097ba5d143ac396d721fa93a";
const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";

/// A data source of live Port whose `url` is this address.
fn world(address: SocketAddr, security: &Value) -> World {
    let world = World::live();
    let url = format!("http://{address}/hidden-key");
    world
        .fake
        .seed(json!({ "identifier": "github", "url": url, "webhookKey": "hidden-key", "security": security }))
        .unwrap();
    world.file("push.json", BODY);
    world
}

fn sha256() -> Value {
    json!({
        "secret": "hidden-secret", "signatureAlgorithm": "sha256", "signatureHeaderName": "X-Hub-Signature-256",
        "signaturePrefix": "sha256=",
    })
}

/// The command without the settings of Port.
fn alone(world: &World, arguments: &[&str]) -> Command {
    let mut command = command(world.directory.path());
    command.args(arguments);
    command
}

fn shows_no_secret(ran: &Ran) {
    assert!(!format!("{}{}", ran.out, ran.err).contains("hidden"), "{ran:#?}");
}

#[test]
fn event_is_sent_to_the_url_of_the_webhook_and_signed() {
    let (address, received) = answering(ACCEPTED);
    let world = world(address, &sha256());
    let send = ["send", "github", "--body", "push.json", "--header", "X-GitHub-Event: push"];
    let more = ["--header", "x-other=a:b", "--query", "env=prod & more"];
    let ran = world.run(&[&send[..], &more].concat());
    assert_eq!(ran.err, "");
    assert_eq!(ran.out, format!("202 Accepted from http://{address} (signed)\n{{\n  \"ok\": true\n}}\n"));
    let (head, body) = received.join().unwrap();
    assert!(head.starts_with("POST /hidden-key?env=prod+%26+more HTTP/1.1\r\n"), "{head}");
    for line in [
        "content-type: application/json",
        "x-github-event: push",
        "x-other: a:b",
        &format!("x-hub-signature-256: sha256={SIGNATURE}"),
    ] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line}: {head}");
    }
    assert!(!head.contains("authorization"), "{head}");
    assert_eq!(body, BODY.as_bytes());
    // The parameters belong to the event alone.
    assert!(world.fake.requests().iter().all(|request| request.query("env").is_none()));
}

#[test]
fn event_is_sent_by_url_without_credentials() {
    for algorithm in ["sha256", "sha1", "plain"] {
        let (address, received) = answering(ACCEPTED);
        let world = World::new();
        let signature =
            ["--signature-header", "x-token", "--algorithm", algorithm, "--secret-from-env", "SECRET"];
        let send = ["send", "--url-from-env", "URL", "--body", "-", "-o", "json"];
        let mut command = alone(&world, &[&send[..], &signature].concat());
        command.env("SECRET", "hidden-secret").env("URL", format!("http://{address}/hidden-key"));
        let ran = Ran::of(command, BODY);
        shows_no_secret(&ran);
        let out: Value = serde_json::from_str(&ran.done()).unwrap();
        assert_eq!(
            out,
            json!({ "address": format!("http://{address}"), "signed": true, "status": 202, "response": { "ok": true } })
        );
        let (head, body) = received.join().unwrap();
        assert_eq!(body, BODY.as_bytes());
        let value = head.lines().find_map(|line| line.strip_prefix("x-token: ")).unwrap();
        match algorithm {
            "sha256" => assert_eq!(value, SIGNATURE),
            "sha1" => assert_eq!(value.len(), 40),
            _ => assert_eq!(value, "hidden-secret"),
        }
    }
    let (address, received) = answering(ACCEPTED);
    let world = World::new();
    let url = format!("http://{address}/hidden-key");
    let ran = Ran::of(alone(&world, &["send", "--url", &url, "--body", "-"]), "not JSON");
    assert!(ran.err.contains("not signed") && ran.err.contains("not JSON"), "{ran:#?}");
    assert!(ran.out.contains("(not signed)"), "{ran:#?}");
    assert_eq!(received.join().unwrap().1, b"not JSON");
}

#[test]
fn flag_replaces_what_port_says_of_the_signature() {
    let (address, received) = answering(ACCEPTED);
    let world = world(address, &json!({ "signatureAlgorithm": "sha256", "signatureHeaderName": "x-s" }));
    let mut command = world.command(&[
        "send",
        "github",
        "--body",
        "push.json",
        "--secret-from-env",
        "SECRET",
        "--prefix",
        "v=",
    ]);
    command.env("SECRET", "hidden-secret");
    Ran::of(command, "").done();
    let (head, _) = received.join().unwrap();
    assert!(head.contains(&format!("x-s: v={SIGNATURE}\r\n")), "{head}");
}

#[test]
fn answer_other_than_202_has_its_exit_status() {
    for (answer, exit, text) in [
        ("HTTP/1.1 200 OK", 9, "the response is 200 OK, not 202"),
        ("HTTP/1.1 302 Found\r\nlocation: https://b.example/hidden-key", 9, "a redirect"),
        ("HTTP/1.1 401 Unauthorized", 3, "401"),
        ("HTTP/1.1 404 Not Found", 5, "check the URL of the data source"),
        ("HTTP/1.1 413 Payload Too Large", 7, "413"),
        ("HTTP/1.1 500 Internal Server Error", 9, "only if `requestIdentifierPath`"),
    ] {
        let (address, received) = answering(format!("{answer}\r\ncontent-length: 0\r\n\r\n"));
        let world = world(address, &sha256());
        let ran = world.run(&["send", "github", "--body", "push.json"]);
        received.join().unwrap();
        shows_no_secret(&ran);
        let err = ran.failed(exit);
        assert!(err.contains(r#"cannot send an event to webhook "github": "#) && err.contains(text), "{err}");
        assert!(!err.contains("PORT_BASE_URL") && !err.contains("webhooks list"), "{err}");
    }
}

#[test]
fn repeatable_event_is_sent_again_after_a_failure() {
    for (flag, security, attempts) in [
        (None, sha256(), 1),
        (Some("--repeatable"), sha256(), 2),
        (None, json!({ "requestIdentifierPath": ".body.id" }), 2),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let world = world(listener.local_addr().unwrap(), &security);
        let answers = [
            "HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            ACCEPTED,
        ];
        let server = std::thread::spawn(move || {
            for answer in &answers[..attempts] {
                let mut stream = listener.accept().unwrap().0;
                receiver::request(&mut stream);
                std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
            }
        });
        let mut arguments = vec!["send", "github", "--body", "push.json"];
        arguments.extend(flag);
        let ran = world.run(&arguments);
        server.join().unwrap();
        assert_eq!(ran.code, Some(if attempts == 2 { 0 } else { 9 }), "{ran:#?}");
    }
}

#[test]
fn mistake_is_named_before_anything_is_sent() {
    let world = world(([127, 0, 0, 1], 1).into(), &json!({ "secret": "hidden", "signatureHeaderName": "x" }));
    world.file("large.json", &format!("\"{}\"", "a".repeat(512 * 1024)));
    let here = "http://127.0.0.1:1/hidden-key";
    for (arguments, text) in [
        (&["send", "github", "--body", "push.json"][..], "security: `signatureAlgorithm` is missing"),
        (&["send", "--url", here, "--body", "large.json"], "524290 bytes; Port accepts at most 524288"),
        (&["send", "--url", here, "--body", "absent.json"], "cannot read absent.json"),
        (&["send", "--url", "http://a.example/hidden", "--body", "push.json"], "url: must be https"),
        (&["send", "--url", "hidden", "--body", "push.json"], "url: not an absolute URL"),
        (
            &["send", "--url", here, "--body", "push.json", "--header", "hidden"],
            "--header: expected NAME:VALUE",
        ),
        (&["send", "--url", here, "--body", "push.json", "--header", "host:hidden"], "header `host`: "),
        (&["send", "--url", here, "--body", "push.json", "--header", "x:********"], "is a mask"),
        (
            &["send", "--url", here, "--body", "push.json", "--query", "hidden"],
            "--query: expected NAME=VALUE",
        ),
        (&["send", "--url", here, "--body", "push.json", "--secret", "hidden"], "--signature-header: needed"),
        (&["send", "--url", here, "--body", "push.json", "--algorithm", "sha1"], "no secret to sign with"),
        (&["send", "--url-from-env", "UNSET", "--body", "push.json"], "UNSET"),
        (&["send", "--body", "push.json"], "IDENTIFIER"),
        (&["send", "github"], "--body <FILE>"),
    ] {
        let ran = world.run(arguments);
        shows_no_secret(&ran);
        let err = ran.failed(2);
        assert!(err.contains(text), "{arguments:?}: {err}");
    }
    let documented = World::seeded();
    documented.file("push.json", BODY);
    let err = documented.run(&["send", "audit", "--body", "push.json"]).failed(2);
    assert!(err.contains(r#"cannot send events to webhook "audit": it is a subscription"#), "{err}");
    let err = world.run(&["send", "other", "--body", "push.json"]).failed(5);
    assert!(err.contains(r#"cannot get webhook "other""#), "{err}");
}

#[test]
fn wrong_url_from_a_variable_names_the_variable() {
    let world = World::new();
    world.file("push.json", BODY);
    let send = ["send", "--url-from-env", "GITHUB_URL", "--body", "push.json"];
    for (url, flags, text) in [
        ("hidden", &[][..], "GITHUB_URL: not an absolute URL"),
        ("http://a.example/hidden-key", &[], "GITHUB_URL: must be https"),
        ("ftp://a.example/hidden-key", &["--accept-self-signed"], "GITHUB_URL: must be http or https"),
        (
            "http://127.0.0.1:1/hidden-key",
            &["--accept-self-signed"],
            "an https:// URL in --url-from-env GITHUB_URL",
        ),
        ("https://192.0.2.1/hidden-key", &["--accept-self-signed"], "GITHUB_URL is not on this machine"),
    ] {
        let mut command = alone(&world, &[&send[..], flags].concat());
        command.env("GITHUB_URL", url);
        let ran = Ran::of(command, "");
        shows_no_secret(&ran);
        let err = ran.failed(2);
        assert!(err.contains(text), "{url}: {err}");
    }
}

/// JSON that is sent has no byte order mark (RFC 8259), so Port may not read it.
#[test]
fn byte_order_mark_of_a_body_is_sent_and_not_mapped() {
    let body = "\u{feff}{\"id\": 1}";
    let (address, received) = answering(ACCEPTED);
    let world = World::new();
    world.file("push.json", body);
    world.file(
        "webhook.yaml",
        "identifier: a\nmappings: [{ blueprint: b, entity: { identifier: .body.id } }]\n",
    );
    let url = format!("http://{address}/hidden-key");
    let ran = Ran::of(alone(&world, &["send", "--url", &url, "--body", "push.json"]), "");
    assert!(ran.err.contains("the body begins with a byte order mark"), "{ran:#?}");
    ran.done();
    assert_eq!(received.join().unwrap().1, body.as_bytes());
    let err = world.run(&["map", "-f", "webhook.yaml", "--body", "push.json"]).failed(2);
    assert!(err.starts_with("error: push.json begins with a byte order mark"), "{err}");
}

#[test]
fn event_for_a_disabled_data_source_is_sent_with_a_note() {
    let world = World::live();
    world.file("push.json", BODY);
    world.fake.seed(json!({ "identifier": "github", "enabled": false })).unwrap();
    let ran = world.run(&["send", "github", "--body", "push.json"]);
    assert_eq!(ran.err, "the data source is disabled, so Port drops the event\n");
    assert!(ran.done().starts_with("202 Accepted"));
    assert_eq!(world.fake.events("github")[0].outcome, EventOutcome::Disabled);
}

/// And not that of the API, where the webhook was read.
#[test]
fn failure_to_send_names_the_address_of_the_data_source() {
    let world = world(([127, 0, 0, 1], 1).into(), &json!({}));
    for to in [&["github"][..], &["--url", "http://127.0.0.1:1/hidden-key"]] {
        let send = [&["send", "--body", "push.json"], to].concat();
        let ran = world.run(&[&send[..], &["-o", "json"]].concat());
        shows_no_secret(&ran);
        let error: Value = serde_json::from_str(&ran.failed(10)).unwrap();
        assert!(
            error["error"]["message"].as_str().unwrap().contains("http://127.0.0.1:1 cannot be reached"),
            "{error}"
        );
        assert_eq!(error["error"]["address"], "http://127.0.0.1:1");
        let err = world.run(&send).failed(10);
        assert_eq!(err.matches("(Port at ").count(), 1, "{err}");
    }
}

#[test]
fn log_shows_neither_key_nor_secret() {
    let (address, received) = answering(ACCEPTED);
    let world = world(address, &sha256());
    let ran =
        world.run(&["send", "github", "--body", "push.json", "--header", "x:hidden", "--log", "trace", "-v"]);
    received.join().unwrap();
    assert!(ran.err.contains("send_event") && ran.code == Some(0), "{ran:#?}");
    shows_no_secret(&ran);
}

#[test]
fn event_becomes_an_entity_of_the_fake() {
    let world = World::live();
    world.file("push.json", r#"{"ref": "main", "repository": "shop"}"#);
    let mappings = json!([{
        "blueprint": "service", "filter": ".headers.\"x-event\" == \"push\" and .queryParams.env == \"prod\"",
        "entity": { "identifier": ".body.repository", "properties": { "branch": ".body.ref" } },
    }]);
    world.fake.seed(json!({ "identifier": "github", "mappings": mappings, "security": sha256() })).unwrap();
    let send = [
        "send",
        "github",
        "--body",
        "push.json",
        "--header",
        "X-Event:push",
        "--query",
        "env=prod",
        "-o",
        "json",
    ];
    let ran = world.run(&send);
    shows_no_secret(&ran);
    let shown: Value = serde_json::from_str(&ran.done()).unwrap();
    assert_eq!(
        (&shown["webhook"], &shown["status"], &shown["signed"]),
        (&json!("github"), &json!(202), &json!(true))
    );
    let entities = world.fake.entities("service");
    assert_eq!(
        (&entities[0]["identifier"], &entities[0]["properties"]),
        (&json!("shop"), &json!({ "branch": "main" }))
    );
    // Port takes an event with another signature, too, and drops it.
    let ran = world.run(&[&send[..], &["--secret", "another"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let outcomes: Vec<_> = world.fake.events("github").iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [EventOutcome::Evaluated, EventOutcome::SignatureRejected]);
}
