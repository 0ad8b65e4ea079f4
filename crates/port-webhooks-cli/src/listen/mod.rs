//! A receiver on this machine, for looking at deliveries.

mod forward;
mod register;
mod report;
mod server;

pub(crate) use forward::{Forwarder, Resigner};
pub(crate) use register::{Registration, random_secret};
pub(crate) use report::{Forwarded, Report, Verification};
pub(crate) use server::{Message, Receiver, serve};
