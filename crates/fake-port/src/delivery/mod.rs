//! Deliveries: what happens is posted to the webhooks that asked for it, as Port would.

mod courier;
mod event;
mod parcel;
mod record;
mod settings;
mod sign;
mod target;

pub use event::{Event, Order};
pub use record::{Attempt, Delivery, Outcome};
pub use settings::{Deliveries, Scheme, Waits};

pub(crate) use courier::{Courier, Load};
pub(crate) use parcel::{change_event, parcels};
