//! The webhooks that the probes create. They are disabled, so that nothing is sent anywhere.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use reqwest::Method;
use serde_json::{Value, json};

use crate::Result;
use crate::response::{Response, UNEXPECTED};
use crate::session::Session;

pub(crate) const WEBHOOKS: &str = "/v1/webhooks";

/// How the identifier of every webhook of a run begins; the mark of the run and the purpose of the webhook follow.
const PREFIX: &str = "pw-verify-";

/// Whether a run has made the webhook of this identifier. Nothing else is ever removed.
pub fn is_ours(identifier: &str) -> bool {
    let Some((mark, what)) = identifier.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    mark.len() == 8 && mark.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) && !what.is_empty()
}

/// The standard library has no other source of randomness.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// The kind of a webhook, each of which the server may or may not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// As the documentation has it.
    Subscription,
    /// As Port's OpenAPI has it.
    DataSource,
}

impl Session {
    /// The identifier of the webhook that is for this; with up to 11 characters it is within Port's 30.
    pub(crate) fn name(&self, what: &str) -> String {
        format!("{PREFIX}{:08x}-{what}", self.mark)
    }

    /// A whole body, of a webhook that does nothing, with these changes; null removes a field.
    pub(crate) fn body(&self, kind: Kind, identifier: &str, changes: Value) -> Value {
        let mut body = match kind {
            Kind::Subscription => json!({
                "identifier": identifier, "title": "verify", "description": "removed soon", "enabled": false,
                "url": "https://example.com/", "events": ["blueprint.deleted"],
                "headers": { "x-verify": "verify" }, "security": { "secret": self.secret },
            }),
            Kind::DataSource => json!({
                "identifier": identifier, "title": "verify", "description": "removed soon", "enabled": false,
                "integrationType": "custom",
                "security": { "secret": self.secret, "signatureHeaderName": "x-verify" },
            }),
        };
        if let (Some(fields), Value::Object(changes)) = (body.as_object_mut(), changes) {
            fields.extend(changes);
            fields.retain(|_, value| !value.is_null());
        }
        body
    }

    /// Creates a webhook of this name, with these changes of the body.
    pub(crate) async fn create(&mut self, kind: Kind, name: &str, changes: Value) -> Result<Response> {
        let body = self.body(kind, &self.name(name), changes);
        self.request(Method::POST, WEBHOOKS, Some(body)).await
    }

    /// The identifier of one more webhook, which the server has to accept.
    pub(crate) async fn another(&mut self, kind: Kind, name: &str, changes: Value) -> Result<String> {
        self.create(kind, name, changes).await?.expect_ok()?;
        Ok(self.name(name))
    }

    /// The first webhook of this kind, and the response to its create. It is created once, and again only when the
    /// server failed.
    pub(crate) async fn first(&mut self, kind: Kind) -> Result<(String, Response)> {
        if let Some(known) = self.first.get(&kind).cloned() {
            self.log.push(known.1.clone());
            return Ok(known);
        }
        let name = format!("first-{}", self.made.len());
        let first = (self.name(&name), self.create(kind, &name, json!({})).await?);
        if first.1.status < 500 {
            self.first.insert(kind, first.clone());
        }
        Ok(first)
    }

    /// The identifier of the first webhook of this kind, if the server accepts it.
    pub(crate) async fn existing(&mut self, kind: Kind) -> Result<String> {
        let (identifier, response) = self.first(kind).await?;
        let kind = match kind {
            Kind::Subscription => "subscription",
            Kind::DataSource => "data source",
        };
        if response.ok() { Ok(identifier) } else { Err(format!("the server did not accept a {kind}")) }
    }

    /// A kind that the server accepts, the documented one first, and a webhook of it. The other is tried only when this
    /// one is rejected: a server that fails says nothing about it.
    pub(crate) async fn any(&mut self) -> Result<(Kind, String)> {
        let (identifier, response) = self.first(Kind::Subscription).await?;
        if response.accepted()? {
            return Ok((Kind::Subscription, identifier));
        }
        Ok((Kind::DataSource, self.existing(Kind::DataSource).await?))
    }

    /// Sends a request about one webhook.
    pub(crate) async fn on(
        &mut self,
        identifier: &str,
        method: Method,
        body: Option<Value>,
    ) -> Result<Response> {
        self.request(method, &format!("{WEBHOOKS}/{identifier}"), body).await
    }

    pub(crate) async fn patch(&mut self, identifier: &str, body: Value) -> Result<Response> {
        self.on(identifier, Method::PATCH, Some(body)).await
    }

    /// A field of a webhook as it is now; null when it is absent.
    pub(crate) async fn field(&mut self, identifier: &str, pointer: &str) -> Result<Value> {
        let response = self.on(identifier, Method::GET, None).await?;
        let (_, webhook) = response.webhook().ok_or(UNEXPECTED)?;
        Ok(webhook.pointer(pointer).cloned().unwrap_or_default())
    }

    /// Refuses to judge what becomes of a field that no response has.
    pub(crate) async fn expect_field(&mut self, identifier: &str, pointer: &str) -> Result<()> {
        if self.field(identifier, pointer).await?.is_null() {
            return Err(format!("{} is not in responses, so nobody can see its changes", &pointer[1..]));
        }
        Ok(())
    }

    /// Whether there is a webhook of this identifier. A response that says neither is none.
    pub(crate) async fn exists(&mut self, identifier: &str) -> Result<bool> {
        let response = self.on(identifier, Method::GET, None).await?;
        Ok(response.status != 404 && response.expect_ok().map(|_| true)?)
    }
}
