//! Runs progenitor.

use std::panic;

use anyhow::{Result, anyhow};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Value, json};

use super::prepare::{SCHEMAS, reachable};
use super::rules::BY_HAND;

/// Generates one module: the types, and the client over them.
pub(super) fn generate(document: &Value) -> Result<syn::File> {
    let tokens = run(document).map_err(|reason| match place(document) {
        Some(place) => anyhow!("at {place}: cannot be generated: {reason}"),
        None => anyhow!("cannot be generated: {reason}"),
    })?;
    syn::parse2(tokens).map_err(|error| anyhow!("what progenitor generated is not Rust: {error}"))
}

/// Runs progenitor, or says why it could not: its first line, since some of its reasons are dumps.
fn run(document: &Value) -> Result<TokenStream, String> {
    let document: OpenAPI = serde_path_to_error::deserialize(document)
        .map_err(|error| format!("after preparing it, at {}: {}", error.path(), error.inner()))?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
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

/// Where a document can't be generated: the smallest part of it that fails on its own.
fn place(document: &Value) -> Option<String> {
    let fails = |paths: Value, schemas: Value| {
        let mut part = document.clone();
        part["paths"] = paths;
        part["components"] = json!({ "schemas": schemas });
        run(&part).is_err()
    };
    let schemas = document["components"]["schemas"].as_object()?;
    let mut closures: Vec<(&String, Value)> = schemas
        .keys()
        .map(|name| {
            let root = json!({ "$ref": format!("{SCHEMAS}{name}") });
            let used = reachable(schemas, &[&root]);
            (
                name,
                schemas
                    .iter()
                    .filter(|(name, _)| used.contains(*name))
                    .map(|(n, s)| (n.clone(), s.clone()))
                    .collect(),
            )
        })
        .collect();
    closures.sort_by_key(|(_, closure): &(_, Value)| closure.as_object().map_or(0, serde_json::Map::len));
    if let Some((name, _)) = closures.into_iter().find(|(_, closure)| fails(json!({}), closure.clone())) {
        return Some(format!("components/schemas/{name}"));
    }
    for (path, item) in document["paths"].as_object()? {
        for (method, operation) in item.as_object()?.iter().filter(|(key, _)| *key != "parameters") {
            let mut alone = json!({ method.as_str(): operation });
            if let Some(parameters) = item.get("parameters") {
                alone["parameters"] = parameters.clone();
            }
            if fails(json!({ path.as_str(): alone }), json!(schemas)) {
                return Some(format!("paths{path} {method}"));
            }
        }
    }
    None
}
