//! A table that fits the terminal.

use std::iter;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr;

use super::plain;
use crate::terminal::{BOLD, shortened, styled, width};

/// A column: its heading, and the field that it shows.
pub(crate) struct Column {
    heading: &'static str,
    field: &'static str,
    /// Its place in the table, from the left.
    place: u8,
}

impl Column {
    pub(crate) const fn new(place: u8, heading: &'static str, field: &'static str) -> Self {
        Self { heading, field, place }
    }
}

const GAP: usize = 2;
/// The widest cell. A wider one would make each row as wide.
const MAX_CELL: usize = 250;

/// Rows under headings. On a terminal the table is no wider than it: cells wrap between words, and the last of `columns`
/// are left out while the longest words do not fit. Elsewhere each row is a line.
pub(crate) fn table(columns: &[Column], rows: &[Map<String, Value>]) -> String {
    let cell = |row: &Map<String, Value>, column: &Column| {
        row.get(column.field).map_or_else(|| "-".to_owned(), |value| shortened(&plain(value), MAX_CELL))
    };
    let mut filled: Vec<Filled> = columns
        .iter()
        .map(|column| {
            let cells = rows.iter().map(|row| cell(row, column));
            Filled {
                place: column.place,
                cells: iter::once(column.heading.to_owned()).chain(cells).collect(),
            }
        })
        .collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if let Some(width) = width() {
        fit(&mut filled, usize::from(width));
        // The gap after the last column is trimmed.
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.saturating_add(2));
    }
    filled.sort_by_key(|column| column.place);
    table.add_rows((0..=rows.len()).map(|row| filled.iter().map(move |column| &column.cells[row])));
    for (column, filled) in table.column_iter_mut().zip(&filled) {
        let narrowest = u16::try_from(filled.longest_word() + GAP).unwrap_or(u16::MAX);
        column.set_padding((0, 2)).set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(narrowest)));
    }
    let text = table.trim_fmt();
    // A heading is one word, so the headings are one line.
    let (headings, rows) = text.split_once('\n').unwrap_or((&text, ""));
    format!("{}\n{rows}{}", styled(BOLD, headings), if rows.is_empty() { "" } else { "\n" })
}

struct Filled {
    place: u8,
    cells: Vec<String>,
}

impl Filled {
    fn longest_word(&self) -> usize {
        self.cells
            .iter()
            .flat_map(|cell| cell.split(' '))
            .map(UnicodeWidthStr::width)
            .max()
            .unwrap_or_default()
    }

    fn shorten_words(&mut self, width: usize) {
        for cell in &mut self.cells {
            *cell = cell.split(' ').map(|word| shortened(word, width)).collect::<Vec<_>>().join(" ");
        }
    }
}

/// Leaves out the last columns while the longest words of all are wider than the terminal.
fn fit(columns: &mut Vec<Filled>, width: usize) {
    // A single long word does not push everything else out.
    for column in columns.iter_mut() {
        column.shorten_words(width * 2 / 3);
    }
    let needed = |columns: &[Filled]| columns.iter().map(|column| column.longest_word() + GAP).sum::<usize>();
    while columns.len() > 2 && needed(columns) > width + GAP {
        columns.pop();
    }
    // With two columns left, the second gives way, so that the first can be copied.
    if let [first, second] = columns.as_mut_slice() {
        second.shorten_words(width.saturating_sub(first.longest_word() + GAP).max(1));
    }
}
