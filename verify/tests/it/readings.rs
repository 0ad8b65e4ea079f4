//! The fake's switches in the words of the ledger.

use fake_port::{CreateStatus, ListKey, PastTheEnd, Unverified, ValidationStatus};

/// What each switch says, by its name. A switch that is new does not compile until it is here.
pub(crate) fn readings(switches: Unverified) -> [(&'static str, &'static str); 9] {
    let Unverified {
        validation_status,
        create_status,
        list_key,
        null_clears,
        rename,
        reissue_token,
        error_object,
        patch_enables,
        past_the_end,
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
    let past_the_end = match past_the_end {
        PastTheEnd::EmptyList => "an empty list",
        PastTheEnd::NotFound => "404",
        PastTheEnd::Invalid => "a validation error",
        PastTheEnd::NullList => "null in place of the list",
        PastTheEnd::NoList => "no list",
        PastTheEnd::NoContent => "204",
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
        ("past_the_end", past_the_end),
    ]
}

fn yes(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
