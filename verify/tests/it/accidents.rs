//! Whatever goes wrong, nothing is left, and nothing secret is said.

use std::collections::HashMap;
use std::ffi::OsString;
use std::future::pending;
use std::sync::Arc;

use fake_port::{FakePort, Fault, Profile, Route, Unverified};
use port_webhooks_verify::{Settings, is_ours, run};
use serde_json::json;

use crate::fake::{ID, PROFILES, SECRET, ask, assert_clean, facts, fake, settings, wait};

async fn usual() -> Arc<FakePort> {
    fake(Profile::Documented, Unverified::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_run_left_is_removed() {
    for profile in PROFILES {
        let fake = fake(profile, Unverified::default()).await;
        let left = "pw-verify-01234abc-first".to_owned();
        fake.seed(json!({ "identifier": left })).unwrap();
        let report = ask(&fake).await;
        assert!(report.removed.contains(&left), "{report:?}");
        assert_clean(&fake);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_half_way_leaves_nothing() {
    let faults = [
        || Fault::dropped().on([Route::Create]).applied().always(),
        || Fault::status(503).on([Route::Get, Route::Update, Route::Replace]).always(),
        || Fault::dropped().on([Route::Update, Route::Replace]).applied().always(),
        || Fault::status(503).on([Route::Delete]).times(4),
        || Fault::dropped().on([Route::Delete, Route::List]).applied().times(2),
        || Fault::status(502).text("text/html", "<h1>Bad gateway</h1>").times(20),
        || Fault::revoked_token().on([Route::Create]).times(3),
    ];
    for profile in PROFILES {
        for fault in faults {
            let fake = fake(profile, Unverified::default()).await;
            let named = format!("{:?}", fault());
            let token = Fault::slow(std::time::Duration::ZERO).on([Route::Token]);
            fake.inject(token); // the first request gets its token
            fake.inject(fault());
            let report = ask(&fake).await;
            assert!(report.left.is_empty(), "{named}: {report:?}");
            assert!(report.findings.iter().any(|finding| finding.outcome.is_err()));
            assert_clean(&fake);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_panics_ends_itself_alone() {
    let fake = usual().await;
    let facts: Vec<_> =
        facts().into_iter().map(|fact| if fact.id == "rename" { fact.panicking() } else { fact }).collect();
    let report = run(settings(&fake), wait(&fake), pending(), facts).await.unwrap();
    assert_eq!(report.value("rename"), None);
    assert_eq!(report.value("trace_id"), Some("every answer"));
    assert_clean(&fake);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_cleans_up() {
    let fake = usual().await;
    let watched = Arc::clone(&fake);
    let some_are_there = async move {
        while watched.webhooks().iter().filter(|hook| is_ours(hook["identifier"].as_str().unwrap())).count()
            < 3
        {
            tokio::task::yield_now().await;
        }
    };
    let report = run(settings(&fake), wait(&fake), some_are_there, facts()).await.unwrap();
    assert!(report.removed.len() >= 3, "{report:?}");
    assert!(report.findings.len() < facts().len());
    assert_clean(&fake);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_removed_is_named() {
    let fake = usual().await;
    fake.inject(
        Fault::status(403).json(json!({ "ok": false, "error": "forbidden" })).on([Route::Delete]).always(),
    );
    let report = ask(&fake).await;
    let there: Vec<_> =
        fake.webhooks().iter().map(|hook| hook["identifier"].as_str().unwrap().to_owned()).collect();
    let ours: Vec<_> = there.iter().filter(|name| is_ours(name)).collect();
    assert!(!ours.is_empty());
    for name in ours {
        assert!(report.left.iter().any(|left| left.starts_with(name.as_str())), "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_named_itself_is_left_and_told() {
    let fake = usual().await;
    let named = json!({ "webhook": { "identifier": "entity-created" } });
    fake.inject(Fault::merged(named).on([Route::Create]));
    let report = ask(&fake).await;
    assert!(report.left[0].starts_with("entity-created: the server chose this name"), "{report:?}");
    assert_clean(&fake);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_sense_is_asked_a_bounded_number_of_times() {
    let fake = usual().await;
    fake.inject(
        Fault::status(200)
            .json(json!({ "webhooks": [] }))
            .on([Route::Create, Route::Get, Route::List])
            .always(),
    );
    let report = ask(&fake).await;
    assert!(report.requests <= 300);
    assert_clean(&fake);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_new_token_the_old_one_cleans_up() {
    let fake = usual().await;
    fake.inject(Fault::slow(std::time::Duration::ZERO).on([Route::Token]));
    fake.inject(Fault::status(503).on([Route::Token]).always());
    let report = ask(&fake).await;
    assert!(report.left.is_empty(), "{report:?}");
    assert_clean(&fake);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_told_as_that() {
    let fake = usual().await;
    fake.inject(Fault::slow(std::time::Duration::ZERO).on([Route::Token]));
    fake.inject(Fault::status(502).always());
    let report = ask(&fake).await;
    assert!(report.left[0].starts_with("webhooks of earlier runs, if any: 502"), "{report:?}");
    assert!(report.requests <= 300, "{}", report.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_said() {
    // A server that repeats the request as the names of errors.
    let fake = usual().await;
    let said = json!({ "ok": false, "error": SECRET, "message": SECRET, SECRET: SECRET });
    fake.inject(Fault::status(422).json(said).on([Route::Create, Route::Get, Route::Update]).always());
    let report = format!("{:?}", ask(&fake).await);
    assert!(!report.contains(SECRET) && !report.contains(ID), "{report}");
    assert!(report.contains("[hidden]"), "{report}");

    for profile in PROFILES {
        let fake = crate::fake::fake(profile, Unverified::default()).await;
        let report = format!("{:?}", ask(&fake).await);
        let requests = fake.requests();
        let mut secrets = vec![SECRET.to_owned(), ID.to_owned()];
        secrets.extend(
            requests
                .iter()
                .filter_map(|request| {
                    request
                        .header("authorization")
                        .map(|value| value.trim_start_matches("Bearer ").to_owned())
                })
                .filter(|token| token != "not-a-token"),
        );
        secrets.extend(
            fake.ledger()
                .iter()
                .filter_map(|write| Some(write.after.as_ref()?["security"]["secret"].as_str()?.to_owned()))
                .filter(|secret| !secret.is_empty()),
        );
        assert!(secrets.len() > 50);
        for secret in secrets {
            assert!(!report.contains(&secret), "{secret} in {report}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_ask_nothing() {
    let fake = usual().await;
    fake.inject(
        Fault::status(401).json(json!({ "ok": false, "error": "unauthorized" })).on([Route::Token]).always(),
    );
    let problem = run(settings(&fake), wait(&fake), pending(), facts()).await.unwrap_err();
    assert!(problem.starts_with("no token: 401") && !problem.contains(SECRET), "{problem}");
    assert_eq!(fake.counts().requests, 1);
}

#[test]
fn only_what_a_run_has_made_is_ours() {
    assert!(is_ours("pw-verify-01234abc-x"));
    for other in [
        "",
        "pw-verify-",
        "pw-verify-01234abc",
        "pw-verify-01234abc-",
        "pw-verify-01234ABC-x",
        "x-pw-verify-01234abc-x",
    ] {
        assert!(!is_ours(other), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_not_told_as_left() {
    let fake = usual().await;
    let uri = fake.uri();
    let variables = HashMap::from([("PORT_ACCESS_TOKEN", "not-a-token"), ("PORT_BASE_URL", uri.as_str())]);
    let settings = Settings::from_variables(|name| variables.get(name).map(OsString::from)).unwrap();
    let report = run(settings, wait(&fake), pending(), facts()).await.unwrap();
    assert!(report.left.iter().all(|left| !left.starts_with("pw-verify-")), "{report:?}");
}
