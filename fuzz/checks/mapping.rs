//! What has to hold for any event that somebody posts to a data source.

use std::time::Duration;

use port_webhooks_mapping::{Event, Mappings, Settings};
use serde_json::json;

/// Expressions that read whatever an event contains, and are sound for all of it.
const EXPRESSIONS: [&str; 14] = [
    ".body | tojson | fromjson",
    "[.body | ..] | sort | unique | group_by(type) | map(length)",
    "[.body | .. | strings | ascii_downcase, explode, (explode | implode), @base64, @uri, @sh, @html, length]",
    "[.body | .. | strings | @base64d?, tonumber?, fromjson?, fromdate?]",
    ".body as $b | [.body | .. | strings | test($b | .. | strings)?]",
    ".body as $b | [.body | .. | strings | sub($b | .. | strings; \"x\")?]",
    ".body as $b | [.body | .. | strings | strptime($b | .. | strings)?]",
    "[.body | .. | numbers | todate?, (gmtime | mktime)?, floor, sqrt, log, frexp]",
    ".body as $b | [.body | .. | .[$b | .. | numbers]?, .[$b | .. | numbers:]?]",
    "[.body | .. | implode?, flatten?, transpose?, from_entries?, to_entries?, add?, @csv?, min?, max?]",
    ".body as $b | [.body | .. | (has($b | .. | scalars)?), (contains($b)?), (index($b)?)]",
    "[.body | tostream] | fromstream(.[])",
    "del(.body[0]?, .body.a?) | .body |= (.a? // .)",
    "[.body, .headers, .queryParams, .item] | map(tostring) | join(\" \")",
];

/// Bytes as the body of an event. No expression panics: the thread of an evaluation would end, and its error say that it
/// was given up.
pub(crate) fn event(body: &[u8]) {
    let header = String::from_utf8_lossy(&body[..body.len().min(10)]).into_owned();
    let Ok(event) = Event::new(body, [("X-Header", header.as_str())], [("query", header.as_str())]) else {
        return;
    };
    let properties: serde_json::Map<_, _> =
        EXPRESSIONS.iter().enumerate().map(|(number, text)| (number.to_string(), json!(text))).collect();
    let mappings = json!([{
        "blueprint": "b",
        "entity": { "identifier": "\"i\"", "title": ".item | tostring", "properties": properties },
    }]);
    let mappings = Mappings::compile(&mappings).unwrap();
    let mut settings = Settings::default();
    // An expression that is slow, on a busy machine, is none that panics.
    settings.limit = Duration::from_secs(600);
    let evaluation = mappings.evaluate_with(&event, &settings);
    for error in evaluation.entities.iter().flat_map(|entity| &entity.errors) {
        assert!(!error.message.contains("given up"), "{error:?}");
    }
}
