//! Our decisions about names in the contract.

/// Schemas that Rust does not tell apart from another one: the first is read as the second. The third column is the
/// fingerprint that the first had when somebody last looked whether the second can hold it.
///
/// What a request takes is stricter in the contract than what a response brings. In Rust one type
/// serves both, because strictness is the server's to keep.
pub(super) const READ_AS: &[(&str, &str, &str)] = &[
    ("ChangedObject", "LiveEntity", "73e72adb"),
    ("CreateOperation", "MappingOperation", "60707e96"),
    ("DataSourceSecurity", "Security", "6845ab82"),
    ("DeleteOperation", "MappingOperation", "167e436b"),
    ("NewHeaderValues", "HeaderValues", "679f3aa4"),
    ("NewJqOrQuery", "JqOrQuery", "680d0355"),
    ("NewMapping", "Mapping", "b89f7ff7"),
    ("NewMappingEntity", "MappingEntity", "df343455"),
    ("ReportedEventType", "EventType", "dc18189f"),
    ("ReportedIntegrationType", "IntegrationType", "ec3d4f0b"),
    ("ReportedMappingOperation", "MappingOperation", "bda2f265"),
    ("ReportedSignatureAlgorithm", "SignatureAlgorithm", "ab17c0fd"),
    ("SubscriptionSecurity", "Security", "b101cf53"),
];

/// Schemas whose type is written by hand, where it is, and the fingerprint that the schema had when somebody last looked
/// at that type.
pub(super) const BY_HAND: &[(&str, &str, &str)] = &[
    ("DeliveryUrl", "::std::string::String", "d14a11ea"),
    ("EntityQuery", "crate::EntityQuery", "fb0d40a7"),
    ("EventType", "crate::EventType", "29ee9d19"),
    ("HeaderValues", "crate::HeaderValues", "2ebf7d84"),
    ("IntegrationType", "crate::IntegrationType", "a93b98cb"),
    ("JqOrQuery", "crate::JqOrQuery", "6653d957"),
    ("MappingOperation", "crate::MappingOperation", "cae03d54"),
    ("Secret", "crate::Secret", "68ad01ef"),
    ("SignatureAlgorithm", "crate::SignatureAlgorithm", "e3048059"),
    ("Timestamp", "crate::Timestamp", "f639a448"),
    ("WebhookPatch", "crate::WebhookPatch", "9fd63e84"),
];

/// Keywords that would make a type refuse what it reads, or change what it holds. The contract and
/// the tests keep them.
pub(super) const DROPPED_KEYWORDS: &[&str] = &[
    "default",
    "example",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "uniqueItems",
];

/// Properties that no type requires: an answer without them is as good as one with them.
pub(super) const NEVER_REQUIRED: &[&str] = &["ok"];

/// Responses that are read leniently, as deliveries are: what they are for does not depend on their other fields.
pub(super) const LENIENT_RESPONSES: &[&str] = &["AccessToken", "Acknowledgement"];

/// Fields that are held behind a `Box`: an answer has one of them, and would be as large as all of them together,
/// wherever it is handed on.
pub(super) const BOXED: &[(&str, &str)] =
    &[("WebhookEnvelope", "integration"), ("WebhookEnvelope", "webhook")];

/// Whether the type of a schema does not follow from the schema.
pub(super) fn has_rule(schema: &str) -> bool {
    READ_AS.iter().chain(BY_HAND).any(|(name, ..)| *name == schema)
}
