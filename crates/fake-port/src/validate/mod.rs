//! Which bodies the fake accepts. A body is checked field by field; the first problem is reported.
//!
//! Knows values and rules, nothing of routes or stored webhooks.

mod data_source;
mod field;
mod mapping;
mod subscription;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub(crate) use field::{Problem, non_null_string, only, require};

use crate::profile::Profile;
use crate::settings::Settings;

/// What a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A create or a replacement.
    Whole,
    Patch,
}

/// Checks the body of a request.
pub(crate) fn webhook(
    settings: &Settings,
    purpose: Purpose,
    body: &Map<String, Value>,
) -> Result<(), Problem> {
    match settings.profile {
        Profile::Documented => subscription::check(settings, purpose, body),
        Profile::Live => data_source::check(purpose, body),
    }
}
