//! What stands on the pages of this workspace, for the tests that hold them to it.

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Code between fences.
pub struct Fence {
    pub language: String,
    pub text: String,
}

/// A cell of a table.
#[derive(Clone, Default)]
pub struct Cell {
    pub text: String,
    /// Each piece of code in it.
    pub code: Vec<String>,
    /// Each link: its target and its text.
    pub links: Vec<(String, String)>,
}

/// The directory of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A page, by its path in the workspace.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every page of the workspace, by its path in it.
pub fn pages() -> Vec<PathBuf> {
    let (root, mut found, mut waiting) = (root(), Vec::new(), vec![root()]);
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                // What tools write, and what git ignores.
                if name != "target" && !name.starts_with('.') {
                    waiting.push(path);
                }
            } else if name.ends_with(".md") {
                found.push(path.strip_prefix(&root).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

pub fn parse(page: &str) -> Parser<'_> {
    Parser::new_ext(page, Options::ENABLE_TABLES)
}

pub fn fences(page: &str) -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let mut inside = false;
    for event in parse(page) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                fences.push(Fence { language: language.into_string(), text: String::new() });
                inside = true;
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => fences.last_mut().unwrap().text.push_str(&text),
            _ => {}
        }
    }
    fences
}

/// The rows of all tables whose first columns have these names.
pub fn rows<const N: usize>(page: &str, columns: [&str; N]) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut row: Vec<Cell> = Vec::new();
    let mut wanted = false;
    let mut link = None;
    for event in parse(page) {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => row.clear(),
            Event::Start(Tag::TableCell) => row.push(Cell::default()),
            Event::Start(Tag::Link { dest_url, .. }) => link = Some((dest_url.into_string(), String::new())),
            Event::End(TagEnd::Link) => {
                if let (Some(link), Some(cell)) = (link.take(), row.last_mut()) {
                    cell.links.push(link);
                }
            }
            Event::End(TagEnd::TableHead) => {
                wanted = row.len() >= N && columns.iter().zip(&row).all(|(name, cell)| cell.text == *name);
            }
            Event::End(TagEnd::TableRow) if wanted => rows.push(row.clone()),
            Event::Text(text) | Event::Code(text) if link.is_some() => {
                link.as_mut().unwrap().1.push_str(&text);
            }
            Event::Text(text) => {
                if let Some(cell) = row.last_mut() {
                    cell.text.push_str(&text);
                }
            }
            Event::Code(code) => {
                if let Some(cell) = row.last_mut() {
                    cell.code.push(code.into_string());
                }
            }
            _ => {}
        }
    }
    rows
}
