#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[macro_use]
mod open_enum;

mod event_type;
mod extra_fields;
mod generated;
mod header_values;
#[cfg(feature = "client")]
mod hook;
mod mapping;
mod patch;
mod requests;
mod reserved_keys;
mod secret;
mod security;
mod timestamp;
mod webhook;

pub use event_type::EventType;
pub use extra_fields::ExtraFields;
pub use generated::types::{
    AccessToken, AccessTokenRequest, DeliveredAction, DeliveredBlueprint, DeliveredEntity, DeliveredRun,
    Delivery, DeliveryData, EntityQuery, Mapping, MappingEntity, MetadataListEnvelope, NewWebhook, Security,
    Webhook, WebhookEnvelope, WebhookListEnvelope, WebhookMetadata, WebhookReplacement,
};
pub use header_values::HeaderValues;
pub use mapping::{JqOrQuery, MappingOperation};
pub use patch::{Patch, SecurityPatch, WebhookPatch};
#[doc(hidden)]
pub use reserved_keys::has_reserved_key;
pub use secret::Secret;
pub use security::{IntegrationType, SignatureAlgorithm};
pub use timestamp::Timestamp;

#[cfg(feature = "client")]
pub use generated::client::{Client, Error, ResponseValue};
// How the generated client writes an identifier, for those who check what becomes of it.
#[cfg(feature = "client")]
#[doc(hidden)]
pub use progenitor_client::encode_path;

#[cfg(feature = "client")]
pub use hook::{Answer, Attempt, BodyFailure};
