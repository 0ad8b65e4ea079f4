//! What a body may hold and what it must.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Contract, NOWHERE, another, any, field, patch, path_of, post, webhook};
use crate::report::{Outcome, settled};
use crate::session::{Answer, Session};

pub(crate) async fn unknown_fields(session: &mut Session) -> Outcome {
    let (_, identifier) = any(session).await?;
    let what = "PATCH with a field of no meaning";
    let answer = patch(session, &identifier, &json!({ "pwVerifyUnknown": true })).await?;
    let value = if !answer.taken(what)? {
        "refused"
    } else if field(session, &identifier, "/pwVerifyUnknown").await?.is_null() {
        "dropped"
    } else {
        "kept"
    };
    settled(value, format!("{what}: {}", answer.told()))
}

/// Whether the longest is taken and one more is not.
fn limit(longest: usize, [at, over]: &[Answer; 2]) -> Outcome {
    let evidence = format!("{longest} characters: {}; one more: {}", at.status, over.status);
    match (at.ok(), at.invalid(), over.ok(), over.invalid()) {
        (true, _, _, true) => settled(longest, evidence),
        (true, _, true, _) => settled(format!("more than {longest}"), evidence),
        (_, true, _, true) => settled(format!("less than {longest}"), evidence),
        _ => Err(evidence),
    }
}

pub(crate) async fn identifier_limit(session: &mut Session) -> Outcome {
    let answers = [long_identifier(session, 30).await?, long_identifier(session, 31).await?];
    limit(30, &answers)
}

async fn long_identifier(session: &mut Session, length: usize) -> Result<Answer, String> {
    let (contract, _) = any(session).await?;
    let before = session.names.of("").len();
    let identifier = session.names.of(&"x".repeat(length - before));
    let body = contract.body(session, &identifier);
    let answer = post(session, &identifier, &body).await?;
    if answer.ok() && answer.identifier() != Some(&identifier) {
        return Err(format!("an identifier of {length} characters was taken, and not kept"));
    }
    Ok(answer)
}

pub(crate) async fn text_limit(session: &mut Session, name: &str, longest: usize) -> Outcome {
    let (_, identifier) = any(session).await?;
    // A change of this field alone could be refused for another reason than its length.
    patch(session, &identifier, &json!({ name: "x" })).await?.expect("PATCH with one character")?;
    let at = long_text(session, &identifier, name, longest).await?;
    limit(longest, &[at, long_text(session, &identifier, name, longest + 1).await?])
}

async fn long_text(
    session: &mut Session,
    identifier: &str,
    name: &str,
    length: usize,
) -> Result<Answer, String> {
    let text = "x".repeat(length);
    let answer = patch(session, identifier, &json!({ name: text })).await?;
    if answer.ok() && field(session, identifier, &format!("/{name}")).await? != text.as_str() {
        return Err(format!("{length} characters were taken, and not kept"));
    }
    Ok(answer)
}

/// Which of the bodies, each of which lacks something, are refused.
async fn required(session: &mut Session, contract: Contract, lacking: &[(&str, Value)]) -> Outcome {
    webhook(session, contract).await?;
    let (mut needed, mut evidence) = (Vec::new(), Vec::new());
    for (index, (name, change)) in lacking.iter().enumerate() {
        let identifier = session.names.of(&format!("{}-{index}", contract.names()[1]));
        let mut body = contract.body_without(session, &identifier, name);
        for (field, value) in change.as_object().into_iter().flatten() {
            body[field] = value.clone();
        }
        let answer = post(session, &identifier, &body).await?;
        evidence.push(format!("without {name}: {}", answer.status));
        if !answer.taken(&format!("a create without {name}"))? {
            needed.push(*name);
        }
    }
    let value = if needed.is_empty() { "none".to_owned() } else { needed.join(", ") };
    settled(value, evidence.join("; "))
}

pub(crate) async fn required_of_subscription(session: &mut Session) -> Outcome {
    let lacking = [("url", json!({})), ("events", json!({})), ("an event", json!({ "events": [] }))];
    required(session, Contract::Documented, &lacking).await
}

pub(crate) async fn required_of_data_source(session: &mut Session) -> Outcome {
    required(session, Contract::Live, &[("title", json!({})), ("enabled", json!({}))]).await
}

pub(crate) async fn url_tried(session: &mut Session) -> Outcome {
    webhook(session, Contract::Documented).await?;
    let identifier = session.names.of("nowhere");
    let mut body = Contract::Documented.body(session, &identifier);
    body["url"] = json!(NOWHERE);
    let answer = post(session, &identifier, &body).await?;
    let value = if answer.taken("a create")? { "no" } else { "yes" };
    settled(value, format!("a create with a url that does not exist: {}", answer.told()))
}

pub(crate) async fn enabled_default(session: &mut Session) -> Outcome {
    webhook(session, Contract::Documented).await?;
    let identifier = session.names.of("enabled");
    let mut body = Contract::Documented.body_without(session, &identifier, "enabled");
    // It may be enabled: what is sent goes nowhere, and not for long.
    body["url"] = json!(NOWHERE);
    let answer = post(session, &identifier, &body).await?.expect("a create without enabled")?;
    let enabled = field(session, &identifier, "/enabled").await;
    session.ask(Method::DELETE, &path_of(&identifier), None).await?;
    let evidence = format!("a create without enabled: {}", answer.told());
    match enabled? {
        Value::Bool(enabled) => settled(enabled, evidence),
        _ => Err(format!("enabled is not shown: {evidence}")),
    }
}

pub(crate) async fn empty_secret(session: &mut Session) -> Outcome {
    webhook(session, Contract::Live).await?;
    let identifier = another(session, Contract::Live, "no-secret").await?;
    taken(session, &identifier, &json!({ "security": { "secret": "" } })).await
}

/// Whether a mapping with one part of doubt is taken. The usual one has to be, or its blueprint is why it is not.
pub(crate) async fn mapping(session: &mut Session, operation: &str, entity: Value) -> Outcome {
    let identifier = webhook(session, Contract::Live).await?;
    let of = |operation: &str, entity: Value| {
        json!({ "mappings": [
            { "blueprint": "service", "operation": operation, "filter": "false", "entity": entity }
        ] })
    };
    let usual = of("create", json!({ "identifier": ".body.id" }));
    patch(session, &identifier, &usual).await?.expect("PATCH with a usual mapping")?;
    taken(session, &identifier, &of(operation, entity)).await
}

async fn taken(session: &mut Session, identifier: &str, body: &Value) -> Outcome {
    let answer = patch(session, identifier, body).await?;
    let value = if answer.taken("PATCH")? { "yes" } else { "no" };
    settled(value, format!("PATCH: {}", answer.told()))
}
