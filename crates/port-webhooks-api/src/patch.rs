//! The body of a PATCH: the fields to set, and those to clear. The setters that other bodies have, too, are in
//! [`requests`](crate::requests).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{EventType, ExtraFields, HeaderValues, IntegrationType, Mapping, Secret, SignatureAlgorithm};

/// One field of a PATCH: absent, `null`, or a value.
///
/// ```
/// use port_webhooks_api::Patch;
///
/// assert!(Patch::<String>::default().is_absent());
/// assert_eq!(Patch::from("on"), Patch::Value("on".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field is not sent, and does not change.
    #[default]
    Absent,
    /// The field is sent as `null`, which clears it.
    Null,
    /// The field is sent with a value, which sets it.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether the field is not sent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Patch<String> {
    fn from(text: &str) -> Self {
        Self::Value(text.to_owned())
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

/// Defines for each field a setter, of an `Option` or a [`Patch`].
macro_rules! setters {
    ($($(#[$about:meta])* $field:ident: $type:ty,)+) => {
        $(
            $(#[$about])*
            #[must_use]
            pub fn $field(mut self, $field: impl Into<$type>) -> Self {
                let value: $type = $field.into();
                self.$field = value.into();
                self
            }
        )+
    };
}

/// Defines for each field a method that clears it.
macro_rules! clear_methods {
    ($($field:ident, $clear:ident, $what:literal;)+) => {
        $(
            #[doc = concat!("Clears ", $what, ": the field is sent as `null`.")]
            #[must_use]
            pub fn $clear(mut self) -> Self {
                self.$field = Patch::Null;
                self
            }
        )+
    };
}

/// The fields of a webhook to set or to clear (`update_webhook` in Port's documentation). The others do not change.
///
/// In the documented contract `title`, `description`, `headers` and `security` can be cleared, in the live one only
/// members of `security`. This type does not check that; the server may reject a field.
///
/// ```
/// use port_webhooks_api::{EventType, WebhookPatch};
///
/// let patch = WebhookPatch::new()
///     .url("https://api.example.com/webhooks/port/v2")
///     .events([EventType::EntityCreated])
///     .clear_description();
/// assert_eq!(serde_json::to_value(patch)?, serde_json::json!({
///     "url": "https://api.example.com/webhooks/port/v2",
///     "events": ["entity.created"],
///     "description": null,
/// }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct WebhookPatch {
    /// A new identifier.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub identifier: Patch<String>,
    /// The title, at most 30 characters.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub title: Patch<String>,
    /// The description, at most 200 characters.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<String>,
    /// The icon. Live contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub icon: Patch<String>,
    /// The URL that Port sends deliveries to. Documented contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub url: Patch<String>,
    /// The events, as a whole. Documented contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub events: Patch<Vec<EventType>>,
    /// The headers, as a whole. Documented contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub headers: Patch<HeaderValues>,
    /// Whether the webhook is active.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub enabled: Patch<bool>,
    /// The origin of the data source. Live contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub integration_type: Patch<IntegrationType>,
    /// How deliveries become entities, as a whole. Live contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub mappings: Patch<Vec<Mapping>>,
    /// The security settings, member by member.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub security: Patch<SecurityPatch>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: ExtraFields,
}

impl WebhookPatch {
    /// The JSON names of the fields that a caller sets, of both contracts, in the order of Port's documentation.
    pub const FIELDS: [&str; 11] = [
        "identifier",
        "title",
        "description",
        "icon",
        "enabled",
        "url",
        "events",
        "headers",
        "security",
        "integrationType",
        "mappings",
    ];

    /// A patch that changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the headers, as a whole: others are removed. Documented contract.
    #[must_use]
    pub fn headers<N: Into<String>, V: Into<Secret>>(
        mut self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.headers = Patch::Value(headers.into_iter().collect());
        self
    }

    /// Sets security settings. Other members do not change.
    #[must_use]
    pub fn security(mut self, security: impl Into<SecurityPatch>) -> Self {
        self.security = Patch::Value(security.into());
        self
    }

    clear_methods! {
        title, clear_title, "the title";
        description, clear_description, "the description";
        icon, clear_icon, "the icon";
        headers, clear_headers, "the headers";
        integration_type, clear_integration_type, "the origin of the data source";
        security, clear_security, "the security settings";
    }

    /// Sets the secret. The other security settings do not change.
    #[must_use]
    pub fn secret(self, secret: impl Into<Secret>) -> Self {
        self.change_security(|security| security.secret(secret))
    }

    /// Clears the secret. The other security settings do not change.
    #[must_use]
    pub fn clear_secret(self) -> Self {
        self.change_security(SecurityPatch::clear_secret)
    }

    fn change_security(mut self, change: impl FnOnce(SecurityPatch) -> SecurityPatch) -> Self {
        let security = match self.security {
            Patch::Value(security) => security,
            Patch::Absent | Patch::Null => SecurityPatch::default(),
        };
        self.security = Patch::Value(change(security));
        self
    }
}

/// The members of `security` to set or to clear.
///
/// ```
/// use port_webhooks_api::SecurityPatch;
///
/// let patch = SecurityPatch::new().secret("new-secret").clear_signature_prefix();
/// assert_eq!(serde_json::to_value(patch)?, serde_json::json!({ "secret": "new-secret", "signaturePrefix": null }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SecurityPatch {
    /// The secret that signs deliveries.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub secret: Patch<Secret>,
    /// The header with the signature. Live contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub signature_header_name: Patch<String>,
    /// The algorithm of the signature. Live contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub signature_algorithm: Patch<SignatureAlgorithm>,
    /// A prefix of the signature. Live contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub signature_prefix: Patch<String>,
    /// The jq path to the id of a request. Live contract.
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub request_identifier_path: Patch<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: ExtraFields,
}

impl SecurityPatch {
    /// A patch that changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets the secret that signs deliveries.
        secret: Secret,
        /// Sets the header with the signature. Live contract.
        signature_header_name: String,
        /// Sets the algorithm of the signature. Live contract.
        signature_algorithm: SignatureAlgorithm,
        /// Sets the prefix of the signature. Live contract.
        signature_prefix: String,
        /// Sets the jq path to the id of a request. Live contract.
        request_identifier_path: String,
    }

    clear_methods! {
        secret, clear_secret, "the secret that signs deliveries";
        signature_header_name, clear_signature_header_name, "the header with the signature";
        signature_algorithm, clear_signature_algorithm, "the algorithm of the signature";
        signature_prefix, clear_signature_prefix, "the prefix of the signature";
        request_identifier_path, clear_request_identifier_path, "the jq path to the id of a request";
    }
}
