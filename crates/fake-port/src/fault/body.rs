//! The body of an answer that a fault makes up.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of an answer that a fault makes up. In JSON: `"default"`, `{"json": …}`,
/// `{"text": {"contentType": "text/html", "text": "<html>"}}` or `"empty"`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum FaultBody {
    /// A JSON error as Port writes it; `{"ok":true}` below 300.
    #[default]
    Default,
    /// This JSON.
    Json(Value),
    /// Something that is not JSON.
    Text {
        /// The content type, such as `text/html`.
        content_type: String,
        /// The body.
        text: String,
    },
    /// No body and no content type.
    Empty,
}
