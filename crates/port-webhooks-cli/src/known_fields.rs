//! The fields of a webhook that are known, of either contract.

/// The fields that a person declares, in the order of the documentation.
pub(crate) const DECLARED: [&str; 11] = [
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

/// The fields that the server sets. The `url` of a data source is set by it, too.
pub(crate) const SERVER_OWNED: [&str; 5] = ["webhookKey", "createdAt", "createdBy", "updatedAt", "updatedBy"];

/// Whether a field is one of them.
pub(crate) fn is_known(field: &str) -> bool {
    DECLARED.contains(&field) || SERVER_OWNED.contains(&field)
}
