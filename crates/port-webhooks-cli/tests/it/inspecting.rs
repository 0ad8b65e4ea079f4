//! `--inspect`: the routes of the page.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::Command;

use serde_json::{Value, json};

use crate::listening::{post, send, signed};
use crate::support::receiver::{answering, once, request};
use crate::support::{Ran, Running, command};

const PAGE: &str = include_str!("../../src/inspect/page.html");
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/// `listen --inspect`; the addresses of its page and of the receiver.
pub(crate) fn inspected(directory: &std::path::Path, arguments: &[&str]) -> (Running, String, String) {
    let mut command = command(directory);
    command.env("SECRET", "hidden-secret").args(["listen", "--inspect"]).args(arguments);
    let mut running = Running::start(command);
    let page = running.told("inspect at http://");
    let address = running.told("listening at http://");
    (running, page, address)
}

/// `fake --inspect`; the addresses of its page and of the fake.
pub(crate) fn inspected_fake(directory: &std::path::Path, arguments: &[&str]) -> (Running, String, String) {
    let mut command = command(directory);
    command.args(["fake", "--inspect"]).args(arguments);
    let mut running = Running::start(command);
    let address = running.line().strip_prefix("http://").unwrap().to_owned();
    let page = running.told("inspect at http://");
    (running, page, address)
}

/// What the page receives as it arrives.
struct Events(BufReader<TcpStream>);

impl Events {
    fn of(page: &str, headers: &str) -> Self {
        let mut stream = TcpStream::connect(page).unwrap();
        write!(stream, "GET /events HTTP/1.1\r\nhost: {page}\r\n{headers}\r\n").unwrap();
        Self(BufReader::new(stream))
    }

    /// The next event: its name, its id, and its data.
    fn next(&mut self) -> (String, String, Value) {
        let (mut name, mut id) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream has ended");
            if let Some(event) = line.strip_prefix("event: ") {
                event.trim_end().clone_into(&mut name);
            } else if let Some(given) = line.strip_prefix("id: ") {
                given.trim_end().clone_into(&mut id);
            } else if let Some(data) = line.strip_prefix("data: ") {
                // An event without data has none.
                return (name, id, serde_json::from_str(data).unwrap_or_default());
            }
        }
    }

    /// The next entry, which is this one.
    #[track_caller]
    fn entry(&mut self) -> Value {
        loop {
            let (name, _, data) = self.next();
            if name == "entry" {
                return data["entry"].clone();
            }
        }
    }
}

/// A request to the page without a body; the whole answer.
fn ask(page: &str, method: &str, path: &str) -> String {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {page}\r\nconnection: close\r\n\r\n");
    send(page, head.as_bytes())
}

#[test]
fn policy_of_the_page_allows_its_own_script_only() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, _) = inspected(directory.path(), &[]);
    let nonces = [(); 2].map(|()| {
        let answer = ask(&page, "GET", "/");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-type: text/html; charset=utf-8"));
        let policy = head.lines().find_map(|line| line.strip_prefix("content-security-policy: ")).unwrap();
        let (_, nonce) = policy.split_once("script-src 'nonce-").unwrap();
        let nonce = nonce.split_once('\'').unwrap().0.to_owned();
        assert_eq!(
            policy.replace(&nonce, "NONCE"),
            "default-src 'none'; script-src 'nonce-NONCE'; style-src 'nonce-NONCE'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types 'none'"
        );
        for header in ["x-content-type-options: nosniff", "referrer-policy: no-referrer", "x-frame-options: DENY"] {
            assert!(head.contains(header), "{head}");
        }
        assert_eq!(body.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
        nonce
    });
    assert_ne!(nonces[0], nonces[1]);
}

#[test]
fn page_loads_nothing_and_parses_no_texts() {
    for loads in ["src=", "href=\"http", "url(", "@import", "import(", "fetch(\"http", "//cdn"] {
        assert!(!PAGE.contains(loads), "{loads}");
    }
    for parses in
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=", "onclick=\""]
    {
        assert!(!PAGE.contains(parses), "{parses}");
    }
}

#[test]
fn other_hosts_and_origins_are_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, _) = inspected(directory.path(), &[]);
    let port = page.rsplit(':').next().unwrap();
    for path in ["GET /", "GET /events", "GET /state", "POST /entries/1/as-it-was", "GET /nowhere"] {
        for headers in [
            String::new(),
            "host: example.com\r\n".to_owned(),
            format!("host: example.com:{port}\r\n"),
            format!("host: localhost.example.com:{port}\r\n"),
            format!("host: 127.0.0.1.example.com:{port}\r\n"),
            format!("host: user@127.0.0.1:{port}\r\n"),
            format!("host: 192.168.0.1:{port}\r\n"),
            format!("host: {page}\r\nhost: {page}\r\n"),
            format!("host: {page}\r\norigin: null\r\n"),
            format!("host: {page}\r\norigin: https://{page}\r\n"),
            format!("host: {page}\r\norigin: http://localhost:{port}\r\n"),
            format!("host: {page}\r\norigin: http://127.0.0.1:1\r\n"),
            format!("host: {page}\r\norigin: http://{page}.example.com\r\n"),
            format!("host: {page}\r\norigin: http://{page}\r\norigin: http://example.com\r\n"),
            format!("host: {page}\r\nsec-fetch-site: cross-site\r\nsec-fetch-mode: no-cors\r\n"),
            format!("host: {page}\r\nsec-fetch-site: same-site\r\n"),
        ] {
            let answer =
                send(&page, format!("{path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n").as_bytes());
            let rejected = answer.starts_with("HTTP/1.1 403 ") || answer.starts_with("HTTP/1.1 400 ");
            assert!(rejected, "{path} {headers}: {answer}");
        }
    }
    for host in [format!("localhost:{port}"), page.clone(), format!("[::1]:{port}"), "127.0.0.1".to_owned()] {
        for origin in [String::new(), format!("origin: http://{host}\r\n")] {
            let get = format!("GET / HTTP/1.1\r\nconnection: close\r\nhost: {host}\r\n{origin}\r\n");
            assert!(send(&page, get.as_bytes()).starts_with("HTTP/1.1 200 "), "{get}");
        }
    }
    // A link on another page.
    let linked = |path: &str| {
        let fetch = "sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n";
        send(
            &page,
            format!("GET {path} HTTP/1.1\r\nconnection: close\r\nhost: {page}\r\n{fetch}\r\n").as_bytes(),
        )
    };
    assert!(linked("/").starts_with("HTTP/1.1 200 "));
    assert!(linked("/events").starts_with("HTTP/1.1 403 "));
    assert!(ask(&page, "POST", "/").starts_with("HTTP/1.1 405 "));
    assert!(ask(&page, "GET", "/page.html").starts_with("HTTP/1.1 404 "));
    assert!(ask(&page, "GET", "/state").starts_with("HTTP/1.1 404 "));
}

#[test]
fn entries_arrive_as_they_happen_and_are_resumed() {
    let directory = tempfile::tempdir().unwrap();
    let (running, page, address) = inspected(directory.path(), &["--secret-from-env", "SECRET"]);
    let body = r#"{"action":"UPDATE","resourceType":"entity","context":{"entity":"pay","blueprint":"svc","runId":"r_0"},
        "trigger":{"by":{"userId":"u_1"},"origin":"API"},
        "diff":{"before":{"replicas":1},"after":{"replicas":2}}}"#;
    let signature = signed(directory.path(), body, &[]);
    post(&address, &signature, body.as_bytes());
    let mut events = Events::of(&page, "");
    let (name, _, hello) = events.next();
    assert_eq!((name.as_str(), &hello["address"]), ("hello", &json!(format!("http://{address}"))));
    assert_eq!(
        (&hello["fake"], &hello["again"], &hello["anew"]),
        (&json!(false), &json!(false), &json!(false))
    );
    let (_, first, data) = events.next();
    let entry = &data["entry"];
    assert_eq!(entry["title"], "change: UPDATE entity svc/pay");
    assert_eq!(entry["details"], json!(["by u_1, from API", "caused by run r_0", "~ replicas: 1 -> 2"]));
    assert_eq!(entry["verdict"], json!({ "state": "verified", "text": "verified" }));
    assert_eq!((&entry["answer"]["status"], &entry["failed"]), (&json!("204 No Content"), &json!(false)));
    assert!(entry["answer"]["milliseconds"].is_u64(), "{entry}");
    // While the page is open.
    post(&address, &signature, b"{}");
    let entry = events.entry();
    let reason = "rejected: signature does not match (x-port-signature)";
    assert_eq!(entry["verdict"], json!({ "state": "rejected", "text": reason }));
    assert_eq!((&entry["answer"]["status"], &entry["failed"]), (&json!("401 Unauthorized"), &json!(false)));
    // After the connection broke.
    let mut resumed = Events::of(&page, &format!("last-event-id: {first}\r\n"));
    assert_eq!(resumed.entry()["verdict"]["text"], reason);
    for unknown in ["other-1", "", "x"] {
        let mut again = Events::of(&page, &format!("last-event-id: {unknown}\r\n"));
        assert_eq!(again.entry()["verdict"]["text"], "verified", "{unknown}");
    }
    // An open page does not keep the command from ending.
    running.interrupt();
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn characters_that_mislead_are_escaped() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &[]);
    let body = "{\"event\":\"a\u{202e}b\u{200b}\",\"data\":{\"a\u{202e}b\u{200b}\":{\"\u{202e}\":1}}}";
    let head = format!(
        "POST /a\u{202e} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-odd: a\u{202e}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    send(&address, head.as_bytes());
    let (_fake, page_of_fake, fake) = inspected_fake(directory.path(), &[]);
    let head = "GET /v1/webhooks/%E2%80%AE%0A HTTP/1.1\r\nconnection: close\r\n";
    send(&fake, format!("{head}host: {fake}\r\n\r\n").as_bytes());
    for page in [page, page_of_fake] {
        let entry = Events::of(&page, "").entry();
        assert!(entry["title"].as_str().unwrap().contains("\\u{202e}"), "{entry}");
        assert!(!entry.to_string().contains(['\u{202e}', '\u{200b}']), "{entry}");
    }
}

#[test]
fn last_entries_are_kept_in_bounded_memory() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected_fake(directory.path(), &[]);
    let request = format!("GET /nowhere HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let last = request.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    send(&address, (request.repeat(506) + &last).as_bytes());
    let mut events = Events::of(&page, "");
    events.next();
    let (_, _, first) = events.next();
    assert_eq!((&first["id"], &first["oldest"]), (&json!(8), &json!(8)), "500 are kept of 507");

    // What can be sent again is kept in 32 MiB. A delivery of more than half of that cannot, and displaces no others.
    let (_running, page, address) = inspected(directory.path(), &["--max-body", "20000000"]);
    for (mebibytes, kept) in [(11, &[1][..]), (11, &[1, 2]), (11, &[2, 3]), (17, &[2, 3])] {
        let answer = post(&address, "", &vec![b'x'; mebibytes * 1024 * 1024]);
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        for id in 1..=4 {
            let answer = ask(&page, "POST", &format!("/entries/{id}/as-it-was"));
            // There is nowhere to send those that are kept.
            let status = if kept.contains(&id) { "409" } else { "404" };
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{id}: {answer}");
        }
    }
}

#[test]
fn event_shows_its_object_with_all_members() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &[]);
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalogue/examples");
    let mut bodies = Vec::new();
    for example in std::fs::read_dir(examples).unwrap() {
        let text = std::fs::read_to_string(example.unwrap().path()).unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        if let Some(event) = body["event"].as_str() {
            let kind = event.split('.').next().unwrap().to_owned();
            let object = &body["data"][&kind];
            let name = if kind == "run" { "id" } else { "identifier" };
            let first = format!("{kind} {}", object[name].as_str().unwrap());
            bodies.push((text, first, object.as_object().unwrap().len()));
        }
    }
    assert_eq!(bodies.len(), port_webhooks::EventType::KNOWN.len());
    let run = r#"{"event":"run.completed","data":{"run":{"id":"r_1","status":"SUCCESS","properties":{"a":{"b":2}}}}}"#;
    bodies.push((run.to_owned(), "run r_1".to_owned(), 3));
    bodies.push((r#"{"event":"x.made","data":{"x":{"n":[1]}}}"#.to_owned(), "x".to_owned(), 2));
    bodies.push((r#"{"event":"x.made","data":{"y":{"n":1}}}"#.to_owned(), String::new(), 0));
    let mut events = Events::of(&page, "");
    for (body, first, members) in &bodies {
        post(&address, "", body.as_bytes());
        let entry = events.entry();
        let details = entry["details"].as_array().unwrap();
        assert_eq!(details.first().map_or("", |line| line.as_str().unwrap()), first, "{body}");
        assert!(details.len() >= *members, "{details:?}");
        if body == run {
            assert_eq!(details[1..], [json!("properties.a.b: 2"), json!("status: \"SUCCESS\"")]);
        }
    }
}

#[test]
fn secrets_are_masked_unless_they_are_asked_for() {
    let body = r#"{"event":"run.created","apiKey":"hidden-1","a":{"api_token":["hidden-2",4242]},"Password":null,
        "url":"https://me:hidden-3@example.com/?k=hidden-4","headers":{"x":"hidden-5"},"text":"of hidden-secret",
        "data":{"run":{"id":"r_1","author":"ann"}}}"#;
    let headers = "Authorization: Bearer hidden-6\r\nX-Api-Key: hidden-7\r\nCookie: hidden-8\r\nX-Own: shown\r\n\
        X-Odd: hidden-secret\r\n";
    for shows in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let mut arguments = vec!["--secret-from-env", "SECRET"];
        arguments.extend(shows.then_some("--inspect-secrets"));
        let (_running, page, address) = inspected(directory.path(), &arguments);
        let signature = signed(directory.path(), body, &[]);
        post(&address, &format!("{signature}{headers}"), body.as_bytes());
        post(&address, &format!("{signature}{headers}"), b"not JSON: hidden-secret");
        let mut events = Events::of(&page, "");
        let (entry, other) = (events.entry(), events.entry());
        let (shown, text) = (entry.to_string(), other.to_string());
        assert_eq!(shown.contains("hidden"), shows, "{shown}");
        assert_eq!(text.contains("hidden"), shows, "{text}");
        assert_eq!(shown.contains("4242"), shows);
        assert_eq!((&entry["curlIsMasked"], &entry["verdict"]["text"]), (&json!(!shows), &json!("verified")));
        for kept in ["\\\"ann\\\"", "\"shown\"", "run.created", "r_1", "Password\\\": null", "sha256="] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
    }
}

#[test]
fn secrets_are_masked_in_what_is_no_valid_json() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &["--secret-from-env", "SECRET"]);
    let deep = format!("{}{{\"token\":\"hidden-1\"}}{}", "[".repeat(10_000), "]".repeat(10_000));
    let bodies: [&[u8]; 6] = [
        br#"{"password":"hidden-1","a":"shown","a":2,"url":"http://example.com/?k=hidden-2"}"#,
        br#"{"a":"shown","password":"hidden-1"#,
        b"{\"a\":\"shown \xff\",\"password\":\"hidden-1\"} hidden-secret",
        br#"{"a":"shown","text":"{\"password\":\"hidden-1\",\"url\":\"/?k=hidden-2\"}"}"#,
        b"shown hidden-secret \xff",
        deep.as_bytes(),
    ];
    let mut events = Events::of(&page, "");
    for body in bodies {
        post(&address, "", body);
        let entry = events.entry().to_string();
        assert!(!entry.contains("hidden"), "{entry}");
        assert!(entry.contains("shown") || body == deep.as_bytes(), "{entry}");
    }
}

#[test]
fn members_with_a_secret_name_are_masked_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &["--secret-from-env", "SECRET"]);
    let valid = [
        (r#"{"token":"a","b":"c"}"#, r#"{"token":"*","b":"c"}"#),
        (r#"{ "token" : -1.5e3 , "b" : 2 }"#, r#"{ "token" : "*" , "b" : 2 }"#),
        (r#"{"token":null,"b":"c"}"#, r#"{"token":null,"b":"c"}"#),
        (r#"{"token":[true,{"x":["a",1]},"b"],"c":"d"}"#, r#"{"token":[true,{"x":["*","*"]},"*"],"c":"d"}"#),
        (r#"{"token":{"token":{"a":1}},"b":{"c":2}}"#, r#"{"token":{"token":{"a":"*"}},"b":{"c":2}}"#),
        (r#"[{"token":{}},"a",{"token":[]},1]"#, r#"[{"token":{}},"a",{"token":[]},1]"#),
        (r#"{"tok\u0065n":"a\"b","c":"\\"}"#, r#"{"tok\u0065n":"*","c":"\\"}"#),
        (r#"{"a":"token","b":"hidden-secret \u0068idden-secret"}"#, r#"{"a":"token","b":"* *"}"#),
        (r#"{"n":12345678901234567890123}"#, r#"{"n":12345678901234567890123}"#),
    ];
    let invalid = [
        (r#"{"token":"a","token":"b","c":1,"c":2}"#, r#"{"token":"*","token":"*","c":1,"c":2}"#),
        (r#"{"a":1,"token":"b"#, r#"{"a":1,"token":"*""#),
        (r#"{"a":1,"token":["b","c"#, r#"{"a":1,"token":["*","*""#),
        ("{\"token\":\"a\nb\",}", "{\"token\":\"*\",}"),
        (r#"]}{"token":1}"#, r#"]}{"token":"*"}"#),
        (r#"{"token"#, r#"{"token"#),
        (r#""token":"\"#, r#""token":"*""#),
        ("", ""),
    ];
    let invalid = invalid.map(|(body, shown)| (body.as_bytes().to_vec(), shown.to_owned()));
    // What is no JSON at its end is shown as it is, without indentation.
    let valid = valid.map(|(body, shown)| (format!("{body} !").into_bytes(), format!("{shown} !")));
    let not_utf8 = b"{\"token\":\"\xff\",\"a\":\"\xff\"}".to_vec();
    let not_utf8 = (not_utf8, "{\"token\":\"*\",\"a\":\"\u{fffd}\"}".to_owned());
    let mut events = Events::of(&page, "");
    for (body, shown) in valid.into_iter().chain(invalid).chain([not_utf8]) {
        post(&address, "", &body);
        assert_eq!(events.entry()["body"], json!(shown.replace('*', "********")));
    }
}

#[test]
fn secrets_are_masked_outside_of_the_body() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &["--secret-from-env", "SECRET"]);
    let headers = "referer: https://example.com/?k=hidden-1\r\nx-forwarded-uri: /shown?k=hidden-2\r\n\
        x-json: {\"password\":\"hidden-3\"}\r\nrun_id: hidden-secret\r\n";
    let head =
        format!("POST /hidden-secret/x HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    send(&address, head.as_bytes());
    let entry = Events::of(&page, "").entry();
    assert!(!entry.to_string().contains("hidden"), "{entry}");
    assert_eq!(entry["target"], "/********/x");
    assert!(entry.to_string().contains("/shown?********"), "{entry}");
    // The key of a data source is in its path.
    let (_running, page, fake) = inspected_fake(directory.path(), &["--profile", "live"]);
    let head = format!("POST /ingest/hidden-key HTTP/1.1\r\nhost: {fake}\r\nconnection: close\r\n\r\n");
    send(&fake, head.as_bytes());
    let entry = Events::of(&page, "").entry();
    assert_eq!((&entry["title"], &entry["target"]), (&json!("ingest"), &json!("/ingest/********")));
    assert!(!entry.to_string().contains("hidden"), "{entry}");
}

#[test]
fn secret_of_the_scheme_plain_is_masked() {
    // The header is the secret.
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(
        directory.path(),
        &["--secret", "short", "--scheme", "plain", "--signature-header", "x-own"],
    );
    post(&address, "X-Own: short\r\nX-Port-Signature: short\r\n", b"{}");
    let entry = Events::of(&page, "").entry();
    assert_eq!(entry["verdict"]["state"], "verified");
    assert!(!entry.to_string().contains("short"), "{entry}");
}

#[test]
fn delivery_is_sent_again_as_it_was_or_signed_anew() {
    let scheme = ["--scheme", "timestamped"];
    let directory = tempfile::tempdir().unwrap();
    let (to, receiver) = once(|stream| {
        drop(stream);
    });
    let url = format!("http://{to}/port");
    let arguments = ["--secret-from-env", "SECRET", "--forward-to", &url];
    let (_running, page, address) = inspected(directory.path(), &[&arguments[..], &scheme].concat());
    let old =
        signed(directory.path(), "{}", &[&scheme[..], &["--at", "1000000000000", "--milliseconds"]].concat());
    // A failed forward of a fresh delivery.
    let fresh = signed(directory.path(), "{}", &scheme);
    assert!(post(&address, &fresh, b"{}").starts_with("HTTP/1.1 502 "));
    receiver.join().unwrap();
    post(&address, &old, b"{}");
    let mut events = Events::of(&page, "");
    let (failed, rejected) = (events.entry(), events.entry());
    assert_eq!((&failed["verdict"]["text"], &failed["failed"]), (&json!("verified"), &json!(true)));
    assert!(failed["answer"]["error"].as_str().unwrap().contains("cannot be reached"), "{failed}");
    assert_eq!(rejected["verdict"]["state"], "rejected");
    // The port of the target is free again.
    let again = |how: &str| {
        let listener = std::net::TcpListener::bind(to).unwrap();
        let receiver = std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let request = request(&mut stream);
            stream.write_all(OK.as_bytes()).unwrap();
            request
        });
        let answer = ask(&page, "POST", &format!("/entries/2/{how}"));
        assert!(answer.ends_with(r#"{"sent":"200"}"#), "{answer}");
        receiver.join().unwrap()
    };
    let (head, body) = again("as-it-was");
    assert!(head.starts_with("POST /port HTTP/1.1\r\n") && head.contains(old.trim_end()), "{head}");
    assert_eq!(body, b"{}");
    let (head, _) = again("signed-anew");
    assert!(!head.contains("1000000000000"), "{head}");
    // What was signed anew is accepted, and its timestamp has the unit of the old one.
    let anew: Vec<_> = head.lines().filter(|line| line.starts_with("x-port-")).collect();
    std::fs::write(directory.path().join("headers"), anew.join("\n")).unwrap();
    let mut verify = command(directory.path());
    verify.args(["verify", "--headers", "headers", "--secret", "hidden-secret", "--scheme", "timestamped"]);
    Ran::of(verify, "{}").done();
    let time = anew.iter().find_map(|line| line.strip_prefix("x-port-timestamp: ")).unwrap();
    assert_eq!(time.len(), 13);
    for how in ["as it was", "signed anew"] {
        let entry = events.entry();
        assert_eq!(entry["verdict"]["text"], format!("sent again, {how}"));
        assert_eq!((&entry["answer"]["status"], &entry["answer"]["body"]), (&json!("200 OK"), &json!("ok")));
    }
    for (path, status) in
        [("/entries/99/as-it-was", 404), ("/entries/1/else", 404), ("/entries/x/as-it-was", 400)]
    {
        assert!(ask(&page, "POST", path).starts_with(&format!("HTTP/1.1 {status} ")), "{path}");
    }
    assert!(ask(&page, "GET", "/entries/1/as-it-was").starts_with("HTTP/1.1 405 "));
}

#[test]
fn sending_again_without_target_or_secret_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &["--max-body", "10"]);
    post(&address, "", b"{}");
    let answer = ask(&page, "POST", "/entries/1/as-it-was");
    assert!(answer.starts_with("HTTP/1.1 409 ") && answer.contains("--forward-to"), "{answer}");
    // A part of a body is no delivery.
    post(&address, "", &[b' '; 11]);
    assert!(ask(&page, "POST", "/entries/2/as-it-was").starts_with("HTTP/1.1 404 "));
    let (to, receiver) = answering(OK);
    let (_running, page, address) = inspected(directory.path(), &["--forward-to", &to.to_string()]);
    post(&address, "", b"{}");
    receiver.join().unwrap();
    let answer = ask(&page, "POST", "/entries/1/signed-anew");
    assert!(answer.starts_with("HTTP/1.1 409 ") && answer.contains("no secret to sign with"), "{answer}");
}

/// A shell that runs the copied command sends what arrived.
#[test]
fn copied_curl_sends_the_same_request() {
    if Command::new("curl").arg("--version").output().is_err() {
        return eprintln!("skipped: there is no curl");
    }
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) =
        inspected(directory.path(), &["--max-body", "200000", "--inspect-secrets"]);
    let long = format!("\"{}\"", "é'x".repeat(30_000));
    let bodies: [&[u8]; 9] = [
        b"",
        "-%s\\n\u{1b}[201~!! é\u{202e}'\n".as_bytes(),
        "👩\u{200d}💻".as_bytes(),
        b"{\"a\":\"it's\"}",
        b"@file",
        b"'\\''\r\n\t$HOME `id`\n",
        b"\0\xff%s\\n",
        long.as_bytes(),
        b"-x",
    ];
    let mut events = Events::of(&page, "");
    for body in bodies {
        for headers in [
            "",
            "Content-Type: text/plain\r\n",
            "X-Empty:\r\nX-Quote: it's $HOME\r\n",
            "X-Odd: '!!' \u{202e}\r\n",
        ] {
            post(&address, headers, body);
            let sent = events.entry();
            std::fs::write(directory.path().join("copied"), sent["curl"].as_str().unwrap()).unwrap();
            let copied = Command::new("sh").arg("copied").current_dir(directory.path()).output().unwrap();
            assert!(copied.status.success(), "{sent} {copied:?}");
            let arrived = events.entry();
            for part in ["method", "target", "body"] {
                assert_eq!(arrived[part], sent[part], "{sent}");
            }
            // Those of curl's own.
            let of_ours = |entry: &Value| {
                let headers = entry["headers"].as_array().unwrap().clone().into_iter();
                let own = ["host", "connection", "content-length", "accept", "user-agent", "expect"];
                headers.filter(|header| !own.iter().any(|name| header[0] == *name)).collect::<Vec<_>>()
            };
            assert_eq!(of_ours(&arrived), of_ours(&sent), "{sent}");
        }
    }
}

/// Whatever the method and the path are.
#[test]
fn copied_curl_runs_nothing_else() {
    if Command::new("curl").arg("--version").output().is_err() {
        return eprintln!("skipped: there is no curl");
    }
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, address) = inspected(directory.path(), &[]);
    let mut events = Events::of(&page, "");
    for line in [
        "A|touch /a",
        "A&touch$IFS& /a",
        "`touch` /a",
        "POST /';touch$IFS'x';'",
        "POST /[1-9]/{a,b}",
        "POST /a/../b/./c",
        "POST /$(touch)/!!",
    ] {
        let head = format!("{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        send(&address, head.as_bytes());
        let sent = events.entry();
        std::fs::write(directory.path().join("copied"), sent["curl"].as_str().unwrap()).unwrap();
        let copied = Command::new("sh").arg("copied").current_dir(directory.path()).output().unwrap();
        assert!(copied.status.success(), "{copied:?}");
        let arrived = events.entry();
        for part in ["method", "target"] {
            assert_eq!(arrived[part], sent[part], "{line}");
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "{line}");
    }
}

#[test]
fn page_of_the_fake_has_requests_deliveries_and_state() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, fake) = inspected_fake(directory.path(), &[]);
    let json = "content-type: application/json\r\n";
    let call = |method: &str, path: &str, headers: &str, body: &Value| {
        let body = body.to_string();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {fake}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}{json}\r\n{body}"
        );
        let answer = send(&fake, head.as_bytes());
        serde_json::from_str::<Value>(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let (to, receiver) = answering(OK);
    let credentials = json!({ "clientId": "fake-client-id", "clientSecret": "fake-client-secret" });
    let token =
        call("POST", "/v1/auth/access_token", "", &credentials)["accessToken"].as_str().unwrap().to_owned();
    let webhook = json!({
        "identifier": "audit", "url": format!("http://{to}/hook?token=hidden"), "events": ["run.completed"],
        "headers": { "X-Team": "hidden-team" }, "security": { "secret": "hidden-secret" },
    });
    call("POST", "/v1/webhooks", &format!("authorization: Bearer {token}\r\n"), &webhook);
    call(
        "POST",
        "/_fake/events",
        "",
        &json!({ "event": "run.completed", "data": { "run": { "id": "r_1" } } }),
    );
    let (head, _) = receiver.join().unwrap();
    call("POST", "/_fake/faults", "", &json!({ "fault": { "status": { "code": 500 } }, "on": ["list"] }));
    call("GET", "/v1/webhooks", &format!("authorization: Bearer {token}\r\n"), &Value::Null);

    let mut events = Events::of(&page, "");
    let (_, _, hello) = events.next();
    assert_eq!((&hello["fake"], &hello["again"], &hello["anew"]), (&json!(true), &json!(true), &json!(true)));
    let [got_token, create, delivery, list] = [(); 4].map(|()| events.entry());
    assert_eq!((&got_token["title"], &create["title"]), (&json!("token"), &json!("create audit")));
    assert_eq!((&create["answer"]["status"], &create["kind"]), (&json!("201 Created"), &json!("request")));
    assert_eq!((&delivery["kind"], &delivery["title"]), (&json!("sent"), &json!("run.completed")));
    assert_eq!(
        (&delivery["verdict"]["text"], &delivery["answer"]["body"]),
        (&json!("delivered"), &json!("ok"))
    );
    assert_eq!((&list["failed"], &list["verdict"]["text"]), (&json!(true), &json!("fault: status")));
    for entry in [&got_token, &create, &delivery, &list] {
        let shown = entry.to_string();
        assert!(!shown.contains("hidden") && !shown.contains(&token), "{shown}");
        assert!(!shown.contains("fake-client-secret"), "{shown}");
    }
    let state = ask(&page, "GET", "/state");
    let state: Value = serde_json::from_str(state.split_once("\r\n\r\n").unwrap().1).unwrap();
    let names: Vec<_> = state.as_array().unwrap().iter().map(|part| part["name"].as_str().unwrap()).collect();
    assert_eq!(names[..5], ["webhooks", "entities", "runs", "faults", "clientId"]);
    assert_eq!((&state[0]["items"][0]["title"], &state[3]["items"]), (&json!("audit"), &json!([])));
    assert!(
        state.to_string().contains(r#"\"deliveries\": 1"#) && !state.to_string().contains("hidden"),
        "{state}"
    );

    // The receiver is gone, so the delivery fails.
    let listener = std::net::TcpListener::bind(to).unwrap();
    let again = std::thread::spawn(move || {
        [(); 2].map(|()| {
            let mut stream = listener.accept().unwrap().0;
            let request = request(&mut stream);
            stream.write_all(OK.as_bytes()).unwrap();
            request.0
        })
    });
    for how in ["as-it-was", "signed-anew"] {
        let answer = ask(&page, "POST", &format!("/entries/3/{how}"));
        assert!(answer.ends_with(r#"{"sent":"200"}"#), "{answer}");
    }
    // The body signature is the same, because the body is.
    let without_host = |head: &str| {
        head.lines().filter(|line| !line.starts_with("host")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        again.join().unwrap().map(|head| without_host(&head)),
        [without_host(&head), without_host(&head)]
    );
    assert!(ask(&page, "POST", "/entries/1/as-it-was").starts_with("HTTP/1.1 404 "), "a request to the fake");
}

#[test]
fn state_of_the_fake_is_shown_with_all_digits() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, fake) = inspected_fake(directory.path(), &[]);
    let fault = r#"{"fault":"drop","times":9007199254740993}"#;
    let head = format!("POST /_fake/faults HTTP/1.1\r\nhost: {fake}\r\nconnection: close\r\n");
    let length = fault.len();
    let headers = format!("content-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    send(&fake, format!("{head}{headers}{fault}").as_bytes());
    let state = ask(&page, "GET", "/state");
    let state: Value = serde_json::from_str(state.split_once("\r\n\r\n").unwrap().1).unwrap();
    let shown = &state[3]["items"][0];
    assert_eq!(shown["title"], "1 · drop");
    assert!(shown["text"].as_str().unwrap().contains("\n  \"left\": 9007199254740993"), "{shown}");
}

#[test]
fn wrong_flags_of_the_page_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let (_running, page, _) = inspected(directory.path(), &[]);
    let port = page.rsplit(':').next().unwrap();
    for name in ["listen", "fake"] {
        for (arguments, status, what) in [
            (&["--inspect-port", "0"][..], 2, "--inspect"),
            (&["--inspect-secrets"], 2, "--inspect"),
            (&["--inspect", "--inspect-port", "x"], 2, "--inspect-port"),
            (
                &["--inspect", "--inspect-port", port],
                1,
                "error: --inspect-port: cannot listen on 127.0.0.1, port ",
            ),
        ] {
            let mut command = command(directory.path());
            command.arg(name).args(arguments);
            let err = Ran::of(command, "").failed(status);
            assert!(err.contains(what), "{name} {arguments:?}: {err}");
        }
    }
}
