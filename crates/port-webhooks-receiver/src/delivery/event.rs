//! What happened, to match on.

use std::sync::LazyLock;

use port_webhooks_api::{
    DeliveredAction, DeliveredBlueprint, DeliveredEntity, DeliveredRun, Delivery, EventType,
};

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($thing:ty, $member:ident),)+) => {
        /// What happened, with what it happened to.
        ///
        /// The name of the event alone decides. What a delivery leaves out is an empty value here; all fields are
        /// optional.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event<'a> {
            $($(#[$doc])* $variant(&'a $thing),)+
            /// An event that this version does not know, by its name. Its data is in `data`.
            Other(&'a str),
            /// The body names no event: it has a shape of its own, with its fields in `extra`.
            Unnamed,
        }

        impl<'a> Event<'a> {
            pub(super) fn of(delivery: &'a Delivery) -> Self {
                let data = delivery.data.as_ref();
                match &delivery.event {
                    None => Self::Unnamed,
                    $(Some(EventType::$variant) => Self::$variant(
                        data.and_then(|data| data.$member.as_ref()).unwrap_or(&NOTHING.$member),
                    ),)+
                    Some(other) => Self::Other(other.as_str()),
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

/// What stands in for what a delivery leaves out.
#[derive(Default)]
struct Nothing {
    entity: DeliveredEntity,
    action: DeliveredAction,
    run: DeliveredRun,
    blueprint: DeliveredBlueprint,
}

static NOTHING: LazyLock<Nothing> = LazyLock::new(Nothing::default);
