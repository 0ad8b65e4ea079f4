//! The probes: each settles one fact, or says why it could not.
//!
//! They write to nothing but webhooks of their own, which are disabled, so that nothing is sent anywhere.

pub(crate) mod errors;
pub(crate) mod headers;
pub(crate) mod reads;
pub(crate) mod rules;
pub(crate) mod tokens;
pub(crate) mod writes;

use reqwest::Method;
use serde_json::{Value, json};

use crate::session::{Answer, Session, WEBHOOKS};

/// What a webhook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contract {
    /// An outgoing subscription.
    Documented,
    /// An incoming data source.
    Live,
}

impl Contract {
    fn name(self) -> &'static str {
        match self {
            Self::Documented => "subscription",
            Self::Live => "data source",
        }
    }

    /// For identifiers, of which those of the two contracts must differ.
    fn short(self) -> &'static str {
        match self {
            Self::Documented => "sub",
            Self::Live => "source",
        }
    }

    /// A whole body, of a webhook that does nothing.
    fn body(self, session: &Session, identifier: &str) -> Value {
        match self {
            Self::Documented => json!({
                "identifier": identifier,
                "title": "verify",
                "description": "removed soon",
                "url": "https://example.com/",
                "events": ["blueprint.deleted"],
                "headers": { "x-verify": "verify" },
                "security": { "secret": session.secret },
                "enabled": false,
            }),
            Self::Live => json!({
                "identifier": identifier,
                "title": "verify",
                "description": "removed soon",
                "integrationType": "custom",
                "security": { "secret": session.secret, "signatureHeaderName": "x-verify" },
                "enabled": false,
            }),
        }
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
    let named = answer.webhook().and_then(|(_, webhook)| webhook.get("identifier")?.as_str());
    if let Some(other) = named.filter(|named| *named != identifier) {
        session.strays.push(other.to_owned());
    }
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
        Ok(identifier)
    } else {
        Err(format!("the server took no {}: {}", contract.name(), answer.told()))
    }
}

/// A contract that the server takes, the documented one first, and a webhook of it. The other is asked only when this
/// one is refused: a server that fails says nothing about it.
async fn any(session: &mut Session) -> Result<(Contract, String), String> {
    let (identifier, answer) = first(session, Contract::Documented).await?;
    if answer.invalid() {
        return Ok((Contract::Live, webhook(session, Contract::Live).await?));
    }
    if answer.ok() { Ok((Contract::Documented, identifier)) } else { Err(unexpected("a create", &answer)) }
}

/// One more webhook, for a probe that changes it.
async fn another(session: &mut Session, contract: Contract, what: &str) -> Result<String, String> {
    let identifier = session.names.of(what);
    let body = contract.body(session, &identifier);
    let answer = post(session, &identifier, &body).await?;
    if answer.ok() { Ok(identifier) } else { Err(unexpected("POST", &answer)) }
}

async fn patch(session: &mut Session, identifier: &str, body: &Value) -> Result<Answer, String> {
    session.ask(Method::PATCH, &path_of(identifier), Some(body)).await
}

/// A field of a webhook as it is now; null when it is absent.
async fn field(session: &mut Session, identifier: &str, pointer: &str) -> Result<Value, String> {
    let answer = session.get(&path_of(identifier)).await?;
    let webhook = answer.webhook().ok_or_else(|| unexpected("GET", &answer))?.1;
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
    match answer.status {
        404 => Ok(false),
        _ if answer.ok() => Ok(true),
        _ => Err(unexpected("GET", &answer)),
    }
}

fn unexpected(what: &str, answer: &Answer) -> String {
    format!("{what} was answered with {}", answer.told())
}
