//! The events of subscriptions.

open_enum! {
    /// An event that a subscription can receive ("Webhook Events" in Port's documentation).
    ///
    /// An unknown event is kept as text and sent as it is; Port decides whether to reject it.
    ///
    /// ```
    /// use port_webhooks_api::EventType;
    ///
    /// assert_eq!(EventType::from("run.completed"), EventType::RunCompleted);
    /// assert_eq!(EventType::from("scorecard.created").as_str(), "scorecard.created");
    /// assert_eq!(EventType::KNOWN.len(), 12);
    /// ```
    EventType {
        /// `entity.created`: an entity was created.
        EntityCreated = "entity.created",
        /// `entity.updated`: an entity was updated.
        EntityUpdated = "entity.updated",
        /// `entity.deleted`: an entity was deleted.
        EntityDeleted = "entity.deleted",
        /// `action.created`: an action was created.
        ActionCreated = "action.created",
        /// `action.updated`: an action was updated.
        ActionUpdated = "action.updated",
        /// `action.deleted`: an action was deleted.
        ActionDeleted = "action.deleted",
        /// `run.created`: a run of an action was created.
        RunCreated = "run.created",
        /// `run.updated`: the status of a run changed.
        RunUpdated = "run.updated",
        /// `run.completed`: a run completed.
        RunCompleted = "run.completed",
        /// `blueprint.created`: a blueprint was created.
        BlueprintCreated = "blueprint.created",
        /// `blueprint.updated`: a blueprint was updated.
        BlueprintUpdated = "blueprint.updated",
        /// `blueprint.deleted`: a blueprint was deleted.
        BlueprintDeleted = "blueprint.deleted",
    }
}
