//! What a body may hold and what it must.

use reqwest::Method;
use serde_json::{Value, json};

use super::yes_no;
use crate::Result;
use crate::response::UNEXPECTED;
use crate::session::Session;
use crate::webhooks::{ANY, Kind};

/// An address that nothing can have: the top-level domain is reserved.
const NOWHERE: &str = "https://port-webhooks-verify.invalid/";

pub(super) async fn unknown_fields(session: &mut Session) -> Result<&'static str> {
    let (_, identifier) = session.existing(ANY).await?;
    if !session.patch(&identifier, json!({ "pwVerifyUnknown": true })).await?.accepted()? {
        return Ok("refused");
    }
    let is_dropped = session.field(&identifier, "/pwVerifyUnknown").await?.is_null();
    Ok(if is_dropped { "dropped" } else { "kept" })
}

/// Whether a text of this length is accepted and kept, and one more character is not accepted.
pub(super) async fn limit(session: &mut Session, field: &str, longest: usize) -> Result<String> {
    let (kind, first) = session.existing(ANY).await?;
    let is_identifier = field == "identifier";
    let start = if is_identifier { session.unused() } else { "x".to_owned() };
    if !is_identifier {
        // A change of this field alone could be rejected for another reason than its length.
        session.patch(&first, json!({ field: start })).await?.expect_ok()?;
    }
    let mut accepted = [false; 2];
    for (accepted, length) in accepted.iter_mut().zip(longest..) {
        let text = format!("{start:x<length$}");
        let change = json!({ field: text });
        let (identifier, response) = if is_identifier {
            (&text, session.create(kind, change).await?)
        } else {
            (&first, session.patch(&first, change).await?)
        };
        *accepted = response.accepted()?;
        if *accepted && session.field(identifier, &format!("/{field}")).await? != text.as_str() {
            return Err(format!("{length} characters were accepted, and not kept"));
        }
    }
    match accepted {
        [true, false] => Ok(longest.to_string()),
        [true, true] => Ok(format!("more than {longest}")),
        [false, false] => Ok(format!("less than {longest}")),
        [false, true] => Err(UNEXPECTED.to_owned()),
    }
}

/// Which of these fields a create needs; it lacks each in turn.
pub(super) async fn required(session: &mut Session, kind: Kind) -> Result<String> {
    let lacking = match kind {
        Kind::Subscription => vec![
            ("url", json!({ "url": null })),
            ("events", json!({ "events": null })),
            ("an event", json!({ "events": [] })),
        ],
        Kind::DataSource => {
            vec![("title", json!({ "title": null })), ("enabled", json!({ "enabled": null }))]
        }
    };
    let mut needed = Vec::new();
    for (name, changes) in lacking {
        if !session.create(kind, changes).await?.accepted()? {
            needed.push(name);
        }
    }
    Ok(if needed.is_empty() { "none".to_owned() } else { needed.join(", ") })
}

pub(super) async fn url_tried(session: &mut Session) -> Result<&'static str> {
    let response = session.create(Kind::Subscription, json!({ "url": NOWHERE })).await?;
    Ok(yes_no(!response.accepted()?))
}

pub(super) async fn empty_secret(session: &mut Session) -> Result<&'static str> {
    let response = session.create(Kind::DataSource, json!({ "security": { "secret": "" } })).await?;
    Ok(yes_no(response.accepted()?))
}

/// It may be enabled: its deliveries reach nobody, and it is deleted at once.
pub(super) async fn enabled_default(session: &mut Session) -> Result<bool> {
    let identifier = session.another(Kind::Subscription, json!({ "enabled": null, "url": NOWHERE })).await?;
    let enabled = session.field(&identifier, "/enabled").await;
    session.on(&identifier, Method::DELETE, None).await?;
    enabled?.as_bool().ok_or_else(|| "enabled is not in the response".to_owned())
}

/// Whether a mapping with one part of doubt is accepted. The usual one has to be, or its blueprint is the cause.
pub(super) async fn mapping(session: &mut Session, operation: &str, entity: Value) -> Result<&'static str> {
    let (_, identifier) = session.existing(Kind::DataSource).await?;
    let of = |operation: &str, entity: Value| {
        let mapping =
            json!({ "blueprint": "service", "operation": operation, "filter": "false", "entity": entity });
        json!({ "mappings": [mapping] })
    };
    let usual = of("create", json!({ "identifier": ".body.id" }));
    session.patch(&identifier, usual).await?.expect_ok()?;
    Ok(yes_no(session.patch(&identifier, of(operation, entity)).await?.accepted()?))
}
