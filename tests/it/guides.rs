//! What the guide to the fake does with curl and with Python, done.

use std::process::{Command, Stdio};

use fake_port::{FakePort, Recording};
use serde_json::json;

use crate::support::markdown;

const PAGE: &str = "crates/fake-port/guides/testing-with-the-fake.md";
/// Where the fake of the page is.
const ADDRESS: &str = "http://127.0.0.1:4010";

async fn serve() -> FakePort {
    FakePort::builder().admin(true).record(Recording::Last(1000)).serve().await.unwrap()
}

fn fence(language: &str, has: &str) -> String {
    let fences = markdown::fences(&markdown::read(PAGE));
    let found = fences.into_iter().find(|fence| fence.language == language && fence.text.contains(has));
    found.unwrap().text
}

/// What a program prints; nothing when there is no such program here.
fn print(program: &str, flag: &str, script: &str) -> Option<String> {
    let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if there.is_err() {
        println!("not run: there is no {program}");
        return None;
    }
    let output = Command::new(program).args([flag, script]).env("no_proxy", "*").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program}: {out}{err}");
    Some(out.into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_gets_what_the_page_shows() {
    if print("curl", "--disable", "--version").is_none() {
        return;
    }
    let fake = serve().await;
    let (mut script, mut expected) = (vec!["set -e".to_owned()], String::new());
    for line in fence("console", "curl").lines() {
        match line.strip_prefix("$ ") {
            // Answers of the fake end without a new line, and a terminal shows the next prompt below.
            Some(command) if command.starts_with("curl") => {
                script.push(format!("out=$({command})\n[ -z \"$out\" ] || echo \"$out\""));
            }
            Some(command) => script.push(command.to_owned()),
            None => expected.extend([line, "\n"]),
        }
    }
    let script = script.join("\n").replace(ADDRESS, &fake.uri());
    if let Some(printed) = print("bash", "-c", &script) {
        assert_eq!(printed, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_does_what_the_page_says() {
    let fake = serve().await;
    // It is gone only if the script has asked this fake to begin anew.
    fake.seed(json!({ "identifier": "before" })).unwrap();
    let script = fence("python", "urllib").replace(ADDRESS, &fake.uri());
    let script = format!("import os; os.environ.pop('PORT_BASE_URL', None)\n{script}");
    if print("python3", "-c", &script).is_some() {
        assert!(fake.webhooks().is_empty(), "it asked another Port");
    }
}
