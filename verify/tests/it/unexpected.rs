//! An answer that has another cause than what is asked about settles nothing.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use fake_port::{Fault, Profile, Route, Unverified};
use port_webhooks_verify::run;
use serde_json::{Value, json};

use crate::fake::{facts, fake, settings, wait};
use Route::{Create, Delete, Get, List, Update};

/// What is found out about one fact, where such faults come one after the other.
async fn ask(profile: Profile, id: &str, faults: Vec<Fault>) -> Result<String, String> {
    let fake = fake(profile, Unverified::default()).await;
    for fault in faults {
        fake.inject(fault);
    }
    let facts = facts().into_iter().filter(|fact| fact.id == id).collect();
    let report = run(settings(&fake), wait(&Arc::clone(&fake)), pending(), facts).await.unwrap();
    let [finding] = <[_; 1]>::try_from(report.findings).unwrap();
    finding.outcome.map(|settled| settled.value)
}

/// An answer that nothing is wrong with.
fn good(operation: Route) -> Fault {
    Fault::slow(Duration::ZERO).on([operation])
}

fn error(status: u16) -> Fault {
    Fault::status(status).json(json!({ "ok": false, "error": "made_up" }))
}

/// Every answer to a GET of one webhook, changed.
fn shown(envelope: &str, webhook: &Value) -> Fault {
    Fault::merged(json!({ envelope: webhook })).on([Get]).always()
}

/// A success of which nothing comes.
fn ignored() -> Fault {
    Fault::status(200).json(json!({ "ok": true })).on([Update]).always()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_settled_by_an_answer_of_another_cause() {
    let documented: Vec<(&str, Vec<Fault>)> = vec![
        // The first create is of the webhook that the others are compared with.
        ("validation_status", vec![good(Create), error(403).on([Create])]),
        ("error_validation", vec![good(Create), error(409).on([Create])]),
        ("error_409", vec![good(Create), error(403).on([Create])]),
        ("error_413", vec![good(Create), error(422).on([Create])]),
        ("error_404", vec![error(401).on([Get])]),
        ("error_401", vec![error(404).on([List])]),
        ("error_object", vec![error(404).on([List])]),
        ("error_object", vec![Fault::status(401).json(json!({ "error": null })).on([List])]),
        // A server that fails is not one that refuses.
        ("create_status", vec![error(503).on([Create])]),
        ("webhook_key", vec![error(500).json(json!({ "cause": { "identifier": "a" } })).on([Get]).always()]),
        ("delete", vec![good(Delete), error(503).on([Delete])]),
        ("put", vec![shown("webhook", &json!({ "description": null }))]),
        ("rename", vec![good(Get), error(503).on([Get])]),
        ("rename_conflict", vec![ignored()]),
        ("rename_conflict", vec![error(403).on([Update])]),
        (
            "null_clears",
            vec![shown(
                "webhook",
                &json!({ "title": null, "description": null, "headers": null, "security": null }),
            )],
        ),
        (
            "paging",
            vec![good(List), error(503).json(json!({ "causes": [{ "identifier": "a" }] })).on([List])],
        ),
        ("page_range", vec![good(List), error(503).on([List])]),
        ("page_range", vec![good(List), good(List), good(List), error(503).on([List])]),
        ("enabled_default", vec![shown("webhook", &json!({ "enabled": null }))]),
        ("secret", vec![shown("webhook", &json!({ "security": { "secret": 7 } }))]),
        ("title_limit", vec![ignored()]),
        ("title_limit", vec![error(422).on([Update]).always()]),
    ];
    let live: Vec<(&str, Vec<Fault>)> = vec![
        (
            "security_merge",
            vec![shown("integration", &json!({ "security": { "signatureHeaderName": null } }))],
        ),
        ("security_merge", vec![ignored()]),
        ("list_key", vec![error(500).json(json!({ "causes": [{ "identifier": "a" }] })).on([List])]),
    ];
    let mut settled = Vec::new();
    for (profile, cases) in [(Profile::Documented, documented), (Profile::Live, live)] {
        for (id, faults) in cases {
            let asked = format!("{id} {faults:?}");
            if let Ok(value) = ask(profile, id, faults).await {
                settled.push(format!("{asked}: {value}"));
            }
        }
    }
    assert!(settled.is_empty(), "{settled:#?}");
}

/// What is left out of answers is left out of the judgement, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_not_shown_is_not_judged() {
    let hidden = shown("webhook", &json!({ "security": null }));
    assert_eq!(ask(Profile::Documented, "null_clears", vec![hidden]).await.as_deref(), Ok("true"));
}
