//! The example `serve` as a process.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use reqwest::Client;
use serde_json::{Value, json};

use crate::deliveries::Receiver;

/// The example that cargo built beside this test.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let path = profile.join("examples").join("serve");
    assert!(path.exists(), "run `cargo build -p fake-port --example serve` first");
    path
}

/// The process; it does not outlive a failed test.
struct Served(Child);

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(example());
        Self(command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn lines(&mut self) -> BufReader<&mut std::process::ChildStdout> {
        BufReader::new(self.0.stdout.as_mut().unwrap())
    }

    /// Waits for the end; returns what was left to read from standard error.
    fn end(mut self) -> (ExitStatus, String) {
        let mut errors = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.0.wait().unwrap(), errors)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn it_prints_three_lines_and_serves_until_interrupted() {
    let mut served = Served::start(&["--port", "0", "--profile", "live"]);
    let mut lines = served.lines();
    let mut line = || {
        let mut text = String::new();
        lines.read_line(&mut text).unwrap();
        text.trim_end().to_owned()
    };
    let (uri, id, secret) = (line(), line(), line());
    drop(lines);

    let http = Client::builder().no_proxy().build().unwrap();
    let credentials = json!({ "clientId": id, "clientSecret": secret });
    let token = http.post(format!("{uri}/v1/auth/access_token")).json(&credentials).send().await.unwrap();
    let token = token.json::<Value>().await.unwrap()["accessToken"].as_str().unwrap().to_owned();
    let list = http.get(format!("{uri}/v1/webhooks")).header("authorization", format!("Bearer {token}"));
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    assert_eq!(list, json!({ "ok": true, "integrations": [] }));

    let number = uri.rsplit(':').next().unwrap();
    let (status, errors) = Served::start(&["--port", number]).end();
    assert!(!status.success());
    assert!(errors.starts_with(&format!("error: cannot listen on 127.0.0.1:{number}: ")), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");

    let interrupt =
        Command::new("sh").args(["-c", &format!("kill -INT {}", served.0.id())]).status().unwrap();
    assert!(interrupt.success());
    let mut rest = String::new();
    served.lines().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "nothing but the three lines");
    let (status, errors) = served.end();
    assert!(status.success(), "{status} {errors}");
    assert_eq!(errors, "");
}

/// A file that ends with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fake-port-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The address that the process prints.
fn uri_of(served: &mut Served) -> String {
    let mut line = String::new();
    served.lines().read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[tokio::test]
async fn flags_have_their_effect() {
    let receiver = Receiver::start().await;
    let mut audit = receiver.webhook("audit");
    audit["events"] = json!(["webhook.created"]);
    let seed = File::new("seed.json", &json!({ "webhooks": [audit] }).to_string());
    let plan = json!({ "seed": 1, "share": 1, "faults": [
        { "fault": { "status": { "code": 418 } }, "on": ["get"] },
        { "fault": { "status": { "code": 418 } }, "on": ["get"] },
    ] });
    let faults = File::new("faults.json", &plan.to_string());
    let mut served = Served::start(&[
        "--client-id",
        "me",
        "--client-secret",
        "mine",
        "--seed",
        seed.path(),
        "--rate-limit",
        "3/60",
        "--rate-limit-reset",
        "wait",
        "--faults",
        faults.path(),
        "--record",
        "2",
        "--scheme",
        "timestamped",
        "--deliver-changes",
    ]);
    let uri = uri_of(&mut served);
    let http = Client::builder().no_proxy().build().unwrap();
    let credentials = json!({ "clientId": "me", "clientSecret": "mine" });
    let token = http.post(format!("{uri}/v1/auth/access_token")).json(&credentials).send().await.unwrap();
    let token = token.json::<Value>().await.unwrap()["accessToken"].as_str().unwrap().to_owned();
    let call = |method: reqwest::Method, path: &str| {
        http.request(method, format!("{uri}{path}")).header("authorization", format!("Bearer {token}"))
    };

    assert_eq!(call(reqwest::Method::GET, "/v1/webhooks/audit").send().await.unwrap().status(), 418);
    let created = json!({ "identifier": "b", "url": "https://example.com", "events": ["run.created"] });
    let created = call(reqwest::Method::POST, "/v1/webhooks").json(&created).send().await.unwrap();
    assert_eq!(
        (created.status().as_u16(), &created.headers()["x-ratelimit-limit"]),
        (201, &"3".parse().unwrap())
    );
    assert_eq!(created.headers()["x-ratelimit-reset"], "60");
    for status in [200, 200, 429] {
        assert_eq!(call(reqwest::Method::GET, "/v1/webhooks").send().await.unwrap().status(), status);
    }
    let recorded: Value =
        http.get(format!("{uri}/_fake/requests")).send().await.unwrap().json().await.unwrap();
    let numbers: Vec<_> = recorded["requests"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, [5, 6]);
    // The delivery is made while the client has its answer already; the log tells when it has ended.
    let delivered = async {
        loop {
            let log: Value =
                http.get(format!("{uri}/_fake/deliveries")).send().await.unwrap().json().await.unwrap();
            if let Some(delivery) = log["deliveries"].get(0) {
                return delivery.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let delivery = tokio::time::timeout(std::time::Duration::from_secs(10), delivered).await.unwrap();
    assert_eq!((&delivery["event"], &delivery["outcome"]), (&json!("webhook.created"), &json!("delivered")));
    assert!(delivery["headers"]["x-port-timestamp"][0].is_string());
}

#[tokio::test]
async fn a_seeded_live_webhook_is_called_as_live_port_calls() {
    let receiver = crate::deliveries::Receiver::start().await;
    let webhook = json!([{ "identifier": "a", "title": "A", "enabled": true, "url": receiver.uri() }]);
    let seed = File::new("live-seed.json", &webhook.to_string());
    let mut served = Served::start(&["--profile", "live", "--seed", seed.path(), "--milliseconds"]);
    let uri = uri_of(&mut served);
    let http = Client::builder().no_proxy().build().unwrap();
    let event = json!({ "change": { "create": { "identifier": "pay", "blueprint": "svc" } }, "to": ["a"] });
    let answer = http.post(format!("{uri}/_fake/events")).json(&event).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["deliveries"][0]["outcome"], "delivered", "{answer}");
    let sent = &receiver.received().await[0];
    assert_eq!(sent.body_json::<Value>().unwrap()["context"]["entity"], "pay");
    assert!(sent.headers["x-port-signature"].to_str().unwrap().starts_with("v1,"));
    assert_eq!(sent.headers["x-port-timestamp"].len(), 13);
}

#[tokio::test]
async fn host_and_allowed_names_are_flags() {
    let mut served = Served::start(&[
        "--host",
        "0.0.0.0",
        "--allow-host",
        "fake",
        "--allow-host",
        "10.0.0.7",
        "--record",
        "9",
    ]);
    let uri = uri_of(&mut served);
    assert!(uri.starts_with("http://127.0.0.1:"), "{uri}");
    let http = Client::builder().no_proxy().build().unwrap();
    for (host, status) in [("fake:4010", 200), ("10.0.0.7", 200), ("localhost", 200), ("other", 403)] {
        let response = http.get(format!("{uri}/_fake/counts")).header("host", host).send().await.unwrap();
        assert_eq!(response.status(), status, "{host}");
        let response = http.get(format!("{uri}/v1/webhooks")).header("host", host).send().await.unwrap();
        assert_eq!(response.status(), if status == 200 { 401 } else { 403 }, "{host}");
    }
    let counts: Value = http.get(format!("{uri}/_fake/counts")).send().await.unwrap().json().await.unwrap();
    assert_eq!(counts["counts"]["requests"], 3);
}

#[tokio::test]
async fn it_can_do_without_the_routes_of_its_own() {
    let mut served = Served::start(&["--no-admin"]);
    let uri = uri_of(&mut served);
    let http = Client::builder().no_proxy().build().unwrap();
    assert_eq!(http.get(format!("{uri}/_fake")).send().await.unwrap().status(), 404);
}

#[test]
fn bad_files_are_one_line_that_names_them() {
    for (flag, text, message) in [
        ("--seed", "{", "not a file of webhooks: EOF while parsing an object at line 1 column 1"),
        ("--seed", "{}", "not a file of webhooks: must be a list of webhooks, or"),
        ("--faults", "[]", "not a plan of faults: "),
        (
            "--faults",
            r#"{"seed":1,"faults":[{"fault":"explode"}]}"#,
            "not a plan of faults: faults[0].fault: unknown variant `explode`",
        ),
        (
            "--faults",
            r#"{"seed":1,"faults":[{"fault":"drop"},{"fault":{"status":{"code":1}}}]}"#,
            "not a plan of faults: faults[1]: status: 1 is not between 200 and 599",
        ),
    ] {
        let file = File::new("bad.json", text);
        let (status, errors) = Served::start(&[flag, file.path()]).end();
        assert!(!status.success());
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(errors.starts_with(&format!("error: {}: {message}", file.path())), "{errors}");
    }
    for (flag, name) in [("--seed", "missing-seed.json"), ("--faults", "missing-faults.json")] {
        let (status, errors) = Served::start(&[flag, name]).end();
        assert!(!status.success());
        assert!(
            errors.starts_with(&format!("error: cannot read {name}: ")) && errors.lines().count() == 1,
            "{errors}"
        );
    }
    let fits = format!("[]{}", " ".repeat(16 * 1024 * 1024 - 2));
    for flag in ["--seed", "--faults"] {
        let file = File::new("long.json", &format!("{fits} "));
        for name in [file.path(), "/dev/zero"] {
            let (status, errors) = Served::start(&[flag, name]).end();
            assert!(!status.success());
            assert_eq!(
                errors,
                format!(
                    "error: cannot read {name}: it is larger than 16 MiB, the most that a file may have\n"
                )
            );
        }
    }
    let file = File::new("fits.json", &fits);
    assert!(Served::start(&["--faults", file.path()]).end().1.contains("not a plan of faults"));
    let file = File::new("twice.json", r#"[{"identifier":"a"},{"identifier":"a"}]"#);
    let (status, errors) = Served::start(&["--seed", file.path()]).end();
    assert!(!status.success());
    assert_eq!(errors, "error: cannot store seed 1: identifier: another webhook has it\n");
}

#[test]
fn bad_flags_are_one_line() {
    for arguments in [
        &["--port", "x"][..],
        &["--port", "65536"],
        &["--profile", "other"],
        &["--other"],
        &["--rate-limit", "10"],
        &["--rate-limit-reset", "wait"],
        &["--profile", "live", "--profile"],
        &["--record", "-1"],
        &["--host", "fake"],
        &["--allow-host", "http://fake"],
    ] {
        let (status, errors) = Served::start(arguments).end();
        assert!(!status.success());
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(errors.starts_with("error: "), "{errors}");
        assert!(!errors.trim_end().ends_with(':'), "what is missing is named: {errors}");
    }
}
