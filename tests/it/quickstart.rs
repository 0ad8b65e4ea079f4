//! The quickstart as a person runs it.

use std::process::{Command, Output};

use fake_port::FakePort;

fn quickstart(settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    for name in [
        "PORT_CLIENT_ID",
        "PORT_CLIENT_SECRET",
        "PORT_ACCESS_TOKEN",
        "PORT_BASE_URL",
        "PORT_REGION",
        "PORT_ALLOW_PLAIN_HTTP",
    ] {
        command.env_remove(name);
    }
    command.envs(settings.iter().copied()).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

/// The quickstart against a server that is there already.
fn quickstart_at(fake: &FakePort) -> Output {
    let uri = fake.uri();
    let settings = [
        ("PORT_CLIENT_ID", fake.client_id()),
        ("PORT_CLIENT_SECRET", fake.client_secret()),
        ("PORT_BASE_URL", uri.as_str()),
    ];
    tokio::task::block_in_place(|| quickstart(&settings))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn without_settings_it_walks_through_the_page_on_a_fake() {
    let output = quickstart(&[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let (first, rest) = shown.split_once('\n').unwrap();
    assert!(first.starts_with("Using a fake Port at http://127.0.0.1:"), "{first}");
    insta::assert_snapshot!(rest);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_settings_it_uses_that_server_and_leaves_nothing_behind() {
    let fake = FakePort::start().await;
    fake.seed(serde_json::json!({ "identifier": "entity-updated-webhook" })).unwrap();
    let output = quickstart_at(&fake);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with(&format!("Using Port at {}\n", fake.uri())));
    assert!(fake.requests().len() > 8);
    assert_eq!(fake.webhooks().len(), 1, "it removed its own webhook, and that alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_is_cleaned_up_after() {
    let fake =
        FakePort::builder().unreachable("https://api.example.com/webhooks/port/v2").start().await.unwrap();
    let output = quickstart_at(&fake);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("removed quickstart-") && stderr.contains("error: cannot update webhook"),
        "{stderr}"
    );
    assert!(fake.webhooks().is_empty());
}

#[test]
fn a_setting_that_is_missing_is_named() {
    let output = quickstart(&[("PORT_CLIENT_ID", "id")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).starts_with("error: PORT_CLIENT_SECRET is not set"),
        "{}",
        text(&output.stderr)
    );
}
