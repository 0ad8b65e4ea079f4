//! A plan for a person to read.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{Action, Change, Kind, PlanReport};
use crate::show::{quoted, yaml};
use crate::terminal::{BOLD, DIM, GREEN, RED, YELLOW, one_line, styled};

/// The changes of each webhook, and a line with the counts.
pub(crate) fn render(report: &PlanReport) -> String {
    let mut text = String::new();
    for webhook in &report.webhooks {
        let (style, sign) = match webhook.action {
            Action::Create => (GREEN, '+'),
            Action::Delete => (RED, '-'),
            Action::Unchanged if webhook.changes.is_empty() => continue,
            Action::Unchanged => (DIM, '='),
            Action::Change => (YELLOW, '~'),
        };
        let _ = writeln!(text, "{} {}", styled(style, sign), styled(BOLD, one_line(&webhook.identifier)));
        webhook.changes.iter().for_each(|change| render_change(&mut text, change));
    }
    let summary = &report.summary;
    let _ = writeln!(
        text,
        "plan: {} to create, {} to change, {} to delete, {} unchanged (Port at {})",
        summary.create, summary.change, summary.delete, summary.unchanged, report.address
    );
    text
}

fn render_change(text: &mut String, change: &Change) {
    let Change { field, from, to, .. } = change;
    if field == "mappings" && from.is_some() | to.is_some() {
        return mappings(text, from.as_ref(), to.as_ref());
    }
    let (style, sign, what) = match change.kind {
        Kind::Set => (GREEN, '+', to.as_ref().map_or("set".to_owned(), quoted)),
        Kind::Cleared => {
            let old = from.as_ref().map(|old| format!("{} -> ", quoted(old)));
            (RED, '-', old.unwrap_or_default() + "cleared")
        }
        Kind::Changed => {
            let what = match (from, to) {
                (Some(Value::Array(old)), Some(Value::Array(new))) if field == "events" => events(old, new),
                (Some(old), Some(new)) if old != new => format!("{} -> {}", quoted(old), quoted(new)),
                _ => "will change".to_owned(),
            };
            (YELLOW, '~', what)
        }
        Kind::NotCompared => {
            let why = change.variable.as_ref().map(|name| format!(" ({name} is not set)"));
            (DIM, '?', format!("not compared{}", why.unwrap_or_default()))
        }
    };
    let _ = writeln!(text, "    {} {}: {what}", styled(style, sign), one_line(field));
}

fn events(old: &[Value], new: &[Value]) -> String {
    let names = |events: &[Value]| -> BTreeSet<String> {
        events.iter().filter_map(Value::as_str).map(one_line).collect()
    };
    let (old, new) = (names(old), names(new));
    let added = new.difference(&old).map(|name| styled(GREEN, format!("+{name}")));
    let removed = old.difference(&new).map(|name| styled(RED, format!("-{name}")));
    added.chain(removed).collect::<Vec<_>>().join(", ")
}

/// The difference of two lists of mappings, by the lines of their YAML.
fn mappings(text: &mut String, old: Option<&Value>, new: Option<&Value>) {
    let (old, new) = (old.map(yaml).unwrap_or_default(), new.map(yaml).unwrap_or_default());
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
