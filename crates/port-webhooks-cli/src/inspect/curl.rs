//! A request as a command for a POSIX shell.

use std::fmt::Write as _;

use http::Method;

/// Linux takes no longer argument than 128 KiB.
const LONGEST_ARGUMENT: usize = 100_000;

/// The headers that curl sets itself.
const OWN: [&str; 5] = ["connection", "content-length", "expect", "host", "transfer-encoding"];

/// Sends the same bytes, whatever they are.
pub(super) fn curl(method: &Method, url: &str, headers: &[(String, String)], body: &[u8]) -> String {
    let mut command = match *method {
        Method::HEAD => "curl --head".to_owned(),
        _ => format!("curl -X {method}"),
    };
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
    match str::from_utf8(body) {
        Ok(text) if text.len() <= LONGEST_ARGUMENT && !text.contains('\0') => {
            let _ = write!(command, " \\\n  --data-raw {}", quoted(text));
            command
        }
        Ok(text) if !text.contains('\0') => {
            format!("printf %s {} |\n{command} \\\n  --data-binary @-", quoted(text))
        }
        _ => {
            let bytes = body.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "\\{byte:03o}");
                text
            });
            format!("printf '{bytes}' |\n{command} \\\n  --data-binary @-")
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
