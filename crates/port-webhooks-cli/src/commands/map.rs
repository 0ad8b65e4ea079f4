//! `map`: what Port would make of an event, by the mappings of a webhook.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use port_webhooks_mapping::{Evaluation, Event, Mappings};
use serde_json::{Map, Value, json};

use super::map_test;
use super::mappings::{compile, of_files, read_event, tell, unreadable};
use crate::arguments::{ConnectionArguments, Format, event_header};
use crate::commands::block_on;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::show::{self, Column, table};
use crate::terminal::one_line;
use crate::webhook_fields::Exact;
use crate::{body, input};

pub(crate) const EXAMPLES: &str = "\
Evaluates as Port does, without Port. Expressions are trusted, as files of your own.

Examples:
  port-webhooks map -f webhook.yaml --event event.json
  port-webhooks map -f webhooks/ --identifier github --body push.json --header x-github-event:push -o json
  port-webhooks map --from-port --identifier github --body push.json
  port-webhooks map test mappings/github
  port-webhooks map test mappings/github --update";

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(group(ArgGroup::new("webhook").args(["files", "from_port"]).required(true)))]
#[command(group(ArgGroup::new("posted").args(["event", "body"]).required(true)))]
// The query of the event, and not of requests to Port.
#[command(mut_arg("query", |query| {
    let help = "Parameter of the query of the event; repeatable, the last one of a name counts";
    query.help(help).help_heading("Event").conflicts_with("event")
}))]
pub(crate) struct Arguments {
    #[command(subcommand)]
    test: Option<Test>,
    /// JSON or YAML file with the webhook, as for `apply`, or directory of such files
    #[arg(short, long = "file", value_name = "FILE|DIRECTORY")]
    files: Vec<PathBuf>,
    /// Identifier of the webhook, if there are several
    #[arg(long)]
    identifier: Option<String>,
    /// Read the webhook from Port
    #[arg(long, requires = "identifier")]
    from_port: bool,
    /// JSON file with the event: {"body": …, "headers": {…}, "queryParams": {…}}
    #[arg(long, value_name = "FILE", help_heading = "Event")]
    event: Option<PathBuf>,
    /// File with the body of the event, which is JSON
    #[arg(long, value_name = "FILE", help_heading = "Event")]
    body: Option<PathBuf>,
    /// Header of the event; repeatable, the last one of a name counts
    #[arg(long = "header", value_name = "NAME:VALUE", conflicts_with = "event", help_heading = "Event")]
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
    #[command(name = "test", after_help = map_test::EXAMPLES)]
    Cases(map_test::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    if let Some(Test::Cases(arguments)) = &arguments.test {
        return map_test::run(arguments);
    }
    let (mappings, count) = if arguments.from_port {
        block_on(of_port(arguments))?
    } else {
        of_files(&arguments.files, arguments.identifier.as_deref())?
    };
    let evaluation = mappings.evaluate(&posted(arguments)?);
    let format = arguments.output.of_a_file();
    show::result(&mut Output::new(), format, &evaluation, || for_people(&evaluation, count))?;
    if format.is_none() {
        tell("", &evaluation.warnings);
    }
    Ok(Exit::Done)
}

async fn of_port(arguments: &Arguments) -> Result<(Mappings, usize)> {
    let mut connection = arguments.connection.clone();
    connection.query.clear();
    let port = connection.open()?;
    let identifier = arguments.identifier.as_deref().unwrap_or_default();
    let webhook = Exact::of(&port.ask(port.hooks.get(identifier)).await?)?;
    compile(&webhook.fields, &|_, error| {
        Failure::usage(format!("webhook \"{}\": {error}", one_line(identifier)))
    })
}

fn posted(arguments: &Arguments) -> Result<Event> {
    let path = match (&arguments.event, &arguments.body) {
        (Some(path), _) => return read_event(path),
        (None, Some(path)) => path,
        (None, None) => return Err(Failure::usage("no event given")),
    };
    let headers = arguments.headers.iter().map(|header| event_header(header, &[':']));
    let headers = headers.collect::<Result<Vec<_>>>()?;
    let query = arguments.connection.query()?;
    // As `send` sends it: a byte order mark is not removed.
    let body = input::read(path)?;
    Event::new(&body, headers, query).map_err(|error| match body::not_json(&body) {
        Some(why) => Failure::usage(format!("{} {why}: {error}", input::name(path))),
        None => unreadable(path, &error),
    })
}

/// The entity of each item of the `count` mappings as a table, or why there is none.
fn for_people(evaluation: &Evaluation, count: usize) -> String {
    const COLUMNS: [Column; 2] = [Column::new(0, "FIELD", "field"), Column::new(1, "VALUE", "value")];
    let place = |mapping: usize, item: Option<usize>| match item {
        Some(item) => format!("mapping {mapping}, item {item}"),
        None => format!("mapping {mapping}"),
    };
    let mut parts = Vec::new();
    for entity in &evaluation.entities {
        let (mapping, item, value) = (entity.mapping, entity.item, json!(entity));
        let mut fields: Vec<_> = ["identifier", "title", "icon", "team"]
            .iter()
            .filter_map(|field| Some(((*field).to_owned(), value.get(field)?)))
            .collect();
        for group in ["properties", "relations"] {
            let members = value.get(group).and_then(Value::as_object).into_iter().flatten();
            fields.extend(members.map(|(name, value)| (format!("{group}.{name}"), value)));
        }
        // An error within a search object has its own field.
        for error in &entity.errors {
            if fields.iter().all(|(field, _)| *field != error.field) {
                fields.push((error.field.clone(), &Value::Null));
            }
        }
        let row = |(field, value): (String, &Value)| {
            let error = entity.errors.iter().find(|error| error.field == field);
            let shown = match (error, value) {
                (Some(error), _) => format!("null: {}", error.message),
                (None, Value::String(text)) => text.clone(),
                (None, value) => value.to_string(),
            };
            Map::from_iter([("field".to_owned(), field.into()), ("value".to_owned(), shown.into())])
        };
        let rows: Vec<_> = fields.into_iter().map(row).collect();
        let operation = value["operation"].as_str().unwrap_or_default();
        let heading = one_line(&format!("{}: {operation} {}", place(mapping, item), entity.blueprint));
        parts.push(((mapping, item), format!("{heading}\n{}\n", table(&COLUMNS, &rows))));
    }
    for skipped in &evaluation.skipped {
        let (mapping, item) = (skipped.mapping, skipped.item);
        let text = format!("{}: no entity ({}): {}", place(mapping, item), skipped.reason, skipped.message);
        parts.push(((mapping, item), format!("{}\n", one_line(&text))));
    }
    for mapping in 0..count {
        if parts.iter().all(|((other, _), _)| *other != mapping) {
            let text = format!("{}: no entity: there are no items\n", place(mapping, None));
            parts.push(((mapping, None), text));
        }
    }
    if count == 0 {
        return "no entity: the list of mappings is empty\n".to_owned();
    }
    parts.sort_by_key(|(place, _)| *place);
    parts.into_iter().map(|(_, text)| text).collect()
}
