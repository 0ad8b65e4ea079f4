//! A table that fits the terminal.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value};

use super::text::plain;
use crate::terminal::{BOLD, styled, width};

/// A column: its heading, and the field that is in it.
pub(crate) struct Column {
    heading: &'static str,
    field: &'static str,
}

impl Column {
    pub(crate) const fn new(heading: &'static str, field: &'static str) -> Self {
        Self { heading, field }
    }
}

/// Rows under headings. On a terminal, cells are broken so that the table is no wider; elsewhere a row is a line.
pub(crate) fn table(columns: &[Column], rows: &[Map<String, Value>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match width() {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.set_header(columns.iter().map(|column| column.heading));
    for row in rows {
        table.add_row(columns.iter().map(|column| row.get(column.field).map_or("-".to_owned(), plain)));
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
