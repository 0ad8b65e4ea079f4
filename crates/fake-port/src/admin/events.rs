//! Events, and their deliveries.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, Served, read, read_each};
use crate::delivery::{Order, PortEvent};
use crate::shared::Shared;

/// The most deliveries that one request may ask for: all are made ready in memory.
const MOST_DELIVERIES: usize = 10_000;

/// An event, a list of them, or a list with an order.
pub(super) async fn emit(shared: &Shared, body: Value) -> Served {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Ordered {
        events: Value,
        #[serde(default)]
        order: Order,
    }
    let Ordered { events, order } = match body {
        Value::Object(body) if body.contains_key("events") => read(Value::Object(body))?,
        events => Ordered { events, order: Order::Given },
    };
    let events = read_each::<PortEvent>(events, |_| Ok(()))?;
    let webhooks = shared.state().data.webhooks.len();
    let most = events.iter().fold(0, |sum: usize, event| sum.saturating_add(event.most_deliveries(webhooks)));
    if most > MOST_DELIVERIES {
        return Err(Refusal::bad_request(format!("this could be more than {MOST_DELIVERIES} deliveries")));
    }
    Ok(json!({ "deliveries": shared.emit(events, order).await }))
}

pub(super) fn deliveries(shared: &Shared) -> Value {
    let deliveries: Vec<_> = shared.state().deliveries.iter().cloned().collect();
    json!({ "deliveries": deliveries })
}
