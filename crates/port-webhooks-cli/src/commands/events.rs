//! `events`: what Port delivers, with examples.

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::arguments::{FileFormat, Format, delivery};
use crate::catalogue::{self, Entry};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::show::{self, Column};
use crate::terminal::note;
use crate::tree::{Node, from_json};

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks events
  port-webhooks events run.completed
  port-webhooks events change.updated -o yaml
  port-webhooks events -o json | jq '.[].event'";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Show the example payload of this event or delivery
    #[arg(value_parser = delivery(), hide_possible_values = true)]
    event: Option<String>,
    /// Output format; JSON and YAML include the example payloads
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// An event, for programs.
#[derive(Serialize)]
struct Described {
    event: &'static str,
    shape: &'static str,
    meaning: &'static str,
    /// With its members in the order of the documentation.
    example: Node,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut output = Output::new();
    match (&arguments.event, arguments.output.of_a_file()) {
        (Some(event), Some(FileFormat::Yaml)) => {
            show::structured(&mut output, FileFormat::Yaml, &payload(catalogue::find(event)?)?)
        }
        // As it is in the documentation, to the letter.
        (Some(event), Some(FileFormat::Json) | None) => output.write(catalogue::find(event)?.example),
        (None, Some(format)) => {
            let described = |entry: &Entry| {
                payload(entry).map(|example| Described {
                    event: entry.event,
                    shape: entry.shape,
                    meaning: entry.meaning,
                    example,
                })
            };
            let all = catalogue::ALL.iter().map(described).collect::<Result<Vec<_>>>()?;
            show::structured(&mut output, format, &all)
        }
        (None, None) => {
            output.write(&show::table(&COLUMNS, &catalogue::ALL.iter().map(row).collect::<Vec<_>>()))?;
            note("`port-webhooks events NAME` shows an example payload");
            Ok(())
        }
    }
}

const COLUMNS: [Column; 3] =
    [Column::new(0, "EVENT", "event"), Column::new(2, "WHEN", "meaning"), Column::new(1, "SHAPE", "shape")];

fn row(entry: &Entry) -> Map<String, Value> {
    Map::from_iter([
        ("event".to_owned(), Value::from(entry.event)),
        ("shape".to_owned(), Value::from(entry.shape)),
        ("meaning".to_owned(), Value::from(entry.meaning)),
    ])
}

fn payload(entry: &Entry) -> Result<Node> {
    from_json(entry.example, usize::MAX)
        .map_err(|mistake| Failure::new(Exit::Failed, format!("{}: {}", entry.event, mistake.what)))
}
