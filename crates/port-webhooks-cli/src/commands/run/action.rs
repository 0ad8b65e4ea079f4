//! `run get`, `logs`, `update`, `approve` and `decline`: for runs of actions, not for workflow nodes.

use clap::Args;
use port_webhooks::types::{Run, RunPatch};
use serde_json::{Map, Value, json};

use super::RunArguments;
use crate::arguments::OutputArguments;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::mask::MASK;
use crate::output::Output;
use crate::session::Session;
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

pub(super) const UPDATE_EXAMPLES: &str = "\
The run stays open. The run of a workflow node has none of these.

Examples:
  port-webhooks run update r_1 --label Building --link https://builds.example.com/118
  port-webhooks run update r_1 --external-id build-118";

pub(super) const APPROVE_EXAMPLES: &str = "\
Examples:
  port-webhooks run approve r_1";

pub(super) const DECLINE_EXAMPLES: &str = "\
Examples:
  port-webhooks run decline r_1 --reason 'Not on a Friday'";

/// The fields of a run that may hold secrets.
const PRIVATE: [&str; 4] = ["properties", "rawProperties", "payload", "response"];

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    shown: OutputArguments,
}

#[derive(Args, Debug)]
pub(super) struct UpdateArguments {
    /// Label that describes the status
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Link that the portal shows with the run; repeatable, in place of earlier ones
    #[arg(long = "link", value_name = "URL")]
    links: Vec<String>,
    /// What becomes of the run, in Markdown; everybody who sees the run can read it
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
    /// Identifier of the run elsewhere, such as that of a build
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    #[command(flatten)]
    action: Arguments,
}

#[derive(Args, Debug)]
pub(super) struct DeclineArguments {
    /// Why; everybody who sees the run can read it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    action: Arguments,
}

impl Arguments {
    /// A session. Workflow nodes have no route for what these commands do.
    fn open(&self, what: &str) -> Result<Session> {
        if self.run.id.starts_with("wfnr_") {
            let failure = Failure::usage(format!("{what} is for runs of actions, not for workflow nodes"));
            return Err(failure
                .advice("`run log`, `run succeed`, `run fail` and `run exec` report on workflow nodes"));
        }
        self.run.connection.open()
    }
}

pub(super) async fn get(arguments: &Arguments) -> Result<()> {
    let port = arguments.open("get")?;
    let run = port.ask(port.client.runs().get(&arguments.run.id)).await?;
    show(arguments, &run)
}

pub(super) async fn logs(arguments: &Arguments) -> Result<()> {
    let port = arguments.open("logs")?;
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

pub(super) async fn update(arguments: &UpdateArguments) -> Result<()> {
    let UpdateArguments { label, links, summary, external_id, action } = arguments;
    let mut patch = RunPatch::new();
    if let Some(label) = label {
        patch = patch.status_label(label);
    }
    if !links.is_empty() {
        patch = patch.links(links);
    }
    if let Some(summary) = summary {
        patch = patch.summary(summary.as_str());
    }
    if let Some(id) = external_id {
        patch = patch.external_run_id(id);
    }
    if patch == RunPatch::new() {
        return Err(Failure::usage("nothing to set: give --label, --link, --summary or --external-id"));
    }
    let port = action.open("update")?;
    let updated = port.ask(port.client.runs().update(&action.run.id, patch)).await?;
    show(action, &updated)
}

pub(super) async fn approve(arguments: &Arguments) -> Result<()> {
    let port = arguments.open("approve")?;
    let approved = port.ask(port.client.runs().approve(&arguments.run.id)).await?;
    show(arguments, &approved)
}

pub(super) async fn decline(arguments: &DeclineArguments) -> Result<()> {
    let DeclineArguments { reason, action } = arguments;
    let port = action.open("decline")?;
    let declined = port.ask(port.client.runs().decline(&action.run.id, reason)).await?;
    show(action, &declined)
}

/// Shows a run, with its secrets masked.
fn show(arguments: &Arguments, run: &Run) -> Result<()> {
    let Ok(Value::Object(mut run)) = serde_json::to_value(run) else {
        return Err(Failure::new(Exit::Port, "what Port answered is not a run"));
    };
    if !arguments.shown.show_secrets {
        for name in PRIVATE {
            run.get_mut(name).into_iter().for_each(mask);
        }
    }
    result(&mut Output::new(), arguments.shown.output.of_a_file(), &run, || details(&for_people(run.clone())))
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
