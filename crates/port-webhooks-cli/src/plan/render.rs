//! A plan for a person to read.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::Style;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::difference::{Change, Difference};
use super::{Action, Plan};
use crate::mask;
use crate::show::text::{quoted, yaml};
use crate::terminal::{BOLD, GREEN, RED, YELLOW, one_line, styled};

/// What is done to each webhook, and a line that counts.
pub(crate) fn render(plan: &Plan) -> String {
    let mut text = String::new();
    let (mut creates, mut changes, mut deletes) = (0, 0, 0);
    for step in &plan.steps {
        let (style, sign) = match step.action {
            Action::Create(_) => (GREEN, '+'),
            Action::Update(_) | Action::Replace(_) => (YELLOW, '~'),
            Action::Delete => (RED, '-'),
        };
        match step.action {
            Action::Create(_) => creates += 1,
            Action::Update(_) | Action::Replace(_) => changes += 1,
            Action::Delete => deletes += 1,
        }
        let _ = writeln!(text, "{} {}", styled(style, sign), styled(BOLD, one_line(&step.identifier)));
        for difference in &step.differences {
            one(&mut text, difference);
        }
    }
    let unchanged = plan.unchanged;
    let _ = writeln!(
        text,
        "plan: {creates} to create, {changes} to change, {deletes} to delete, {unchanged} unchanged"
    );
    text
}

fn one(text: &mut String, difference: &Difference) {
    let path = one_line(&difference.path);
    let shown = |value: &Value| match (difference.path.as_str(), value) {
        ("url", Value::String(url)) => quoted(&Value::from(mask::mask_url(url))),
        (_, value) => quoted(value),
    };
    let mut line = |style: Style, sign: char, what: &str| {
        let _ = writeln!(text, "    {} {path}: {what}", styled(style, sign));
    };
    match &difference.change {
        // A list of mappings is told by its lines.
        change if difference.path == "mappings" => {
            let (old, new) = match change {
                Change::Set(new) => (&Value::Null, new),
                Change::Replace { from, to } => (from, to),
                Change::Clear(old) => (old, &Value::Null),
            };
            mappings(text, old, new);
        }
        Change::Set(_) if difference.hidden => line(GREEN, '+', "set"),
        Change::Replace { .. } if difference.hidden => line(YELLOW, '~', "will change"),
        Change::Clear(_) if difference.hidden => line(RED, '-', "cleared"),
        Change::Set(new) => line(GREEN, '+', &shown(new)),
        Change::Replace { from: Value::Array(old), to: Value::Array(new) } if difference.path == "events" => {
            line(YELLOW, '~', &events(old, new));
        }
        Change::Replace { from, to } if shown(from) == shown(to) => line(YELLOW, '~', "will change"),
        Change::Replace { from, to } => line(YELLOW, '~', &format!("{} -> {}", shown(from), shown(to))),
        Change::Clear(old) => line(RED, '-', &format!("{} -> cleared", shown(old))),
    }
}

fn events(old: &[Value], new: &[Value]) -> String {
    let names = |events: &[Value]| -> BTreeSet<String> {
        events.iter().filter_map(Value::as_str).map(one_line).collect()
    };
    let (old, new) = (names(old), names(new));
    let added = new.difference(&old).map(|name| styled(GREEN, format!("+{name}")));
    let gone = old.difference(&new).map(|name| styled(RED, format!("-{name}")));
    added.chain(gone).collect::<Vec<_>>().join(", ")
}

fn mappings(text: &mut String, old: &Value, new: &Value) {
    let lines = |value: &Value| if value.is_null() { String::new() } else { yaml(value) };
    let (old, new) = (lines(old), lines(new));
    let sign = if old.is_empty() { styled(GREEN, '+') } else { styled(YELLOW, '~') };
    let _ = writeln!(text, "    {sign} mappings:");
    let diff = TextDiff::from_lines(&old, &new);
    for group in diff.grouped_ops(2) {
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let line = change.value().trim_end_matches('\n').to_owned();
            let line = match change.tag() {
                ChangeTag::Insert => styled(GREEN, format!("+ {line}")),
                ChangeTag::Delete => styled(RED, format!("- {line}")),
                ChangeTag::Equal => format!("  {line}"),
            };
            let _ = writeln!(text, "        {line}");
        }
    }
}
