//! A table that fits the terminal.

use std::iter;

use serde_json::{Map, Value};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

use super::text::plain;
use crate::terminal::{BOLD, styled, width};

/// A column: its heading, and the field that is in it. Those that come first are the last to be left out.
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

/// Between two columns.
const GAP: usize = 2;
/// What is shown of a cell at most. A longer one would make each row as long.
const MAX_CELL: usize = 250;

/// Rows under headings. On a terminal the table is no wider than it: cells have several lines, words that are too long
/// are shortened, and columns without a place for their words are left out. Elsewhere a row is a line.
pub(crate) fn table(columns: &[Column], rows: &[Map<String, Value>]) -> String {
    let cell = |row: &Map<String, Value>, column: &Column| {
        row.get(column.field).map_or_else(|| "-".to_owned(), |value| shortened(&plain(value), MAX_CELL))
    };
    let mut filled: Vec<Filled> = columns
        .iter()
        .map(|column| {
            let cells = rows.iter().map(|row| cell(row, column));
            Filled::new(column.place, iter::once(column.heading.to_owned()).chain(cells).collect())
        })
        .collect();
    if let Some(width) = width() {
        fit(&mut filled, usize::from(width));
    }
    filled.sort_by_key(|column| column.place);
    let mut text = String::new();
    for row in 0..=rows.len() {
        let cells: Vec<_> = filled.iter().map(|column| wrapped(&column.cells[row], column.width)).collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            let mut whole = String::new();
            for (column, cell) in filled.iter().zip(&cells) {
                let part = cell.get(line).map_or("", String::as_str);
                whole.push_str(part);
                whole.extend(iter::repeat_n(' ', column.width.saturating_sub(part.width()) + GAP));
            }
            let whole = whole.trim_end();
            text.push_str(&if row == 0 { styled(BOLD, whole) } else { whole.to_owned() });
            text.push('\n');
        }
    }
    text
}

/// A column with its cells, the heading first.
struct Filled {
    place: u8,
    cells: Vec<String>,
    width: usize,
    longest_word: usize,
}

impl Filled {
    fn new(place: u8, cells: Vec<String>) -> Self {
        let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or_default();
        let width = widest(&mut cells.iter().map(|cell| cell.width()));
        let longest_word =
            widest(&mut cells.iter().flat_map(|cell| cell.split(' ')).map(UnicodeWidthStr::width));
        Self { place, cells, width, longest_word }
    }
}

/// Makes columns narrower, down to their longest words, and leaves out the last of them while that is too wide.
fn fit(columns: &mut Vec<Filled>, width: usize) {
    // A single long word does not push everything else out.
    let narrowest = |column: &Filled| column.longest_word.min(width * 2 / 3);
    let gaps = |columns: &[Filled]| GAP * columns.len().saturating_sub(1);
    while columns.len() > 2 && columns.iter().map(narrowest).sum::<usize>() + gaps(columns) > width {
        columns.pop();
    }
    loop {
        let total = columns.iter().map(|column| column.width).sum::<usize>() + gaps(columns);
        let excess = total.saturating_sub(width);
        // With two columns left, the second gives way, so that the first can be copied.
        let widest = columns
            .iter_mut()
            .filter(|column| column.width > narrowest(column))
            .max_by_key(|column| column.width);
        let Some(column) = widest.filter(|_| excess > 0) else { break };
        column.width = (column.width - excess.div_ceil(2).min(column.width)).max(narrowest(column));
    }
    if let [first, second] = columns.as_mut_slice() {
        second.width = second.width.min(width.saturating_sub(first.width + GAP)).max(1);
    }
}

/// A text in lines, broken between words. A word that is longer than a line is shortened.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let word = shortened(word, width);
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// The beginning of a text, with a mark where the rest is missing.
fn shortened(text: &str, width: usize) -> String {
    let mut end = None;
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or_default();
        if used < width {
            end = Some(at + c.len_utf8());
        } else if used > width {
            return format!("{}…", &text[..end.unwrap_or_default()]);
        }
    }
    text.to_owned()
}
