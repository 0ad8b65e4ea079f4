//! `map`: what Port would make of an event, by the mappings of a webhook; and tests of mappings.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use port_webhooks_mapping::{Evaluation, Event, Mappings};
use serde_json::{Map, Value, json};
use similar::TextDiff;

use crate::arguments::{ConnectionArguments, Format, name_and_value};
use crate::commands::block_on;
use crate::document::{Document, Mistake, declared};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input;
use crate::output::Output;
use crate::show::{Column, structured, table};
use crate::terminal::{note, printable};
use crate::webhook_fields::Exact;
use crate::whole_file::{self, Readers};

pub(crate) const EXAMPLES: &str = "\
Evaluates as Port does, without Port. Expressions are trusted, as files of your own.

`map test` reads cases from a directory: NAME.event.json is an event, as for --event, and NAME.expected.json is what becomes \
    of it, as -o json prints it. The webhook is webhook.yaml in the same directory, or the file of -f.

Examples:
  port-webhooks map -f webhook.yaml --event event.json
  port-webhooks map -f webhooks/ --identifier github --body push.json --header x-github-event:push -o json
  port-webhooks map --from-port --identifier github --body push.json
  port-webhooks map test mappings/github
  port-webhooks map test mappings/github --update";

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
// The query of the event, and not of requests to Port.
#[command(mut_arg("query", |query| {
    query.help("Parameter of the query of the event; repeatable").help_heading("Event").requires("body")
}))]
pub(crate) struct Arguments {
    #[command(subcommand)]
    test: Option<Test>,
    /// JSON or YAML file with the webhook, as for `apply`, or directory of such files
    #[arg(short, long = "file", value_name = "FILE|DIRECTORY", required_unless_present = "from_port")]
    files: Vec<PathBuf>,
    /// Identifier of the webhook, if there are several
    #[arg(long)]
    identifier: Option<String>,
    /// Read the webhook from Port
    #[arg(long, requires = "identifier", conflicts_with = "files")]
    from_port: bool,
    /// JSON file with the event: {"body": …, "headers": {…}, "queryParams": {…}}
    #[arg(long, value_name = "FILE", required_unless_present = "body", help_heading = "Event")]
    event: Option<PathBuf>,
    /// File with the body of the event, which is JSON
    #[arg(long, value_name = "FILE", conflicts_with = "event", help_heading = "Event")]
    body: Option<PathBuf>,
    /// Header of the event; repeatable
    #[arg(long = "header", value_name = "NAME:VALUE", requires = "body", help_heading = "Event")]
    headers: Vec<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
    #[command(flatten)]
    connection: ConnectionArguments,
}

#[derive(Debug, Subcommand)]
enum Test {
    /// Check the mappings of a webhook with events and what has to become of them
    #[command(name = "test")]
    Cases(TestArguments),
}

#[derive(Args, Debug)]
struct TestArguments {
    /// Directory with the cases
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
    /// JSON or YAML file with the webhook, instead of webhook.yaml in the directory
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Identifier of the webhook, if there are several
    #[arg(long)]
    identifier: Option<String>,
    /// Write what becomes of the events, instead of comparing
    #[arg(long)]
    update: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    if let Some(Test::Cases(arguments)) = &arguments.test {
        return test(arguments);
    }
    let mappings = if arguments.from_port {
        block_on(of_port(arguments))?
    } else {
        of_files(&arguments.files, arguments.identifier.as_deref())?
    };
    let evaluation = mappings.evaluate(&event(arguments)?);
    let mut output = Output::new();
    if let Some(format) = arguments.output.of_a_file() {
        structured(&mut output, format, &evaluation)?;
    } else {
        output.write(&for_people(&evaluation))?;
        for warning in &evaluation.warnings {
            note(format!("warning: {}", printable(&warning.to_string())));
        }
    }
    Ok(Exit::Done)
}

async fn of_port(arguments: &Arguments) -> Result<Mappings> {
    let mut connection = arguments.connection.clone();
    connection.query.clear();
    let port = connection.open()?;
    let identifier = arguments.identifier.as_deref().unwrap_or_default();
    let webhook = Exact::of(&port.ask(port.hooks.get(identifier)).await?)?;
    compile(&webhook.fields, &|error| Failure::usage(error))
}

fn of_files(files: &[PathBuf], identifier: Option<&str>) -> Result<Mappings> {
    let (mut documents, failures) = declared(files, true, &Environment::default());
    if let Some(failure) = Failure::of_all(failures, "nothing was evaluated") {
        return Err(failure);
    }
    if let Some(identifier) = identifier {
        documents.retain(|document| document.identifier() == Some(identifier));
    }
    let [document] = documents.as_slice() else {
        let names: Vec<_> = documents.iter().filter_map(Document::identifier).collect();
        return Err(match (identifier, names.as_slice()) {
            (Some(identifier), []) => Failure::usage(format!("no file declares webhook \"{identifier}\"")),
            (_, []) => Failure::usage("the files declare no webhook"),
            (_, names) => Failure::usage(format!("the files declare {} webhooks", documents.len()))
                .advice(format!("choose one with --identifier: {}", names.join(", "))),
        });
    };
    compile(&document.fields, &|error| document.failure(Mistake::new("mappings", error)))
}

fn compile(fields: &Map<String, Value>, failure: &dyn Fn(String) -> Failure) -> Result<Mappings> {
    let Some(mappings) = fields.get("mappings") else {
        return Err(failure("the webhook has no mappings".to_owned()));
    };
    Mappings::compile(mappings).map_err(|errors| {
        let failures = errors.0.iter().map(|error| failure(error.to_string())).collect();
        Failure::joined(failures, "nothing was evaluated")
    })
}

fn event(arguments: &Arguments) -> Result<Event> {
    let wrong = |path: &Path, error: port_webhooks_mapping::EventError| {
        Failure::usage(format!("{}: {error}", input::name(path)))
    };
    if let Some(path) = &arguments.event {
        return Event::from_json(input::read_text(path)?).map_err(|error| wrong(path, error));
    }
    let Some(path) = &arguments.body else { return Err(Failure::usage("no event given")) };
    let headers = arguments.headers.iter().map(|header| match header.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim(), value.trim())),
        _ => Err(Failure::usage("--header: expected NAME:VALUE")),
    });
    let headers = headers.collect::<Result<Vec<_>>>()?;
    let query = arguments.connection.query.iter().map(|text| name_and_value("--query", text));
    let query = query.collect::<Result<Vec<_>>>()?;
    Event::new(input::read_text(path)?.as_bytes(), headers, query).map_err(|error| wrong(path, error))
}

/// Per mapping and item: the entity as a table, or why there is none.
fn for_people(evaluation: &Evaluation) -> String {
    const COLUMNS: [Column; 2] = [Column::new(0, "FIELD", "field"), Column::new(1, "VALUE", "value")];
    let place = |mapping: usize, item: Option<usize>| match item {
        Some(item) => format!("mapping {mapping}, item {item}"),
        None => format!("mapping {mapping}"),
    };
    let mut parts = Vec::new();
    for entity in &evaluation.entities {
        let (mapping, item) = (entity.mapping, entity.item);
        let value = json!(entity);
        let mut rows = Vec::new();
        let mut row = |field: String, value: &Value| {
            let error = entity.errors.iter().find(|error| error.field == field);
            let shown = match (error, value) {
                (Some(error), _) => format!("null: {}", error.message),
                (None, Value::String(text)) => text.clone(),
                (None, value) => value.to_string(),
            };
            rows.extend(json!({"field": field, "value": shown}).as_object().cloned());
        };
        for field in ["identifier", "title", "icon", "team"] {
            if let Some(value) = value.get(field) {
                row(field.to_owned(), value);
            }
        }
        for group in ["properties", "relations"] {
            for (name, value) in value.get(group).and_then(Value::as_object).into_iter().flatten() {
                row(format!("{group}.{name}"), value);
            }
        }
        let operation = value["operation"].as_str().unwrap_or_default();
        let heading =
            printable(&format!("{}: {operation} {}", place(mapping, item), entity.blueprint)).into_owned();
        parts.push(((mapping, item), format!("{heading}\n{}\n", table(&COLUMNS, &rows))));
    }
    for skipped in &evaluation.skipped {
        let (mapping, item) = (skipped.mapping, skipped.item);
        let text = format!("{}: no entity ({}): {}", place(mapping, item), skipped.reason, skipped.message);
        parts.push(((mapping, item), format!("{}\n", printable(&text))));
    }
    parts.sort_by_key(|(place, _)| *place);
    parts.into_iter().map(|(_, text)| text).collect()
}

/// A case of a test: its name, its event, and where it is written what becomes of it.
fn cases(directory: &Path) -> Result<Vec<(String, PathBuf, PathBuf)>> {
    let failed = |error: std::io::Error| {
        Failure::usage(format!("cannot read {}", directory.display())).because(&error)
    };
    let mut cases = Vec::new();
    for file in std::fs::read_dir(directory).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(name) = name.strip_suffix(".event.json") {
            cases.push((name.to_owned(), path.clone(), directory.join(format!("{name}.expected.json"))));
        }
    }
    cases.sort();
    if cases.is_empty() {
        return Err(Failure::usage(format!("{}: there is no NAME.event.json", directory.display())));
    }
    Ok(cases)
}

fn test(arguments: &TestArguments) -> Result<Exit> {
    let file = arguments.file.clone().unwrap_or_else(|| arguments.directory.join("webhook.yaml"));
    let mappings = of_files(&[file], arguments.identifier.as_deref())?;
    let (mut output, mut wrong) = (Output::new(), 0);
    let cases = cases(&arguments.directory)?;
    for (name, event, expected) in &cases {
        let event = Event::from_json(input::read_text(event)?)
            .map_err(|error| Failure::usage(format!("{}: {error}", input::name(event))))?;
        let evaluation = mappings.evaluate(&event);
        let got = json!({"entities": evaluation.entities, "skipped": evaluation.skipped});
        if arguments.update {
            let failed = |error: std::io::Error| {
                Failure::new(Exit::Failed, format!("cannot write {}", expected.display())).because(&error)
            };
            whole_file::write(expected, &format!("{got:#}\n"), Readers::Usual).map_err(failed)?;
            output.line(format!("written: {}", printable(name)))?;
            continue;
        }
        let wanted: Value = if expected.exists() {
            serde_json::from_str(&input::read_text(expected)?)
                .map_err(|error| Failure::usage(format!("{}: {error}", input::name(expected))))?
        } else {
            Value::Null
        };
        // What a case does not name, such as `skipped`, is not compared.
        let got = match (&wanted, got) {
            (Value::Object(wanted), Value::Object(mut got)) => {
                got.retain(|key, _| wanted.contains_key(key));
                Value::Object(got)
            }
            (_, got) => got,
        };
        if wanted == got {
            output.line(format!("ok: {}", printable(name)))?;
            continue;
        }
        wrong += 1;
        let mut text = format!("different: {}\n", printable(name));
        let (wanted, got) = (format!("{wanted:#}\n"), format!("{got:#}\n"));
        let difference = TextDiff::from_lines(&wanted, &got);
        let _ = write!(text, "{}", difference.unified_diff().header("expected", "this mapping"));
        output.write(&text)?;
    }
    if wrong == 0 {
        return Ok(Exit::Done);
    }
    let what = format!("{wrong} of {} cases differ", cases.len());
    Err(Failure::new(Exit::Failed, what).advice("if the entities are right, write them with --update"))
}
