//! A table that fits the terminal.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use serde_json::{Map, Value};

use super::text::plain;
use crate::terminal::{BOLD, styled, width};

/// A column: its heading, and the field that is in it.
pub(crate) struct Column {
    heading: &'static str,
    field: &'static str,
    /// A terminal that is narrower does without it.
    narrowest: u16,
    /// Whether it is shown in one piece, to be copied.
    whole: bool,
}

impl Column {
    pub(crate) const fn new(heading: &'static str, field: &'static str) -> Self {
        Self { heading, field, narrowest: 0, whole: false }
    }

    pub(crate) const fn unless_narrower(self, width: u16) -> Self {
        Self { narrowest: width, ..self }
    }

    pub(crate) const fn whole(self) -> Self {
        Self { whole: true, ..self }
    }
}

/// Rows under headings. On a terminal the table is no wider than it: cells are broken, and columns that are of less
/// interest are left out. Elsewhere a row is a line.
pub(crate) fn table(columns: &[Column], rows: &[Map<String, Value>]) -> String {
    let width = width();
    let columns: Vec<_> =
        columns.iter().filter(|column| width.is_none_or(|width| column.narrowest <= width)).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match width {
        // It begins with a space, which is cut off below.
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.saturating_add(1))
        }
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.set_header(columns.iter().map(|column| column.heading));
    for row in rows {
        table.add_row(columns.iter().map(|column| row.get(column.field).map_or("-".to_owned(), plain)));
    }
    for (shown, column) in table.column_iter_mut().zip(&columns) {
        if column.whole {
            shown.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut text = String::new();
    for (at, line) in table.lines().enumerate() {
        // Without a margin at either side.
        let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
        text.push_str(&if at == 0 { styled(BOLD, line) } else { line.to_owned() });
        text.push('\n');
    }
    text
}
