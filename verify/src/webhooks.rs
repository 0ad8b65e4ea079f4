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

/// Either kind.
pub(crate) const ANY: Option<Kind> = None;

impl Session {
    /// An identifier of this run that no webhook has, within the 30 characters that Port allows.
    pub(crate) fn unused(&self) -> String {
        format!("{PREFIX}{:08x}-{}", self.mark, self.made.len())
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

    async fn post(&mut self, kind: Kind, changes: Value) -> Result<(String, Response)> {
        let identifier = self.unused();
        let body = self.body(kind, &identifier, changes);
        Ok((identifier, self.request(Method::POST, WEBHOOKS, Some(body)).await?))
    }

    /// The first webhook of this kind, and the response to its create, which is evidence of every probe that asks for it.
    /// It is created once, and again only when the server failed.
    pub(crate) async fn first(&mut self, kind: Kind) -> Result<(String, Response)> {
        if let Some(known) = self.first.get(&kind).cloned() {
            if !self.log[self.asked..].contains(&known.1) {
                self.log.push(known.1.clone());
            }
            return Ok(known);
        }
        let first = self.post(kind, json!({})).await?;
        if first.1.status < 500 {
            self.first.insert(kind, first.clone());
        }
        Ok(first)
    }

    /// A webhook of this kind, if the server accepts it. Of any kind, a subscription is tried first, and a data source only
    /// when it is rejected: a server that fails says nothing about it.
    pub(crate) async fn existing(&mut self, kind: impl Into<Option<Kind>>) -> Result<(Kind, String)> {
        let kind = match kind.into() {
            Some(kind) => kind,
            None if self.first(Kind::Subscription).await?.1.accepted()? => Kind::Subscription,
            None => Kind::DataSource,
        };
        let (identifier, response) = self.first(kind).await?;
        match kind {
            _ if response.ok() => Ok((kind, identifier)),
            Kind::Subscription => Err("the server did not accept a subscription".to_owned()),
            Kind::DataSource => Err("the server did not accept a data source".to_owned()),
        }
    }

    /// The response to one more create, with these changes, of a kind that the server accepts.
    pub(crate) async fn create(&mut self, kind: impl Into<Option<Kind>>, changes: Value) -> Result<Response> {
        let (kind, _) = self.existing(kind).await?;
        Ok(self.post(kind, changes).await?.1)
    }

    /// The identifier of one more webhook, for a probe that changes it.
    pub(crate) async fn another(&mut self, kind: impl Into<Option<Kind>>, changes: Value) -> Result<String> {
        let (kind, _) = self.existing(kind).await?;
        let (identifier, response) = self.post(kind, changes).await?;
        response.expect_ok().map(|_| identifier)
    }

    /// Sends a request about one webhook.
    pub(crate) async fn on(&mut self, name: &str, method: Method, body: Option<Value>) -> Result<Response> {
        self.request(method, &format!("{WEBHOOKS}/{name}"), body).await
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
