//! What the generator is told about names in the contract. Each line is a decision of ours.

/// Schemas that Rust does not tell apart from another one: the left side is read as the right one.
///
/// What a request takes is stricter in the contract than what a response brings. In Rust one type
/// serves both, because strictness is the server's to keep.
pub(super) const READ_AS: &[(&str, &str)] = &[
    ("ChangedObject", "LiveEntity"),
    ("CreateOperation", "MappingOperation"),
    ("DataSourceSecurity", "Security"),
    ("DeleteOperation", "MappingOperation"),
    ("NewHeaderValues", "HeaderValues"),
    ("NewJqOrQuery", "JqOrQuery"),
    ("NewMapping", "Mapping"),
    ("NewMappingEntity", "MappingEntity"),
    ("ReportedEventType", "EventType"),
    ("ReportedIntegrationType", "IntegrationType"),
    ("ReportedMappingOperation", "MappingOperation"),
    ("ReportedSignatureAlgorithm", "SignatureAlgorithm"),
    ("SubscriptionSecurity", "Security"),
];

/// Schemas whose type is written by hand, and where it is.
pub(super) const BY_HAND: &[(&str, &str)] = &[
    ("DeliveryUrl", "::std::string::String"),
    ("EventType", "crate::EventType"),
    ("HeaderValues", "crate::HeaderValues"),
    ("IntegrationType", "crate::IntegrationType"),
    ("JqOrQuery", "crate::JqOrQuery"),
    ("MappingOperation", "crate::MappingOperation"),
    ("Secret", "crate::Secret"),
    ("SignatureAlgorithm", "crate::SignatureAlgorithm"),
    ("Timestamp", "crate::Timestamp"),
    ("WebhookPatch", "crate::WebhookPatch"),
];

/// Keywords that would make a type refuse what it reads, or change what it holds. The contract and
/// the tests keep them.
pub(super) const DROPPED_KEYWORDS: &[&str] = &[
    "default",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "uniqueItems",
];

/// Properties that no type requires: an answer without them is as good as one with them.
pub(super) const NEVER_REQUIRED: &[&str] = &["ok"];

/// Responses that are read leniently, as deliveries are: what they are for does not depend on their other fields.
pub(super) const LENIENT_RESPONSES: &[&str] = &["AccessToken", "Acknowledgement"];

/// Schemas that only types written by hand lead to.
pub(super) const ALSO_GENERATED: &[&str] = &["EntityQuery"];

/// Fields that are held behind a `Box`: an answer has one of them, and would be as large as all of them together,
/// wherever it is handed on.
pub(super) const BOXED: &[(&str, &str)] =
    &[("WebhookEnvelope", "integration"), ("WebhookEnvelope", "webhook")];
