//! A plan for a person to read.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::Style;
use port_webhooks::{Action, Change, ChangeKind, Step};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{Counts, Shown, visible};
use crate::address;
use crate::show::text::{quoted, yaml};
use crate::terminal::{BOLD, DIM, GREEN, RED, YELLOW, one_line, styled};

/// What is done to each webhook and what is not compared, and a line that counts.
pub(crate) fn render(shown: &Shown) -> String {
    let mut text = String::new();
    for step in shown.plan.steps() {
        let (style, sign) = match step.action() {
            Action::Create(_) => (GREEN, '+'),
            Action::Delete => (RED, '-'),
            Action::Nothing if step.changes().is_empty() => continue,
            Action::Nothing => (DIM, '='),
            _ => (YELLOW, '~'),
        };
        let _ = writeln!(text, "{} {}", styled(style, sign), styled(BOLD, one_line(step.identifier())));
        for change in step.changes() {
            one(&mut text, shown, step, change);
        }
    }
    let Counts { creates, changes, deletes, unchanged } = shown.counts();
    let _ = write!(
        text,
        "plan: {creates} to create, {changes} to change, {deletes} to delete, {unchanged} unchanged"
    );
    if let Some(address) = address::get() {
        let _ = write!(text, " (Port at {address})");
    }
    text.push('\n');
    text
}

fn one(text: &mut String, shown: &Shown, step: &Step, change: &Change) {
    let path = one_line(change.path());
    let hidden = shown.is_hidden(step, change);
    let value = |value: &Value| quoted(&visible(change, value));
    let mut line = |style: Style, sign: char, what: &str| {
        let _ = writeln!(text, "    {} {path}: {what}", styled(style, sign));
    };
    match change.kind() {
        ChangeKind::NotCompared => {
            let why = shown.unset(step, change).map(|name| format!(" ({name} is not set)"));
            line(DIM, '?', &format!("not compared{}", why.unwrap_or_default()));
        }
        // A list of mappings is told by its lines.
        kind if change.path() == "mappings" && !hidden => {
            let (old, new) = match kind {
                ChangeKind::Set(new) => (&Value::Null, new),
                ChangeKind::Replace { from, to } => (from, to),
                ChangeKind::Clear(old) => (old, &Value::Null),
                _ => (&Value::Null, &Value::Null),
            };
            mappings(text, old, new);
        }
        ChangeKind::Set(_) if hidden => line(GREEN, '+', "set"),
        ChangeKind::Replace { .. } if hidden => line(YELLOW, '~', "will change"),
        ChangeKind::Clear(_) if hidden => line(RED, '-', "cleared"),
        ChangeKind::Set(new) => line(GREEN, '+', &value(new)),
        ChangeKind::Replace { from: Value::Array(old), to: Value::Array(new) }
            if change.path() == "events" =>
        {
            line(YELLOW, '~', &events(old, new));
        }
        ChangeKind::Replace { from, to } if value(from) == value(to) => line(YELLOW, '~', "will change"),
        ChangeKind::Replace { from, to } => line(YELLOW, '~', &format!("{} -> {}", value(from), value(to))),
        ChangeKind::Clear(old) => line(RED, '-', &format!("{} -> cleared", value(old))),
        _ => {}
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
