//! Runs progenitor.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

use anyhow::{Result, anyhow};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde::Deserialize as _;
use serde_json::Value;

use super::enumerations::enumerations;
use super::rules::BY_HAND;

static SILENT: Once = Once::new();

thread_local! {
    /// Whether this thread runs progenitor, whose panics are not printed.
    static GENERATES: Cell<bool> = const { Cell::new(false) };
}

/// Generates of the document that was made of a contract one module: the types, and the client over them.
pub(super) fn generate(document: &Value, contract: &Value) -> Result<syn::File> {
    let tokens = run(document, contract).map_err(|reason| {
        anyhow!("at #: progenitor cannot generate it: {reason}; undo the last change, and write it with what openapi/README.md lists")
    })?;
    syn::parse2(tokens).map_err(|error| anyhow!("what progenitor generated is not Rust: {error}"))
}

/// Runs progenitor, or says why it could not: its first line, since some of its reasons are dumps.
fn run(document: &Value, contract: &Value) -> Result<TokenStream, String> {
    let document = OpenAPI::deserialize(document).map_err(|error| error.to_string())?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    for (name, path, _) in BY_HAND {
        settings.with_replacement(name, path, std::iter::empty());
    }
    for (name, _) in enumerations(contract) {
        settings.with_replacement(name, format!("crate::{name}"), std::iter::empty());
    }
    // typify panics on some schemas that it does not support; that is an error of the contract.
    SILENT.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GENERATES.get() {
                print(panic);
            }
        }));
    });
    GENERATES.set(true);
    let generated = panic::catch_unwind(|| Generator::new(&settings).generate_tokens(&document));
    GENERATES.set(false);
    let reason = match generated {
        Ok(Ok(tokens)) => return Ok(tokens),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => {
            let reason = panic.downcast_ref::<String>().map(String::as_str);
            reason
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("progenitor panicked")
                .to_owned()
        }
    };
    Err(reason.lines().next().unwrap_or_default().to_owned())
}
