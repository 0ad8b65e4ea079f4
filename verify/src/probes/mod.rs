//! The probes: each settles one fact, or says why it could not.
//!
//! They write to nothing but webhooks of their own, which are disabled, so that nothing is sent anywhere.

mod errors;
mod limits;
mod reads;
mod rules;
mod writes;

use reqwest::Method;
use serde_json::{Value, json};

use crate::session::{Answer, Contract, Probe, Session, WEBHOOKS};
use Contract::{Documented, Live};

/// The probe of a fact.
pub(crate) fn of(fact: &str) -> Option<Probe> {
    macro_rules! find {
        ($($name:literal => $function:path $(, $argument:expr)*;)+) => {
            match fact {
                $($name => Some(|session| Box::pin($function(session $(, $argument)*))),)+
                _ => None,
            }
        };
    }
    find! {
        "validation_status" => errors::validation_status;
        "create_status" => writes::create_status;
        "list_key" => reads::list_key;
        "null_clears" => writes::null_clears;
        "rename" => writes::rename;
        "reissue_token" => limits::reissue_token;
        "error_object" => errors::form;
        "patch_enables" => writes::patch_enables;
        "subscriptions" => reads::accepted, Documented, "/events";
        "data_sources" => reads::accepted, Live, "/integrationType";
        "webhook_key" => reads::webhook_key;
        "paging" => reads::paging;
        "page_range" => reads::page_range;
        "past_the_end" => reads::past_the_end;
        "metadata_route" => reads::metadata;
        "put" => writes::put;
        "delete" => writes::delete;
        "security_merge" => writes::security_merge;
        "secret" => reads::secret;
        "required_subscription" => rules::required_of_subscription;
        "required_data_source" => rules::required_of_data_source;
        "empty_secret" => rules::empty_secret;
        "empty_identifier" => rules::mapping, "create", json!({ "identifier": "" });
        "team_list" => rules::mapping, "create", json!({ "identifier": ".body.id", "team": [] });
        "operation_upsert" => rules::mapping, "upsert", json!({ "identifier": ".body.id" });
        "security_object" => reads::security_object;
        "enabled_default" => rules::enabled_default;
        "url_tried" => rules::url_tried;
        "unknown_fields" => rules::unknown_fields;
        "identifier_limit" => rules::identifier_limit;
        "title_limit" => rules::text_limit, "title", 30;
        "description_limit" => rules::text_limit, "description", 200;
        "rename_conflict" => writes::rename_conflict;
        "error_validation" => errors::validation;
        "error_401" => errors::unauthorized;
        "error_404" => errors::not_found;
        "error_405" => errors::method;
        "error_409" => errors::conflict;
        "error_413" => errors::too_large;
        "rate_limit_reset" => limits::reset;
        "token_rate" => limits::token_rate;
        "error_429" => limits::limited;
        "retry_after" => limits::retry_after;
        "trace_id" => limits::trace_id;
    }
}

impl Contract {
    /// A name, and a short one for identifiers, of which those of the two contracts must differ.
    fn names(self) -> [&'static str; 2] {
        match self {
            Documented => ["subscription", "sub"],
            Live => ["data source", "source"],
        }
    }

    /// A whole body, of a webhook that does nothing.
    fn body(self, session: &Session, identifier: &str) -> Value {
        match self {
            Documented => json!({
                "identifier": identifier,
                "title": "verify",
                "description": "removed soon",
                "url": "https://example.com/",
                "events": ["blueprint.deleted"],
                "headers": { "x-verify": "verify" },
                "security": { "secret": session.secret },
                "enabled": false,
            }),
            Live => json!({
                "identifier": identifier,
                "title": "verify",
                "description": "removed soon",
                "integrationType": "custom",
                "security": { "secret": session.secret, "signatureHeaderName": "x-verify" },
                "enabled": false,
            }),
        }
    }

    /// The same without a field.
    fn body_without(self, session: &Session, identifier: &str, field: &str) -> Value {
        let mut body = self.body(session, identifier);
        body.as_object_mut().and_then(|body| body.remove(field));
        body
    }
}

/// An address that nothing can have: the top-level domain is reserved.
const NOWHERE: &str = "https://port-webhooks-verify.invalid/";

fn path_of(identifier: &str) -> String {
    format!("{WEBHOOKS}/{identifier}")
}

/// Sends what gives a webhook this identifier. It is noted before, since an answer can be lost, and forgotten when
/// it was refused.
async fn make(
    session: &mut Session,
    identifier: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Answer, String> {
    session.made.push(identifier.to_owned());
    let answer = session.ask(method, path, Some(body)).await?;
    if (400..500).contains(&answer.status) && answer.status != 408 {
        session.made.pop();
    }
    Ok(answer)
}

/// Creates a webhook.
async fn post(session: &mut Session, identifier: &str, body: &Value) -> Result<Answer, String> {
    let answer = make(session, identifier, Method::POST, WEBHOOKS, body).await?;
    session.strays.extend(answer.identifier().filter(|named| *named != identifier).map(str::to_owned));
    Ok(answer)
}

/// The first webhook of this contract and the answer to its create. It is created once, and again only when
/// the server failed.
async fn first(session: &mut Session, contract: Contract) -> Result<(String, Answer), String> {
    if let Some(known) = session.first.get(&contract) {
        return Ok(known.clone());
    }
    let identifier = session.names.of(&format!("first-{}", session.made.len()));
    let body = contract.body(session, &identifier);
    let answer = post(session, &identifier, &body).await?;
    if answer.status < 500 {
        session.first.insert(contract, (identifier.clone(), answer.clone()));
    }
    Ok((identifier, answer))
}

/// The identifier of the first webhook of this contract, if the server takes it.
async fn webhook(session: &mut Session, contract: Contract) -> Result<String, String> {
    let (identifier, answer) = first(session, contract).await?;
    if answer.ok() {
        return Ok(identifier);
    }
    Err(format!("the server took no {}: {}", contract.names()[0], answer.told()))
}

/// A contract that the server takes, the documented one first, and a webhook of it. The other is asked only when this
/// one is refused: a server that fails says nothing about it.
async fn any(session: &mut Session) -> Result<(Contract, String), String> {
    let (identifier, answer) = first(session, Documented).await?;
    if answer.taken("a create")? {
        return Ok((Documented, identifier));
    }
    Ok((Live, webhook(session, Live).await?))
}

/// One more webhook, for a probe that changes it.
async fn another(session: &mut Session, contract: Contract, what: &str) -> Result<String, String> {
    let identifier = session.names.of(what);
    let body = contract.body(session, &identifier);
    post(session, &identifier, &body).await?.expect("POST")?;
    Ok(identifier)
}

async fn patch(session: &mut Session, identifier: &str, body: &Value) -> Result<Answer, String> {
    session.ask(Method::PATCH, &path_of(identifier), Some(body)).await
}

/// A field of a webhook as it is now; null when it is absent.
async fn field(session: &mut Session, identifier: &str, pointer: &str) -> Result<Value, String> {
    let answer = session.get(&path_of(identifier)).await?;
    let webhook = answer.webhook().ok_or_else(|| answer.unexpected("GET"))?.1;
    Ok(webhook.pointer(pointer).cloned().unwrap_or_default())
}

/// Refuses to judge what becomes of a field that is not shown in the first place.
async fn shown(session: &mut Session, identifier: &str, pointer: &str) -> Result<(), String> {
    if field(session, identifier, pointer).await?.is_null() {
        return Err(format!("{} is not shown, so what becomes of it cannot be seen", &pointer[1..]));
    }
    Ok(())
}

/// Whether there is a webhook of this identifier. An answer that says neither is none.
async fn is_there(session: &mut Session, identifier: &str) -> Result<bool, String> {
    let answer = session.get(&path_of(identifier)).await?;
    Ok(answer.status != 404 && answer.expect("GET").map(|_| true)?)
}

/// What several questions have in common, or each with its answer.
fn joined<T: std::fmt::Display>(answers: &[(T, &str)]) -> Option<String> {
    let (_, first) = answers.first()?;
    if answers.iter().all(|(_, answer)| answer == first) {
        return Some((*first).to_owned());
    }
    let each = answers.iter().map(|(question, answer)| format!("{answer} {question}"));
    Some(each.collect::<Vec<_>>().join(", "))
}
