//! A request as a command for a POSIX shell.

use std::borrow::Cow;
use std::fmt::Write as _;

use http::Method;

use crate::terminal::steers;

/// Linux takes no longer argument than 128 KiB.
const LONGEST_ARGUMENT: usize = 100_000;

/// The headers that curl sets itself.
const OWN: [&str; 5] = ["connection", "content-length", "expect", "host", "transfer-encoding"];

/// Sends the same bytes, whatever they are. The command runs nothing else, and is safe to paste into a terminal.
pub(super) fn curl(method: &Method, url: &str, headers: &[(String, String)], body: &[u8]) -> String {
    let mut command = match *method {
        Method::HEAD => "curl --head".to_owned(),
        _ => format!("curl -X {}", word(method.as_str())),
    };
    if url.contains(['[', ']', '{', '}']) {
        command.push_str(" --globoff");
    }
    if url.contains("/.") {
        command.push_str(" --path-as-is");
    }
    let _ = write!(command, " {}", quoted(url));
    for (name, value) in headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        // `name:` removes a header, `name;` sends an empty one.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        let _ = write!(command, " \\\n  -H {}", quoted(&header));
    }
    if body.is_empty() {
        return command;
    }
    if !headers.iter().any(|(name, _)| name == "content-type") {
        command.push_str(" \\\n  -H content-type:");
    }
    match str::from_utf8(body).ok().filter(|text| !text.contains(is_escaped)) {
        Some(text) if text.len() <= LONGEST_ARGUMENT => {
            let _ = write!(command, " \\\n  --data-raw {}", quoted(text));
            command
        }
        Some(text) => format!("printf %s {} |\n{command} \\\n  --data-binary @-", quoted(text)),
        None => format!("printf '{}' |\n{command} \\\n  --data-binary @-", escaped(body)),
    }
}

/// A method may have characters of the shell in it.
fn word(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) { text.into() } else { quoted(text).into() }
}

/// A text that does not end with a line break, or has nothing to escape.
fn quoted(text: &str) -> String {
    if text.contains(is_escaped) {
        format!("\"$(printf '{}')\"", escaped(text.as_bytes()))
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Whether a terminal could act on a pasted character, or a person read it as another one.
fn is_escaped(c: char) -> bool {
    c != '\n' && c != '\t' && steers(c)
}

/// The format with which `printf` writes these bytes.
fn escaped(bytes: &[u8]) -> String {
    let mut format = String::with_capacity(bytes.len());
    let octal = |format: &mut String, bytes: &[u8]| {
        for byte in bytes {
            let _ = write!(format, "\\{byte:03o}");
        }
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' => format.push_str(r"'\''"),
                '\\' => format.push_str(r"\\"),
                '%' => format.push_str("%%"),
                // A first `-` would begin an option, and some shells replace `!` in double quotes.
                '-' if format.is_empty() => octal(&mut format, b"-"),
                c if c == '!' || is_escaped(c) => octal(&mut format, c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => format.push(c),
            }
        }
        octal(&mut format, chunk.invalid());
    }
    format
}
