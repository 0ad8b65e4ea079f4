//! `run get` and `run logs`.

use clap::Args;
use port_webhooks::types::Run;
use serde_json::{Map, Value, json};

use super::RunArguments;
use crate::arguments::OutputArguments;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::mask::MASK;
use crate::output::Output;
use crate::show::{details, result, structured};
use crate::terminal::printable;

pub(super) const GET_EXAMPLES: &str = "\
Inputs, and what was sent to the service and answered by it, are masked without --show-secrets.

Examples:
  port-webhooks run get r_1
  port-webhooks run get r_1 -o json | jq -r .status";

pub(super) const LOGS_EXAMPLES: &str = "\
Examples:
  port-webhooks run logs r_1
  port-webhooks run logs r_1 -o json | jq -r '.[].message'";

/// The fields of a run that may hold secrets.
const PRIVATE: [&str; 4] = ["properties", "rawProperties", "payload", "response"];

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    shown: OutputArguments,
}

pub(super) async fn get(arguments: &Arguments) -> Result<()> {
    let port = arguments.run.open_action("get")?;
    let run = port.ask(port.client.runs().get(&arguments.run.id)).await?;
    show(&arguments.shown, &run)
}

pub(super) async fn logs(arguments: &Arguments) -> Result<()> {
    let port = arguments.run.open_action("logs")?;
    let mut logs = port.ask(port.client.runs().logs(&arguments.run.id)).stream();
    let mut output = Output::new();
    let mut all = Vec::new();
    while let Some(log) = logs.try_next().await? {
        match arguments.shown.output.of_a_file() {
            None => output.line(printable(&log.message))?,
            Some(_) => all.push(log),
        }
        if output.is_closed() {
            return Ok(());
        }
    }
    arguments.shown.output.of_a_file().map_or(Ok(()), |format| structured(&mut output, format, &all))
}

/// Shows a run, with its secrets masked.
pub(super) fn show(shown: &OutputArguments, run: &Run) -> Result<()> {
    let Ok(Value::Object(mut run)) = serde_json::to_value(run) else {
        return Err(Failure::new(Exit::Port, "what Port answered is not a run"));
    };
    if !shown.show_secrets {
        for name in PRIVATE {
            run.get_mut(name).into_iter().for_each(mask);
        }
    }
    result(&mut Output::new(), shown.output.of_a_file(), &run, || details(&for_people(run.clone())))
}

/// Masks a value; of an object each member, so that names are seen.
fn mask(value: &mut Value) {
    match value {
        Value::Null => {}
        Value::Object(members) => members.values_mut().for_each(mask),
        other => *other = json!(MASK),
    }
}

/// The run with its id as the heading, and actions, blueprints and entities by their identifiers.
fn for_people(mut run: Map<String, Value>) -> Map<String, Value> {
    run.retain(|_, value| !value.is_null() && *value != json!([]) && *value != json!({}));
    for subject in ["action", "blueprint", "entity"] {
        if let Some(identifier) = run.get(subject).and_then(|subject| subject.get("identifier")).cloned() {
            run.insert(subject.to_owned(), identifier);
        }
    }
    if let Some(id) = run.remove("id") {
        run.insert("identifier".to_owned(), id);
    }
    run
}
