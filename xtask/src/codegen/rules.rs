//! Our decisions about names in the contract.

/// Schemas that Rust does not tell apart from another one: the first is read as the second. The third column is the
/// fingerprint that both had when somebody last looked whether the second can hold the first.
///
/// What a request takes is stricter in the contract than what a response brings. In Rust one type
/// serves both, because strictness is the server's to keep.
pub(super) const READ_AS: &[(&str, &str, &str)] = &[
    ("ChangedObject", "LiveEntity", "483fa5e0"),
    ("CreateOperation", "MappingOperation", "38e60203"),
    ("DataSourceSecurity", "Security", "c684573c"),
    ("DeleteOperation", "MappingOperation", "68cc2c2d"),
    ("FinalRunStatus", "RunStatus", "0ab5bf08"),
    ("NewHeaderValues", "HeaderValues", "a8a9589b"),
    ("NewJqOrQuery", "JqOrQuery", "3ed21f98"),
    ("NewMapping", "Mapping", "37fdcb0f"),
    ("NewMappingEntity", "MappingEntity", "1ce359c3"),
    ("ReportedEventType", "EventType", "dc18189f"),
    ("ReportedIntegrationType", "IntegrationType", "ec3d4f0b"),
    ("ReportedMappingOperation", "MappingOperation", "630dc293"),
    ("ReportedRunStatus", "RunStatus", "763346b0"),
    ("ReportedSignatureAlgorithm", "SignatureAlgorithm", "ab17c0fd"),
    ("SubscriptionSecurity", "Security", "8c0923cb"),
];

/// Schemas whose type is written by hand, where it is, and the fingerprint that the schema had when somebody last looked
/// at that type.
pub(super) const BY_HAND: &[(&str, &str, &str)] = &[
    ("DeliveryUrl", "::std::string::String", "d14a11ea"),
    ("EntityQuery", "crate::EntityQuery", "fb0d40a7"),
    ("HeaderValues", "crate::HeaderValues", "2ebf7d84"),
    ("HiddenJson", "crate::HiddenJson", "4ee4dc2c"),
    ("HiddenObject", "crate::HiddenJson", "830be963"),
    ("JqOrQuery", "crate::JqOrQuery", "6653d957"),
    ("Links", "crate::Links", "b7e12efc"),
    ("MappingOperation", "crate::MappingOperation", "cae03d54"),
    ("RequiredApproval", "::serde_json::Value", "a1df92c9"),
    ("RunPayload", "crate::HiddenJson", "ad799423"),
    ("RunSource", "::serde_json::Value", "834fd672"),
    ("Secret", "crate::Secret", "68ad01ef"),
    ("Timestamp", "crate::Timestamp", "f639a448"),
    ("WebhookPatch", "crate::WebhookPatch", "9fd63e84"),
];

/// Parts of the contract that only code by hand reads, where it is, and the fingerprint that the part had when somebody
/// last looked at that code.
pub(super) const READ_BY_HAND: &[(&str, &str, &str)] = &[
    ("the body of an error", "crates/port-webhooks/src/engine/response.rs", "8d8c4d96"),
    ("the delivery header x-port-signature", "crates/port-webhooks-receiver/src/verify", "5982e62e"),
    ("the delivery header x-port-timestamp", "crates/port-webhooks-receiver/src/verify", "9b7e9412"),
    ("the list of servers", "crates/port-webhooks/src/base_url.rs", "f2bef4fc"),
    ("the response header Allow", "crates/fake-port/src/response.rs", "c8f74062"),
    ("the response header Retry-After", "crates/port-webhooks/src/rate_limit.rs", "c8f74062"),
    ("the response header X-Trace-Id", "crates/port-webhooks/src/engine/response.rs", "c8f74062"),
    ("the response header x-ratelimit-limit", "crates/port-webhooks/src/rate_limit.rs", "f7e9f2fb"),
    ("the response header x-ratelimit-period", "crates/port-webhooks/src/rate_limit.rs", "f7e9f2fb"),
    ("the response header x-ratelimit-remaining", "crates/port-webhooks/src/rate_limit.rs", "f7e9f2fb"),
    ("the response header x-ratelimit-reset", "crates/port-webhooks/src/rate_limit.rs", "f7e9f2fb"),
];

/// Types with an example in their documentation: a file in the folder `examples` beside the generated code, with the name
/// of the type.
pub(super) const WITH_EXAMPLE: &[&str] =
    &["Delivery", "NewWebhook", "Run", "Security", "Webhook", "WebhookReplacement"];

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
