//! The probes: each settles one fact, or says why it could not.
//!
//! They change only webhooks that the run created. The session keeps each request and response, as evidence.

mod errors;
mod reads;
mod writes;

use std::fmt::Display;
use std::future::ready;

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use serde_json::json;

use crate::Result;
use crate::session::Session;
use crate::webhooks::Kind::{DataSource, Subscription};

/// Asks about a fact. Returns the value for the ledger, or why nothing is settled.
pub(crate) type Probe = fn(&mut Session) -> LocalBoxFuture<'_, Result<String>>;

/// The probe of a fact.
pub(crate) fn of(fact: &str) -> Option<Probe> {
    let probe: Probe = match fact {
        "validation_status" => |s| found(async move { Ok(errors::invalid(s).await?.status) }),
        "create_status" => |s| found(writes::create_status(s)),
        "list_key" => |s| found(reads::list_key(s)),
        "null_clears" => |s| found(writes::null_clears(s)),
        "rename" => |s| found(writes::rename(s)),
        "reissue_token" => |s| found(errors::reissue_token(s)),
        "error_object" => |s| found(errors::object(s)),
        "patch_enables" => |s| found(writes::patch_enables(s)),
        "subscriptions" => |s| found(reads::accepted(s, Subscription, "/events")),
        "data_sources" => |s| found(reads::accepted(s, DataSource, "/integrationType")),
        "webhook_key" => |s| found(reads::webhook_key(s)),
        "paging" => |s| found(reads::paging(s)),
        "page_range" => |s| found(reads::page_range(s)),
        "past_the_end" => |s| found(reads::past_the_end(s)),
        "metadata_route" => |s| found(reads::metadata(s)),
        "put" => |s| found(writes::put(s)),
        "delete" => |s| found(writes::delete(s)),
        "security_merge" => |s| found(writes::security_merge(s)),
        "secret" => |s| found(reads::secret(s)),
        "required_subscription" => |s| found(writes::required(s, Subscription)),
        "required_data_source" => |s| found(writes::required(s, DataSource)),
        "empty_secret" => {
            |s| found(writes::accepts(s, DataSource, json!({ "security": { "secret": "" } })).map_ok(yes_no))
        }
        "empty_identifier" => |s| found(writes::mapping(s, "create", json!({ "identifier": "" }))),
        "team_list" => {
            |s| found(writes::mapping(s, "create", json!({ "identifier": ".body.id", "team": [] })))
        }
        "operation_upsert" => |s| found(writes::mapping(s, "upsert", json!({ "identifier": ".body.id" }))),
        "security_object" => |s| found(reads::security_object(s)),
        "enabled_default" => |s| found(writes::enabled_default(s)),
        "url_tried" => |s| found(writes::url_tried(s)),
        "unknown_fields" => |s| found(writes::unknown_fields(s)),
        "identifier_limit" => |s| found(writes::limit(s, "identifier", 30)),
        "title_limit" => |s| found(writes::limit(s, "title", 30)),
        "description_limit" => |s| found(writes::limit(s, "description", 200)),
        "rename_conflict" => |s| found(writes::rename_conflict(s)),
        "error_validation" => |s| found(async move { errors::invalid(s).await?.error_name() }),
        "error_401" => |s| found(async move { errors::unauthorized(s).await?.error() }),
        "error_404" => |s| found(async move { errors::not_found(s).await?.error() }),
        "error_405" => |s| found(async move { errors::method(s).await?.error() }),
        "error_409" => |s| found(async move { errors::conflict(s).await?.error() }),
        "error_413" => |s| found(async move { errors::too_large(s).await?.error() }),
        "rate_limit_reset" => |s| found(errors::reset(s)),
        "token_rate" => |s| found(errors::token_rate(s)),
        "error_429" => |s| found(async move { errors::rate_limited(s)?.error() }),
        "retry_after" => |s| found(ready(errors::retry_after(s))),
        "trace_id" => |s| found(ready(errors::trace_id(s))),
        _ => return None,
    };
    Some(probe)
}

fn found<'a, T: ToString>(probe: impl Future<Output = Result<T>> + 'a) -> LocalBoxFuture<'a, Result<String>> {
    probe.map_ok(|value| value.to_string()).boxed_local()
}

/// What several questions have in common, or each with its answer.
fn joined<A: Display + PartialEq>(answers: &[(String, A)]) -> String {
    match answers {
        [(_, first), rest @ ..] if rest.iter().all(|(_, answer)| answer == first) => first.to_string(),
        _ => {
            let each = answers.iter().map(|(question, answer)| format!("{answer} {question}"));
            each.collect::<Vec<_>>().join(", ")
        }
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}
