//! Any identifier is exactly one segment of the path, or is refused before anything is sent.

use fake_port::FakePort;
use port_webhooks::{ErrorKind, NewWebhook, Outcome, WebhookPatch, types::WebhookReplacement};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::corpus::client::Identifiers;
use crate::support::{PAGE_URL, hooks_of, plain_http, property_config};

#[tokio::test]
async fn identifier_that_fits_no_path_is_rejected_before_sending() {
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

/// `PORT_WEBHOOKS_IDENTIFIERS` sets the number of cases.
#[test]
fn any_other_identifier_is_one_segment() {
    let cases = std::env::var("PORT_WEBHOOKS_IDENTIFIERS").map_or(1_000, |text| text.parse().unwrap());
    let pieces = vec![
        "a", ".", "..", "/", "\\", "%", "%2e", "%2F", "%5c", "%00", "?", "#", " ", "+", "&", "=", ";", ":",
        "@", "\"", "'", "<", ">", "{", "}", "|", "^", "`", "~", "[", "]", "é", "名", "😀", "．", "\t", "\n",
        "\0", "\u{7f}", "\u{85}", "\u{a0}", "\u{202e}", "\u{feff}", "metadata", "https://",
    ];
    let pieces = prop::sample::select(pieces);
    let identifiers = prop_oneof![
        3 => prop::collection::vec(pieces.clone(), 1..6).prop_map(|pieces| pieces.concat()),
        2 => prop::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
        // About as long as allowed.
        1 => (pieces, 1000..1030_usize).prop_map(|(piece, length)| piece.repeat(length.div_ceil(piece.len()))),
    ];
    let client = Identifiers::new(plain_http());
    let result = TestRunner::new(property_config(cases)).run(&identifiers, |identifier| {
        client.check(&identifier);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
