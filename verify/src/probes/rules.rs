//! What a body may hold and what it must.

use serde_json::{Value, json};

use super::{Contract, NOWHERE, another, any, patch, path_of, post, unexpected, webhook};
use crate::report::{Outcome, Settled};
use crate::session::{Answer, Session};

pub(crate) async fn unknown(session: &mut Session) -> Outcome {
    let (_, identifier) = any(session).await?;
    let answer = patch(session, &identifier, &json!({ "pwVerifyUnknown": true })).await?;
    let evidence = format!("PATCH with a field of no meaning: {}", answer.told());
    if answer.invalid() {
        return Ok(Settled::new("refused", evidence));
    }
    if !answer.ok() {
        return Err(evidence);
    }
    let kept = !super::field(session, &identifier, "/pwVerifyUnknown").await?.is_null();
    Ok(Settled::new(if kept { "kept" } else { "dropped" }, evidence))
}

/// Whether the longest is taken and one more is not.
fn limit(longest: usize, at: &Answer, over: &Answer) -> Outcome {
    let evidence = format!("{longest} characters: {}; one more: {}", at.status, over.status);
    match (at.ok(), at.invalid(), over.ok(), over.invalid()) {
        (true, _, _, true) => Ok(Settled::new(longest.to_string(), evidence)),
        (true, _, true, _) => Ok(Settled::new(format!("more than {longest}"), evidence)),
        (_, true, _, true) => Ok(Settled::new(format!("less than {longest}"), evidence)),
        _ => Err(evidence),
    }
}

pub(crate) async fn identifier_limit(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let mut answers = Vec::new();
    for length in [30, 31] {
        let before = session.names.of("").len();
        let identifier = session.names.of(&"x".repeat(length - before));
        let body = contract.body(session, &identifier);
        let answer = post(session, &identifier, &body).await?;
        let named = answer.webhook().and_then(|(_, webhook)| webhook.get("identifier")?.as_str());
        if answer.ok() && named != Some(&identifier) {
            return Err(format!("an identifier of {length} characters was taken, and not kept"));
        }
        answers.push(answer);
    }
    limit(30, &answers[0], &answers[1])
}

pub(crate) async fn title_limit(session: &mut Session) -> Outcome {
    text_limit(session, "title", 30).await
}

pub(crate) async fn description_limit(session: &mut Session) -> Outcome {
    text_limit(session, "description", 200).await
}

async fn text_limit(session: &mut Session, name: &str, longest: usize) -> Outcome {
    let (_, identifier) = any(session).await?;
    // A change of this field alone could be refused for another reason than its length.
    let short = patch(session, &identifier, &json!({ name: "x" })).await?;
    if !short.ok() {
        return Err(unexpected("PATCH with one character", &short));
    }
    let mut answers = Vec::new();
    for length in [longest, longest + 1] {
        let text = "x".repeat(length);
        let answer = patch(session, &identifier, &json!({ name: text })).await?;
        if answer.ok() && super::field(session, &identifier, &format!("/{name}")).await? != text.as_str() {
            return Err(format!("{length} characters were taken, and not kept"));
        }
        answers.push(answer);
    }
    limit(longest, &answers[0], &answers[1])
}

/// Which of the fields must be there.
async fn required(
    session: &mut Session,
    contract: Contract,
    fields: &[(&str, Option<Value>, &str)],
) -> Outcome {
    webhook(session, contract).await?;
    let (mut needed, mut evidence) = (Vec::new(), Vec::new());
    for (index, (field, instead, name)) in fields.iter().enumerate() {
        let identifier = session.names.of(&format!("{}-{index}", contract.short()));
        let mut body = contract.body(session, &identifier);
        if let Some(body) = body.as_object_mut() {
            match instead {
                Some(value) => body.insert((*field).to_owned(), value.clone()),
                None => body.remove(*field),
            };
        }
        let answer = post(session, &identifier, &body).await?;
        evidence.push(format!("without {name}: {}", answer.status));
        if answer.invalid() {
            needed.push(*name);
        } else if !answer.ok() {
            return Err(evidence.join("; "));
        }
    }
    let value = if needed.is_empty() { "none".to_owned() } else { needed.join(", ") };
    Ok(Settled::new(value, evidence.join("; ")))
}

pub(crate) async fn required_of_subscription(session: &mut Session) -> Outcome {
    let fields = [("url", None, "url"), ("events", None, "events"), ("events", Some(json!([])), "an event")];
    required(session, Contract::Documented, &fields).await
}

pub(crate) async fn required_of_data_source(session: &mut Session) -> Outcome {
    required(session, Contract::Live, &[("title", None, "title"), ("enabled", None, "enabled")]).await
}

pub(crate) async fn reachable(session: &mut Session) -> Outcome {
    webhook(session, Contract::Documented).await?;
    let identifier = session.names.of("nowhere");
    let mut body = Contract::Documented.body(session, &identifier);
    body["url"] = json!(NOWHERE);
    let answer = post(session, &identifier, &body).await?;
    let value = match (answer.ok(), answer.invalid()) {
        (true, _) => "no",
        (_, true) => "yes",
        _ => return Err(unexpected("a create", &answer)),
    };
    Ok(Settled::new(value, format!("a create with a url that does not exist: {}", answer.told())))
}

pub(crate) async fn enabled_default(session: &mut Session) -> Outcome {
    webhook(session, Contract::Documented).await?;
    let identifier = session.names.of("enabled");
    let mut body = Contract::Documented.body(session, &identifier);
    // It may be enabled: what is sent goes nowhere, and not for long.
    body["url"] = json!(NOWHERE);
    if let Some(body) = body.as_object_mut() {
        body.remove("enabled");
    }
    let answer = post(session, &identifier, &body).await?;
    if !answer.ok() {
        return Err(unexpected("a create without enabled", &answer));
    }
    let enabled = super::field(session, &identifier, "/enabled").await;
    session.ask(reqwest::Method::DELETE, &path_of(&identifier), None).await?;
    let evidence = format!("a create without enabled: {}", answer.told());
    match enabled? {
        Value::Bool(enabled) => Ok(Settled::new(enabled.to_string(), evidence)),
        _ => Err(format!("enabled is not shown: {evidence}")),
    }
}

pub(crate) async fn empty_secret(session: &mut Session) -> Outcome {
    webhook(session, Contract::Live).await?;
    let identifier = another(session, Contract::Live, "no-secret").await?;
    taken(session, &identifier, &json!({ "security": { "secret": "" } })).await
}

pub(crate) async fn empty_identifier(session: &mut Session) -> Outcome {
    mapping(session, "create", &json!({ "identifier": "" })).await
}

pub(crate) async fn team_list(session: &mut Session) -> Outcome {
    mapping(session, "create", &json!({ "identifier": ".body.id", "team": [] })).await
}

pub(crate) async fn operation_upsert(session: &mut Session) -> Outcome {
    mapping(session, "upsert", &json!({ "identifier": ".body.id" })).await
}

/// Whether a mapping with one part of doubt is taken. The usual one has to be, or its blueprint is why it is not.
async fn mapping(session: &mut Session, operation: &str, entity: &Value) -> Outcome {
    let identifier = webhook(session, Contract::Live).await?;
    let of = |operation: &str, entity: &Value| {
        let filter = "false";
        json!({ "mappings": [{ "blueprint": "service", "operation": operation, "filter": filter, "entity": entity }] })
    };
    let usual = patch(session, &identifier, &of("create", &json!({ "identifier": ".body.id" }))).await?;
    if !usual.ok() {
        return Err(unexpected("PATCH with a usual mapping", &usual));
    }
    taken(session, &identifier, &of(operation, entity)).await
}

async fn taken(session: &mut Session, identifier: &str, body: &Value) -> Outcome {
    let answer = patch(session, identifier, body).await?;
    if !answer.ok() && !answer.invalid() {
        return Err(unexpected("PATCH", &answer));
    }
    Ok(Settled::new(yes_or_no(answer.ok()), format!("PATCH: {}", answer.told())))
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
