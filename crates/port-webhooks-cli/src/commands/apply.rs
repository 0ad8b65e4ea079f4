//! `apply`: creates, changes and deletes webhooks so that Port has those that files declare.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use port_webhooks::{
    Webhook,
    plan::{Action, Plan},
};
use serde_json::{Map, Value};

use crate::address;
use crate::arguments::{ConnectionArguments, Report};
use crate::document::{Document, Kind, Mistake, Sort, declared};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input::{check_can_ask, confirmed};
use crate::output::Output;
use crate::plan::{PlanReport, carry_out, render};
use crate::show;
use crate::terminal::{note, one_line};
use crate::webhook_fields::Exact;

pub(crate) const EXAMPLES: &str = "\
Only fields that are in a file are changed; null clears a field. A value can be `{ fromEnv: NAME }`: \
    it is read from that variable. All files are checked before anything is sent. Applying the same files \
    again changes nothing.

Examples:
  port-webhooks apply -f webhooks/ --dry-run
  port-webhooks apply -f webhooks/ --prune-prefix team-a- --yes
  # In CI: a plan for programs, and status 11 if something is to be done
  port-webhooks apply -f webhooks/ --dry-run --strict --exit-code -o json
  port-webhooks export | port-webhooks apply -f - --region us";

#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag.
pub(crate) struct Arguments {
    /// JSON or YAML file, or directory of such files; `-` is standard input; repeatable
    #[arg(short, long = "file", required = true, value_name = "FILE|DIRECTORY")]
    files: Vec<PathBuf>,
    /// Delete webhooks that are in no file: those of --prune-prefix, or all with --prune-everything
    #[arg(long)]
    prune: bool,
    /// Delete webhooks that are in no file and whose identifier begins with this; repeatable
    #[arg(long, value_name = "PREFIX", conflicts_with = "prune_everything")]
    prune_prefix: Vec<String>,
    /// Delete every webhook of the organization that is in no file
    #[arg(long)]
    prune_everything: bool,
    /// Delete without asking; needed where there is no terminal to ask on
    #[arg(short, long)]
    yes: bool,
    /// Show the plan and change nothing. Variables need not be set
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: exit with 11 if something is to be done
    #[arg(long, requires = "dry_run")]
    exit_code: bool,
    /// Compare fields that a file does not name, too: they are cleared, and `enabled` is true
    #[arg(long)]
    strict: bool,
    /// Send fields and events that this command does not know
    #[arg(long)]
    allow_unknown: bool,
    /// Output format of the plan
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Exit> {
    let prunes = arguments.prunes()?;
    let port = arguments.connection.open()?;
    let documents = arguments.read(&port.environment, prunes)?;
    documents.values().for_each(Document::note_left_out);

    let current = port.ask(port.hooks.list()).collect().await?;
    arguments.check(&documents, &current)?;
    let wanted = documents.values().map(|document| document.wanted(arguments.strict));
    let mut plan = Plan::new(wanted.collect::<Result<Vec<_>>>()?, &current)?;
    if prunes {
        let identifiers = current.iter().map(|webhook| webhook.identifier.clone());
        plan = plan.delete(identifiers.filter(|identifier| arguments.is_in_scope(identifier)));
    }
    for step in plan.steps() {
        if let Some(document) = documents.get(step.identifier()) {
            document.note_ignored(step.ignored());
        }
    }
    let report = PlanReport::new(&plan, &documents);

    let mut output = Output::new();
    show::result(&mut output, arguments.output.of_a_file(), &report, || render(&report))?;
    if arguments.dry_run {
        note("dry run: nothing was changed");
        return Ok(if arguments.exit_code && report.pending { Exit::Pending } else { Exit::Done });
    }
    arguments.confirm(&plan)?;
    let is_text = arguments.output == Report::Text;
    let progress = |line: String| {
        if is_text {
            output.line(line)
        } else {
            note(line);
            Ok(())
        }
    };
    carry_out(&port, &plan, progress).await?;
    Ok(Exit::Done)
}

impl Arguments {
    /// Whether webhooks are deleted. Refuses flags that could delete more than the user wants.
    fn prunes(&self) -> Result<bool> {
        if self.prune_prefix.iter().any(String::is_empty) {
            return Err(Failure::usage("--prune-prefix: the prefix is empty")
                .advice("--prune-everything deletes every webhook that is in no file"));
        }
        let has_scope = self.prune_everything || !self.prune_prefix.is_empty();
        if self.prune && !has_scope {
            return Err(Failure::usage("--prune needs a scope").advice(
                "--prune-prefix PREFIX deletes webhooks whose identifier begins so, --prune-everything all others",
            ));
        }
        if has_scope && !self.dry_run && !self.yes {
            check_can_ask()?;
        }
        Ok(has_scope)
    }

    fn is_in_scope(&self, identifier: &str) -> bool {
        self.prune_everything || self.prune_prefix.iter().any(|prefix| identifier.starts_with(prefix))
    }

    fn confirm(&self, plan: &Plan) -> Result<()> {
        let deletes = plan.steps().iter().filter(|step| matches!(step.action(), Action::Delete));
        let mut names: Vec<_> = deletes.map(|step| one_line(step.identifier())).collect();
        if self.yes || names.is_empty() {
            return Ok(());
        }
        names.sort();
        let names = names.join(", ");
        let question = format!("delete {names} at {}?", address::get().unwrap_or("Port"));
        if confirmed(&question)? {
            return Ok(());
        }
        Err(Failure::new(Exit::Failed, "nothing was changed"))
    }

    /// The webhooks of the files, by their identifiers. Certain mistakes are found before the first request.
    fn read(&self, environment: &Environment, prunes: bool) -> Result<BTreeMap<String, Document>> {
        // A file that lost its webhooks must not delete them.
        let (documents, mut failures) = declared(&self.files, !prunes, environment);
        let mut is_certain = !failures.is_empty();
        for document in &documents {
            let unset = document.missing_variables().filter(|_| !self.dry_run);
            let mistakes = document.mistakes(None, self.strict)?.into_iter().chain(unset);
            for mistake in mistakes.filter(|mistake| !self.is_allowed(mistake)) {
                is_certain |= mistake.sort != Sort::Unknown;
                failures.push(document.failure(mistake));
            }
        }
        if is_certain {
            Failure::check(failures, "nothing was sent")?;
        }
        let named = |document: Document| Some((document.identifier()?.to_owned(), document));
        Ok(documents.into_iter().filter_map(named).collect())
    }

    fn is_allowed(&self, mistake: &Mistake) -> bool {
        self.allow_unknown && mistake.sort == Sort::Unknown
    }

    /// Finds what Port would reject, knowing the webhooks that it has.
    fn check(&self, documents: &BTreeMap<String, Document>, current: &[Webhook]) -> Result<()> {
        let found: BTreeMap<&str, &Webhook> =
            current.iter().map(|webhook| (webhook.identifier.as_str(), webhook)).collect();
        let mut failures = Vec::new();
        for (identifier, document) in documents {
            let webhook = found.get(identifier.as_str()).copied();
            let kind = webhook.and_then(kind_of);
            let mut document = document.clone();
            if kind == Some(Kind::DataSource) {
                // The server sets it.
                document.fields.remove("url");
            }
            let stored =
                webhook.map(Exact::of).transpose()?.map(|webhook| webhook.fields).unwrap_or_default();
            for mistake in document.mistakes(kind, self.strict || webhook.is_none())? {
                if !self.is_allowed(&mistake) && !is_stored(&mistake, &document.fields, &stored) {
                    failures.push(document.failure(with_advice(mistake)));
                }
            }
        }
        Failure::check(failures, "nothing was changed")
    }
}

/// Whether Port has the unknown field or event, and so accepts it.
fn is_stored(mistake: &Mistake, fields: &Map<String, Value>, stored: &Map<String, Value>) -> bool {
    let path = mistake.path.as_str();
    let is_event = || {
        let at = path.strip_prefix("events[")?.strip_suffix(']')?.parse::<usize>().ok()?;
        Some(stored.get("events")?.as_array()?.contains(fields.get("events")?.get(at)?))
    };
    let root = path.split(['.', '[']).next().unwrap_or_default();
    let is_same = fields.get(root).is_some_and(|value| stored.get(root) == Some(value));
    mistake.sort == Sort::Unknown && (is_same || stored.contains_key(path) || is_event().unwrap_or_default())
}

fn with_advice(mistake: Mistake) -> Mistake {
    if mistake.sort != Sort::Unknown {
        return mistake;
    }
    let hint = mistake.hint.unwrap_or_else(|| "--allow-unknown sends it all the same".to_owned());
    Mistake { hint: Some(hint), ..mistake }
}

/// The kind of a webhook that Port has, if its fields decide it.
fn kind_of(webhook: &Webhook) -> Option<Kind> {
    if webhook.is_data_source() {
        return Some(Kind::DataSource);
    }
    webhook.events.is_some().then_some(Kind::Subscription)
}
