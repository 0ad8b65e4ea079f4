//! Writes JSON and YAML that do not steer a terminal and mean the same to every reader.

use std::fmt::Write as _;

use serde::Serialize;
use serde::ser::Error as _;

use super::{Kind, Node, from_json};
use crate::terminal::steers;

/// JSON in several lines, with a line break at the end.
pub(crate) fn to_json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(|json| escaped(&json, utf16) + "\n")
}

/// JSON in one line, without a line break.
pub(crate) fn to_json_line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(|json| escaped(&json, utf16))
}

/// YAML, with a line break at the end. It means the same in YAML 1.1 and 1.2.
pub(crate) fn to_yaml(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    let tree = from_json(&json, usize::MAX).map_err(|mistake| serde_json::Error::custom(mistake.what))?;
    let mut yaml = String::new();
    node(&tree, 0, &mut yaml)?;
    Ok(yaml.trim_start_matches(['\n', ' ']).to_owned())
}

/// Escapes characters that steer a terminal. Outside of strings JSON is plain ASCII, so they are all in strings.
fn escaped(json: &str, escape: fn(char, &mut String)) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && steers(c) {
            escape(c, &mut escaped);
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn utf16(c: char, escaped: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(escaped, "\\u{unit:04x}");
    }
}

/// The escapes of YAML, which has no surrogates.
fn utf32(c: char, escaped: &mut String) {
    let _ = write!(escaped, "\\U{:08X}", u32::from(c));
}

/// Writes a value after `key:` or `-`, with a line break at the end. Its lines are indented by `indent`.
fn node(node: &Node, indent: usize, yaml: &mut String) -> serde_json::Result<()> {
    let spaces = " ".repeat(indent);
    match &*node.kind {
        Kind::Text(text) if is_block(text) => {
            yaml.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
            let spaces = if indent == 0 { "  " } else { &spaces };
            for line in text.lines() {
                let _ = writeln!(yaml, "{}{line}", if line.is_empty() { "" } else { spaces });
            }
        }
        Kind::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                begin_line(at, &spaces, yaml);
                yaml.push('-');
                self::node(item, indent + 2, yaml)?;
            }
        }
        Kind::Mapping(members) if !members.is_empty() => {
            for (at, (name, member)) in members.iter().enumerate() {
                begin_line(at, &spaces, yaml);
                let name = scalar(name)?;
                // YAML limits names without `?` to 1024 characters.
                if name.len() > 1000 {
                    let _ = write!(yaml, "? {name}\n{spaces}");
                } else {
                    yaml.push_str(&name);
                }
                yaml.push(':');
                // A list is not indented below its name.
                let is_list = matches!(&*member.kind, Kind::List(_));
                self::node(member, if is_list { indent } else { indent + 2 }, yaml)?;
            }
        }
        Kind::Text(text) => {
            let _ = writeln!(yaml, " {}", scalar(text)?);
        }
        // The same in YAML and JSON.
        _ => {
            let _ = writeln!(yaml, " {}", serde_json::to_string(node)?);
        }
    }
    Ok(())
}

/// Begins a line of a block. The first line follows the `-` of a list, or is below its name.
fn begin_line(at: usize, spaces: &str, yaml: &mut String) {
    if at == 0 && yaml.ends_with('-') {
        yaml.push(' ');
    } else {
        yaml.push_str(if at == 0 { "\n" } else { "" });
        yaml.push_str(spaces);
    }
}

fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !text.contains(|c: char| c != '\n' && steers(c))
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.lines().all(|line| !line.ends_with(' '))
}

/// A string in one line, without quotes if every reader takes it for the same string.
fn scalar(text: &str) -> serde_json::Result<String> {
    let lower = text.to_ascii_lowercase();
    let is_word = matches!(
        lower.as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | ".inf" | ".nan"
    );
    let is_exponent = lower.starts_with(".e+") || lower.starts_with(".e-");
    // All other values that are not strings, and all syntax, begin with another character.
    let is_plain = text.strip_prefix('.').unwrap_or(text).starts_with(char::is_alphabetic)
        && !is_word
        && !is_exponent
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(steers);
    Ok(if is_plain { text.to_owned() } else { escaped(&serde_json::to_string(text)?, utf32) })
}
