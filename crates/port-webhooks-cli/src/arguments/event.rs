//! Names of events.

/// The name, without the white space around it, as in `a, b`.
pub(crate) fn event_name(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("the name of an event is empty"),
        name => Ok(name.to_owned()),
    }
}
