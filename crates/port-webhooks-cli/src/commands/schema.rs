//! `schema`: the JSON Schema of the files for `apply`.

use clap::Args;

use crate::document::SCHEMA;
use crate::failure::Result;
use crate::output::Output;

pub(crate) const EXAMPLES: &str = "\
Editors check files by it as they are written. For the YAML language server, which most editors use, the first line of a \
    file is:
  # yaml-language-server: $schema=webhooks.schema.json

Examples:
  port-webhooks schema > webhooks.schema.json";

#[derive(Args, Debug)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> Result<()> {
    Output::new().write(SCHEMA)
}
