//! Methods of a webhook that was read.

use crate::{Webhook, WebhookReplacement};

impl Webhook {
    /// Whether this is a data source of the live contract, whose `url` the server sets, and not a subscription: it has
    /// a `webhookKey`, or else no events but mappings or an integration type.
    pub fn is_data_source(&self) -> bool {
        let has_mappings = self.mappings.is_some() || self.integration_type.is_some();
        self.webhook_key.is_some() || (self.events.is_none() && has_mappings)
    }

    /// The webhook as a replacement, without the fields that the server sets.
    ///
    /// These are `createdAt`, `createdBy`, `updatedAt`, `updatedBy`, `webhookKey`, and the `url` of a data source.
    /// Everything else is kept, unknown fields included.
    ///
    /// ```
    /// use port_webhooks_api::Webhook;
    ///
    /// let read: Webhook = serde_json::from_str(
    ///     r#"{"identifier":"a","url":"https://a.example","events":["entity.created"],
    ///         "createdAt":"2024-01-15T10:30:00Z","team":"platform"}"#,
    /// )?;
    /// let whole = read.into_replacement().enabled(false);
    /// assert_eq!(serde_json::to_value(whole)?, serde_json::json!({
    ///     "identifier": "a", "url": "https://a.example", "events": ["entity.created"],
    ///     "enabled": false, "team": "platform",
    /// }));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn into_replacement(self) -> WebhookReplacement {
        let url = if self.is_data_source() { None } else { self.url };
        WebhookReplacement {
            identifier: Some(self.identifier),
            title: self.title,
            description: self.description,
            icon: self.icon,
            url,
            events: self.events,
            headers: self.headers,
            enabled: self.enabled,
            integration_type: self.integration_type,
            mappings: self.mappings,
            security: self.security,
            extra: self.extra,
        }
    }
}
