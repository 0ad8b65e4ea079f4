//! What no secret, no header value and no setting has in it: the traces of how it was copied.

use crate::failure::{Failure, Result};
use crate::mask;

/// Refuses a value that nobody means. The error does not repeat it.
pub(crate) fn check(name: &str, text: &str) -> Result<()> {
    let what = if text.is_empty() {
        "is empty"
    } else if text.contains(['\n', '\r']) {
        "contains a line break"
    } else if text.contains('\u{feff}') {
        "contains a byte order mark"
    } else if text.contains(char::is_control) {
        "contains a control character"
    } else {
        return mask::refuse_text(name, text);
    };
    Err(Failure::usage(format!("{name}: {what}"))
        .advice("give the value alone, as Port or its receiver shows it"))
}
