//! The example `serve` as a process.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use reqwest::Client;
use serde_json::{Value, json};

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

    let interrupt = Command::new("kill").args(["-INT", &served.0.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let mut rest = String::new();
    served.lines().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "nothing but the three lines");
    let (status, errors) = served.end();
    assert!(status.success(), "{status} {errors}");
    assert_eq!(errors, "");
}

#[test]
fn bad_flags_are_one_line() {
    for arguments in [&["--port", "x"][..], &["--port", "65536"], &["--profile", "other"], &["--other"]] {
        let (status, errors) = Served::start(arguments).end();
        assert!(!status.success());
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(errors.starts_with("error: "), "{errors}");
    }
}
