//! The webhooks that the probes make. They are disabled, so that nothing is sent anywhere.

use reqwest::Method;
use serde_json::{Value, json};

use crate::response::{Response, unexpected};
use crate::session::{Contract, Session, WEBHOOKS};

impl Session {
    /// A whole body, of a webhook that does nothing.
    pub(crate) fn body(&self, contract: Contract, identifier: &str) -> Value {
        match contract {
            Contract::Documented => json!({
                "identifier": identifier,
                "title": "verify",
                "description": "removed soon",
                "url": "https://example.com/",
                "events": ["blueprint.deleted"],
                "headers": { "x-verify": "verify" },
                "security": { "secret": self.secret },
                "enabled": false,
            }),
            Contract::Live => json!({
                "identifier": identifier,
                "title": "verify",
                "description": "removed soon",
                "integrationType": "custom",
                "security": { "secret": self.secret, "signatureHeaderName": "x-verify" },
                "enabled": false,
            }),
        }
    }

    /// A body without one of its fields.
    pub(crate) fn body_without(&self, field: &str, contract: Contract, identifier: &str) -> Value {
        let mut body = self.body(contract, identifier);
        body.as_object_mut().and_then(|body| body.remove(field));
        body
    }

    pub(crate) async fn post(&mut self, body: &Value) -> Result<Response, String> {
        self.request(&Method::POST, WEBHOOKS, Some(body)).await
    }

    /// Sends a request about one webhook.
    pub(crate) async fn on(
        &mut self,
        identifier: &str,
        method: &Method,
        body: Option<&Value>,
    ) -> Result<Response, String> {
        self.request(method, &format!("{WEBHOOKS}/{identifier}"), body).await
    }

    pub(crate) async fn patch(&mut self, identifier: &str, body: &Value) -> Result<Response, String> {
        self.on(identifier, &Method::PATCH, Some(body)).await
    }

    /// The first webhook of this contract, and the response to its create. It is created once, and again only when the
    /// server failed.
    pub(crate) async fn first(&mut self, contract: Contract) -> Result<(String, Response), String> {
        if let Some(known) = self.first.get(&contract) {
            self.log.push(known.1.clone());
            return Ok(known.clone());
        }
        let identifier = self.names.of(&format!("first-{}", self.made.len()));
        let response = self.post(&self.body(contract, &identifier)).await?;
        if response.status < 500 {
            self.first.insert(contract, (identifier.clone(), response.clone()));
        }
        Ok((identifier, response))
    }

    /// The identifier of the first webhook of this contract, if the server accepts it.
    pub(crate) async fn existing(&mut self, contract: Contract) -> Result<String, String> {
        let (identifier, response) = self.first(contract).await?;
        if response.ok() {
            return Ok(identifier);
        }
        let kind = match contract {
            Contract::Documented => "subscription",
            Contract::Live => "data source",
        };
        Err(format!("the server did not accept a {kind}"))
    }

    /// A contract that the server accepts, the documented one first, and a webhook of it. The other is tried only when this
    /// one is rejected: a server that fails says nothing about it.
    pub(crate) async fn any(&mut self) -> Result<(Contract, String), String> {
        let (identifier, response) = self.first(Contract::Documented).await?;
        if response.accepted()? {
            return Ok((Contract::Documented, identifier));
        }
        Ok((Contract::Live, self.existing(Contract::Live).await?))
    }

    /// One more webhook, for a probe that changes it.
    pub(crate) async fn another(&mut self, contract: Contract, name: &str) -> Result<String, String> {
        let identifier = self.names.of(name);
        self.post(&self.body(contract, &identifier)).await?.expect_ok()?;
        Ok(identifier)
    }

    /// A field of a webhook as it is now; null when it is absent.
    pub(crate) async fn field(&mut self, identifier: &str, pointer: &str) -> Result<Value, String> {
        let response = self.on(identifier, &Method::GET, None).await?;
        let (_, webhook) = response.webhook().ok_or_else(unexpected)?;
        Ok(webhook.pointer(pointer).cloned().unwrap_or_default())
    }

    /// Refuses to judge what becomes of a field that no response has.
    pub(crate) async fn expect_field(&mut self, identifier: &str, pointer: &str) -> Result<(), String> {
        if self.field(identifier, pointer).await?.is_null() {
            return Err(format!("{} is not in responses, so nobody can see its changes", &pointer[1..]));
        }
        Ok(())
    }

    /// Whether there is a webhook of this identifier. A response that says neither is none.
    pub(crate) async fn exists(&mut self, identifier: &str) -> Result<bool, String> {
        let response = self.on(identifier, &Method::GET, None).await?;
        Ok(response.status != 404 && response.expect_ok().map(|_| true)?)
    }
}
