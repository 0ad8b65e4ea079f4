//! A receiver in front of a service: it reads, verifies and rejects replays, and answers everything that is not for
//! the service.

#[cfg(feature = "axum")]
mod axum;
mod body;
mod layer;
mod received;
mod rejection;

pub use layer::{ReceiverLayer, ReceiverService};
pub use received::Received;
pub use rejection::Rejection;
