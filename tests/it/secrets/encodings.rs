//! The ways in which a text may be written by a server that repeats it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

pub type Encoding = (&'static str, fn(&str) -> String);

pub const ALL: [Encoding; 38] = [
    ("raw", str::to_owned),
    ("JSON", json),
    ("JSON in ASCII", |text| units(&json(text), "\\u", |c| !c.is_ascii(), false)),
    ("JSON in ASCII, capitals", |text| units(&json(text), "\\u", |c| !c.is_ascii(), true)),
    ("JSON for pages", |text| units(&json(text), "\\u", |c| "<>&'".contains(c), false)),
    ("JSON for pages, capitals", |text| units(&json(text), "\\u", |c| "<>&'".contains(c), true)),
    ("JSON for pages in ASCII", |text| {
        units(&json(text), "\\u", |c| "<>&'".contains(c) || !c.is_ascii(), false)
    }),
    ("JSON with escaped slashes", |text| json(text).replace('/', "\\/")),
    ("JSON with quotes by number", |text| json(text).replace("\\\"", "\\u0022")),
    ("JSON with every letter escaped", |text| units(text, "\\u", |_| true, false)),
    ("JSON in JSON", |text| json(&json(text))),
    ("form", form),
    ("form, small letters", |text| small_percent(&form(text))),
    ("URL", |text| form(text).replace('+', "%20")),
    ("URL, small letters", |text| small_percent(&form(text).replace('+', "%20"))),
    ("URL component", component),
    ("URL component, small letters", |text| small_percent(&component(text))),
    ("URL, twice", |text| form(&form(text))),
    ("percent", |text| bytes(text, "%", true)),
    ("percent, small letters", |text| bytes(text, "%", false)),
    ("percent of JSON", |text| bytes(&json(text), "%", true)),
    ("URL of JSON", |text| form(&json(text))),
    ("base64", |text| STANDARD.encode(text)),
    ("base64 after one", |text| STANDARD.encode(format!("a{text}"))),
    ("base64 after two", |text| STANDARD_NO_PAD.encode(format!("a:{text}"))),
    ("base64 for URLs", |text| URL_SAFE_NO_PAD.encode(text)),
    ("base64 for URLs after one", |text| URL_SAFE.encode(format!("a{text}z"))),
    ("base64 for URLs after two", |text| URL_SAFE.encode(format!("a:{text}z"))),
    ("base64 of JSON", |text| STANDARD.encode(format!("\"{}\"", json(text)))),
    ("base64 for URLs of JSON", |text| URL_SAFE_NO_PAD.encode(format!(":\"{}\"", json(text)))),
    ("hex", |text| bytes(text, "", false)),
    ("hex, capitals", |text| bytes(text, "", true)),
    ("hex of JSON", |text| bytes(&json(text), "", false)),
    ("HTML", |text| html(text, "&quot;", "&#39;")),
    ("HTML by number", |text| html(text, "&#34;", "&#39;")),
    ("HTML by hex number", |text| html(text, "&#x22;", "&#x27;")),
    ("HTML with apostrophes", |text| html(text, "&quot;", "&apos;")),
    ("HTML of JSON", |text| html(&json(text), "&quot;", "&#x27;")),
];

fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

/// UTF-16 by number.
pub fn units(text: &str, mark: &str, which: impl Fn(char) -> bool, capitals: bool) -> String {
    let mut written = String::new();
    for c in text.chars() {
        if !which(c) {
            written.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            written.push_str(mark);
            let _ = if capitals { write!(written, "{unit:04X}") } else { write!(written, "{unit:04x}") };
        }
    }
    written
}

pub fn bytes(text: &str, mark: &str, capitals: bool) -> String {
    let byte = |byte| if capitals { format!("{mark}{byte:02X}") } else { format!("{mark}{byte:02x}") };
    text.bytes().map(byte).collect()
}

fn form(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// As browsers write a part of a URL: these stay as they are.
fn component(text: &str) -> String {
    let mut written = form(text).replace('+', "%20");
    for kept in ["!", "'", "(", ")", "~"] {
        written = written.replace(&bytes(kept, "%", true), kept);
    }
    written
}

fn small_percent(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + "%" + &part[..2].to_ascii_lowercase() + &part[2..])
}

fn html(text: &str, quote: &str, apostrophe: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', quote).replace('\'', apostrophe)
}
