//! The command as a process, against a fake Port.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod apply;
mod apply_property;
mod bad_input;
mod completions;
mod credentials;
mod delivering;
mod errors;
mod events;
mod export;
mod fake;
mod forwarding;
mod help;
mod inspect_page;
mod inspecting;
mod interrupting;
mod listening;
mod mapping;
mod plans;
mod pytest;
mod reaching;
mod reading;
mod readme;
mod runs;
mod sending;
mod signing;
mod support;
mod terminals;
mod whoami;
mod writing;
