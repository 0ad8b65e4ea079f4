//! Deliveries: events are posted to the webhooks that are subscribed to them, as Port would.

mod body;
mod dispatcher;
mod event;
mod form;
mod live;
mod pending;
mod record;
mod settings;
mod target;

pub use event::PortEvent;
pub use record::{DeliveryAttempt, DeliveryOutcome, SentDelivery};
pub use settings::{Deliveries, Order, SigningScheme, Waits};

pub(crate) use dispatcher::{Batch, Dispatcher};
pub(crate) use live::{USER, invocation, stamp, trigger_data};
pub(crate) use pending::{Sender, change_event};
pub(crate) use target::target;
