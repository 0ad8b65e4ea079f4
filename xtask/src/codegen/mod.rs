//! `cargo xtask codegen`: the contract in, the generated half of `port-webhooks-api` out.
//!
//! [`contract`] checks the contract, [`prepare`] turns it into the document for progenitor, [`mod@generate`] runs
//! progenitor, [`enumerations`] writes the types that progenitor cannot write, and [`polish`] makes two files of the
//! output: the types, and a constructor for each operation, by [`operations`]. [`schema`] makes the JSON Schema of the
//! files that the command reads.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::generated::{GeneratedFile, update};
use crate::{document, root};

mod by_hand;
mod contract;
#[cfg(test)]
mod edits;
mod enumerations;
mod generate;
mod operations;
mod place;
mod polish;
mod prepare;
mod rules;
mod schema;
mod supported;

const CONTRACT: &str = "openapi/port-webhooks.yaml";
const GENERATED: &str = "crates/port-webhooks-api/src/generated";
const SCHEMA: &str = "crates/port-webhooks-cli/src/document/webhooks.schema.json";

/// Writes the generated files that changed, or with `check` shows which are stale.
pub(crate) fn run(check: bool) -> Result<ExitCode> {
    update(&generate_all()?, check, "cargo xtask codegen")
}

fn generate_all() -> Result<Vec<GeneratedFile>> {
    let generated = document::read(&root().join(CONTRACT)).and_then(|contract| generate(&contract));
    generated.with_context(|| format!("in {CONTRACT}"))
}

/// What is generated of a contract.
fn generate(contract: &Value) -> Result<Vec<GeneratedFile>> {
    let by_hand = contract::check(contract)?;
    let schema = schema::of_files(contract)?;
    let document = prepare::prepare(contract.clone())?;
    by_hand::check(contract, &by_hand, document["components"]["schemas"].as_object().context("no schemas")?)?;
    let polished = polish::polish(generate::generate(&document, contract)?, contract, &document)?;
    let file = |path: String, text| GeneratedFile { path, text };
    Ok(vec![
        file(format!("{GENERATED}/types.rs"), polished.types),
        file(format!("{GENERATED}/operations.rs"), polished.operations),
        file(SCHEMA.to_owned(), schema),
    ])
}

#[cfg(test)]
mod tests {
    use super::rules::READ_BY_HAND;
    use super::*;
    use crate::generated::difference;

    #[test]
    fn what_is_committed_is_what_is_generated_each_time() {
        for file in generate_all().unwrap().iter().chain(&generate_all().unwrap()) {
            assert_eq!(difference(root(), file), None);
            assert!(
                file.text.lines().take(2).any(|line| line.contains("@generated")),
                "{} is not marked",
                file.path
            );
        }
    }

    #[test]
    fn files_that_errors_name_exist() {
        let readers = READ_BY_HAND.iter().map(|(_, reader, _)| *reader);
        for path in readers.chain([prepare::RULES]) {
            assert!(root().join(path).exists(), "{path}");
        }
    }
}
