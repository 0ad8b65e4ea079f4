//! The address of Port that this process talks to, for plans and errors.

use std::sync::OnceLock;

static ADDRESS: OnceLock<String> = OnceLock::new();

pub(crate) fn set(address: String) {
    // A second address would be the same.
    let _ = ADDRESS.set(address);
}

/// The URL of the API without secrets; `None` before the settings are read.
pub(crate) fn get() -> Option<&'static str> {
    ADDRESS.get().map(String::as_str)
}
