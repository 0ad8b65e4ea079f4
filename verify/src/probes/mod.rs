//! The probes: each settles one fact, or says why it could not.
//!
//! They change only webhooks that the run created. The session keeps each request and response, as evidence.

mod errors;
mod limits;
mod reads;
mod rules;
mod writes;

use std::fmt::Display;

use serde_json::json;

use crate::session::Contract::{Documented, Live};
use crate::session::Session;

/// Asks about a fact. Returns the value for the ledger, or why nothing is settled.
pub(crate) type Probe = fn(&mut Session) -> Result<String, String>;

/// The probe of a fact.
pub(crate) fn of(fact: &str) -> Option<Probe> {
    Some(match fact {
        "validation_status" => errors::validation_status,
        "create_status" => writes::create_status,
        "list_key" => reads::list_key,
        "null_clears" => writes::null_clears,
        "rename" => writes::rename,
        "reissue_token" => limits::reissue_token,
        "error_object" => errors::error_object,
        "patch_enables" => writes::patch_enables,
        "subscriptions" => |session| reads::accepted(session, Documented, "/events"),
        "data_sources" => |session| reads::accepted(session, Live, "/integrationType"),
        "webhook_key" => reads::webhook_key,
        "paging" => reads::paging,
        "page_range" => reads::page_range,
        "past_the_end" => reads::past_the_end,
        "metadata_route" => reads::metadata,
        "put" => writes::put,
        "delete" => writes::delete,
        "security_merge" => writes::security_merge,
        "secret" => reads::secret,
        "required_subscription" => rules::required_of_subscription,
        "required_data_source" => rules::required_of_data_source,
        "empty_secret" => rules::empty_secret,
        "empty_identifier" => |session| rules::mapping(session, "create", json!({ "identifier": "" })),
        "team_list" => {
            |session| rules::mapping(session, "create", json!({ "identifier": ".body.id", "team": [] }))
        }
        "operation_upsert" => {
            |session| rules::mapping(session, "upsert", json!({ "identifier": ".body.id" }))
        }
        "security_object" => reads::security_object,
        "enabled_default" => rules::enabled_default,
        "url_tried" => rules::url_tried,
        "unknown_fields" => rules::unknown_fields,
        "identifier_limit" => rules::identifier_limit,
        "title_limit" => |session| rules::text_limit(session, "title", 30),
        "description_limit" => |session| rules::text_limit(session, "description", 200),
        "rename_conflict" => writes::rename_conflict,
        "error_validation" => errors::validation,
        "error_401" => errors::unauthorized,
        "error_404" => errors::not_found,
        "error_405" => errors::method,
        "error_409" => errors::conflict,
        "error_413" => errors::too_large,
        "rate_limit_reset" => limits::reset,
        "token_rate" => limits::token_rate,
        "error_429" => limits::limited,
        "retry_after" => limits::retry_after,
        "trace_id" => limits::trace_id,
        _ => return None,
    })
}

/// What several questions have in common, or each with its answer.
fn joined<A: Display + PartialEq>(answers: &[(String, A)]) -> Option<String> {
    let (_, first) = answers.first()?;
    if answers.iter().all(|(_, answer)| answer == first) {
        return Some(first.to_string());
    }
    let each = answers.iter().map(|(question, answer)| format!("{answer} {question}"));
    Some(each.collect::<Vec<_>>().join(", "))
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}
