//! `events`: the events and deliveries of Port, with examples.

use clap::Args;
use serde_json::{Map, Value};

use crate::arguments::{FileFormat, Format, delivery};
use crate::catalogue::{self, Entry};
use crate::failure::Result;
use crate::output::Output;
use crate::show::{self, Column};
use crate::terminal::note;

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

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut output = Output::new();
    match (&arguments.event, arguments.output.of_a_file()) {
        (Some(event), Some(FileFormat::Yaml)) => {
            show::structured(&mut output, FileFormat::Yaml, &catalogue::find(event)?.example)
        }
        // Unchanged from the documentation.
        (Some(event), _) => output.write(catalogue::find(event)?.example.0),
        (None, format) => {
            let rows = || catalogue::ALL.iter().map(row).collect::<Vec<_>>();
            show::result(&mut output, format, &catalogue::ALL, || show::table(&COLUMNS, &rows()))?;
            if format.is_none() {
                note("`port-webhooks events NAME` shows an example payload");
            }
            Ok(())
        }
    }
}

const COLUMNS: [Column; 3] =
    [Column::new(0, "EVENT", "event"), Column::new(2, "WHEN", "meaning"), Column::new(1, "SHAPE", "shape")];

fn row(entry: &Entry) -> Map<String, Value> {
    let members = [("event", entry.event), ("shape", entry.shape), ("meaning", entry.meaning)];
    members.map(|(name, text)| (name.to_owned(), Value::from(text))).into_iter().collect()
}
