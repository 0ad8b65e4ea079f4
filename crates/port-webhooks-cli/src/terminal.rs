//! Styles, notes on standard error, and texts from outside with control characters escaped.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar as _;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();

pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The columns of the terminal; `None` if standard output is not a terminal.
pub(crate) fn width() -> Option<u16> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
}

/// Notes held back until the command ends; `None` if each is shown at once.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Holds notes back from now on: a program that reads standard error gets them with the error.
pub(crate) fn hold_notes() {
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
}

/// The notes that were held back. From now on each is shown at once.
pub(crate) fn held_notes() -> Vec<String> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
}

/// Writes a note for a person to standard error. A closed standard error is no reason to fail.
pub(crate) fn note(text: impl AsRef<str>) {
    match &mut *HELD.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(held) => held.push(anstream::adapter::strip_str(text.as_ref()).to_string()),
        None => {
            let _ = writeln!(anstream::stderr(), "{}", text.as_ref());
        }
    }
}

/// A text from outside with control characters escaped, except line ends and tabs.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let escapes = |c: char| c != '\n' && c != '\t' && steers(c);
    if !text.contains(escapes) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if escapes(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// The same, in one line: line ends and tabs are escaped, too.
pub(crate) fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// The beginning of a text that is wider than `width` columns, with a mark in the place of the rest.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    let mut end = 0;
    let mut used = 0;
    for (at, c) in text.char_indices() {
        // Any number of marks takes no width.
        used += c.width().unwrap_or_default().max(1);
        if used < width {
            end = at + c.len_utf8();
        } else if used > width {
            return format!("{}…", &text[..end]);
        }
    }
    text.to_owned()
}

/// Whether a character controls a terminal, is invisible, or makes a text look like another one. The callers decide about
/// line ends and tabs.
pub(crate) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Soft hyphen, Arabic letter mark, fillers, the Mongolian vowel separator.
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}'
            // Zero width and direction marks; line and paragraph separators, and directions.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            // Joiners, invisible operators, isolates.
            | '\u{2060}'..='\u{206f}'
            // The byte order mark, interlinear annotation, and noncharacters.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            // Shorthand and musical format controls, and tags.
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
