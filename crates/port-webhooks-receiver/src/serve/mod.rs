//! A receiver in front of a service: it reads, verifies, keeps replays away and parses, and answers all that
//! is not for the service.

#[cfg(feature = "axum")]
mod axum;
mod body;
mod layer;
mod received;
mod unhandled;

pub use layer::{ReceiverLayer, ReceiverService};
pub use received::Received;
pub use unhandled::Unhandled;
