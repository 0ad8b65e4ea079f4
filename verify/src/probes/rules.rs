//! What a body may hold and what it must.

use reqwest::Method;
use serde_json::{Value, json};

use super::yes_no;
use crate::response::{Response, unexpected};
use crate::session::{Contract, Session};

/// An address that nothing can have: the top-level domain is reserved.
const NOWHERE: &str = "https://port-webhooks-verify.invalid/";

pub(super) async fn unknown_fields(session: &mut Session) -> Result<String, String> {
    let (_, identifier) = session.any().await?;
    let response = session.patch(&identifier, &json!({ "pwVerifyUnknown": true })).await?;
    let value = if !response.accepted()? {
        "refused"
    } else if session.field(&identifier, "/pwVerifyUnknown").await?.is_null() {
        "dropped"
    } else {
        "kept"
    };
    Ok(value.to_owned())
}

/// Whether a text of this length is accepted and one more character is not.
async fn limit(
    longest: usize,
    mut write: impl AsyncFnMut(usize) -> Result<Response, String>,
) -> Result<String, String> {
    match (write(longest).await?.accepted()?, write(longest + 1).await?.accepted()?) {
        (true, false) => Ok(longest.to_string()),
        (true, true) => Ok(format!("more than {longest}")),
        (false, false) => Ok(format!("less than {longest}")),
        (false, true) => Err(unexpected()),
    }
}

pub(super) async fn identifier_limit(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any().await?;
    let prefix = session.names.of("").len();
    limit(30, async |length| {
        let identifier = session.names.of(&"x".repeat(length - prefix));
        let response = session.post(&session.body(contract, &identifier)).await?;
        if response.ok() && response.identifier() != Some(&identifier) {
            return Err(format!("an identifier of {length} characters was accepted, and not kept"));
        }
        Ok(response)
    })
    .await
}

pub(super) async fn text_limit(session: &mut Session, name: &str, longest: usize) -> Result<String, String> {
    let (_, identifier) = session.any().await?;
    // A change of this field alone could be rejected for another reason than its length.
    session.patch(&identifier, &json!({ name: "x" })).await?.expect_ok()?;
    limit(longest, async |length| {
        let text = "x".repeat(length);
        let response = session.patch(&identifier, &json!({ name: text })).await?;
        if response.ok() && session.field(&identifier, &format!("/{name}")).await? != text.as_str() {
            return Err(format!("{length} characters were accepted, and not kept"));
        }
        Ok(response)
    })
    .await
}

pub(super) async fn required_of_subscription(session: &mut Session) -> Result<String, String> {
    let lacking = [("url", "url", None), ("events", "events", None), ("an event", "events", Some(json!([])))];
    required(session, Contract::Documented, lacking).await
}

pub(super) async fn required_of_data_source(session: &mut Session) -> Result<String, String> {
    required(session, Contract::Live, [("title", "title", None), ("enabled", "enabled", None)]).await
}

/// Which of these are needed: a create lacks each in turn, by a field that is left out or has another value.
async fn required<const N: usize>(
    session: &mut Session,
    contract: Contract,
    lacking: [(&str, &str, Option<Value>); N],
) -> Result<String, String> {
    session.existing(contract).await?;
    let mut needed = Vec::new();
    for (name, field, value) in lacking {
        let identifier = session.names.of(&format!("lacks-{}", session.made.len()));
        let mut body = session.body_without(field, contract, &identifier);
        if let Some(value) = value {
            body[field] = value;
        }
        if !session.post(&body).await?.accepted()? {
            needed.push(name);
        }
    }
    Ok(if needed.is_empty() { "none".to_owned() } else { needed.join(", ") })
}

pub(super) async fn url_tried(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Documented).await?;
    let mut body = session.body(Contract::Documented, &session.names.of("nowhere"));
    body["url"] = json!(NOWHERE);
    Ok(yes_no(!session.post(&body).await?.accepted()?))
}

pub(super) async fn enabled_default(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Documented).await?;
    let identifier = session.names.of("enabled");
    let mut body = session.body_without("enabled", Contract::Documented, &identifier);
    // It may be enabled: its deliveries reach nobody, and it is deleted at once.
    body["url"] = json!(NOWHERE);
    session.post(&body).await?.expect_ok()?;
    let enabled = session.field(&identifier, "/enabled").await;
    session.on(&identifier, &Method::DELETE, None).await?;
    let enabled = enabled?.as_bool();
    enabled.map(|enabled| enabled.to_string()).ok_or_else(|| "enabled is not in the response".to_owned())
}

pub(super) async fn empty_secret(session: &mut Session) -> Result<String, String> {
    session.existing(Contract::Live).await?;
    let identifier = session.another(Contract::Live, "no-secret").await?;
    Ok(yes_no(session.patch(&identifier, &json!({ "security": { "secret": "" } })).await?.accepted()?))
}

/// Whether a mapping with one part of doubt is accepted. The usual one has to be, or its blueprint is the cause.
pub(super) async fn mapping(session: &mut Session, operation: &str, entity: Value) -> Result<String, String> {
    let identifier = session.existing(Contract::Live).await?;
    let of = |operation: &str, entity: Value| {
        let mapping =
            json!({ "blueprint": "service", "operation": operation, "filter": "false", "entity": entity });
        json!({ "mappings": [mapping] })
    };
    let usual = of("create", json!({ "identifier": ".body.id" }));
    session.patch(&identifier, &usual).await?.expect_ok()?;
    Ok(yes_no(session.patch(&identifier, &of(operation, entity)).await?.accepted()?))
}
