//! `map test`: checks mappings with events, and with what has to become of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::slice;

use clap::Args;
use port_webhooks_mapping::{Entity, Mappings, Skipped};
use serde::Serialize;
use serde_json::{Value, json};
use similar::TextDiff;

use super::mappings::{of_files, read_event, tell};
use crate::arguments::FileFormat;
use crate::document::{EVENT, EXPECTED};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input;
use crate::output::Output;
use crate::show::to_text;
use crate::terminal::one_line;
use crate::whole_file;

pub(crate) const EXAMPLES: &str = "\
A case is two files: NAME.event.json is an event, as for `map --event`, and NAME.expected.json is what becomes of it, as `map \
    -o json` prints it; what it leaves out, such as `skipped`, is not compared. Cases in directories below count, too. The \
    webhook is that of -f, or of the nearest webhook.yaml, in the directory of the case or above. The exit status is 1 if a \
    case differs.

Examples:
  port-webhooks map test mappings/github
  port-webhooks map test mappings/github --update
  port-webhooks map test cases -f webhooks/ --identifier github";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Directory with the cases
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
    /// JSON or YAML file with the webhook, instead of the nearest webhook.yaml
    #[arg(short, long, value_name = "FILE|DIRECTORY")]
    file: Option<PathBuf>,
    /// Identifier of the webhook, if there are several
    #[arg(long)]
    identifier: Option<String>,
    /// Write what becomes of the events, instead of comparing
    #[arg(long)]
    update: bool,
}

/// What `--update` writes.
#[derive(Serialize)]
struct Expected<'a> {
    entities: &'a [Entity],
    skipped: &'a [Skipped],
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let root = &arguments.directory;
    let mut directories = BTreeMap::new();
    find_cases(root, &mut directories)?;
    if directories.is_empty() {
        let what = format!("{}: there is no NAME.event.json", root.display());
        return Err(Failure::usage(what).advice("a case is NAME.event.json and NAME.expected.json"));
    }
    let (mut output, mut count, mut wrong, mut unreadable) = (Output::new(), 0, 0, Vec::new());
    let mut warned = BTreeSet::new();
    for (directory, mut names) in directories {
        let file = arguments.file.clone().map_or_else(|| nearest_webhook(&directory), Ok)?;
        let place = format!("{}: ", input::name(&file));
        let (mappings, _) = of_files(slice::from_ref(&file), arguments.identifier.as_deref())?;
        if warned.insert(file) {
            tell(&place, mappings.warnings());
        }
        names.sort();
        names.dedup();
        count += names.len();
        for name in names {
            let below = directory.strip_prefix(root).unwrap_or(&directory).join(&name);
            let case = one_line(&below.display().to_string());
            match run_case(&directory.join(name), &mappings, arguments.update) {
                Ok(None) if arguments.update => output.line(format!("written: {case}"))?,
                Ok(None) => output.line(format!("ok: {case}"))?,
                Ok(Some(difference)) => {
                    wrong += 1;
                    output.write(&format!("different: {case}\n{difference}"))?;
                }
                Err(failure) if failure.exit() == Exit::Usage => unreadable.push(failure),
                Err(failure) => return Err(failure),
            }
        }
    }
    Failure::check(unreadable, "these cases were not checked")?;
    if wrong == 0 {
        return Ok(Exit::Done);
    }
    let what = format!("{wrong} of {count} cases differ");
    Err(Failure::new(Exit::Failed, what).advice("if the entities are right, write them with --update"))
}

/// The webhook.yaml in this directory or the nearest above.
fn nearest_webhook(directory: &Path) -> Result<PathBuf> {
    let mut files = directory.ancestors().map(|above| above.join("webhook.yaml"));
    files.find(|file| file.exists()).ok_or_else(|| {
        let what = format!("there is no webhook.yaml in {} or above", directory.display());
        Failure::usage(what).advice("-f FILE names the file with the webhook")
    })
}

/// Writes the result for the event of a case, or compares it with the expected one and returns the difference.
fn run_case(case: &Path, mappings: &Mappings, update: bool) -> Result<Option<String>> {
    let with = |ending: &str| {
        let mut path = case.as_os_str().to_owned();
        path.push(ending);
        PathBuf::from(path)
    };
    let evaluation = mappings.evaluate(&read_event(&with(EVENT))?);
    let got = Expected { entities: &evaluation.entities, skipped: &evaluation.skipped };
    let expected = with(EXPECTED);
    if !update {
        return difference(&expected, json!(got));
    }
    whole_file::write(&expected, &text(&got)?, false)?;
    Ok(None)
}

/// Adds the names of cases by their directories. A file with an expected result is a case, too, so that a missing event is
/// noticed.
fn find_cases(directory: &Path, found: &mut BTreeMap<PathBuf, Vec<String>>) -> Result<()> {
    for entry in input::entries(directory)? {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        // A link to a directory could lead back.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !name.starts_with('.') {
                find_cases(&entry.path(), found)?;
            }
        } else if let Some(name) = name.strip_suffix(EVENT).or_else(|| name.strip_suffix(EXPECTED)) {
            found.entry(directory.to_owned()).or_default().push(name.to_owned());
        }
    }
    Ok(())
}

/// The difference between the file with the expected result and the result, if any.
fn difference(expected: &Path, mut got: Value) -> Result<Option<String>> {
    let (mut difference, mut before) = (String::new(), String::new());
    if expected.exists() {
        let wanted: Value = input::read_json(expected)?;
        if let (Some(wanted), Some(got)) = (wanted.as_object(), got.as_object_mut())
            && wanted.keys().any(|key| got.contains_key(key))
        {
            got.retain(|key, _| wanted.contains_key(key));
        }
        if wanted == got {
            return Ok(None);
        }
        before = text(&wanted)?;
    } else {
        let _ = writeln!(difference, "there is no {}", one_line(&expected.display().to_string()));
    }
    let after = text(&got)?;
    let lines = TextDiff::from_lines(&before, &after);
    let _ = write!(difference, "{}", lines.unified_diff().header("expected", "this mapping"));
    Ok(Some(difference))
}

fn text(value: &impl Serialize) -> Result<String> {
    to_text(FileFormat::Json, value)
}
