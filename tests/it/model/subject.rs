//! The subject of the test: several clients on one fake, and the fields that the fake has returned so far.

use std::collections::HashMap;
use std::time::Duration;

use fake_port::{FakePort, Profile};
use port_webhooks::{Error, Webhooks, types::Timestamp};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::history::{Action, CLIENTS, Step};
use super::port::{Body, Expected, Port, Webhook};
use super::requests;
use crate::support::client_of;

pub struct Subject {
    profile: Profile,
    clients: Vec<Webhooks>,
    fake: FakePort,
    runtime: Runtime,
    /// The client of the last step.
    client: usize,
    /// The identifiers that the server made up, by their stand-ins.
    made: HashMap<String, String>,
    /// What the server set, by webhook.
    server_fields: HashMap<usize, ServerFields>,
}

/// What the server set, and after how many changes.
struct ServerFields {
    changes: usize,
    fields: Body,
}

/// What a client brings back.
enum Found {
    Done,
    One(Box<port_webhooks::Webhook>),
    Many(Vec<port_webhooks::Webhook>),
}

impl Subject {
    pub fn new(port: &Port) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let start = FakePort::builder().profile(port.profile).unverified(port.unverified).start();
        let fake = runtime.block_on(start).unwrap();
        Self {
            profile: port.profile,
            clients: (0..CLIENTS).map(|_| client(&fake)).collect(),
            fake,
            runtime,
            client: 0,
            made: HashMap::new(),
            server_fields: HashMap::new(),
        }
    }

    /// Takes a step, and compares its result with that of the model.
    pub fn take(&mut self, port: &Port, step: &Step) {
        // So that a time that is renewed differs from the one before.
        self.fake.advance(Duration::from_secs(1));
        self.client = step.client;
        let found = self.runtime.block_on(self.call(&self.clients[step.client], &step.action));
        match (&port.expected, found) {
            (Expected::Done, Ok(Found::Done)) => {}
            (Expected::One(expected), Ok(Found::One(found))) => self.learn(expected, json!(found), step),
            (Expected::Many(expected), Ok(Found::Many(found))) => {
                self.compare(expected, &found, &format!("{step:?}"));
            }
            (Expected::Failed(kind), Err(error)) => assert_eq!(error.kind(), *kind, "{step:?}: {error}"),
            (Expected::Failed(kind), Ok(_)) => panic!("{step:?} is to fail: {kind:?}"),
            (_, Err(error)) => panic!("{step:?} is to succeed: {error}"),
            (_, Ok(_)) => panic!("{step:?} answers something else"),
        }
    }

    /// Compares the whole list, as another client reads it and as the fake holds it.
    pub fn check_list(&self, port: &Port) {
        let another = &self.clients[(self.client + 1) % CLIENTS];
        let listed = self.runtime.block_on(another.list().send()).unwrap();
        self.compare(&port.webhooks, &listed.webhooks, "the list of another client");
        self.compare(&port.webhooks, &self.fake.webhooks(), "what the fake holds");
    }

    async fn call(&self, hooks: &Webhooks, action: &Action) -> Result<Found, Error> {
        let one = |webhook| Found::One(Box::new(webhook));
        match action {
            Action::Create(body) => {
                hooks.create(requests::new_webhook(&self.with_real_name(body))).await.map(one)
            }
            Action::Get(name) => hooks.get(self.real(name)).await.map(one),
            Action::Update(name, body) => {
                hooks.update(self.real(name), requests::patch(&self.with_real_name(body))).await.map(one)
            }
            Action::Replace(name, body) => {
                let whole = requests::replacement(&self.with_real_name(body));
                hooks.replace(self.real(name), whole).await.map(one)
            }
            Action::WriteBack(name, title) => {
                let whole = hooks.get(self.real(name)).await?.into_replacement().title(title);
                hooks.replace(self.real(name), whole).await.map(one)
            }
            Action::Delete(name) => hooks.delete(self.real(name)).await.map(|deleted| {
                assert!(deleted, "delete {name:?} answers that it was not done");
                Found::Done
            }),
            Action::List { page, per_page } => {
                let list = page.iter().fold(hooks.list(), |list, page| list.page(*page));
                let list = per_page.iter().fold(list, |list, size| list.per_page(*size));
                Ok(Found::Many(list.await?.webhooks))
            }
            Action::Stream { page, per_page, prefetch } => {
                let list = page.iter().fold(hooks.list(), |list, page| list.page(*page));
                let list = per_page.iter().fold(list, |list, size| list.per_page(*size));
                let (mut stream, mut all) = (list.stream().prefetch(*prefetch), Vec::new());
                while let Some(webhook) = stream.try_next().await? {
                    all.push(webhook);
                }
                Ok(Found::Many(all))
            }
            Action::ExpireTokens => {
                self.fake.expire_tokens();
                Ok(Found::Done)
            }
            Action::RevokeTokens => {
                self.fake.revoke_tokens();
                Ok(Found::Done)
            }
        }
    }

    /// Compares one webhook, and remembers what the server set.
    fn learn(&mut self, expected: &Webhook, found: Value, step: &Step) {
        let (server, own) = self.split(found);
        if expected.identifier().starts_with('<') && !self.made.contains_key(expected.identifier()) {
            let identifier = own["identifier"].as_str().unwrap().to_owned();
            assert!(!identifier.is_empty(), "{step:?}");
            self.made.insert(expected.identifier().to_owned(), identifier);
        }
        let expected_own = self.with_real_name(&expected.fields);
        assert_same(&own.into(), &expected_own.into(), &format!("{step:?}"));

        let time = |fields: &Body, name: &str| {
            Timestamp::from(fields[name].as_str().unwrap()).to_datetime().unwrap()
        };
        if let Some(before) = self.server_fields.get(&expected.born) {
            for (name, value) in before.fields.iter().filter(|(name, _)| *name != "updatedAt") {
                assert_eq!(&server[name], value, "{step:?} changes {name}");
            }
            let (old, new) = (time(&before.fields, "updatedAt"), time(&server, "updatedAt"));
            if before.changes == expected.changes {
                assert_eq!(old, new, "{step:?} changes updatedAt");
            } else {
                assert!(old < new, "{step:?} leaves updatedAt");
            }
        } else {
            assert!(time(&server, "createdAt") <= time(&server, "updatedAt"), "{step:?}");
            for other in self.server_fields.values() {
                let key = server.get("webhookKey");
                assert!(
                    key.is_none() || other.fields.get("webhookKey") != key,
                    "{step:?}: the key of another"
                );
            }
        }
        self.server_fields.insert(expected.born, ServerFields { changes: expected.changes, fields: server });
    }

    /// Compares webhooks that were returned before, order included.
    fn compare<W: serde::Serialize>(&self, expected: &[Webhook], found: &[W], place: &str) {
        let whole = |webhook: &Webhook| {
            let mut fields = self.with_real_name(&webhook.fields);
            fields.extend(self.server_fields[&webhook.born].fields.clone());
            Value::Object(fields)
        };
        assert_same(&json!(found), &expected.iter().map(whole).collect(), place);
    }

    /// What the server has set of a webhook, which must be there, and the rest.
    fn split(&self, webhook: Value) -> (Body, Body) {
        let names: &[&str] = match self.profile {
            Profile::Live => &["createdAt", "createdBy", "updatedAt", "updatedBy", "webhookKey", "url"],
            _ => &["createdAt", "updatedAt"],
        };
        let Value::Object(mut own) = webhook else { panic!("not an object: {webhook}") };
        let server = names.iter().map(|name| {
            let value = own.remove(*name).unwrap_or_else(|| panic!("{name} is missing"));
            ((*name).to_owned(), value)
        });
        (server.collect(), own)
    }

    fn real<'a>(&'a self, name: &'a str) -> &'a str {
        self.made.get(name).map_or(name, String::as_str)
    }

    fn with_real_name(&self, body: &Body) -> Body {
        let mut body = body.clone();
        if let Some(Value::String(name)) = body.get_mut("identifier") {
            *name = self.real(name).to_owned();
        }
        body
    }
}

/// As JSON, which is shorter to read than its `Debug`.
fn assert_same(found: &Value, expected: &Value, place: &str) {
    assert!(found == expected, "{place}\n   found: {found}\nexpected: {expected}");
}

/// A client with its own token. It reads no certificates: that takes longer than a history.
fn client(fake: &FakePort) -> Webhooks {
    client_of(fake).http(reqwest::Client::builder().tls_certs_only([])).build().unwrap().webhooks()
}
