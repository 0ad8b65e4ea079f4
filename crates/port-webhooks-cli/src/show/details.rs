//! One webhook, field by field.

use serde_json::{Map, Value};
use std::fmt::Write as _;

use super::text::{plain, yaml};
use crate::terminal::{BOLD, DIM, one_line, styled};
use crate::webhook_fields::in_order;

/// A webhook for a person, a line for each field. Mappings take several.
pub(crate) fn details(webhook: &Map<String, Value>) -> String {
    let mut lines = Vec::new();
    for (name, value) in in_order(webhook) {
        match value {
            Value::Object(members) if name == "headers" || name == "security" => {
                for (member, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                    lines.push((format!("{name}.{}", one_line(member)), plain(value)));
                }
            }
            Value::Array(items) if name == "mappings" && !items.is_empty() => {
                let block: Vec<_> = yaml(value).lines().map(|line| format!("\n    {line}")).collect();
                lines.push((name.to_owned(), block.concat()));
            }
            _ => lines.push((one_line(name), plain(value))),
        }
    }
    let widest = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in lines {
        if name == "identifier" {
            text.push_str(&styled(BOLD, value));
        } else {
            let gap = " ".repeat(widest.saturating_sub(name.chars().count()));
            let _ = write!(text, "  {}", styled(DIM, name));
            if !value.starts_with('\n') {
                // A block begins in the next line.
                text.push_str(&gap);
                text.push_str("  ");
            }
            text.push_str(&value);
        }
        text.push('\n');
    }
    text
}
