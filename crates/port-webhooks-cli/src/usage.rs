//! What is said of a command line that cannot be understood, in two lines.

use clap::Error;
use clap::error::ErrorKind;

use crate::exit::Exit;
use crate::terminal::note;

/// Shows help where it was asked for, or says what is wrong.
pub(crate) fn tell(error: &Error) -> Exit {
    if !error.use_stderr() {
        // A reader who has gone away is no error.
        let _ = error.print();
        return Exit::Done;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return Exit::Usage;
    }
    let text = error.to_string();
    let mut paragraphs = text.split("\n\n");
    note(in_one_line(paragraphs.next().unwrap_or_default()));
    let tip = text.split("\n\n").skip(1).find(|paragraph| paragraph.trim_start().starts_with("tip: "));
    match tip {
        Some(tip) => note(format!("  {}", in_one_line(tip))),
        None => note(format!("  `{} --help` shows what it takes", command(&text))),
    }
    Exit::Usage
}

fn in_one_line(paragraph: &str) -> String {
    paragraph.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The command that was meant, from the line that says how it is used.
fn command(text: &str) -> String {
    let usage = text.lines().find_map(|line| line.trim().strip_prefix("Usage: ")).unwrap_or("port-webhooks");
    let words = usage.split(' ').take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
    words.collect::<Vec<_>>().join(" ")
}
