//! Evaluates an event by the mappings of its webhook.

use port_webhooks_mapping::{Event, Expression, Mappings, Settings};
use serde_json::{Value, json};

use super::{Accepted, EventOutcome};

/// Enters into the event what the mappings make of it, and returns what `requestIdentifierPath` gives.
pub(crate) fn evaluate(accepted: &mut Accepted) -> Option<String> {
    let Accepted { event: record, request, mappings, request_identifier, now, .. } = accepted;
    let headers =
        request.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let query = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let event = match Event::new(&request.body, headers, query) {
        Ok(event) => event,
        Err(error) => {
            (record.outcome, record.message) = (EventOutcome::NotJson, Some(error.to_string()));
            return None;
        }
    };
    let mut settings = Settings::default();
    settings.now = Some(*now);

    let (mut identifier, mut problems) = (None, Vec::new());
    if let Some(path) = request_identifier {
        let compiled = Expression::compile(path).map_err(|error| error.to_string());
        match compiled
            .and_then(|path| path.evaluate_with(&event, &settings).map_err(|error| error.to_string()))
        {
            Ok(None | Some(Value::Null)) => problems.push("requestIdentifierPath gave null".to_owned()),
            Ok(Some(Value::String(text))) => identifier = Some(text),
            Ok(Some(other)) => identifier = Some(other.to_string()),
            Err(message) => problems.push(format!("requestIdentifierPath failed: {message}")),
        }
    }

    let (mappings, errors) = Mappings::compile_as_port(mappings);
    problems.extend(errors.iter().map(ToString::to_string));
    record.message = (!problems.is_empty()).then(|| problems.join("\n"));
    let evaluation = mappings.evaluate_with(&event, &settings);
    record.outcome = EventOutcome::Evaluated;
    record.skipped = evaluation.skipped.iter().map(|skipped| json!(skipped)).collect();
    for entity in &evaluation.entities {
        if entity.identifier.is_string() {
            record.entities.push(json!(entity));
        } else {
            record.skipped.push(json!({
                "mapping": entity.mapping,
                "item": entity.item,
                "reason": "identifier_search",
                "message": "the identifier is a search object, which the fake does not resolve",
            }));
        }
    }
    identifier
}
