//! What the fake posts to webhooks, seen by receivers that record what comes.

mod changes;
mod failures;
mod live;
mod mischief;
mod property;
mod receiver;
mod what;
mod whom;

pub(crate) use receiver::{Receiver, mac};
