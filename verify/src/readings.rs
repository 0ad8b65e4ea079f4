//! The fake's switches in the words of the ledger.

use fake_port::{CreateStatus, ListKey, Reset, Unverified, ValidationStatus};

/// What each switch says, by its name. A switch that is new does not compile until it is here.
pub fn readings(switches: Unverified) -> [(&'static str, &'static str); 8] {
    let Unverified {
        validation_status,
        create_status,
        list_key,
        null_clears,
        rename,
        reissue_token,
        error_object,
        patch_enables,
        past_the_end: _,
    } = switches;
    let validation_status = match validation_status {
        ValidationStatus::Unprocessable => "422",
        ValidationStatus::BadRequest => "400",
    };
    let create_status = match create_status {
        CreateStatus::Created => "201",
        CreateStatus::Ok => "200",
    };
    let list_key = match list_key {
        ListKey::Integrations => "integrations",
        ListKey::Webhooks => "webhooks",
        ListKey::Items => "items",
    };
    [
        ("validation_status", validation_status),
        ("create_status", create_status),
        ("list_key", list_key),
        ("null_clears", yes(null_clears)),
        ("rename", yes(rename)),
        ("reissue_token", yes(reissue_token)),
        ("error_object", yes(error_object)),
        ("patch_enables", yes(patch_enables)),
    ]
}

/// The default of the switch of a fact.
pub(crate) fn default_of(fact: &str) -> &'static str {
    if fact == "rate_limit_reset" {
        return match Reset::default() {
            Reset::EpochSeconds => "epoch seconds",
            Reset::EpochMilliseconds => "epoch milliseconds",
            Reset::SecondsToWait => "seconds to wait",
            _ => "",
        };
    }
    let all = readings(Unverified::default());
    all.iter().find(|(name, _)| *name == fact).map_or("", |(_, reading)| reading)
}

pub(crate) fn yes(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
