//! Reads YAML 1.2, and the merge (`<<`) of YAML 1.1.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::{Kind, MAX_DEPTH, Mistake, NODE_SIZE, NOT_IN_JSON, Node, TOO_DEEP, TOO_LARGE, number};

/// The most `[`, `{` and `,`. The parser buffers everything in brackets, at many times its size. All are counted, since
/// only the parser knows which of them are syntax.
const MAX_FLOW: usize = 1_500_000;

/// The values of the documents of a text.
///
/// # Errors
/// Invalid YAML, values that are nested too deeply, and more than `limit` bytes of values, including repetitions by
/// aliases.
pub(crate) fn from_yaml(text: &str, limit: usize) -> Result<Vec<Node>, Mistake> {
    if text.bytes().filter(|byte| b"[{,".contains(byte)).count() > MAX_FLOW {
        return Err(Mistake::new(1, "too many brackets and commas for YAML: write it as JSON"));
    }
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), left: limit };
    reader.documents().map_err(|mistake| tab_before(text, &mistake).unwrap_or(mistake))
}

/// A clearer text where a tab is the likely cause of a mistake.
fn tab_before(text: &str, mistake: &Mistake) -> Option<Mistake> {
    let indents = |line: &str| line.trim_start_matches(' ').starts_with('\t') && !line.trim().is_empty();
    let first = mistake.line.saturating_sub(2);
    if let Some((at, _)) = text.lines().enumerate().skip(first).take(3).find(|(_, line)| indents(line)) {
        return Some(Mistake::new(at + 1, "not valid YAML: a tab indents this line; use spaces"));
    }
    let line = text.lines().nth(mistake.line.saturating_sub(1))?;
    let follows = mistake.what.contains("whitespace") && (line.contains(":\t") || line.contains("-\t"));
    follows.then(|| Mistake::new(mistake.line, "not valid YAML: a tab after `:` or `-`; use a space"))
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Values with anchors, by the numbers of these, and their sizes.
    anchors: HashMap<usize, (Node, usize)>,
    left: usize,
}

impl<'a> Reader<'a> {
    fn documents(&mut self) -> Result<Vec<Node>, Mistake> {
        let mut documents = Vec::new();
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(documents),
                (Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd, _) => {}
                (event, line) => documents.push(self.node(event, line, 0, 0)?),
            }
        }
    }

    /// The next event, and the line on which it begins.
    fn next(&mut self) -> Result<(Event<'a>, usize), Mistake> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err(not_yaml(&error)),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    /// Reads a value, below names of `path` bytes together.
    fn node(&mut self, event: Event<'a>, line: usize, depth: usize, path: usize) -> Result<Node, Mistake> {
        if depth > MAX_DEPTH {
            return Err(Mistake::new(line, TOO_DEEP));
        }
        let left = self.left;
        let (anchor, kind) = match event {
            Event::Alias(anchor) => {
                let Some((named, size)) = self.anchors.get(&anchor).cloned() else {
                    let what = "an alias within the value that it repeats";
                    return Ok(Node::new(line, Kind::Unreadable(what)));
                };
                // Each value of it has a longer path here.
                self.take(size.saturating_add((size / NODE_SIZE).saturating_mul(path)), line)?;
                return Ok(Node { line, ..named });
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.take(NODE_SIZE + path + text.len(), line)?;
                (anchor, scalar(&text, style, tag.as_deref()).unwrap_or_else(Kind::Unreadable))
            }
            Event::SequenceStart(anchor, tag) => {
                self.take(NODE_SIZE + path, line)?;
                (anchor, tagged(tag.as_deref(), "seq", Kind::List(self.list(depth, path)?)))
            }
            Event::MappingStart(anchor, tag) => {
                self.take(NODE_SIZE + path, line)?;
                (anchor, tagged(tag.as_deref(), "map", self.mapping(depth, path)?))
            }
            _ => return Err(Mistake::new(line, "not valid YAML")),
        };
        let node = Node::new(line, kind);
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), left - self.left));
        }
        Ok(node)
    }

    fn take(&mut self, size: usize, line: usize) -> Result<(), Mistake> {
        self.left = self
            .left
            .checked_sub(size)
            .ok_or_else(|| Mistake::new(line, "too many values, those included that aliases (`*`) repeat"))?;
        Ok(())
    }

    fn list(&mut self, depth: usize, path: usize) -> Result<Vec<Node>, Mistake> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, line) => items.push(self.node(event, line, depth + 1, path)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize, path: usize) -> Result<Kind, Mistake> {
        let (mut members, mut merged) = (Vec::new(), Vec::new());
        loop {
            let (event, line) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let name = self.node(event, line, depth + 1, path)?;
            let (event, _) = self.next()?;
            let name = match &*name.kind {
                Kind::Text(name) => Some(name),
                _ => None,
            };
            let path = path + name.map_or(0, String::len);
            // A member is on the line of its name.
            let member = Node { line, ..self.node(event, line, depth + 1, path)? };
            match name {
                _ if is_merge => merged.push(member),
                Some(name) => members.push((name.clone(), member)),
                None => {
                    let what = "a name that is not a string: put it in quotes";
                    members.push(("?".to_owned(), Node::new(line, Kind::Unreadable(what))));
                }
            }
        }
        merge(&mut members, &merged);
        Ok(Kind::mapping(members))
    }
}

/// Adds the members of other mappings. Existing members win, then those of earlier mappings.
fn merge(members: &mut Vec<(String, Node)>, merged: &[Node]) {
    if merged.is_empty() {
        return;
    }
    let mut names: HashSet<String> = members.iter().map(|(name, _)| name.clone()).collect();
    for node in merged {
        let one = std::slice::from_ref(node);
        for mapping in node.items().unwrap_or(one) {
            if let Kind::Mapping(others) = &*mapping.kind {
                members.extend(others.iter().filter(|(name, _)| names.insert(name.clone())).cloned());
            } else {
                let what = "`<<` takes a mapping, or a list of mappings";
                members.push(("<<".to_owned(), Node::new(node.line, Kind::Unreadable(what))));
            }
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Kind, &'static str> {
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain { plain(text) } else { Ok(Kind::Text(text.to_owned())) };
    };
    // `!` alone makes any scalar a string.
    let is_text = tag.is_yaml_core_schema() && tag.suffix == "str";
    if is_text || format!("{}{}", tag.handle, tag.suffix) == "!" {
        return Ok(Kind::Text(text.to_owned()));
    }
    if !tag.is_yaml_core_schema() {
        return Err(NO_TAGS);
    }
    match (tag.suffix.as_str(), plain(text)?) {
        ("null", kind @ Kind::Null) | ("bool", kind @ Kind::Bool(_)) | ("float", kind @ Kind::Number(_)) => {
            Ok(kind)
        }
        ("int", Kind::Number(text)) if !text.contains(['.', 'e', 'E']) => Ok(Kind::Number(text)),
        ("null" | "bool" | "int" | "float", _) => {
            Err("a value that is not of the type that its tag (`!!`) names")
        }
        ("binary", _) => Err("`!!binary` is not supported: write the text itself"),
        _ => Err(NO_TAGS),
    }
}

const NO_TAGS: &str = "tags (`!…`) are not supported";

/// A list or a mapping. A tag of another type makes it unreadable.
fn tagged(tag: Option<&Tag>, own: &str, kind: Kind) -> Kind {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() || tag.suffix != own => Kind::Unreadable(NO_TAGS),
        _ => kind,
    }
}

/// The value of a scalar without quotes, by the core schema.
fn plain(text: &str) -> Result<Kind, &'static str> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Kind::Null),
        "true" | "True" | "TRUE" => return Ok(Kind::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Kind::Bool(false)),
        _ => {}
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let is_infinite = matches!(digits, ".inf" | ".Inf" | ".INF");
    if is_infinite || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(NOT_IN_JSON);
    }
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2), ("", 10)];
    let mut integers =
        prefixes.iter().filter_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)));
    let is_integer = |(digits, radix): &(&str, u32)| {
        !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(*radix))
    };
    if let Some((digits, radix)) = integers.find(is_integer) {
        // With leading zeros, some readers take it for an octal number.
        if radix == 10 && digits.len() > 1 && digits.starts_with('0') {
            return Ok(Kind::Text(text.to_owned()));
        }
        let value = u64::from_str_radix(digits, radix).map_err(|_| TOO_LARGE)?;
        let text = if value == 0 { "0".to_owned() } else { format!("{sign}{value}") };
        return number(&text).map(|_| Kind::Number(text));
    }
    let is_float = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    match digits.parse::<f64>() {
        Ok(_) if is_float => {
            let value: f64 = text.parse().map_err(|_| "not a number")?;
            let value = serde_json::Number::from_f64(value).ok_or(NOT_IN_JSON)?;
            Ok(Kind::Number(value.to_string()))
        }
        _ => Ok(Kind::Text(text.to_owned())),
    }
}

fn not_yaml(error: &ScanError) -> Mistake {
    if error.info() == "recursion limit exceeded" {
        return Mistake::new(error.marker().line(), TOO_DEEP);
    }
    // The error repeats at most one character of the text.
    let what = format!("not valid YAML: {} (column {})", error.info(), error.marker().col() + 1);
    Mistake::new(error.marker().line(), what)
}
