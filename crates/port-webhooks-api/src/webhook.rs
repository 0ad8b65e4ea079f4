//! Methods of a webhook that was read.

#[cfg(feature = "test-util")]
use crate::ExtraFields;
use crate::secret::MASK;
use crate::{HeaderValues, Security, Webhook, WebhookReplacement};

/// Fields that Port does not send are `None`, and unknown fields are kept:
///
/// ```
/// use port_webhooks_api::{EventType, Webhook};
///
/// let webhook: Webhook = serde_json::from_str(
///     r#"{ "identifier": "audit", "events": ["run.completed"], "security": { "secret": "s3cret" }, "team": "core" }"#,
/// )?;
/// assert_eq!(webhook.events, Some(vec![EventType::RunCompleted]));
/// assert_eq!(webhook.title, None);
/// assert_eq!(webhook.extra["team"], "core");
/// assert_eq!(webhook.security.and_then(|security| security.secret).unwrap().expose(), "s3cret");
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Webhook {
    /// A webhook with an identifier and nothing else, for tests; set the fields that the test needs.
    ///
    /// ```
    /// let mut webhook = port_webhooks_api::Webhook::for_tests("audit");
    /// webhook.enabled = Some(true);
    /// assert_eq!(webhook.identifier, "audit");
    /// ```
    #[cfg(feature = "test-util")]
    pub fn for_tests(identifier: impl Into<String>) -> Self {
        Self {
            identifier: identifier.into(),
            title: None,
            description: None,
            icon: None,
            url: None,
            enabled: None,
            events: None,
            headers: None,
            security: None,
            integration_type: None,
            mappings: None,
            webhook_key: None,
            created_at: None,
            created_by: None,
            updated_at: None,
            updated_by: None,
            extra: ExtraFields::default(),
        }
    }

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

    /// The webhook with `********` in place of everything that may be a secret, to show it to people: the signing secret,
    /// the values of headers, the user name, password, query and fragment of the URL, and the values of unknown fields.
    ///
    /// The key of a data source, in the path of its URL and in `webhookKey`, stays: people copy it to the third party. Whoever
    /// knows it can send events that are not signed.
    ///
    /// ```
    /// let webhook: port_webhooks_api::Webhook = serde_json::from_value(serde_json::json!({
    ///     "identifier": "audit",
    ///     "url": "https://user:password@audit.example.com/port?key=k-123",
    ///     "headers": { "X-API-Key": "k-123" },
    ///     "security": { "secret": "hunter2", "signatureHeaderName": "x-signature" },
    /// }))?;
    /// assert_eq!(serde_json::to_value(webhook.redacted())?, serde_json::json!({
    ///     "identifier": "audit",
    ///     "url": "https://********@audit.example.com/port?********",
    ///     "headers": { "X-API-Key": "********" },
    ///     "security": { "secret": "********", "signatureHeaderName": "x-signature" },
    /// }));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[doc(alias("mask", "secrets"))]
    #[must_use]
    pub fn redacted(&self) -> Self {
        let masked = |headers: &HeaderValues| headers.iter().map(|(name, _)| (name, MASK)).collect();
        Self {
            url: self.url.as_deref().map(redacted_url),
            headers: self.headers.as_ref().map(masked),
            security: self.security.as_ref().map(Security::redacted),
            extra: self.extra.redacted(),
            ..self.clone()
        }
    }
}

impl Security {
    fn redacted(&self) -> Self {
        let secret = self.secret.as_ref().map(|_| MASK.into());
        Self { secret, extra: self.extra.redacted(), ..self.clone() }
    }
}

/// Also of a text that is no valid URL.
fn redacted_url(url: &str) -> String {
    let (address, rest) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    let masked = rest.chars().next().map(|mark| format!("{mark}{MASK}")).unwrap_or_default();
    let start = address.find("://").map_or(0, |scheme| scheme + 3);
    let (scheme, rest) = address.split_at(start);
    let authority = rest.find(['/', '\\']).unwrap_or(rest.len());
    let host = rest[..authority].rfind('@').map(|at| format!("{MASK}{}", &rest[at..]));
    format!("{scheme}{}{masked}", host.as_deref().unwrap_or(rest))
}
