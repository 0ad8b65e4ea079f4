//! The probes find the fake as it is set.

use fake_port::{CreateStatus, ListKey, PastTheEnd, Profile, Unverified, ValidationStatus};

use crate::fake::{PROFILES, ask, assert_clean, builder, facts, fake, wait};
use crate::readings::readings;

/// What a fake without a rate limit can not be asked.
const LIMITS: [&str; 4] = ["rate_limit_reset", "token_rate", "error_429", "retry_after"];

const OF_DATA_SOURCES: [&str; 9] = [
    "list_key",
    "security_merge",
    "required_data_source",
    "patch_enables",
    "empty_secret",
    "empty_identifier",
    "team_list",
    "operation_upsert",
    "security_object",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_fake_does_what_the_ledger_says_that_it_does() {
    for profile in PROFILES {
        let fake = fake(profile, Unverified::default()).await;
        let report = ask(&fake).await;
        assert_clean(&fake);
        assert!(report.left.is_empty(), "{report:?}");
        assert!(report.requests < 150, "{}", report.requests);

        let (no_meaning, index): (&[&str], _) = match profile {
            Profile::Live => (
                &[
                    "null_clears",
                    "page_range",
                    "past_the_end",
                    "required_subscription",
                    "enabled_default",
                    "url_tried",
                ],
                1,
            ),
            _ => (&OF_DATA_SOURCES[..], 0),
        };
        for (fact, finding) in facts().iter().zip(&report.findings) {
            assert_eq!(fact.id, finding.fact);
            if LIMITS.contains(&&*fact.id) || no_meaning.contains(&&*fact.id) || fact.cannot.is_some() {
                assert!(finding.outcome.is_err(), "{finding:?}");
                continue;
            }
            assert_eq!(report.value(&fact.id), Some(fact.readings()[index]), "{profile:?}: {finding:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_switch_is_found_as_it_is_set() {
    let usual = Unverified::default();
    let settings = [
        usual,
        Unverified { validation_status: ValidationStatus::BadRequest, ..usual },
        Unverified { create_status: CreateStatus::Ok, ..usual },
        Unverified { list_key: ListKey::Webhooks, ..usual },
        Unverified { list_key: ListKey::Items, ..usual },
        Unverified { null_clears: false, ..usual },
        Unverified { rename: false, ..usual },
        Unverified { reissue_token: false, ..usual },
        Unverified { error_object: true, ..usual },
        Unverified { patch_enables: true, ..usual },
        Unverified { past_the_end: PastTheEnd::NotFound, ..usual },
        Unverified { past_the_end: PastTheEnd::Invalid, ..usual },
        Unverified { past_the_end: PastTheEnd::NullList, ..usual },
        Unverified { past_the_end: PastTheEnd::NoList, ..usual },
        Unverified {
            validation_status: ValidationStatus::BadRequest,
            create_status: CreateStatus::Ok,
            list_key: ListKey::Items,
            null_clears: false,
            rename: false,
            reissue_token: false,
            error_object: true,
            patch_enables: true,
            past_the_end: PastTheEnd::NoContent,
        },
    ];
    for profile in PROFILES {
        for switches in settings {
            let fake = fake(profile, switches).await;
            let report = ask(&fake).await;
            assert_clean(&fake);
            for (switch, reading) in readings(switches) {
                let told = match (switch, profile) {
                    ("list_key" | "patch_enables", Profile::Documented)
                    | ("null_clears" | "past_the_end", Profile::Live) => None,
                    _ => Some(reading),
                };
                assert_eq!(report.value(switch), told, "{switch} of {switches:?}, {profile:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_is_tried_is_found_out() {
    let fake = builder(Profile::Documented, Unverified::default())
        .unreachable("https://port-webhooks-verify.invalid/")
        .start();
    let fake = std::sync::Arc::new(fake.await.unwrap());
    let settings = crate::fake::settings(&fake);
    let report =
        port_webhooks_verify::run(settings, wait(&fake), std::future::pending(), facts()).await.unwrap();
    assert_eq!(report.value("url_tried"), Some("yes"));
    assert_eq!(report.value("enabled_default"), None);
    assert_clean(&fake);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_drops_what_it_does_not_know_is_found_out() {
    let fake = fake(Profile::Documented, Unverified::default()).await;
    let without = serde_json::json!({ "webhook": { "events": null } });
    fake.inject(fake_port::Fault::merged(without).on([fake_port::Route::Get]).always());
    let report = ask(&fake).await;
    assert_eq!(report.value("subscriptions"), Some("taken, and made something else"));
}

/// A longer one could be rejected for its length, and not for what is asked.
#[tokio::test(flavor = "multi_thread")]
async fn identifiers_are_short_unless_their_limit_is_asked() {
    for profile in PROFILES {
        let fake = fake(profile, Unverified::default()).await;
        ask(&fake).await;
        let requests = fake.requests();
        let bodies = requests.iter().filter_map(fake_port::RecordedRequest::json);
        let identifiers = bodies.filter_map(|body| Some(body["identifier"].as_str()?.to_owned()));
        let long: Vec<_> = identifiers.filter(|identifier| identifier.len() > 30).collect();
        assert!(matches!(&long[..], [one] if one.ends_with("xxxxxxxx")), "{long:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_makes_delivers_nothing() {
    let fake = fake(Profile::Documented, Unverified::default()).await;
    ask(&fake).await;
    for write in fake.ledger() {
        let Some(after) = write.after else { continue };
        let nowhere = after["url"].as_str().unwrap().contains(".invalid/");
        assert!(after["enabled"] == false || nowhere, "{after}");
    }
}
