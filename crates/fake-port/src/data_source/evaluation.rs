//! Evaluates an event by the mappings of its webhook.

use port_webhooks_mapping::{Event, Expression, Mappings, Settings};
use serde_json::{Value, json};

use super::{Accepted, Evaluated};
use crate::data_source::EventOutcome;

pub(super) fn evaluate(accepted: &Accepted) -> Evaluated {
    let Accepted { request, mappings, request_identifier, now, .. } = accepted;
    let mut evaluated = Evaluated {
        outcome: EventOutcome::Evaluated,
        message: None,
        request_identifier: None,
        entities: Vec::new(),
        skipped: Vec::new(),
    };
    let headers =
        request.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let query = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let event = match Event::new(&request.body, headers, query) {
        Ok(event) => event,
        Err(error) => {
            let (outcome, message) = (EventOutcome::NotJson, Some(error.to_string()));
            return Evaluated { outcome, message, ..evaluated };
        }
    };
    let mut settings = Settings::default();
    settings.now = Some(*now);

    let mut problems = Vec::new();
    if let Some(path) = request_identifier {
        let result = match Expression::compile(path) {
            Ok(expression) => expression.evaluate_with(&event, &settings).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match result {
            Ok(None | Some(Value::Null)) => problems.push("requestIdentifierPath gave null".to_owned()),
            Ok(Some(Value::String(text))) => evaluated.request_identifier = Some(text),
            Ok(Some(other)) => evaluated.request_identifier = Some(other.to_string()),
            Err(message) => problems.push(format!("requestIdentifierPath failed: {message}")),
        }
    }

    let (mappings, errors) = Mappings::compile_as_port(mappings);
    problems.extend(errors.iter().map(ToString::to_string));
    if !problems.is_empty() {
        evaluated.message = Some(problems.join("\n"));
    }
    let evaluation = mappings.evaluate_with(&event, &settings);
    evaluated.skipped = evaluation.skipped.iter().map(|skipped| json!(skipped)).collect();
    for entity in &evaluation.entities {
        if entity.identifier.is_string() {
            evaluated.entities.push(json!(entity));
        } else {
            evaluated.skipped.push(json!({
                "mapping": entity.mapping,
                "item": entity.item,
                "reason": "identifier_search",
                "message": "the identifier is a search object, which the fake does not resolve",
            }));
        }
    }
    evaluated
}
