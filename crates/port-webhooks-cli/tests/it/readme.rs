//! The sessions in the README and in a guide are what happens.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::World;

const BEGINNING: &str = "<!-- session";
const FENCE: &str = "```console\n";

/// The pages, and the number of sessions on each.
const PAGES: [(&str, usize); 2] = [("README.md", 2), ("../port-webhooks/guides/data-sources.md", 1)];
/// The beginning of a session with live Port.
const LIVE: &str = "<!-- session of live Port";

/// Where the sessions of a page are, and whether with live Port.
fn sessions(text: &str) -> Vec<(std::ops::Range<usize>, bool)> {
    let places = text.match_indices(BEGINNING).map(|(beginning, _)| {
        let start = beginning + text[beginning..].find(FENCE).unwrap() + FENCE.len();
        let is_live = text[beginning..].starts_with(LIVE);
        (start..start + text[start..].find("```").unwrap(), is_live)
    });
    places.collect()
}

/// What is typed: lines after `$ `, with those after `> ` that belong to them.
fn typed(session: &str) -> Vec<String> {
    let mut inputs: Vec<String> = Vec::new();
    for line in session.lines() {
        if let Some(input) = line.strip_prefix("$ ") {
            inputs.push(input.to_owned());
        } else if let (Some(more), Some(input)) = (line.strip_prefix("> "), inputs.last_mut()) {
            input.push('\n');
            input.push_str(more);
        }
    }
    inputs
}

/// Runs a line in a shell; what the shell knows afterwards is known to the next line.
fn run(world: &World, input: &str, variables: &mut Vec<(String, String)>) -> String {
    if let Some((name, value)) = input.strip_prefix("export ").and_then(|export| export.split_once('=')) {
        variables.push((name.to_owned(), value.to_owned()));
        return String::new();
    }
    let program = Path::new(env!("CARGO_BIN_EXE_port-webhooks"));
    let tools = std::env::var("PATH").unwrap();
    let mut shell = Command::new("sh");
    for (name, value) in world.command(&[]).get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    let output = shell
        .args(["-c", &format!("exec 2>&1\n{input}")])
        .env("PATH", format!("{}:{tools}", program.parent().unwrap().display()))
        .envs(variables.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        .current_dir(world.directory.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    // Its port differs from run to run.
    String::from_utf8(output.stdout).unwrap().replace(&world.fake.uri(), "http://127.0.0.1:4010")
}

/// What is typed in a session, and what happens, in a world of its own.
fn recorded(session: &str, is_live: bool) -> String {
    let world = if is_live { World::live() } else { World::new() };
    let mut variables = Vec::new();
    let mut recorded = String::new();
    for input in typed(session) {
        let _ = writeln!(recorded, "$ {}", input.replace('\n', "\n> "));
        recorded.push_str(&run(&world, &input, &mut variables));
    }
    recorded
}

#[test]
fn sessions_of_the_readme_and_the_guide_are_what_happens() {
    for (page, count) in PAGES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let mut text = fs::read_to_string(&path).unwrap();
        let places = sessions(&text);
        assert_eq!(places.len(), count, "{page}");
        // From the last: what stands before keeps its place.
        for (place, is_live) in places.into_iter().rev() {
            let recorded = recorded(&text[place.clone()], is_live);
            if std::env::var_os("UPDATE_README").is_some() {
                text.replace_range(place, &recorded);
            } else {
                assert_eq!(&text[place], recorded, "UPDATE_README=1 cargo test -p port-webhooks-cli readme");
            }
        }
        if std::env::var_os("UPDATE_README").is_some() {
            fs::write(path, text).unwrap();
        }
    }
}
