//! What can be asked of a webhook as Port keeps it.

use crate::{Webhook, WebhookReplacement};

impl Webhook {
    /// Whether this is a data source of the live contract, whose `url` the server owns, and not a
    /// subscription. A subscription has events and no key.
    pub fn is_data_source(&self) -> bool {
        let has_mappings = self.mappings.is_some() || self.integration_type.is_some();
        self.webhook_key.is_some() || (self.events.is_none() && has_mappings)
    }

    /// The webhook without what the server owns, to change and to write back with a replacement.
    ///
    /// Left out are `createdAt`, `createdBy`, `updatedAt`, `updatedBy`, `webhookKey`, and the `url`
    /// of a data source. Everything else is kept, fields that this version does not know included.
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
