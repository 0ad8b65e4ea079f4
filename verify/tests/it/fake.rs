//! A fake to ask.

use std::collections::HashMap;
use std::ffi::OsString;
use std::future::pending;
use std::sync::Arc;

use fake_port::{Builder, FakePort, Profile, Unverified};
use port_webhooks_verify::ledger::{self, Fact};
use port_webhooks_verify::{Report, Settings, Wait, is_ours, run};
use serde_json::json;

pub(crate) const ID: &str = "verify-client-id";
pub(crate) const SECRET: &str = "verify-client-secret";
pub(crate) const PROFILES: [Profile; 2] = [Profile::Documented, Profile::Live];

/// Webhooks of others, some of which are called almost like those of a run.
const OTHERS: [&str; 5] =
    ["entity-created", "pw-verify-", "pw-verify-0123456-x", "pw-verify-0123456G-x", "pw-verify-01234567-"];

pub(crate) fn facts() -> Vec<Fact> {
    ledger::read(include_str!("../../../docs/verified.md")).unwrap()
}

pub(crate) fn builder(profile: Profile, switches: Unverified) -> Builder {
    let others = OTHERS.map(|identifier| json!({ "identifier": identifier, "title": "of others" }));
    let builder = FakePort::builder().profile(profile).credentials(ID, SECRET);
    builder.webhooks(others).unverified(switches)
}

pub(crate) async fn fake(profile: Profile, switches: Unverified) -> Arc<FakePort> {
    Arc::new(builder(profile, switches).start().await.unwrap())
}

pub(crate) fn settings(fake: &FakePort) -> Settings {
    let uri = fake.uri();
    let variables = HashMap::from([
        ("PORT_CLIENT_ID", ID),
        ("PORT_CLIENT_SECRET", SECRET),
        ("PORT_BASE_URL", uri.as_str()),
    ]);
    Settings::from_variables(|name| variables.get(name).map(OsString::from)).unwrap()
}

/// Moves the fake's clock instead of waiting.
pub(crate) fn wait(fake: &Arc<FakePort>) -> Wait {
    let fake = Arc::clone(fake);
    Box::new(move |time| {
        fake.advance(time);
        Box::pin(async {})
    })
}

pub(crate) async fn ask(fake: &Arc<FakePort>) -> Report {
    run(settings(fake), wait(fake), pending(), facts()).await.unwrap()
}

/// Nothing of the run is there any more, and nothing of others was written to.
pub(crate) fn assert_clean(fake: &FakePort) {
    let there: Vec<_> =
        fake.webhooks().iter().map(|hook| hook["identifier"].as_str().unwrap().to_owned()).collect();
    assert_eq!(there, OTHERS);
    for write in fake.ledger() {
        assert!(is_ours(&write.identifier), "{write:?}");
    }
}
