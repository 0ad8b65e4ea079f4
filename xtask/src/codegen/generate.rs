//! Runs progenitor.

use std::panic;

use anyhow::{Result, anyhow};
use openapiv3::OpenAPI;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle};
use quote::quote;
use serde_json::Value;

use super::rules::BY_HAND;

/// Generates one module: the types, and the client over them.
pub(super) fn generate(document: &Value) -> Result<syn::File> {
    let document: OpenAPI = serde_path_to_error::deserialize(document)
        .map_err(|error| anyhow!("after preparing it, at {}: {}", error.path(), error.inner()))?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::Attempt))
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    for (name, path) in BY_HAND {
        settings.with_replacement(name, path, std::iter::empty());
    }
    // typify panics on some schemas that it does not support; that is an error of the contract.
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let generated = panic::catch_unwind(|| Generator::new(&settings).generate_tokens(&document));
    panic::set_hook(quiet);
    let tokens = match generated {
        Ok(tokens) => tokens.map_err(|error| anyhow!("cannot generate: {error}"))?,
        Err(panic) => {
            let reason = panic.downcast_ref::<String>().map(String::as_str);
            let reason = reason.or_else(|| panic.downcast_ref::<&str>().copied());
            return Err(anyhow!(
                "cannot generate: {}",
                reason.unwrap_or("progenitor panicked")
            ));
        }
    };
    syn::parse2(tokens).map_err(|error| anyhow!("what progenitor generated is not Rust: {error}"))
}
