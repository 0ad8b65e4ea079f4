//! Why a body does not parse, without its values.

use std::{error, fmt};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use crate::exact_numbers;

/// Why and where a body is not the expected JSON. The parser's message is left out, since it repeats values, which may
/// be secret.
///
/// ```
/// use port_webhooks_api::{RunLog, exchange};
///
/// let error = exchange::parse::<Vec<RunLog>>(br#"[{ "message": "Scaling" }, { "message": 3 }]"#).unwrap_err();
/// assert_eq!(error.path(), Some("[1].message"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    what: &'static str,
    path: Option<String>,
    line: usize,
    column: usize,
    ends_early: bool,
    is_syntax: bool,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl JsonError {
    /// Parses a value. Only after an error is the JSON read again: mended, and for the path.
    #[doc(hidden)]
    pub fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Self> {
        let json = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
        match exact_numbers::parse(json, Self::parse_once) {
            // Valid JSON that `serde_json` rejects all the same.
            Err(error) if error.is_syntax => match str::from_utf8(json) {
                Ok(json) if serde_json::from_str::<IgnoredAny>(json).is_ok() => {
                    exact_numbers::parse_mended(json, Self::parse_once)
                }
                _ => Err(error),
            },
            result => result,
        }
    }

    fn parse_once<T: DeserializeOwned>(json: &[u8]) -> Result<T, Self> {
        serde_json::from_slice(json).map_err(|error| {
            let path = if error.is_data() { path::<T>(json) } else { None };
            Self {
                what: what(&error),
                path,
                line: error.line(),
                column: error.column(),
                ends_early: error.is_eof(),
                is_syntax: error.is_syntax(),
            }
        })
    }

    /// Whether the body ends before the JSON does, as when the response was cut off.
    pub fn ends_early(&self) -> bool {
        self.ends_early
    }

    /// The path of the field that does not fit, such as `webhooks[1].headers.X`. Names in it are the server's.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

fn path<T: DeserializeOwned>(json: &[u8]) -> Option<String> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let error = serde_path_to_error::deserialize::<_, T>(&mut json).err()?;
    let mut path: Vec<String> = Vec::new();
    if error.path().iter().next().is_some() {
        path.push(error.path().to_string());
    }
    let message = error.inner().to_string();
    if message.starts_with(MISSING) || message.starts_with(REPEATED) {
        // The path leads to the object; the message has the name of the field, which is the contract's.
        path.extend(message.split('`').nth(1).map(str::to_owned));
    }
    (!path.is_empty()).then(|| path.join("."))
}

const MISSING: &str = "missing field";
const REPEATED: &str = "duplicate field";

fn what(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        Category::Eof => "the JSON ends early",
        Category::Io | Category::Syntax => "not JSON",
        Category::Data => {
            let message = error.to_string();
            if message.starts_with(MISSING) {
                "a required field is missing"
            } else if message.starts_with(REPEATED) {
                "a field is repeated"
            } else {
                "a field has an unexpected type"
            }
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at line {} column {}", self.what, self.line, self.column)
    }
}

impl error::Error for JsonError {}
