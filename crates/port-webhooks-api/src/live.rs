//! Methods of the deliveries of live Port.

use serde_json::{Map, Value};

use crate::{Change, ChangeDiff, DeliveryContext, Invocation, LiveEntity, Trigger, TriggerData, TriggeredBy};

impl Change {
    /// The entity before the change. `None` when there was none, and when a run or a blueprint changed: what that was
    /// is in [`diff`](Self::diff).
    pub fn before(&self) -> Option<&LiveEntity> {
        self.entity_diff()?.before.as_ref()
    }

    /// The entity after the change. `None` when there is none any more, and when a run or a blueprint changed: what
    /// that is now is in [`diff`](Self::diff).
    ///
    /// ```
    /// use port_webhooks_api::Change;
    ///
    /// let change: Change = serde_json::from_str(
    ///     r#"{ "action": "UPDATE", "resourceType": "entity", "context": { "entity": "payments" },
    ///          "diff": { "before": null, "after": { "properties": { "replicas": 3 } } } }"#,
    /// )?;
    /// assert_eq!(change.after().and_then(|entity| entity.property("replicas")), Some(&3.into()));
    ///
    /// let change: Change = serde_json::from_str(
    ///     r#"{ "action": "UPDATE", "resourceType": "run", "context": {},
    ///          "diff": { "after": { "id": "run_d4", "status": "SUCCESS" } } }"#,
    /// )?;
    /// assert_eq!(change.after(), None);
    /// // The fields that an entity does not have are in `extra`.
    /// let run = change.diff.and_then(|diff| diff.after).unwrap_or_default();
    /// assert_eq!(run.extra["status"], "SUCCESS");
    /// // The whole object, as it was sent.
    /// assert_eq!(serde_json::to_value(run)?, serde_json::json!({ "id": "run_d4", "status": "SUCCESS" }));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn after(&self) -> Option<&LiveEntity> {
        self.entity_diff()?.after.as_ref()
    }

    /// The entity that changed: as it is now, or as it was when it was deleted.
    pub fn entity(&self) -> Option<&LiveEntity> {
        self.after().or_else(|| self.before())
    }

    /// The identifier of the entity that the change concerns: that of the context, under its short or its long name, or
    /// else that of the entity itself.
    ///
    /// ```
    /// use port_webhooks_api::Change;
    ///
    /// for context in [r#"{ "entity": "payments" }"#, r#"{ "entityIdentifier": "payments" }"#] {
    ///     let change: Change = serde_json::from_str(&format!(r#"{{ "context": {context} }}"#))?;
    ///     assert_eq!(change.entity_identifier(), Some("payments"));
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn entity_identifier(&self) -> Option<&str> {
        let context = self.context.as_ref().and_then(DeliveryContext::entity_identifier);
        context.or_else(|| self.entity()?.identifier.as_deref())
    }

    /// The identifier of the blueprint that the change concerns, under its short or its long name.
    pub fn blueprint_identifier(&self) -> Option<&str> {
        self.context.as_ref()?.blueprint_identifier()
    }

    /// The id of the run that caused the change, if one did. There is nothing to report to that run.
    pub fn caused_by_run(&self) -> Option<&str> {
        self.context.as_ref()?.run_id.as_deref().filter(|id| !id.is_empty())
    }

    /// Who caused the change.
    pub fn triggered_by(&self) -> Option<&TriggeredBy> {
        by(self.trigger.as_ref())
    }

    /// The diff, unless it says that something else than an entity changed.
    fn entity_diff(&self) -> Option<&ChangeDiff> {
        let is_entity = self.resource_type.as_deref().is_none_or(|kind| kind == "entity");
        self.diff.as_ref().filter(|_| is_entity)
    }
}

impl Invocation {
    /// An input, by its identifier.
    ///
    /// ```
    /// use port_webhooks_api::{Invocation, TriggeredBy};
    ///
    /// let invocation: Invocation = serde_json::from_str(
    ///     r#"{ "action": "scale", "context": { "runId": "run_d4" },
    ///          "trigger": { "by": { "user": { "email": "kim@example.com" } } },
    ///          "payload": { "entity": { "identifier": "payments" }, "properties": { "replicas": 3 } } }"#,
    /// )?;
    /// assert_eq!(invocation.input("replicas"), Some(&3.into()));
    /// assert_eq!(invocation.entity().and_then(|entity| entity.identifier.as_deref()), Some("payments"));
    /// assert_eq!(invocation.triggered_by().and_then(TriggeredBy::email), Some("kim@example.com"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn input(&self, name: &str) -> Option<&Value> {
        self.inputs()?.get(name)
    }

    /// The inputs, by their identifiers.
    pub fn inputs(&self) -> Option<&Map<String, Value>> {
        self.payload.as_ref()?.properties.as_ref()
    }

    /// The entity that the action runs on. `None` when the action creates one.
    pub fn entity(&self) -> Option<&LiveEntity> {
        self.payload.as_ref()?.entity.as_ref().filter(|entity| !entity.is_empty())
    }

    /// The identifier of the entity that the action runs on: that of the context, or else that of the entity itself.
    pub fn entity_identifier(&self) -> Option<&str> {
        let context = self.context.as_ref().and_then(DeliveryContext::entity_identifier);
        context.or_else(|| self.entity()?.identifier.as_deref())
    }

    /// The identifier of the blueprint that the action belongs to.
    pub fn blueprint_identifier(&self) -> Option<&str> {
        self.context.as_ref()?.blueprint_identifier()
    }

    /// Who ran the action.
    pub fn triggered_by(&self) -> Option<&TriggeredBy> {
        by(self.trigger.as_ref())
    }
}

impl TriggerData {
    /// An input of a self-service action, by its identifier.
    ///
    /// ```
    /// use port_webhooks_api::TriggerData;
    ///
    /// let data: TriggerData = serde_json::from_str(
    ///     r#"{ "inputs": { "replicas": 3 }, "trigger": {}, "event": null, "run": { "id": "run_d4" } }"#,
    /// )?;
    /// assert_eq!(data.input("replicas"), Some(&3.into()));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn input(&self, name: &str) -> Option<&Value> {
        self.inputs.as_ref()?.get(name)
    }

    /// The entity that the action runs on, or that the event of the automation is about.
    pub fn entity(&self) -> Option<&LiveEntity> {
        self.entity.as_ref().filter(|entity| !entity.is_empty()).or_else(|| self.event.as_ref()?.entity())
    }

    /// Who ran the action, or caused the event.
    pub fn triggered_by(&self) -> Option<&TriggeredBy> {
        by(self.trigger.as_ref())
    }
}

impl LiveEntity {
    /// A property, by its identifier.
    pub fn property(&self, name: &str) -> Option<&Value> {
        self.properties.as_ref()?.get(name)
    }

    /// A relation, by its identifier: the identifier of another entity, a list of identifiers, or null.
    pub fn relation(&self, name: &str) -> Option<&Value> {
        self.relations.as_ref()?.get(name)
    }

    /// Whether this is an entity without fields, which stands for none.
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl TriggeredBy {
    /// The email address of the user. Changes of live Port have the user's id alone.
    pub fn email(&self) -> Option<&str> {
        self.user.as_ref()?.email.as_deref()
    }
}

impl DeliveryContext {
    /// The identifier of the entity, under its short or its long name.
    pub fn entity_identifier(&self) -> Option<&str> {
        self.entity.as_ref().or(self.entity_identifier.as_ref()).map(String::as_str)
    }

    /// The identifier of the blueprint, under its short or its long name.
    pub fn blueprint_identifier(&self) -> Option<&str> {
        self.blueprint.as_ref().or(self.blueprint_identifier.as_ref()).map(String::as_str)
    }
}

fn by(trigger: Option<&Trigger>) -> Option<&TriggeredBy> {
    trigger?.by.as_ref()
}
