//! The fields of a webhook that are known, of either contract.

use port_webhooks::WantedWebhook;

/// The fields that the server sets. The `url` of a data source is set by it, too.
pub(crate) const SERVER_OWNED: [&str; 5] = ["webhookKey", "createdAt", "createdBy", "updatedAt", "updatedBy"];

/// Whether a field is one of them.
pub(crate) fn is_known(field: &str) -> bool {
    WantedWebhook::FIELDS.contains(&field) || SERVER_OWNED.contains(&field)
}
