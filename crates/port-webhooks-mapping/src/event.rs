//! Events that a third party posts to a data source.

use std::fmt::{self, Display};

use serde::Serialize;
use serde_json::Value as Json;

use crate::json;

/// An event: what was posted, with the headers and the query of the request.
///
/// ```
/// use port_webhooks_mapping::Event;
///
/// let event = Event::new(br#"{"ref": "main"}"#, [("X-Event", "push")], [("env", "prod")])?;
/// // The same, in one piece:
/// let event = Event::from_json(
///     r#"{"body": {"ref": "main"}, "headers": {"x-event": "push"}, "queryParams": {"env": "prod"}}"#,
/// )?;
/// # Ok::<(), port_webhooks_mapping::EventError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Event {
    /// `{"body": …, "headers": {…}, "queryParams": {…}}`, as text: the order of the keys matters to expressions.
    pub(crate) json: String,
}

/// An event that Port could not read either.
#[derive(Debug)]
pub struct EventError(String);

impl Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "cannot read the event: {}", self.0)
    }
}

impl std::error::Error for EventError {}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, &'a str)>, key: fn(&str) -> String) -> Json {
    members.into_iter().map(|(name, value)| (key(name), Json::from(value))).collect()
}

impl Event {
    /// An event of a request: its body, which has to be JSON, its headers, whose names become lower case as in Port, and the
    /// parameters of its query. Of a repeated name the last value counts: join the values of a repeated header by `, `, as
    /// servers do.
    ///
    /// # Errors
    ///
    /// When the body is not JSON, or nests deeper than Port's jq can read (255 levels).
    pub fn new<'a>(
        body: &[u8],
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        query: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, EventError> {
        let body = std::str::from_utf8(body).map_err(|error| EventError(error.to_string()))?;
        // The body is parsed alone, so that it cannot end early and add members.
        json::parse_in_javascript(body).map_err(EventError)?;
        let (headers, query) = (object(headers, str::to_lowercase), object(query, str::to_owned));
        Self::from_json(format!(r#"{{"body":{body},"headers":{headers},"queryParams":{query}}}"#))
    }

    /// An event from `{"body": …, "headers": {…}, "queryParams": {…}}`. Names of headers stay unchanged.
    ///
    /// # Errors
    ///
    /// When it is not a JSON object, or nests deeper than Port's jq can read (256 levels).
    pub fn from_json(json: impl Into<String>) -> Result<Self, EventError> {
        let json = json.into();
        match json::parse_in_javascript(&json).map_err(EventError)? {
            crate::value::Value::Object(_) => Ok(Self { json }),
            other => {
                let message = format!(
                    "an event is an object with `body`, `headers` and `queryParams`, not {}",
                    other.kind()
                );
                Err(EventError(message))
            }
        }
    }

    /// An event from a value, such as `json!({"body": {…}})`. The order of keys is that of the value, which for
    /// `serde_json::Value` is alphabetical: where it matters, such as for `to_entries`, use the text that was posted.
    ///
    /// # Errors
    ///
    /// As [`Event::from_json`].
    pub fn from_value(event: &impl Serialize) -> Result<Self, EventError> {
        Self::from_json(serde_json::to_string(event).map_err(|error| EventError(error.to_string()))?)
    }
}
