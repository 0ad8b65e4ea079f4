//! The command, as somebody runs it.

use std::process::{Command, Output};

use crate::fake::{ID, SECRET, assert_clean, fake};
use crate::ledger::LEDGER;
use fake_port::{Profile, Unverified};
use port_webhooks_verify::Settings;

fn verify(variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_port-webhooks-verify"));
    let all = ["PORT_CLIENT_ID", "PORT_CLIENT_SECRET", "PORT_ACCESS_TOKEN", "PORT_BASE_URL", "PORT_REGION"];
    for name in all.iter().chain(&["PORT_WEBHOOKS_VERIFY"]) {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).output().unwrap()
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
