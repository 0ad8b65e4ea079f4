//! A receiver on this machine, for looking at deliveries.

mod register;
mod report;
mod server;

pub(crate) use register::{Registration, random_secret};
pub(crate) use report::{Report, ReportFormat};
pub(crate) use server::{Receiver, serve};
