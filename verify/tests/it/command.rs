//! The command, as somebody runs it.

use std::process::{Command, Output};
use std::time::Duration;

use crate::fake::{ID, SECRET, assert_clean, fake};
use crate::ledger::LEDGER;
use fake_port::{Fault, Profile, Route, Unverified};
use port_webhooks_verify::Settings;

fn verify(variables: &[(&str, &str)]) -> Output {
    command(&[], variables).output().unwrap()
}

fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_port-webhooks-verify"));
    let all = ["PORT_CLIENT_ID", "PORT_CLIENT_SECRET", "PORT_ACCESS_TOKEN", "PORT_BASE_URL", "PORT_REGION"];
    for name in all.iter().chain(&["PORT_WEBHOOKS_VERIFY"]) {
        command.env_remove(name);
    }
    command.args(arguments).envs(variables.iter().copied());
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_nobody_unless_it_is_told_to() {
    let fake = fake(Profile::Documented, Unverified::default()).await;
    let uri = fake.uri();
    let settings = [("PORT_CLIENT_ID", ID), ("PORT_CLIENT_SECRET", SECRET), ("PORT_BASE_URL", uri.as_str())];
    for opt_in in [None, Some(("PORT_WEBHOOKS_VERIFY", "")), Some(("PORT_WEBHOOKS_VERIFY", "no"))] {
        let variables: Vec<_> = settings.into_iter().chain(opt_in).collect();
        let output = verify(&variables);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("PORT_WEBHOOKS_VERIFY=yes cargo verify"));
    }
    let unclear: Vec<_> = settings.into_iter().chain([("PORT_WEBHOOKS_VERIFY", "1")]).collect();
    let output = verify(&unclear);
    assert_eq!(output.status.code(), Some(2), "a job that means to ask must not look as if it had");
    assert!(text(&output.stderr).contains("neither \"yes\" nor \"no\""));
    assert_eq!(fake.counts().requests, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_says_is_shown_and_not_written() {
    let fake = fake(Profile::Live, Unverified::default()).await;
    let uri = fake.uri();
    let before = std::fs::read_to_string(LEDGER).unwrap();
    let output = verify(&[
        ("PORT_WEBHOOKS_VERIFY", "yes"),
        ("PORT_CLIENT_ID", ID),
        ("PORT_CLIENT_SECRET", SECRET),
        ("PORT_BASE_URL", &uri),
    ]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    assert!(said.contains("list_key: integrations (") && said.contains("is not Port"), "{said}");
    assert!(!said.contains(SECRET) && !said.contains(ID), "{said}");
    assert_eq!(std::fs::read_to_string(LEDGER).unwrap(), before);
    assert_clean(&fake);
}

#[test]
fn only_ports_own_hosts_are_port() {
    let of = |name: &'static str, value: &'static str| {
        let variables = [("PORT_ACCESS_TOKEN", "the-token"), (name, value)];
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Settings::from_variables(find).unwrap()
    };
    assert!(of("", "").is_port() && of("PORT_REGION", "us").is_port());
    assert!(of("PORT_BASE_URL", "https://api.getport.io/v1/").is_port());
    for other in ["http://127.0.0.1:4010", "https://api.port.io.example.com", "https://example.com"] {
        assert!(!of("PORT_BASE_URL", other).is_port(), "{other}");
    }
    assert!(!format!("{:?}", of("", "")).contains("the-token"));
}

#[test]
fn a_setting_that_is_missing_is_named() {
    let output = verify(&[("PORT_WEBHOOKS_VERIFY", "yes")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: PORT_CLIENT_ID is not set"), "{output:?}");
}

#[test]
fn help_says_what_it_needs_and_asks_nobody() {
    for flag in ["--help", "-h"] {
        // It would fail to connect.
        let variables = [("PORT_WEBHOOKS_VERIFY", "yes"), ("PORT_BASE_URL", "http://127.0.0.1:1")];
        let output = command(&[flag], &variables).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        for needed in ["PORT_WEBHOOKS_VERIFY=yes", "PORT_CLIENT_SECRET", "PORT_BASE_URL", "docs/verified.md"]
        {
            assert!(text(&output.stdout).contains(needed), "{needed}");
        }
    }
}

#[test]
fn an_argument_that_is_not_known_is_a_mistake() {
    let output = command(&["--frobnicate"], &[("PORT_WEBHOOKS_VERIFY", "yes")]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: unknown arguments: --frobnicate"), "{output:?}");
}

/// A process that does not outlive a failed test.
#[cfg(unix)]
struct Ended(std::process::Child);

#[cfg(unix)]
impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first one cleans up, which a server that hangs would hold up.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_ends_it() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    let fake = fake(Profile::Documented, Unverified::default()).await;
    fake.inject(Fault::hanging().on([Route::Get]).always());
    fake.inject(Fault::hanging().on([Route::Delete]).always());
    let uri = fake.uri();
    let variables = [
        ("PORT_WEBHOOKS_VERIFY", "yes"),
        ("PORT_CLIENT_ID", ID),
        ("PORT_CLIENT_SECRET", SECRET),
        ("PORT_BASE_URL", &uri),
    ];
    let child = command(&[], &variables).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut child = Ended(child);
    let stop = |child: &std::process::Child| {
        let id = rustix::process::Pid::from_child(child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    };
    let asked = |operation| !fake.requests().of([operation]).is_empty();
    while !asked(Route::Get) {
        tokio::task::yield_now().await;
    }
    stop(&child.0);
    let mut told = BufReader::new(child.0.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert_eq!(line, "stopping; deleting the webhooks of this run (Ctrl-C again aborts)\n");
    while !asked(Route::Delete) {
        tokio::task::yield_now().await;
    }
    stop(&child.0);
    let end = async {
        loop {
            if let Some(status) = child.0.try_wait().unwrap() {
                return status.code();
            }
            tokio::task::yield_now().await;
        }
    };
    // One that goes on fails the test instead of stopping it.
    let code = tokio::time::timeout(Duration::from_secs(20), end).await;
    assert_eq!(code.ok().flatten(), Some(130));
}
