//! The probes: each settles one fact, or says why it could not.
//!
//! They change only webhooks that the run created. The session keeps each request and response, as evidence.

mod errors;
mod limits;
mod reads;
mod rules;
mod writes;

use std::fmt::Display;
use std::future::ready;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde_json::json;

use crate::session::Contract::{Documented, Live};
use crate::session::Session;

/// Asks about a fact. Returns the value for the ledger, or why nothing is settled.
pub(crate) type Probe = fn(&mut Session) -> LocalBoxFuture<'_, Result<String, String>>;

/// The probe of a fact.
pub(crate) fn of(fact: &str) -> Option<Probe> {
    let probe: Probe = match fact {
        "validation_status" => |s| errors::validation_status(s).boxed_local(),
        "create_status" => |s| writes::create_status(s).boxed_local(),
        "list_key" => |s| reads::list_key(s).boxed_local(),
        "null_clears" => |s| writes::null_clears(s).boxed_local(),
        "rename" => |s| writes::rename(s).boxed_local(),
        "reissue_token" => |s| limits::reissue_token(s).boxed_local(),
        "error_object" => |s| errors::error_object(s).boxed_local(),
        "patch_enables" => |s| writes::patch_enables(s).boxed_local(),
        "subscriptions" => |s| reads::accepted(s, Documented, "/events").boxed_local(),
        "data_sources" => |s| reads::accepted(s, Live, "/integrationType").boxed_local(),
        "webhook_key" => |s| reads::webhook_key(s).boxed_local(),
        "paging" => |s| reads::paging(s).boxed_local(),
        "page_range" => |s| reads::page_range(s).boxed_local(),
        "past_the_end" => |s| reads::past_the_end(s).boxed_local(),
        "metadata_route" => |s| reads::metadata(s).boxed_local(),
        "put" => |s| writes::put(s).boxed_local(),
        "delete" => |s| writes::delete(s).boxed_local(),
        "security_merge" => |s| writes::security_merge(s).boxed_local(),
        "secret" => |s| reads::secret(s).boxed_local(),
        "required_subscription" => |s| rules::required_of_subscription(s).boxed_local(),
        "required_data_source" => |s| rules::required_of_data_source(s).boxed_local(),
        "empty_secret" => |s| rules::empty_secret(s).boxed_local(),
        "empty_identifier" => |s| rules::mapping(s, "create", json!({ "identifier": "" })).boxed_local(),
        "team_list" => {
            |s| rules::mapping(s, "create", json!({ "identifier": ".body.id", "team": [] })).boxed_local()
        }
        "operation_upsert" => {
            |s| rules::mapping(s, "upsert", json!({ "identifier": ".body.id" })).boxed_local()
        }
        "security_object" => |s| reads::security_object(s).boxed_local(),
        "enabled_default" => |s| rules::enabled_default(s).boxed_local(),
        "url_tried" => |s| rules::url_tried(s).boxed_local(),
        "unknown_fields" => |s| rules::unknown_fields(s).boxed_local(),
        "identifier_limit" => |s| rules::identifier_limit(s).boxed_local(),
        "title_limit" => |s| rules::text_limit(s, "title", 30).boxed_local(),
        "description_limit" => |s| rules::text_limit(s, "description", 200).boxed_local(),
        "rename_conflict" => |s| writes::rename_conflict(s).boxed_local(),
        "error_validation" => |s| errors::validation(s).boxed_local(),
        "error_401" => |s| errors::unauthorized(s).boxed_local(),
        "error_404" => |s| errors::not_found(s).boxed_local(),
        "error_405" => |s| errors::method(s).boxed_local(),
        "error_409" => |s| errors::conflict(s).boxed_local(),
        "error_413" => |s| errors::too_large(s).boxed_local(),
        "rate_limit_reset" => |s| limits::reset(s).boxed_local(),
        "token_rate" => |s| limits::token_rate(s).boxed_local(),
        "error_429" => |s| ready(limits::limited(s)).boxed_local(),
        "retry_after" => |s| ready(limits::retry_after(s)).boxed_local(),
        "trace_id" => |s| ready(limits::trace_id(s)).boxed_local(),
        _ => return None,
    };
    Some(probe)
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
