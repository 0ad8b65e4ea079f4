//! The stored webhooks, as a seed file holds them.

use serde_json::{Value, json};

use super::{Refusal, Served};
use crate::seed::seeds;
use crate::shared::Shared;

pub(super) fn list(shared: &Shared) -> Value {
    json!({ "webhooks": shared.state().data.listed() })
}

pub(super) fn add(shared: &Shared, body: Value) -> Served {
    let webhooks = match body {
        // A webhook has an identifier, unless the server makes it; a file has webhooks.
        Value::Object(webhook) if !webhook.contains_key("webhooks") => vec![Value::Object(webhook)],
        body => seeds(body).map_err(Refusal::bad_request)?,
    };
    shared.state().seed(webhooks).map_err(|error| Refusal::bad_request(error.to_string()))?;
    Ok(list(shared))
}

pub(super) fn replace(shared: &Shared, body: Value) -> Served {
    let webhooks = seeds(body).map_err(Refusal::bad_request)?;
    {
        let mut state = shared.state();
        let before = std::mem::take(&mut state.data.webhooks);
        if let Err(error) = state.seed(webhooks) {
            state.data.webhooks = before;
            return Err(Refusal::bad_request(error.to_string()));
        }
    }
    Ok(list(shared))
}
