//! Oniguruma's regular expressions, as far as `fancy_regex` has them: look-around and back references included.

use std::fmt::Display;
use std::rc::Rc;

use fancy_regex::{Regex, RegexBuilder};

use crate::value::{Map, Value};

fn failure(cause: impl Display) -> String {
    format!("Regex failure: {cause}")
}

/// # Errors
///
/// A text for jq.
pub(crate) fn compile(pattern: &str, flags: &str) -> Result<Regex, String> {
    if flags.contains(|flag| !"gixmspln".contains(flag)) {
        return Err(format!("{flags} is not a valid modifier string"));
    }
    let mut inline = String::new();
    for (flag, means) in [('i', 'i'), ('x', 'x'), ('m', 's'), ('p', 's')] {
        if flags.contains(flag) && !inline.contains(means) {
            inline.push(means);
        }
    }
    if pattern.contains("(?P") {
        return Err(failure("undefined group option"));
    }
    let pattern = translate(pattern);
    let pattern = if inline.is_empty() { pattern } else { format!("(?{inline}){pattern}") };
    RegexBuilder::new(&pattern).backtrack_limit(10_000_000).build().map_err(failure)
}

/// Translates what Oniguruma reads differently: `$`, which also matches before a last line feed; letters that need no
/// `\`;
/// `[`, `&&` and `--` in a class, which are characters.
fn translate(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    // How many characters of a class have been read; a `]` that comes first is one of them.
    let mut class: Option<usize> = None;
    while let Some(char) = chars.next() {
        class = class.map(|read| read + 1);
        match (char, class) {
            ('\\', _) => match chars.next() {
                Some(letter)
                    if letter.is_ascii_alphabetic() && !"dDwWsSbBAzZGntrfvaexpPkg".contains(letter) =>
                {
                    out.push(letter);
                }
                Some(sign @ ('<' | '>' | '_' | '\'' | '"' | '`')) => out.push(sign),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            ('$', None) => out.push_str(r"\Z"),
            ('[', None) => {
                class = Some(0);
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            ('[', Some(_)) if chars.peek() == Some(&':') => {
                let mut name = String::new();
                for inner in chars.by_ref() {
                    if inner == ']' {
                        break;
                    }
                    name.push(inner);
                }
                out.push_str(&posix(name.trim_matches(':')));
            }
            // `{,2}` is no repetition.
            ('{', None) if chars.peek() == Some(&',') => out.push_str(r"\{"),
            (']', Some(read)) if read > 1 => {
                class = None;
                out.push(']');
            }
            ('[' | ']', Some(_)) => out.extend(['\\', char]),
            ('&' | '~', Some(_)) if chars.peek() == Some(&char) => out.extend(['\\', char]),
            (other, _) => out.push(other),
        }
    }
    out
}

/// A class of POSIX, in a class: as in Oniguruma, of all of Unicode.
fn posix(name: &str) -> String {
    let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
    let class = match (name, negated) {
        ("alpha", false) => r"\p{Alphabetic}",
        ("alpha", true) => r"\P{Alphabetic}",
        ("upper", false) => r"\p{Uppercase}",
        ("upper", true) => r"\P{Uppercase}",
        ("lower", false) => r"\p{Lowercase}",
        ("lower", true) => r"\P{Lowercase}",
        ("digit", false) => r"\d",
        ("digit", true) => r"\D",
        ("space", false) => r"\s",
        ("space", true) => r"\S",
        ("word", false) => r"\w",
        ("word", true) => r"\W",
        ("alnum", false) => r"\p{Alphabetic}\d",
        ("punct", false) => r"\p{P}",
        _ => return format!("[:{}{name}:]", if negated { "^" } else { "" }),
    };
    class.to_owned()
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(Rc::new(members.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>()))
}

/// The result of `_matches`: whether there is a match, or an object for each match.
///
/// # Errors
///
/// A text for jq, when the expression takes too many steps.
pub(crate) fn matches(regex: &Regex, text: &str, flags: &str, only_whether: bool) -> Result<Value, String> {
    // Characters are counted on from the last match, so that many matches do not count the whole text each.
    let (mut counted, mut characters) = (0, 0);
    let length = |text: &str| text.chars().count();
    let names: Vec<_> = regex.capture_names().collect();
    let mut found = Vec::new();
    let mut start = 0;
    let next = |from: usize| from + text[from..].chars().next().map_or(1, char::len_utf8);
    while start <= text.len() {
        let Some(captures) = regex.captures_from_pos(text, start).map_err(failure)? else { break };
        let Some(whole) = captures.get(0) else { break };
        if whole.as_str().is_empty() && flags.contains('n') {
            start = next(start);
            continue;
        }
        if only_whether {
            return Ok(true.into());
        }
        characters += length(&text[counted..whole.start()]);
        counted = whole.start();
        let offset = |at: usize| match at.checked_sub(counted) {
            Some(_) => characters + length(&text[counted..at]),
            // A group in a look-behind.
            None => characters - length(&text[at..counted]),
        };
        let mut parts = Vec::new();
        if whole.as_str().is_empty() {
            // The groups of an empty match are left out.
            start = next(start);
        } else {
            start = whole.end();
            for (index, name) in names.iter().enumerate().skip(1) {
                let name = name.map_or(Value::Null, Value::from);
                parts.push(match captures.get(index) {
                    None => object([
                        ("offset", (-1_isize).into()),
                        ("string", Value::Null),
                        ("length", 0_usize.into()),
                        ("name", name),
                    ]),
                    Some(part) => object([
                        ("offset", offset(part.start()).into()),
                        ("length", length(part.as_str()).into()),
                        ("string", part.as_str().into()),
                        ("name", name),
                    ]),
                });
            }
        }
        found.push(object([
            ("offset", characters.into()),
            ("length", length(whole.as_str()).into()),
            ("string", whole.as_str().into()),
            ("captures", parts.into_iter().collect()),
        ]));
        if start == text.len() || !flags.contains('g') {
            break;
        }
    }
    Ok(if only_whether { false.into() } else { found.into_iter().collect() })
}
