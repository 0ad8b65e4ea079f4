//! Any identifier is exactly one segment of the path, or is refused before anything is sent.

use fake_port::FakePort;
use port_webhooks::{ErrorKind, NewWebhook, Outcome, WebhookPatch, WebhookReplacement};
use proptest::prelude::*;

use crate::support::{PAGE_URL, hooks_of, property};

#[tokio::test]
async fn what_can_not_stand_in_a_path_is_refused_by_every_method() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    let too_long = "x".repeat(1025);
    for identifier in ["", ".", "..", "a\nb", "\u{0}", "a\u{7f}", "\u{85}", "a\\b", "..\\..\\auth", &too_long]
    {
        let errors = [
            hooks.get(identifier).await.unwrap_err(),
            hooks.update(identifier, WebhookPatch::new()).await.unwrap_err(),
            hooks.replace(identifier, WebhookReplacement::data_source("A")).await.unwrap_err(),
            hooks.delete(identifier).await.unwrap_err(),
            hooks.create(NewWebhook::subscription(identifier, PAGE_URL)).await.unwrap_err(),
            hooks.update("a", WebhookPatch::new().identifier(identifier)).await.unwrap_err(),
            hooks.replace("a", WebhookReplacement::subscription(identifier, PAGE_URL)).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::Configuration, Outcome::NotSent),
                "{identifier:?}"
            );
            assert_eq!(error.attempts(), 0);
        }
    }
    assert_eq!(hooks.get("metadata").await.unwrap_err().kind(), ErrorKind::Configuration);
    assert!(fake.requests().is_empty(), "something was sent");
}

#[tokio::test]
async fn metadata_can_be_written_though_not_read() {
    let fake = FakePort::start().await;
    fake.seed(serde_json::json!({ "identifier": "metadata" })).unwrap();
    assert!(hooks_of(&fake).delete("metadata").await.unwrap());
}

#[test]
fn any_other_identifier_is_one_segment() {
    let odd = prop::sample::select(vec![
        "a/b",
        "/",
        "//",
        "?",
        "#",
        "%",
        "%2e%2e",
        "%2e",
        "...",
        ".a",
        "a.",
        "a b",
        " ",
        "+",
        "&=",
        ";a",
        ":",
        "@",
        "é",
        "名前",
        "😀",
        "\"",
        "<>",
        "{}",
        "|",
        "^",
        "`",
        "~",
        "../x",
        "./",
        "x/..",
        "..;",
        "%00",
        "%2f",
        "metadata/",
        "\u{a0}",
        "\u{202e}",
    ]);
    let strategy =
        prop_oneof![1 => odd.prop_map(str::to_owned), 1 => any::<String>(), 1 => "[./%\\\\?#a]{1,6}"];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fake = runtime.block_on(FakePort::start());
    let hooks = hooks_of(&fake);
    property(10_000, &strategy, async |identifier: String| {
        fake.clear_requests();
        let error = hooks.delete(&identifier).await.unwrap_err();
        let requests = fake.requests();
        if error.kind() == ErrorKind::Configuration {
            let refused = identifier.is_empty()
                || identifier == "."
                || identifier == ".."
                || identifier.contains('\\')
                || identifier.chars().any(char::is_control)
                || identifier.len() > 1024;
            prop_assert!(refused, "{identifier:?} was refused");
            prop_assert!(requests.is_empty());
        } else {
            prop_assert_eq!(error.kind(), ErrorKind::NotFound);
            let path = &requests.last().unwrap().path;
            let segment = path.strip_prefix("/v1/webhooks/").unwrap();
            prop_assert!(!segment.contains('/') && !segment.is_empty(), "{path}");
            let decoded = percent_decode(segment);
            prop_assert_eq!(decoded, identifier.as_bytes());
        }
        Ok(())
    });
}

fn percent_decode(segment: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex: String = bytes.by_ref().take(2).map(char::from).collect();
            decoded.push(u8::from_str_radix(&hex, 16).unwrap());
        } else {
            decoded.push(byte);
        }
    }
    decoded
}
