//! Guides: one task each, from start to end. Tests run their programs.
//!
//! | | |
//! |---|---|
//! | [Receiving deliveries](receiving) | which deliveries you get, a service with axum, what to answer |
//! | [Receiving deliveries with actix](actix) | a whole service on any framework: verify, admit, act, respond |
//! | [Rotating a secret](rotating_a_secret) | at Port and in the receiver, without losing a delivery |

#[doc = include_str!("links.md")]
#[doc = include_str!("../guides/actix.md")]
pub mod actix {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../guides/receiving.md")]
pub mod receiving {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../guides/rotating-a-secret.md")]
pub mod rotating_a_secret {}
