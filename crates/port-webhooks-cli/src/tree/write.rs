//! Writes JSON and YAML whose texts do not steer a terminal and mean the same to every reader.

use std::fmt::Write as _;

use serde::Serialize;
use serde::ser::Error as _;

use super::{Kind, Node, from_json};
use crate::terminal::steers;

/// JSON in several lines, with the end of the last.
///
/// # Errors
/// A value that JSON cannot express.
pub(crate) fn to_json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(|json| escaped(&json) + "\n")
}

/// JSON in one line, without its end.
///
/// # Errors
/// A value that JSON cannot express.
pub(crate) fn to_json_line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(|json| escaped(&json))
}

/// YAML, with the end of its last line. Readers of YAML 1.1 and of YAML 1.2 understand the same.
///
/// # Errors
/// A value that JSON cannot express.
pub(crate) fn to_yaml(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    let tree = from_json(&json, usize::MAX).map_err(|mistake| serde_json::Error::custom(mistake.what))?;
    let mut yaml = String::new();
    node(&tree, 0, &mut yaml);
    Ok(yaml.trim_start_matches(['\n', ' ']).to_owned())
}

/// Outside of texts JSON is plain ASCII, so whatever is found stands in one.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && steers(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Writes a value after `key:` or `-`, and the end of its last line. Inside of it lines are indented by `indent`.
fn node(node: &Node, indent: usize, yaml: &mut String) {
    let spaces = " ".repeat(indent);
    match &*node.kind {
        Kind::Null => yaml.push_str(" null\n"),
        Kind::Bool(truth) => {
            let _ = writeln!(yaml, " {truth}");
        }
        Kind::Number(text) => {
            let _ = writeln!(yaml, " {text}");
        }
        Kind::Text(text) => scalar(text, &spaces, yaml),
        Kind::List(items) if items.is_empty() => yaml.push_str(" []\n"),
        Kind::Mapping(members) if members.is_empty() => yaml.push_str(" {}\n"),
        Kind::List(items) => {
            begin_block(&spaces, yaml);
            for (at, item) in items.iter().enumerate() {
                yaml.push_str(if at == 0 { "" } else { &spaces });
                yaml.push('-');
                self::node(item, indent + 2, yaml);
            }
        }
        Kind::Mapping(members) => {
            begin_block(&spaces, yaml);
            for (at, (name, member)) in members.iter().enumerate() {
                yaml.push_str(if at == 0 { "" } else { &spaces });
                let name = if is_plain(name) { name.clone() } else { quoted(name) };
                // A longer name has to be announced.
                if name.len() > 1000 {
                    let _ = write!(yaml, "? {name}\n{spaces}");
                } else {
                    yaml.push_str(&name);
                }
                yaml.push(':');
                // A list stands below its name, not to the right of it.
                let is_list = matches!(&*member.kind, Kind::List(_));
                self::node(member, if is_list { indent } else { indent + 2 }, yaml);
            }
        }
    }
}

/// The first line of a block: beside the `-` of a list, otherwise below the name.
fn begin_block(spaces: &str, yaml: &mut String) {
    if yaml.ends_with('-') {
        yaml.push(' ');
    } else {
        yaml.push('\n');
        yaml.push_str(spaces);
    }
}

fn scalar(text: &str, spaces: &str, yaml: &mut String) {
    if is_plain(text) {
        let _ = writeln!(yaml, " {text}");
    } else if is_block(text) {
        yaml.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
        let spaces = if spaces.is_empty() { "  " } else { spaces };
        for line in text.lines() {
            let _ = writeln!(yaml, "{}{line}", if line.is_empty() { "" } else { spaces });
        }
    } else {
        let _ = writeln!(yaml, " {}", quoted(text));
    }
}

/// Whether a text of several lines can be written as it is.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !text.contains(|c: char| c != '\n' && (c == '\t' || steers(c)))
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.lines().all(|line| !line.ends_with(' '))
}

/// Whether every reader takes a text without quotes for that text.
fn is_plain(text: &str) -> bool {
    const INDICATORS: &str = "-?:,[]{}#&*!|>'\"%@`=<~+ ";
    let Some(first) = text.chars().next() else { return false };
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    // Numbers, times and dates, by whatever rule.
    let is_numeric = first.is_ascii_digit()
        && text.chars().all(|c| c.is_ascii_hexdigit() || "xXoO_:.,+-tTzZ ".contains(c));
    let is_fraction = first == '.' && {
        let rest = text[1..].to_ascii_lowercase();
        rest == "inf" || rest == "nan" || rest.chars().all(|c| c.is_ascii_digit() || "._e+-".contains(c))
    };
    !is_word
        && !is_numeric
        && !is_fraction
        && !INDICATORS.contains(first)
        && !text.starts_with("...")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(|c: char| c.is_control() || steers(c))
}

/// In double quotes, with escapes that YAML has.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if steers(c) => {
                let code = u32::from(c);
                let _ = if code > 0xffff {
                    write!(quoted, "\\U{code:08X}")
                } else {
                    write!(quoted, "\\u{code:04X}")
                };
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
