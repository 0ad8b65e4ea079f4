//! Every public type that can hold a secret, as `Debug` shows it.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use port_webhooks::{
    Client, Webhook,
    types::{AccessToken, ExtraFields, HeaderValues, Patch, Secret, Security, SecurityPatch, TokenError},
};
use serde_json::{Map, Value, json};

use super::canary::{CLIENT_SECRET, CREDENTIAL, FIELD, HEADER, TOKEN, WEBHOOK_SECRET, assert_hidden};
use super::drive::{message, new, patch, replacement};

fn hides(value: &impl Debug) {
    assert_hidden(&format!("{value:?}"));
    assert_hidden(&format!("{value:#?}"));
}

fn read() -> Webhook {
    let read = json!({
        "identifier": "a", "headers": { "Authorization": HEADER, "X": CREDENTIAL },
        "security": { "secret": WEBHOOK_SECRET, "next": [WEBHOOK_SECRET] }, "vault": { "token": TOKEN },
    });
    serde_json::from_value(read).unwrap()
}

#[test]
fn what_is_sent_and_read() {
    hides(&new().field("note", FIELD));
    hides(&patch().field("note", json!([{ "in": FIELD }])));
    hides(&replacement().field("note", FIELD));
    hides(&read());
    hides(&read().into_replacement());
    hides(&vec![Some(read())]);
}

#[test]
fn parts_of_it() {
    let headers = HeaderValues::from_iter([("Authorization", HEADER)]);
    let extra: ExtraFields = Map::from_iter([("next".to_owned(), Value::from(FIELD))]).into();
    hides(&Secret::from(TOKEN));
    hides(&Patch::Value(Secret::from(TOKEN)));
    hides(&Security::with_secret(WEBHOOK_SECRET));
    hides(&SecurityPatch::new().secret(WEBHOOK_SECRET));
    hides(&headers);
    hides(&extra);
    hides(&read().security);
    let failed = std::hint::black_box(Err::<(), _>(read()));
    let panic = catch_unwind(AssertUnwindSafe(|| failed.unwrap())).unwrap_err();
    assert_hidden(message(&*panic));
}

#[test]
fn clients() {
    hides(&AccessToken::new(TOKEN));
    hides(&TokenError::refused("no"));
    for builder in [
        Client::builder().credentials("id", CLIENT_SECRET),
        Client::builder().access_token(TOKEN),
        Client::builder().token_provider_fn(async || Ok(AccessToken::new(TOKEN))),
    ] {
        hides(&builder);
        let port = builder.build().unwrap();
        hides(&port);
        hides(&port.webhooks());
        hides(&port.webhooks().create(new()));
        hides(&port.webhooks().update("a", patch()));
        hides(&port.webhooks().replace("a", replacement()));
        hides(&port.webhooks().list().stream());
        hides(&port.webhooks().list().pages());
    }
}

#[test]
fn settings_that_are_wrong() {
    for builder in [
        Client::builder().access_token(format!("{TOKEN}\n")),
        Client::builder().access_token(TOKEN).base_url(format!("https://user:{CLIENT_SECRET}@port.example")),
        Client::builder().access_token(TOKEN).base_url(format!("https://port.example/?token={TOKEN}")),
        Client::builder().access_token(TOKEN).base_url(CLIENT_SECRET),
        Client::builder().access_token(TOKEN).user_agent(format!("a\n{TOKEN}")),
    ] {
        hides(&builder);
        let error = builder.build().unwrap_err();
        assert_hidden(&super::canary::printed(&Err::<(), _>(error)));
    }
}
