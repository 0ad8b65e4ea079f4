//! The documented events, to match on, and the types of their data.

use std::sync::LazyLock;

pub use port_webhooks_api::{DeliveredAction, DeliveredBlueprint, DeliveredEntity, DeliveredRun};
use port_webhooks_api::{Delivery, EventType};

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($thing:ty, $member:ident),)+) => {
        /// A documented event, with the entity, action, run or blueprint it is about.
        ///
        /// The name of the event alone decides. What a delivery leaves out, or sends as another type, is `None`.
        ///
        /// A later version may know more events. To handle one that this version does not know, go by its
        /// [name](crate::Delivery::event_name) and its [data](crate::Delivery::data), which stay the same when it
        /// becomes known.
        ///
        /// ```
        /// use port_webhooks_receiver::{Delivery, Event};
        ///
        /// let delivery = Delivery::new(r#"{"event":"entity.created","data":{"entity":{"identifier":"shop"}}}"#);
        /// match delivery.event() {
        ///     Event::EntityCreated(entity) => assert_eq!(entity.identifier.as_deref(), Some("shop")),
        ///     Event::RunCompleted(run) => println!("run {:?} ended", run.id),
        ///     _ => println!("{:?} is not handled here", delivery.event_name()),
        /// }
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event<'a> {
            $($(#[$doc])* $variant(&'a $thing),)+
            /// Another event, or none.
            Other,
        }

        impl<'a> Event<'a> {
            pub(super) fn of(delivery: &'a Delivery) -> Self {
                let data = delivery.data.as_ref();
                match &delivery.event {
                    $(Some(EventType::$variant) => Self::$variant(
                        data.and_then(|data| data.$member.as_ref()).unwrap_or(&NOTHING.$member),
                    ),)+
                    None | Some(_) => Self::Other,
                }
            }
        }
    };
}

events! {
    /// `entity.created`
    EntityCreated(DeliveredEntity, entity),
    /// `entity.updated`
    EntityUpdated(DeliveredEntity, entity),
    /// `entity.deleted`
    EntityDeleted(DeliveredEntity, entity),
    /// `action.created`
    ActionCreated(DeliveredAction, action),
    /// `action.updated`
    ActionUpdated(DeliveredAction, action),
    /// `action.deleted`
    ActionDeleted(DeliveredAction, action),
    /// `run.created`
    RunCreated(DeliveredRun, run),
    /// `run.updated`
    RunUpdated(DeliveredRun, run),
    /// `run.completed`
    RunCompleted(DeliveredRun, run),
    /// `blueprint.created`
    BlueprintCreated(DeliveredBlueprint, blueprint),
    /// `blueprint.updated`
    BlueprintUpdated(DeliveredBlueprint, blueprint),
    /// `blueprint.deleted`
    BlueprintDeleted(DeliveredBlueprint, blueprint),
}

/// Stands in for data that a delivery leaves out.
#[derive(Default)]
struct Nothing {
    entity: DeliveredEntity,
    action: DeliveredAction,
    run: DeliveredRun,
    blueprint: DeliveredBlueprint,
}

static NOTHING: LazyLock<Nothing> = LazyLock::new(Nothing::default);
